"""The simulated EEG: the truth that was put in can be found, and nothing else."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.simulated.eeg import SimulatedEegOptions, SimulatedEegReader
from harness.errors import HarnessError
from harness.signals.eeg_bands import BANDS, band_features
from harness.signals.media import Recording
from harness.signals.montage import TEN_TWENTY

ROOT = Path(__file__).parents[3]
ALPHA, BETA, DELTA = (list(BANDS).index(name) for name in ("alpha", "beta", "delta"))


def reader(**options: Any) -> SimulatedEegReader:
    return SimulatedEegReader(dataset_card("simulated_eeg"), None, SimulatedEegOptions.model_validate(options))


def power(window: Recording, electrode: str, band: int) -> float:
    channel = window.channels[electrode]
    return float(band_features(channel.values, channel.rate_hz).power[band])


def rise(made: SimulatedEegReader, electrode: str, band: int, group: tuple[str, Any] | None = None) -> float:
    """By how much the band's mean log power is higher when aroused."""
    found: dict[str, list[float]] = {"calm": [], "aroused": []}
    for row in made.samples().to_pylist():
        if group is None or row[f"attr.{group[0]}"] == group[1]:
            found[row["label"]].append(power(made.load(row), electrode, band))
    return float(np.mean(found["aroused"]) - np.mean(found["calm"]))


def test_windows_of_19_electrodes() -> None:
    made = reader(subjects=2)
    rows = made.samples().to_pylist()
    ids = [f"simulated/sim001/{name}" for name in ("aroused-1", "aroused-2", "calm-1", "calm-2")]
    assert sorted(row["sample_id"] for row in rows[:4]) == ids
    assert [(row["start_s"], row["end_s"]) for row in rows[:4]] == [(0, 20), (20, 40), (40, 60), (60, 80)]
    window = made.load(rows[0])
    assert tuple(window.channels) == TEN_TWENTY
    assert {(len(c.values), c.rate_hz, c.unit) for c in window.channels.values()} == {(2560, 128.0, "µV")}


def test_the_order_differs_between_people() -> None:
    rows = reader(subjects=12).samples().to_pylist()
    assert {row["label"] for row in rows if row["start_s"] == 0.0} == {"calm", "aroused"}


def test_arousal_lowers_alpha_at_the_back_and_raises_beta_at_the_front() -> None:
    made = reader(subjects=12)
    assert rise(made, "O1", ALPHA) < -0.2
    assert rise(made, "Fz", BETA) > 0.1
    assert abs(rise(made, "O1", DELTA)) < 0.1


def test_blinks_are_a_confounder_only_where_that_is_chosen() -> None:
    assert abs(rise(reader(subjects=12, samples_per_class=3), "Fp1", DELTA)) < 0.15
    assert rise(reader(subjects=12, blinks=6, blinks_aroused=30), "Fp1", DELTA) > 0.2


def test_a_bias_weakens_the_response_of_its_group_alone() -> None:
    made = reader(subjects=12, bias={"attribute": "sex", "group": "female", "effect": 1.0, "mechanism": "weaken"})
    assert abs(rise(made, "O1", ALPHA, ("sex", "female"))) < 0.1
    assert rise(made, "O1", ALPHA, ("sex", "male")) < -0.2


def test_a_bias_without_a_group_is_refused() -> None:
    with pytest.raises(HarnessError, match="nobody has sex = 'other'"):
        reader(bias={"attribute": "sex", "group": "other", "effect": 0.5}).samples()


DIGEST = """
import hashlib
from harness.cards.facts import dataset_card
from harness.datasets.simulated.eeg import SimulatedEegOptions, SimulatedEegReader
made = SimulatedEegReader(dataset_card("simulated_eeg"), None, SimulatedEegOptions(subjects=2))
found = hashlib.sha256()
for row in made.samples().to_pylist():
    for channel in made.load(row).channels.values():
        found.update(channel.values.tobytes())
print(found.hexdigest())
"""


def test_the_same_bytes_in_another_process() -> None:
    found = hashlib.sha256()
    made = reader(subjects=2)
    for row in made.samples().to_pylist():
        for channel in made.load(row).channels.values():
            found.update(channel.values.tobytes())
    env = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    run = [sys.executable, "-c", DIGEST]
    assert (
        subprocess.run(run, env=env, capture_output=True, text=True, check=True).stdout.strip()
        == found.hexdigest()
    )
