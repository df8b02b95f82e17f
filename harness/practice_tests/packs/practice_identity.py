"""What the pack of a practice test states: its record without paths, its verdicts, and who can be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel

from harness.attributes.groups import PREFIX
from harness.conformity.dossier import read_dossier
from harness.packs.anonymity import anonymity
from harness.packs.manifest import Anonymity, PracticeManifest
from harness.packs.pack_folder import DOSSIER
from harness.packs.verdict_summary import verdict_summary
from harness.practice_tests.observed import Observed
from harness.practice_tests.observed_columns import SUBJECT, subjects_in
from harness.practice_tests.opened_practice import open_practice
from harness.practice_tests.practice_folder import RECORD
from harness.wording import FIXED_LINE, printable

PRACTICE = "practice"
"""The folder of the test in its pack."""
FILE = "FILE"
"""Stands in place of every path. A table that was given is still called by its name, without folder and ending."""
_PATHS = ("/", "~", "./", "../")
"""What a path among options of another kind may begin with, such as that of a system's weights."""
MIN_SUBJECTS = 5


def public_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a practice test without paths."""
    options = open_practice(record["practice_test"]).Options.model_validate(record["options"])
    return {**record, "options": without_paths(options)}


def without_paths(options: BaseModel) -> dict[str, Any]:
    """Options as plain JSON values with `FILE` in place of every path that is one."""
    return {name: _public(getattr(options, name)) for name in options.model_dump(exclude={"out"})}


def has_paths(value: Any) -> bool:
    """Whether options, or a part of them, hold a path other than `FILE`."""
    if isinstance(value, Path):
        return value != Path(FILE)
    if isinstance(value, BaseModel):
        return any(has_paths(getattr(value, name)) for name in type(value).model_fields)
    if isinstance(value, Mapping):
        return any(map(has_paths, value.values()))
    return isinstance(value, list | tuple) and any(map(has_paths, value))


def _public(value: Any) -> Any:
    if isinstance(value, Path) or (isinstance(value, str) and _is_path(value)):
        return FILE
    if isinstance(value, BaseModel):
        return without_paths(value)
    if isinstance(value, Mapping):
        return {key: _public(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_public(each) for each in value]
    return value


def _is_path(text: str) -> bool:
    """Whether a text begins like a path or names a file that is there; one word is a name, whatever is there."""
    if text.startswith(_PATHS):
        return True
    path = Path(text)
    try:
        return (len(path.parts) > 1 or bool(path.suffix)) and path.exists()
    except OSError:  # too long for a path
        return False


def practice_verdicts(results: pa.Table, manifest: PracticeManifest) -> dict[str, Any]:
    """The predicate that is signed: the verdicts on all that was tested, and what configured the test."""
    configured = [file for file in manifest.files if file.path in (f"{PRACTICE}/{RECORD}", DOSSIER)]
    return {
        **verdict_summary(results, None),
        "configuration": [{"name": file.path, "digest": {"sha256": file.sha256}} for file in configured],
    }


def observed_subjects(observed: Observed) -> int:
    """How many people a test observed."""
    found = [np.unique(subjects_in(table)) for table in observed.tables.values() if SUBJECT in table.column_names]
    return len(np.unique(np.concatenate(found))) if found else 0


def observed_anonymity(observed: Observed) -> Anonymity:
    """How many people share the attributes that the tables state in columns ``attr.*``."""
    for table in observed.tables.values():
        names = [name for name in table.column_names if name.startswith(PREFIX)]
        if names and SUBJECT in table.column_names:
            return anonymity(table.select([SUBJECT, *names]).rename_columns(["subject_id", *names]), MIN_SUBJECTS)
    num = observed_subjects(observed)
    return Anonymity(
        attributes=[], k=num, min_subjects=MIN_SUBJECTS, subjects_below=num if num < MIN_SUBJECTS else 0
    )


def practice_readme(manifest: PracticeManifest, pack: Path) -> bytes:
    """The file that says what the folder is, and how to verify it.

    Args:
        manifest: of the pack, with or without its list of files.
        pack: the folder, with the dossier.

    Raises:
        HarnessError: the dossier is malformed.
    """
    purpose = printable(read_dossier(pack / DOSSIER).purpose.statement)
    name = printable(manifest.practice_test.replace("_", " "))
    return _README.format(fixed_line=FIXED_LINE, name=name, pack_id=manifest.pack_id, purpose=purpose).encode()


_README = """# Evidence pack {pack_id}

The practice test of {name}, run with emotion-harness. {fixed_line}

What was tested is for, as the dossier states: {purpose}

Verify it, with the public keys of those who signed, which you have from them and not from here:

    pip install emotion-harness
    harness verify . --key NAME.pub

| what | where |
|---|---|
| every file with its hash | manifest.json |
| who signed, and when | signatures/ |
| what was found, on one page | practice/summary.en.html, practice/summary.nl.html |
| every number | practice/results.csv |
| options, and every verdict | practice/practice.json |
| what was observed, without names | practice/observed/ |
| what people state about what was tested | dossier.yaml |

People are numbers in what was observed, and no moment has a date. Paths are not in it; what was tested is called
as its table or dataset is.
"""
