"""The layout of a pack, and what documents are made from it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from harness.conformity.dossier import read_dossier
from harness.conformity.measured_run import Deviation, MeasuredRun, Signer, measured_run_of
from harness.conformity.scope import Scope
from harness.evidence.run_folder import RunFolder
from harness.packs.manifest import Manifest, StatedDeviation
from harness.packs.registration import REGISTRATION, RegisteredPlan
from harness.packs.time_stamps import STAMP
from harness.wording import FIXED_LINE, printable

RUN = "run"
DOSSIER = "dossier.yaml"
README = "README.md"
DEFAULT_NAME = "evidence"
GIVEN = (
    DOSSIER,
    REGISTRATION,
    f"{REGISTRATION}{STAMP}",
    *(f"{RUN}/{name}" for name in ("plan.yaml", "run.json", "folds.json", "results.parquet", "curves.parquet")),
    *(f"{RUN}/{name}.parquet" for name in ("samples", "predictions", "repeats", "media", "probes", "answers")),
    f"{RUN}/timings.parquet",
    f"{RUN}/frames.parquet",
)
"""The files of a pack from which the others are made."""


def measured(pack: Path, manifest: Manifest, registered: RegisteredPlan | None) -> MeasuredRun:
    """What every document of a pack is made from: its files, and what its manifest states.

    Args:
        pack: the folder.
        manifest: its manifest, with or without the list of files.
        registered: the plan that was signed before the run.

    Raises:
        HarnessError: a file is missing or malformed.
    """
    before = manifest.previous
    return measured_run_of(
        RunFolder(pack / RUN),
        read_dossier(pack / DOSSIER),
        signers=[Signer(**one.model_dump()) for one in manifest.signers],
        issued=datetime.fromisoformat(manifest.created).date().isoformat(),
        deviations=[Deviation(**one.model_dump()) for one in manifest.deviations],
        registered=None if registered is None else registered.summary,
        previous=None if before is None else {"id": before.pack_id, **before.model_dump(exclude={"pack_id"})},
    )


def purpose_of(pack: Path) -> str:
    """The intended purpose that a pack's dossier states.

    Raises:
        HarnessError: the dossier is malformed.
    """
    return read_dossier(pack / DOSSIER).purpose.statement


def stated(deviation: Deviation) -> StatedDeviation:
    """A deviation as the manifest has it."""
    return StatedDeviation(**asdict(deviation))


def readme(manifest: Manifest, scope: Scope) -> bytes:
    """The file that says what the folder is, what the law says of the system, and how to verify it."""
    title = printable(f"{manifest.system.title} on {manifest.dataset.title}")
    law = f"**{scope.heading}**{''.join(f' {remark}' for remark in scope.remarks)}"
    return _README.format(fixed_line=FIXED_LINE, title=title, pack_id=manifest.pack_id, law=law).encode()


_README = """# Evidence pack {pack_id}

{law}

{title}, measured with emotion-harness. {fixed_line}

Verify it, with the public keys of those who signed, which you have from them and not from here:

    pip install emotion-harness
    harness verify . --key NAME.pub

| what | where |
|---|---|
| every file with its hash | manifest.json |
| who signed, and when | signatures/ |
| plan, tables without names, results, report | run/ |
| what people state about the system | dossier.yaml |
| documents | documents/ |
| exports for registers | exports/ |

Media, names of people and of files, and answers word for word are not in it. Whoever has the data and the system
repeats the run and compares:

    harness reproduce . dataset.root=PATH
"""
