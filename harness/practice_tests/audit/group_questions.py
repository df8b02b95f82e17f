"""Each group beside everybody else: answers that are missing, negative, or less certain; and what else differs.

Nothing is known of what people felt, so a difference is no error yet: groups may have been recorded otherwise, or
feel otherwise. It says where to look.

Shapes: N samples, n of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.attributes.groups import Groups
from harness.practice_tests.audit.audit_options import AuditOptions
from harness.practice_tests.audit.audited_answers import AuditedAnswers
from harness.practice_tests.practice_rows import measured_row
from harness.practice_tests.questions import Question
from harness.practice_tests.reasons import reason
from harness.progress import UNSEEN, Share
from harness.statistics.intervals import Interval, Range
from harness.statistics.skew_corrected import corrected_difference
from harness.statistics.subject_means import (
    DIFFERENCE,
    SHARE,
    mean_over_subjects,
)
from harness.tables.results import Result

OTHERS = "all others"
SECONDS, ANY = Range(0.0, float("inf")), Range(float("-inf"), float("inf"))


def group_questions(audited: AuditedAnswers, options: AuditOptions) -> Iterator[Question]:
    """Whether a group is answered as often, as negatively and as surely as everybody else.

    Args:
        audited: the answers.
        options: the limits.
    """
    limits = options.limits
    for groups in audited.axes:
        for index in _asked(groups):
            for metric, value_N, known_N, limit in (
                ("coverage_gap", audited.answered, np.ones_like(audited.answered), limits.coverage),
                ("negative_gap", audited.negative, audited.answered, limits.negative),
                ("confidence_gap", audited.confidence, np.isfinite(audited.confidence), limits.confidence),
            ):
                if known_N.any():
                    about = (audited, options, groups, index)
                    question = _question(*about, metric, value_N, known_N & _known(groups), limit)
                    no_limit = metric == "confidence_gap" and not audited.are_probabilities
                    yield replace(question, too_few=reason("no_probabilities")) if no_limit else question


def _asked(groups: Groups) -> list[int]:
    """The groups that are compared: of two, one says it all."""
    known = [index for index, group in enumerate(groups.groups) if not group.is_unknown]
    return known[:1] if len(known) == 2 else known


def _known(groups: Groups) -> Bools:
    """Whose group is known; the others are on neither side."""
    return np.ones(len(groups.index), dtype=bool) if groups.unknown is None else groups.index != groups.unknown


def _question(
    audited: AuditedAnswers,
    options: AuditOptions,
    groups: Groups,
    index: int,
    metric: str,
    value_N: Bools | Floats,
    known_N: Bools,
    limit: float,
) -> Question:
    rows: Ints = np.flatnonzero(known_N)
    in_group_n, subject_n = groups.index[rows] == index, audited.subject[rows]
    sides = [len(np.unique(subject_n[side_n])) for side_n in (in_group_n, ~in_group_n)]
    too_few = reason("too_few_side", num=min(sides), least=options.min_subjects)
    return Question(
        metric=metric,
        limit=limit,
        better="zero",
        measure=partial(_difference, value_N[rows].astype(np.float64), in_group_n, subject_n),
        too_few=too_few if min(sides) < options.min_subjects else None,
        columns={
            **_about(audited, groups, index),
            "versus": _others(groups, index),
            "n_samples": len(rows),
            "n_subjects": len(np.unique(subject_n)),
            "n_unscored": int((~audited.answered & _known(groups)).sum()),
        },
    )


def _others(groups: Groups, index: int) -> str:
    """What the group is compared with: of two groups the other one."""
    others = [group.name for at, group in enumerate(groups.groups) if at != index and not group.is_unknown]
    return others[0] if len(others) == 1 else OTHERS


def _difference(value_n: Floats, in_group_n: Bools, subject_n: Ints, level: float) -> tuple[float, Interval]:
    return corrected_difference(value_n, in_group_n, subject_n, level, DIFFERENCE, SHARE)


def group_rows(audited: AuditedAnswers, level: float, progress: Share = UNSEEN) -> Iterator[Result]:
    """What every group is answered: how often, how negatively, how surely, how fast; each answer and its score.

    Args:
        audited: the answers.
        level: of the intervals.
        progress: told of every group.
    """
    every = np.ones(len(audited.subject), dtype=bool)
    labels = sorted({label for label in audited.answer.tolist() if label})
    of_scores = SHARE if audited.are_probabilities else ANY
    shares = progress.split(*(len(groups.groups) for groups in audited.axes))
    for groups, share in zip(audited.axes, shares, strict=True):
        for index in share.each(range(len(groups.groups)), len(groups.groups)):
            in_group_N = groups.index == index
            shown = [
                ("coverage", audited.answered, every, SHARE),
                ("negative", audited.negative, audited.answered, SHARE),
                ("confidence", audited.confidence, np.isfinite(audited.confidence), of_scores),
                ("seconds", audited.seconds, np.isfinite(audited.seconds), SECONDS),
                *((f"answer:{label}", audited.answer == label, audited.answered, SHARE) for label in labels),
                *(
                    (f"score:{label}", score_N, np.isfinite(score_N), of_scores)
                    for label, score_N in sorted(audited.scores.items())
                ),
            ]
            for metric, value_N, known_N, within in shown:
                rows = np.flatnonzero(known_N & in_group_N)
                if len(rows):
                    yield _row(
                        audited, groups, index, metric, value_N[rows].astype(np.float64), rows, within, level
                    )


def _row(
    audited: AuditedAnswers,
    groups: Groups,
    index: int,
    metric: str,
    value_n: Floats,
    rows: Ints,
    within: Range,
    level: float,
) -> Result:
    subject_n = audited.subject[rows]
    found = mean_over_subjects(value_n, subject_n, level, within)
    counted = {
        "n_samples": len(rows),
        "n_subjects": len(np.unique(subject_n)),
        "n_unscored": int((~audited.answered & (groups.index == index)).sum()),
    }
    return measured_row(metric, found, level, {**_about(audited, groups, index), **counted})


def _about(audited: AuditedAnswers, groups: Groups, index: int) -> dict[str, Any]:
    group = groups.groups[index]
    return {
        "dataset": audited.dataset,
        "model": audited.model,
        "axis": groups.axis,
        "attributes": groups.attributes,
        "group": group.name,
        "group_values": group.values,
    }
