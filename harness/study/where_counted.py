"""Where the spans of large tables are counted: here, in processes of this machine, or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.inference.executor import Executor, open_executor
from harness.measurement.streaming.measure_files import is_large
from harness.measurement.streaming.processes import Processes
from harness.measurement.streaming.spans import HERE, Spread
from harness.tables.pieces import TableFile

if TYPE_CHECKING:
    from harness.study.config import StudyConfig

MEASURED = ("samples.parquet", "predictions.parquet")


def where_run_is_counted(config: StudyConfig, folder: Path, tell: Callable[[str], None]) -> Spread:
    """Where a run is counted that has just been answered: by its executor, if that can, otherwise by its workers.

    Args:
        config: of the study.
        folder: of the run, with its tables.
        tell: is told where that is, if it is not this machine or could not be a cluster.
    """
    if not is_large(folder / "predictions.parquet"):
        return HERE
    spread = _of_executor(open_executor(config.executor.name, config.executor.options), tell)
    if spread is None:
        return in_processes(config.workers, tell)
    if not _is_seen_by(spread, folder):
        tell(f"Other machines do not see {folder}, so the predictions are counted on this one.")
        return HERE
    return spread


def where_counted(folder: Path, workers: int, cluster: str | None, tell: Callable[[str], None]) -> Spread:
    """Where a finished run is counted again.

    Args:
        folder: of the run.
        workers: processes of this machine.
        cluster: the address of a Ray cluster; None for this machine.
        tell: see `where_run_is_counted`.

    Raises:
        HarnessError: there is no such cluster, or its machines do not see the folder; both are asked for.
    """
    if cluster is not None and workers > 1:
        raise HarnessError("--workers and --cluster each say where tables are counted. Give one of them.")
    if cluster is None or not is_large(folder / "predictions.parquet"):
        return in_processes(workers, tell)
    spread = _of_executor(open_executor("ray", {"address": cluster}), tell)
    assert spread is not None
    if not _is_seen_by(spread, folder):
        raise HarnessError(
            f"Not all machines of the cluster see the tables of {folder}. Put the folder where all see it under "
            "this name, or leave out --cluster."
        )
    return spread


def in_processes(number: int, tell: Callable[[str], None]) -> Spread:
    """Several processes of this machine, or only this one."""
    return Processes(number, tell) if number > 1 else HERE


def _of_executor(executor: Executor, tell: Callable[[str], None]) -> Spread | None:
    spread: Callable[[Callable[[str], None]], Spread] | None = getattr(executor, "spread", None)
    return None if spread is None else spread(tell)


def _is_seen_by(spread: Spread, folder: Path) -> bool:
    """Whether machines of the cluster, as many as are asked, see the tables as this one does."""
    tables = [TableFile((folder / name).resolve()) for name in MEASURED]
    return all(spread(partial(_are_seen, tables), range(2 * spread.num_workers)))


def _are_seen(tables: Sequence[TableFile], _: int) -> bool:
    return all(table.is_as_it_was() for table in tables)
