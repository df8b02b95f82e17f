"""E4 folders: alignment against hand-worked numbers on made-up folders, and the real recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.errors import Reason, Unscored
from harness.signals.empatica import SENSORS, read_session, read_tags, read_window
from harness.signals.media import BEATS

START = 1_644_227_574
CHANNEL_OF = {sensor.file: name for name, sensor in SENSORS.items()} | {"IBI.csv": BEATS}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten seconds: value = number of the frame; every sensor starts at another second."""
    write(tmp_path / "BVP.csv", START, 64, 640)
    write(tmp_path / "EDA.csv", START + 1, 4, 36)
    write(tmp_path / "TEMP.csv", START, 4, 40)
    write(tmp_path / "ACC.csv", START - 1, 32, 352, num_columns=3)
    write(tmp_path / "HR.csv", START + 2, 1, 8)
    rows = ["1.5,0.5", "2.25,0.75", "5.0,0.625", "5.75,0.75"]
    (tmp_path / "IBI.csv").write_text(f"{START}.000000, IBI\n" + "\n".join(rows) + "\n")
    return tmp_path


def write(path: Path, start: int, rate: int, num_frames: int, num_columns: int = 1) -> None:
    head = [", ".join([f"{value}.000000"] * num_columns) for value in (start, rate)]
    frames = [",".join([str(i + 1000 * c) for c in range(num_columns)]) for i in range(num_frames)]
    path.write_text("\n".join([*head, *frames]) + "\n")


def test_session_start_is_the_middle_of_the_sensors_starts(folder: Path) -> None:
    session = read_session(folder)
    assert session is not None
    assert (session.start_s, session.end_s) == (START, START + 10)
    write(folder / "EDA.csv", 5, 4, 36)
    session = read_session(folder)
    assert session is not None
    assert session.start_s == START
    assert session.start_by_file["EDA.csv"] == 5


def test_every_channel_is_cut_by_its_own_clock(folder: Path) -> None:
    window = read_window(folder, 2.0, 4.0)
    channels = window.channels
    assert window.duration_s == 2.0
    np.testing.assert_array_equal(channels["bvp"].values, np.arange(128, 256))
    np.testing.assert_array_equal(channels["eda"].values, np.arange(4, 12))
    np.testing.assert_array_equal(channels["temperature"].values, np.arange(8, 16))
    np.testing.assert_array_equal(channels["acceleration"].values[:, 0], np.arange(96, 160) / 64)
    np.testing.assert_array_equal(channels["acceleration"].values[:, 2], (np.arange(96, 160) + 2000) / 64)
    np.testing.assert_array_equal(channels["heart_rate"].values, [0, 1])
    assert {name: channel.rate_hz for name, channel in channels.items()} == {
        "bvp": 64, "eda": 4, "temperature": 4, "acceleration": 32, "heart_rate": 1,
    }  # fmt: skip
    assert {channel.start_s for channel in channels.values()} == {0.0}


def test_first_frame_after_an_edge_between_frames(folder: Path) -> None:
    channel = read_window(folder, 0.1, 1.0).channels["temperature"]
    np.testing.assert_array_equal(channel.values, [1, 2, 3])
    assert channel.start_s == pytest.approx(0.15)


def test_what_a_sensor_did_not_cover_is_nan(folder: Path) -> None:
    before = read_window(folder, -1.0, 1.0).channels
    assert np.isnan(before["bvp"].values[:64]).all()
    np.testing.assert_array_equal(before["bvp"].values[64:], np.arange(64))
    assert np.isnan(before["eda"].values).all()
    after = read_window(folder, 1.0, 10.5).channels
    assert np.isfinite(after["bvp"].values[:576]).all()
    assert np.isnan(after["bvp"].values[576:]).all()


@pytest.mark.parametrize(
    ("start_s", "end_s", "covered"), [(9.0, 11.0, 50), (-3.0, 1.0, 50), (0.0, 60.0, 16), (1.0, 11.2, 88)]
)
def test_a_window_beyond_the_recording_is_too_short(
    folder: Path, start_s: float, end_s: float, covered: int
) -> None:
    """ACC.csv runs from -1 s to 10 s, the others from 0 s or later."""
    with pytest.raises(Unscored, match=f"covers {covered} % of the window; at least 90 %") as caught:
        read_window(folder, start_s, end_s)
    assert caught.value.reason is Reason.TOO_SHORT


