"""Where large tables are counted: here, in workers, or where an executor computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import HarnessError
from harness.measurement.streaming import measure_files as streaming
from harness.measurement.streaming.processes import Processes
from harness.measurement.streaming.spans import HERE
from harness.study import where_counted as module
from harness.study.where_counted import MEASURED, where_counted, where_run_is_counted


class Elsewhere:
    """Machines that see the tables before anything is done with a task, or do not."""

    num_workers, is_elsewhere = 2, True

    def __init__(self, spoil: Callable[[], None] = lambda: None) -> None:
        self.spoil = spoil

    def __call__(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        self.spoil()
        return map(function, tasks)

    def end(self) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run whose tables count as large."""
    monkeypatch.setattr(streaming, "STREAMED_ROWS", 2)
    for name in MEASURED:
        pq.write_table(pa.table({"sample_id": ["a", "b", "c"]}), tmp_path / name)
    return tmp_path


def config(workers: int = 2) -> Any:
    return SimpleNamespace(executor=SimpleNamespace(name="local", options={}), workers=workers)


def use(monkeypatch: pytest.MonkeyPatch, spread: Elsewhere) -> None:
    monkeypatch.setattr(module, "open_executor", lambda *_: SimpleNamespace(spread=lambda tell: spread))


def test_a_run_is_counted_by_its_workers(folder: Path) -> None:
    assert where_run_is_counted(config(2), folder, print) == Processes(2)
    assert where_run_is_counted(config(0), folder, print) is HERE


def test_small_tables_are_counted_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Elsewhere())
    monkeypatch.setattr(streaming, "STREAMED_ROWS", 3)
    assert where_run_is_counted(config(), folder, print) is HERE
    assert where_counted(folder, 1, "auto", print) is HERE


def test_machines_that_see_the_tables_count_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spread = Elsewhere()
    use(monkeypatch, spread)
    assert where_run_is_counted(config(), folder, print) is spread
    assert where_counted(folder, 1, "auto", print) is spread


def test_processes_here_and_a_cluster_are_not_asked_for_together(folder: Path) -> None:
    with pytest.raises(HarnessError, match="Give one of them"):
        where_counted(folder, 2, "auto", print)


@pytest.mark.parametrize("change", ["gone", "another"])
def test_machines_that_do_not_see_them_do_not(folder: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    def spoil() -> None:
        (folder / "samples.parquet").unlink()
        if change == "another":
            pq.write_table(pa.table({"sample_id": ["a", "b"]}), folder / "samples.parquet")

    use(monkeypatch, Elsewhere(spoil))
    told: list[str] = []
    assert where_run_is_counted(config(), folder, told.append) is HERE
    assert told == [f"Other machines do not see {folder}, so the predictions are counted on this one."]
    pq.write_table(pa.table({"sample_id": ["a", "b", "c"]}), folder / "samples.parquet")
    with pytest.raises(HarnessError, match="Not all machines of the cluster see the tables"):
        where_counted(folder, 1, "auto", print)
