from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn import metrics as sk

from harness.attributes.grouping import Grouping
from harness.errors import HarnessError
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import count_confusion
from harness.tables.alignment import align
from harness.tables.parquet_files import write_parquet
from harness.tables.predictions import (
    concat_predictions,
    model_conditions,
    predictions_table,
    validate_predictions,
)
from harness.tables.samples import samples_table
from harness.tables.schemas import CLEAN, RESULTS

LABELS = ("anger", "happiness", "neutral")
FAST = MeasureSettings(resamples=200, permutations=200)
UPWARD = ("ece", "aurc", "risk_at_80")
"""Resampling adds noise, and these count noise as error: the value may lie below its interval."""
Row = dict[str, Any]


def make_rows(num: int = 240, subjects: int = 12, seed: int = 0) -> tuple[list[Row], list[Row]]:
    """Samples and one model's answers, one in eight without a score."""
    rng = np.random.default_rng(seed)
    samples, answers = [], []
    for i in range(num):
        subject, label = int(rng.integers(subjects)), int(rng.integers(3))
        scores = rng.dirichlet(1 + 2 * np.eye(3)[label])
        scored = bool(rng.random() > 0.125)
        valence = float(rng.uniform(-1, 1))
        samples.append(
            {
                "sample_id": f"clip{i}",
                "modality": "voice",
                "subject_id": f"person{subject}",
                "label": LABELS[label],
                "label_source": "acted",
                "valence": valence,
                "attr.sex": ("female", "male")[subject % 2],
                "attr.age": 20.0 + 5 * subject,
            }
        )
        answers.append(
            {
                "sample_id": f"clip{i}",
                "outcome": "scored" if scored else "abstained",
                "reason": None if scored else "no_face",
                "label": LABELS[int(scores.argmax())] if scored else None,
                "scores": scores.astype(np.float32).tolist() if scored else None,
                "valence": float(0.5 * valence + rng.normal(0, 0.2)) if scored else None,
            }
        )
    return samples, answers


def make_predictions(
    answers: list[Row], model: str = "m", condition: str = "clean", labels: tuple[str, ...] = LABELS
) -> pa.Table:
    columns = {name: [row[name] for row in answers] for name in ("sample_id", "outcome", "reason", "label")}
    return predictions_table(
        model=model,
        labels=labels,
        condition=condition,
        scores=[row["scores"] for row in answers],
        dimensions={"valence": [row["valence"] for row in answers]},
        **columns,
    )


def measured(samples: list[Row], answers: list[Row], settings: MeasureSettings = FAST) -> dict[Any, Row]:
    table, predictions = samples_table(samples), make_predictions(answers)
    results = measure(table, validate_predictions(predictions, table), dataset="d", settings=settings)
    levels = [row for row in results.to_pylist() if row["statistic"] == "level"]
    shrunken = {"metric": "", "shrunken": "shrunken "}
    return {(shrunken[row["kind"]] + row["metric"], row["axis"], row["group"]): row for row in levels}


def overall(results: dict[Any, Row]) -> dict[str, float]:
    return {key[0]: row["value"] for key, row in results.items() if key[1] == "overall"}


def test_points_equal_scikit_learn() -> None:
    samples, answers = make_rows()
    found = overall(measured(samples, answers))
    truth = np.array([row["label"] for row in samples])
    answer = np.array([row["label"] or "no score" for row in answers])
    scored = answer != "no score"
    labels = list(LABELS)
    probabilities = np.array([row["scores"] for row in answers if row["scores"]], dtype=np.float32)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(truth, answer))
    assert found["accuracy_scored"] == pytest.approx(sk.accuracy_score(truth[scored], answer[scored]))
    assert found["uar"] == pytest.approx(sk.recall_score(truth, answer, labels=labels, average="macro"))
    assert found["macro_f1"] == pytest.approx(sk.f1_score(truth, answer, labels=labels, average="macro"))
    assert found["coverage"] == pytest.approx(scored.mean())
    recalls = sk.recall_score(truth, answer, labels=labels, average=None)
    precisions = sk.precision_score(truth, answer, labels=labels, average=None)
    for index, name in enumerate(labels):
        assert found[f"recall:{name}"] == pytest.approx(recalls[index])
        assert found[f"precision:{name}"] == pytest.approx(precisions[index])
    assert found["log_loss"] == pytest.approx(sk.log_loss(truth[scored], probabilities, labels=labels), rel=1e-6)
    brier = sk.brier_score_loss(truth[scored], probabilities, labels=labels, scale_by_half=False)
    assert found["brier"] == pytest.approx(brier, rel=1e-6)
    y = np.array([row["valence"] for row in samples])[scored]
    p = np.array([row["valence"] for row in answers])[scored].astype(float)
    covariance = np.cov(y, p, ddof=0)
    ccc = 2 * covariance[0, 1] / (covariance[0, 0] + covariance[1, 1] + (y.mean() - p.mean()) ** 2)
    assert found["ccc:valence"] == pytest.approx(ccc)
    assert found["rmse:valence"] == pytest.approx(sk.root_mean_squared_error(y, p))


