"""Groups that read different sentences are compared over those that both read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.grouping import Grouping
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.predictions import concat_predictions, predictions_table
from harness.tables.samples import samples_table
from harness.tables.schemas import RATERS

RATES = {"dogs": 0.1, "door": 0.2, "kids": 0.4, "rain": 0.6}
"""How often a neutral sentence is called angry, in every group."""

ALL, ONE = tuple(RATES), ("dogs",)
Row = dict[str, Any]


def readers(
    sentences: Mapping[str, Sequence[str]],
    *,
    subjects: int = 20,
    clips: int = 12,
    seed: int = 0,
    raters: bool = False,
) -> tuple[pa.Table, pa.Table]:
    """Groups of people who read so many neutral clips each, of the sentences of their group."""
    rng = np.random.default_rng(seed)
    samples: list[Row] = []
    rate: list[float] = []
    for group, read in sentences.items():
        for person in range(subjects):
            shift = rng.normal(0, 0.3)  # people differ
            for clip in range(clips):
                sentence = read[clip % len(read)]
                odds = RATES[sentence] / (1 - RATES[sentence]) * np.exp(shift)
                rate.append(odds / (1 + odds))
                samples.append(
                    {
                        "sample_id": f"{group}-{person}-{clip}",
                        "modality": "voice",
                        "subject_id": f"{group}-{person}",
                        "label": "neutral",
                        "label_source": "acted",
                        "attr.group": group,
                        "ctx.sentence": sentence,
                    }
                )
    table = samples_table(samples)
    answers = [
        predictions_table(
            model=model,
            labels=("anger", "neutral"),
            sample_id=table["sample_id"].to_pylist(),
            outcome=["scored"] * len(samples),
            reason=[None] * len(samples),
            label=[("neutral", "anger")[int(wrong)] for wrong in rng.random(len(samples)) < np.array(rate)],
        )
        for model in ("m", *([RATERS] if raters else []))
    ]
    return table, concat_predictions(answers)


def rows_of(tables: tuple[pa.Table, pa.Table], *, axes: Sequence[str] = ("group",), **settings: Any) -> list[Row]:
    chosen = MeasureSettings(
        resamples=100,
        permutations=300,
        search_depth=0,
        gaps=("negative_assignment",),
        match_on=("ctx.sentence",),
        grouping=Grouping(axes=tuple(axes)),
        **settings,
    )
    found = measure(*tables, dataset="d", settings=chosen).to_pylist()
    return [row for row in found if row["metric"] == "negative_assignment"]


def differences(rows: list[Row], versus_model: str | None = None) -> dict[tuple[str, str], Row]:
    return {
        (row["group"], row["versus"]): row
        for row in rows
        if (row["kind"], row["statistic"], row["versus_model"]) == ("metric", "difference", versus_model)
    }


def test_a_group_that_read_one_sentence_is_compared_over_that_sentence() -> None:
    """Per sentence both groups err equally; over all four sentences the values would be 0.1 and 0.325."""
    tables = readers({"a": ALL, "b": ONE})
    rows = rows_of(tables)
    gap = differences(rows)["a", "b"]
    samples, answers = tables[0].to_pylist(), tables[1].to_pylist()
    expected = {
        group: np.mean(
            [
                answer["label"] == "anger"
                for sample, answer in zip(samples, answers, strict=True)
                if (sample["attr.group"], sample["ctx.sentence"]) == (group, "dogs")
            ]
        )
        for group in "ab"
    }
    assert (gap["own_value"], gap["versus_value"]) == pytest.approx((expected["a"], expected["b"]))
    assert gap["value"] == pytest.approx(expected["a"] - expected["b"])
    assert gap["lo"] < 0 < gap["hi"]
    assert gap["verdict"] != "not_met"
    # Of 20 people with 12 clips in each group, those of three sentences in a are left out: 180 of 480.
    assert (gap["n_samples"], gap["n_subjects"]) == (60 + 240, 40)
    left_out = "over 1 of 4 strata: 38 % of the samples are left out, as one of the two sides has fewer than 5 "
    assert gap["reason"].startswith(f"{left_out}subjects there")


def test_the_level_of_a_group_says_what_it_has_nothing_of() -> None:
    levels = {row["group"]: row for row in rows_of(readers({"a": ALL, "b": ONE})) if row["statistic"] == "level"}
    assert levels["a"]["reason"] is None
    assert levels["b"]["reason"] == (
        "without 3 of 4 strata (38 % of all samples), so not comparable with groups that have them: "
        "differences are over what both have"
    )


def test_where_all_groups_have_all_strata_all_are_used() -> None:
    gap = differences(rows_of(readers({"a": ALL, "b": ALL})))["a", "b"]
    assert gap["n_samples"] == 480
    assert "left out" not in (gap["reason"] or "")


def test_a_stratum_needs_enough_subjects_on_both_sides() -> None:
    """Of b only four people read the other sentences: too few for five, enough for four."""
    table, answers = readers({"a": ALL, "b": ALL})
    few = [
        row["attr.group"] == "a" or row["ctx.sentence"] == "dogs" or int(row["subject_id"].split("-")[1]) < 4
        for row in table.to_pylist()
    ]
    tables = table.filter(few), answers.filter(few)
    assert differences(rows_of(tables))["a", "b"]["n_samples"] == 60 + 60
    assert differences(rows_of(tables, min_subjects=4))["a", "b"]["n_samples"] == 240 + 20 * 3 + 4 * 9


def test_groups_without_a_stratum_in_common_are_not_tested_and_do_not_spoil_the_others() -> None:
    rows = rows_of(readers({"a": ("dogs", "door"), "b": ("kids", "rain"), "c": ALL}))
    found = differences(rows)
    apart = found["a", "b"]
    assert (apart["value"], apart["verdict"]) == (None, "not_tested")
    assert apart["reason"] == "none of the strata has at least 5 subjects both in a and in b"
    assert found["a", "c"]["reason"].startswith("over 2 of 4 strata: 25 %")  # half of c's, none of a's
    assert abs(found["a", "c"]["value"]) < 0.1
    assert abs(found["b", "c"]["value"]) < 0.1
    assert found["a", "rest"]["n_samples"] == 240 + 120
    # There is nothing that all three groups have, so no index over all of them.
    assert not [row for row in rows if row["statistic"] == "index"]


def test_indices_are_over_what_all_groups_have() -> None:
    rows = rows_of(readers({"a": ALL, "b": ONE, "c": ALL}))
    (spread,) = (row for row in rows if row["index"] == "max_min_difference")
    values = [differences(rows)[pair]["own_value"] for pair in (("a", "b"), ("b", "c"))]
    values.append(differences(rows)["b", "c"]["versus_value"])
    assert spread["value"] == pytest.approx(max(values) - min(values))
    assert (spread["lo"], spread["hi"]) == (None, None)  # a and c are compared over more than that
    assert differences(rows)["a", "c"]["n_samples"] == 480


def test_the_gap_less_that_of_raters_is_over_what_both_groups_have() -> None:
    rows = rows_of(readers({"a": ALL, "b": ONE}, raters=True), system="m")
    own, excess = differences(rows)["a", "b"], differences(rows, RATERS)["a", "b"]
    assert excess["own_value"] == pytest.approx(own["value"])
    assert (excess["n_samples"], excess["n_subjects"]) == (300, 40)
    assert "38 % of the samples are left out" in excess["reason"]
    apart = rows_of(readers({"a": ALL[:2], "b": ALL[2:]}, raters=True), system="m")
    assert differences(apart, RATERS)["a", "b"]["verdict"] == "not_tested"


def test_cells_of_an_intersection_are_shrunk_over_what_all_have() -> None:
    table, answers = readers({"a": ALL, "b": ONE})
    sex = pa.array([("female", "male")[int(row["subject_id"].split("-")[1]) % 2] for row in table.to_pylist()])
    rows = rows_of((table.append_column("attr.sex", sex), answers), axes=("group", "sex", "group*sex"))
    cells = [row for row in rows if (row["kind"], row["statistic"]) == ("shrunken", "level")]
    assert {row["group"]: row["n_samples"] for row in cells} == {
        "a*female": 30,
        "a*male": 30,
        "b*female": 120,
        "b*male": 120,
    }
    assert all("38 % of the samples are left out" in row["reason"] for row in cells)
    values = [row["value"] for row in cells]
    assert max(values) - min(values) < 0.1


@pytest.mark.slow
def test_groups_that_read_other_sentences_are_seldom_found_to_differ() -> None:
    """In 100 studies with equal rates per sentence some interval excludes zero in about 5."""
    alarms = 0
    for seed in range(100):
        found = differences(rows_of(readers({"a": ALL, "b": ONE, "c": ALL[:2]}, subjects=12, seed=seed)))
        between = [row for (_, versus), row in found.items() if versus != "rest"]
        alarms += any(row["lo"] > 0 or row["hi"] < 0 for row in between)
    assert alarms <= 12  # more has a probability of 0.1 % if the error rate is 5 %


def test_a_group_that_shares_nothing_with_the_rest_is_told_so() -> None:
    found = differences(rows_of(readers({"a": ONE, "b": ONE, "c": ("kids",)})))
    assert found["c", "rest"]["reason"] == "none of the strata has at least 5 subjects both in c and in the rest"
