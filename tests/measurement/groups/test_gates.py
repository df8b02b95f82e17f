"""What keeps a difference between groups from being called met, or not met: counted answers, by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

LABELS = ("anger", "happiness", "neutral")
CLIPS = 30
ONE_PERSON_OF_TWELVE = [29, *[30] * 11]
TWO_PERSONS_OF_TWELVE = [29, 28, *[30] * 10]
HALF = [15, 12, 18, 14, 16, 15, 13, 17, 15, 12, 18, 15]
Row = dict[str, Any]


def people(right_by_person: dict[str, Sequence[int]], *, clips: int = CLIPS) -> tuple[pa.Table, pa.Table]:
    """Groups of people, each with so many of the clips answered right: the first, so that classes are even."""
    samples, answers = [], []
    for group, counts in right_by_person.items():
        for person, num_right in enumerate(counts):
            for clip in range(clips):
                samples.append(
                    {
                        "sample_id": f"{group}-{person}-{clip}",
                        "modality": "face",
                        "subject_id": f"{group}-{person}",
                        "label": LABELS[clip % 3],
                        "label_source": "acted",
                        "attr.tone": group,
                    }
                )
                answers.append(LABELS[(clip + (clip >= num_right)) % 3])
    return samples_table(samples), answered(samples, answers)


def answered(
    samples: Sequence[Row], answers: Sequence[str], scores: Sequence[Sequence[float]] | None = None
) -> pa.Table:
    num = len(samples)
    return predictions_table(
        model="m",
        labels=LABELS,
        sample_id=[row["sample_id"] for row in samples],
        outcome=["scored"] * num,
        reason=[None] * num,
        label=answers,
        scores=scores,
    )


def compared(
    tables: tuple[pa.Table, pa.Table],
    *,
    metric: str = "accuracy",
    tolerance: float = 0.2,
    min_above_chance: float = 0.0,
) -> Row:
    """The difference between the groups a and b."""
    settings = MeasureSettings(
        resamples=100,
        permutations=400,
        search_depth=0,
        gaps=(metric,),
        tolerance=tolerance,
        tolerances={metric: tolerance},
        min_above_chance=min_above_chance,
    )
    rows = measure(*tables, dataset="d", settings=settings).to_pylist()
    about = {"metric": metric, "statistic": "difference", "axis": "tone", "group": "a", "versus": "b"}
    (row,) = [row for row in rows if about.items() <= row.items()]
    return row


def outcome(row: Row) -> tuple[str, str | None]:
    return row["verdict"], row["reason"]


UP_TO = 0.38480
"""The share of people of whom one of twelve was found, at most, with confidence 97.5 % (Clopper & Pearson)."""


def test_two_people_who_differ_are_enough_and_one_in_either_group_is_bounded_exactly() -> None:
    one, two = ONE_PERSON_OF_TWELVE, TWO_PERSONS_OF_TWELVE
    spread = compared(people({"a": two, "b": two}))
    assert outcome(spread) == ("met", None)
    for group, counts in (("a", {"a": one, "b": two}), ("b", {"a": two, "b": one})):
        row = compared(people(counts))
        lower = row["lo"] if group == "a" else -row["hi"]
        # As far as all of them may be wrong, and what the two people of the other group vary.
        side = spread["hi"] / 2**0.5
        assert lower == pytest.approx(abs(row["value"]) - math.hypot(UP_TO - 1 / 360, side), abs=2e-3)
        assert row["verdict"] == "inconclusive"
        assert f"all variation in {group} comes from one subject; the interval allows for more" in row["reason"]
        assert compared(people(counts), tolerance=0.4)["verdict"] == "met"
    both = compared(people({"a": one, "b": one}))
    assert both["verdict"] == "inconclusive"
    assert "all variation in a and b comes from one subject" in both["reason"]


def test_one_person_of_very_many_is_evidence_enough() -> None:
    """Of 300 people at most 1.84 % are such that one was found; nobody of 300, 1.22 %."""
    row = compared(people({"a": [5, *[6] * 299], "b": [6] * 300}, clips=6), tolerance=0.025)
    assert -row["lo"] == pytest.approx(math.hypot(0.0184 - 1 / 1800, 0.0) + 1 / 1800, abs=2e-4)
    assert row["hi"] == pytest.approx(math.hypot(1 / 1800, 0.0122) - 1 / 1800, abs=4e-4)
    assert row["verdict"] == "met"


def test_nobody_who_differs_has_the_exact_bound_and_needs_no_second_person() -> None:
    """Of 12 people all right: each group may lie 1 - 0.025^(1/12) = 0.265 lower, with confidence 97.5 %."""
    everybody = people({"a": [30] * 12, "b": [30] * 12})
    assert outcome(compared(everybody, tolerance=0.27)) == ("met", None)
    verdict, reason = outcome(compared(everybody, tolerance=0.26))
    assert verdict == "inconclusive"
    assert reason is not None
    assert reason.startswith("about 25 subjects in both groups together would be needed to decide")
    # 1 / n: a fifth of the width needs five times as many.
    verdict, reason = outcome(compared(everybody, tolerance=0.05))
    assert (reason or "").startswith(f"about {math.ceil(24 * (1 - 0.025 ** (1 / 12)) / 0.05)} subjects in both")


def test_a_difference_beyond_the_tolerance_that_rests_on_one_person_has_to_be_beyond_the_exact_bound() -> None:
    for counts, sign in ((ONE_PERSON_OF_TWELVE, 1), ([1, *[0] * 11], -1)):
        row = compared(people({"a": counts, "b": HALF}))
        nearer = row["lo"] if sign > 0 else -row["hi"]
        assert nearer == pytest.approx(0.1127, abs=2e-3)  # 0.497, less 0.382 and what b varies by
        assert row["verdict"] == "inconclusive"
        assert compared(people({"a": counts, "b": HALF}), tolerance=0.1)["verdict"] == "not_met"
    assert outcome(compared(people({"a": TWO_PERSONS_OF_TWELVE, "b": HALF}))) == ("not_met", None)


def test_alike_needs_to_be_better_than_chance_in_both_groups_but_unlike_does_not() -> None:
    """By chance 10 clips of 30 are right; 10.25 in the mean of twelve people are not surely more."""
    guessing = [9, 12, 9, 12, 9, 9, 12, 9, 12, 9, 9, 12]
    for group, tables in (
        ("b", people({"a": HALF, "b": guessing})),
        ("a", people({"a": guessing, "b": HALF})),
    ):
        row = compared(tables, tolerance=0.3)
        assert max(-row["lo"], row["hi"]) < 0.3
        assert outcome(row) == ("inconclusive", f"equivalent, but not better than chance for {group}")
    assert outcome(compared(people({"a": HALF, "b": HALF}), tolerance=0.3)) == ("met", None)
    assert outcome(compared(people({"a": TWO_PERSONS_OF_TWELVE, "b": guessing}))) == ("not_met", None)


def test_a_plan_may_ask_for_more_than_better_than_chance() -> None:
    """Half right of three classes, a sixth above chance, and never less than 0.13 above it."""
    tables = people({"a": HALF, "b": HALF})
    assert outcome(compared(tables, tolerance=0.3, min_above_chance=0.1)) == ("met", None)
    assert outcome(compared(tables, tolerance=0.3, min_above_chance=0.15)) == (
        "inconclusive",
        "equivalent, but not better than chance by 0.15 for a and b",
    )


def test_a_difference_at_the_tolerance_is_never_decided() -> None:
    fewer = [num - 3 for num in HALF]
    row = compared(people({"a": HALF, "b": fewer}), tolerance=0.1)
    assert row["value"] == pytest.approx(0.1)
    assert outcome(row) == (
        "inconclusive",
        "the difference is close to the tolerance: no realistic number of subjects would settle it",
    )


def test_the_number_of_subjects_that_would_decide_is_more_than_there_are() -> None:
    """The reach shrinks with the root of the number: 24 · (reach / 0.1)² subjects of a difference of zero."""
    row = compared(people({"a": HALF, "b": HALF}), tolerance=0.02)
    needed = 24 * ((row["hi"] - row["lo"]) / 2 / 0.02) ** 2
    expected = (
        f"about {-(-needed // 1):,.0f} subjects in both groups together would be needed to decide, if the "
        "difference stays the same (24 now)"
    )
    assert row["value"] == 0
    assert outcome(row) == ("inconclusive", expected)


def test_what_many_draws_cannot_tell_is_not_judged() -> None:
    """One of six in each group shows anger alone, the others happiness: exchanged, both are often in one group."""
    shown = {f"{group}-{person}": LABELS[person > 0] for group in "ab" for person in range(6)}
    rows = people({"a": [30] * 6, "b": [30] * 6})[0].to_pylist()
    samples = [{**row, "label": shown[row["subject_id"]]} for row in rows]
    answers = [row["label"] if index % 7 else LABELS[2] for index, row in enumerate(samples)]
    scores = [[0.6 if name == given else 0.2 for name in LABELS] for given in answers]
    row = compared((samples_table(samples), answered(samples, answers, scores)), metric="auc")
    assert row["value"] is not None
    assert (row["lo"], row["hi"], row["level"], row["method"]) == (None, None, None, None)
    assert outcome(row) == ("inconclusive", "undefined in too many permutations: too few subjects")


@pytest.mark.parametrize(("clips_of_a", "is_biased"), [(15, False), (16, True)])
@pytest.mark.parametrize("swapped", [False, True])
def test_ece_is_compared_up_to_one_and_a_half_times_the_samples(
    clips_of_a: int, is_biased: bool, swapped: bool
) -> None:
    names = "ba" if swapped else "ab"
    of_each = {names[0]: clips_of_a, names[1]: 10}
    kept = [
        {**row, "label": LABELS[index % 3]}
        for index, row in enumerate(people({"a": HALF, "b": HALF})[0].to_pylist())
        if int(row["sample_id"].rsplit("-", 1)[1]) < of_each[row["sample_id"][0]]
    ]
    answers = [LABELS[(index + (index % 4 == 0)) % 3] for index, _ in enumerate(kept)]
    scores = [[0.6 if name == given else 0.2 for name in LABELS] for given in answers]
    row = compared((samples_table(kept), answered(kept, answers, scores)), metric="ece")
    biased = row["reason"] == "biased upwards in the group with fewer samples; calibration_error_sq is not"
    assert biased == is_biased
    assert not (is_biased and row["verdict"] != "inconclusive")
