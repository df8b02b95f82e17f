"""SWELL-KW: features per minute, with 999 for what is missing, trailing commas, blocks that are no conditions."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.reader import ReaderOptions
from harness.datasets.swell_kw import START, TABLES, SwellReader
from harness.errors import HarnessError, Unscored

PHYSIOLOGY = f"3 - Feature dataset/per sensor/{TABLES[-1]}"
HEADER = "PP,C,Condition,timestamp,HR,RMSSD,SCL,,"
ROWS = (
    "PP1,1,R,20120918T130800000,999,999,80.2,,",
    "PP1,1,N,20120918T131600000,71.5,0.041,999,,",
    "PP2,2,T,20120919T101600000,64,999,3.25,,",
    "PP2,3,I,20120919T111700000,999,999,999,,",
)


def write(root: Path, *rows: str, header: str = HEADER, name: str = PHYSIOLOGY) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("\n".join([header, *(rows or ROWS)]) + "\n", encoding="utf-8")


def questionnaire(root: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["PP", "Age", "Gender", "Remarks"], ["PP1", 24, "m", None], ["PP2", None, "f", "left-handed"]):
        book.active.append(row)
    book.save(root / START)


def reader(root: Path) -> SwellReader:
    return SwellReader(dataset_card("swell_kw"), root, ReaderOptions())


def test_minutes_with_what_was_measured_in_them(tmp_path: Path) -> None:
    write(tmp_path)
    questionnaire(tmp_path)
    rows = reader(tmp_path).samples().to_pylist()
    names = ("subject_id", "session_id", "label", "ctx.hr", "ctx.rmssd", "ctx.scl", "attr.age", "attr.sex")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("PP1", "block 1", "relaxation", None, None, 80.2, 24.0, "male"),
        ("PP1", "block 1", "neutral", 71.5, 0.041, None, 24.0, "male"),
        ("PP2", "block 2", "time_pressure", 64.0, None, 3.25, None, "female"),
        ("PP2", "block 3", "interruptions", None, None, None, None, "female"),
    ]
    assert rows[1]["sample_id"] == f"{PHYSIOLOGY}#PP1-20120918T131600000"
    with pytest.raises(Unscored, match="no signal"):
        reader(tmp_path).load(rows[0])


@pytest.mark.parametrize(("name", "mark"), [(TABLES[0], "\t"), (TABLES[1], ";")])
def test_the_table_of_all_sensors_comes_first_with_what_people_said(tmp_path: Path, name: str, mark: str) -> None:
    write(tmp_path)
    header, row = "PP,Blok,Condition,timestamp,Stress,NasaTLX,SnKeyStrokes,HR", "pp3,2,T,20120918T1,7.5,61,120,999"
    write(tmp_path, row.replace(",", mark), header=header.replace(",", mark), name=name)
    (only,) = reader(tmp_path).samples().to_pylist()
    assert (only["subject_id"], only["session_id"], only["label"]) == ("PP3", "block 2", "time_pressure")
    assert (only["ctx.stress"], only["ctx.nasa_tlx"], only["ctx.sn_key_strokes"], only["ctx.hr"]) == (
        7.5,
        61,
        120,
        None,
    )
    assert "attr.sex" not in only


def test_a_workbook_is_read_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["PP", "Blok", "Condition", "timestamp", "HR"])
    book.active.append(["PP1", 1, "I", "20120918T131600000", 71.5])
    book.save(tmp_path / TABLES[2])
    (row,) = reader(tmp_path).samples().to_pylist()
    assert (row["label"], row["session_id"], row["ctx.hr"]) == ("interruptions", "block 1", 71.5)


def test_check_tells_of_gaps_copies_and_what_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, *ROWS, ROWS[0], "PP3,1,X,20120918T1,1,1,1,,", "PP4,1,N,20120918T1,1,1,1,,")
    questionnaire(tmp_path)
    found = reader(tmp_path)
    samples = found.samples()
    assert samples.num_rows == 5
    assert found.layout_problems(samples) == [
        "minutes without any physiology: 1 of 5",
        "minutes that stand twice, the first is used: PP1 20120918T130800000",
        "conditions that are not read: 'X'",
        f"not in {START}: PP4",
    ]
    assert any("samples: found 5, the card says 3,139" in line for line in found.check().problems)


def test_what_is_no_table_of_the_dataset_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"none of Behavioral-features .* is below"):
        reader(tmp_path).samples()
    write(tmp_path, header="PP,C,HR")
    with pytest.raises(HarnessError, match="column Condition, timestamp is missing"):
        reader(tmp_path).samples()
    write(tmp_path, "PP1,1,N,t,fast,1,1,,")
    with pytest.raises(HarnessError, match=r"final\)\.csv, row 1, HR: 'fast' is not a number"):
        reader(tmp_path).samples()
    write(tmp_path, "PP1,1,X,t,1,1,1,,")
    with pytest.raises(HarnessError, match="no minute of a known condition"):
        reader(tmp_path).samples()
    write(tmp_path)
    (tmp_path / START).write_bytes(b"PK")
    with pytest.raises(HarnessError, match=START):
        reader(tmp_path).samples()
