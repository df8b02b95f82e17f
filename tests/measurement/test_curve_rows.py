"""What a report draws, counted by hand and by scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn import metrics as sk

from harness.measurement.curve_rows import count_samples, degradation_curves, sample_curves, training_curves
from harness.measurement.measure import Measurement, measure_run
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.curves import Curve, curves_table
from harness.tables.predictions import concat_predictions, predictions_table, validate_predictions
from harness.tables.results import Result, results_table
from harness.tables.samples import samples_table
from harness.tables.schemas import CURVES

SETTINGS = MeasureSettings(resamples=100, permutations=100, min_subjects=2, system="m")
LABELS = ("a", "b")

Six = Sequence[Any]


def make_samples(labels: Six = ("a", "a", "a", "b", "a", "b"), **columns: Six) -> pa.Table:
    rows = [
        {
            "sample_id": f"clip{i}",
            "subject_id": f"p{i}",
            "modality": "face",
            "label_source": "acted",
            "label": label,
        }
        | {name.replace("_", ".", 1): values[i] for name, values in columns.items()}
        for i, label in enumerate(labels)
    ]
    return samples_table(rows)


def predict(samples: pa.Table, **changes: Any) -> pa.Table:
    """Four samples at 0.9, three of them right; two at 0.6, one of them right."""
    num = samples.num_rows
    positive = [0.9, 0.9, 0.9, 0.9, 0.6, 0.6]
    given = {
        "model": "m",
        "labels": list(LABELS),
        "sample_id": samples["sample_id"].to_pylist(),
        "outcome": ["scored"] * num,
        "reason": [None] * num,
        "label": ["a"] * num,
        "scores": [[p, 1 - p] for p in positive],
    }
    return predictions_table(**{**given, **changes})


def measured(samples: pa.Table, predictions: pa.Table, settings: MeasureSettings = SETTINGS) -> Measurement:
    return measure_run(samples, validate_predictions(predictions, samples), dataset="d", settings=settings)


def rows(found: Measurement, curve: str, **where: Any) -> list[Curve]:
    wanted = {"curve": curve, **where}
    return [row for row in found.curves if all(getattr(row, name) == value for name, value in wanted.items())]


def test_the_bins_hold_what_was_right_at_each_confidence() -> None:
    samples = make_samples()
    low, high = rows(measured(samples, predict(samples)), "reliability", axis="overall")
    assert (low.n_samples, low.n_subjects, low.x, low.y) == (2, 2, pytest.approx(0.6), 0.5)
    assert (high.n_samples, high.n_subjects, high.x, high.y) == (4, 4, pytest.approx(0.9), 0.75)
    assert (low.x_lo, high.x_hi) == (0.0, 1.0)
    assert low.x_hi == high.x_lo == pytest.approx(0.6)


def test_the_curve_begins_where_the_system_is_most_confident() -> None:
    samples = make_samples()
    first, last = rows(measured(samples, predict(samples)), "risk_coverage")
    assert (first.x, first.y, first.n_samples) == (pytest.approx(4 / 6), 1 / 4, 4)
    assert (last.x, last.y, last.n_samples) == (1.0, pytest.approx(2 / 6), 6)


def test_the_bins_of_groups_add_up_to_those_of_all() -> None:
    samples = make_samples(attr_sex=["f", "f", "f", "m", "f", "m"])
    found = measured(samples, predict(samples))
    bins = {
        group: [(row.n_samples, row.y) for row in rows(found, "reliability", axis="sex", group=group)]
        for group in ("f", "m")
    }
    assert bins == {"f": [(1, 1.0), (3, 1.0)], "m": [(1, 0.0), (1, 0.0)]}


def test_a_group_of_too_few_subjects_with_a_confidence_has_no_curve() -> None:
    samples = make_samples(attr_sex=["f", "f", "f", "m", "f", "m"])
    outcome = ["scored"] * 5 + ["failed"]
    unscored: list[Any] = [None] * 5
    scores = [[0.9, 0.1]] * 5 + [None]
    predictions = predict(
        samples, outcome=outcome, reason=[*unscored, "timeout"], label=["a"] * 5 + [None], scores=scores
    )
    found = measured(samples, predictions)
    assert {row.group for row in rows(found, "reliability", axis="sex")} == {"f"}


def test_only_the_system_is_drawn_in_single_groups() -> None:
    samples = make_samples(attr_sex=["f", "f", "f", "m", "f", "m"])
    both = concat_predictions([predict(samples), predict(samples, model="other")])
    found = measured(samples, both)
    assert {row.model for row in rows(found, "reliability", axis="overall")} == {"m", "other"}
    assert {row.model for row in rows(found, "reliability", axis="sex")} == {"m"}


def test_scores_that_are_no_probabilities_have_no_confidence() -> None:
    samples = make_samples()
    found = measured(samples, predict(samples, scores=[[2.7, 0.3]] * 6))
    assert not rows(found, "reliability")
    assert not rows(found, "risk_coverage")


def test_confusion_is_scikit_learns_and_keeps_what_got_no_score_apart() -> None:
    rng = np.random.default_rng(0)
    truth = rng.choice(["a", "b"], 200).tolist()
    answer = rng.choice(["a", "b", "unscored", "none"], 200).tolist()  # a class may be called so
    samples = make_samples(truth)
    predictions = predict(
        samples,
        labels=["a", "b", "unscored"],
        outcome=["failed" if one == "none" else "scored" for one in answer],
        reason=["timeout" if one == "none" else None for one in answer],
        label=[None if one == "none" else one for one in answer],
        scores=None,
    )
    found = measured(samples, predictions)
    counts = {(row.truth, row.answer): row.n_samples for row in rows(found, "confusion")}
    names = ["a", "b", "unscored", "none"]
    expected = sk.confusion_matrix(truth, answer, labels=names)
    for i, label in enumerate(("a", "b")):
        assert [counts[label, name] for name in ("a", "b", "unscored", None)] == expected[i].tolist()
    assert [(row.answer, row.x is None, row.y is None) for row in rows(found, "label_shares")] == [
        ("a", False, False),
        ("b", False, False),
        ("unscored", True, False),
    ]


def test_shares_say_what_the_model_cannot_answer_and_what_is_merged() -> None:
    samples = make_samples(("a", "a", "a", "b", "calm", "calm"))
    settings = MeasureSettings(resamples=100, permutations=100, merge={"calm": "rest"}, system="m")
    found = measured(samples, predict(samples, labels=["a", "rest"], label=["a"] * 6), settings)
    shares = {row.answer: (row.x, row.y, row.n_samples) for row in rows(found, "label_shares")}
    assert shares == {
        "a": (0.5, 1.0, 6),
        "b": (pytest.approx(1 / 6), None, 6),
        "rest": (pytest.approx(1 / 3), 0.0, 6),
    }
    assert [(row.truth, row.answer) for row in rows(found, "merged")] == [("calm", "rest"), ("rest", "rest")]


def test_reasons_are_counted_with_their_subjects_and_the_rarest_together() -> None:
    # Eleven reasons, three times each: ten of them have a metric.
    reasons = [f"cause {i // 3:02d}: detail {i}" for i in range(33)]
    rows_ = [
        {
            "sample_id": f"s{i}",
            "subject_id": f"p{i % 2}",
            "modality": "face",
            "label_source": "acted",
            "label": "a",
        }
        for i in range(34)
    ]
    samples = samples_table(rows_)
    predictions = predict(
        samples,
        outcome=["failed"] * 33 + ["abstained"],
        reason=[*reasons, "?!"],
        label=[None] * 34,
        scores=None,
    )
    found = {
        (row.truth, row.answer): (row.n_samples, row.n_subjects)
        for row in rows(measured(samples, predictions), "unscored")
    }
    assert len(found) == 12
    assert found["failed", "cause 00"] == (3, 2)
    assert found["failed", None] == (3, 2)
    assert found["abstained", None] == (1, 1)


def test_counts_of_parts_of_the_samples_add_up() -> None:
    samples = make_samples(attr_sex=["f", None, "f", "m", None, "m"], attr_race=[None] * 6)
    whole = count_samples(samples)
    assert whole == {
        ("label_source", "acted"): 6,
        ("modality", "face"): 6,
        ("attribute", "sex"): 4,
        ("attribute", "race"): 0,
    }
    parts = count_samples(samples.slice(0, 2))
    parts.update(count_samples(samples.slice(2)))
    assert parts == whole
    listed = [(row.curve, row.answer, row.n_samples) for row in sample_curves("d", whole)]
    assert listed[:2] == [("attribute", "sex", 4), ("attribute", "race", 0)]


def test_trainings_are_numbered_and_name_nobody() -> None:
    folds = {
        "m": [
            {"name": "loso:anna", "train_subjects": ["ben"], "test_subjects": ["anna"]},
            {"name": "loso:ben", "train_subjects": ["anna", "ben"], "test_subjects": ["ben"]},
        ]
    }
    found = list(training_curves("d", folds))
    assert [(row.x, row.y, row.n_subjects) for row in found] == [(0, 0, 1), (1, 1, 1)]
    assert "anna" not in str(found)


def test_learned_weights_are_averaged_over_the_trainings() -> None:
    sides = {"train_subjects": ["anna"], "test_subjects": ["bert"]}
    folds = {
        "m": [{**sides, "weights": {"face": 2.0, "voice": 0.5}}, {**sides, "weights": {"face": 1.0, "voice": 0.7}}]
    }
    found = [row for row in training_curves("d", folds) if row.curve == "weight"]
    assert [(row.answer, row.y, row.lo, row.hi) for row in found] == [
        ("face", 1.5, 1.0, 2.0),
        ("voice", pytest.approx(0.6), 0.5, 0.7),
    ]


def test_other_conditions_are_curves_over_their_severity() -> None:
    shared = {"dataset": "d", "model": "m", "metric": "uar", "n_samples": 6, "n_subjects": 6, "n_unscored": 0}
    conditions = {"clean": 0.8, "voice/noise@10": 0.6, "voice/noise@0": 0.4, "face/grey": 0.7}
    results = [Result(**shared, condition=name, value=value) for name, value in conditions.items()]
    results.append(Result(**shared, condition="face/grey", value=0.1, axis="sex", group="f"))
    results.append(Result(**shared, condition="face/grey", value=-0.1, versus_condition="clean"))
    table = results_table(results)
    found = [(row.truth, row.x, row.answer, row.y) for row in degradation_curves(table)]
    assert found == [
        ("voice/noise", 10.0, "uar", 0.6),
        ("voice/noise", 0.0, "uar", 0.4),
        ("face/grey", None, "uar", 0.7),
    ]
    assert {row.curve for row in degradation_curves(table)} == {"degradation"}


def test_the_table_has_the_schema_and_no_number_that_is_none() -> None:
    table = curves_table([Curve(dataset="d", curve="reliability", x=float("nan"), y=0.5, n_samples=3)])
    assert table.schema.equals(CURVES)
    assert table["x"].to_pylist() == [None]
    assert table["model"].to_pylist() == [None]
