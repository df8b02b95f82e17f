"""How far a device agrees with a reference: quality, bias, limits of agreement, ICC, MAPE and concordance.

Every figure has an interval over people. Those of all situations together count several measurements of a person
as what they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.metrics.dimensional import dimensional
from harness.practice_tests.practice_rows import finite, measured_row
from harness.practice_tests.questions import Question
from harness.practice_tests.reasons import Reason, reason
from harness.practice_tests.wearables.measurements import Measurements, Paired, paired
from harness.practice_tests.wearables.quality import Quality, QualityRule, quality
from harness.progress import UNSEEN, Share
from harness.statistics.bland_altman import limits_of_agreement
from harness.statistics.estimates import estimates
from harness.statistics.intervals import Interval, Range, no_interval
from harness.statistics.intraclass import intraclass_correlation
from harness.statistics.skew_corrected import corrected_difference, corrected_mean
from harness.statistics.subject_means import (
    DIFFERENCE,
    SHARE,
    mean_over_subjects,
    ratio_over_subjects,
)
from harness.tables.results import Result
from harness.wording import quantity

ALL = "all"
ANY, ERROR = Range(-np.inf, np.inf), Range(0.0, np.inf)
AXIS = {"axis": "situation", "attributes": ("situation",)}


def agreement_rows(
    measured: Measurements, rule: QualityRule, level: float, progress: Share = UNSEEN
) -> Iterator[Result]:
    """Quality and agreement of every device, in every situation and in all of them together; tells of each."""
    for device in progress.each(measured.devices, len(measured.devices)):
        beside = paired(measured, device)
        for situation in (*measured.situations, ALL):
            part = beside if situation == ALL else beside.within(beside.situation_n == situation)
            shared = _shared(measured, device, situation)
            yield from _quality_rows(part, rule, level, shared)
            for measure in measured.values:
                yield from _agreement_rows(part, measure, level, shared)


def agreement_questions(
    measured: Measurements, rule: QualityRule, moving: Sequence[str], limits: tuple[float, float], least: int
) -> Iterator[Question]:
    """Whether each device keeps to the limits: its error at rest and in movement, and what movement costs.

    Args:
        measured: by the devices.
        rule: of quality.
        moving: the situations in which people move.
        limits: of the mean absolute error as a share of the reference, and of the loss of acceptable measurements.
        least: people that a question needs.
    """
    for device in measured.devices:
        beside = paired(measured, device)
        moving_n = np.isin(beside.situation_n, list(moving))
        for group, in_part_n in (("rest", ~moving_n), ("moving", moving_n)):
            for measure in measured.values:
                yield _error_question(measured, device, beside.within(in_part_n), measure, group, limits[0], least)
        yield _loss_question(measured, device, beside, moving_n, rule, limits[1], least)


def _error_question(
    measured: Measurements, device: str, part: Paired, measure: str, group: str, limit: float, least: int
) -> Question:
    error_n, subject_n = _relative_errors(part, measure)
    num_subjects = len(set(subject_n.tolist()))
    return Question(
        metric=f"mape_limit:{measure}",
        limit=limit,
        better="lower",
        measure=lambda level: corrected_mean(error_n, subject_n, level, ERROR),
        too_few=_too_few(num_subjects, least),
        columns={
            **_shared(measured, device, group),
            "axis": "movement",
            "attributes": ("movement",),
            "n_samples": len(error_n),
            "n_subjects": num_subjects,
            "n_unscored": len(part.subject_n) - len(error_n),
        },
    )


def _loss_question(
    measured: Measurements,
    device: str,
    beside: Paired,
    moving_n: Bools,
    rule: QualityRule,
    limit: float,
    least: int,
) -> Question:
    quality_n = _quality_of(beside, rule)
    worn_n = np.isin(beside.subject_n, beside.subject_n[quality_n != Quality.MISSING])
    judged_n = worn_n & (quality_n != Quality.UNKNOWN)
    acceptable_n = (quality_n == Quality.ACCEPTABLE)[judged_n].astype(np.float64)
    subject_n, still_n = beside.subject_n[judged_n], ~moving_n[judged_n]
    num_subjects = len(set(subject_n.tolist()))
    too_few = _too_few(num_subjects, least)
    if worn_n.any() and not (beside.num_beats_n > 0).any():
        too_few = reason("beats_unknown")
    elif too_few is None and (still_n.all() or not still_n.any()):
        too_few = reason("no_movement")
    return Question(
        metric="acceptable_loss_when_moving",
        limit=limit,
        better="lower",
        measure=lambda level: corrected_difference(acceptable_n, still_n, subject_n, level, DIFFERENCE, SHARE),
        too_few=too_few,
        columns={
            **_shared(measured, device, "rest"),
            "axis": "movement",
            "attributes": ("movement",),
            "versus": "moving",
            "statistic": "difference",
            "own_value": finite(_mean(acceptable_n[still_n])),
            "versus_value": finite(_mean(acceptable_n[~still_n])),
            "n_samples": len(subject_n),
            "n_subjects": num_subjects,
            "n_unscored": int((worn_n & ~judged_n).sum()),
            "note": "people who wore the device",
        },
    )


def _quality_rows(part: Paired, rule: QualityRule, level: float, shared: dict[str, Any]) -> Iterator[Result]:
    found_n = _quality_of(part, rule)
    for name in Quality:
        share, interval = mean_over_subjects((found_n == name).astype(np.float64), part.subject_n, level, SHARE)
        yield measured_row(
            f"quality_{name}",
            (share, interval),
            level,
            shared | {"n_samples": len(found_n), "n_subjects": len(set(part.subject_n.tolist())), "n_unscored": 0},
        )


def _agreement_rows(part: Paired, measure: str, level: float, shared: dict[str, Any]) -> Iterator[Result]:
    values, reference, subject_n = _both(part, measure)
    num_subjects = len(set(subject_n.tolist()))
    columns = shared | {
        "n_samples": len(values),
        "n_subjects": num_subjects,
        "n_unscored": len(part.subject_n) - len(values),
        "own_value": finite(_mean(values)),
        "versus_value": finite(_mean(reference)),
    }
    row = partial(measured_row, level=level, columns=columns)
    if num_subjects < 2:
        yield row(
            f"bias:{measure}", (_mean(values - reference), Interval(None, None, None, "fewer than 2 subjects"))
        )
        return
    difference_n = values - reference
    limits = limits_of_agreement(difference_n, subject_n, level)
    yield row(f"bias:{measure}", limits.bias)
    yield row(f"loa_lower:{measure}", limits.lower)
    yield row(f"loa_upper:{measure}", limits.upper)
    if reference.any():
        size_n = np.abs(reference)
        yield row(f"relative_bias:{measure}", ratio_over_subjects(difference_n, size_n, subject_n, level, ANY))
    yield _mape_row(part, measure, level, columns)
    if len(values) == num_subjects:
        icc = intraclass_correlation(np.stack([values, reference], axis=1), "agreement", level)
        yield row(f"icc:{measure}", icc)
    yield row(f"ccc:{measure}", _concordance(values, reference, subject_n, level))


def _mape_row(part: Paired, measure: str, level: float, about: dict[str, Any]) -> Result:
    error_n, subject_n = _relative_errors(part, measure)
    num_zero = len(_both(part, measure)[0]) - len(error_n)
    columns = about | {
        "n_samples": len(error_n),
        "n_subjects": len(set(subject_n.tolist())),
        "n_unscored": len(part.subject_n) - len(error_n),
        "note": f"without {quantity(num_zero, 'measurement')} whose reference is 0" if num_zero else None,
    }
    found = (
        mean_over_subjects(error_n, subject_n, level, ERROR)
        if len(error_n)
        else (math.nan, no_interval("the reference is 0 throughout"))
    )
    return measured_row(f"mape:{measure}", found, level, columns)


def _relative_errors(part: Paired, measure: str) -> tuple[Floats, Ints]:
    """The error as a share of the size of the reference, and whose it is; a reference of 0 has no such share."""
    values, reference, subject_n = _both(part, measure)
    defined_n = reference != 0
    error_n = np.abs(values - reference)[defined_n] / np.abs(reference[defined_n])
    return error_n, subject_n[defined_n]


def _concordance(values_n: Floats, reference_n: Floats, subject_n: Ints, level: float) -> tuple[float, Interval]:
    names, code_n = np.unique(subject_n, return_inverse=True)
    tally = dimensional("measure", code_n, reference_n, values_n, num_rows=len(names))
    (found,) = estimates([tally], resamples=None, level=level, seed=0)[:1]
    return found.value, found.interval


def _both(part: Paired, measure: str) -> tuple[Floats, Floats, Ints]:
    """The values of device and reference where both are there, and whose they are."""
    both_n = np.isfinite(part.device[measure]) & np.isfinite(part.reference[measure])
    return part.device[measure][both_n], part.reference[measure][both_n], part.subject_n[both_n]


def _quality_of(part: Paired, rule: QualityRule) -> Any:
    return quality(part.num_beats_n, part.num_reference_n, part.num_artefacts_n, part.has_value_n, rule)


def _shared(measured: Measurements, device: str, group: str) -> dict[str, Any]:
    return {
        "dataset": measured.dataset,
        "model": device,
        "versus_model": measured.reference,
        **(AXIS if group != ALL else {}),
        "group": group,
        "group_values": None if group == ALL else (group,),
    }


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan


def _too_few(num: int, least: int) -> Reason | None:
    return None if num >= least else reason("too_few", num=num, least=least)
