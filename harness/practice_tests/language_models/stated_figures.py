"""What a model's provider states that it reaches, beside what was measured here."""

from __future__ import annotations

from collections.abc import Iterator

from harness.practice_tests.language_models.asked_models import ALONE, Asked
from harness.practice_tests.language_models.model_questions import about
from harness.report.claims import MeasuredClaim
from harness.tables.results import Result

STATED, STATED_ELSEWHERE = "stated", "stated_elsewhere"
"""What rows are called whose figure was stated for the data that were measured, and for others."""

_MEASURED = ("value", "lo", "hi", "level", "method", "n_samples", "n_subjects", "n_unscored")


def stated_rows(asked: Asked) -> Iterator[Result]:
    """A row with a verdict for each claim in the model's card, from the study that asks as its card says.

    The interval is that of the study. `Result.threshold` is the stated figure.
    """
    yield from (_row(asked, one) for one in asked.ways[ALONE].stated if one.model == asked.model)


def _row(asked: Asked, one: MeasuredClaim) -> Result:
    claim = one.claim
    which = ", ".join(filter(None, (claim.metric, claim.group, claim.dataset)))
    measured = dict.fromkeys(_MEASURED) if one.row is None else {name: one.row[name] for name in _MEASURED}
    if one.row is None:
        measured |= {"n_samples": 0, "n_subjects": 0, "n_unscored": 0}
    return Result(
        **{
            **about(asked),
            **measured,
            "metric": f"{STATED if one.elsewhere is None else STATED_ELSEWHERE}:{which}",
            "kind": "practice",
            "threshold": claim.value,
            "judgement": one.judgement,
            "note": claim.source,
        }
    )
