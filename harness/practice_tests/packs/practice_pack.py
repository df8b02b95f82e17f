"""Makes a pack of a finished practice test: what it observed, without names, and all that follows from it.

Sources and forms of manifest and signatures are those of a run's pack, see `harness.packs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness import __version__
from harness.cards.facts import validation_problems
from harness.conformity.dossier import read_dossier
from harness.conformity.measured_run import pack_id
from harness.errors import HarnessError
from harness.evidence.whole_folder import require_free, whole_folder
from harness.files import own_sources_sha256, read_bytes, read_json, sha256_file, write_bytes, write_json
from harness.packs.anonymity import require_anonymity
from harness.packs.common_choices import TAKEN, CommonChoices
from harness.packs.exposed import exposed
from harness.packs.manifest import MANIFEST, PracticeManifest, with_files
from harness.packs.pack_folder import DEFAULT_NAME, DOSSIER, README
from harness.packs.sign_pack import write_signature
from harness.practice_tests.observed import read_observed, read_people
from harness.practice_tests.packs.measured_again import measured_again
from harness.practice_tests.packs.people_in_values import people_in_values
from harness.practice_tests.packs.practice_identity import (
    PRACTICE,
    observed_anonymity,
    observed_subjects,
    practice_readme,
    practice_verdicts,
    public_record,
)
from harness.practice_tests.practice_folder import RECORD, RESULTS
from harness.progress import UNSEEN, Share
from harness.tables.versions import read_table
from harness.wording import joined, listed, quantity


@dataclass(frozen=True)
class PracticePack:
    """A pack that was made."""

    path: Path
    manifest: PracticeManifest


def make_practice_pack(
    folder: Path, choices: CommonChoices, now: datetime, progress: Share = UNSEEN
) -> PracticePack:
    """Make a pack of a finished practice test.

    Args:
        folder: of the test.
        choices: what it is made with.
        now: the date, with a time zone.
        progress: told of what is measured again.

    Raises:
        HarnessError: the test is not finished or its files were changed; its rows do not follow from what it
            observed; a file to be packed names a person or holds a secret; fewer people than wanted share their
            attributes; the place is taken.
    """
    record = _record_of_unchanged(folder)
    place = choices.into or folder / DEFAULT_NAME
    require_free(place, TAKEN)
    read_dossier(choices.dossier)  # before anything takes time
    try:
        with whole_folder(place, TAKEN) as beside:
            manifest = _fill(beside, folder, record, choices, now, progress)
            verdicts = practice_verdicts(read_table(beside / PRACTICE / RESULTS, "results").table, manifest)
            for key in choices.keys:
                write_signature(beside, manifest, verdicts, key, now)
    except ValidationError as error:
        raise HarnessError(
            f"{folder}: not packed, as its manifest could not be read: {validation_problems(error)}"
        ) from None
    return PracticePack(place, manifest)


def _record_of_unchanged(folder: Path) -> dict[str, Any]:
    """The record of a test, after a check that its files are those that it wrote."""
    try:
        record = read_json(folder / RECORD)
        files = dict(record["files"])
    except FileNotFoundError:
        raise HarnessError(
            f"{folder}: this practice test is not finished. Repeat its command to continue it."
        ) from None
    except (OSError, ValueError, TypeError, KeyError):
        raise HarnessError(f"{folder / RECORD}: not the record of a practice test.") from None
    if not record.keys() >= {"code_sha256", "started", "finished", "inputs", "studies"}:
        raise HarnessError(
            f"{folder}: an older version of the harness ran this practice test, and did not keep what a pack "
            "needs. Run it again in a new folder."
        )
    if not all(_is_below(name) for name in files):
        raise HarnessError(f"{folder / RECORD}: not the record of a practice test.")
    changed = [name for name, digest in files.items() if not _is_file_with(folder / name, digest)]
    if changed:
        raise HarnessError(
            f"{folder}: {changed[0]} is missing, or not what the test wrote. Run the test again in a new folder."
        )
    return dict(record)


def _is_below(name: str) -> bool:
    """Whether a file lies in the folder whose record names it."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _is_file_with(path: Path, digest: object) -> bool:
    return path.is_file() and sha256_file(path) == digest


def _fill(
    pack: Path,
    folder: Path,
    record: Mapping[str, Any],
    choices: CommonChoices,
    now: datetime,
    progress: Share,
) -> PracticeManifest:
    """Write every file of a pack but the signatures."""
    public = public_record(record)
    for name in record["files"]:
        write_bytes(read_bytes(folder / name, (folder / name).stat().st_size), pack / PRACTICE / name)
    write_json(public, pack / PRACTICE / RECORD)
    write_bytes(read_bytes(choices.dossier), pack / DOSSIER)
    observed = read_observed(pack / PRACTICE)
    again = measured_again(pack / PRACTICE, public, observed, progress)
    if differing := [*again.differing, *again.differing_pages]:
        raise HarnessError(
            f"{folder}: {quantity(len(differing), 'row or file')} of the test do not follow from what it "
            f"observed ({differing[0]}). It was run by another version: run it again in a new folder."
        )
    hidden = observed_anonymity(observed)
    require_anonymity(hidden, choices.min_anonymity, folder, "Group people more coarsely in a new test.")
    draft = PracticeManifest(
        harness=__version__,
        packed_by_sha256=own_sources_sha256(),
        code_sha256=record["code_sha256"],
        created=now.isoformat(timespec="seconds"),
        pack_id=pack_id(sha256_file(folder / RECORD), again.results),
        practice_test=record["practice_test"],
        record_sha256=sha256_file(folder / RECORD),
        started=record["started"],
        finished=record["finished"],
        num_subjects=observed_subjects(observed),
        inputs=record["inputs"],
        studies=record["studies"],
        signers=choices.signers,
        anonymity=hidden,
        files=[],
    )
    write_bytes(practice_readme(draft, pack), pack / README)
    manifest = with_files(draft, pack)
    people = read_people(folder)
    named = people_in_values(observed, public, people)
    leaks = exposed(pack, [file.path for file in manifest.files], people)
    leaks += [f"what a person is called (in {listed(named)})"] if named else []
    if leaks:
        raise HarnessError(
            f"{folder}: not packed, as it would tell what must not leave this machine: {joined(leaks)}. Remove it "
            "from where it comes from (names of files, devices and columns, options, checklist, dossier), and run "
            "the test again."
        )
    write_bytes(manifest.canonical(), pack / MANIFEST)
    return manifest
