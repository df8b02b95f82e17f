"""What a model's provider states that it reaches, beside what was measured here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.practice_tests.language_models.asked_models import ALONE, Asked
from harness.practice_tests.language_models.model_questions import about
from harness.practice_tests.practice_words import LISTED
from harness.report.claims import MeasuredClaim
from harness.tables.results import Result

STATED, STATED_ELSEWHERE = "stated", "stated_elsewhere"
"""What rows are called whose figure was stated for the data that were measured, and for others."""

_MEASURED = ("value", "lo", "hi", "level", "method", "n_samples", "n_subjects", "n_unscored")


def stated_rows(asked: Asked) -> Iterator[Result]:
    """A row with a verdict for each claim in the model's card, from the study that asks as its card says.

    The interval is that of the study. `Result.threshold` is the stated figure.
    """
    stated = [one for one in asked.ways[ALONE].stated if one.model == asked.model]
    for one, which in zip(stated, _named(stated), strict=True):
        yield _row(asked, one, which)


def _named(stated: Sequence[MeasuredClaim]) -> list[str]:
    """What each claim is about, in words of which no two are the same.

    Metric, group and dataset; of claims that share them also the source, then the figure, and last their number.
    """
    names = [LISTED.join(filter(None, (one.claim.metric, one.claim.group, one.claim.dataset))) for one in stated]
    more = (
        [one.claim.source for one in stated],
        [f"{one.claim.value:g}" for one in stated],
        [str(place) for place in range(1, len(stated) + 1)],
    )
    for added in more:
        shared = {name for name, num in Counter(names).items() if num > 1}
        names = [
            f"{name}{LISTED}{word}" if name in shared else name for name, word in zip(names, added, strict=True)
        ]
    return names


def _row(asked: Asked, one: MeasuredClaim, which: str) -> Result:
    claim = one.claim
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
