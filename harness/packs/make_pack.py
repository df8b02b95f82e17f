"""Makes a pack of a finished run: everything in one folder, nothing that names people, hashed and signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness import __version__
from harness.cards.facts import validation_problems
from harness.conformity.all_documents import DOCUMENTS, pdf_documents
from harness.conformity.dossier import read_dossier
from harness.conformity.measured_run import pack_id
from harness.errors import HarnessError
from harness.evidence.names_in_plan import id_pieces, people_named
from harness.evidence.run_folder import RunFolder
from harness.evidence.unchanged_evidence import record_of_unchanged
from harness.evidence.whole_folder import require_free, whole_folder
from harness.files import own_sources_sha256, read_bytes, sha256_bytes, write_bytes
from harness.packs.anonymity import anonymity, require_anonymity
from harness.packs.common_choices import TAKEN, CommonChoices
from harness.packs.crate import CRATE
from harness.packs.exposed import exposed
from harness.packs.identity import measured_on, measured_system, run_identity
from harness.packs.made_files import crate_bytes, made_files
from harness.packs.manifest import (
    MANIFEST,
    Anonymity,
    Manifest,
    Previous,
    StatedDeviation,
    manifest_of,
    with_files,
)
from harness.packs.pack_folder import DEFAULT_NAME, DOSSIER, RUN, stated
from harness.packs.public_run import write_public_run
from harness.packs.recomputed import Recomputed, recompute, without_reason
from harness.packs.registration import REGISTRATION, RegisteredPlan, copied_registration, differences, explained
from harness.packs.sign_pack import write_signature
from harness.packs.verdict_summary import signed_verdicts
from harness.progress import UNSEEN, Share
from harness.tables.versions import read_table
from harness.wording import joined, quantity

_NEEDED = ("plan.yaml", "samples.parquet", "predictions.parquet", "results.parquet", "curves.parquet")
_RESULTS = ("results.parquet", "results.csv", "curves.parquet")

REPLACED, MEASURED, MADE, SEARCHED = 5, 16, 2, 11
"""What it costs in comparison to write tables without names, to measure them again, to make report and documents,
and to search all files for what must not leave the machine."""


@dataclass(frozen=True, kw_only=True)
class PackChoices(CommonChoices):
    """What a pack is made with, besides the run.

    Attributes:
        previous: the pack before of the same system, or its manifest.
        reason: why there is a new one.
        registration: of the plan; None: that in the folder of the run, if there is one.
        deviations: reasons for what differs from the registered plan, see `explained`.
        pdf: whether documents are made as PDF, too.
    """

    previous: Path | None = None
    reason: str = ""
    registration: Path | None = None
    deviations: Path | None = None
    pdf: bool = False


@dataclass(frozen=True)
class Pack:
    """A pack that was made."""

    path: Path
    manifest: Manifest


def make_pack(folder: Path, choices: PackChoices, now: datetime, progress: Share = UNSEEN) -> Pack:
    """Make a pack of a finished run.

    Args:
        folder: of the run.
        choices: what it is made with.
        now: the date, with a time zone.
        progress: told of what is written, measured again and searched.

    Raises:
        HarnessError: the run is not finished or was changed; its results do not follow from its tables; a file to
            be packed holds a secret; fewer people than wanted share their attributes; the place is taken.
    """
    run = RunFolder(folder)
    record = record_of_unchanged(run, _NEEDED)
    if lost := [name for name in run.changed_files() if name in _RESULTS]:
        raise HarnessError(
            f"{folder}: {lost[0]} is missing, or not what the run wrote. If it is missing, harness score {folder} "
            "computes it again; a changed one is to be deleted first."
        )
    place = choices.into or folder / DEFAULT_NAME
    require_free(place, TAKEN)
    read_dossier(choices.dossier)  # before anything takes time
    previous = _previous(choices)
    try:
        with whole_folder(place, TAKEN) as beside:
            manifest = _fill(beside, run, record, choices, previous, now, progress)
            verdicts = signed_verdicts(manifest, read_table(beside / RUN / "results.parquet", "results").table)
            for key in choices.keys:
                write_signature(beside, manifest, verdicts, key, now)
        progress.end()
    except ValidationError as error:
        raise HarnessError(
            f"{folder}: not packed, as its manifest could not be read: {validation_problems(error)}"
        ) from None
    return Pack(place, manifest)


def read_manifest(pack: Path) -> Manifest:
    """The manifest of a pack that is trusted.

    Raises:
        HarnessError: there is none, or it is malformed.
    """
    path = pack / MANIFEST if pack.is_dir() else pack
    try:
        return manifest_of(read_bytes(path), Manifest)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise HarnessError(
            f"{path}: not the manifest of a pack ({why}). Give the folder that harness pack wrote, such as "
            f"DIR/{DEFAULT_NAME}."
        ) from None


def _fill(
    pack: Path,
    run: RunFolder,
    record: Mapping[str, Any],
    choices: PackChoices,
    previous: Previous | None,
    now: datetime,
    progress: Share,
) -> Manifest:
    """Write every file of a pack but the signatures."""
    replacing, measuring, making, searching = progress.split(REPLACED, MEASURED, MADE, SEARCHED)
    public = write_public_run(run, pack / RUN, replacing)
    found = _recomputed(run, public, measuring)
    write_bytes(read_bytes(choices.dossier), pack / DOSSIER)
    registered = _registered(run, pack, choices)
    plan = public.read_plan()
    draft = Manifest(
        harness=__version__,
        packed_by_sha256=own_sources_sha256(),
        code_sha256=plan.plan["code_sha256"],
        created=now.isoformat(timespec="seconds"),
        pack_id=pack_id(plan.sha256, found.results),
        system=measured_system(plan.plan),
        dataset=measured_on(plan.plan, record),
        run=run_identity(public),
        signers=choices.signers,
        withheld=list(found.differing_checks),
        anonymity=_anonymity(run, public, choices.min_anonymity),
        deviations=_deviations(registered, plan.plan, choices),
        previous=previous,
        files=[],
    )
    made = dict(made_files(pack, draft, registered))
    pages = {path: data for path, data in made.items() if path.startswith(f"{DOCUMENTS}/")}
    for path, data in {**made, **(pdf_documents(pages) if choices.pdf else {})}.items():
        write_bytes(data, pack / path)
    making.end()
    write_bytes(crate_bytes(pack, with_files(draft, pack)), pack / CRATE)
    manifest = with_files(draft, pack)
    people = people_named(run.read_plan().plan, id_pieces(run / "samples.parquet"))
    if leaks := exposed(pack, [file.path for file in manifest.files], people, searching):
        raise HarnessError(
            f"{run.path}: not packed, as it would tell what must not leave this machine: {joined(leaks)}. Remove "
            "it from where it comes from (cards, dossier, the answers of the system), and measure again."
        )
    write_bytes(manifest.canonical(), pack / MANIFEST)
    return manifest


def _recomputed(run: RunFolder, public: RunFolder, progress: Share) -> Recomputed:
    """The results, after a check that they follow from the tables without names."""
    found = recompute(public, progress=progress)
    wrong = [
        *found.differing,
        *(f"check {name}" for name in without_reason(found.differing_checks)),
        *([] if found.curves_differ is None else [f"curves: {found.curves_differ}"]),
    ]
    if wrong:
        raise HarnessError(
            f"{run.path}: {quantity(len(wrong), 'row')} of the results do not follow from tables without names "
            f"({wrong[0]}). If measure.match_on names an attribute, matching needs its answers, which a pack does "
            f"not have. Otherwise the run was measured by another version: see harness score {run.path}"
        )
    return found


def _registered(run: RunFolder, pack: Path, choices: PackChoices) -> RegisteredPlan | None:
    """The plan that was signed before the run, whose file is copied."""
    path = choices.registration or run / REGISTRATION
    if choices.registration is None and not path.is_file():
        if choices.deviations is not None:
            raise HarnessError(f"{choices.deviations}: no plan was registered, so there is nothing to explain.")
        return None
    return copied_registration(path, pack)


def _deviations(
    registered: RegisteredPlan | None, plan: Mapping[str, Any], choices: PackChoices
) -> list[StatedDeviation]:
    if registered is None:
        return []
    return [stated(one) for one in explained(differences(registered.plan, plan), choices.deviations)]


def _anonymity(run: RunFolder, public: RunFolder, least: int) -> Anonymity:
    samples = read_table(public / "samples.parquet", "samples").table
    found = anonymity(samples, int(public.read_plan().plan["measure"]["min_subjects"]))
    require_anonymity(found, least, run.path, "Group people more coarsely (attributes.bands) in a new run.")
    return found


def _previous(choices: PackChoices) -> Previous | None:
    if choices.previous is None:
        return None
    manifest = read_manifest(choices.previous)
    digest = sha256_bytes(manifest.canonical())
    try:
        return Previous(pack_id=manifest.pack_id, manifest_sha256=digest, reason=choices.reason)
    except ValidationError as error:
        raise HarnessError(f"Why there is a new pack: {validation_problems(error)}") from None
