"""A private copy of a pack that was received: bounded, without links, and of exactly the files that it names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from harness.errors import HarnessError
from harness.evidence.received_files import copied, read_received
from harness.files import read_bytes, require_reachable
from harness.packs.attestation import MAX_ENVELOPE_BYTES, Signed, signed_of
from harness.packs.manifest import (
    MANIFEST,
    MAX_FILES,
    MAX_MANIFEST_BYTES,
    SIGNATURES,
    Manifest,
    PackManifest,
    manifest_of,
)
from harness.packs.time_stamps import MAX_STAMP_BYTES, STAMP, TimeStamp, time_stamp_of
from harness.progress import UNSEEN, Share
from harness.wording import listed

MAX_SIGNATURES = 50
ENVELOPE = ".dsse.json"


_Kind = TypeVar("_Kind", bound=PackManifest)


class BrokenPackError(HarnessError):
    """A pack that is not what it says; the message says where."""


@contextmanager
def well_formed(what: str) -> Iterator[None]:
    """For the block, a part that is missing or malformed in what was received breaks the pack.

    Raises:
        BrokenPackError: the block failed on it.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise BrokenPackError(f"{what}: a part is missing or malformed ({error!r:.200})") from None


def read_manifest_of(pack: Path, kind: type[_Kind]) -> tuple[_Kind, bytes]:
    """The manifest of a received pack, with its bytes.

    Args:
        pack: the folder.
        kind: of what it should be a pack.

    Raises:
        HarnessError: there is no pack.
        BrokenPackError: it is malformed, a link, too large, or of another kind.
    """
    data = read_manifest_bytes(pack)
    try:
        return manifest_of(data, kind), data
    except ValueError as error:
        raise BrokenPackError(f"{MANIFEST}: {error}") from None


def read_manifest_bytes(pack: Path) -> bytes:
    """The bytes of the manifest of a received pack, whatever they say.

    Raises:
        HarnessError: there is no pack.
        BrokenPackError: it is a link, or too large.
    """
    if not pack.is_dir():
        require_reachable(pack)
        raise HarnessError(f"{pack}: there is no such folder. Give the folder of a pack.")
    try:
        return read_received(pack, MANIFEST, MAX_MANIFEST_BYTES, "a manifest")
    except FileNotFoundError:
        raise HarnessError(
            f"{pack}: there is no {MANIFEST}, so this is not a pack. That of a run is the folder that harness "
            "pack wrote, such as DIR/evidence."
        ) from None
    except HarnessError as error:
        raise BrokenPackError(str(error)) from None


def copy_pack(pack: Path, into: Path) -> None:
    """Copy a received pack as it is: its manifest, what that names, signatures and time stamps, and nothing else.

    Args:
        pack: the folder.
        into: an absent or empty folder of this process's own.

    Raises:
        HarnessError: there is no pack.
        BrokenPackError: see `read_manifest_of` and `copy_files`; or a signature is no file that was written so.
    """
    manifest, data = read_manifest_of(pack, Manifest)
    copy_files(pack, manifest, into)
    (into / MANIFEST).write_bytes(data)


def copy_files(pack: Path, manifest: PackManifest, into: Path, progress: Share = UNSEEN) -> int:
    """Copy every file of a manifest, with signatures and time stamps; the bytes of those that it names.

    Progress is told of every file.

    The folder is listed once: what is verified afterwards is the copy, whatever becomes of the pack.

    Raises:
        BrokenPackError: a file is missing, changed, a link, special or too large; or there is one that is neither
            named nor a signature.
    """
    named = {file.path for file in manifest.files}
    others = sorted(path for path in _found(pack) if path not in named and path != MANIFEST)
    beside = [path for path in others if _is_signature(path) or _is_stamp(path)]
    if unnamed := [path for path in others if path not in beside]:
        raise BrokenPackError(f"not in the manifest: {listed(unnamed)}")
    if len(beside) > 2 * MAX_SIGNATURES:
        raise BrokenPackError(f"{len(beside):,} signatures and stamps, more than {2 * MAX_SIGNATURES}")
    shares = progress.split(*(file.bytes for file in manifest.files))
    for file, share in zip(manifest.files, shares, strict=True):
        sha256 = _copied(pack, file.path, into, file.bytes)
        if sha256 is None:
            found = "is larger than the manifest says" if (pack / file.path).is_file() else "is missing"
            raise BrokenPackError(f"{file.path} {found}")
        if sha256 != file.sha256 or (into / file.path).stat().st_size != file.bytes:
            raise BrokenPackError(f"{file.path} was changed (its SHA-256 is {sha256})")
        share.end()
    for path in beside:
        most = MAX_STAMP_BYTES if _is_stamp(path) else MAX_ENVELOPE_BYTES
        if _copied(pack, path, into, most) is None:
            raise BrokenPackError(f"{path} is larger than any such file, or gone")
    return sum(file.bytes for file in manifest.files)


