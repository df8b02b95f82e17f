"""The report of a finished run from what it has stored, without measuring again."""

from __future__ import annotations

from harness.evidence.names_in_plan import id_pieces, plan_by_rows
from harness.evidence.run_folder import RunFolder
from harness.evidence.run_seconds import recorded_seconds
from harness.report.run_page import Report
from harness.scoring.recorded_times import recorded_times
from harness.scoring.score_run import started_of
from harness.tables.versions import read_table


def stored_report(folder: RunFolder) -> Report:
    """The contents of a run's report.

    Args:
        folder: of the run, with its plan, samples, results and curves.

    Raises:
        HarnessError: a table or the plan is missing or malformed.
    """
    stored, record = folder.read_plan(), folder.read_run()
    return Report(
        plan=plan_by_rows(stored.plan, id_pieces(folder / "samples.parquet")),
        plan_sha256=stored.sha256,
        results=read_table(folder / "results.parquet", "results").table,
        curves=read_table(folder / "curves.parquet", "curves").table,
        started=started_of(folder),
        times=recorded_times(record),
        seconds=recorded_seconds(record),
    )
