"""Legal tables in which nothing, or nothing that varies, can be measured: no crash, no absurd number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from rows_in_short import in_short

from harness.attributes.grouping import Grouping
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

SETTINGS = MeasureSettings(resamples=100, permutations=200, min_subjects=2)
THIRDS = (1 / 3, 1 / 3, 1 / 3)
CLASSES = ("anger", "joy", "neutral")
Truth = Callable[[int], str]
Answer = Callable[[int, np.random.Generator], Sequence[float] | None]


def tables(
    *,
    num: int = 36,
    subjects: int = 6,
    truth: Truth = lambda i: CLASSES[i % 3],
    answer: Answer = lambda i, _: THIRDS,
    group: Callable[[int], str] = lambda person: "ab"[person % 2],
) -> tuple[pa.Table, pa.Table]:
    """People in turn, with the labels that `truth` gives; an `answer` of None is abstained."""
    rng = np.random.default_rng(0)
    people = [index * subjects // max(num, 1) for index in range(num)]
    rows = [
        {
            "sample_id": f"{index:03}",
            "modality": "face",
            "subject_id": f"p{person}",
            "label": truth(index),
            "label_source": "acted",
            "attr.tone": group(person),
        }
        for index, person in enumerate(people)
    ]
    scores = [answer(index, rng) for index in range(num)]
    predictions = predictions_table(
        model="m",
        labels=CLASSES,
        sample_id=[row["sample_id"] for row in rows],
        outcome=["abstained" if given is None else "scored" for given in scores],
        reason=["no_face" if given is None else None for given in scores],
        label=[None if given is None else CLASSES[int(np.argmax(given))] for given in scores],
        scores=[None if given is None else list(given) for given in scores],
    )
    return samples_table(rows), predictions


def measured(*both: pa.Table) -> list[dict[str, Any]]:
    settings = MeasureSettings(**{**vars_of(SETTINGS), "grouping": Grouping(axes=("tone",))})
    rows: list[dict[str, Any]] = measure(*both, dataset="d", settings=settings).to_pylist()
    return rows


def vars_of(settings: MeasureSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in ("resamples", "permutations", "min_subjects")}


def one_hot(index: int, rng: np.random.Generator) -> Sequence[float]:
    return np.eye(3)[int(rng.integers(3))].tolist()


def often_undecided(index: int, rng: np.random.Generator) -> Sequence[float]:
    return (0.5, 0.5, 0.0) if rng.random() < 0.5 else (0.25, 0.25, 0.5)


DEGENERATE: dict[str, dict[str, Any]] = {
    "uniform scores": {},
    "uniform scores, one class": {"truth": lambda i: "joy"},
    "always surely the same": {"answer": lambda i, _: (0.0, 1.0, 0.0)},
    "always surely right": {"answer": lambda i, _: np.eye(3)[i % 3].tolist()},
    "always surely wrong": {"answer": lambda i, _: np.eye(3)[(i + 1) % 3].tolist()},
    "answers without doubt": {"answer": one_hot},
    "ties": {"answer": often_undecided},
    "nothing answered": {"answer": lambda i, _: None},
    "one group answered": {"answer": lambda i, _: THIRDS if i < 18 else None},
    "rounding alone": {"answer": lambda i, rng: np.array(THIRDS) + 1e-8 * rng.standard_normal(3)},
    "one sample": {"num": 1, "subjects": 1},
    "two samples of one subject": {"num": 2, "subjects": 1},
    "one subject": {"subjects": 1},
    "every sample its own subject": {"subjects": 36},
    "a group of one": {"group": lambda person: "a" if person == 0 else "b"},
    "every subject its own group": {"group": str},
    "one group": {"group": lambda person: "a"},
    "two classes": {"truth": lambda i: CLASSES[i % 2]},
    "one group, one class each": {"truth": lambda i: CLASSES[i * 6 // 36 % 2]},
    "a class that no system knows": {"truth": lambda i: ("joy", "xxx")[i % 2]},
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_what_cannot_vary_is_measured(name: str) -> None:
    rows = measured(*tables(**DEGENERATE[name]))
    assert {row["metric"] for row in rows if row["statistic"] == "level"} >= {"accuracy", "uar", "coverage"}
    for row in rows:
        numbers = {
            key: row[key] for key in ("value", "lo", "hi", "own_value", "versus_value") if row[key] is not None
        }
        assert all(math.isfinite(number) for number in numbers.values()), row
        if row["statistic"] == "ratio" or row["index"] == "max_min_ratio":
            assert all(abs(number) < 1e6 for number in numbers.values()), row
        if {"value", "lo", "hi"} <= set(numbers) and row["metric"] not in ("ece", "calibration_error_sq"):
            assert numbers["lo"] - 1e-9 <= numbers["value"] <= numbers["hi"] + 1e-9, row


def test_no_sample_at_all_is_refused_with_a_reason() -> None:
    with pytest.raises(Exception, match=r"no (rows|samples)"):
        measured(*tables(num=0))


def ratio(rows: Sequence[dict[str, Any]], metric: str) -> dict[str, Any]:
    (row,) = [r for r in rows if r["statistic"] == "ratio" and r["metric"] == metric and in_short(r) == "a / b"]
    return row


def test_a_ratio_of_errors_of_rounding_is_not_defined() -> None:
    """Thirds that are right a third of the time are calibrated: what is left of ECE is rounding."""
    row = ratio(measured(*tables()), "ece")
    assert max(row["own_value"], row["versus_value"]) < 1e-6
    assert [row[name] for name in ("value", "lo", "hi", "level", "method")] == [None] * 5
    assert row["reason"] == "not defined: the value to divide by is not clear of zero"


def test_a_ratio_is_defined_where_its_divisor_is_clear_of_zero_and_has_an_interval_where_both_are() -> None:
    """Group a (people 0, 2, 4) is never answered right; of group b two in three samples."""

    def answer(index: int, _: np.random.Generator) -> Sequence[float]:
        right = index * 6 // 36 % 2 and index % 3
        return np.eye(3)[(index % 3 + (0 if right else 1)) % 3].tolist()

    both = tables(answer=answer)
    row = ratio(measured(*both), "accuracy")
    assert (row["own_value"], row["versus_value"]) == (0.0, pytest.approx(2 / 3))
    assert (row["value"], row["lo"], row["reason"]) == (0.0, None, None)
    turned = tables(answer=answer, group=lambda person: "ba"[person % 2])
    row = ratio(measured(*turned), "accuracy")
    assert (row["own_value"], row["value"]) == (pytest.approx(2 / 3), None)
    assert "not clear of zero" in row["reason"]
