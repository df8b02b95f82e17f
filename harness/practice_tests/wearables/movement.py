"""What movement does to a score: whether there is one, and whether it rises although nobody is stressed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.practice_tests.practice_rows import finite, measured_row
from harness.practice_tests.questions import Question
from harness.practice_tests.reasons import reason
from harness.practice_tests.wearables.scores import Scores
from harness.statistics.intervals import Range
from harness.statistics.skew_corrected import corrected_difference
from harness.statistics.subject_means import DIFFERENCE, SHARE, mean_over_subjects
from harness.statistics.within_person import standardised_within
from harness.tables.results import Result

ANY = Range(-np.inf, np.inf)
MOVEMENT = {"axis": "movement", "attributes": ("movement",)}
NUM_PARTS = 3


def availability_rows(scores: Scores, level: float) -> Iterator[Result]:
    """The share of moments with a score: in all, at rest and in movement, and by thirds of motion."""
    everywhere = np.ones(len(scores.score_n), np.bool_)
    parts: dict[str, Bools] = {"all": everywhere, "rest": scores.moving_n == 0, "moving": scores.moving_n == 1}
    known = np.isfinite(scores.motion_n)
    if known.any():
        edges = np.quantile(scores.motion_n[known], np.arange(1, NUM_PARTS) / NUM_PARTS)
        part_n = np.where(known, np.searchsorted(edges, np.where(known, scores.motion_n, 0.0), side="left"), -1)
        parts |= {f"motion_{index + 1}": part_n == index for index in range(NUM_PARTS)}
    for group, in_part_n in parts.items():
        if in_part_n.any():
            available_n = scores.available_n[in_part_n].astype(np.float64)
            found = mean_over_subjects(available_n, scores.subject_n[in_part_n], level, SHARE)
            yield measured_row("availability", found, level, columns(scores, in_part_n, group))


def availability_question(scores: Scores, limit: float, least: int) -> Question:
    """Whether movement costs more than a share of the scores."""
    known_n = np.isfinite(scores.moving_n) & scores.available_n.any()  # one that gives nothing has nothing to lose
    available_n = scores.available_n.astype(np.float64)
    return _difference(
        scores, "availability_loss_when_moving", "rest", known_n, available_n, (limit, least), DIFFERENCE
    )


def false_stress_question(
    scores: Scores, alarm: float | None, limits: tuple[float, float], least: int
) -> Question:
    """Whether the score rises when people move although no stressor is known.

    With a threshold it is the share of moments that the device would call stress, without one the mean score in a
    person's standard deviations.

    Args:
        scores: of one device.
        alarm: the score from which the device says that somebody is stressed; None where it says no such thing.
        limits: of the share and of the rise.
        least: people that it needs.
    """
    calm_n = np.isfinite(scores.moving_n) & ~(scores.stressor_n == 1)
    if alarm is not None:
        alarmed_n = np.where(scores.available_n, scores.score_n >= alarm, np.nan)
        return _difference(
            scores, "false_alarm_when_moving", "moving", calm_n, alarmed_n, (limits[0], least), DIFFERENCE
        )
    scaled_n = standardised_within(scores.score_n, scores.subject_n)
    return _difference(scores, "score_rise_when_moving", "moving", calm_n, scaled_n, (limits[1], least), ANY)


def columns(scores: Scores, in_part_n: Bools, group: str, asked_n: Bools | None = None) -> dict[str, Any]:
    """The columns of a row about some moments of one device.

    Args:
        scores: of the device.
        in_part_n: the moments behind the row.
        group: what they have in common.
        asked_n: the moments that belong to it, also those without a score; None if all of them are behind the row.
    """
    unscored_n = in_part_n & ~scores.available_n
    if asked_n is not None:
        unscored_n |= asked_n & ~in_part_n
    return {
        "dataset": scores.dataset,
        "model": str(scores.device_n[0]),
        **(MOVEMENT if group != "all" else {}),
        "group": group,
        "group_values": None if group == "all" else (group,),
        "n_samples": int(in_part_n.sum()),
        "n_subjects": len(np.unique(scores.subject_n[in_part_n])),
        "n_unscored": int(unscored_n.sum()),
    }


def of_both_sides(known_n: Bools, on_one_side_n: Bools, subject_n: Ints) -> Bools:
    """Those of some moments whose people have some on both sides."""
    one, other = (subject_n[known_n & side_n] for side_n in (on_one_side_n, ~on_one_side_n))
    return known_n & np.isin(subject_n, np.intersect1d(one, other))


def _difference(
    scores: Scores,
    metric: str,
    group: str,
    asked_n: Bools,
    value_n: Floats,
    limit: tuple[float, int],
    within: Range,
) -> Question:
    """One state of movement less the other, over people who have values in both."""
    is_moving_n = scores.moving_n == 1
    of_both_n = of_both_sides(asked_n & np.isfinite(value_n), is_moving_n, scores.subject_n)
    num_people = len(np.unique(scores.subject_n[of_both_n]))
    first_n = is_moving_n if group == "moving" else ~is_moving_n
    too_few = None if num_people >= limit[1] else reason("too_few_moving", num=num_people, least=limit[1])
    sides = (value_n[first_n & of_both_n], value_n[~first_n & of_both_n])
    own, other = (finite(float(side.mean())) if len(side) else None for side in sides)
    return Question(
        metric=metric,
        limit=limit[0],
        better="lower",
        measure=lambda level: corrected_difference(
            value_n[of_both_n], first_n[of_both_n], scores.subject_n[of_both_n], level, within, ANY
        ),
        too_few=too_few,
        columns={
            **columns(scores, of_both_n, group, of_both_sides(asked_n, is_moving_n, scores.subject_n)),
            "versus": "rest" if group == "moving" else "moving",
            "statistic": "difference",
            "own_value": own,
            "versus_value": other,
        },
    )
