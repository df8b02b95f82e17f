"""One file from the network: bounded, checked, and gone on with where an earlier attempt ended.

What has arrived is kept beside the file until it is whole. A server is asked for the rest only if it is sure to be
of the same file: it named a version of it (RFC 9110, sections 8.8 and 13.1.5), or a published checksum tells.
"""

from __future__ import annotations

import errno
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from harness.cards.access import Download
from harness.errors import HarnessError
from harness.fetching.disk_space import SPARE_BYTES, bytes_left
from harness.files import atomic, read_json
from harness.models.fetched_address import Answer, StatusError, fetch
from harness.models.services.reachable import AddressRefusedError, Reachable

MAX_BYTES = 500 * 10**9
"""Of a file whose size is not published."""

ATTEMPTS = 5
"""At an address, one after another without a single new byte."""

LATER = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS)
"""Statuses after which the same request may succeed, as after those of a server's own faults."""

TOTAL_S = 7 * 24 * 3_600.0
CHUNK_BYTES = 2**20

Progress = Callable[[int, int | None], None]
"""Is told how many bytes there are, of how many in all, if that is known."""


@dataclass(frozen=True)
class FetchedFile:
    """A file that is whole.

    Attributes:
        path: where it is.
        url: whence it came.
        size: bytes.
        sha256: of what came.
        checked_by: ``sha256`` or ``md5``, which the card states; None if nothing is published.
    """

    path: Path
    url: str
    size: int
    sha256: str
    checked_by: str | None


def fetch_file(download: Download, path: Path, allow_hosts: Sequence[str], progress: Progress) -> FetchedFile:
    """Fetch a file, from the first of its addresses that delivers it.

    Args:
        download: its addresses, size and checksum.
        path: where it goes; its folder exists.
        allow_hosts: that the user lets it be fetched from, private or without encryption.
        progress: see `Progress`.

    Raises:
        HarnessError: it cannot be fetched, or is not the file of the card. What has arrived of it is kept, so that
            the next call goes on.
    """
    problems = []
    for url in (download.url, *download.mirrors):
        part = _Part(path, url, is_known=bool(download.sha256 or download.md5))
        try:
            _complete(download, part, Reachable(tuple(allow_hosts)), progress)
            return _whole(download, part, path)
        except _NotDeliveredError as error:
            problems.append(f"{url}: {error}")
    raise HarnessError(f"{download.name} cannot be fetched. {' '.join(problems)} The same command goes on later.")


class _NotDeliveredError(Exception):
    """An address does not deliver the file; another one may."""


class _Part:
    """What there is of a file, and the version that its server named."""

    def __init__(self, path: Path, url: str, *, is_known: bool) -> None:
        self.path = path.with_name(f"{path.name}.part")
        self._about = path.with_name(f"{path.name}.part.json")
        self.url, self._is_known = url, is_known

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    def request_headers(self) -> dict[str, str]:
        """Those that ask for the rest; none where all of it has to be fetched."""
        about = self._read()
        if not self.size:
            return {}
        if about["url"] == self.url and about["version"]:
            return {"Range": f"bytes={self.size}-", "If-Range": about["version"]}
        return {"Range": f"bytes={self.size}-"} if self._is_known else {}

    def begin(self, answer: Answer) -> None:
        """Forget what there is, unless the rest of it follows."""
        follows = answer.status == httpx.codes.PARTIAL_CONTENT and answer.header("content-range").startswith(
            f"bytes {self.size}-"
        )
        if not follows:
            if answer.status == httpx.codes.PARTIAL_CONTENT:
                raise _NotDeliveredError("the server sends another part than it was asked for.")
            self.path.write_bytes(b"")
        version = answer.header("etag")
        if version.startswith("W/") or not version:
            version = answer.header("last-modified")
        with atomic(self._about) as partial:
            partial.write_text(json.dumps({"url": self.url, "version": version}), encoding="utf-8")

    def forget(self) -> None:
        """Remove it."""
        self.path.unlink(missing_ok=True)
        self._about.unlink(missing_ok=True)

    def _read(self) -> dict[str, str]:
        try:
            about = read_json(self._about)
            return {"url": str(about["url"]), "version": str(about["version"])}
        except (OSError, ValueError, TypeError, LookupError):
            return {"url": "", "version": ""}


