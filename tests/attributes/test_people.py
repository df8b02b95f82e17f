from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from harness.attributes import people as module
from harness.attributes.people import People, join_people
from harness.errors import HarnessError

Join = Callable[..., People]

SAMPLES = pa.table(
    {
        "sample_id": ["a1", "a2", "b1", "c1"],
        "subject_id": ["001", "001", "b", "c"],
        "attr.sex": ["f", "f", "m", "m"],
        "ctx.snr": [1.0, 2.0, 3.0, 4.0],
    }
)


@pytest.fixture
def joined(tmp_path: Path) -> Join:
    def join(text: str | bytes, samples: pa.Table = SAMPLES) -> People:
        path = tmp_path / "people.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return join_people(samples, path)

    return join


def test_columns_are_joined_by_subject(joined: Join) -> None:
    text = "subject_id,age,attr.race,health\nb,40,,well\n001,21,Asian,NA\nnobody,99,White,ill\n"
    people = joined(text)
    assert people.samples.column_names == [*SAMPLES.column_names, "attr.age", "attr.race", "attr.health"]
    assert people.samples["attr.age"].to_pylist() == [21.0, 21.0, 40.0, None]
    assert people.samples["attr.race"].to_pylist() == ["Asian", "Asian", None, None]
    assert people.samples["attr.health"].to_pylist() == [None, None, "well", None]
    assert people.samples.select(SAMPLES.column_names).equals(SAMPLES)
    assert people.attributes == ("age", "race", "health")
    assert people.replaced == ()
    assert people.file_sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_who_is_missing_is_counted_and_told(joined: Join) -> None:
    people = joined("subject_id,age\n001,21\n")
    assert people.num_absent == 2
    assert people.warnings() == [
        "attributes.file does not name 2 of the 3 subjects: they are in the group unknown."
    ]
    assert joined("subject_id,age\n001,21\nb,2\nc,3\n").warnings() == []


def test_how_the_names_of_those_who_are_missing_differ_is_told(joined: Join) -> None:
    assert joined("subject_id,age\n001,21\nB,2\nC,3\n").warnings() == [
        "attributes.file does not name 2 of the 3 subjects: they are in the group unknown. They differ in upper "
        "and lower case: 'B' here is 'b' in the samples."
    ]


def test_what_the_dataset_has_is_replaced_in_its_place(joined: Join) -> None:
    people = joined("subject_id,sex\n001,female\nb,male\nc,\n")
    assert people.samples.column_names == SAMPLES.column_names
    assert people.samples["attr.sex"].to_pylist() == ["female", "female", "male", None]
    assert people.replaced == ("sex",)
    assert people.warnings() == ["attributes.file replaces what the dataset says on sex."]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2.5", ""], [1.0, 2.5, None]),
        (["1", "n/a", "NaN"], [1.0, None, None]),
        (["1", "two", "3"], ["1", "two", "3"]),
        (["1", "inf", "3"], ["1", "inf", "3"]),
        (["none", "None", "null"], ["none", "None", None]),
        (["true", "false", ""], ["true", "false", None]),
        (["2020-01-01", "", ""], ["2020-01-01", None, None]),
        (["", "", ""], [None, None, None]),
        (['"a, b"', " c ", "ü"], ["a, b", "c", "ü"]),
    ],
)
def test_numbers_are_numbers_and_all_else_is_text(joined: Join, cells: list[str], expected: list[object]) -> None:
    rows = "".join(f"{who},{cell}\n" for who, cell in zip(("001", "b", "c"), cells, strict=True))
    people = joined(f"subject_id,x\n{rows}")
    assert people.samples["attr.x"].to_pylist() == [expected[0], *expected]
    assert people.samples.schema.field("attr.x").type in (pa.float64(), pa.string())


@pytest.mark.parametrize("name", ["NA", "null", "nan", "1e3", "007"])
def test_a_subject_may_be_called_anything(joined: Join, name: str) -> None:
    samples = pa.table({"subject_id": [name, "7"]})
    assert joined(f"subject_id,age\n{name},21\n", samples).samples["attr.age"].to_pylist() == [21.0, None]


