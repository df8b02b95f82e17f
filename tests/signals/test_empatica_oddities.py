"""E4 folders that went wrong in one file each: ten minutes of every sensor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.signals.empatica import SENSORS
from harness.signals.empatica_oddities import file_oddities

START, LENGTH_S = 1_644_227_574, 600


def rows_of(file: str) -> list[str]:
    sensor = next(sensor for sensor in SENSORS.values() if sensor.file == file)
    values = np.random.default_rng(0).normal(size=(int(LENGTH_S * sensor.rate_hz), sensor.num_columns))
    head = [",".join([f"{value:.6f}"] * sensor.num_columns) for value in (START, sensor.rate_hz)]
    return [*head, *(",".join(f"{value:.4f}" for value in row) for row in values)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for sensor in SENSORS.values():
        (tmp_path / sensor.file).write_text("\n".join(rows_of(sensor.file)) + "\n")
    beats = "".join(f"{0.8 * beat:.4f},0.8\n" for beat in range(1, 700))
    (tmp_path / "IBI.csv").write_text(f"{START}, IBI\n{beats}")
    return tmp_path


def test_a_whole_recording_has_none(folder: Path) -> None:
    assert list(file_oddities(folder)) == []


@pytest.mark.parametrize(
    ("file", "change", "found"),
    [
        ("EDA.csv", lambda rows: rows[:1202], ["EDA.csv ends -300 s from the session's end"]),
        (
            "EDA.csv",
            lambda rows: [*rows, *rows[2:]],
            [
                "EDA.csv: the second half repeats the first: the signal is there twice",
                "EDA.csv ends +600 s from the session's end",
            ],
        ),
        (
            "TEMP.csv",
            lambda rows: [*rows[:1202], "1644227574.000000", "4.000000", *rows[1202:2400]],
            ["TEMP.csv: 1 frames are over 1,000,000: is there a second header among them?"],
        ),
        (
            "BVP.csv",
            lambda rows: [rows[0], "32.000000", *rows[2:]],
            ["BVP.csv is sampled at 32 Hz; the device has 64 Hz", "BVP.csv ends +600 s from the session's end"],
        ),
        (
            "TEMP.csv",
            lambda rows: [*rows[:1000], *["NaN"] * 100, *rows[1100:]],
            ["TEMP.csv: no value for 25 s at a stretch"],
        ),
        (
            "ACC.csv",
            lambda rows: [*rows[:1000], *[",,"] * 3200, *rows[4200:]],
            ["ACC.csv: no value for 100 s at a stretch"],
        ),
        ("HR.csv", lambda rows: rows[:2], ["HR.csv holds no frame"]),
        ("HR.csv", lambda _: [], ["HR.csv holds no frame"]),
        ("EDA.csv", lambda rows: [*rows[:9], "x", *rows[9:]], ["EDA.csv: row 10 is not 1 number"]),
        ("IBI.csv", lambda rows: [rows[0], *rows[:0:-1]], ["IBI.csv: the times of the beats go backwards"]),
        ("IBI.csv", lambda rows: rows[:1], ["IBI.csv holds no beat"]),
    ],
)
def test_each_fault_is_named(
    folder: Path, file: str, change: Callable[[list[str]], list[str]], found: list[str]
) -> None:
    rows = (folder / file).read_text().splitlines()
    (folder / file).write_text("".join(f"{row}\n" for row in change(rows)))
    assert list(file_oddities(folder)) == found