def test_every_number_stands_with_its_counts_and_its_interval() -> None:
    for (metric, _, group), row in measured(*make_rows()).items():
        if group == "<18":  # declared, and nobody is in it
            assert (row["value"], row["n_samples"], row["n_subjects"], row["verdict"]) == (
                None,
                0,
                0,
                "not_tested",
            )
            continue
        assert row["n_samples"] > 0
        assert row["n_subjects"] > 0
        if row["lo"] is None:
            assert row["reason"], metric
            continue
        assert row["lo"] <= row["hi"], metric
        assert row["level"] == 0.95
        assert row["method"]
        if metric not in UPWARD:
            assert row["lo"] <= row["value"] <= row["hi"], metric


def test_groups_are_measured_on_their_own_samples() -> None:
    samples, answers = make_rows()
    results = measured(samples, answers)
    for sex in ("female", "male"):
        members = [i for i, row in enumerate(samples) if row["attr.sex"] == sex]
        right = [answers[i]["label"] == samples[i]["label"] for i in members]
        row = results["accuracy", "sex", sex]
        assert row["value"] == pytest.approx(np.mean(right))
        assert row["n_samples"] == len(members)
        assert row["n_subjects"] == 6
        assert row["n_unscored"] == sum(answers[i]["label"] is None for i in members)
    of_whole = {key[0] for key in results if key[1] == "overall"}
    assert {key[0] for key in results if key[1] == "sex"} == of_whole
    assert {"recall:anger", "ece", "ccc:valence", "abstained:no_face"} < of_whole
    assert {key[2] for key in results if key[1] == "age"} == {"<18", "18-29", "30-49", "50-64", "65+"}


def test_small_groups_are_listed_and_not_tested() -> None:
    row = measured(*make_rows())["accuracy", "age", "18-29"]
    assert row["n_subjects"] == 2
    assert row["verdict"] == "not_tested"
    assert row["reason"] == "2 subjects; at least 5 are needed"
    assert row["value"] is not None


def test_a_group_says_which_classes_it_lacks() -> None:
    samples, answers = make_rows()
    keep = [i for i, row in enumerate(samples) if row["attr.sex"] == "male" or row["label"] != "anger"]
    results = measured([samples[i] for i in keep], [answers[i] for i in keep])
    assert results["uar", "sex", "female"]["reason"] == "no anger"
    assert results["uar", "sex", "male"]["reason"] is None
    assert results["accuracy", "sex", "female"]["reason"] is None


def test_one_subject_has_values_without_intervals() -> None:
    samples, answers = make_rows(subjects=1)
    for row in measured(samples, answers).values():
        assert (row["lo"], row["hi"], row["level"], row["method"]) == (None, None, None, None)
        assert row["reason"].startswith("1 subject;" if row["n_subjects"] else "no samples")
        assert row["verdict"] == "not_tested"
    assert measured(samples, answers)["accuracy", "overall", "all"]["value"] is not None


def test_nothing_scored_counts_as_wrong_and_the_rest_is_undefined() -> None:
    samples, answers = make_rows(60)
    for row in answers:
        row |= {"outcome": "failed", "reason": "crashed", "label": None, "scores": None, "valence": None}
    results = measured(samples, answers)
    found = overall(results)
    assert (found["accuracy"], found["uar"], found["coverage"]) == (0, 0, 0)
    row = results["accuracy_scored", "overall", "all"]
    assert row["value"] is None
    assert row["n_unscored"] == 60
    assert "no samples to measure it on" in row["reason"]
    assert "log_loss" not in found


