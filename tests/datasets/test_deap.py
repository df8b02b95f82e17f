"""DEAP: trials without the seconds before the video, ratings as labels and as dimensions."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.deap import ELECTRODES, SHAPE, DeapOptions, DeapReader
from harness.errors import HarnessError
from harness.signals.media import Recording
from harness.signals.montage import POSITIONS

RATINGS = np.tile([[7.0, 2.0, 5.0, 9.0]], (40, 1))
RATINGS[1] = [5.0, 5.01, 1.0, 1.0]


def write(root: Path, name: str, data: Any = None, labels: Any = RATINGS) -> None:
    """A person's file: channel c of trial t is t + c / 100 at its start and rises by 1 a second."""
    if data is None:
        data = np.arange(40.0)[:, None, None] + np.arange(40.0)[:, None] / 100 + np.arange(SHAPE[2]) / 128
    (root / name).write_bytes(pickle.dumps({"labels": labels, "data": data}, 2))


def reader(root: Path, **options: Any) -> DeapReader:
    return DeapReader(dataset_card("deap"), root, DeapOptions(**options))


def test_a_row_per_trial_with_ratings_as_label_and_dimensions(tmp_path: Path) -> None:
    write(tmp_path, "s02.dat")
    rows = reader(tmp_path).samples().to_pylist()
    assert len(rows) == 40
    first, second = rows[:2]
    assert (first["sample_id"], first["subject_id"]) == ("s02.dat#01-3000-63000", "s02")
    assert (first["label"], first["label_source"], first["modality"]) == ("high", "self_report", "eeg")
    assert (first["valence"], first["arousal"], first["dominance"], first["ctx.liking"]) == (0.5, -0.75, 0.0, 9.0)
    assert second["label"] == "low"  # equal to the threshold
    assert reader(tmp_path, target="arousal").samples()["label"].to_pylist()[:2] == ["low", "high"]


def test_windows_leave_out_what_is_before_the_video(tmp_path: Path) -> None:
    write(tmp_path, "s01.dat")
    made = reader(tmp_path, window_s=20, stride_s=20)
    rows = made.samples().to_pylist()
    assert [(row["start_s"], row["end_s"]) for row in rows[:3]] == [(3, 23), (23, 43), (43, 63)]
    window = made.load(rows[3 * 6 + 1])  # the second window of the seventh trial
    assert isinstance(window, Recording)
    assert tuple(window.channels) == ELECTRODES
    assert window.channels["Fp1"].values[0] == pytest.approx(6 + 23)
    assert window.channels["AF3"].values[0] == pytest.approx(6 + 0.01 + 23)
    assert (len(window.channels["O2"].values), window.channels["O2"].rate_hz) == (2560, 128.0)


def test_peripheral_channels_are_read_on_request(tmp_path: Path) -> None:
    write(tmp_path, "s01.dat")
    made = reader(tmp_path, peripheral=True)
    window = made.load(made.samples().to_pylist()[0])
    assert isinstance(window, Recording)
    assert len(window.channels) == 40
    assert window.channels["bvp"].values[0] == pytest.approx(0.38 + 3)


def test_electrodes_have_names_of_the_montage() -> None:
    assert set(ELECTRODES) < set(POSITIONS)
    assert len(set(ELECTRODES)) == 32


def test_check_names_flat_electrodes(tmp_path: Path) -> None:
    data = np.tile(np.arange(SHAPE[2]) % 7.0, (40, 40, 1))
    data[4, 8] = 0.0
    write(tmp_path, "s01.dat", data)
    assert reader(tmp_path).layout_problems(reader(tmp_path).samples()) == ["s01.dat: CP5 of trial 5 is flat"]


def test_messages_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"holds no s01.dat"):
        reader(tmp_path).samples()
    write(tmp_path, "s01.dat", np.zeros((40, 32, 100)))
    with pytest.raises(HarnessError, match=r"expected \(40, 40, 8064\) and \(40, 4\)"):
        reader(tmp_path).samples()
    write(tmp_path, "s01.dat", labels=RATINGS + 3)
    with pytest.raises(HarnessError, match="not from 1 to 9"):
        reader(tmp_path).samples()
