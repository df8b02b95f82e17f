"""What is measured of one model in one modality without a verdict: accuracies, refusals, repeats, appeals.

Shapes: N stimuli, n of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from harness.arrays import Bools, Ints
from harness.practice_tests.language_models.answers import NO_ANSWER, Answers
from harness.practice_tests.language_models.asked_models import ALONE, SILENT, WORDS, Asked
from harness.practice_tests.language_models.levels import levels_of
from harness.practice_tests.language_models.model_questions import about
from harness.practice_tests.practice_rows import measured_row
from harness.statistics.subject_means import SHARE, mean_over_subjects
from harness.tables.results import Result, select

KINDS = ("neutral", "matching", "conflicting")
"""What the words of a stimulus are beside its voice."""


def model_rows(asked: Asked, level: float) -> Iterator[Result]:
    """The rows of one model in one modality.

    Args:
        asked: its answers.
        level: of the intervals.
    """
    for way in (ALONE, WORDS, SILENT):
        if way in asked.ways:
            yield from _accuracies(asked, way, level)
    yield from _misled(asked, level)
    own = asked.ways[ALONE]
    yield _share("refused", own.refused, own, about(asked), level)
    yield from _refused_by_group(asked)
    yield from _repeated(asked)
    for theory, appeals_N in own.appeals.items():
        yield _share(f"appeals:{theory}", appeals_N, own, about(asked), level)


def _accuracies(asked: Asked, way: str, level: float) -> Iterator[Result]:
    """How often the answer is what is shown, and what the words say, by what the words are."""
    own = asked.ways[way]
    has_words_N = own.words != ""
    kinds: Mapping[str, Bools] = {
        "neutral": ~has_words_N,
        "matching": has_words_N & (own.words == own.truth),
        "conflicting": has_words_N & (own.words != own.truth),
    }
    for kind in KINDS:
        in_kind_N = kinds[kind] & (own.truth != "")
        if not in_kind_N.any():
            continue
        columns = {**about(asked), "versus": None, "note": f"{kind} words" if has_words_N.any() else None}
        yield _share(f"accuracy:{way}:{kind}", own.answer == own.truth, own, columns, level, in_kind_N)
        if kind == "conflicting":
            yield _share(f"words_accuracy:{way}:{kind}", own.answer == own.words, own, columns, level, in_kind_N)


def _misled(asked: Asked, level: float) -> Iterator[Result]:
    """How often the answer is what is shown, and what words or prompt claim falsely, at every level."""
    for name, sides in levels_of(asked).items():
        subject_n = np.concatenate([side.subject_n for side in sides])
        columns = {
            **about(asked),
            "note": f"falsely claimed: {', '.join(side.claim for side in sides)}",
            "n_samples": len(subject_n),
            "n_subjects": len(np.unique(subject_n)),
            "n_unscored": sum(int((side.own.answer[side.among] == NO_ANSWER).sum()) for side in sides),
        }
        for metric, values in (
            ("accuracy", [side.right_n for side in sides]),
            ("misled", [side.misled_n for side in sides]),
        ):
            found = mean_over_subjects(np.concatenate(values), subject_n, level, SHARE)
            yield measured_row(f"{metric}:{name}", found, level, columns)


def _refused_by_group(asked: Asked) -> Iterator[Result]:
    """The study's own rows: how often people of each group were refused an answer."""
    rows = select(asked.ways[ALONE].results, metric="abstained:refused", statistic="level", model=asked.model)
    for row in rows.to_pylist():
        if row["axis"] != "overall" and row["value"] is not None:
            of_group = {"axis": row["axis"], "group": row["group"], "attributes": tuple(row["attributes"])}
            yield _copied(asked, row, f"refused:{asked.modality}", **of_group)


def _repeated(asked: Asked) -> Iterator[Result]:
    """How alike the answers are when the same is asked again, as the study measured it."""
    rows = select(asked.ways[ALONE].results, kind="repeats", metric="consistency", model=asked.model)
    yield from (_copied(asked, row, "same_answer:repeats") for row in rows.to_pylist())


def _copied(asked: Asked, row: Mapping[str, Any], metric: str, **columns: Any) -> Result:
    """A row of the study as one of the practice test."""
    kept = ("value", "lo", "hi", "level", "method", "n_samples", "n_subjects", "n_unscored")
    copied = {name: row[name] for name in kept}
    return Result(**{**about(asked), **copied, **columns, "metric": metric, "kind": "practice"})


def _share(
    metric: str,
    is_one_N: np.ndarray,
    own: Answers,
    columns: Mapping[str, Any],
    level: float,
    among_N: Bools | None = None,
) -> Result:
    rows: Ints = np.flatnonzero(np.ones(len(own.sample), dtype=bool) if among_N is None else among_N)
    value_n = is_one_N[rows].astype(np.float64)
    found = mean_over_subjects(value_n, own.subject[rows], level, SHARE)
    counted = {
        "n_samples": len(rows),
        "n_subjects": len(np.unique(own.subject[rows])),
        "n_unscored": int((own.answer[rows] == "").sum()),
    }
    return measured_row(metric, found, level, {**columns, **counted})
