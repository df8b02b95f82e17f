"""What is said of a difference that is another one with the same mixture on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from harness.tables.results import Result, ResultBlock
from harness.verdicts.judge import Judgement
from harness.wording import joined

Sides = tuple[tuple[str, ...] | None, tuple[str, ...] | None]
"""The two sides of a difference on an axis."""


class Difference(NamedTuple):
    """A difference as it stands in the results."""

    value: float | None
    lo: float | None
    hi: float | None
    judgement: Judgement | None
    note: str | None

    @property
    def excludes_zero(self) -> int:
        """1 or -1 if the interval lies above or below zero; 0 if it includes zero or there is none."""
        if self.lo is None or self.hi is None:
            return 0
        return (self.lo > 0) - (self.hi < 0)


def with_mixture_notes(
    differences: ResultBlock,
    other_axes: Sequence[str | None],
    same_mix: Sequence[Iterable[Result | ResultBlock]],
) -> ResultBlock:
    """The differences, with a note where one is another one with the same mixture.

    Args:
        differences: those of the groups as they are.
        other_axes: for each mixture the axis whose groups are mixed alike; None if it is the classes.
        same_mix: for each mixture the differences with it.
    """
    if not same_mix:
        return differences
    mixed = [dict(_differences_in(rows)) for rows in same_mix]
    notes = [
        joined(
            (
                one.note,
                *(mixture_note(one, axis, of.get(sides)) for axis, of in zip(other_axes, mixed, strict=True)),
            )
        )
        for sides, one in _differences_in([differences])
    ]
    return replace(differences, columns={**differences.columns, "note": notes})


def mixture_note(one: Difference, other_axis: str | None, same: Difference | None) -> str | None:
    """How the difference is another one with the same mixture; None if it is not.

    It is another one if its verdict is, or if one of the two intervals excludes zero and the other does not.

    Args:
        one: a difference.
        other_axis: the axis whose groups are mixed alike; None if it is the classes.
        same: the difference with the same mixture; None if there is none.
    """
    mixed = "classes" if other_axis is None else other_axis
    if same is None or one.lo is None:
        return None
    if same.value is None:
        no_mix = "the mix of classes cannot be made the same"
        apart = no_mix if other_axis is None else f"cannot be told apart from {mixed}"
        reason = joined((same.note, same.judgement and same.judgement.reason))
        return f"{apart} ({reason})" if one.excludes_zero else None
    if same.lo is None or same.hi is None:
        return None
    before, after = one.excludes_zero, same.excludes_zero
    verdicts = [each.judgement.verdict if each.judgement else None for each in (one, same)]
    if before == after and verdicts[0] == verdicts[1]:
        return None
    if before == after:
        becomes = "it is"
    elif after == 0:
        becomes = "it may be zero:"
    else:
        becomes = "it excludes zero:" if before == 0 else "it has the other sign:"
    return f"with the same mix of {mixed} on both sides {becomes} {(verdicts[1] or '').replace('_', ' ')}"


def _differences_in(rows: Iterable[Result | ResultBlock]) -> Iterator[tuple[Sides, Difference]]:
    for row in rows:
        if isinstance(row, Result):
            shown = Difference(row.value, row.lo, row.hi, row.judgement, row.note)
            yield (row.group_values, row.versus_values), shown
        else:
            columns = row.columns
            sides = zip(columns["group_values"], columns["versus_values"], strict=True)
            shown_K = map(Difference, *(columns[name] for name in Difference._fields))
            yield from zip(sides, shown_K, strict=True)
