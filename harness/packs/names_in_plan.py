"""Where the plan of a pack has pseudonyms in place of names, so that its hash is not that of the run's plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.evidence.pseudonyms import has_pseudonym


def places_of_names(plan: Mapping[str, Any]) -> list[str]:
    """The keys with pseudonyms in or below them, each with those above it: ``dataset.card.details.example``.

    Args:
        plan: of a pack.
    """
    return list(dict.fromkeys(_places(plan, ())))


def _places(value: object, above: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if has_pseudonym(key):
                yield ".".join(above)
            else:
                yield from _places(part, (*above, str(key)))
    elif isinstance(value, list):
        for part in value:
            yield from _places(part, above)
    elif has_pseudonym(value):
        yield ".".join(above)
