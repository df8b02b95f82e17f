from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from harness.errors import HarnessError
from harness.measurement.count_metrics import tallies
from harness.measurement.counting_options import (
    CountingOptions,
    class_probabilities,
    counting_options,
    stratum_names,
)
from harness.metrics.tally import Tally
from harness.tables.alignment import Aligned, align
from harness.tables.predictions import concat_predictions, predictions_table, validate_predictions
from harness.tables.samples import samples_table

EMOTIONS = ("anger", "happiness", "neutral", "surprise")
Row = dict[str, Any]


def make_rows(num: int = 300) -> list[Row]:
    rng = np.random.default_rng(0)
    rows = []
    for index in range(num):
        scores = rng.dirichlet(np.ones(4)).astype(np.float32)
        rows.append(
            {
                "sample_id": f"clip{index}",
                "subject_id": f"person{rng.integers(15)}",
                "label": str(rng.choice(EMOTIONS)),
                "ctx.intensity": float(rng.integers(1, 3)),
                "attr.sex": str(rng.choice(["female", "male"])),
                "scores": scores.tolist() if rng.random() < 0.9 else None,
                "answer": EMOTIONS[int(scores.argmax())],
            }
        )
    return rows


def aligned_rows(rows: list[Row], labels: tuple[str, ...] = EMOTIONS, match_on: tuple[str, ...] = ()) -> Aligned:
    names = ("sample_id", "subject_id", "label", "ctx.intensity", "attr.sex", "valence")
    samples = samples_table(
        [{**{name: row.get(name) for name in names}, "label_source": "acted", "modality": "face"} for row in rows]
    )
    predictions = predictions_table(
        model="m",
        labels=labels,
        sample_id=[row["sample_id"] for row in rows],
        outcome=["failed" if row["scores"] is None else "scored" for row in rows],
        reason=["no_face" if row["scores"] is None else None for row in rows],
        label=[None if row["scores"] is None else row["answer"] for row in rows],
        scores=[row["scores"] for row in rows],
        dimensions={"valence": [row.get("predicted_valence") for row in rows]},
    )
    predictions = validate_predictions(predictions, samples)
    return align(samples, predictions, model="m", condition="clean", merge={}, match_on=match_on)


def values(found: list[Tally], sums: Any = lambda tally: tally.sums.sum(0)) -> dict[str, float]:
    return {metric.name: float(metric.value(sums(each))) for each in found for metric in each.metrics}


def overall(aligned: Aligned, options: CountingOptions | None = None) -> dict[str, float]:
    return values(tallies(aligned, aligned.subject, aligned.num_subjects, options=options))


def test_one_pass_serves_the_whole_and_every_group() -> None:
    rows = make_rows()
    aligned = aligned_rows(rows)
    female = np.array([row["attr.sex"] == "female" for row in rows])
    found = tallies(aligned, aligned.subject * 2 + female, 2 * aligned.num_subjects)
    group = np.arange(2 * aligned.num_subjects) % 2
    for index, members in enumerate((~female, female)):
        truth = np.array([row["label"] for row in rows])[members]
        answer = np.array([row["answer"] if row["scores"] else "none" for row in rows])[members]
        per_group = values(found, lambda tally, at=index: tally.summed(group, 2).sums[at])
        assert per_group["accuracy"] == pytest.approx(sk.accuracy_score(truth, answer))
        recalls = sk.recall_score(truth, answer, labels=EMOTIONS, average=None)
        f1 = sk.f1_score(truth, answer, labels=EMOTIONS, average=None)
        for name, expected in zip(EMOTIONS, zip(recalls, f1, strict=True), strict=True):
            assert (per_group[f"recall:{name}"], per_group[f"f1:{name}"]) == pytest.approx(expected)
        scored = answer != "none"
        kept = np.array(
            [row["scores"] for row, m in zip(rows, members, strict=True) if m and row["scores"]], np.float32
        )
        assert per_group["log_loss"] == pytest.approx(sk.log_loss(truth[scored], kept, labels=EMOTIONS), rel=1e-6)
        assert per_group["failed:no_face"] == pytest.approx((~scored).mean())


def test_neutral_samples_called_negative_are_counted() -> None:
    rows = make_rows()
    neutral = [row for row in rows if row["label"] == "neutral"]
    called = [row for row in neutral if row["scores"] and row["answer"] == "anger"]
    found = overall(aligned_rows(rows))
    assert found["negative_assignment"] == pytest.approx(len(called) / len(neutral))


