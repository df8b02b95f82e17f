"""What is verified of every pack, whatever it is of: files and signatures; nothing follows a broken promise."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TypeVar

from cryptography.x509 import Certificate

from harness.errors import HarnessError
from harness.files import sha256_bytes, write_bytes
from harness.packs.attestation import Signed
from harness.packs.lines import Line, Status, holds
from harness.packs.manifest import MANIFEST, PackManifest
from harness.packs.received_pack import (
    BrokenPackError,
    copy_files,
    read_manifest_of,
    read_signatures,
    read_stamps,
)
from harness.packs.signed_promises import signature_lines, stamp_lines
from harness.packs.signing_keys import PublicKey
from harness.packs.time_stamps import TimeStamp
from harness.progress import UNSEEN, Share
from harness.wording import quantity

_Kind = TypeVar("_Kind", bound=PackManifest)


def lines_until_broken(
    pack: Path, kind: type[_Kind], copy: Path | None, lines: Callable[[Path, _Kind, str], Iterator[Line]]
) -> Generator[Line, None, bytes | None]:
    """What holds of a pack, line by line; a promise that is broken is the last line.

    Args:
        pack: the folder; nothing in it is trusted.
        kind: of its manifest.
        copy: an empty folder for the private copy that is verified, which gets the manifest at the end; None: one
            that is removed afterwards.
        lines: of the copy, the manifest and its SHA-256.

    Returns:
        The bytes of the manifest; None if a promise is broken.

    Raises:
        HarnessError: there is no pack.
    """
    manifest: _Kind | None = None
    with tempfile.TemporaryDirectory(prefix="harness-verify-") if copy is None else nullcontext(copy) as private:
        try:
            manifest, data = read_manifest_of(pack, kind)
            yield from lines(Path(private), manifest, sha256_bytes(data))
            write_bytes(data, Path(private) / MANIFEST)
        except HarnessError as error:
            if manifest is None and not isinstance(error, BrokenPackError):
                raise
            yield Line(Status.BROKEN, str(error).replace(str(private), str(pack)))
            return None
    return data


def file_lines(
    pack: Path,
    copy: Path,
    manifest: PackManifest,
    manifest_sha256: str,
    trusted: Sequence[PublicKey],
    authorities: Sequence[Certificate],
    progress: Share = UNSEEN,
) -> Generator[Line, None, tuple[dict[str, Signed], dict[str, TimeStamp]]]:
    """Copy the files of a pack, and say whether they are those of its manifest, who signed it, and when.

    Args:
        pack: the folder; nothing in it is trusted.
        copy: an empty folder.
        manifest: of the pack.
        manifest_sha256: of the manifest's bytes.
        trusted: keys that the verifier has from their holders.
        authorities: certificates of authorities whose time stamps are believed.
        progress: told of every file.

    Returns:
        The signatures, and their time stamps, by the name of their file.

    Raises:
        BrokenPackError: a file, a signature or a stamp is not what it says.
    """
    num_bytes = copy_files(pack, manifest, copy, progress)
    yield holds(
        f"Files: {quantity(len(manifest.files), 'file')}, {num_bytes:,} bytes, each as the manifest names it, and "
        "no others"
    )
    signatures = read_signatures(copy)
    yield from signature_lines(signatures, manifest, manifest_sha256, trusted)
    stamps = read_stamps(copy)
    yield from stamp_lines(stamps, signatures, authorities)
    return signatures, stamps
