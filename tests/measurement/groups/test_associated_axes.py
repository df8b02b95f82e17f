"""People of whom age matters and sex does not, in tests where women are mostly old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.grouping import Grouping
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

RATE = {"young": 0.8, "old": 0.5}
MOSTLY = {("female", "old"): 24, ("female", "young"): 6, ("male", "old"): 6, ("male", "young"): 24}
NEVER = {("female", "old"): 30, ("male", "young"): 30}
EVENLY = dict.fromkeys(MOSTLY, 15)
Row = dict[str, Any]


def study(people: Mapping[tuple[str, str], int], *, clips: int = 20, seed: int = 0) -> tuple[pa.Table, pa.Table]:
    """So many people of each sex and age, half of whose clips are anger."""
    rng = np.random.default_rng(seed)
    samples: list[Row] = []
    answers = []
    for (sex, years), num in people.items():
        for person in range(num):
            own = rng.beta(9 * RATE[years], 9 * (1 - RATE[years]))
            for clip in range(clips):
                label, other = ("anger", "joy")[clip % 2], ("joy", "anger")[clip % 2]
                answers.append(label if rng.random() < own else other)
                samples.append(
                    {
                        "sample_id": f"{sex}-{years}-{person}-{clip}",
                        "modality": "voice",
                        "subject_id": f"{sex}-{years}-{person}",
                        "label": label,
                        "label_source": "acted",
                        "attr.sex": sex,
                        "attr.years": years,
                        "attr.light": ("bright", "dim")[clip // 2 % 2],
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


def rows_of(
    tables: tuple[pa.Table, pa.Table], axes: tuple[str, ...] = ("sex", "years"), **choices: Any
) -> list[Row]:
    settings = MeasureSettings(
        resamples=100, permutations=300, search_depth=0, grouping=Grouping(axes=axes), **choices
    )
    rows: list[Row] = measure(*tables, dataset="d", settings=settings).to_pylist()
    return rows


def difference(rows: list[Row], kind: str, metric: str = "accuracy", axis: str = "sex") -> Row:
    wanted = (kind, metric, "difference", axis)
    (row,) = (row for row in rows if (row["kind"], row["metric"], row["statistic"], row["axis"]) == wanted)
    return row


def test_axes_that_go_together_are_named() -> None:
    """Of 60 people (24 · 24 - 6 · 6)² / 30⁴ is 0.36."""
    found = [row for row in rows_of(study(MOSTLY), gaps=("accuracy",)) if row["kind"] == "association"]
    assert [(row["axis"], row["other_axis"], row["index"]) for row in found] == [
        ("sex", "years", "cramers_v"),
        ("years", "sex", "cramers_v"),
    ]
    expected = np.sqrt((0.36 - 1 / 59) / (1 - 1 / 59))
    assert [row["value"] for row in found] == pytest.approx([expected] * 2)
    assert (found[0]["n_subjects"], found[0]["n_samples"], found[0]["threshold"]) == (60, 1200, 0.3)
    assert found[0]["reason"].startswith("goes together with years: ")


def test_beside_a_gap_stands_the_one_with_the_same_mix_of_the_other_axis() -> None:
    samples, predictions = tables = study(MOSTLY)
    rows = rows_of(tables, gaps=("accuracy", "uar"), tolerance=0.02)
    raw, same = difference(rows, "metric"), difference(rows, "adjusted")
    right = np.array(samples["label"].to_pylist()) == np.array(predictions["label"].to_pylist())
    sex, years = (np.array(samples[f"attr.{name}"].to_pylist()) for name in ("sex", "years"))
    expected = [  # as many samples of old people as of young ones
        np.mean([right[(sex == one) & (years == age)].mean() for age in RATE]) for one in ("female", "male")
    ]
    assert (same["own_value"], same["versus_value"]) == pytest.approx(tuple(expected))
    assert raw["verdict"] == "not_met"
    assert same["lo"] < 0 < same["hi"]
    assert raw["reason"] == "with the same mix of years on both sides it may be zero: inconclusive"
    assert (same["other_axis"], same["n_subjects"], same["n_samples"]) == ("years", 60, 1200)
    # The ages differ truly, and that is not explained by sex.
    by_age = difference(rows, "adjusted", axis="years")
    assert by_age["hi"] < 0
    assert "mix of sex" not in (difference(rows, "metric", axis="years")["reason"] or "")
    assert difference(rows, "adjusted", "uar")["value"] == pytest.approx(same["value"])  # classes are balanced


def test_groups_that_share_no_group_of_the_other_axis_cannot_be_told_apart_from_it() -> None:
    rows = rows_of(study(NEVER), gaps=("accuracy",))
    same = difference(rows, "adjusted")
    assert (same["value"], same["verdict"]) == (None, "not_tested")
    assert same["reason"] == "none of the groups of years has at least 5 subjects both in female and in male"
    assert difference(rows, "metric")["reason"] == f"cannot be told apart from years ({same['reason']})"


def test_a_group_of_the_other_axis_that_one_side_lacks_is_left_out() -> None:
    rows = rows_of(study({**NEVER, ("male", "old"): 10, ("female", "young"): 4}), gaps=("accuracy",))
    same = difference(rows, "adjusted")
    assert same["n_subjects"] == 40
    assert same["reason"].startswith("over 1 of 2 groups of years: 46 % of the samples are left out")


def test_where_axes_do_not_go_together_nothing_stands_beside() -> None:
    rows = rows_of(study(EVENLY), gaps=("accuracy",))
    (first, _) = (row for row in rows if row["kind"] == "association")
    assert (first["value"], first["reason"]) == (0.0, None)
    assert not [row for row in rows if row["kind"] == "adjusted"]


def test_attributes_that_vary_within_people_are_left_out() -> None:
    rows = rows_of(study(MOSTLY), ("sex", "years", "light", "sex*years"), gaps=("accuracy",))
    assert {row["axis"] for row in rows if row["kind"] in ("association", "adjusted")} == {"sex", "years"}


def test_a_mean_over_classes_needs_every_class_in_every_group_of_the_other_axis() -> None:
    """Of the six old men four show no joy: two are not enough, but they are for accuracy."""
    table, answers = study(MOSTLY)
    shown = [
        not (row["subject_id"] in {f"male-old-{i}" for i in range(4)} and row["label"] == "joy")
        for row in table.to_pylist()
    ]
    rows = rows_of((table.filter(shown), answers.filter(shown)), gaps=("accuracy", "uar"))
    assert difference(rows, "adjusted", "accuracy")["n_subjects"] == 60
    assert difference(rows, "adjusted", "uar")["n_subjects"] == 30
    assert difference(rows, "adjusted", "uar")["reason"].startswith("over 1 of 2 groups of years")


@pytest.mark.slow
def test_sexes_of_other_ages_are_seldom_found_to_differ() -> None:
    """In 100 studies about 5 intervals exclude zero; without the same mix of ages, most do."""
    alarms = {"metric": 0, "adjusted": 0}
    for seed in range(100):
        rows = rows_of(study(MOSTLY, clips=6, seed=seed), ("sex", "years"), gaps=("accuracy",))
        for kind in alarms:
            row = difference(rows, kind)
            alarms[kind] += row["lo"] > 0 or row["hi"] < 0
    assert alarms["metric"] > 50
    assert alarms["adjusted"] <= 12  # more has a probability of 0.1 % if the error rate is 5 %
