"""SEED: films of sessions, whatever the initials in the names of the arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from harness.cards.facts import dataset_card
from harness.datasets.cut_windows import WindowOptions
from harness.datasets.seed import ELECTRODES, SeedReader
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Recording
from harness.signals.montage import POSITIONS

LABELS = [1, 0, -1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 0, 1, -1]


def write_session(root: Path, name: str, initials: str, films: range = range(1, 16)) -> None:
    """Films of 5 s: electrode c of film f is f + c / 100 at its start and rises by one a second."""
    folder = root / "Preprocessed_EEG"
    folder.mkdir(exist_ok=True)
    seconds = np.arange(1000) / 200
    arrays = {f"{initials}_eeg{f}": f + np.arange(62)[:, None] / 100 + seconds for f in films}
    savemat(folder / name, arrays)
    savemat(folder / "label.mat", {"label": np.array([LABELS])})


def reader(root: Path, **options: Any) -> SeedReader:
    return SeedReader(dataset_card("seed"), root, WindowOptions(**({"window_s": 2, "stride_s": 2} | options)))


def test_windows_of_films_by_person_and_session(tmp_path: Path) -> None:
    write_session(tmp_path, "10_20131130.mat", "jj")
    write_session(tmp_path, "2_20140404.mat", "djc")
    rows = reader(tmp_path).samples().to_pylist()
    assert [(row["subject_id"], row["session_id"]) for row in rows[::30]] == [
        ("02", "20140404"),
        ("10", "20131130"),
    ]
    assert [(row["label"], row["ctx.film"], row["start_s"]) for row in rows[:4]] == [
        ("positive", 1, 0.0), ("positive", 1, 2.0), ("neutral", 2, 0.0), ("neutral", 2, 2.0),
    ]  # fmt: skip
    assert rows[4]["sample_id"] == "Preprocessed_EEG/2_20140404.mat#03-0-2000"
    assert [row["label"][:3] for row in rows[:30:2]] == [
        {1: "pos", 0: "neu", -1: "neg"}[label] for label in LABELS
    ]


def test_electrodes_of_a_window(tmp_path: Path) -> None:
    write_session(tmp_path, "1_20131027.mat", "djc")
    made = reader(tmp_path)
    window = made.load(made.samples().to_pylist()[5])  # the second window of the third film
    assert isinstance(window, Recording)
    assert tuple(window.channels) == ELECTRODES
    assert window.channels["CB2"].values[0] == pytest.approx(3 + 0.61 + 2)
    assert (len(window.channels["Fp1"].values), window.channels["Fp1"].rate_hz) == (400, 200.0)
    assert set(ELECTRODES) <= set(POSITIONS)
    assert len(set(ELECTRODES)) == 62


def test_check_names_films_that_are_absent(tmp_path: Path) -> None:
    write_session(tmp_path, "1_20131027.mat", "djc", range(1, 14))
    assert reader(tmp_path).layout_problems(reader(tmp_path).samples()) == [
        "Preprocessed_EEG/1_20131027.mat: no window of film 14, 15"
    ]


def test_messages_say_what_is_wrong(tmp_path: Path) -> None:
    write_session(tmp_path, "1_20131027.mat", "djc")
    made = reader(tmp_path)
    row = made.samples().to_pylist()[0]
    session = tmp_path / row["uri"]
    session.write_bytes(session.read_bytes()[:200])
    with pytest.raises(Unscored) as raised:
        made.load(row)
    assert raised.value.reason is Reason.UNREADABLE
    session.unlink()
    with pytest.raises(HarnessError, match=r"holds no 1_20131027.mat"):
        made.samples()
    (session.parent / "label.mat").unlink()
    with pytest.raises(HarnessError, match="does not hold 15 labels of 1, 0 and -1"):
        made.samples()
