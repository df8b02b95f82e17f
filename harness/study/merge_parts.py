"""Parts of a study that were answered apart become one interrupted run, which the study's command finishes.

The batches follow from the plan, so the answers are those that one run would have got, and whatever follows from
them is equal to the byte. The parts are only read. All of them are checked before anything is written.

Shapes: N samples.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from harness.arrays import Ints
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder, plan_differences
from harness.files import MAX_TABLE_BYTES, read_bytes, read_text, write_bytes
from harness.inference.file_log import MAX_LOG_BYTES, FileLog
from harness.inference.journal_folders import (
    BUDGET,
    FILES_READ,
    VECTOR,
    journal_names,
    journals_there,
    vector_width,
)
from harness.inference.lock import locked, unwritten
from harness.inference.part import parts_of
from harness.inference.shards import Shards
from harness.models.budget import Budget
from harness.progress import UNSEEN, Share
from harness.study.build_plan import answers_key
from harness.study.part_of_run import noted_part
from harness.tables.file_table import FileRead
from harness.tables.versions import read_table
from harness.wording import listed, quantity

_COMPARED = ("outcome", "reason", VECTOR)
"""Columns of the journal in which two answers to one sample must agree; how long they took may differ."""

_IDS_NAMED = 3
_PARTS_NAMED = 20


@dataclass(frozen=True)
class Merged:
    """What was merged.

    Attributes:
        folder: of the run that is to be finished.
        plan: of the study.
        num_answers: how many answers of the system there are, under all conditions and in all repeats.
    """

    folder: RunFolder
    plan: dict[str, Any]
    num_answers: int


@dataclass(frozen=True)
class _Study:
    """What all parts have in common."""

    plan: dict[str, Any]
    sample_id: pa.Array

    @property
    def batch_size(self) -> int:
        return int(self.plan["batch_size"])

    def shards(self, folder: RunFolder, name: str, width: int) -> Shards:
        """A journal of the study, in one of its folders."""
        return Shards(folder.journal / name, answers_key(self.plan), self.sample_id, self.batch_size, width)


def merge_parts(parts: Sequence[Path], into: Path, progress: Share = UNSEEN) -> Merged:
    """Merge the answers of runs of one plan into a new run folder. A merge that was killed is repeated.

    Args:
        parts: folders of interrupted runs, or of parts of a run.
        into: a new folder.
        progress: told of every journal of every part.

    Raises:
        HarnessError: a folder is not that of an unfinished run, or is being written; the plans differ; files or
            answers that two parts have in common differ; answers are missing.
    """
    folders = [RunFolder(part) for part in parts]
    if any(into.resolve() == part.resolve() for part in parts):
        raise HarnessError(f"{into}: this is one of the parts. Name a new folder with out=DIR.")
    if len({part.resolve() for part in parts}) < len(parts):
        raise HarnessError("A part is named twice.")
    with ExitStack() as held:
        for folder in folders:
            _require_unfinished(folder)
            held.enter_context(unwritten(folder.path))
        study = _common(folders)
        widths = {
            name: vector_width(folder.journal / name for folder in folders) for name in _names(study, folders)
        }
        reading, writing = progress.split(1, 3)
        each = reading.each(widths.items(), len(widths))
        found = {name: _require_all(study, folders, name, width) for name, width in each}
        num_answers = sum(found[name] for name in journal_names(study.plan))
        files = _agreeing_files(folders)
        target = RunFolder(into)
        target.require_own()
        if target.read_run() is not None:
            raise HarnessError(f"{into}: holds a finished run. Name a new folder with out=DIR.")
        with locked(into):
            target.tidy()
            target.write_plan(study.plan)
            write_bytes(read_bytes(folders[0] / "samples.parquet", MAX_TABLE_BYTES), target / "samples.parquet")
            FileLog(target.journal / FILES_READ).add(files)
            _merge_budgets(folders, target)
            for (name, width), share in zip(widths.items(), writing.split(*[1] * len(widths)), strict=True):
                _merge(study, folders, target, name, width, share)
    return Merged(target, study.plan, num_answers)


def _require_unfinished(folder: RunFolder) -> None:
    if folder.read_run() is not None:
        raise HarnessError(f"{folder.path}: this run is finished. Only parts that are not can be merged.")
    folder.read_plan()
    if not folder.journal.is_dir() or not (folder / "samples.parquet").is_file():
        raise HarnessError(f"{folder.path}: no answers are there yet. Repeat the command of this part.")


def _common(folders: Sequence[RunFolder]) -> _Study:
    """What the parts have in common.

    Raises:
        HarnessError: their plans differ, or a list of samples is not that of its plan.
    """
    first = folders[0].read_plan().plan
    for folder in folders:
        plan = folder.read_plan().plan
        if plan != first:
            raise HarnessError(
                f"{folder.path}: has another plan than {folders[0].path} (different: "
                f"{listed(plan_differences(plan, first))}). Only parts of one study can be merged: the same "
                "choices, data, code and kind of device."
            )
        if folder.sha256("samples.parquet") != plan["dataset"]["samples_sha256"]:
            raise HarnessError(
                f"{folder / 'samples.parquet'}: not the samples of its plan. Answer this part again."
            )
    samples = read_table(folders[0] / "samples.parquet", "samples").table
    return _Study(first, samples["sample_id"].combine_chunks())


def _names(study: _Study, folders: Sequence[RunFolder]) -> list[str]:
    """The journals of the study: those that its plan asks for, and what else all parts can have."""
    wanted = dict.fromkeys(journal_names(study.plan))
    there = dict.fromkeys(name for folder in folders for name in journals_there(folder.journal))
    return list(wanted | there)


def _require_all(study: _Study, folders: Sequence[RunFolder], name: str, width: int) -> int:
    """How many samples a journal has: all of them.

    Raises:
        HarnessError: some are missing; the message names the parts. What is only described besides may be missing,
            as it is made again.
    """
    there_N = np.zeros(len(study.sample_id), bool)
    for folder in folders:
        for table in study.shards(folder, name, width).stored():
            there_N[table["place"].to_numpy()] = True
    missing = np.flatnonzero(~there_N)
    if len(missing) and name in journal_names(study.plan):
        raise HarnessError(_missing(study, folders, name, missing))
    return int(there_N.sum())


def _missing(study: _Study, folders: Sequence[RunFolder], name: str, missing: Ints) -> str:
    ids = listed([repr(study.sample_id[place].as_py()) for place in missing[:_IDS_NAMED].tolist()])
    more = ", …" if len(missing) > _IDS_NAMED else ""
    said = f"{name}: {quantity(len(missing), 'answer')} missing of {len(study.sample_id):,} ({ids}{more})."
    numbers = {part.num_parts for folder in folders if (part := noted_part(folder))}
    if len(numbers) != 1:
        return f"{said} Repeat the commands of the parts that did not end, and name all of them."
    parts = parts_of(missing, numbers.pop(), len(study.sample_id), study.batch_size)
    there = {part: folder for folder in folders if (part := noted_part(folder))}
    begun = [f"shard={part} ({there[part].path})" for part in parts if part in there]
    absent = [f"shard={part}" for part in parts if part not in there]
    if begun:
        said += f" Not finished: {', '.join(begun)}: repeat its command."
    return f"{said} No folder was named of {listed(absent, most=_PARTS_NAMED)}." if absent else said


def _agreeing_files(folders: Sequence[RunFolder]) -> list[FileRead]:
    """The files that all parts have read.

    Raises:
        HarnessError: two parts have read a file with different contents.
    """
    found: dict[str, tuple[FileRead, Path]] = {}
    with tempfile.TemporaryDirectory(prefix="harness-merge-") as private:
        for number, folder in enumerate(folders):
            log = Path(private) / f"{number}.jsonl"
            if (folder.journal / FILES_READ).is_file():
                shutil.copyfile(folder.journal / FILES_READ, log)  # a log mends itself where it is read
            for file in FileLog(log).files:
                known, where = found.setdefault(file.path, (file, folder.path))
                if known != file:
                    raise HarnessError(
                        f"{file.path}: {where} and {folder.path} have read different files of this name. Answer "
                        "one of these parts again, with the same data."
                    )
    return [file for file, _ in found.values()]


def _merge_budgets(folders: Sequence[RunFolder], target: RunFolder) -> None:
    """Count what all parts have spent, unless an earlier merge has."""
    spent = Budget()
    for folder in folders:
        if (folder.journal / BUDGET).is_file():
            read_text(folder.journal / BUDGET, MAX_LOG_BYTES)
            spent.keep_in(folder.journal / BUDGET)
    if spent.calls and not (target.journal / BUDGET).exists():
        write_bytes(f"{json.dumps([spent.calls, spent.cost])}\n".encode(), target.journal / BUDGET)


def _merge(
    study: _Study, folders: Sequence[RunFolder], target: RunFolder, name: str, width: int, progress: Share
) -> None:
    """Write one journal of all parts.

    Raises:
        HarnessError: two parts have different answers to a sample.
    """
    merged = study.shards(target, name, width)
    merged.recover()
    num_merged = 0
    for folder in folders:
        for table in study.shards(folder, name, width).stored():
            missing_N = np.zeros(len(study.sample_id), bool)
            missing_N[merged.missing()] = True
            is_new = missing_N[table["place"].to_numpy()]
            for differing in _disagreeing(merged, table.filter(pa.array(~is_new))):
                raise HarnessError(
                    f"{name}: {folder.path} and another part have different answers to sample {differing!r}. Each "
                    "sample is to be answered in one part: merge parts that do not overlap."
                )
            if is_new.any():
                merged.write(table.filter(pa.array(is_new)).combine_chunks())
            num_merged += table.num_rows
            progress.to(num_merged / len(study.sample_id))
    progress.end()


def _disagreeing(merged: Shards, again: pa.Table) -> Iterator[str]:
    """The ids of samples that have other answers in a journal."""
    if not again.num_rows:
        return
    known = merged.read(again["place"].to_numpy())
    for column in _COMPARED:
        left, right = (table[column].combine_chunks() for table in (known, again))
        if not left.equals(right):
            # By their text: NaN, as a vector may have it, is NaN.
            differs = [repr(a) != repr(b) for a, b in zip(left.to_pylist(), right.to_pylist(), strict=True)]
            yield from again.filter(pa.array(differs))["sample_id"].to_pylist()
