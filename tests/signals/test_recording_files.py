"""Exports of people's own devices and BIDS physiology, read where a table of a recording is read."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import Reason, Unscored
from harness.signals import recording
from harness.signals.recording_files import beside

RECORD = '<Record type="HKQuantityTypeIdentifier{}" unit="count/min" startDate="{}" value="{}"/>'
APPLE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!ELEMENT HealthData (Record*)>
<!ATTLIST Record type CDATA #REQUIRED>
]>
<HealthData locale="de_AT">{}</HealthData>
"""
EPOCH_2022 = 1_646_640_000.0  # 2022-03-07 08:00:00 UTC


def reason(path: Path, **window: float) -> tuple[Reason, str]:
    with pytest.raises(Unscored) as raised:
        recording.decode(path, **window)
    return raised.value.reason, raised.value.detail


def test_polar_intervals_are_beats_from_the_first(tmp_path: Path) -> None:
    (tmp_path / "rr.txt").write_text("800\n820\n790,5\n\n810\n")
    found = recording.decode(tmp_path / "rr.txt")
    assert found.beats is not None
    assert found.beats.interval_ms.tolist() == [800, 820, 790.5, 810]
    np.testing.assert_allclose(found.beats.time_s, [0.8, 1.62, 2.4105, 3.2205])
    window = recording.decode(tmp_path / "rr.txt", start_s=0.8, end_s=2.5)
    assert window.beats is not None
    assert window.beats.interval_ms.tolist() == [820, 790.5]
    np.testing.assert_allclose(window.beats.time_s, [0.82, 1.6105])


