"""Whether the dates in a pack follow one another, and none is later than today.

None of this breaks a pack, as any clock may be wrong, that of the verifier as well: it is remarked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from harness.packs.attestation import Signed
from harness.packs.lines import Line, holds, left_open
from harness.packs.manifest import Manifest
from harness.packs.received_pack import BrokenPackError
from harness.packs.time_stamps import TimeStamp
from harness.wording import listed

CLOCKS_DIFFER_S = 300
"""By so much the clocks of two machines may differ."""

_EARLIEST = "T00:00:00+14:00"
"""Where a day begins first."""


def date_lines(
    made: Mapping[str, str],
    changed: Mapping[str, str],
    signatures: Mapping[str, Signed],
    stamps: Mapping[str, TimeStamp],
    now: datetime,
) -> Iterator[Line]:
    """Whether what is in a pack was made in its order, and before it was signed, none of it later than now.

    Args:
        made: what was done → when, in the order in which it must have been; the last is that the pack was made.
        changed: what else was done → when, in any order.
        signatures: by the name of their file.
        stamps: by the name of what they stamp.
        now: by the verifier's clock, with a time zone.

    Raises:
        BrokenPackError: a date cannot be read.
    """
    signed = {f"{one.public.name} signed ({name})": one.signed for name, one in signatures.items()}
    stamped = {f"{name} was stamped": stamp.time.isoformat() for name, stamp in stamps.items()}
    last = list(made.items())[-1]
    remarks = [
        *later_than(now, {**made, **signed, **stamped, **changed}),
        *(text for pair in pairwise(made.items()) for text in _out_of_order(*pair)),
        *(text for one in signed.items() for text in _out_of_order(last, one)),
    ]
    yield from remarks
    if not remarks:
        order = ", ".join(f"{what} {text}" for what, text in made.items())
        yield holds(f"Dates: in order, and none later than today, by their own account: {order}")


def dates_of_run(manifest: Manifest, registered: Signed | None) -> dict[str, str]:
    """What was done to make the pack of a run → when, in the order in which it must have been."""
    return {
        **({} if registered is None else {"the plan was signed": registered.signed}),
        "the run began": manifest.run.started,
        "the run ended": manifest.run.finished,
        "the pack was made": manifest.created,
    }


def dates_of_changes(manifest: Manifest) -> dict[str, str]:
    """What was changed of the plan that was signed → when, as far as that is stated."""
    return {f"{one.what} was changed": f"{one.when}{_EARLIEST}" for one in manifest.deviations if one.when}


def later_than(now: datetime, dates: Mapping[str, str]) -> Iterator[Line]:
    """A remark, if one of several dates is later than the verifier's clock.

    Args:
        now: by that clock.
        dates: what was done → when, by its own account.

    Raises:
        BrokenPackError: a date cannot be read.
    """
    latest = now.timestamp() + CLOCKS_DIFFER_S
    if late := [f"{what} on {text}" for what, text in dates.items() if time_of(text) > latest]:
        clock = now.isoformat(timespec="seconds")
        yield left_open(f"Dates: {listed(late)}; by the clock of this machine ({clock}) that is still to come")


def time_of(text: str) -> float:
    """The seconds of a date since 1970.

    Raises:
        BrokenPackError: it is none, or has no time zone.
    """
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise ValueError
        return time.timestamp()
    except (ValueError, OverflowError):
        raise BrokenPackError(f"{text[:50]!r} is not a time with a time zone") from None


def _out_of_order(before: tuple[str, str], after: tuple[str, str]) -> Iterator[Line]:
    if time_of(after[1]) < time_of(before[1]) - CLOCKS_DIFFER_S:
        yield left_open(f"Dates: {after[0]} on {after[1]}, before {before[0]} ({before[1]})")