def test_beats_have_their_whole_interval_in_the_window(folder: Path) -> None:
    beats = read_window(folder, 1.25, 5.75).beats
    assert beats is not None
    np.testing.assert_allclose(beats.time_s, [1.0, 3.75])
    np.testing.assert_allclose(beats.interval_ms, [750, 625])


def test_no_beats_and_no_beat_file_differ(folder: Path) -> None:
    (folder / "IBI.csv").write_text(f"{START}.000000, IBI\n")
    beats = read_window(folder, 0, 4).beats
    assert beats is not None
    assert len(beats.time_s) == 0
    (folder / "IBI.csv").unlink()
    assert read_window(folder, 0, 4).beats is None


def test_beat_rows_out_of_order_repeated_or_empty(folder: Path) -> None:
    rows = ["3.0,0.75", "1.5,0.5", "1.5,0.5", "nan,0.8", "2.5,-1", "2.25,"]
    (folder / "IBI.csv").write_text(f"{START}.0, IBI\n" + "\n".join(rows) + "\n")
    beats = read_window(folder, 0, 4).beats
    assert beats is not None
    np.testing.assert_allclose(beats.time_s, [1.5, 3.0])
    np.testing.assert_allclose(beats.interval_ms, [500, 750])


def test_missing_sensor_gives_no_channel(folder: Path) -> None:
    (folder / "ACC.csv").unlink()
    assert set(read_window(folder, 0, 4).channels) == set(SENSORS) - {"acceleration"}


def test_empty_cells_and_nan_keep_their_place(folder: Path) -> None:
    (folder / "TEMP.csv").write_bytes(f"{START}\r\n4\r\n1\r\n\r\nNaN\r\ninf\r\n5\r\n".encode())
    values = read_window(folder, 0, 2).channels["temperature"].values
    np.testing.assert_array_equal(values, [1, np.nan, np.nan, np.nan, 5, np.nan, np.nan, np.nan])


def test_last_row_that_was_cut_off_does_not_count(folder: Path) -> None:
    (folder / "ACC.csv").write_text(f"{START}, {START}, {START}\n2, 2, 2\n64,0,0\n64,0,0\n12")
    values = read_window(folder, 0, 2).channels["acceleration"].values
    np.testing.assert_array_equal(values[:, 0], [1, 1, np.nan, np.nan])


@pytest.mark.parametrize(
    ("file", "text", "detail"),
    [
        ("ACC.csv", f"{START}\n32\n1,2,3\n1,2\n1,2,3\n", "ACC.csv: row 4 is not 3 numbers"),
        ("BVP.csv", f"{START}\n64\n1\nx\n", "BVP.csv: row 4 is not 1 number"),
        ("BVP.csv", "?\n64\n1\n", "BVP.csv: row 1 holds no start time"),
        ("BVP.csv", "1e300\n64\n1\n", "BVP.csv: row 1 holds no start time"),
        ("EDA.csv", f"{START}\n0\n1\n", "EDA.csv: row 2 holds no rate"),
        ("EDA.csv", f"{START}\n1e12\n1\n", "EDA.csv: row 2 holds no rate"),
        ("IBI.csv", "IBI\n1,2\n", "IBI.csv: row 1 holds no start time"),
        ("IBI.csv", f"{START}, IBI\n1,2\n3\n", "IBI.csv: row 3 is not 2 numbers"),
    ],
)
def test_broken_file_is_named_with_its_row(folder: Path, file: str, text: str, detail: str) -> None:
    (folder / file).write_text(text)
    window = read_window(folder, 0, 4)
    ((channel, unscored),) = window.refused.items()
    assert (unscored.reason, unscored.detail) == (Reason.UNREADABLE, detail)
    assert channel == CHANNEL_OF[file]
    assert {*window.channels, BEATS} - {channel} == {*SENSORS, BEATS} - {channel}, "the others are read"
    assert (window.beats is None) == (file == "IBI.csv")
    assert read_session(folder) is not None


