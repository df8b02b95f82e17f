"""Devices beside a reference: made ones whose error is known, and the real ones by an own count."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from silent import Silent

from harness.practice_tests.practice_interface import Said
from harness.practice_tests.questions import answered
from harness.practice_tests.wearables.agreement_summary import agreement_result
from harness.practice_tests.wearables.device_agreement import ALL, agreement_questions, agreement_rows
from harness.practice_tests.wearables.measurement_sources import of_reader
from harness.practice_tests.wearables.measurements import Measurements
from harness.practice_tests.wearables.quality import QualityRule
from harness.practice_tests.wearables.wearables_options import WearablesOptions
from harness.study.assembly import open_reader
from harness.tables.results import Result

SITUATIONS = ("sitting", "standing", "walking")


def made(num: int = 24) -> Measurements:
    """A reference; a device that is 5 too high; one that loses everything in movement and was worn by half."""
    rng = np.random.default_rng(0)
    rows = []
    for person in range(num):
        for situation in SITUATIONS:
            true = 60 + 10 * rng.random()
            rows.append((f"p{person}", "ecg", situation, true, 300.0))
            rows.append((f"p{person}", "high", situation, true + 5 + 0.1 * rng.normal(), 300.0))
            if person % 2 == 0:
                blind = situation == "walking"
                rows.append((f"p{person}", "blind", situation, np.nan if blind else true, 0.0 if blind else 300.0))
    subject, device, situation, value, beats = zip(*rows, strict=True)
    return Measurements(
        *("made", "ecg", np.array(subject), np.array(device), np.array(situation)),
        values={"mean_hr": np.array(value)},
        num_beats_n=np.array(beats),
        num_artefacts_n=np.full(len(rows), np.nan),
        units={"mean_hr": "bpm"},
    )


def by_key(rows: list[Result]) -> dict[tuple[str, str, str], Result]:
    return {(row.model, row.group, row.metric): row for row in rows}


def test_bias_and_quality_of_devices_whose_error_is_known() -> None:
    found = by_key(list(agreement_rows(made(), QualityRule(), 0.95)))
    bias = found["high", "sitting", "bias:mean_hr"]
    assert bias.lo is not None
    assert bias.hi is not None
    assert bias.lo < 5 < bias.hi
    assert bias.hi - bias.lo < 0.2
    assert found["high", ALL, "bias:mean_hr"].n_samples == 72
    assert found["high", ALL, "relative_bias:mean_hr"].value == pytest.approx(5 / 65, abs=0.005)
    assert found["blind", "sitting", "quality_missing"].value == 0.5  # half of the people had none
    assert found["blind", "walking", "quality_missing"].value == 1.0
    assert (
        found["blind", "walking", "bias:mean_hr"].value,
        found["blind", "sitting", "bias:mean_hr"].n_unscored,
    ) == (
        None,
        12,
    )
    assert found["blind", "sitting", "ccc:mean_hr"].value == pytest.approx(1.0)


def test_verdicts_name_what_movement_costs() -> None:
    questions = agreement_questions(made(), QualityRule(), ["walking"], (0.1, 0.1), 5)
    found = by_key(answered(list(questions), 0.95))
    assert found["blind", "rest", "acceptable_loss_when_moving"].verdict == "not_met"
    assert found["high", "rest", "acceptable_loss_when_moving"].verdict == "inconclusive"  # 24 people, all alike
    many = agreement_questions(made(150), QualityRule(), ["walking"], (0.1, 0.1), 5)
    assert by_key(answered(list(many), 0.95))["high", "rest", "acceptable_loss_when_moving"].verdict == "met"
    assert found["high", "moving", "mape_limit:mean_hr"].verdict == "met"
    assert found["blind", "moving", "mape_limit:mean_hr"].verdict == "not_tested"
    strict = agreement_questions(made(), QualityRule(), ["walking"], (0.05, 0.1), 5)
    assert by_key(answered(list(strict), 0.95))["high", "rest", "mape_limit:mean_hr"].verdict == "not_met"


def test_the_real_devices_by_an_own_count(shared_data: Path) -> None:
    folder = shared_data / "wearable_hrv"
    reader = open_reader("wearable_hrv", folder, {})
    measured = of_reader(reader, reader.samples(), WearablesOptions(dataset="wearable_hrv"), Silent())
    found = by_key(list(agreement_rows(measured, QualityRule(), 0.95)))
    rows = [row for path in sorted(folder.glob("P*.csv")) for row in csv.DictReader(path.read_text().splitlines())]
    ecg = {(row["pp"], row["conditions"]): row for row in rows if row["device"] == "vu"}
    for device, situation in (("rhythm", "walking"), ("kyto", "biking"), ("heartmath", "sitting")):
        mine = {row["pp"]: row for row in rows if (row["device"], row["conditions"]) == (device, situation)}
        pairs = [
            (row, ecg[person, situation]) for person, row in mine.items() if float(row["nibi_after_cropping"])
        ]
        poor = sum(
            abs(float(own["nibi_after_cropping"]) / float(true["nibi_after_cropping"]) - 1) > 0.2
            or float(own["artefact"]) / float(own["nibi_after_cropping"]) > 0.2
            for own, true in pairs
        )
        assert found[device, situation, "quality_poor"].value == pytest.approx(poor / 10)
        assert found[device, situation, "quality_missing"].value == pytest.approx(1 - len(pairs) / 10)
        differences = [float(own["rmssd"]) - float(true["rmssd"]) for own, true in pairs if own["rmssd"]]
        assert found[device, situation, "bias:rmssd"].value == pytest.approx(np.mean(differences))


def test_an_error_is_a_share_of_the_size_of_the_reference() -> None:
    reference = np.array([-2.0, 2.0, -4.0, 4.0, 0.0, -1.0])
    measured = Measurements(
        dataset="made",
        reference="ecg",
        subject_n=np.array([str(person) for person in (*range(6), *range(6))]),
        device_n=np.repeat(["ecg", "watch"], 6),
        situation_n=np.full(12, "sitting"),
        values={"change": np.concatenate([reference, 1.5 * reference + 0.25 * (reference == 0)])},
        num_beats_n=np.full(12, 60.0),
        num_artefacts_n=np.zeros(12),
        units={"change": "degrees"},
    )
    rows = agreement_rows(measured, QualityRule(), 0.95)
    (found,) = [row for row in rows if row.metric == "mape:change" and row.group == "sitting"]
    assert found.value == pytest.approx(0.5)  # neither -0.5 for a negative reference nor infinite for 0
    assert (found.n_samples, found.n_unscored) == (5, 1)
    questions = agreement_questions(measured, QualityRule(), ("walking",), (0.1, 0.1), 5)
    (at_rest,) = [row for row in answered([*questions], 0.95) if row.group == "rest" and "mape" in row.metric]
    assert at_rest.value == pytest.approx(0.5)
    (bias,) = [row for row in rows_of(measured) if (row.metric, row.group) == ("relative_bias:change", "sitting")]
    assert bias.value == pytest.approx((0.5 * reference.sum() + 0.25) / np.abs(reference).sum())


def rows_of(measured: Measurements) -> list[Result]:
    return list(agreement_rows(measured, QualityRule(), 0.95))


def test_a_reference_that_is_always_zero_gives_no_share() -> None:
    told = made()
    still = replace(told, values={"mean_hr": np.where(told.device_n == "ecg", 0.0, 1.0)})
    found = by_key(rows_of(still))
    error = found["high", "sitting", "mape:mean_hr"]
    assert (error.value, error.n_samples, error.n_unscored) == (None, 0, 24)
    assert "reference is 0 throughout" in str(error.note)
    assert found["high", "sitting", "bias:mean_hr"].value == 1.0
    assert ("high", "sitting", "relative_bias:mean_hr") not in found


def test_measurements_whose_beats_nobody_counted_are_of_unknown_quality() -> None:
    told = made()
    uncounted = replace(told, num_beats_n=np.full(len(told.num_beats_n), np.nan))
    found = by_key(rows_of(uncounted))
    assert found["high", "sitting", "quality_unknown"].value == 1.0
    assert found["high", "sitting", "quality_missing"].value == 0.0
    assert found["blind", "sitting", "quality_missing"].value == 0.5  # not worn
    assert found["blind", "walking", "quality_missing"].value == 1.0  # worn, and without any value
    questions = agreement_questions(uncounted, QualityRule(), ["walking"], (0.1, 0.1), 5)
    loss = by_key(answered(list(questions), 0.95))["high", "rest", "acceptable_loss_when_moving"]
    assert (loss.verdict, loss.judgement and loss.judgement.reason) == (
        "not_tested",
        "it is not known how many heartbeats the device found",
    )
    shown = [
        cell
        for row in agreement_result(uncounted, WearablesOptions(dataset="made")).sections[0].tables[0].rows
        for cell in row
    ]
    assert Said("quality_cell_unknown", {"acceptable": 0, "poor": 0, "missing": 12, "unknown": 12}) in shown
