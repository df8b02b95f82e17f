"""What a model says of one sample, where a vector is not all that there is to say.

A local network answers a batch with one array and needs none of this. A remote service declines one request, is
asked three times for another, and charges for both: each is an `Answer`, handed back as it arrives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.errors import Unscored

MAX_RAW_BYTES = 65_536
"""More of a raw answer is not kept."""

MAX_REASON = 256
"""Characters of a reason; a service's whole message belongs into the raw answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A vector, or why there is none; and what the model was told besides.

    Attributes:
        vector: floats of shape (width,); None where the sample is not scored.
        unscored: why there is no vector: `Unscored` with a stable reason, ``abstained=True`` where the system
            itself declined. Exactly one of the two is given.
        attempts: how often the model was asked for it.
        seconds: what the answer took; None leaves it to the harness, which takes the time since the answer before.
        cost: what was paid for it, in the currency that the model's README names.
        raw: the answer as it came, text or bytes. It is kept as evidence, up to `MAX_RAW_BYTES`.
        version: what the system says that it is, such as the version that an alias stood for.
        tokens_in: what a language model counted of the request.
        tokens_out: what it counted of its answer.
        day: when it was given, as an ISO date in UTC; a service may answer otherwise another day.
        costly: to ask again would cost money, quota or a long wait, even where no cost is stated: it is written
            before the next answer is awaited.
        followed: the next answer is there already, and need not be awaited: both may be written at once.
    """

    vector: npt.NDArray[np.floating] | None = None
    unscored: Unscored | None = None
    attempts: int = 1
    seconds: float | None = None
    cost: float | None = None
    raw: str | bytes | None = None
    version: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    day: str | None = None
    costly: bool = False
    followed: bool = False

    def __post_init__(self) -> None:
        """A programmer's mistake is told to the programmer."""
        if (self.vector is None) == (self.unscored is None):
            raise ValueError("an Answer has either a vector or the reason why there is none")

    @property
    def outcome(self) -> str:
        """The value for the `outcome` column."""
        return "scored" if self.unscored is None else self.unscored.outcome

    @property
    def reason(self) -> str | None:
        """The value for the `reason` column."""
        return None if self.unscored is None else self.unscored.text[:MAX_REASON]

    @property
    def evidence(self) -> bytes | None:
        """The raw answer as it is stored."""
        raw = self.raw.encode() if isinstance(self.raw, str) else self.raw
        return None if raw is None else raw[:MAX_RAW_BYTES]


Answers = Iterable[tuple[int, Answer]]
"""Answers to a batch as they arrive, in any order: (index in the batch, answer), every index once."""

StreamedAnswers = Iterable[tuple[int, int, Answer]]
"""Answers to several batches likewise: (number of the batch, index in it, answer)."""


def vectors_of(answers: Answers, num_samples: int, width: int) -> npt.NDArray[np.float64]:
    """The vectors of answers to a batch, shape (num_samples, width); NaN where a sample has none."""
    values = np.full((num_samples, width), np.nan)
    for index, answer in answers:
        if answer.vector is not None:
            values[index] = answer.vector
    return values
