"""CASE: windows inside one film, joystick and signals on one clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.case import SIGNALS, CaseOptions, CaseReader
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Recording

FILMS = ((10, 2), (7, 5), (11, 2), (3, 4))  # number and seconds: the start, scary, blue, boring


def write_person(root: Path, name: str, signals_s: int = 13) -> None:
    """Thirteen seconds: joystick at 20 Hz; every signal rises by one a second, from its place in the table."""
    film = np.repeat([number for number, _ in FILMS], [20 * seconds for _, seconds in FILMS])
    valence = np.where(film == 7, 0.5, 7.25)
    lines = [f"{50 * k},{valence[k]},{5 + (k % 2)},{film[k]}" for k in range(len(film))]
    folder = root / "data/interpolated"
    for kind in ("annotations", "physiological"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    (folder / "annotations" / name).write_text("jstime,valence,arousal,video\n" + "\n".join(lines) + "\n")
    frames = np.arange(1000 * signals_s)
    columns = [frames / 1e3 + 100 * place for place in range(len(SIGNALS))]
    table = np.column_stack([frames, *columns, np.ones(len(frames))])
    header = ",".join(("daqtime", "ecg", "bvp", "gsr", "rsp", "skt", "emg_zygo", "emg_coru", "emg_trap", "video"))
    np.savetxt(folder / "physiological" / name, table, "%.6g", ",", header=header, comments="")


def reader(root: Path, **options: Any) -> CaseReader:
    return CaseReader(dataset_card("case"), root, CaseOptions(**({"window_s": 2.0, "stride_s": 2.0} | options)))


def test_windows_lie_inside_one_film(tmp_path: Path) -> None:
    write_person(tmp_path, "sub_10.csv", 3)
    write_person(tmp_path, "sub_2.csv", 3)
    rows = reader(tmp_path).samples().to_pylist()
    assert [row["subject_id"] for row in rows] == ["sub_2"] * 4 + ["sub_10"] * 4
    assert [(row["label"], row["ctx.film"], row["start_s"], row["end_s"], row["valence"]) for row in rows[:4]] == [
        ("scary", "7", 2.0, 4.0, -1.0), ("scary", "7", 4.0, 6.0, -1.0),
        ("boring", "3", 9.0, 11.0, 0.5), ("boring", "3", 11.0, 13.0, 0.5),
    ]  # fmt: skip
    assert rows[0]["arousal"] == pytest.approx(0.5 / 4.5, abs=1e-6)
    assert reader(tmp_path, films=("boring",)).samples().num_rows == 4


def test_signals_of_a_window(tmp_path: Path) -> None:
    write_person(tmp_path, "sub_1.csv")
    made = reader(tmp_path)
    window = made.load(made.samples().to_pylist()[1])
    assert isinstance(window, Recording)
    first = {
        name: (channel.values[0], channel.unit, len(channel.values)) for name, channel in window.channels.items()
    }
    assert first == {
        "ecg": (4, "mV", 2000), "bvp": (104, None, 2000), "eda": (204, "µS", 2000),
        "respiration": (304, "%", 2000), "temperature": (404, "°C", 2000), "emg_zygomaticus": (504, "µV", 2000),
        "emg_corrugator": (604, "µV", 2000), "emg_trapezius": (704, "µV", 2000),
    }  # fmt: skip


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    write_person(tmp_path, "sub_1.csv", signals_s=5)
    made = reader(tmp_path)
    rows = made.samples().to_pylist()
    with pytest.raises(Unscored) as raised:
        made.load(rows[-1])
    assert raised.value.reason is Reason.TOO_SHORT
    (tmp_path / rows[0]["uri"]).write_text("daqtime,ecg\n0,1\n")
    with pytest.raises(Unscored, match="a CSV table with the columns daqtime, ecg, bvp"):
        made.load(rows[0])
    (tmp_path / "data/interpolated/annotations/sub_1.csv").write_text("jstime,valence\n0,x\n")
    with pytest.raises(HarnessError, match=r"annotations/sub_1.csv: unreadable"):
        made.samples()
    with pytest.raises(HarnessError, match="no window in"):
        reader(tmp_path / "data").samples()