def test_a_table_may_still_be_called_txt(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("time_s;eda\n" + "\n".join(f"{k / 4};1,5" for k in range(40)))
    assert recording.decode(tmp_path / "a.txt").channels["eda"].rate_hz == pytest.approx(4.0)


def test_polar_ecg_is_in_millivolts(tmp_path: Path) -> None:
    first = 599_616_000_123_456_789  # ns: beyond what a float resolves
    rows = [
        f"2022-03-07T08:00:00;{first + round(k * 1e9 / 130)};{k * 1e3 / 130:.6f};{100 * k}" for k in range(1300)
    ]
    (tmp_path / "ecg.txt").write_text(
        "Phone timestamp;sensor timestamp [ns];timestamp;ecg [uV]\n" + "\n".join(rows)
    )
    channel = recording.decode(tmp_path / "ecg.txt").channels["ecg"]
    assert channel.rate_hz == pytest.approx(130.0, rel=1e-6)
    np.testing.assert_allclose(channel.values[:3], [0.0, 0.1, 0.2])
    assert channel.unit == "mV"


def test_fitbit_and_oura_heart_rates_are_frames_of_a_second(tmp_path: Path) -> None:
    fitbit = [
        {"dateTime": "03/07/22 08:00:07", "value": {"bpm": 64, "confidence": 2}},
        {"dateTime": "03/07/22 08:00:00", "value": {"bpm": 61, "confidence": 3}},
    ]
    oura = {
        "data": [
            {"bpm": 61, "source": "rest", "timestamp": "2022-03-07T09:00:00+01:00"},
            {"bpm": 64, "source": "rest", "timestamp": "2022-03-07T08:00:07Z"},
        ],
        "next_token": None,
    }
    for name, value in (("heart_rate-2022-03-07.json", fitbit), ("oura.json", oura)):
        (tmp_path / name).write_text(json.dumps(value))
        channel = recording.decode(tmp_path / name).channels["heart_rate"]
        assert (len(channel.values), channel.rate_hz, channel.unit) == (8, 1.0, "1/min")
        assert np.flatnonzero(np.isfinite(channel.values)).tolist() == [0, 7]
        assert channel.values[[0, 7]].tolist() == [61, 64]
        window = recording.decode(tmp_path / name, start_s=EPOCH_2022 + 5, end_s=EPOCH_2022 + 10)
        assert np.flatnonzero(np.isfinite(window.channels["heart_rate"].values)).tolist() == [2]


def test_apple_health_is_read_in_one_pass(tmp_path: Path) -> None:
    records = [
        RECORD.format("StepCount", "2022-03-07 09:00:00 +0100", 12),
        RECORD.format("HeartRate", "2022-03-07 09:00:03 +0100", 70),
        RECORD.format("HeartRate", "2022-03-07 08:00:00 +0000", 66.5),
    ]
    (tmp_path / "export.xml").write_text(APPLE.format("\n".join(records)))
    values = recording.decode(tmp_path / "export.xml").channels["heart_rate"].values
    assert values[[0, 3]].tolist() == [66.5, 70]
    assert np.isnan(values[1:3]).all()


def test_xml_that_defines_entities_is_refused(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10 if k else "lol"}">' for k in range(10))
    (tmp_path / "export.xml").write_text(f"<!DOCTYPE HealthData [{laughs}]><HealthData>&l9;</HealthData>")
    assert reason(tmp_path / "export.xml") == (
        Reason.UNREADABLE,
        "export.xml defines entities, as no export of a phone does",
    )


def fit(records: list[tuple[int, int]], intervals_ms: list[int]) -> bytes:
    """A FIT file by hand: definitions and data of record (20) and hrv (78) messages, with both checksums."""
    table = [0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401]
    table += [0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400]

    def checksum(data: bytes) -> int:
        crc = 0
        for byte in data:
            for half in (byte & 0xF, byte >> 4):
                crc = (crc >> 4) ^ table[crc & 0xF] ^ table[half]
        return crc

    body = b"\x40\x00\x00" + struct.pack("<HB", 20, 2) + bytes([253, 4, 0x86, 3, 1, 0x02])
    body += b"\x41\x00\x00" + struct.pack("<HB", 78, 1) + bytes([0, 2, 0x84])
    body += b"".join(b"\x00" + struct.pack("<IB", moment, rate) for moment, rate in records)
    body += b"".join(b"\x01" + struct.pack("<H", interval) for interval in intervals_ms)
    head = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    head += struct.pack("<H", checksum(head))
    return head + body + struct.pack("<H", checksum(head + body))


def test_garmin_heart_rates_and_beats(tmp_path: Path) -> None:
    """FIT counts seconds from 1989-12-31; an interval of 65535 is none."""
    pytest.importorskip("fitdecode")
    start = int(EPOCH_2022) - 631_065_600
    (tmp_path / "a.fit").write_bytes(fit([(start, 60), (start + 3, 63)], [800, 0xFFFF, 820]))
    found = recording.decode(tmp_path / "a.fit")
    values = found.channels["heart_rate"].values
    assert values[[0, 3]].tolist() == [60, 63]
    assert found.beats is not None
    assert found.beats.interval_ms.tolist() == pytest.approx([800, 820])
    damaged = bytearray((tmp_path / "a.fit").read_bytes())
    damaged[20] ^= 0xFF
    (tmp_path / "b.fit").write_bytes(damaged)
    assert reason(tmp_path / "b.fit")[0] is Reason.UNREADABLE


def write_physio(folder: Path, columns: dict[str, Any], **about: Any) -> Path:
    rows = "\n".join(
        "\t".join("n/a" if v is None else str(v) for v in row) for row in zip(*columns.values(), strict=True)
    )
    path = folder / "sub-01_task-rest_physio.tsv.gz"
    path.write_bytes(gzip.compress((rows + "\n").encode()))
    stated = {"SamplingFrequency": 50.0, "StartTime": -2.0, "Columns": list(columns)} | about
    (folder / "sub-01_task-rest_physio.json").write_text(json.dumps(stated))
    return path


def test_bids_physiology_has_its_rate_and_start_beside_it(tmp_path: Path) -> None:
    columns = {"cardiac": [k % 7 for k in range(500)], "respiratory": list(range(500)), "EDA": [1.5] * 500}
    path = write_physio(tmp_path, columns, EDA={"Units": "uS"})
    whole = recording.decode(path)
    assert {name: (c.unit, round(c.rate_hz, 6)) for name, c in whole.channels.items()} == {
        "bvp": (None, 50.0), "eda": ("µS", 50.0), "respiration": ("a.u.", 50.0),
    }  # fmt: skip
    window = recording.decode(path, start_s=0.0, end_s=2.0)  # the recording began 2 s before
    assert window.channels["respiration"].values.tolist() == [float(k) for k in range(100, 200)]
    assert beside(f"sub-01/{path.name}") == ["sub-01/sub-01_task-rest_physio.json"]


def test_bids_channels_without_their_unit_are_refused_by_name(tmp_path: Path) -> None:
    path = write_physio(tmp_path, {"ecg": [0.0, 1.0, 0.0] * 50, "cardiac": [0.0, 1.0, 2.0] * 50})
    found = recording.decode(path)
    assert set(found.channels) == {"bvp"}
    assert found.refused["ecg"].text == "unreadable: ecg is stated in a.u.; expected mV"


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    path = write_physio(tmp_path, {"cardiac": [1, 2, 3]})
    path.with_name("sub-01_task-rest_physio.json").unlink()
    assert reason(path) == (
        Reason.MISSING_FILE,
        "sub-01_task-rest_physio.json, which describes the table",
    )
    texts = {
        "a.txt": ("800\nfast\n", Reason.UNREADABLE),
        "b.txt": ("Phone timestamp;ecg [uV]\n1;2\n", Reason.UNREADABLE),
        "c.txt": ("", Reason.EMPTY),
        "a.json": ('[{"dateTime": "yesterday", "value": {"bpm": 60}}]', Reason.UNREADABLE),
        "b.json": ('{"data": []}', Reason.EMPTY),
        "a.xml": ("<HealthData><Record", Reason.UNREADABLE),
        "b.xml": ("<HealthData/>", Reason.NO_SIGNAL),
    }
    for name, (text, expected) in texts.items():
        (tmp_path / name).write_text(text)
        assert reason(tmp_path / name)[0] is expected, name
    for name in ("none.txt", "none.json", "none.xml", "none_physio.tsv.gz"):
        assert reason(tmp_path / name)[0] is Reason.MISSING_FILE, name


def test_years_of_an_export_are_read_in_windows_alone(tmp_path: Path) -> None:
    days = [RECORD.format("HeartRate", f"20{year}-03-07 08:00:00 +0000", 60) for year in (12, 22)]
    (tmp_path / "export.xml").write_text(APPLE.format("".join(days)))
    assert reason(tmp_path / "export.xml") == (
        Reason.TOO_LONG,
        "over a week: give start_s and end_s of the samples",
    )
    found = recording.decode(tmp_path / "export.xml", start_s=EPOCH_2022, end_s=EPOCH_2022 + 60)
    assert found.duration_s == 60.0
