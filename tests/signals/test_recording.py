from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import Reason, Unscored
from harness.signals import recording


def write(path: Path, columns: dict[str, list[float] | np.ndarray]) -> Path:
    names = list(columns)
    lines = [
        ",".join("" if np.isnan(value) else f"{value:.6f}" for value in row)
        for row in zip(*columns.values(), strict=True)
    ]
    path.write_text("\n".join([",".join(names), *lines]) + "\n")
    return path


def reason(path: Path, **window: float) -> Reason:
    with pytest.raises(Unscored) as caught:
        recording.decode(path, **window)
    return caught.value.reason


def test_channels_keep_their_own_rates(tmp_path: Path) -> None:
    time_s = np.arange(0, 10, 1 / 64)
    eda = np.where(np.arange(len(time_s)) % 16 == 0, time_s, np.nan)
    axes = {f"acceleration_{axis}": np.full(len(time_s), g) for axis, g in zip("xyz", (0, 0.5, 1), strict=True)}
    media = recording.decode(
        write(tmp_path / "a.csv", {"time_s": time_s, "bvp": np.sin(time_s), "eda": eda, **axes, "x": time_s})
    )
    assert set(media.channels) == {"bvp", "eda", "acceleration"}
    assert media.channels["bvp"].rate_hz == pytest.approx(64, rel=1e-5)
    assert media.channels["eda"].rate_hz == pytest.approx(4, rel=1e-5)
    np.testing.assert_allclose(media.channels["eda"].values, np.arange(0, 10, 0.25), atol=1e-5)
    assert media.channels["acceleration"].values.shape == (640, 3)
    assert media.duration_s == pytest.approx(10 - 1 / 64, abs=1e-5)
    assert media.beats is None


def test_a_gap_becomes_missing_frames_although_times_are_rounded(tmp_path: Path) -> None:
    """64 Hz with times to the millisecond, and 30 s without a frame."""
    index = np.r_[0:640, 2560:3200]
    path = write(tmp_path / "a.csv", {"time_s": np.round(index / 64, 3), "bvp": index.astype(float)})
    channel = recording.decode(path).channels["bvp"]
    assert len(channel.values) == 3200
    assert np.isnan(channel.values).sum() == 1920
    np.testing.assert_array_equal(channel.values[index], index)


def test_a_window_counts_time_from_its_start(tmp_path: Path) -> None:
    time_s = np.arange(100.0, 200.0, 0.25)
    beats = np.where(np.arange(400) % 3 == 0, 750.0, np.nan)
    path = write(tmp_path / "a.csv", {"time_s": time_s, "eda": time_s, "interval_ms": beats})
    media = recording.decode(path, start_s=120, end_s=150)
    assert media.duration_s == 30
    assert media.channels["eda"].start_s == 0
    assert media.channels["eda"].values[[0, -1]].tolist() == [120.0, 149.75]
    assert media.beats is not None
    assert media.beats.time_s[0] == pytest.approx(0.25)
    assert set(media.beats.interval_ms) == {750.0}


def test_parquet_is_the_same(tmp_path: Path) -> None:
    columns = {"time_s": np.arange(10) / 4, "eda": np.arange(10.0)}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    from_csv = recording.decode(write(tmp_path / "a.csv", columns)).channels["eda"]
    from_parquet = recording.decode(tmp_path / "a.parquet").channels["eda"]
    np.testing.assert_array_equal(from_parquet.values, from_csv.values)
    assert from_parquet.rate_hz == from_csv.rate_hz == 4


