"""A pack that was verified, as what builds on it gets it: a private copy that nobody else can change."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.evidence.run_folder import RunFolder
from harness.files import read_bytes, sha256_bytes
from harness.packs.lines import Line, Status
from harness.packs.manifest import MANIFEST, Manifest, manifest_of
from harness.packs.pack_folder import RUN
from harness.packs.received_pack import BrokenPackError
from harness.packs.signing_keys import PublicKey
from harness.packs.verify_pack import verify
from harness.progress import UNSEEN, Share


@dataclass(frozen=True)
class VerifiedPack:
    """A pack of which no promise is broken.

    Attributes:
        given: the folder that was given, for messages.
        path: of the private copy of its files.
        manifest: of the pack.
        manifest_sha256: of its bytes.
        lines: what was found, see `harness.packs.verify_pack.verify`.
    """

    given: Path
    path: Path
    manifest: Manifest
    manifest_sha256: str
    lines: Sequence[Line]

    @property
    def run(self) -> RunFolder:
        """The run that it holds, without names."""
        return RunFolder(self.path / RUN)


@contextmanager
def verified_copy(
    pack: Path, lines: Callable[[Path], Iterator[Line]], show: Callable[[Line], None] | None = None
) -> Iterator[tuple[Path, Sequence[Line]]]:
    """A private copy of what was verified, its manifest included, while the block lasts, with what was found.

    Args:
        pack: the folder; nothing in it is trusted.
        lines: verifies it, with the folder of the copy.
        show: is called with each line as it is found.

    Raises:
        HarnessError: there is no pack.
        BrokenPackError: a promise is broken.
    """
    found = []
    with tempfile.TemporaryDirectory(prefix="harness-pack-") as private:
        for line in lines(Path(private)):
            found.append(line)
            if show is not None:
                show(line)
            if line.status is Status.BROKEN:
                raise BrokenPackError(f"{pack}: {line.text}")
        yield Path(private), found


@contextmanager
def verified_pack(
    pack: Path,
    trusted: Sequence[PublicKey] = (),
    show: Callable[[Line], None] | None = None,
    progress: Share = UNSEEN,
) -> Iterator[VerifiedPack]:
    """Verify a pack, and give what was verified while the block lasts.

    Args:
        pack: the folder; nothing in it is trusted.
        trusted: public keys that the caller has from their holders.
        show: is called with each line as it is found.
        progress: see `harness.packs.verify_pack.verify`.

    Raises:
        HarnessError: there is no pack.
        BrokenPackError: a promise is broken.
    """

    def lines_of(copy: Path) -> Iterator[Line]:
        return verify(pack, trusted, copy=copy, progress=progress)

    with verified_copy(pack, lines_of, show) as (copy, lines):
        data = read_bytes(copy / MANIFEST)
        yield VerifiedPack(pack, copy, manifest_of(data, Manifest), sha256_bytes(data), lines)
