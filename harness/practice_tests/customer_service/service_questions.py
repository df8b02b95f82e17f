"""All that is asked of a voice system, and all that is measured of it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.practice_tests.customer_service.aggregates import aggregate_rows, bias_question
from harness.practice_tests.customer_service.calls import Calls
from harness.practice_tests.customer_service.lost_recall import cue_question, loss_question, people_question
from harness.practice_tests.customer_service.roles import role_questions, role_rows
from harness.practice_tests.customer_service.service_options import CustomerServiceOptions
from harness.practice_tests.customer_service.single_calls import call_question, call_row, calm_question, calm_rows
from harness.practice_tests.questions import Question, answered
from harness.progress import UNSEEN, Share
from harness.tables.results import Result
from harness.tables.schemas import CLEAN


def service_rows(
    calls: Calls, people: Calls | None, options: CustomerServiceOptions, progress: Share = UNSEEN
) -> list[Result]:
    """Every row about what a system answered to calls, verdicts first.

    Args:
        calls: with the answers of the system.
        people: with those of people; None where nobody voted.
        options: of the test.
        progress: told of questions, of calls and of mixes of calls.
    """
    listeners = (calls, *([] if people is None else [people]))
    asking, *shares = progress.split(*[1] * (1 + len(listeners)))
    rows = answered(list(_questions(calls, people, options)), options.level, asking)
    for listener, share in zip(listeners, shares, strict=True):
        one, mixing = share.split(1, len(options.mixes))
        one_call = call_row(listener, options.level)
        rows += [*([] if one_call is None else [one_call]), *calm_rows(listener, options.level)]
        rows += role_rows(listener, options.level)
        one.end()
        for mix in mixing.each(options.mixes, len(options.mixes)):
            rows += aggregate_rows(listener, mix, options.sizes, options.limits.aggregate_error, options.level)
    return rows


def _questions(calls: Calls, people: Calls | None, options: CustomerServiceOptions) -> Iterator[Question]:
    limits, least = options.limits, options.min_subjects
    kinds = {"beginning": options.beginnings, "telephone": options.telephone, "background": options.backgrounds}
    for kind, conditions in kinds.items():
        for condition in conditions:
            yield loss_question(calls, f"loss_{kind}:{condition}", condition, limits.loss, least)
    for cue, condition in options.cues.items():
        yield cue_question(calls, cue, condition, limits.rests_on, least)
    yield call_question(calls, limits.call_error, least)
    for mix in options.mixes:
        yield bias_question(calls, mix, limits.bias, least)
    yield calm_question(calls, limits.calm_false_alarms, least)
    yield from role_questions(calls, limits, least)
    of_people = None if people is None else people.answers[CLEAN]
    yield people_question(calls, of_people, limits.less_than_people, least)
