"""``harness score``: recompute the results from the stored tables, and compare them with those of the run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.commands.found import answer_results
from harness.commands.json_answer import answer
from harness.commands.study_tables import show_claims, show_results, title_of
from harness.commands.terminal import busy, note, say, warn
from harness.errors import HarnessError
from harness.evidence.media_identity import media_identity
from harness.evidence.pseudonyms import matched_on_groups
from harness.evidence.run_folder import DERIVED, EVIDENCE, RunFolder
from harness.files import sha256_file, write_bytes
from harness.report.numbers import short, visible
from harness.report.run_page import RUN_ID_DIGITS
from harness.scoring.method_changes import explained
from harness.scoring.outputs import require_results_only
from harness.scoring.same_values import RowDifference, row_differences
from harness.scoring.score_run import score, started_of
from harness.study.where_counted import where_counted
from harness.tables.file_table import files_of
from harness.tables.pieces import TableFile
from harness.tables.samples import with_subjects
from harness.tables.subject_numbers import appear_in_order
from harness.tables.versions import ReadTable, read_table, schema_version
from harness.wording import listed, quantity

DIFFERENCES_SHOWN = 3

_MEASURED = tuple(name for name in EVIDENCE if name.removesuffix(".parquet") not in ("files", "timings"))
"""What results are computed from."""


def rescore(path: Path, into: Path | None, *, workers: int = 1, cluster: str | None = None) -> bool:
    """Measure again, compare with what the run wrote, and only then write.

    Results of a run of this version are compared by bytes, those of an earlier one by values.

    Args:
        path: the run's folder.
        into: where to write results and report: a folder without a run. By default, and if it is the run's own,
            only those are written that a run of this version, whole otherwise, has lost.
        workers: processes that count large tables.
        cluster: the address of a Ray cluster that counts them instead.

    Returns:
        Whether the run is finished, its tables are those that it wrote, the list of files agrees with
        ``run.json``, and the results are equal.

    Raises:
        HarnessError: the folder has no plan or no tables; a newer harness wrote it; ``into`` holds something else.
    """
    folder = RunFolder(path)
    if into is not None and into.exists() and path.exists() and into.samefile(path):
        into = None
    if into is not None:
        require_results_only(into)
    plan = folder.read_plan().plan
    changed = _changed_evidence(folder)
    spread = where_counted(folder.path, workers, cluster, note)
    with tempfile.TemporaryDirectory(prefix="harness-score-") as scratch:
        target = Path(scratch)
        with busy("measuring again") as progress:
            scored = score(folder, target, spread=spread, progress=progress)
        system = plan["model"]["name"]
        show_results(scored.results, scored.curves, title_of(plan), system)
        show_claims(plan, scored.results)
        say(_which_run(folder))
        answer_results(plan, scored.results, scored.curves)
        columns = TableFile(folder / "samples.parquet").schema.names
        if matched := matched_on_groups(columns, plan["measure"].get("match_on")):
            note(matched)
        stored = _stored_results(folder)
        steps = (*scored.steps, *(stored.steps if stored else ()))
        media_agree = _show_media(folder)
        if steps:
            say(
                "The run is from an earlier version of the harness. It was read with these steps: "
                f"{', '.join(steps)}."
            )
            equal = _equal_values(folder, stored, scored.results)
        else:
            equal = _equal_bytes(folder, target)
        whole = equal and media_agree and not changed
        if into is not None:
            _copy(DERIVED, target, into)
        elif whole and not steps:
            _copy([name for name in DERIVED if not (folder / name).exists()], target, path)
    answer(folder=path, equal=whole, changed_files=changed)
    if whole:
        say(_what_it_shows(folder))
    return whole


def _which_run(folder: RunFolder) -> str:
    """Size, name and date of the run, as the report names it."""
    stored = folder.read_plan()
    dataset, started = stored.plan["dataset"], started_of(folder)
    date = f" of {started[:10]}" if started else ""
    counts = (dataset.get("num_samples"), dataset.get("num_subjects"))
    size = ""
    if all(isinstance(num, int) for num in counts):
        size = f": {quantity(counts[0], 'sample')} of {quantity(counts[1], 'subject')}"
    return f"Run {stored.sha256[:RUN_ID_DIGITS]}{date}{size}"


def _changed_evidence(folder: RunFolder) -> list[str]:
    """Print and return what is not as the run wrote it, as far as ``run.json`` and the plan tell."""
    run = folder.read_run()
    if run is None:
        warn("run.json is missing: the run is not finished, or it cannot be known any more what it wrote.")
        return ["run.json"]
    absent = [name for name in DERIVED if not (folder / name).exists()]
    changed = [name for name in folder.changed_files() if name not in absent]
    for name in changed:
        warn(f"{name} is not what the run wrote (its hash in run.json or plan.yaml differs).")
    unnamed = [name for name in _MEASURED if (folder / name).exists() and name not in run["files"]]
    if unnamed:
        warn(f"run.json has no hash of {listed(unnamed)}, so it is not known whether the run wrote this.")
    return [*changed, *unnamed]


def _what_it_shows(folder: RunFolder) -> str:
    return (
        "This shows that the results follow from the plan and the tables of this folder. It cannot show who wrote "
        "them: whoever changes a table can also change its hash. Proof needs a signature, as a pack has one "
        "(harness pack, harness verify). Its manifest states the SHA-256 of run.json, which is "
        f"{sha256_file(folder / 'run.json')}"
    )


def _stored_results(folder: RunFolder) -> ReadTable | None:
    path = folder / "results.parquet"
    return read_table(path, "results") if path.is_file() else None


def _equal_bytes(folder: RunFolder, target: Path) -> bool:
    """Compare every derived file with the run's, and with its hash in ``run.json`` where it is gone."""
    run = folder.read_run()
    named: dict[str, str] = {} if run is None else run["files"]
    equal = True
    for name in DERIVED:
        made, there = sha256_file(target / name), (folder / name).is_file()
        same = made == (folder.sha256(name) if there else named.get(name, made))
        if not there:
            warn(f"{name}: was missing.")
        if not same:
            warn(f"{name}: differs from what the run wrote.")
        equal = equal and same
    if equal and run is not None:
        say("The results are equal to those of the run, to the byte.")
    return equal


def _copy(names: Sequence[str], made: Path, to: Path) -> None:
    for name in names:
        write_bytes((made / name).read_bytes(), to / name)


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