def test_matched_samples_are_those_of_no_negative_emotion_alike_in_label_and_columns() -> None:
    rows = make_rows()
    aligned = aligned_rows(rows, match_on=("ctx.intensity",))
    options = counting_options(aligned)
    assert options.strata == tuple(f"{e} * {i}" for e in ("happiness", "neutral", "surprise") for i in (1, 2))
    female = np.array([row["attr.sex"] == "female" for row in rows], dtype=np.int64)
    found = values(tallies(aligned, female, 2), lambda tally: tally.sums[1])
    total = weighted = 0.0
    for label in ("happiness", "neutral", "surprise"):
        for intensity in (1, 2):
            stratum = [row for row in rows if (row["label"], row["ctx.intensity"]) == (label, intensity)]
            members = [row for row in stratum if row["attr.sex"] == "female"]
            rate = np.mean([bool(row["scores"]) and row["answer"] == "anger" for row in members])
            total, weighted = total + len(stratum), weighted + len(stratum) * rate
    assert found["negative_assignment"] == pytest.approx(weighted / total)


def test_the_valence_of_labels_is_measured_where_there_is_no_dimension_of_it() -> None:
    rows = make_rows()
    sign = {"anger": -1, "neutral": 0, "happiness": 1}
    both = [row for row in rows if row["scores"] and row["label"] in sign and row["answer"] in sign]
    expected = np.mean([sign[row["answer"]] - sign[row["label"]] for row in both])
    assert overall(aligned_rows(rows))["valence_error"] == pytest.approx(expected)
    for row in rows:
        row |= {"valence": 0.5, "predicted_valence": 0.25}
    found = overall(aligned_rows(rows))
    assert "valence_error" not in found
    assert found["bias:valence"] == pytest.approx(-0.25)


def test_a_model_without_negative_emotions_assigns_none() -> None:
    rows = make_rows()
    for row in rows:
        row |= {"scores": row["scores"] and row["scores"][:2], "answer": "happiness"}
    found = overall(aligned_rows(rows, ("happiness", "neutral")))
    assert "negative_assignment" not in found
    names, strata = stratum_names(aligned_rows(rows, ("happiness", "neutral")))
    assert (names, set(strata.tolist())) == ((), {-1})


def test_scores_that_are_no_probabilities_have_no_calibration() -> None:
    rows = make_rows()
    for row in rows:
        row["scores"] = row["scores"] and [10 * score for score in row["scores"]]
    found = overall(aligned_rows(rows))
    assert not {"log_loss", "brier", "ece", "aurc", "conformal_coverage"} & set(found)
    assert "accuracy" in found


def test_parts_of_a_table_have_the_families_of_the_whole() -> None:
    """Also where a part has no score, no label, no dimension or none of the reasons."""
    rows = make_rows()
    for row in rows[150:]:
        row |= {"valence": 0.5, "predicted_valence": 0.25}
    whole = aligned_rows(rows)
    options = counting_options(whole)
    options = replace(options, least_probability=options.least_probability[:1])
    for part in (np.arange(3), np.flatnonzero(~whole.scored), np.flatnonzero(whole.scored)):
        some = replace(whole.take(part), dimensions={})
        if not some.scored.any():
            some = replace(some, class_scores=None, label_scores=None)
        found = tallies(some, some.subject, some.num_subjects, options=options)
        expected = tallies(whole, whole.subject, whole.num_subjects, options=options)
        assert [[m.name for m in each.metrics] for each in found] == [
            [m.name for m in each.metrics] for each in expected
        ]
        assert [each.sums.shape[1:] for each in found] == [each.sums.shape[1:] for each in expected]


def test_order_of_predictions_and_other_models_change_nothing() -> None:
    rows = make_rows()
    samples = samples_table(
        [
            {"label_source": "acted", "modality": "face"}
            | {name: row[name] for name in ("sample_id", "subject_id", "label")}
            for row in rows
        ]
    )

    def answers(order: np.ndarray, model: str) -> Any:
        chosen = [rows[i] for i in order]
        return predictions_table(
            model=model,
            labels=EMOTIONS,
            sample_id=[row["sample_id"] for row in chosen],
            outcome=["failed" if row["scores"] is None else "scored" for row in chosen],
            reason=["no_face" if row["scores"] is None else None for row in chosen],
            label=[None if row["scores"] is None else row["answer"] for row in chosen],
            scores=[row["scores"] for row in chosen],
        )

    given = np.arange(len(rows))
    alone = align(samples, answers(given, "m"), model="m", condition="clean", merge={})
    stacked = concat_predictions([answers(given, "a"), answers(np.random.default_rng(1).permutation(given), "m")])
    among = align(samples, stacked, model="m", condition="clean", merge={})
    assert overall(among) == overall(alone)


def test_a_column_that_is_not_there_cannot_be_matched_on() -> None:
    with pytest.raises(HarnessError, match=r"no column 'ctx\.light'"):
        aligned_rows(make_rows(), match_on=("ctx.light",))


def test_without_scores_every_class_of_labels_and_answers_has_nothing() -> None:
    """Three emotions are labelled, and all four answered."""
    rows = [row | {"label": EMOTIONS[index % 3]} for index, row in enumerate(make_rows())]
    found = class_probabilities(replace(aligned_rows(rows), class_scores=None), slice(None))
    assert found.shape == (len(rows), 4)
    assert np.isnan(found).all()
