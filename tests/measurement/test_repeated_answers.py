from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.repeated_answers import repeat_rows
from harness.tables.alignment import align
from harness.tables.drawn_samples import drawn_samples
from harness.tables.predictions import predictions_table
from harness.tables.repeat_pieces import validate_repeats
from harness.tables.results import Result
from harness.tables.samples import samples_table
from harness.tables.schemas import REPEATS

SETTINGS = MeasureSettings(system="toy")


def samples_of(subject: Sequence[object], label: Sequence[str | None]) -> pa.Table:
    return samples_table(
        [
            {
                "sample_id": f"s{index:05d}",
                "modality": "face",
                "subject_id": f"p{person}",
                "label": of_sample,
                "label_source": "acted",
            }
            for index, (person, of_sample) in enumerate(zip(subject, label, strict=True))
        ]
    )


def answers(samples: pa.Table, label: Sequence[str | None], scores: list[list[float]] | None = None) -> pa.Table:
    return predictions_table(
        model="toy",
        labels=["a", "b", "c"],
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["scored" if one else "abstained" for one in label],
        reason=[None if one else "refused" for one in label],
        label=label,
        scores=scores,
    )


def found(samples: pa.Table, times: Sequence[pa.Table]) -> dict[str, Result]:
    first, *others = times
    aligned = align(samples, first, model="toy", condition="clean", merge={})
    drawn = drawn_samples(samples, first, aligned, seed=0)
    repeats = dict(enumerate(others, 2))
    return {row.metric: row for row in repeat_rows(drawn, repeats, dataset="d", settings=SETTINGS)}


def test_a_case_by_hand() -> None:
    samples = samples_of([0, 0, 1, 1, 2], ["a", "b", "a", "c", None])
    times = [
        answers(samples, ["a", "b", "a", None, "a"]),
        answers(samples, ["a", "b", "b", None, "a"]),
        answers(samples, ["a", "a", "c", "c", "b"]),
    ]
    rows = found(samples, times)
    # Right: 3 of 3, 2 of 3, 1 of 3, 1 of 3. Consensus: a, b, none (a tie of three), no answer.
    assert rows["expected_accuracy"].value == pytest.approx((1 + 2 / 3 + 1 / 3 + 1 / 3) / 4)
    assert (rows["consensus_accuracy"].value, rows["consensus_accuracy"].n_samples) == (0.5, 4)
    # Pairs that agree: 3, 1, 0, 1 (both without an answer) and 1, of 3 each, whether there is a label or not.
    assert rows["consistency"].value == pytest.approx((1 + 1 / 3 + 0 + 1 / 3 + 1 / 3) / 5)
    assert rows["consistency"].n_samples == 5
    assert rows["within_sample_variance"].value == pytest.approx((0 + 3 * 1 / 3) / 4)
    assert "distinct_scores" not in rows


def test_the_number_of_lists_of_scores() -> None:
    samples = samples_of([0, 1], ["a", "b"])
    one = answers(samples, ["a", "b"], [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]])
    other = answers(samples, ["a", "b"], [[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    assert found(samples, [one, other])["distinct_scores"].value == 3


def simulated(seed: int, *, of_subjects: float, times: int, people: int = 20) -> dict[str, Result]:
    """Ten samples each, right with a probability that differs between people."""
    rng = np.random.default_rng(seed)
    right_S = np.clip(0.6 + of_subjects * rng.standard_normal(people), 0.0, 1.0)
    samples = samples_of(np.repeat(np.arange(people), 10).tolist(), ["a", "b"] * 5 * people)
    truth = np.array(samples["label"].to_pylist())
    other = np.where(truth == "a", "b", "a")
    is_right = rng.random((times, 10 * people)) < np.repeat(right_S, 10)
    return found(samples, [answers(samples, np.where(one, truth, other).tolist()) for one in is_right])


def test_the_noise_of_repeats_is_told_from_that_of_subjects() -> None:
    """The variance of the mean: σ² / 20 of subjects; 0.24 / (200 · times) of repeats."""
    for of_subjects, expected in ((0.0, 1.0), (0.2, (0.2 / 600) / (0.04 / 20 + 0.2 / 600))):
        shares = [
            simulated(seed, of_subjects=of_subjects, times=3)["variance_share:repeats"].value for seed in range(40)
        ]
        assert np.median([share for share in shares if share is not None]) == pytest.approx(expected, abs=0.12)


@pytest.mark.slow
def test_the_share_from_repeats_is_right_on_average_with_few_subjects() -> None:
    """Twelve people whose accuracy varies by 0.1: repeats have 0.23 / 360 of (0.01 / 12 + 0.23 / 360).

    Without allowing for the uncertain variance over subjects the mean is 0.50.
    """
    expected = (0.23 / 360) / (0.01 / 12 + 0.23 / 360)
    rows = [simulated(seed, of_subjects=0.1, times=3, people=12) for seed in range(300)]
    shares = [of_study["variance_share:repeats"].value for of_study in rows]
    assert np.mean([share for share in shares if share is not None]) == pytest.approx(expected, abs=0.035)


def test_the_variance_is_not_divided_among_few_subjects() -> None:
    found_of = {people: simulated(0, of_subjects=0.1, times=3, people=people) for people in (10, 11)}
    assert found_of[11]["variance_share:repeats"].value is not None
    for name in ("repeats", "subjects"):
        row = found_of[10][f"variance_share:{name}"]
        assert row.value is None
        assert (row.note or "").endswith("from their own (9 degrees of freedom, 10 are needed)")
    assert "repeats" not in (found_of[10]["expected_accuracy"].note or "")


def test_the_interval_holds_the_accuracy_of_one_answer() -> None:
    """With people of 0.6 on average, 95 of 100 intervals, up to Monte Carlo error."""
    rows = [simulated(seed, of_subjects=0.1, times=2)["expected_accuracy"] for seed in range(200)]
    held = [row.lo is not None and row.hi is not None and row.lo <= 0.6 <= row.hi for row in rows]
    assert 0.91 <= np.mean(held) <= 0.99


def test_answers_that_never_vary_say_so() -> None:
    samples = samples_of(range(8), ["a", "b"] * 4)
    rows = found(samples, [answers(samples, ["a", "b"] * 4)] * 3)
    assert (rows["expected_accuracy"].value, rows["consistency"].value) == (1.0, 1.0)
    assert rows["variance_share:repeats"].value is None


def test_times_are_numbered_and_whole() -> None:
    samples = samples_of([0, 1], ["a", "b"])
    one = answers(samples, ["a", "b"])
    columns = {name: pa.array([3, 3], pa.int32()) if name == "repeat" else one[name] for name in REPEATS.names}
    table = pa.table(columns, schema=REPEATS.with_metadata(one.schema.metadata))
    with pytest.raises(HarnessError, match=r"the times are numbered \[3\], where 2, 3"):
        validate_repeats(table, samples)
    second = table.set_column(3, REPEATS.field("repeat"), pa.array([2, 2], pa.int32()))
    assert list(validate_repeats(second, samples)) == [2]
    with pytest.raises(HarnessError, match=r"predictions of toy"):
        validate_repeats(second.slice(0, 1), samples)
