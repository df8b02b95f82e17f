"""Logs a pack to MLflow: its run, with every file of the pack as an artifact, byte for byte.

Only a pack that verifies is sent, from a private copy of what its manifest names, with the manifest and its
signatures. The run is there once for each manifest; a pack that was signed since is brought up to date. The run
of a pack names nobody, so it is sent as it is.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import read_bytes, sha256_bytes
from harness.packs.lines import Status
from harness.packs.manifest import MANIFEST, MAX_MANIFEST_BYTES, Manifest, manifest_of
from harness.packs.pack_folder import RUN, measured
from harness.packs.received_pack import copy_pack, read_signatures
from harness.packs.verify_pack import verify
from harness.tracking.delivery import ARTIFACTS, Delivery, Sender, deliver
from harness.tracking.track_run import TrackedRun, configured, run_delivery
from harness.wording import printable

EVIDENCE = "evidence"
"""The folder of the pack among the artifacts."""

PACK_TAG = "harness.manifest_sha256"
MAX_TAG = 500


def is_pack(folder: Path) -> bool:
    """Whether a folder is that of a pack, and not that of a run."""
    return os.path.lexists(folder / MANIFEST)


def track_pack(
    pack: Path, *, uri: str | None = None, experiment: str | None = None, timeout_s: float | None = None
) -> TrackedRun:
    """Log a pack to MLflow. Nothing is written into its folder, which a file more would break.

    Args:
        pack: the folder; nothing in it is trusted.
        uri: as for `harness.tracking.track_run.track`.
        experiment: likewise.
        timeout_s: likewise.

    Raises:
        HarnessError: it is not a pack, or does not verify; the server does not answer in time or refuses; the
            database cannot be written.
    """
    uri, experiment, timeout_s = configured(uri, experiment, timeout_s)
    with Sender() as sender, tempfile.TemporaryDirectory(prefix="harness-track-") as private:
        sender.start(uri)
        copy = Path(private) / ARTIFACTS / EVIDENCE
        try:
            copy_pack(pack, copy)
            _require_verified(copy)
            delivery = _delivery(copy, uri, experiment)
        except HarnessError as error:  # what was found in the copy is so in the pack
            raise HarnessError(f"{pack}: not sent. {str(error).replace(str(copy), str(pack))}") from None
        return TrackedRun(**deliver(sender, delivery, Path(private), timeout_s))


def _require_verified(pack: Path) -> None:
    for line in verify(pack):
        if line.status is Status.BROKEN:
            raise HarnessError(f"This pack is not what it says: {line.sentence}")


def _delivery(pack: Path, uri: str, experiment: str) -> Delivery:
    data = read_bytes(pack / MANIFEST, MAX_MANIFEST_BYTES)
    manifest, digest = manifest_of(data, Manifest), sha256_bytes(data)
    run = RunFolder(pack / RUN)
    of_run = run_delivery(run, run.read_plan().plan, uri, experiment, f"{EVIDENCE}/{RUN}/report.html")
    assert of_run.model is not None, "a run has a system"
    return replace(
        of_run,
        key=(PACK_TAG, digest),
        tags={**of_run.tags, **_tags(pack, manifest)},
        model=replace(of_run.model, tags={f"harness.pack.{manifest.pack_id}": digest}),
        is_renewed=True,
    )


def _tags(pack: Path, manifest: Manifest) -> dict[str, str]:
    signers = dict.fromkeys(signed.public.signer for signed in read_signatures(pack).values())
    names = "; ".join(f"{one.name} ({one.role}, {one.organisation})" for one in signers)
    before = manifest.previous
    return {
        "harness.pack_id": manifest.pack_id,
        "harness.packed_run_sha256": manifest.run.run_sha256,
        "harness.scope": measured(pack, manifest, None).scope.outcome,
        "harness.signers": printable(names)[:MAX_TAG] or "nobody",
        **({} if before is None else {"harness.previous_pack": printable(before.pack_id)}),
    }
