"""All that is measured of the quality of signals."""

from __future__ import annotations

from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.quality.equal_quality import equal_quality_rows
from harness.measurement.quality.graded_samples import graded_samples
from harness.measurement.quality.matched_quality import matched_quality_rows
from harness.measurement.quality.refused_quality import refused_quality_rows
from harness.measurement.result_rows import RowFactory
from harness.tables.drawn_samples import DrawnSamples
from harness.tables.results import Result
from harness.tables.schemas import CLEAN


def quality_rows(drawn: DrawnSamples, *, dataset: str, settings: MeasureSettings) -> list[Result]:
    """The rows of the kinds ``equal_quality``, ``matched_quality`` and ``refused_quality``.

    Args:
        drawn: all samples, or half a million of them, and the system's answers to them, under ``clean``.
        dataset: its name in the results.
        settings: the choices.

    Returns:
        Nothing where samples have no grades of quality, or no labels. No gap is
        judged: the gap as it is has a verdict.
    """
    graded = graded_samples(drawn, settings)
    if graded is None:
        return []
    factory = RowFactory(dataset, str(settings.system), CLEAN, settings)
    return [
        *equal_quality_rows(factory, graded),
        *matched_quality_rows(factory, graded),
        *refused_quality_rows(factory, graded),
    ]
