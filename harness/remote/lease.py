"""Who writes a run at an address: leases, each with the next number, of which the last one counts.

A lease is an object that can be made only where there is none, so of two machines that want the same number one gets
it. It is renewed while its process writes. Whoever finds that a later number exists has been taken for dead, and
stops. Clocks of machines that differ by less than `LASTS_S` are good enough: a lease that is taken too early ends the
other writer, and loses nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, replace

from harness.errors import HarnessError
from harness.files import json_value
from harness.remote.store import Store

LEASES = ".leases"
LASTS_S = 60.0
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
    names = store.found(LEASES)
    if not names:
        return None
    name = max(names)
    try:
        lease = Lease(**json_value(store.read(name, _MOST_BYTES).decode()))
        valid = lease.name == name and all(
            isinstance(value, int | float) for value in (lease.started, lease.until)
        )
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise HarnessError(f"{store.address}/{name}: damaged. If nobody writes there, delete it.")
    return lease


def take_lease(store: Store, owner: str, last: Lease | None) -> Lease:
    """Become the one who writes.

    Args:
        store: of the run.
        owner: of the working copy, whose lock the caller holds: an earlier process of it is dead.
        last: `last_lease`.

    Raises:
        HarnessError: another working copy is being written.
    """
    now = time.time()
    if last is not None and last.owner != owner and last.is_held(now):
        raise HarnessError(
            f"{store.address}: process {last.pid} on {last.machine} writes here. If it is gone, its right ends in "
            f"{last.until - now:.0f} s: repeat the command then."
        )
    lease = Lease(
        1 if last is None else last.number + 1, owner, os.uname().nodename, os.getpid(), now, now + LASTS_S
    )
    if not store.create(lease.name, _json(lease)):
        raise HarnessError(f"{store.address}: another process has just begun to write here. Let it go on.")
    if last is not None:
        store.delete(last.name)
    return lease


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