def _copied(pack: Path, path: str, into: Path, most: int) -> str | None:
    try:
        return copied(pack, path, into / path, most)
    except HarnessError as error:
        raise BrokenPackError(str(error)) from None


def read_signatures(pack: Path) -> dict[str, Signed]:
    """The envelopes in a copy of a pack by the name of their file, not verified.

    Raises:
        BrokenPackError: one is malformed, or there are too many.
    """
    names = sorted(path for path in _found(pack) if _is_signature(path))
    if len(names) > MAX_SIGNATURES:
        raise BrokenPackError(f"{len(names):,} signatures, more than {MAX_SIGNATURES}")
    found = {}
    for name in names:
        try:
            found[name] = signed_of(read_received(pack, name, MAX_ENVELOPE_BYTES, "a signature"))
        except (ValueError, HarnessError) as error:
            raise BrokenPackError(f"{name}: {error}") from None
    return found


def read_stamps(pack: Path) -> dict[str, TimeStamp]:
    """The time stamps of signatures in a copy of a pack, by the name of what they stamp, not verified.

    Raises:
        BrokenPackError: one is malformed, or of something else.
    """
    found = {}
    for name in sorted(path for path in _found(pack) if _is_stamp(path)):
        stamped = name.removesuffix(STAMP)
        try:
            message = read_received(pack, stamped, MAX_ENVELOPE_BYTES, "a signature")
            found[stamped] = time_stamp_of(read_received(pack, name, MAX_STAMP_BYTES, "a time stamp"), message)
        except FileNotFoundError:
            raise BrokenPackError(f"{name}: {stamped}, which it would stamp, is missing") from None
        except (ValueError, HarnessError) as error:
            raise BrokenPackError(f"{name}: {error}") from None
    return found


def copied_stamp(copy: Path, name: str) -> TimeStamp | None:
    """The time stamp of a file that the manifest names, if it names the stamp as well.

    Raises:
        BrokenPackError: it is malformed, or of something else.
    """
    path = copy / f"{name}{STAMP}"
    if not path.is_file():
        return None
    try:
        return time_stamp_of(read_bytes(path, MAX_STAMP_BYTES), read_bytes(copy / name, MAX_ENVELOPE_BYTES))
    except ValueError as error:
        raise BrokenPackError(f"{path.name}: {error}") from None


def _is_signature(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder == SIGNATURES and name.endswith(ENVELOPE)


def _is_stamp(path: str) -> bool:
    return path.endswith(STAMP) and _is_signature(path.removesuffix(STAMP))


def _found(pack: Path) -> list[str]:
    """The files below a folder, links and special files among them; no link is followed."""
    found: list[str] = []
    for path in _walked(pack):
        found.append(path)
        if len(found) > MAX_FILES + 2 * MAX_SIGNATURES + 1:
            raise BrokenPackError(f"more than {MAX_FILES:,} files")
    return found


def _walked(folder: Path, prefix: str = "", depth: int = 0) -> Iterator[str]:
    if depth > 5:
        raise BrokenPackError(f"{prefix}: folders are nested too deep")
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _walked(Path(entry.path), f"{name}/", depth + 1)
            else:
                yield name