def test_windows_files_are_read(joined: Join) -> None:
    people = joined("\ufeffsubject_id , age\r\n001 ,21\r\n")
    assert people.samples["attr.age"].to_pylist() == [21.0, 21.0, None, None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"people\.csv: not a readable CSV file: it is empty"),
        ("subject_id,x\n001,\x1b[31mred\n", r"column attr\.x: .* holds a control character"),
        ('subject_id,x\n001,"a\nb"\n', "holds a control character"),
        ('subject_id, "x"\n001,1\n', "cannot name an attribute"),
        ("subject_id,age\n", "no rows under the header"),
        ("subject_id\n001\n", "0 attributes; expected 1 to"),
        (
            "who,age\n001,3\n",
            "no column subject_id, which says who a row is about. The header is 'who, age'. Call",
        ),
        ("Speaker,person,age\n001,b,3\n", "Speaker and person could be subject_id"),
        ("subject_id,age\n001,3\nb,4\n001,3\n", "subject '001' stands in 2 rows"),
        ("subject_id,age\n001,3\n,4\n", "row 2: a row has no subject_id"),
        ("subject_id,age\nx,3\n", "none of its 1 subjects is in the samples: it has 'x', the samples have '001'"),
        ("subject_id,age\n001,3,4\n", r"people\.csv, row 1: 3 cells, but the header has 2"),
        ("subject_id,age,attr.age\n001,3,4\n", "names attr.age twice: 'age' and 'attr.age'. Rename one"),
        ("subject_id,subject_id,age\n001,3,4\n", "the header names a column twice: 'subject_id'"),
        ("subject_id,sex*age\n001,3\n", r"'sex\*age' cannot name an attribute"),
        ("subject_id,<script>\n001,3\n", "cannot name an attribute"),
        ("subject_id,overall\n001,3\n", "cannot name an attribute"),
        ("subject_id,\n001,3\n", "0 attributes; expected 1 to 100"),
        ("subject_id,\n001,tall\n", "column 2 has no name but has cells"),
        (f"subject_id,{'x' * 5000}\n001,3\n", "cannot name an attribute"),
        (f"subject_id,x\n001,{'y' * 5000}\n", "column 'x' has a text of over 4,096 characters"),
        (
            "subject_id," + ",".join(f"x{i}" for i in range(101)) + "\n001" + ",1" * 101,
            "101 attributes; expected 1 to 100",
        ),
        (
            b"subject_id,x\n001,\xff\n",
            r"people\.csv: not a readable CSV file: it is not UTF-8 text\. Save the table",
        ),
        (b"\xff\xfes\x00u\x00b\x00", r"people\.csv: not a readable CSV file"),
        (b"PAR1\x15\x04\x00\x00", r"people\.csv: not a readable CSV file"),
        (b"\x00" * 100, r"people\.csv: not a readable CSV file"),
    ],
)
def test_what_is_no_file_of_people_is_refused(joined: Join, text: str | bytes, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        joined(text)


@pytest.mark.parametrize(
    ("name", "data", "remark"),
    [
        ("people.csv", b"Speaker ID;Age;Skin Tone\n001;34;MST 5\nb;25,5;\n", "semicolons"),
        ("people.tsv", "Speaker ID\tAge\tSkin Tone\n001\t34\tMST 5\nb\t25.5\t\n".encode("utf-16"), "UTF-16"),
        (
            "people.json",
            b'[{"Speaker ID": "001", "Age": 34, "Skin Tone": "MST 5"}, {"Speaker ID": "b", "Age": 25.5}]',
            None,
        ),
    ],
)
def test_people_may_be_in_any_usual_table(tmp_path: Path, name: str, data: bytes, remark: str | None) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    people = join_people(SAMPLES, path)
    assert people.attributes == ("age", "skin_tone")
    assert people.samples["attr.age"].to_pylist() == [34.0, 34.0, 25.5, None]
    assert people.samples["attr.skin_tone"].to_pylist() == ["MST 5", "MST 5", None, None]
    told = people.warnings()
    assert told[-1].startswith("attributes.file does not name 1 of the 3 subjects")
    assert remark is None or (remark in told[0] and name in told[0])


def test_how_subjects_differ_is_said(joined: Join) -> None:
    with pytest.raises(
        HarnessError, match=r"none of its 2 subjects .* They differ in zeros before numbers: '1' here"
    ):
        joined("subject_id,age\n1,3\n2,4\n", pa.table({"subject_id": ["001", "002"]}))


def test_a_file_that_is_not_there_or_too_large(
    joined: Join, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(HarnessError, match=r"attributes\.file: .*nobody\.csv is not a file"):
        join_people(SAMPLES, tmp_path / "nobody.csv")
    with pytest.raises(HarnessError, match="is not a file"):
        join_people(SAMPLES, tmp_path)
    monkeypatch.setattr(module, "MAX_PEOPLE_BYTES", 10)
    with pytest.raises(HarnessError, match="expected one row per person"):
        joined("subject_id,age\n001,3\n")
