"""Small cells from tables: shrunken values beside raw ones, and a search that flags what is there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.grouping import Grouping
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

LABELS = ("anger", "neutral")
AXES = Grouping(axes=("sex", "tone", "sex*tone"))


def study(
    low: tuple[str, str] | None,
    *,
    subjects: int = 90,
    seed: int = 0,
    depth: int = 2,
    unlabelled: Collection[int] = (),
    without_tone: Collection[int] = (),
    metric: str = "auto",
) -> list[dict[str, Any]]:
    """People of two sexes and three tones; one combination is answered right less often."""
    rng = np.random.default_rng(seed)
    samples, answers = [], []
    for person in range(subjects):
        sex, tone = ("female", "male")[person % 2], ("light", "medium", "dark")[person // 2 % 3]
        rate = 0.35 if (sex, tone) == low else 0.8
        own = rng.beta(9 * rate, 9 * (1 - rate))
        for clip in range(20):
            truth = LABELS[clip % 2]
            answers.append(truth if rng.random() < own else LABELS[1 - clip % 2])
            samples.append(
                {
                    "sample_id": f"{person}-{clip}",
                    "modality": "face",
                    "subject_id": str(person),
                    "label": None if person in unlabelled else truth,
                    "label_source": "acted",
                    "attr.sex": sex,
                    "attr.tone": None if person in without_tone else tone,
                }
            )
    table = samples_table(samples)
    num = len(samples)
    predictions: pa.Table = predictions_table(
        model="m",
        labels=LABELS,
        sample_id=table["sample_id"].to_pylist(),
        outcome=["scored"] * num,
        reason=[None] * num,
        label=answers,
    )
    settings = MeasureSettings(
        resamples=100,
        permutations=300,
        grouping=AXES,
        search_depth=depth,
        gaps=("accuracy", "uar"),
        search_metric=metric,
    )
    return measure(table, predictions, dataset="d", settings=settings).to_pylist()


def flagged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["axis"] == "search" and row["statistic"] == "difference"]


def test_a_planted_cell_is_flagged_and_what_is_not_planted_is_not() -> None:
    flags = flagged(study(("female", "dark")))
    first = max(flags, key=lambda row: abs(row["value"]))
    assert (first["kind"], first["metric"], first["group"]) == ("search", "accuracy", "sex=female & tone=dark")
    assert (first["attributes"], first["group_values"]) == (["sex", "tone"], ["female", "dark"])
    assert (first["versus"], first["versus_values"]) == ("rest", None)
    assert first["value"] < first["null_lo"] < 0 < first["null_hi"]
    assert first["n_subjects"] == 15
    assert first["n_samples"] == 300
    rows = study(None)
    assert not flagged(rows)
    (looked_at,) = [row for row in rows if row["axis"] == "search"]
    assert (looked_at["index"], looked_at["value"], looked_at["n_subjects"]) == ("cells", 2 + 3 + 6, 90)
    assert looked_at["metric"] == "accuracy"
    assert looked_at["reason"] == "accuracy in combinations of up to 2 attributes; 0 more have too few subjects"


def test_any_compared_metric_can_be_searched() -> None:
    """UAR by its influence values: with even classes the same as accuracy, to the first order."""
    of_accuracy, of_uar = (flagged(study(("female", "dark"), metric=metric)) for metric in ("auto", "uar"))
    assert {row["metric"] for row in of_uar} == {"uar"}
    assert [row["group"] for row in of_uar] == [row["group"] for row in of_accuracy]
    assert [row["value"] for row in of_uar] == pytest.approx([row["value"] for row in of_accuracy], abs=0.005)
    first = max(of_uar, key=lambda row: abs(row["value"]))
    assert first["group"] == "sex=female & tone=dark"
    (looked_at,) = [row for row in study(None, metric="uar") if row["axis"] == "search"]
    assert looked_at["metric"] == "uar"
    assert looked_at["reason"].startswith("uar in combinations")


@pytest.mark.slow
def test_a_search_of_influence_values_cries_wolf_in_few_studies() -> None:
    alarms = [bool(flagged(study(None, subjects=36, seed=seed, metric="uar"))) for seed in range(40, 70)]
    assert sum(alarms) <= 5  # 5 % of 30 is 1.5; more than 5 has a probability of 0.3 %


def test_the_search_looks_at_no_cell_of_people_of_whom_an_attribute_is_unknown() -> None:
    rows = study(("female", "dark"), without_tone=(4, 10, 16))
    (looked_at,) = [row for row in rows if row["axis"] == "search" and row["index"] == "cells"]
    assert (looked_at["value"], looked_at["n_subjects"]) == (2 + 3 + 6, 90)
    first = max(flagged(rows), key=lambda row: abs(row["value"]))
    assert (first["group"], first["n_subjects"]) == ("sex=female & tone=dark", 15 - 3)


def test_people_without_a_label_count_nowhere() -> None:
    rows = study(None, subjects=36, unlabelled=(0, 1, 2))
    (looked_at,) = [row for row in rows if row["axis"] == "search"]
    assert (looked_at["n_subjects"], looked_at["n_samples"]) == (33, 33 * 20)
    shrunken = [row for row in rows if (row["kind"], row["metric"]) == ("shrunken", "accuracy")]
    # The first three are of a cell each; a cell has six people.
    num = {row["group"]: row["n_subjects"] for row in shrunken if row["statistic"] == "level"}
    assert num == {
        "female*light": 5,
        "male*light": 5,
        "female*medium": 5,
        "male*medium": 6,
        "female*dark": 6,
        "male*dark": 6,
    }
    assert {row["n_subjects"] for row in shrunken if row["statistic"] == "index"} == {33}


def test_no_search_where_none_is_asked_for() -> None:
    assert not [row for row in study(("female", "dark"), depth=0) if row["axis"] == "search"]


@pytest.mark.slow
def test_the_search_cries_wolf_in_few_studies() -> None:
    alarms = [bool(flagged(study(None, subjects=36, seed=seed))) for seed in range(40)]
    assert sum(alarms) <= 6  # 5 % of 40 is 2; more than 6 has a probability of 0.3 %


def test_shrunken_values_stand_beside_raw_ones_and_lie_between_them_and_the_others() -> None:
    rows = {
        (row["kind"], row["axis"], tuple(row["group_values"] or ())): row
        for row in study(None, subjects=30)
        if (row["metric"], row["statistic"]) == ("accuracy", "level")
    }
    raw, shrunken = [], []
    for sex in ("female", "male"):
        for tone in ("light", "medium", "dark"):
            cell = rows["shrunken", "sex*tone", (sex, tone)]
            assert cell["group"] == f"{sex}*{tone}"
            assert cell["lo"] < cell["value"] < cell["hi"]
            assert cell["n_subjects"] == 5
            assert cell["method"].startswith("shrunken")
            raw.append(rows["metric", "sex*tone", (sex, tone)]["value"])
            shrunken.append(cell["value"])
    assert np.std(shrunken) < np.std(raw)
    assert np.mean(shrunken) == pytest.approx(np.mean(raw), abs=0.02)


def test_whether_attributes_together_add_to_attributes_alone() -> None:
    planted = {(row["kind"], row["metric"], row["index"]): row for row in study(("female", "dark"))}
    alone = {(row["kind"], row["metric"], row["index"]): row for row in study(None)}
    assert planted["shrunken", "accuracy", "interaction_p"]["value"] < 0.01
    assert alone["shrunken", "accuracy", "interaction_p"]["value"] > 0.05
    assert planted["shrunken", "accuracy", "interaction_sd"]["value"] > 0.05
