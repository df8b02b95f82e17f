"""Measuring tables too large for memory: read piece by piece."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from harness.evidence.run_folder import RunFolder
from harness.measurement.measure import Measured
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.streaming.measure_files import measure_files
from harness.tables.results import Result
from harness.verdicts.judge import not_tested

LEFT_OUT = (
    "There are so many predictions that they were read piece by piece: the checks on the test itself and "
    "differences from human raters, which need all rows at once, were not made. Remedy: score a part of the "
    "samples as well."
)


def measure_large(folder: RunFolder, dataset: str, settings: MeasureSettings) -> tuple[Measured, list[Result]]:
    """Measure the stored tables in memory that rows do not add to; and a finding that says what was left out.

    Args:
        folder: holds the samples and the predictions.
        dataset: its name in the results.
        settings: the choices of the plan.

    Raises:
        HarnessError: a table is missing, does not fit the plan, or is not in order.
    """
    measured = measure_files(
        folder / "samples.parquet", folder / "predictions.parquet", dataset=dataset, settings=settings
    )
    num_samples, num_subjects = _size(measured.results)
    left_out = Result(
        dataset=dataset,
        model=str(settings.system),
        kind="check",
        metric="size_of_tables",
        statistic="index",
        value=None,
        n_samples=num_samples,
        n_subjects=num_subjects,
        n_unscored=0,
        judgement=not_tested(LEFT_OUT),
    )
    return measured, [left_out]


def _size(results: pa.Table) -> tuple[int, int]:
    """Samples and subjects: those of coverage, which all samples count for."""
    chosen = pc.and_(pc.equal(results["metric"], "coverage"), pc.equal(results["axis"], "overall"))
    row = results.filter(chosen).slice(0, 1).to_pylist()[0]
    return row["n_samples"], row["n_subjects"]
