"""The facts of all metrics, the harness's own and those of other packages, by their names in the results.

Reports and settings use this module; it does not load the code that counts samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from harness.cards import registry
from harness.cards.registry import Extension
from harness.errors import HarnessError
from harness.metrics.built_in_facts import BUILT_IN_FACTS
from harness.metrics.metric_facts import FIRST_OUTSIDE_ORDER, MetricFacts
from harness.metrics.metric_family import MetricFamily


def metric_facts(outside: Sequence[str] | None = None) -> list[MetricFacts]:
    """The facts of all metrics, in the order in which they are shown.

    Args:
        outside: the families of other packages to include; None for all that are installed.

    Raises:
        HarnessError: see `outside_families`.
    """
    chosen = (family for name, (_, family) in outside_families().items() if outside is None or name in outside)
    found = [*BUILT_IN_FACTS, *(facts for family in chosen for facts in family.facts)]
    return sorted(found, key=lambda facts: facts.order)


def facts_of(metric: str) -> MetricFacts:
    """The facts of a metric.

    Args:
        metric: its name, such as ``uar`` or ``ccc:valence``; ``ccc`` alone means that of every dimension.

    Returns:
        For a metric that is not registered, such as one of a package that is not installed here, only its name.
    """
    return _by_name(metric) or MetricFacts(
        name="unknown", title=metric.partition(":")[0].replace("_", " "), meaning=""
    )


def is_metric(name: str) -> bool:
    """Whether a metric of this name exists; both ``ccc`` and ``ccc:valence`` do."""
    return _by_name(name) is not None


def compared_metrics() -> list[str]:
    """The metrics that groups are compared on by default, by `MetricFacts.base`."""
    return [facts.base for facts in metric_facts() if facts.compared]


def _by_name(metric: str) -> MetricFacts | None:
    base, _, part = metric.partition(":")
    one, of_parts = known().get(base, (None, None))
    return of_parts if part else one or of_parts


@cache
def known() -> Mapping[str, tuple[MetricFacts | None, MetricFacts | None]]:
    """By base: the facts of the single metric of that name, and of the metrics of its parts."""
    found: dict[str, tuple[MetricFacts | None, MetricFacts | None]] = {}
    for facts in metric_facts():
        one, of_parts = found.get(facts.base, (None, None))
        found[facts.base] = (one, facts) if facts.each else (facts, of_parts)
    return found


@cache
def outside_families() -> Mapping[str, tuple[Extension, MetricFamily]]:
    """The families of other packages by name; loaded once, see `harness.cards.registry.installed`.

    Raises:
        HarnessError: one cannot be loaded, is not a family, or declares a metric that already exists.
    """
    found: dict[str, tuple[Extension, MetricFamily]] = {}
    owners: dict[str, Extension | str] = {facts.base: "the harness" for facts in BUILT_IN_FACTS}
    for extension in registry.extensions("metrics"):
        family = registry.find("metrics", extension.name)
        _require_own_metrics(family, extension, owners)
        owners |= {facts.base: extension for facts in family.facts}
        found[extension.name] = extension, family
    return found


def _require_own_metrics(family: object, extension: Extension, owners: Mapping[str, Extension | str]) -> None:
    """Check that the metrics of another package's family do not conflict with existing ones.

    Raises:
        HarnessError: it is not a family, or one of its metrics has the name of another or an order among ours.
    """
    if not isinstance(family, MetricFamily) or not family.facts:
        found = type(family).__name__
        raise HarnessError(f"{extension} is not a MetricFamily with facts (found {found}). {extension.remedy}")
    if not all(isinstance(facts, MetricFacts) for facts in family.facts) or not callable(family.count):
        raise HarnessError(
            f"{extension} is not made of MetricFacts and a function that counts (found {family!r}). "
            f"{extension.remedy}"
        )
    names = [facts.name for facts in family.facts]
    if len(set(names)) < len(names):
        raise HarnessError(f"{extension} declares one metric twice: {', '.join(names)}.")
    for facts in family.facts:
        if facts.base in owners:
            owner = owners[facts.base]
            raise HarnessError(f"{extension} declares the metric {facts.base!r}, which is one of {owner}.")
        if facts.order < FIRST_OUTSIDE_ORDER or facts.lead is not None:
            raise HarnessError(
                f"{extension} puts the metric {facts.base!r} among those of the harness: its order is "
                f"{FIRST_OUTSIDE_ORDER} or more, and it has no lead."
            )
