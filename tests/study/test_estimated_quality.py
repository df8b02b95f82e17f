"""Signal quality as columns of the samples, by an option that is off unless it is chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.people import People
from harness.cards.facts import dataset_card
from harness.checks.properties import context_properties
from harness.datasets.simulated.faces import SimulatedFacesOptions, SimulatedFacesReader
from harness.datasets.simulated.voices import SimulatedVoicesOptions, SimulatedVoicesReader
from harness.datasets.simulated.wearables import SimulatedWearablesOptions, SimulatedWearablesReader
from harness.errors import HarnessError, Reason, Unscored
from harness.evidence.pseudonyms import pseudonymise
from harness.signals.media import Audio
from harness.signals.sound_quality import sound_quality
from harness.study.estimated_quality import with_signal_quality
from harness.tables.predictions import predictions_table
from harness.tables.quality_columns import read_grades


class SomeMissing(SimulatedVoicesReader):
    """The first clip cannot be read."""

    def load(self, sample: Any) -> Audio:
        if sample["sample_id"] == self.samples()["sample_id"][0].as_py():
            raise Unscored(Reason.UNREADABLE)
        return super().load(sample)


def voices() -> SimulatedVoicesReader:
    return SomeMissing(dataset_card("simulated_voices"), None, SimulatedVoicesOptions(subjects=10))


def every(table: pa.Table, step: int) -> pa.Table:
    return table.take(np.arange(0, table.num_rows, step))


def test_every_clip_has_what_is_measured_in_it_and_a_missing_one_has_none() -> None:
    reader = voices()
    listed = every(reader.samples(), 4)
    rows = with_signal_quality(People(listed), reader).samples.to_pylist()
    assert rows[0]["ctx.snr_db"] is rows[0]["ctx.quality_snr"] is None
    for row in rows[1:4]:
        assert row["ctx.snr_db"] == pytest.approx(sound_quality(reader.load(row)).snr_db, abs=1e-4)
    worst = min(rows[1:], key=lambda row: row["ctx.snr_db"])
    best = max(rows[1:], key=lambda row: row["ctx.snr_db"])
    assert (worst["ctx.quality_snr"] <= 2, best["ctx.quality_snr"]) == (True, 20)


def test_faces_and_recordings_have_measures_of_their_own() -> None:
    faces = SimulatedFacesReader(dataset_card("simulated_faces"), None, SimulatedFacesOptions(subjects=10))
    found = with_signal_quality(People(every(faces.samples(), 6)), faces).samples
    assert {"brightness", "contrast", "face_size", "sharpness"} == set(read_grades(found))
    worn = SimulatedWearablesReader(
        dataset_card("simulated_wearables"), None, SimulatedWearablesOptions(subjects=10)
    )
    found = with_signal_quality(People(every(worn.samples(), 5)), worn).samples
    assert {"motion", "pulse_skewness", "pulse_template"} <= set(read_grades(found))


def test_taken_names_and_samples_without_any_of_it_are_refused() -> None:
    reader = voices()
    listed = reader.samples().slice(1, 2)
    with pytest.raises(HarnessError, match=r"have a column ctx\.snr_db already"):
        with_signal_quality(People(listed.append_column("ctx.snr_db", pa.array([1.0, 2.0]))), reader)
    with pytest.raises(HarnessError, match="no sample has any of them"):
        with_signal_quality(People(reader.samples().slice(0, 1)), reader)


def test_grades_leave_the_machine_and_values_do_not(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path))
    reader = voices()
    samples = with_signal_quality(People(every(reader.samples(), 4)), reader).samples
    ids = samples["sample_id"].to_pylist()
    predictions = predictions_table(
        model="mine",
        labels=["joy"],
        sample_id=ids,
        label=["joy"] * len(ids),
        outcome=["scored"] * len(ids),
        reason=[None] * len(ids),
    )
    public, _ = pseudonymise(samples, predictions)
    assert public["ctx.quality_snr"].equals(samples["ctx.quality_snr"])
    assert "ctx.snr_db" not in public.column_names


def test_checks_look_at_values_and_not_at_grades_of_them() -> None:
    reader = voices()
    samples = with_signal_quality(People(every(reader.samples(), 4)), reader).samples
    names = [each.name for each in context_properties(samples)]
    assert "ctx.snr_db" in names
    assert not [name for name in names if name.startswith("ctx.quality_")]
