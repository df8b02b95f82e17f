"""Every metric there is, the harness's own and those of other packages, and what each declares, by its name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache

import numpy as np

from harness.cards import registry
from harness.cards.registry import Extension
from harness.errors import HarnessError
from harness.measurement.metric_family import MetricFamily
from harness.metrics.metric_facts import FIRST_OUTSIDE_PLACE, MetricFacts
from harness.metrics.tally import Tally


@dataclass(frozen=True)
class RegisteredFamily:
    """A family, and the package that it comes from; None for the harness's own."""

    name: str
    family: MetricFamily
    extension: Extension | None = None

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Whatever goes wrong within the code of another package becomes one message that names it."""
        with self.extension.blamed("failed") if self.extension else nullcontext():
            yield

    def require_declared(self, tally: Tally, num_rows: int) -> None:
        """Check that a tally is one: rows as asked for, metrics that the family declares, values of every row.

        Raises:
            HarnessError: it is not.
        """
        strange = [metric.name for metric in tally.metrics if metric.facts not in self.family.facts]
        if strange:
            raise HarnessError(f"{self.extension} counts {strange[0]!r}, which its facts do not declare.")
        if tally.sums.ndim < 2 or len(tally.sums) != num_rows or not math.isfinite(tally.sums.sum()):
            raise HarnessError(
                f"{self.extension} counts {tally.sums.shape} for {num_rows:,} rows; expected finite sums [R, …]."
            )
        for metric in tally.metrics:
            per_row = (metric.value, metric.num_samples, metric.num_unscored, metric.chance)
            shapes = {np.shape(function(tally.sums)) for function in per_row if function}
            if shapes != {(num_rows,)}:
                raise HarnessError(f"{self.extension}: {metric.name!r} turns sums [R, …] into {shapes}, not [R].")
            if metric.gradient and np.shape(metric.gradient(tally.sums)) != tally.sums.shape:
                raise HarnessError(f"{self.extension}: the gradient of {metric.name!r} is not of the sums' shape.")


def families(outside: Sequence[str] | None = None) -> list[RegisteredFamily]:
    """The families in the order of the results: the harness's own, then those of other packages.

    Args:
        outside: which of other packages; None for all that are installed.

    Raises:
        HarnessError: a family cannot be loaded, is none, or declares a metric that is another's.
    """
    return [
        family for family in installed() if family.extension is None or outside is None or family.name in outside
    ]


def metric_facts(outside: Sequence[str] | None = None) -> list[MetricFacts]:
    """What every metric declares, in the order in which they are shown.

    Args:
        outside: see `families`.
    """
    found = [facts for family in families(outside) for facts in family.family.facts]
    return sorted(found, key=lambda facts: facts.place)


def facts_of(metric: str) -> MetricFacts:
    """What a metric of the results declares.

    Args:
        metric: its name, such as ``uar`` or ``ccc:valence``; ``ccc`` alone stands for every dimension's.

    Returns:
        Of a metric that nobody registered, such as one of a package that is not installed here, its name alone.
    """
    return _by_name(metric) or MetricFacts(
        name="unknown", title=metric.partition(":")[0].replace("_", " "), meaning=""
    )


def is_metric(name: str) -> bool:
    """Whether a name is that of a metric; ``ccc`` and ``ccc:valence`` both are."""
    return _by_name(name) is not None


def compared_metrics() -> list[str]:
    """The metrics that groups are compared on unless a study chooses its own, by `MetricFacts.base`."""
    return [facts.base for facts in metric_facts() if facts.compared]


def _by_name(metric: str) -> MetricFacts | None:
    base, _, part = metric.partition(":")
    one, of_parts = indexed().get(base, (None, None))
    return of_parts if part else one or of_parts


@cache
def indexed() -> dict[str, tuple[MetricFacts | None, MetricFacts | None]]:
    """By base: the facts of the one metric of that name, and of the metrics of its parts."""
    found: dict[str, tuple[MetricFacts | None, MetricFacts | None]] = {}
    for facts in metric_facts():
        one, of_parts = found.get(facts.base, (None, None))
        found[facts.base] = (one, facts) if facts.each else (facts, of_parts)
    return found


@cache
def installed() -> tuple[RegisteredFamily, ...]:
    """Every family, see `families`; read once: what is installed while Python runs is found by the next one."""
    outside = {extension.name: extension for extension in registry.extensions("metrics")}
    found: list[RegisteredFamily] = []
    for name in registry.names("metrics"):
        family = RegisteredFamily(name, registry.find("metrics", name), outside.get(name))
        if family.extension is not None:
            _require_own_metrics(family, family.extension, found)
        found.append(family)
    return tuple(found)


def _require_own_metrics(
    family: RegisteredFamily, extension: Extension, others: Sequence[RegisteredFamily]
) -> None:
    """Check a family of another package: nothing of it may be taken for a metric of somebody else.

    Raises:
        HarnessError: it is no family, or one of its metrics has the name, or stands in the place, of another.
    """
    if not isinstance(family.family, MetricFamily) or not family.family.facts:
        raise HarnessError(
            f"{extension} is no MetricFamily with facts (found {type(family.family).__name__}). {extension.remedy}"
        )
    names = [facts.name for facts in family.family.facts]
    if len(set(names)) < len(names):
        raise HarnessError(f"{extension} declares one metric twice: {', '.join(names)}.")
    taken = {facts.base: other for other in others for facts in other.family.facts}
    for facts in family.family.facts:
        if facts.base in taken:
            owner = taken[facts.base].extension or "the harness"
            raise HarnessError(f"{extension} declares the metric {facts.base!r}, which is one of {owner}.")
        if facts.place < FIRST_OUTSIDE_PLACE or facts.lead is not None:
            raise HarnessError(
                f"{extension} puts the metric {facts.base!r} among those of the harness: its place is "
                f"{FIRST_OUTSIDE_PLACE} or more, and it has no lead."
            )