def test_one_row_and_one_class_are_measured() -> None:
    samples, answers = make_rows(1)
    answers[0] |= {"outcome": "scored", "reason": None, "label": samples[0]["label"]}
    found = overall(measured(samples, answers))
    assert (found["accuracy"], found["uar"], found["macro_f1"]) == (1, 1, 1)


def test_an_answer_outside_the_truth_is_wrong_and_confusion_names_it() -> None:
    samples, answers = make_rows()
    keep = [i for i, row in enumerate(samples) if row["label"] != "neutral"]
    samples, answers = [samples[i] for i in keep], [answers[i] for i in keep]
    table, predictions = samples_table(samples), make_predictions(answers)
    aligned = align(table, predictions, model="m", condition=CLEAN, merge={})
    counts = count_confusion(aligned)
    assert counts is not None
    assert aligned.mapping is not None
    assert aligned.mapping.classes == ("anger", "happiness")
    assert aligned.mapping.outside == ("neutral",)
    truth = [row["label"] for row in samples]
    answer = [row["label"] or "unscored" for row in answers]
    labels = ["anger", "happiness", "neutral", "unscored"]
    assert counts.tolist() == sk.confusion_matrix(truth, answer, labels=labels)[:2].tolist()
    found = overall(measured(samples, answers))
    recalls = np.diag(counts) / counts.sum(1)
    assert found["uar"] == pytest.approx(recalls.mean())
    assert "recall:neutral" not in found


def test_auc_of_two_classes_is_scikit_learns() -> None:
    samples, answers = make_rows()
    for row, answer in zip(samples, answers, strict=True):
        row["label"] = {"anger": "stress", "happiness": "rest", "neutral": "rest"}[row["label"]]
        if answer["scores"]:
            first = answer["scores"][0]
            answer |= {"scores": [first, 1 - first], "label": "stress" if first > 0.5 else "rest"}
    table = samples_table(samples)
    predictions = make_predictions(answers, labels=("stress", "rest"))
    results = measure(table, validate_predictions(predictions, table), dataset="d", settings=FAST).to_pylist()
    (row,) = [row for row in results if row["metric"] == "auc" and row["axis"] == "overall"]
    scored = [i for i, answer in enumerate(answers) if answer["scores"]]
    truth = [samples[i]["label"] == "stress" for i in scored]
    assert row["value"] == pytest.approx(sk.roc_auc_score(truth, [answers[i]["scores"][0] for i in scored]))
    assert row["lo"] < row["value"] < row["hi"]


def test_scores_that_are_no_probabilities_are_said_to_be_none() -> None:
    samples, answers = make_rows()
    for answer in answers:
        answer["scores"] = answer["scores"] and [10 * score for score in answer["scores"]]
    results = measured(samples, answers)
    for metric in ("log_loss", "brier", "ece"):
        row = results[metric, "overall", "all"]
        assert row["value"] is None
        assert row["reason"] == "the scores are not probabilities"


def test_rounded_scores_are_measured_as_the_probabilities_that_they_stand_for() -> None:
    samples, answers = make_rows()
    for answer in answers:
        answer["scores"] = answer["scores"] and [round(score, 1) for score in answer["scores"]]
    found = overall(measured(samples, answers))
    scored = [i for i, answer in enumerate(answers) if answer["scores"]]
    rounded = np.array([answers[i]["scores"] for i in scored])
    assert np.abs(rounded.sum(1) - 1).max() > 0.05
    share = rounded / rounded.sum(1, keepdims=True)
    truth = np.eye(3)[[LABELS.index(samples[i]["label"]) for i in scored]]
    assert found["brier"] == pytest.approx(((share - truth) ** 2).sum(1).mean(), abs=1e-7)


def test_merged_labels_add_their_scores() -> None:
    samples, answers = make_rows()
    results = measured(samples, answers, MeasureSettings(resamples=200, merge={"anger": "happiness"}))
    found = overall(results)
    scored = [i for i, answer in enumerate(answers) if answer["scores"]]
    merged = [(answers[i]["scores"][0] + answers[i]["scores"][1], answers[i]["scores"][2]) for i in scored]
    truth = ["neutral" if samples[i]["label"] == "neutral" else "happiness" for i in scored]
    assert found["log_loss"] == pytest.approx(sk.log_loss(truth, np.array(merged, dtype=np.float32)), rel=1e-6)
    assert {key for key in found if key.startswith("recall")} == {"recall:happiness", "recall:neutral"}


