"""Who writes a run at an address: leases, each with the next number, of which the last one counts.

A lease is an object that can be made only where there is none, so of two machines that want the same number one
gets it. It is renewed while its process writes. A lease that was seen not to be renewed for `LASTS_S` is taken
over; whoever finds that there is a later one has been taken for dead, and stops.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from harness.errors import HarnessError
from harness.files import json_value
from harness.remote.store import FIRST_S, Store, patiently

LEASES = ".leases"
LASTS_S = 60.0
_LOOKS_S = 1.0
_MOST_SKEW_S = 3_600.0
"""No two clocks differ by more: stores refuse whoever's clock is wrong by a quarter of an hour."""

_MOST_BYTES = 4_096


@dataclass(frozen=True)
class Lease:
    """The right to write.

    Attributes:
        number: from 1.
        owner: a working copy of the run.
        machine: where that is.
        pid: of the process that writes.
        started: when it began, in seconds since 1970.
        until: when the right ends.
    """

    number: int
    owner: str
    machine: str
    pid: int
    started: float
    until: float

    @property
    def name(self) -> str:
        """Of its object."""
        return f"{LEASES}/{self.number:08d}.json"

    def is_held(self, now: float | None = None) -> bool:
        """Whether somebody may still write by it."""
        return self.until > (time.time() if now is None else now)

    def may_be_held(self) -> bool:
        """The same, whatever the clocks say."""
        return self.until > time.time() - _MOST_SKEW_S


class LeaseLostError(HarnessError):
    """Another process writes the run."""


def new_owner() -> str:
    """The name of a new working copy."""
    return secrets.token_hex(16)


def last_lease(store: Store) -> Lease | None:
    """The lease that counts; None if nobody has written here.

    Raises:
        HarnessError: the store cannot be asked, or the lease is damaged.
    """
    named = patiently(lambda: _last_object(store), FIRST_S)
    if named is None:
        return None
    name, data = named
    try:
        lease = Lease(**json_value(data.decode()))
        valid = lease.name == name and all(
            isinstance(value, int | float) for value in (lease.started, lease.until)
        )
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise HarnessError(f"{store.address}/{name}: damaged. If nobody writes there, delete it.")
    return lease


def _last_object(store: Store) -> tuple[str, bytes] | None:
    names = store.found(LEASES)
    return (max(names), store.read(max(names), _MOST_BYTES)) if names else None  # which may be gone meanwhile


def take_lease(store: Store, owner: str, tell: Callable[[str], None]) -> tuple[Lease, Lease | None]:
    """Become the one who writes, if need be after the last one has not been heard of for `LASTS_S`.

    Args:
        store: of the run.
        owner: of the working copy, whose lock the caller holds: an earlier process of it is dead.
        tell: takes a sentence.

    Returns:
        The lease, and the one before it.

    Raises:
        HarnessError: another working copy is being written.
    """
    last = _last_at_rest(store, owner, tell)
    now, number = time.time(), 1 if last is None else last.number + 1
    lease = Lease(number, owner, os.uname().nodename, os.getpid(), now, now + LASTS_S)
    store.create(lease.name, _json(lease))
    if last_lease(store) != lease:  # what `create` says is not enough: a request whose answer was lost is repeated
        raise HarnessError(f"{store.address}: another process has just begun to write here. Let it go on.")
    store.require_creates(lease.name, _json(lease))
    if last is not None:
        store.delete(last.name)
    return lease, last


def _last_at_rest(store: Store, owner: str, tell: Callable[[str], None]) -> Lease | None:
    """The last lease, once its process does not write any more.

    What the other machine's clock says is believed to within an hour.
    """
    last = found = last_lease(store)
    end = time.monotonic() + LASTS_S
    while found is not None and last is not None and last.owner != owner and last.may_be_held():
        if last is found:
            tell(
                f"{store.address}: process {last.pid} on {last.machine} has not said that it ended. "
                f"If nothing is heard of it for up to {LASTS_S:.0f} s, this one goes on in its place."
            )
        if last.until != found.until:
            raise HarnessError(f"{store.address}: process {last.pid} on {last.machine} writes here. Let it go on.")
        if time.monotonic() > end:
            break
        time.sleep(_LOOKS_S)
        last = last_lease(store)
    return last


def renewed(store: Store, lease: Lease) -> Lease:
    """The lease, for longer.

    Raises:
        LeaseLostError: there is a later one.
        HarnessError: the store cannot be asked.
    """
    require_last(store, lease)
    longer = replace(lease, until=time.time() + LASTS_S)
    store.write(lease.name, _json(longer))
    return longer


def require_last(store: Store, lease: Lease) -> None:
    """Check that nobody else has taken the run over.

    Raises:
        LeaseLostError: somebody has.
        HarnessError: the store cannot be asked.
    """
    numbers = [name for name in store.found(LEASES) if name > lease.name]
    if numbers:
        raise LeaseLostError(
            f"{store.address}: another process has taken this run over, as nothing was heard of this one for "
            f"{LASTS_S:.0f} s. This one has ended; what it had sent is kept."
        )


def give_back(store: Store, lease: Lease) -> None:
    """Let others write at once."""
    require_last(store, lease)
    store.write(lease.name, _json(replace(lease, until=0.0)))


def _json(lease: Lease) -> bytes:
    return json.dumps(asdict(lease)).encode()
