"""How FERPlus makes a label of ten votes: the rules of its authors.

Source: Barsoum et al. 2016, doi:10.1145/2993148.2993165, and ``ferplus.py`` of the repository Microsoft/FERPlus.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

VoteRule = Literal["majority", "probability", "multi_target"]

EMOTIONS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
OTHERS = ("unknown", "NF")
"""What a rater could choose instead of an emotion; NF: no face."""

_MOST_EMOTIONS = 3
_SHARE = 0.75
_TARGET_SHARE = 0.3


def kept_votes(votes: Sequence[int], rule: VoteRule) -> dict[str, int]:
    """The votes for emotions that a rule keeps; none where it says unknown or no face.

    A single vote for anything counts as a slip and is dropped first. ``majority`` keeps the winner if it has more
    than half of the votes that are left; ``probability`` the most frequent ones, equal ones together, until they
    hold 75 % of the votes, and none if they are more than three; ``multi_target`` those with at least 30 %. If
    unknown or no face comes first in what is kept, there is no emotion; if it comes later it is dropped. What is
    kept must be more than half of the votes.

    Args:
        votes: for `EMOTIONS` and `OTHERS`, in this order.
        rule: of the authors.
    """
    names = (*EMOTIONS, *OTHERS)
    counts = {name: count for name, count in zip(names, votes, strict=True) if count > 1}
    total = sum(counts.values())
    kept = _chosen(counts, total, rule)
    if 2 * sum(kept.values()) <= total or max(kept, key=kept.__getitem__) in OTHERS:
        return {}
    return {name: count for name, count in kept.items() if name in EMOTIONS}


def _chosen(counts: dict[str, int], total: int, rule: VoteRule) -> dict[str, int]:
    if rule == "majority":
        return {name: count for name, count in counts.items() if 2 * count > total}
    if rule == "multi_target":
        return {name: count for name, count in counts.items() if count >= _TARGET_SHARE * total}
    kept: dict[str, int] = {}
    for most in sorted(set(counts.values()), reverse=True):
        if sum(kept.values()) >= _SHARE * total or len(kept) >= _MOST_EMOTIONS:
            break
        for name in (name for name, count in counts.items() if count == most):
            if name in OTHERS:
                return kept or {name: most}
            kept[name] = most
    return kept if len(kept) <= _MOST_EMOTIONS else {}