def _complete(download: Download, part: _Part, reachable: Reachable, progress: Progress) -> None:
    """Fetch until all of it is there.

    Raises:
        _NotDeliveredError: the server does not deliver it.
        HarnessError: an address may not be reached; the disk is full; the file is too large.
    """
    attempts, most = 0, part.size
    while attempts < ATTEMPTS:
        if download.size is not None and part.size == download.size:
            return
        time.sleep(attempts)
        try:
            _fetch_rest(download, part, reachable, progress)
            return
        except AddressRefusedError as error:
            raise HarnessError(f"{part.url} leads to {_advised(error)}") from None
        except StatusError as error:
            problem = str(error)
            if error.status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
                part.forget()  # all of it was there, or there is another file now
            elif error.status < 500 and error.status not in LATER:
                raise _NotDeliveredError(f"{problem}.") from None
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO):
                raise HarnessError(f"{part.path} cannot be written ({error.strerror}).") from None
            problem = str(error) or type(error).__name__
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = str(error) or type(error).__name__
        attempts = 1 if part.size > most else attempts + 1  # what comes again is no progress
        most = max(most, part.size)
    raise _NotDeliveredError(f"{problem}.")


def _advised(error: AddressRefusedError) -> str:
    return f"{error}.".replace("model.allow_hosts=[", "--allow-host ").replace("].", ".")


def _fetch_rest(download: Download, part: _Part, reachable: Reachable, progress: Progress) -> None:
    most = MAX_BYTES if download.size is None else download.size
    file: BinaryIO | None = None
    total: int | None = None

    def begin(answer: Answer) -> None:
        nonlocal file, total
        part.begin(answer)
        coming = answer.header("content-length")
        total = part.size + int(coming) if coming.isdecimal() else download.size
        _require_space(part.path, (total or part.size) - part.size)
        file = part.path.open("ab")

    def write(chunk: bytes) -> None:
        assert file is not None
        if file.tell() + len(chunk) > most:
            part.forget()
            raise _NotDeliveredError(f"more than the {most:,} bytes that it may have.")
        file.write(chunk)
        progress(file.tell(), total)

    try:
        fetch(part.url, reachable, write, TOTAL_S, headers=part.request_headers(), begin=begin)
    finally:
        if file is not None:
            file.close()
    if total is not None and part.size < total:
        raise OSError(f"the connection ended after {part.size:,} of {total:,} bytes")


def _require_space(path: Path, num_bytes: int) -> None:
    left = bytes_left(path.parent)
    if num_bytes > left:
        raise HarnessError(
            f"{path.parent}: {num_bytes / 1e9:.1f} GB are to come, and {(left + SPARE_BYTES) / 1e9:.1f} GB are "
            f"free, of which {SPARE_BYTES / 1e9:.1f} GB stay free. Make room, or choose another disk."
        )


def _whole(download: Download, part: _Part, path: Path) -> FetchedFile:
    """Check what is there, and give it its name.

    Raises:
        _NotDeliveredError: it is another file; it is removed.
    """
    size = part.size
    digests = {"sha256": hashlib.sha256(), "md5": hashlib.md5(usedforsecurity=False)}
    with part.path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            for digest in digests.values():
                digest.update(chunk)
    found = {name: digest.hexdigest() for name, digest in digests.items()}
    stated = {"size": download.size, "sha256": download.sha256, "md5": download.md5}
    for name, value in stated.items():
        if value is not None and value != (size if name == "size" else found[name]):
            part.forget()
            raise _NotDeliveredError(
                f"it is not the file of the card: expected {name} {value}, found "
                f"{size if name == 'size' else found[name]}."
            )
    part.path.rename(path)
    part.forget()
    checked_by = next((name for name in ("sha256", "md5") if stated[name] is not None), None)
    return FetchedFile(path, part.url, size, found["sha256"], checked_by)
