"""A run whose folder is at an address: it is worked on in a copy on this machine, which is sent as it grows.

The copy stays in the cache when the command ends. A store that is away does not hold the run up: what could not be
sent is sent when it is back, or by the next command. The machine may be lost: what was sent is a run that another
one goes on with, as after a kill.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.errors import HarnessError
from harness.files import canonical_bytes, read_json, read_text, sha256_bytes, write_bytes
from harness.inference.lock import locked
from harness.inference.lock_holder import WRITER
from harness.remote import lease as leases
from harness.remote.address import protocol_of, remote_address
from harness.remote.lease import (
    Lease,
    LeaseLostError,
    give_back,
    last_lease,
    new_owner,
    renewed,
    require_last,
    take_lease,
)
from harness.remote.run_copy import RunCopy, fetch_run, of_run
from harness.remote.store import FIRST_S, PATIENCE_S, WHOLE_OR_NOT, Store, patiently
from harness.remote.store_errors import StoreError
from harness.resources import cache_dir

COPIES = "runs"
_EVERY_S = 5.0
_RENEWALS = 4
"""Of a lease, in the time that it lasts."""

_PARTING_S = 10.0
"""So long a run that was stopped tries to send what it has finished."""


@contextmanager
def kept_at(out: Path | None, tell: Callable[[str], None], every_s: float = _EVERY_S) -> Iterator[Path | None]:
    """The folder to work in: that of a path itself; of an address, a copy that is sent while the block runs.

    Args:
        out: of the run.
        tell: takes a sentence.
        every_s: seconds between two times that what is new is sent.

    Raises:
        HarnessError: the store cannot be used, another process writes the run, or what is finished could not be
            sent; then it is in the copy, and the same command sends it.
    """
    address = None if out is None else remote_address(out)
    if address is None:
        yield out
        return
    if protocol_of(address) not in WHOLE_OR_NOT:
        raise HarnessError(
            f"out={address}: a run can be kept at {', '.join(sorted(WHOLE_OR_NOT))}: elsewhere an object may "
            "appear in part."
        )
    home = _home(address)
    with locked(home):
        sent = _SentRun(Store(address), home, tell)
        with sent.sending(every_s):
            yield sent.folder


def copy_for_reading(path: Path, *, at_rest: bool = False) -> Path:
    """The folder of a run that is read: that of a path itself; of an address, a copy of what is there now.

    Args:
        path: or address.
        at_rest: refuse a run that is being written.

    Raises:
        HarnessError: the store cannot be used, or there is no run.
    """
    address = remote_address(path)
    if address is None:
        return path
    store, home = Store(address), _home(address)
    lease = last_lease(store)
    if at_rest and lease is not None and lease.is_held():
        raise HarnessError(f"{address}: process {lease.pid} on {lease.machine} writes here. Wait for it to end.")
    if lease is not None and lease.owner == _owner(home) and (home / "run" / "plan.yaml").is_file():
        return home / "run"
    with locked(home / "reading"):
        return _read_copy(store, home / "reading" / "run", lease)


def _read_copy(store: Store, folder: Path, lease: Lease | None) -> Path:
    patiently(lambda: _bring_up_to_date(store, folder))
    if lease is not None and lease.is_held():
        of_writer = {"machine": lease.machine, "pid": lease.pid, "started": lease.started, "until": lease.until}
        write_bytes(canonical_bytes(of_writer), folder / WRITER)
    return folder


def _bring_up_to_date(store: Store, folder: Path) -> None:
    """Have what is at the address now. If some of it is gone by the time that it is read, this may be repeated."""
    found = of_run(store)
    if "plan.yaml" not in found:
        raise HarnessError(f"{store.address}: there is no plan.yaml. Is this the address of a run?")
    noted = folder.parent / "versions.json"
    before = read_json(noted) if noted.is_file() else {}
    now = {name: stored.version for name, stored in found.items()}
    logs = {name: stored for name, stored in found.items() if ".jsonl" in name}
    new = {
        name: one for name, one in found.items() if now[name] != before.get(name) or not (folder / name).is_file()
    }
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(folder).as_posix() not in found:
            path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    fetch_run(store, folder, new | logs)
    write_bytes(canonical_bytes(now), noted)


def _home(address: str) -> Path:
    return cache_dir() / COPIES / sha256_bytes(address.encode())[:16]


def _owner(home: Path) -> str | None:
    path = home / "owner"
    return read_text(path).strip() if path.is_file() else None


class _SentRun:
    """The copy of a run that is written here. The caller holds the lock of its home."""

    def __init__(self, store: Store, home: Path, tell: Callable[[str], None]) -> None:
        self.folder = home / "run"
        self._store = store
        self._tell = tell
        self._copy = RunCopy(store, self.folder)
        self._ending = threading.Event()
        self._lost: LeaseLostError | None = None
        self._is_away = False
        owner = _owner(home) or new_owner()
        write_bytes(owner.encode(), home / "owner")
        self._lease, last = patiently(lambda: take_lease(store, owner, tell), FIRST_S)
        is_own = last is not None and last.owner == owner and self.folder.is_dir()
        fetching = home / "fetching"
        try:
            if not is_own or fetching.exists() or not patiently(self._copy.keep):
                write_bytes(b"", fetching)  # a copy that is here in part is not gone on with
                patiently(self._copy.pull)
                fetching.unlink()
        except BaseException:
            self._give_back()
            raise

    @contextmanager
    def sending(self, every_s: float) -> Iterator[None]:
        """Send what is new while the block runs, and all of it at the end."""
        with self._held():
            thread = threading.Thread(target=self._send_often, args=(every_s,), daemon=True, name="sending")
            thread.start()
            try:
                yield
            except BaseException as error:
                self._end(thread)
                if self._lost is not None:
                    raise self._lost from error
                with suppress(HarnessError, OSError):  # the first error says more
                    patiently(self._push, _PARTING_S)
                raise
            else:
                self._end(thread)
                self._send_last()

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep the lease in a thread of its own, as a large table may take longer to send than a lease lasts."""
        is_over = threading.Event()

        def hold() -> None:
            while not is_over.wait(leases.LASTS_S / _RENEWALS):
                try:
                    self._lease = renewed(self._store, self._lease)
                except LeaseLostError as error:
                    self._lost = error
                    os.kill(os.getpid(), signal.SIGINT)  # whatever the main thread waits for
                    return
                except HarnessError:
                    continue  # the store is away, as whoever sends finds out

        thread = threading.Thread(target=hold, daemon=True, name="lease")
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            self._give_back()

    def _end(self, thread: threading.Thread) -> None:
        self._ending.set()
        thread.join()

    def _send_often(self, every_s: float) -> None:
        while not self._ending.wait(every_s):
            try:
                self._push()
            except LeaseLostError:
                return  # which the lease itself finds out, too
            except (HarnessError, OSError) as error:
                if not self._is_away:
                    self._tell(f"{error} The run goes on; what is new is sent when it can be.")
                self._is_away = True
            else:
                if self._is_away:
                    self._tell(f"{self._store.address}: all that is new is sent.")
                self._is_away = False

    def _send_last(self) -> None:
        if self._lost is not None:
            raise self._lost
        try:
            patiently(self._push)
            self._push()  # what is gone for the second time
        except LeaseLostError:
            raise
        except (StoreError, OSError) as error:
            raise HarnessError(
                f"{error} What is finished is in {self.folder}; the same command sends it (tried for "
                f"{PATIENCE_S:.0f} s)."
            ) from None

    def _push(self) -> None:
        require_last(self._store, self._lease)
        self._copy.push(self._lease.number, lambda: require_last(self._store, self._lease))

    def _give_back(self) -> None:
        with suppress(HarnessError):
            give_back(self._store, self._lease)