def test_what_cannot_be_used_has_its_reason(tmp_path: Path) -> None:
    steps = np.arange(20) / 4
    uneven = np.sort(np.random.default_rng(0).random(40) * 10)
    assert reason(write(tmp_path / "a.csv", {"eda": steps})) is Reason.UNREADABLE
    assert reason(write(tmp_path / "b.csv", {"time_s": steps[::-1], "eda": steps})) is Reason.UNREADABLE
    assert reason(write(tmp_path / "c.csv", {"time_s": uneven, "eda": uneven})) is Reason.UNREADABLE
    assert reason(write(tmp_path / "d.csv", {"time_s": steps, "noise": steps})) is Reason.NO_SIGNAL
    assert (
        reason(write(tmp_path / "e.csv", {"time_s": steps, "eda": steps}), start_s=99, end_s=100) is Reason.EMPTY
    )
    for far in (1e9, 1e300):
        time_s = np.r_[steps, far]
        assert reason(write(tmp_path / "f.csv", {"time_s": time_s, "eda": time_s})) is Reason.TOO_LARGE


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_bytes(b"")
    (tmp_path / "header.csv").write_text("time_s,eda\n")
    (tmp_path / "text.csv").write_text("time_s,eda\n0,high\n1,low\n")
    (tmp_path / "bytes.csv").write_bytes(bytes(range(256)))
    (tmp_path / "twice.csv").write_text("time_s,eda,eda\n0,1,1\n1,2,2\n")
    (tmp_path / "text.parquet").write_text("not parquet")
    expected = {"none.csv": Reason.EMPTY, "header.csv": Reason.EMPTY, "absent.csv": Reason.MISSING_FILE}
    for name in ("none.csv", "header.csv", "text.csv", "bytes.csv", "twice.csv", "text.parquet", "absent.csv"):
        assert reason(tmp_path / name) is expected.get(name, Reason.UNREADABLE), name


def test_eeg_beside_skin_conductance_with_names_units_and_rates(tmp_path: Path) -> None:
    time_s = np.arange(0, 4, 1 / 128)
    eda = np.where(np.arange(len(time_s)) % 32 == 0, 2.0, np.nan)
    columns = {"time_s": time_s, "Fz [µV]": np.sin(time_s), "T7 [µV]": np.cos(time_s), "eda": eda, "note": time_s}
    media = recording.decode(write(tmp_path / "a.csv", columns))
    found = {name: (channel.unit, round(channel.rate_hz)) for name, channel in media.channels.items()}
    assert found == {"Fz": ("µV", 128), "T7": ("µV", 128), "eda": ("µS", 4)}
    np.testing.assert_allclose(media.channels["Fz"].values, np.sin(time_s), atol=1e-6)


def test_a_known_channel_in_another_unit_is_refused(tmp_path: Path) -> None:
    time_s = np.arange(0, 4, 0.25)
    stated = write(tmp_path / "a.csv", {"time_s": time_s, "eda [µS]": time_s})
    assert recording.decode(stated).channels["eda"].unit == "µS"
    assert reason(write(tmp_path / "b.csv", {"time_s": time_s, "eda [nS]": time_s})) is Reason.UNREADABLE


def test_a_window_beyond_the_recording_is_too_short(tmp_path: Path) -> None:
    """Rows from 0 s to 199.75 s, so that the recording ends at 200 s; 90 % of 60 s are 54 s."""
    time_s = np.arange(0.0, 200.0, 0.25)
    path = write(tmp_path / "a.csv", {"time_s": time_s, "eda": 2 + np.sin(time_s)})
    for start_s, end_s in ((195.0, 255.0), (147.0, 207.0), (0.0, 600.0)):
        assert reason(path, start_s=start_s, end_s=end_s) is Reason.TOO_SHORT
    assert recording.decode(path, start_s=146.0, end_s=206.0).duration_s == 60.0
    late = write(tmp_path / "b.csv", {"time_s": time_s + 100.0, "eda": 2 + np.sin(time_s)})
    assert reason(late, start_s=90.0, end_s=150.0) is Reason.TOO_SHORT
    assert recording.decode(late, start_s=95.0, end_s=155.0).channels["eda"].start_s == 5.0


