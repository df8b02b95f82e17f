"""People of two groups, of whom an estimate is wrong in a fifth of the clips."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import cohen_kappa_score

from harness.attributes.estimate_errors import EstimateErrors
from harness.attributes.grouping import Grouping
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

PEOPLE, CLIPS, ERROR = 80, 20, 0.2
RATE = {"light": 0.8, "dark": 0.5}
OTHER = {"light": "dark", "dark": "light"}
OWN = EstimateErrors(reference="tone", ordered=False)
Row = dict[str, Any]


def study(*, annotated: int = 40, seed: int = 0) -> tuple[pa.Table, pa.Table]:
    """So many people of each tone, of whom the first are annotated."""
    rng = np.random.default_rng(seed)
    samples: list[Row] = []
    answers = []
    for person in range(PEOPLE):
        tone = ("light", "dark")[person % 2]
        own = rng.beta(9 * RATE[tone], 9 * (1 - RATE[tone]))
        for clip in range(CLIPS):
            label, other = ("anger", "joy")[clip % 2], ("joy", "anger")[clip % 2]
            answers.append(label if rng.random() < own else other)
            samples.append(
                {
                    "sample_id": f"{person}-{clip}",
                    "modality": "face",
                    "subject_id": f"{person}",
                    "label": label,
                    "label_source": "acted",
                    "attr.tone": tone if person < annotated else None,
                    "attr.seen": OTHER[tone] if rng.random() < ERROR else tone,
                }
            )
    table = samples_table(samples)
    return table, predictions_table(
        model="m",
        labels=("anger", "joy"),
        sample_id=table["sample_id"].to_pylist(),
        outcome=["scored"] * len(samples),
        reason=[None] * len(samples),
        label=answers,
    )


@pytest.fixture(scope="module")
def tables() -> tuple[pa.Table, pa.Table]:
    return study()


def rows_of(tables: tuple[pa.Table, pa.Table], errors: EstimateErrors = OWN, **choices: Any) -> list[Row]:
    settings = MeasureSettings(
        resamples=400,
        permutations=100,
        search_depth=0,
        gaps=("accuracy", "uar"),
        grouping=Grouping(axes=("tone", "seen")),
        errors={"seen": errors},
        **choices,
    )
    return [
        row
        for row in measure(*tables, dataset="d", settings=settings).to_pylist()
        if row["kind"] == "misclassification"
    ]


def one(rows: list[Row], metric: str, statistic: str, group: str = "all") -> Row:
    (row,) = [r for r in rows if (r["metric"], r["statistic"], r["group"]) == (metric, statistic, group)]
    return row


def test_the_gap_of_true_groups_stands_beside_that_of_estimated_ones(tables: tuple[pa.Table, pa.Table]) -> None:
    gap = one(rows_of(tables), "accuracy", "difference", "dark")
    samples, predictions = (table.to_pandas() for table in tables)
    right = (samples["label"] == predictions["label"]).to_numpy()
    seen = samples["attr.seen"].to_numpy()
    rate = {tone: right[seen == tone].mean() for tone in RATE}
    assert f"as estimated: {rate['dark'] - rate['light']:.3f}" in gap["reason"]
    true = np.array([("light", "dark")[int(person) % 2] for person in samples["subject_id"]])
    truth = right[true == "dark"].mean() - right[true == "light"].mean()
    assert abs(gap["value"] - truth) < 0.04 < abs(rate["dark"] - rate["light"] - truth)
    assert gap["lo"] < truth < gap["hi"]
    assert (gap["versus"], gap["other_axis"], gap["verdict"]) == ("light", "tone", None)
    assert gap["value"] == pytest.approx(gap["own_value"] - gap["versus_value"])
    assert gap["n_subjects"] == PEOPLE


def test_corrected_levels_are_those_of_the_inverted_matrix(tables: tuple[pa.Table, pa.Table]) -> None:
    rows = rows_of(tables)
    samples, predictions = (table.to_pandas() for table in tables)
    right = (samples["label"] == predictions["label"]).to_numpy()
    known = samples[samples["attr.tone"].notna()]
    names = ["dark", "light"]
    counts = np.array(
        [[((known["attr.tone"] == t) & (known["attr.seen"] == e)).sum() for e in names] for t in names], float
    )
    inverse = np.linalg.inv(counts / counts.sum(1, keepdims=True))
    seen = [(samples["attr.seen"] == name).to_numpy() for name in names]
    num, hits = (inverse.T @ [each.sum() for each in seen], inverse.T @ [right[each].sum() for each in seen])
    for index, name in enumerate(names):
        assert one(rows, "accuracy", "level", name)["value"] == pytest.approx(hits[index] / num[index])
    amplified = one(rows, "error_amplification", "index")
    assert amplified["value"] == pytest.approx(np.abs(inverse).sum(1).max())
    assert (amplified["n_samples"], amplified["n_subjects"]) == (40 * CLIPS, 40)


def test_agreement_is_kappa_over_the_annotated_samples(tables: tuple[pa.Table, pa.Table]) -> None:
    known = tables[0].to_pandas().dropna(subset=["attr.tone"])
    found = {row["index"]: row for row in rows_of(tables) if row["metric"] == "agreement"}
    assert set(found) == {"kappa", "same_group"}
    assert found["kappa"]["value"] == pytest.approx(cohen_kappa_score(known["attr.tone"], known["attr.seen"]))
    assert found["same_group"]["value"] == pytest.approx((known["attr.tone"] == known["attr.seen"]).mean())
    assert found["kappa"]["lo"] < found["kappa"]["value"] < found["kappa"]["hi"]
    ordered = rows_of(tables, EstimateErrors(reference="tone", ordered=True))
    weighted = next(row for row in ordered if row["index"] == "weighted_kappa")
    assert weighted["value"] == pytest.approx(
        cohen_kappa_score(known["attr.tone"], known["attr.seen"], weights="quadratic")
    )
    assert next(row for row in ordered if row["index"] == "within_one_step")["value"] == 1.0


def test_counts_of_other_people_correct_as_well(tables: tuple[pa.Table, pa.Table]) -> None:
    counts = EstimateErrors(groups=("light", "dark"), counts=((80, 20), (20, 80)), ordered=False)
    rows = rows_of(tables, counts)
    gap = one(rows, "accuracy", "difference", "dark")
    assert gap["value"] == pytest.approx(-0.3, abs=0.06)
    assert gap["hi"] - gap["lo"] > 0.05
    assert not [row for row in rows if row["metric"] == "agreement"]
    assert one(rows, "error_amplification", "index")["value"] == pytest.approx(1 / (1 - 2 * ERROR))


def test_what_cannot_be_corrected_says_why() -> None:
    few = rows_of(study(annotated=6))
    assert [row["metric"] for row in few if row["metric"] != "agreement"] == ["error_amplification"]
    assert "of fewer than 5 subjects of dark and light" in few[-1]["reason"]
    mixed = EstimateErrors(groups=("light", "dark"), counts=((52, 48), (48, 52)), ordered=False)
    (only,) = rows_of(study(), mixed)
    assert only["value"] == pytest.approx(25)
    assert "mixes groups up so much that errors would grow more than 10-fold" in only["reason"]
    impossible = EstimateErrors(groups=("light", "dark"), counts=((100, 0), (90, 10)), ordered=False)
    assert "more than 10-fold" in rows_of(study(), impossible)[0]["reason"]


def test_a_group_that_would_have_no_samples_has_no_corrected_value(tables: tuple[pa.Table, pa.Table]) -> None:
    # The estimate finds dark in half of the clips, but these counts say that it does so of 70 % of anybody.
    counts = EstimateErrors(groups=("light", "dark"), counts=((30, 70), (5, 95)), ordered=False)
    gap = one(rows_of(tables, counts), "accuracy", "difference", "dark")
    assert (gap["value"], gap["lo"]) == (None, None)
    assert "a group would have no samples" in gap["reason"]


def test_without_known_errors_there_are_no_such_rows(tables: tuple[pa.Table, pa.Table]) -> None:
    settings = MeasureSettings(
        resamples=100, permutations=100, search_depth=0, grouping=Grouping(axes=("tone", "seen"))
    )
    assert "misclassification" not in measure(*tables, dataset="d", settings=settings)["kind"].to_pylist()


def three_tones(seed: int = 0) -> tuple[pa.Table, pa.Table, list[str]]:
    """Ninety people of three tones, a clip in five estimated to be of the next one; half of them annotated."""
    tones, rates = ("dark", "light", "medium"), {"dark": 0.45, "light": 0.8, "medium": 0.6}
    rng = np.random.default_rng(seed)
    samples: list[Row] = []
    answers, true = [], []
    for person in range(90):
        tone = tones[person % 3]
        for clip in range(20):
            label, other = ("anger", "joy")[clip % 2], ("joy", "anger")[clip % 2]
            answers.append(label if rng.random() < rates[tone] else other)
            true.append(tone)
            seen = tones[(person + 1) % 3] if rng.random() < ERROR else tone
            row = {"sample_id": f"{person}-{clip}", "modality": "face", "subject_id": f"{person}", "label": label}
            row |= {"label_source": "acted", "attr.tone": tone if person < 45 else None, "attr.seen": seen}
            samples.append(row)
    table = samples_table(samples)
    ids = table["sample_id"].to_pylist()
    predictions = predictions_table(
        model="m",
        labels=("anger", "joy"),
        sample_id=ids,
        outcome=["scored"] * len(ids),
        reason=[None] * len(ids),
        label=[answers[_index(name)] for name in ids],
    )
    return table, predictions, [true[_index(name)] for name in ids]


def _index(name: str) -> int:
    person, clip = name.split("-")
    return 20 * int(person) + int(clip)


def test_each_of_three_groups_is_held_against_the_rest_too() -> None:
    *tables, true = three_tones()
    rows = [row for row in rows_of((tables[0], tables[1])) if row["metric"] == "accuracy"]
    gaps = {(row["group"], row["versus"]): row for row in rows if row["statistic"] == "difference"}
    assert len(gaps) == 3 + 3
    samples, predictions = (table.to_pandas() for table in tables)
    right = (samples["label"] == predictions["label"]).to_numpy()
    names = ["dark", "light", "medium"]
    known = samples[samples["attr.tone"].notna()]
    counts = np.array(
        [[((known["attr.tone"] == t) & (known["attr.seen"] == e)).sum() for e in names] for t in names], float
    )
    inverse = np.linalg.inv(counts / counts.sum(1, keepdims=True))
    seen = [(samples["attr.seen"] == name).to_numpy() for name in names]
    num, hits = inverse.T @ [each.sum() for each in seen], inverse.T @ [right[each].sum() for each in seen]
    for index, name in enumerate(names):
        gap, others = gaps[name, "rest"], np.arange(3) != index
        assert gap["value"] == pytest.approx(hits[index] / num[index] - hits[others].sum() / num[others].sum())
        assert gap["versus_value"] == pytest.approx(hits[others].sum() / num[others].sum())
        estimated = right[seen[index]].mean() - right[~seen[index]].mean()
        assert f"as estimated: {estimated:.3f}" in gap["reason"]
        truth = right[np.array(true) == name].mean() - right[np.array(true) != name].mean()
        assert gap["lo"] < truth < gap["hi"]
        assert gap["n_subjects"] == 90
    assert abs(gaps["light", "rest"]["value"]) > abs(right[seen[1]].mean() - right[~seen[1]].mean())


def test_the_rest_of_two_groups_is_the_other(tables: tuple[pa.Table, pa.Table]) -> None:
    assert {row["versus"] for row in rows_of(tables)} == {None, "light"}
