"""Emotions that the options of a practice test name, such as those that count as negative."""

from __future__ import annotations

from collections.abc import Iterable

from harness.cards.taxonomy import canonical, spellings
from harness.errors import HarnessError
from harness.wording import did_you_mean


def named_emotions(names: Iterable[str], option: str, labels: Iterable[str]) -> frozenset[str]:
    """Their canonical names.

    Args:
        names: that an option gives.
        option: its name, for messages.
        labels: of the data and of the system, which may be in no vocabulary.

    Raises:
        HarnessError: a name is neither a known emotion nor a label, so that it would count nothing.
    """
    known = {*spellings().values(), *map(canonical, labels)}
    for name in names:
        if canonical(name) not in known:
            raise HarnessError(
                f"{option}={name}: neither a known emotion nor a label of the data or the system."
                f"{did_you_mean(canonical(name), {*spellings(), *known})}"
            )
    return frozenset(map(canonical, names))