def test_beats_that_end_before_the_window_does(tmp_path: Path) -> None:
    time_s = np.arange(0.8, 200.0, 0.8)
    path = write(tmp_path / "a.csv", {"time_s": time_s, "interval_ms": np.full(len(time_s), 800.0)})
    assert reason(path, start_s=195.0, end_s=255.0) is Reason.TOO_SHORT
    assert reason(path, start_s=0.0, end_s=600.0) is Reason.TOO_SHORT
    assert recording.decode(path, start_s=140.0, end_s=200.0).beats is not None


def test_a_channel_that_cannot_be_used_takes_only_itself(tmp_path: Path) -> None:
    time_s = np.arange(0.0, 10.0, 0.25)
    rng = np.random.default_rng(0)
    uneven = np.where(rng.random(len(time_s)) < 0.3, time_s, np.nan)
    uneven[[0, 1]] = 1.0
    columns = {"time_s": time_s, "eda": time_s, "temperature": uneven, "ecg [V]": time_s}
    write(tmp_path / "a.csv", columns)
    lines = (tmp_path / "a.csv").read_text().splitlines()
    rows = [f"{line},{'high' if number else 'interval_ms'}" for number, line in enumerate(lines)]
    (tmp_path / "a.csv").write_text("\n".join(rows) + "\n")
    found = recording.decode(tmp_path / "a.csv")
    np.testing.assert_allclose(found.channels["eda"].values, time_s)
    assert {name: why.detail for name, why in found.refused.items() if name != "temperature"} == {
        "beats": "interval_ms holds text",
        "ecg": "ecg is stated in V; expected mV",
    }


def test_any_separator_encoding_and_spelling_reads_alike(tmp_path: Path) -> None:
    """The same ten rows, as a spreadsheet of another country, a logger and our own docs write them."""
    rows = [(k / 4, 0.5 + k / 8, 30.25) for k in range(10)]
    plain = "time_s,eda,temperature\n" + "".join(f"{t},{e},{c}\n" for t, e, c in rows)
    (tmp_path / "plain.csv").write_text(plain)
    (tmp_path / "semicolons.csv").write_text(plain.replace(",", ";").replace(".", ","))
    (tmp_path / "excel.csv").write_text("sep=;\n" + plain.replace(",", ";"), encoding="utf-16")
    (tmp_path / "tabs.csv").write_text(plain.replace(",", "\t"))
    spelled = plain.replace("time_s,eda,temperature", "Timestamp,GSR,Skin Temperature")
    (tmp_path / "spelled.csv").write_bytes(spelled.encode("utf-8-sig"))
    expected = recording.decode(tmp_path / "plain.csv")
    assert expected.channels["eda"].values[1] == 0.625
    for name in ("semicolons.csv", "excel.csv", "tabs.csv", "spelled.csv"):
        media = recording.decode(tmp_path / name)
        assert set(media.channels) == {"eda", "temperature"}, name
        for channel, of in expected.channels.items():
            np.testing.assert_array_equal(media.channels[channel].values, of.values, err_msg=name)


@pytest.mark.parametrize(
    ("header", "cells", "message"),
    [
        ("when,eda", "0,1", "no column time_s; there are when and eda"),
        ("time,t,eda", "0,0,1", "time and t: each could be time_s"),
        ("Timestamp,eda", "2024-03-01 10:00:00,1", "Timestamp holds text; expected seconds"),
        ("time,eda", "10:00:00,1", "time holds text; expected seconds"),
        ("time_s,gsr,GSR ", "0,1,1", "gsr and GSR : each could be eda"),
        ("time_s,eda", '"0,5",1', "time_s holds text; expected seconds"),
    ],
)
def test_a_table_whose_columns_are_not_clear_says_which(
    header: str, cells: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n{cells}\n")
    with pytest.raises(Unscored) as caught:
        recording.decode(tmp_path / "a.csv")
    assert caught.value.text == f"unreadable: {message}"


def test_a_name_of_our_own_wins_over_its_spellings(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time_s,timestamp,eda,gsr\n" + "".join(f"{k},{9 - k},1,2\n" for k in range(9)))
    assert set(recording.decode(tmp_path / "a.csv").channels["eda"].values) == {1.0}
