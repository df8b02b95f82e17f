"""All that is asked of a device's score, and all that is measured of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from harness.practice_tests.questions import Question, answered
from harness.practice_tests.reasons import Reason, reason
from harness.practice_tests.wearables.detection import detection_rows
from harness.practice_tests.wearables.movement import (
    availability_question,
    availability_rows,
    false_stress_question,
)
from harness.practice_tests.wearables.rungs import RungLimits, rung_questions, rung_rows
from harness.practice_tests.wearables.scores import Scores, aligned
from harness.practice_tests.wearables.stability import drift_question, explained_rows, together_rows
from harness.practice_tests.wearables.wearables_options import Limits
from harness.progress import UNSEEN, Share
from harness.statistics.within_person import standardised_within
from harness.tables.results import Result

ASKED, RATED, TOGETHER = 5, 8, 2
"""What it costs in comparison to ask of a device, to rate it, and to compare devices that were worn together."""


def score_rows(
    scores: Scores,
    prompts: Scores | None,
    limits: Limits,
    *,
    alarms: Mapping[str, float],
    align_s: float,
    least: int,
    level: float,
    progress: Share = UNSEEN,
) -> list[Result]:
    """Every row about the scores of some devices, verdicts first.

    Args:
        scores: of all devices.
        prompts: answered questionnaires; None where the moments of the scores have the answers themselves.
        limits: that are asked of a device.
        alarms: device → the score from which it says that somebody is stressed; without those that say no such
            thing.
        align_s: how far from a questionnaire a score still belongs to it.
        least: people that a verdict needs.
        level: at which all verdicts hold together, and of the other intervals.
        progress: told of every device.
    """
    devices = [scores.of_device(device).in_time_order() for device in scores.devices]
    pairs = [_pairs(device, prompts, align_s) for device in devices]
    num = len(devices)
    asking, rating, together = progress.split(ASKED * num, RATED * num, TOGETHER)
    questions = [
        question
        for device, asked in asking.each(zip(devices, pairs, strict=True), num)
        for question in _questions(device, asked, limits, alarms.get(str(device.device_n[0])), least)
    ]
    rows = answered(questions, level)
    for device, asked in rating.each(zip(devices, pairs, strict=True), num):
        rows += [*availability_rows(device, level), *detection_rows(device, level)]
        rows += [*rung_rows(asked, level), *explained_rows(device, level)]
    rows += together_rows(scores.in_time_order(), level)
    together.end()
    return rows


def _questions(
    device: Scores, pairs: Scores, limits: Limits, alarm: float | None, least: int
) -> Iterator[Question]:
    never_varies = reason("constant_score") if _is_constant(device) else None
    if np.isfinite(device.moving_n).any():
        yield availability_question(device, limits.loss_when_moving, least)
        of_movement = false_stress_question(device, alarm, (limits.false_alarms, limits.rise_when_moving), least)
        yield of_movement if alarm is not None else _unless(never_varies, of_movement)
    of_rungs = RungLimits(limits.reaction, limits.felt_stress, limits.positive_less_negative)
    for question in (*rung_questions(device, pairs, of_rungs, least), drift_question(device, limits.drift, least)):
        yield _unless(never_varies, question)


def _is_constant(device: Scores) -> bool:
    """Whether the score of nobody ever changes, so that nothing answers a question about its changes."""
    scaled_n = standardised_within(device.score_n, device.subject_n)
    known_n = np.isfinite(scaled_n)
    return bool(known_n.any() and not scaled_n[known_n].any())


def _unless(obstacle: Reason | None, question: Question) -> Question:
    return question if obstacle is None or question.too_few is not None else replace(question, too_few=obstacle)


def _pairs(device: Scores, prompts: Scores | None, align_s: float) -> Scores:
    """The moments of a device with people's answers."""
    return device if prompts is None else aligned(device, prompts, align_s)
