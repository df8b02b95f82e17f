from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from harness.measurement.measure import measure_run
from harness.measurement.measure_settings import MeasureSettings
from harness.metrics.dimensional import ccc, moments
from harness.report.run_curves import RunCurves
from harness.report.within_people import within_people
from harness.tables.curves import Curve, curves_table
from harness.tables.predictions import predictions_table, validate_predictions
from harness.tables.samples import samples_table

SETTINGS = MeasureSettings(resamples=100, permutations=100, min_subjects=2, system="m")


def study(lengths: list[int]) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """People with courses of different levels, which a system follows with noise."""
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(len(lengths)), lengths)
    truth = np.clip(0.2 * person - 0.3 + rng.normal(0, 0.2, len(person)), -1, 1)
    rows = [
        {
            "sample_id": f"{number}",
            "subject_id": f"p{who}",
            "modality": "voice",
            "label_source": "observer",
            "arousal": value,
        }
        for number, (who, value) in enumerate(zip(person.tolist(), truth.tolist(), strict=True))
    ]
    return samples_table(rows), truth, truth + rng.normal(0, 0.1, len(truth))


def curves(samples: pa.Table, answers: np.ndarray) -> list[Curve]:
    num = samples.num_rows
    predictions = predictions_table(
        model="m",
        labels=[],
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["scored"] * num,
        reason=[None] * num,
        label=[None] * num,
        dimensions={"arousal": answers.tolist()},
    )
    return list(
        measure_run(samples, validate_predictions(predictions, samples), dataset="d", settings=SETTINGS).curves
    )


def test_the_mean_over_people_of_the_ccc_within_each_with_its_t_interval() -> None:
    samples, truth, answers = study([12, 15, 20, 9])
    (row,) = [row for row in curves(samples, answers) if row.curve == "within_subjects"]
    bounds = np.cumsum([0, 12, 15, 20])
    within = [
        float(ccc(moments(np.zeros(last - first, int), truth[first:last], answers[first:last], 1)[0]))
        for first, last in pairwise(bounds)
    ]
    assert (row.answer, row.n_subjects, row.n_samples) == ("arousal", 3, 47)  # the fourth has nine samples
    assert row.y == pytest.approx(np.mean(within))
    half = stats.t.ppf(0.975, 2) * np.std(within, ddof=1) / np.sqrt(3)
    assert row.lo == pytest.approx(np.mean(within) - half, abs=0.02)
    (sentence,) = within_people(RunCurves(curves_table([row]), "m"))
    assert sentence.startswith("CCC of arousal within each of 3 subjects, on average: ")


def test_nothing_is_said_of_a_single_person_or_of_few_samples() -> None:
    for lengths in ([30], [9, 9, 9]):
        samples, _, answers = study(lengths)
        assert not [row for row in curves(samples, answers) if row.curve == "within_subjects"]