@pytest.mark.parametrize("file", ["BVP.csv", "EDA.csv", "TEMP.csv", "ACC.csv", "HR.csv", "IBI.csv"])
@pytest.mark.parametrize("text", ["", "\r\n", "\ufeff"])
def test_an_empty_file_takes_only_its_own_channel(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(text)
    window = read_window(folder, 0, 4)
    assert set(window.channels) == set(SENSORS) - {CHANNEL_OF[file]}
    assert (window.beats is None) == (file == "IBI.csv"), "as with the file absent"
    assert not window.refused


@pytest.mark.parametrize("file", ["BVP.csv", "ACC.csv"])
def test_a_file_with_its_head_only_has_no_frames(folder: Path, file: str) -> None:
    (folder / file).write_text(f"{START}.0\n")
    assert CHANNEL_OF[file] not in read_window(folder, 0, 4).channels
    (folder / file).write_text(f"{START}.0\n64.0\n")
    assert np.isnan(read_window(folder, 0, 4).channels[CHANNEL_OF[file]].values).all()


def test_files_that_are_all_empty(tmp_path: Path) -> None:
    for sensor in SENSORS.values():
        (tmp_path / sensor.file).write_text("")
    with pytest.raises(Unscored, match="the sensors' files hold nothing") as caught:
        read_window(tmp_path, 0, 60)
    assert caught.value.reason is Reason.EMPTY


def test_bytes_that_are_no_text(folder: Path) -> None:
    (folder / "BVP.csv").write_bytes(f"{START}\n64\n".encode() + bytes(range(256)) * 8 + b"\n")
    assert read_window(folder, 0, 4).refused["bvp"].reason is Reason.UNREADABLE
    for file in ("EDA.csv", "TEMP.csv", "ACC.csv", "HR.csv", "IBI.csv"):
        (folder / file).unlink()
    with pytest.raises(Unscored, match="unreadable"):
        read_window(folder, 0, 4)


def test_window_that_nothing_covers(folder: Path) -> None:
    with pytest.raises(Unscored) as caught:
        read_window(folder, 100, 160)
    assert caught.value.reason is Reason.NO_SIGNAL


def test_folder_without_sensors(tmp_path: Path) -> None:
    assert read_session(tmp_path) is None
    with pytest.raises(Unscored) as caught:
        read_window(tmp_path, 0, 60)
    assert caught.value.reason is Reason.MISSING_FILE


@pytest.mark.parametrize("end_s", [0.0, -1.0, 1e9, float("nan"), float("inf")])
def test_window_of_no_sensible_length(folder: Path, end_s: float) -> None:
    with pytest.raises(Unscored, match="too_long"):
        read_window(folder, 0, end_s)


def test_changed_file_is_read_again(folder: Path) -> None:
    assert read_window(folder, 0, 1).channels["temperature"].values[0] == 0
    (folder / "TEMP.csv").write_text(f"{START}\n4\n37.5\n")
    assert read_window(folder, 0, 1).channels["temperature"].values[0] == 37.5


def test_window_is_a_copy(folder: Path) -> None:
    read_window(folder, 0, 4).channels["temperature"].values[:] = -1
    assert read_window(folder, 0, 4).channels["temperature"].values[1] == 1


def test_tags_keep_only_times(tmp_path: Path) -> None:
    path = tmp_path / "tags.csv"
    assert read_tags(path) == []
    path.write_bytes(b"1644228572\r\n1644228196.5\r\n\r\nnan\r\n-4\r\nno\r\n1e300\r\n")
    assert read_tags(path) == [1644228196.5, 1644228572.0]


def test_real_recording(shared_data: Path) -> None:
    """The numbers stand in the files: row 3 + 606 * rate of each, session start 1644227574."""
    recording = shared_data / "stress_predict/Raw_data/S02"
    session = read_session(recording)
    assert session is not None
    assert session.start_s == 1_644_227_574
    window = read_window(recording, 606, 666)
    for name, sensor in SENSORS.items():
        lines = (recording / sensor.file).read_text().splitlines()
        row = 2 + (596 if name == "heart_rate" else 606 * int(float(lines[1].split(",")[0])))
        found = np.atleast_1d(window.channels[name].values[0]) / sensor.unit
        np.testing.assert_allclose(found, [float(cell) for cell in lines[row].split(",")])
    assert [channel.values.shape[0] for channel in window.channels.values()] == [3840, 240, 240, 1920, 60]
    gravity = np.linalg.norm(window.channels["acceleration"].values, axis=1)
    assert 0.9 < np.median(gravity) < 1.1


def test_real_beats_follow_their_intervals(shared_data: Path) -> None:
    """IBI.csv of S02 begins 604.000000,0.687500 and 604.937500,0.937500."""
    beats = read_window(shared_data / "stress_predict/Raw_data/S02", 600, 660).beats
    assert beats is not None
    np.testing.assert_allclose(beats.time_s[:2], [4.0, 4.9375])
    np.testing.assert_allclose(beats.interval_ms[:2], [687.5, 937.5])
