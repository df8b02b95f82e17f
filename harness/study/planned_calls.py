"""What a study asks of a service, and what that costs: an estimate before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from harness.cards.facts import Price
from harness.models.model import MediaModel, RunSettings
from harness.models.services.exchange import Usage, cost_of
from harness.study.assembly import kind_of, open_model
from harness.study.config import StudyConfig
from harness.wording import percent

if TYPE_CHECKING:
    from harness.models.services.service_connection import ServiceConnection

_TIMES_ASKED_AGAIN = 3
"""Alone, together, and once more: see `harness.probing.probe`."""

_SMALL_LOSS = 0.01
"""Of all requests."""


@dataclass(frozen=True)
class PlannedCalls:
    """Requests, if none has to be repeated. Samples that cannot be read or are refused need fewer.

    Attributes:
        model: that is asked.
        samples: requests for the samples, under all conditions and as often as they are repeated.
        blind: for the control without the media.
        again: for the checks that ask again.
        at_once: requests that may be under way, which is what a run that is killed asks for again.
        usage: tokens in all, by what the card states of a request.
        cost: of all requests; None where the card states no price.
        price: of the card.
        seconds: with all requests that are allowed at once under way; None where the card does not say how long an
            answer takes.
        is_cached: whether answers that an earlier run has paid for are not asked for again.
    """

    model: str
    samples: int
    blind: int
    again: int
    at_once: int
    usage: Usage
    cost: float | None
    price: Price | None
    seconds: float | None
    is_cached: bool

    @property
    def total(self) -> int:
        """All requests."""
        return self.samples + self.blind + self.again

    def sentences(self, config: StudyConfig) -> list[str]:
        """The estimate in words, and whether the budget of the study is enough for it."""
        lines = [
            f"{self.model} would be asked about {self.total:,} times: {self.samples:,} for the samples, "
            f"{self.blind:,} for the blind control, {self.again:,} for checks that ask again; failed requests are "
            "repeated."
        ]
        if self.is_cached:
            lines.append("Fewer with model.cache=true, as far as an earlier run has asked about the same samples.")
        if self.usage.tokens_in or self.usage.tokens_out:
            lines.append(f"Tokens: about {self.usage.tokens_in:,} in and {self.usage.tokens_out:,} out.")
        if self.cost is None or self.price is None:
            lines.append("Cost: its card states no price.")
        else:
            lines.append(f"Cost: about {self.cost:,.2f} {self.price.currency} ({self.price.source}).")
        if self.seconds is not None:
            lines.append(f"Time: about {_duration(self.seconds)}, if it answers as its card says.")
        return [*lines, *([self._after_a_kill()] if self.total else []), *self._beyond(config)]

    def _after_a_kill(self) -> str:
        share = self.at_once / self.total
        fewer = "" if share <= _SMALL_LOSS or self.at_once == 1 else " model.concurrency=1 makes it one."
        return (
            f"Killed at any moment, it asks again for at most {self.at_once} of these ({percent(share)}).{fewer}"
        )

    def _beyond(self, config: StudyConfig) -> list[str]:
        budget = config.budget
        if budget.max_calls is not None and self.total > budget.max_calls:
            return [
                f"budget.max_calls={budget.max_calls} ends the run before; it can be continued with a higher one."
            ]
        if budget.max_cost is not None and (self.cost or 0.0) > budget.max_cost:
            return [
                f"budget.max_cost={budget.max_cost:g} ends the run before; it can be continued with a higher one."
            ]
        return []


def planned_calls(config: StudyConfig, samples: pa.Table) -> PlannedCalls | None:
    """Estimate what the system of a study is asked.

    Returns:
        None for a system that is not asked over a network.

    Raises:
        HarnessError: the card or the options of the service are wrong.
    """
    kind = kind_of(config.model.name)
    if not issubclass(kind, MediaModel):
        return None
    from harness.models.services.service_connection import ServiceConnection, ServiceOptions  # can ask the network

    if not issubclass(kind.Connection, ServiceConnection):
        return None
    from harness.probing.blind import variants  # reads pictures

    model = open_model(config.model.name, config.model.options, RunSettings(face=config.face))
    connection, options = model.connection, model.options
    assert isinstance(model, MediaModel)
    assert isinstance(connection, ServiceConnection)
    assert isinstance(options, ServiceOptions)
    checks, num = config.checks, samples.num_rows
    found = samples["modality"].unique().to_pylist()
    is_paid = model.card.paid or bool(cost_of(model.card.price, 1, _typical(connection, 1)))
    num_blind = min(num, checks.max_blind) if checks.enabled else 0
    num_again = min(num, checks.max_probes) if checks.enabled and (checks.ask_paid or not is_paid) else 0
    times = len(config.conditions) + config.repeats - 1
    of_samples = times * connection.num_requests(num, config.usual_batch_size)
    blind = len(variants(model, found)) * connection.num_requests(num_blind, config.usual_batch_size)
    again = num_again + (_TIMES_ASKED_AGAIN - 1) * connection.num_requests(num_again, config.usual_batch_size)
    total = of_samples + blind + again
    usage = _typical(connection, total)
    at_once = min(options.concurrency, total)
    return PlannedCalls(
        model=model.name,
        samples=of_samples,
        blind=blind,
        again=again,
        at_once=at_once,
        usage=usage,
        cost=cost_of(model.card.price, total, usage),
        price=model.card.price,
        seconds=None if connection.seconds is None else total * connection.seconds / max(1, at_once),
        is_cached=options.cache,
    )


def _typical(connection: ServiceConnection, calls: int) -> Usage:
    return Usage(tokens_in=calls * connection.tokens_in, tokens_out=calls * connection.tokens_out)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
