"""``harness score``: recompute the results from the stored tables, and compare them with those of the run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.commands.terminal import say, show_results, warn
from harness.errors import HarnessError
from harness.evidence.media_identity import media_identity
from harness.evidence.run_folder import DERIVED, RunFolder
from harness.files import write_bytes
from harness.report.numbers import short, visible
from harness.scoring.method_changes import explained
from harness.scoring.same_values import RowDifference, row_differences
from harness.scoring.score_run import score
from harness.tables.file_table import files_of
from harness.tables.samples import with_subjects
from harness.tables.subject_numbers import appear_in_order
from harness.tables.versions import ReadTable, read_table, schema_version
from harness.wording import quantity

DIFFERENCES_SHOWN = 3


def rescore(path: Path, into: Path | None) -> bool:
    """Measure again and compare with what the run wrote.

    Results of a run of this version are compared by bytes, those of an earlier one by values.

    Args:
        path: the run's folder.
        into: where to write results and report; by default they are only written if a run of this version has
            none.

    Returns:
        Whether the stored tables are unchanged, the list of files agrees with ``run.json``, and the results are
        equal.

    Raises:
        HarnessError: the folder has no plan or no tables; a newer harness wrote it.
    """
    folder = RunFolder(path)
    plan = folder.read_plan().plan
    changed = [name for name in folder.changed_files() if name not in DERIVED]
    for name in changed:
        warn(f"{name} is not what the run wrote (its hash in run.json differs).")
    with tempfile.TemporaryDirectory(prefix="harness-score-") as scratch:
        target = into or Path(scratch)
        target.mkdir(parents=True, exist_ok=True)
        scored = score(folder, target)
        system = plan["model"]["name"]
        show_results(scored.results, scored.curves, f"{system} on {plan['dataset']['name']}", system)
        stored = _stored_results(folder)
        steps = (*scored.steps, *(stored.steps if stored else ()))
        media_agree = _show_media(folder)
        if not steps:
            return media_agree and _equal_bytes(folder, target, keep_absent=into is None, changed=bool(changed))
    say(f"The run is from an earlier version of the harness. It was read with these steps: {', '.join(steps)}.")
    return _equal_values(folder, stored, scored.results) and media_agree and not changed


def _stored_results(folder: RunFolder) -> ReadTable | None:
    path = folder / "results.parquet"
    return read_table(path, "results") if path.is_file() else None


def _equal_bytes(folder: RunFolder, target: Path, *, keep_absent: bool, changed: bool) -> bool:
    """Compare every derived file, and write missing ones into the folder."""
    differing = [name for name in DERIVED if not _same_file(folder / name, target / name)]
    absent = [name for name in DERIVED if not (folder / name).exists()]
    for name in absent if keep_absent else []:
        write_bytes((target / name).read_bytes(), folder / name)
    for name in differing:
        warn(f"{name}: {'was missing' if name in absent else 'differs from what the run wrote'}.")
    if not differing and not changed:
        say("The results are equal to those of the run, to the byte.")
    return not changed and set(differing) <= set(absent)


def _show_media(folder: RunFolder) -> bool:
    """Print which files the run lists; return whether the list agrees with ``run.json``."""
    media: dict[str, Any] | None = (folder.read_run() or {}).get("media")
    if media is None:
        say("run.json lists no media: it is not known which files the run read.")
        return True
    try:
        found = media_identity(files_of(read_table(folder / "files.parquet", "files").table))
    except HarnessError as error:
        warn(str(error))
        return False
    agree = all(media.get(key) == value for key, value in found.items())
    if not agree:
        warn("files.parquet does not list the files of run.json (Merkle root, number or bytes differ).")
    elif not found["files"]:
        say("Media: no file was read.")
    else:
        size = f"{quantity(found['files'], 'file')}, {found['bytes']:,} bytes"
        say(f"Media: {size}, Merkle root {found['merkle_root']}, as run.json lists them; not read again.")
    return agree


def _same_file(left: Path, right: Path) -> bool:
    return left.is_file() and left.read_bytes() == right.read_bytes()


def _equal_values(folder: RunFolder, stored: ReadTable | None, results: pa.Table) -> bool:
    """Compare the rows of the results; the files of an earlier version stay as they are."""
    if stored is None:
        warn("results.parquet: was missing; --into DIR writes results and report in the format of this version.")
        return True
    stored_version = schema_version("results") - len(stored.steps)
    samples = with_subjects(read_table(folder / "samples.parquet", "samples").table)
    differences = row_differences(stored.table, results)
    by_change, found = explained(differences, stored_version, is_sorted=appear_in_order(samples))
    if not found:
        others = "the other" if by_change else "all"
        num_equal = results.num_rows - len({one.row for changed in by_change.values() for one in changed})
        say(f"The values are equal to those of the run in {others} {quantity(num_equal, 'row')} of the results.")
    for change, changed in by_change.items():
        rows = quantity(len({one.row for one in changed}), "row")
        say(f"{change.about}, {rows}: the method has changed since the run: {change.what}.")
    for one in found[:DIFFERENCES_SHOWN]:
        warn(str(visible(_in_words(one))))
    if len(found) > DIFFERENCES_SHOWN:
        warn(f"{quantity(len(found) - DIFFERENCES_SHOWN, 'more difference')} from what the run wrote.")
    return not found


def _in_words(one: RowDifference) -> str:
    if one.column is None:
        where = "is no longer there" if one.stored else "was not among what the run wrote"
        return f"results, {short(one.row)} {where}."
    return f"results, {short(one.row)}: {one.column} is {one.found}; the run wrote {one.stored}."
