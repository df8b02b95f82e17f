"""How far a run is, from its plan, its journal and its record alone. Nothing is written, locked or waited for."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import HarnessError, reason_code
from harness.evidence.run_folder import RunFolder
from harness.evidence.run_seconds import recorded_seconds, total_seconds
from harness.files import read_text, text_lines
from harness.inference.journal_folders import BUDGET, PROBING, journal_names, journals_there
from harness.inference.journal_progress import JournalProgress, journal_progress
from harness.inference.lock_holder import can_be_known, holder, writer_elsewhere
from harness.inference.workers_note import WorkerStatus, noted_workers
from harness.study.part_of_run import noted_part

State = Literal["finished", "answered", "running", "interrupted", "unknown"]

_MOST_NOTES = 4 * 2**30


@dataclass(frozen=True)
class JournalStatus:
    """One system under one condition: samples and batches that are answered, of how many; shards on disk."""

    name: str
    samples_done: int
    samples: int
    batches_done: int
    batches: int
    shards: int
    damaged: int


@dataclass(frozen=True)
class RunStatus:
    """How far a run is.

    Attributes:
        folder: of the run.
        state: ``answered``: a part of a study of which no answer is missing. ``unknown``: not finished, and this
            system does not tell whether somebody writes it.
        pid: of the process that writes it.
        system: under test.
        dataset: that it is measured on.
        part: of the study that is answered, ``i/n``.
        samples_done: of all conditions and repeats.
        samples: of how many.
        journals: what they are made of.
        rate: samples per second of the present process, if it runs.
        seconds_left: until all are answered, at this rate.
        unscored: outcome and reason of samples without a score, with their number.
        calls: to services so far, repeated attempts included.
        cost: of the answers so far; None if nothing was paid.
        currency: of the cost.
        workers: what each worker of the present process has done under the condition that is being answered.
        machine: on which it is written, if that is not this one.
        last_activity: when something was last written, in seconds since 1970.
        seconds: that a finished run took.
    """

    folder: str
    state: State
    system: str
    dataset: str
    samples_done: int
    samples: int
    pid: int | None = None
    part: str | None = None
    journals: Sequence[JournalStatus] = ()
    rate: float | None = None
    seconds_left: float | None = None
    unscored: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    cost: float | None = None
    currency: str | None = None
    workers: Sequence[WorkerStatus] = ()
    machine: str | None = None
    last_activity: float | None = None
    seconds: float | None = None


def run_status(path: Path) -> RunStatus:
    """How far the run in a folder is.

    Raises:
        HarnessError: it is not the folder of a run, or its plan or record is damaged.
    """
    folder = RunFolder(path)
    plan = folder.read_plan().plan
    try:
        record = folder.read_run()
        return _unfinished(folder, plan) if record is None else _finished(folder, plan, record)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise HarnessError(f"{path / 'plan.yaml'}: not the plan of a run that this harness can follow.") from None


def _finished(folder: RunFolder, plan: dict[str, Any], record: dict[str, Any]) -> RunStatus:
    num_samples = _asked(plan) * int(plan["dataset"]["num_samples"])
    seconds = recorded_seconds(record)
    return RunStatus(
        folder=str(folder.path),
        state="finished",
        system=str(plan["model"]["name"]),
        dataset=str(plan["dataset"]["name"]),
        samples_done=num_samples,
        samples=num_samples,
        unscored=_stored_reasons(folder / "predictions.parquet", str(plan["model"]["name"])),
        last_activity=(folder / "run.json").stat().st_mtime,
        seconds=None if seconds is None else total_seconds(seconds),
    )


def _asked(plan: dict[str, Any]) -> int:
    return len(plan["conditions"]) + int(plan["repeats"]) - 1


def _stored_reasons(predictions: Path, system: str) -> dict[str, int]:
    """Why a finished run has samples without a score; nothing if its predictions are lost."""
    counts: Counter[tuple[str, str, str]] = Counter()
    try:
        with pq.ParquetFile(predictions) as file:
            for batch in file.iter_batches(columns=["model", "outcome", "reason"]):
                rows = pa.table(batch).group_by(["model", "outcome", "reason"]).aggregate([([], "count_all")])
                for row in rows.to_pylist():
                    counts[row["model"], row["outcome"], reason_code(row["reason"] or "")] += row["count_all"]
    except (OSError, ValueError, pa.ArrowException):
        return {}
    return {
        f"{outcome}: {reason}" if reason else outcome: num
        for (model, outcome, reason), num in counts.most_common()
        if model == system and outcome != "scored"
    }


def _unfinished(folder: RunFolder, plan: dict[str, Any]) -> RunStatus:
    num_samples, batch_size = int(plan["dataset"]["num_samples"]), int(plan["batch_size"])
    part = noted_part(folder)
    wanted = range(num_samples) if part is None else part.places(num_samples, batch_size)
    others = [name for name in journals_there(folder.journal) if not name.startswith(PROBING)]
    names = list(dict.fromkeys([*journal_names(plan), *others]))
    read = {name: journal_progress(folder.journal / name, num_samples) for name in names}
    journals = [_journal(name, progress, wanted, batch_size) for name, progress in read.items()]
    done, total = sum(one.samples_done for one in journals), sum(one.samples for one in journals)
    writer = holder(folder.path) or writer_elsewhere(folder.path)
    since = writer.started if writer else None
    rate = _rate(read, since) if writer else None
    calls, cost = _spent(folder.journal / BUDGET)
    paid = cost or sum(progress.cost for progress in read.values())
    price = plan["cards"]["models"][0].get("price") or {}
    reasons = sum((progress.reasons for progress in read.values()), Counter())
    return RunStatus(
        folder=str(folder.path),
        state="running" if writer else _at_rest(part is not None and done == total),
        pid=writer.pid if writer else None,
        machine=writer.machine if writer else None,
        workers=_workers(folder, read, since) if writer else (),
        system=str(plan["model"]["name"]),
        dataset=str(plan["dataset"]["name"]),
        part=None if part is None else str(part),
        samples_done=done,
        samples=total,
        journals=journals,
        rate=rate,
        seconds_left=(total - done) / rate if rate else None,
        unscored=dict(reasons.most_common()),
        calls=calls,
        cost=paid or None,
        currency=str(price["currency"]) if paid and "currency" in price else None,
        last_activity=_last_activity(folder),
    )


def _at_rest(is_answered_part: bool) -> State:
    if is_answered_part:
        return "answered"
    return "interrupted" if can_be_known() else "unknown"


def _journal(name: str, progress: JournalProgress, wanted: range, batch_size: int) -> JournalStatus:
    done_N = progress.done_N[wanted.start : wanted.stop]
    batches = [done_N[start : start + batch_size] for start in range(0, len(done_N), batch_size)]
    return JournalStatus(
        name=name,
        samples_done=int(done_N.sum()),
        samples=len(wanted),
        batches_done=sum(bool(batch.all()) for batch in batches),
        batches=len(batches),
        shards=len(progress.shards),
        damaged=progress.num_damaged,
    )


def _workers(folder: RunFolder, read: dict[str, JournalProgress], since: float | None) -> Sequence[WorkerStatus]:
    """Those of the journal that was written last."""
    name = max(read, key=lambda name: read[name].last_written or 0.0, default=None)
    return () if name is None else noted_workers(folder.journal / name, since)


def _rate(read: dict[str, JournalProgress], since: float | None) -> float | None:
    """That of the journal that was written last."""
    last = max(read.values(), key=lambda progress: progress.last_written or 0.0, default=None)
    return None if last is None else last.rate(since)


def _spent(path: Path) -> tuple[int, float]:
    """Calls and their cost, as the run notes them; a line that is being written counts next time."""
    calls, cost = 0, 0.0
    try:
        lines = text_lines(read_text(path, _MOST_NOTES))
    except (OSError, ValueError):
        return 0, 0.0
    for line in lines:
        try:
            of_line, paid = json.loads(line)
            calls, cost = calls + int(of_line), cost + float(paid)
        except (ValueError, TypeError):
            continue
    return calls, cost


def _last_activity(folder: RunFolder) -> float | None:
    times = [_written(path) for path in _written_files(folder)]
    return max((time_ for time_ in times if time_ is not None), default=None)


def _written_files(folder: RunFolder) -> Iterator[Path]:
    yield from folder.path.glob("*.*")
    yield from folder.journal.rglob("*")


def _written(path: Path) -> float | None:
    try:
        return path.lstat().st_mtime
    except OSError:
        return None


def seconds_since(moment: float) -> float:
    """Seconds from a moment to now; 0 if another machine's clock is ahead."""
    return max(0.0, time.time() - moment)
