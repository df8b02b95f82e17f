"""Who speaks in which role: agents are professionals whose calm voice must not be taken for a complaint.

Of a call that is recorded in two channels, each channel is a sample of its own, and a column says whose it is.

Shapes: n calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from harness.practice_tests.customer_service.calls import Calls
from harness.practice_tests.customer_service.lost_recall import recognised
from harness.practice_tests.customer_service.service_options import ServiceLimits
from harness.practice_tests.customer_service.single_calls import (
    calm_columns,
    calm_question,
    calm_rows,
    calm_speech,
)
from harness.practice_tests.practice_rows import measured_row
from harness.practice_tests.questions import Question
from harness.practice_tests.reasons import reason
from harness.statistics.skew_corrected import corrected_difference
from harness.statistics.subject_means import DIFFERENCE, SHARE
from harness.tables.results import Result
from harness.tables.schemas import CLEAN

AXIS = "role"


def role_questions(calls: Calls, limits: ServiceLimits, least: int) -> Iterator[Question]:
    """Of every role: whether its calm speech is called negative too often, and more often than that of others.

    Of two roles there is one difference.
    """
    roles = calls.roles
    for role in roles:
        asked = calm_question(calls.of_role(role), limits.calm_false_alarms, least, f"calm_false_alarm_of:{role}")
        yield replace(asked, columns={**asked.columns, **_group(role)})
    for role in roles[: 1 if len(roles) == 2 else len(roles)]:
        if len(roles) > 1:
            yield _difference(calls, role, limits.role_difference, least)


def _difference(calls: Calls, role: str, limit: float, least: int) -> Question:
    assert calls.role_n is not None
    stated_n = np.array([one is not None for one in calls.role_n.tolist()], np.bool_)
    part_n = calm_speech(calls, CLEAN) & stated_n
    in_role_n, subject_n = (calls.role_n == role)[part_n], calls.subject_n[part_n]
    negative_n = calls.answers[CLEAN].negative_n[part_n].astype(np.float64)
    num = min(len(np.unique(subject_n[side_n])) for side_n in (in_role_n, ~in_role_n))
    others = [one for one in calls.roles if one != role]
    versus = others[0] if len(others) == 1 else "rest"
    return Question(
        metric=f"calm_false_alarm_more:{role}",
        limit=limit,
        better="zero",
        measure=lambda level: corrected_difference(negative_n, in_role_n, subject_n, level, DIFFERENCE, SHARE),
        too_few=None if num >= least else reason("too_few_calm_role", num=num, least=least),
        columns={
            **calm_columns(calls, CLEAN, stated_n),
            **_group(role),
            "statistic": "difference",
            "versus": versus,
            "versus_values": tuple(others),
        },
    )


def role_rows(calls: Calls, level: float) -> Iterator[Result]:
    """How well the voices of every role are recognised, and how often their calm speech is called negative."""
    for role in calls.roles:
        own = calls.of_role(role)
        columns = {**own.columns(np.ones(len(own.subject_n), np.bool_)), **_group(role)}
        yield measured_row("role_recognised", recognised(own, level), level, columns)
        for row in calm_rows(own, level):
            yield replace(row, **_group(role))


def _group(role: str) -> dict[str, Any]:
    return {"axis": AXIS, "attributes": (AXIS,), "group": role, "group_values": (role,)}
