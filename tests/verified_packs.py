"""What verifying a pack finds, in short."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from harness.packs.lines import Status
from harness.packs.signing_keys import PublicKey
from harness.packs.verify_pack import verify


def statuses(pack: Path, *trusted: PublicKey, previous: Sequence[Path] = ()) -> dict[str, list[str]]:
    """The statuses of the lines by what they are about."""
    found = defaultdict(list)
    for line in verify(pack, trusted, previous):
        found[line.text.partition(":")[0]].append(str(line.status))
    return dict(found)


def broken(pack: Path, *trusted: PublicKey, previous: Sequence[Path] = ()) -> str | None:
    """The promise that is broken; None if all hold or are open."""
    lines = list(verify(pack, trusted, previous))
    found = [line.text for line in lines if line.status is Status.BROKEN]
    assert not found or lines[-1].text == found[0]
    return found[0] if found else None
