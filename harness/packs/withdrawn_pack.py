"""The pack of a run from which people have withdrawn, chained to the one before."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from harness.evidence.run_folder import RunFolder
from harness.files import write_json
from harness.packs.make_pack import Pack, PackChoices, make_pack
from harness.packs.registration import REGISTRATION, copied_registration, differences
from harness.packs.signing_keys import SigningKey
from harness.progress import UNSEEN, Share

_CHANGED = (
    "dataset.num_samples",
    "dataset.num_subjects",
    "dataset.samples_sha256",
    "dataset.withdrawn",
    "attributes",
    "power",
)
"""What a withdrawal changes in a plan."""


def pack_without(
    before: Path,
    run: Path,
    *,
    dossier: Path,
    previous: Path,
    reason: str,
    keys: Sequence[SigningKey],
    now: datetime,
    progress: Share = UNSEEN,
) -> Pack:
    """Make the pack of a run from which people have withdrawn.

    If the plan was registered, what the withdrawal changed in it is explained by the reason, in the name of the
    first who signs.

    Args:
        before: the folder of the run with them.
        run: that without them.
        dossier: what people state about the system.
        previous: the pack before.
        reason: why people were withdrawn.
        keys: with which the pack is signed.
        now: the date, with a time zone.
        progress: see `harness.packs.make_pack.make_pack`.

    Raises:
        HarnessError: see `harness.packs.make_pack.make_pack`.
    """
    choices = PackChoices(dossier=dossier, keys=keys, previous=previous, reason=reason)
    registration = before / REGISTRATION
    if not registration.is_file():
        return make_pack(run, choices, now, progress)
    registered = copied_registration(registration, run)
    if not keys:
        return make_pack(run, choices, now, progress)
    found = [one.what for one in differences(registered.plan, RunFolder(run).read_plan().plan)]
    changed = [key for key in _CHANGED if any(what == key or what.startswith(f"{key}.") for what in found)]
    why = {"who": keys[0].public.name, "when": now.date().isoformat(), "why": reason}
    with tempfile.TemporaryDirectory(prefix="harness-withdraw-") as scratch:
        deviations = Path(scratch) / "deviations.yaml"
        write_json(dict.fromkeys(changed, why), deviations)  # JSON is YAML, too
        return make_pack(run, replace(choices, deviations=deviations), now, progress)