def test_samples_without_a_label_count_for_coverage_only() -> None:
    samples, answers = make_rows()
    for row in samples[:40]:
        row["label"] = None
    results = measured(samples, answers)
    assert results["accuracy", "overall", "all"]["n_samples"] == 200
    assert results["coverage", "overall", "all"]["n_samples"] == 240


def test_a_model_of_dimensions_alone_has_no_accuracy() -> None:
    samples, answers = make_rows()
    for answer in answers:
        answer |= {"label": None, "scores": None}
    table, predictions = samples_table(samples), make_predictions(answers, labels=())
    results = measure(table, validate_predictions(predictions, table), dataset="d", settings=FAST)
    found = {row["metric"] for row in results.to_pylist() if row["axis"] == "overall"}
    assert not found & {"accuracy", "uar", "recall:anger", "brier"}
    assert found >= {"coverage", "abstained", "ccc:valence", "pearson:valence", "rmse:valence", "bias:valence"}
    assert count_confusion(align(table, predictions, model="m", condition=CLEAN, merge={})) is None


def test_an_axis_of_free_text_is_refused_in_one_row() -> None:
    samples, answers = make_rows()
    for index, row in enumerate(samples):
        row["attr.note"] = f"note {index}"
    rows = [row for (_, axis, _), row in measured(samples, answers).items() if axis == "note"]
    assert [(row["verdict"], row["value"]) for row in rows] == [("not_tested", None)]
    assert rows[0]["reason"] == "240 groups; at most 50 can be compared"


def test_axes_can_be_chosen_and_must_exist() -> None:
    samples, answers = make_rows()
    results = measured(samples, answers, MeasureSettings(resamples=200, grouping=Grouping(axes=("sex",))))
    assert {key[1] for key in results} == {"overall", "sex"}
    with pytest.raises(HarnessError, match="no attribute 'race'"):
        measured(samples, answers, MeasureSettings(grouping=Grouping(axes=("race",))))


@pytest.mark.parametrize("wrong", [{"resamples": 10}, {"level": 1.0}, {"seed": -1}, {"min_subjects": 1}])
def test_settings_outside_their_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(HarnessError, match="measure: resamples"):
        MeasureSettings(**wrong)


def test_models_and_conditions_stand_in_a_fixed_order(tmp_path: Any) -> None:
    samples, answers = make_rows()
    table = samples_table(samples)
    parts = [make_predictions(answers, m, c) for m, c in [("b", "noise"), ("a", "clean"), ("b", "clean")]]
    stacked = concat_predictions(parts)
    shuffled = stacked.take(pa.array(np.random.default_rng(0).permutation(stacked.num_rows)))
    assert model_conditions(shuffled) == [("a", "clean"), ("b", "clean"), ("b", "noise")]
    results = [measure(table, each, dataset="d", settings=FAST) for each in (stacked, shuffled)]
    assert results[0].schema.equals(RESULTS)
    for index, result in enumerate(results):
        write_parquet(result, tmp_path / f"{index}.parquet")
    assert (tmp_path / "0.parquet").read_bytes() == (tmp_path / "1.parquet").read_bytes()


def test_a_sample_without_a_prediction_is_an_error() -> None:
    samples, answers = make_rows(20)
    with pytest.raises(HarnessError, match="19 rows for 20 samples"):
        measure(samples_table(samples), make_predictions(answers[:-1]), dataset="d", settings=FAST)


def test_labels_that_are_no_taxonomy_are_refused() -> None:
    samples, answers = make_rows(300)
    for index, row in enumerate(samples):
        row["label"] = f"label {index}"
    with pytest.raises(HarnessError, match="300 different labels"):
        measured(samples, answers)


# Properties that hold for every metric, in the manner of scikit-learn's test_common.


def permuted(samples: list[Row], answers: list[Row]) -> tuple[list[Row], list[Row]]:
    order = np.random.default_rng(1).permutation(len(samples))
    return [samples[i] for i in order], [answers[i] for i in order]


def doubled(samples: list[Row], answers: list[Row]) -> tuple[list[Row], list[Row]]:
    copies = [{**row, "sample_id": row["sample_id"] + " again"} for row in samples]
    return samples + copies, answers + [{**row, "sample_id": row["sample_id"] + " again"} for row in answers]


