from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from harness.evidence.pseudonyms import pseudonymise
from harness.measurement.measure import measure_run
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.streaming.measure_files import measure_files
from harness.metrics.dimensional import ccc, moments
from harness.report.run_curves import RunCurves
from harness.report.within_people import within_people
from harness.tables.curves import Curve, curves_table
from harness.tables.predictions import predictions_table, validate_predictions
from harness.tables.samples import samples_table
from harness.tables.versions import write_table

SETTINGS = MeasureSettings(resamples=100, permutations=100, min_subjects=2, system="m")


def study(lengths: list[int], clips: list[int] | None = None) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """People with courses of different levels, which a system follows with noise; the clip of each sample."""
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(len(lengths)), lengths)
    truth = np.clip(0.2 * person - 0.3 + rng.normal(0, 0.2, len(person)), -1, 1)
    rows = [
        {
            "sample_id": f"{number:03d}",
            "subject_id": f"p{who}",
            "session_id": None if clips is None or clips[number] < 0 else f"clip {clips[number]}",
            "modality": "voice",
            "label_source": "observer",
            "arousal": value,
        }
        for number, (who, value) in enumerate(zip(person.tolist(), truth.tolist(), strict=True))
    ]
    return samples_table(rows), truth, truth + rng.normal(0, 0.1, len(truth))


def answered(samples: pa.Table, answers: np.ndarray) -> pa.Table:
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
    return validate_predictions(predictions, samples)


def curves(samples: pa.Table, answers: np.ndarray) -> list[Curve]:
    return list(measure_run(samples, answered(samples, answers), dataset="d", settings=SETTINGS).curves)


def lin(truth: np.ndarray, answers: np.ndarray) -> float:
    """Lin's CCC of one clip, by its formula."""
    covariance = np.cov(truth, answers, bias=True)
    return float(2 * covariance[0, 1] / (np.trace(covariance) + (truth.mean() - answers.mean()) ** 2))


NAMES = [0] * 12 + [1] * 18 + [0] * 20 + [3] * 4 + [2] * 15 + [1] * 11
"""Clips of four people with 30, 24, 15 and 11 samples, one of four samples; two people may use one name."""


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


def test_the_mean_over_clips_of_the_ccc_within_each_with_its_interval_over_people() -> None:
    samples, truth, answers = study([30, 24, 15, 11], NAMES)
    (row,) = [row for row in curves(samples, answers) if row.curve == "within_clips"]
    of_clips = [lin(truth[a:b], answers[a:b]) for a, b in [(0, 12), (12, 30), (30, 50), (54, 69), (69, 80)]]
    assert (row.answer, row.x, row.x_hi, row.n_samples, row.n_subjects) == ("arousal", 5, 6, 76, 4)
    assert row.y == pytest.approx(np.mean(of_clips), abs=1e-9)
    left_out = [np.mean(of_clips[2:]), *(np.mean(np.delete(of_clips, k)) for k in (2, 3, 4))]
    assert row.lo is not None
    assert row.hi is not None
    assert row.lo < min(left_out) <= np.mean(of_clips) <= max(left_out) < row.hi
    assert row.y != pytest.approx(lin(truth, answers), abs=0.01), "which is that of all samples together"
    said = within_people(RunCurves(curves_table(curves(samples, answers)), "m"))
    assert len(said) == 2
    assert said[1].startswith("CCC of arousal within each of 5 clips of 4 subjects, on average: ")
    assert said[1].endswith("; 1 clip with too few samples left out.")


def test_clips_of_two_people_with_one_name_are_two_and_samples_without_a_session_are_in_none() -> None:
    samples, truth, answers = study([12, 15, 20], [0] * 12 + [0] * 15 + [-1] * 20)
    found = {row.curve: row for row in curves(samples, answers)}
    assert (found["within_clips"].x, found["within_clips"].n_subjects) == (2, 2)
    of_clips = [lin(truth[:12], answers[:12]), lin(truth[12:27], answers[12:27])]
    assert found["within_clips"].y == pytest.approx(np.mean(of_clips))
    assert found["within_subjects"].n_subjects == 3


def test_one_clip_each_is_said_once() -> None:
    samples, _, answers = study([12, 15], [0] * 12 + [1] * 15)
    assert len(within_people(RunCurves(curves_table(curves(samples, answers)), "m"))) == 1


def test_in_pieces_the_clips_are_the_same_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples, _, answers = study([30, 24, 15, 11], NAMES)
    predictions = answered(samples, answers)
    files = tmp_path / "samples.parquet", tmp_path / "predictions.parquet"
    write_table(samples, "samples", files[0])
    write_table(predictions, "predictions", files[1])
    monkeypatch.setattr("harness.tables.pieces.CHUNK_ROWS", 7)
    streamed = measure_files(*files, dataset="d", settings=SETTINGS)
    whole = measure_run(samples, predictions, dataset="d", settings=SETTINGS)
    assert curves_table(streamed.curves).equals(curves_table(whole.curves))
    assert [row.x for row in whole.curves if row.curve == "within_clips"] == [5]


def test_under_pseudonyms_the_clips_are_the_same_to_the_byte() -> None:
    samples, _, answers = study([30, 24, 15, 11], NAMES)
    predictions = answered(samples, answers)
    both = [(samples, predictions), pseudonymise(samples, predictions)]
    own, public = (curves_table(measure_run(*tables, dataset="d", settings=SETTINGS).curves) for tables in both)
    assert own.equals(public)
