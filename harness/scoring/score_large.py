"""Scoring tables too large for memory: read piece by piece, with a short report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.streaming.measure_files import measure_files
from harness.report import short_page as short_report
from harness.scoring.outputs import write_outputs
from harness.tables.results import Result, results_table

LEFT_OUT = (
    "There are so many predictions that they were read piece by piece: the checks on the test itself and "
    "differences from human raters, which need all rows at once, were not made. Remedy: score a part of the "
    "samples as well."
)


def score_large(folder: RunFolder, plan: dict[str, Any], settings: MeasureSettings, target: Path) -> pa.Table:
    """Measure from the stored tables as `harness.scoring.score_run.score` does, in memory that rows do not add to.

    Args:
        folder: holds the samples and the predictions.
        plan: of the run.
        settings: its choices.
        target: where results and report are written.

    Raises:
        HarnessError: a table is missing, does not fit the plan, or is not in order.
    """
    dataset, system = plan["dataset"]["name"], plan["model"]["name"]
    measured = measure_files(
        folder / "samples.parquet", folder / "predictions.parquet", dataset=dataset, settings=settings
    )
    num_samples, num_subjects = _size(measured)
    left_out = Result(
        dataset=dataset,
        model=system,
        kind="check",
        metric="size_of_tables",
        statistic="index",
        value=None,
        n_samples=num_samples,
        n_subjects=num_subjects,
        n_unscored=0,
        verdict="not_tested",
        reason=LEFT_OUT,
    )
    results = pa.concat_tables([measured, results_table([left_out])])
    page = short_report.render(
        short_report.ShortReport(
            plan=plan,
            plan_sha256=canonical_hash(plan),
            num_samples=num_samples,
            num_subjects=num_subjects,
            results=results,
        )
    )
    write_outputs(results, page, target)
    return results


def _size(results: pa.Table) -> tuple[int, int]:
    """Samples and subjects: those of coverage, which all samples count for."""
    chosen = pc.and_(pc.equal(results["metric"], "coverage"), pc.equal(results["axis"], "overall"))
    row = results.filter(chosen).slice(0, 1).to_pylist()[0]
    return row["n_samples"], row["n_subjects"]