def pseudonymised(samples: list[Row], answers: list[Row]) -> tuple[list[Row], list[Row]]:
    ranks = {name: rank for rank, name in enumerate(sorted({row["subject_id"] for row in samples}))}
    named = [
        {**row, "subject_id": str(hash_of(row["subject_id"])), "subject_rank": ranks[row["subject_id"]]}
        for row in samples
    ]
    return named, answers


def hash_of(name: str) -> int:
    return int(name.removeprefix("person")) * 7919 % 104_729


def with_groups_renamed(samples: list[Row], answers: list[Row]) -> tuple[list[Row], list[Row]]:
    names = {"female": "z", "male": "a"}
    return [{**row, "attr.sex": names[row["attr.sex"]]} for row in samples], answers


def with_an_attribute_more(samples: list[Row], answers: list[Row]) -> tuple[list[Row], list[Row]]:
    return [{**row, "attr.hand": "left"} for row in samples], answers


KEEP_POINTS = [permuted, doubled, pseudonymised, with_groups_renamed, with_an_attribute_more]
KEEP_ALL = [permuted, pseudonymised, with_groups_renamed, with_an_attribute_more]
Change = Callable[[list[Row], list[Row]], tuple[list[Row], list[Row]]]


@pytest.mark.parametrize("change", KEEP_POINTS)
def test_what_must_not_change_any_point(change: Change) -> None:
    before, after = overall(measured(*make_rows())), overall(measured(*change(*make_rows())))
    assert after == pytest.approx(before, rel=1e-9)


@pytest.mark.parametrize("change", KEEP_ALL)
def test_what_must_not_change_anything(change: Change) -> None:
    before, after = measured(*make_rows()), measured(*change(*make_rows()))
    same = {key for key in before if key[1] in ("overall", "age")}
    assert {key: after[key] for key in same} == {key: before[key] for key in same}


def test_renaming_a_group_moves_its_rows_and_changes_none() -> None:
    before, after = measured(*make_rows()), measured(*with_groups_renamed(*make_rows()))
    for metric in ("accuracy", "uar", "ccc:valence"):
        renamed = {**after[metric, "sex", "z"], "group": "female", "group_values": ["female"]}
        assert renamed == before[metric, "sex", "female"]


def test_renaming_labels_changes_no_number() -> None:
    names = {"anger": "z", "happiness": "x", "neutral": "y"}
    samples, answers = make_rows()
    before = overall(measured(samples, answers))
    del before["negative_assignment"]  # which looks at what the names mean
    for row in (*samples, *answers):
        row["label"] = names.get(row["label"])
    table, predictions = samples_table(samples), make_predictions(answers, labels=tuple(names.values()))
    results = measure(table, predictions, dataset="d", settings=FAST).to_pylist()
    after = {row["metric"]: row["value"] for row in results if row["axis"] == "overall"}
    renamed = {}
    for metric, value in before.items():
        kind, _, label = metric.partition(":")
        renamed[f"{kind}:{names[label]}" if label in names else metric] = value
    assert after == pytest.approx(renamed, rel=1e-12)


def test_a_group_is_as_if_it_were_measured_alone() -> None:
    samples, answers = make_rows()
    members = [i for i, row in enumerate(samples) if row["attr.sex"] == "female"]
    alone = measured([samples[i] for i in members], [answers[i] for i in members])
    together = measured(samples, answers)
    for metric in ("accuracy", "accuracy_scored", "uar", "macro_f1", "coverage", "ccc:valence"):
        whole, group = alone[metric, "overall", "all"], together[metric, "sex", "female"]
        for column in ("value", "lo", "hi", "n_samples", "n_subjects", "n_unscored", "method"):
            if isinstance(whole[column], float):
                assert math.isclose(group[column], whole[column], rel_tol=1e-12)
            else:
                assert group[column] == whole[column]


def test_the_search_combines_single_attributes_whatever_the_axes() -> None:
    samples, answers = make_rows(num=480, subjects=24)
    table = samples_table(samples)
    predictions = validate_predictions(make_predictions(answers), table)

    def searched(*axes: str) -> list[Row]:
        settings = MeasureSettings(
            resamples=100, permutations=100, gaps=("accuracy",), grouping=Grouping(axes=axes)
        )
        rows = measure(table, predictions, dataset="d", settings=settings).to_pylist()
        return [row for row in rows if row["kind"] == "search"]

    (cells,) = searched("sex", "age")
    assert cells["reason"].startswith("accuracy in combinations of up to 2 attributes")
    assert searched("sex", "age", "sex*age") == [cells]
