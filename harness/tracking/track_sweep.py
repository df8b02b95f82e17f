"""Logs a sweep to MLflow as one run, the parent of the runs of its studies.

It is sent after the studies, once for each folder of a sweep: a sweep that is repeated into the same folder brings
its run up to date. No names of people, recordings or folders are sent (`harness.tracking.sent_choices`), nor the
reasons of studies that failed, as these may quote them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from harness import __version__
from harness.evidence.pseudonyms import load_pseudonym
from harness.evidence.public_tables import public_plan
from harness.evidence.run_folder import RunFolder
from harness.files import write_bytes
from harness.report.metric_names import in_display_order
from harness.report.sweep_page import SweptStudy, render_sweep
from harness.tables.parquet_files import write_csv
from harness.tracking.delivery import ARTIFACTS, Delivery, Sender, deliver, store_uri
from harness.tracking.run_description import markdown, page_tags
from harness.tracking.sent_choices import sent_key, sent_names
from harness.tracking.track_run import TrackedRun, run_key

SWEEP_TAG = "harness.sweep"
NAMES_LISTED = 20
REASON_STAYS = "The reason is in overview.html in the folder of the sweep, on the machine that ran it."


@dataclass(frozen=True)
class SweptRun:
    """A study of a sweep.

    Attributes:
        choices: the swept keys and the text of their values.
        folder: of its run; None if it failed.
        metrics: of the system, overall.
    """

    choices: Mapping[str, str]
    folder: Path | None
    metrics: Mapping[str, float]


def track_sweep(
    runs: Sequence[SweptRun],
    folder: Path,
    *,
    started_s: float,
    uri: str | None,
    experiment: str,
    timeout_s: float,
) -> TrackedRun:
    """Log a sweep, and make it the parent of those of its runs that are in the experiment.

    Args:
        runs: in the order of the sweep.
        folder: of the sweep: what identifies it.
        started_s: when it began, in seconds since 1970.
        uri: as for `harness.tracking.track_run.track`.
        experiment: the name of the MLflow experiment.
        timeout_s: when the attempt is over, whatever the server does.

    Raises:
        HarnessError: the server does not answer in time or refuses; the database cannot be written.
    """
    uri, pseudonym = store_uri(uri), load_pseudonym()
    folders = [None if run.folder is None else RunFolder(run.folder) for run in runs]
    plans = [None if of_run is None else public_plan(of_run) for of_run in folders]
    names = sent_names([run.choices for run in runs], plans, pseudonym)
    keys = dict.fromkeys(sent_key(key, pseudonym) for run in runs for key in run.choices)
    num_done = sum(run.folder is not None for run in runs)
    counts = {"studies/done": float(num_done), "studies/failed": float(len(runs) - num_done)}
    delivery = Delivery(
        uri=uri,
        experiment=experiment,
        key=(SWEEP_TAG, pseudonym("sweep", str(folder.resolve()))),
        name=f"sweep over {', '.join(keys)}"[:500] if keys else "sweep",
        tags=page_tags(_description(runs, names), __version__),
        started_ms=int(started_s * 1000),
        finished_ms=time.time_ns() // 1_000_000,
        metrics=counts,
        parameters={},
        children=[run_key(of_run) for of_run in folders if of_run is not None],
        is_renewed=True,
    )
    with Sender() as sender, tempfile.TemporaryDirectory(prefix="harness-track-") as private:
        _write(runs, names, Path(private) / ARTIFACTS)
        return TrackedRun(**deliver(sender, delivery, Path(private), timeout_s))


def _description(runs: Sequence[SweptRun], names: Sequence[str]) -> Iterator[str]:
    """Paragraphs in Markdown."""
    failed = [name for run, name in zip(runs, names, strict=True) if run.folder is None]
    yield f"A sweep: {len(runs) - len(failed):,} done, {len(failed):,} failed."
    if failed:
        listed = "\n".join(f"- {markdown(name)}" for name in failed[:NAMES_LISTED])
        yield f"Failed:\n\n{listed}"
        yield REASON_STAYS
    yield "The studies with their headline metrics are in the artifacts `overview.html` and `studies.csv`."


def _write(runs: Sequence[SweptRun], names: Sequence[str], into: Path) -> None:
    metrics = in_display_order(list(dict.fromkeys(name for run in runs for name in run.metrics)))
    studies = [
        SweptStudy(name, "" if run.folder else REASON_STAYS, None, run.metrics)
        for run, name in zip(runs, names, strict=True)
    ]
    write_bytes(render_sweep(studies, metrics).encode(), into / "overview.html")
    columns: dict[str, pa.Array] = {
        "study": pa.array(range(1, len(runs) + 1), pa.int64()),
        "choices": pa.array(names, pa.string()),
        "outcome": pa.array(["done" if run.folder else "failed" for run in runs], pa.string()),
    }
    columns |= {name: pa.array([run.metrics.get(name) for run in runs], pa.float64()) for name in metrics}
    write_csv(pa.table(columns), into / "studies.csv")
