from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pytest

from harness.attributes.people import join_people
from harness.attributes.template import template_columns
from harness.commands.attributes import show_template
from harness.datasets.table import TableReader
from harness.errors import HarnessError
from harness.study.assembly import open_reader
from harness.tables.versions import read_table, write_table

GOLDEN = Path(__file__).parents[1] / "golden" / "v1" / "table"
HEADER = ["subject_id", "age", "sex", "monk", "fitzpatrick", "race", "neurodivergence"]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    rows = ["a.wav,007,joy", "b.wav,007,anger", "c.wav,Zoë,joy"]
    (tmp_path / "samples.csv").write_text("\n".join(["uri,subject_id,label", *rows]), encoding="utf-8")
    return tmp_path


def test_a_subject_that_looks_like_a_formula_is_written_safely_and_found_again(tmp_path: Path) -> None:
    rows = ["a.wav,=1+1,joy", "b.wav,@ann,anger", "c.wav,-7,joy"]
    (tmp_path / "samples.csv").write_text("\n".join(["uri,subject_id,label", *rows]))
    show_template([str(tmp_path)])
    path = tmp_path / "people.csv"
    written = path.read_text(encoding="utf-8-sig")
    assert [line.split(",")[0] for line in written.splitlines()[1:]] == ["'=1+1", "'@ann", "'-7"]
    path.write_text(written.replace("'@ann,,", "'@ann,34,"))
    reader = open_reader("table", tmp_path, {"modality": "voice", "label_source": "acted"})
    people = join_people(reader.samples(), path)
    assert people.num_absent == 0
    assert people.samples["attr.age"].to_pylist() == [None, 34.0, None]


def test_a_row_for_every_subject_is_written_and_can_be_used(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_template([str(dataset)])
    path = dataset / "people.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [HEADER, ["007", *[""] * 6], ["Zoë", *[""] * 6]]
    page = (dataset / "people.txt").read_text(encoding="utf-8")
    assert page in capsys.readouterr().out
    assert "monk_01 (lightest) to monk_10 (darkest)" in page
    filled = path.read_text(encoding="utf-8").replace("007,,", "007,34,f").replace("Zoë,,", "Zoë,65+,M")
    path.write_text(filled, encoding="utf-8")
    options = {"modality": "voice", "label_source": "acted"}
    reader = open_reader("table", dataset, options)
    assert isinstance(reader, TableReader)
    people = join_people(reader.samples(), path)
    assert people.samples["attr.age"].to_pylist() == ["34", "34", "65+"]
    assert people.num_absent == 0


def test_what_may_be_filled_in_is_not_overwritten(dataset: Path) -> None:
    (dataset / "people.csv").write_text("subject_id,age\n007,3\n")
    with pytest.raises(HarnessError, match=r"people\.csv is there already"):
        show_template([str(dataset)])
    show_template([str(dataset)], dataset / "more.csv")
    assert (dataset / "more.txt").is_file()


def test_a_simulated_dataset_is_named_by_overrides(tmp_path: Path) -> None:
    out = tmp_path / "people.csv"
    show_template(["dataset=simulated_voices", "dataset.subjects=3"], out)
    assert out.read_text(encoding="utf-8-sig").splitlines()[0] == "subject_id,race"
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 4


def test_only_what_the_dataset_lacks_is_asked_for() -> None:
    assert [*template_columns([])] == HEADER[1:]
    assert [*template_columns(["Gender", "age_group", "skin_tone", "site"])] == ["race", "neurodivergence"]
    assert [*template_columns(["mst"])] == ["age", "sex", "race", "neurodivergence"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere is not a folder"),
        (["dataset.root=x"], r"harness attributes template dataset=NAME dataset\.root=PATH"),
        (["a", "b"], r"harness attributes template dataset=NAME dataset\.root=PATH"),
    ],
)
def test_who_the_subjects_are_must_be_said(arguments: list[str], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        show_template(arguments)


def test_a_folder_without_a_table_says_how_to_name_a_dataset(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"samples\.csv.* harness attributes template dataset=NAME"):
        show_template([str(tmp_path)])


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("subject_id", None, "column subject_id is missing"),
        ("subject_id", pa.array([[1]]), "column subject_id is not of type string"),
        ("sample_id", pa.array([None], pa.string()), "sample_id"),
        ("attr.sex", pa.array([[1]]), "column attr.sex has type list"),
    ],
)
def test_samples_of_a_run_that_are_no_samples_are_refused(
    column: str, values: pa.Array | None, message: str, tmp_path: Path
) -> None:
    samples = read_table(GOLDEN / "samples.parquet", "samples").table
    place = samples.schema.get_field_index(column)
    if values is None:
        samples = samples.remove_column(place)
    else:
        samples = samples.set_column(place, column, pa.concat_arrays([values] * samples.num_rows))
    write_table(samples, "samples", tmp_path / "samples.parquet")
    (tmp_path / "plan.yaml").write_text("")
    with pytest.raises(HarnessError) as caught:
        show_template([str(tmp_path)], tmp_path / "people.csv")
    assert message in str(caught.value)
    assert not (tmp_path / "people.csv").exists()


def test_the_page_does_not_take_the_place_of_the_table(dataset: Path) -> None:
    with pytest.raises(HarnessError, match=r"people\.txt: the page of explanations gets this name"):
        show_template([str(dataset)], dataset / "people.txt")
    assert not (dataset / "people.txt").exists()


def test_the_attributes_of_the_study_are_the_columns(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["dataset=table", f"dataset.root={dataset}", "dataset.modality=voice", "dataset.label_source=acted"]
    out = dataset / "mine.csv"
    show_template([*chosen, "attributes.axes=[age,age*dialect]"], out)
    with out.open(encoding="utf-8-sig") as file:
        assert next(csv.reader(file)) == ["subject_id", "age", "dialect"]
    assert "in your own words, the same in every row" in capsys.readouterr().out
