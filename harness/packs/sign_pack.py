"""Signs a pack: when it is made, or later, after it was verified."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.files import sha256_bytes, write_bytes
from harness.packs.attestation import TEST_RESULT, sign
from harness.packs.lines import Line
from harness.packs.manifest import MANIFEST, SIGNATURES, PackManifest
from harness.packs.pack_folder import RUN
from harness.packs.signing_keys import SigningKey
from harness.packs.verdict_summary import signed_verdicts
from harness.packs.verified_pack import verified_pack
from harness.progress import UNSEEN, Share
from harness.tables.versions import read_table

_DIGITS = 12


def add_signatures(
    pack: Path,
    keys: Sequence[SigningKey],
    now: datetime,
    show: Callable[[Line], None] | None = None,
    progress: Share = UNSEEN,
) -> list[Path]:
    """Verify a pack that is there, and sign what was verified; the paths of the new signatures.

    Args:
        pack: the folder; nothing in it is trusted.
        keys: of those who sign.
        now: the date, with a time zone.
        show: is called with each line of the verification as it is found.
        progress: of the verification.

    Raises:
        HarnessError: it is not a pack, or a key has signed it.
        BrokenPackError: a promise is broken, so that nobody signs.
    """
    for key in keys:
        require_unsigned(pack, key)
    with verified_pack(pack, show=show, progress=progress) as verified:
        results = read_table(verified.path / RUN / "results.parquet", "results").table
        verdicts = signed_verdicts(verified.manifest, results)
        return [write_signature(pack, verified.manifest, verdicts, key, now) for key in keys]


def write_signature(
    pack: Path, manifest: PackManifest, verdicts: Mapping[str, Any], key: SigningKey, now: datetime
) -> Path:
    """Sign a manifest, without verifying what it names; the path of the signature.

    Args:
        pack: the folder that gets the signature.
        manifest: of the pack.
        verdicts: that are signed with it, as the predicate test-result has them.
        key: of whoever signs.
        now: the date, with a time zone.

    Raises:
        HarnessError: the key has signed it.
    """
    place = require_unsigned(pack, key)
    digest = sha256_bytes(manifest.canonical())
    write_bytes(sign(MANIFEST, digest, TEST_RESULT, verdicts, key, now), place)
    return place


def require_unsigned(pack: Path, key: SigningKey) -> Path:
    """The place of a key's signature, where there is none yet.

    Raises:
        HarnessError: there is one.
    """
    place = pack / SIGNATURES / f"{key.public.key.keyid[:_DIGITS]}.dsse.json"
    if os.path.lexists(place):
        raise HarnessError(f"{place} exists: {key.public.name} has signed this pack with this key.")
    return place
