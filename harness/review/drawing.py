"""A random sample of the cases of a run, from selected and not selected ones and from every group alike.

Of each stratum it is known how many cases it has and how many were drawn, so that what is found in it stands for
all of it. Small strata are drawn from as often as large ones: the rare cases are those of interest.

Shapes: N samples, H strata.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.arrays import Bools, Ints
from harness.attributes.groups import Groups
from harness.errors import HarnessError

Status = Literal["selected", "not_selected", "no_answer"]
"""What the system made of a case. It selects none that it gives no answer to: some of these may be missed, too."""

SELECTED: Status = "selected"
STATUSES: tuple[Status, ...] = (SELECTED, "not_selected", "no_answer")


@dataclass(frozen=True)
class Stratum:
    """Cases of one status in one group.

    Attributes:
        status: what the system made of them.
        group: its name; None if cases are not drawn by group.
        num_cases: how many there are.
        num_drawn: how many of them people judge.
    """

    status: Status
    group: str | None
    num_cases: int
    num_drawn: int


@dataclass(frozen=True)
class Drawn:
    """What was drawn.

    Attributes:
        strata: ``[H]``, none of them empty.
        rows: the samples that were drawn, in the random order in which they are shown.
        stratum: the stratum of each of these.
    """

    strata: tuple[Stratum, ...]
    rows: Ints
    stratum: Ints


def draw(selected_N: Bools, answered_N: Bools, groups: Groups | None, num_cases: int, seed: int) -> Drawn:
    """Draw cases: half of them among the selected ones, in either half as many from every group as it has.

    Args:
        selected_N: whether the system selects a sample.
        answered_N: whether it gave an answer.
        groups: of the samples; None: cases are not drawn by group.
        num_cases: how many to draw; fewer if there are not as many.
        seed: of the draw.

    Raises:
        HarnessError: there are more strata than cases to be drawn.
    """
    status_N = np.where(selected_N, 0, np.where(answered_N, 1, 2))
    names: Sequence[str | None] = (None,) if groups is None else groups.names
    group_N = np.zeros(len(status_N), dtype=np.int64) if groups is None else groups.index
    code_N = status_N * len(names) + group_N
    codes_H, count_H = np.unique(code_N, return_counts=True)
    if len(codes_H) > num_cases:
        raise HarnessError(
            f"--cases={num_cases}: there are {len(codes_H)} strata (selected or not, by group), and each needs at "
            "least one case. Draw more cases, or leave --by out."
        )
    drawn_H = _allocated(num_cases, count_H, codes_H < len(names))
    rng = np.random.default_rng(seed)
    rows, strata = [], []
    for code, count, num in zip(codes_H.tolist(), count_H.tolist(), drawn_H.tolist(), strict=True):
        rows.append(rng.choice(np.flatnonzero(code_N == code), size=num, replace=False))
        strata.append(Stratum(STATUSES[code // len(names)], names[code % len(names)], count, num))
    order = rng.permutation(int(drawn_H.sum()))
    stratum = np.repeat(np.arange(len(strata)), drawn_H)
    return Drawn(tuple(strata), np.concatenate(rows)[order], stratum[order])


def _allocated(num_cases: int, count_H: Ints, is_selected_H: Bools) -> Ints:
    """How many are drawn from each stratum: at least one, then equally within each half."""
    drawn_H = np.ones_like(count_H)
    halves = (is_selected_H, ~is_selected_H)
    for half in halves:
        _fill(drawn_H, count_H, half, num_cases // 2 - int(drawn_H[half].sum()))
    _fill(drawn_H, count_H, np.ones_like(is_selected_H), num_cases - int(drawn_H.sum()))
    return drawn_H


def _fill(drawn_H: Ints, count_H: Ints, which_H: Bools, num_more: int) -> None:
    """Raise the smallest numbers first, one by one, up to what the strata have."""
    for _ in range(num_more):
        open_H = np.flatnonzero(which_H & (drawn_H < count_H))
        if not len(open_H):
            return
        drawn_H[open_H[np.argmin(drawn_H[open_H])]] += 1
