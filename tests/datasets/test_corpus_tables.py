"""Corpora whose own tables state all facts: each is read from a few rows as they are on people's disks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cards.facts import card_names, dataset_card
from harness.cards.taxonomy import canonical
from harness.datasets.corpus_table_rows import CorpusTables, listed_rows
from harness.datasets.corpus_tables import CorpusTablesReader
from harness.datasets.splits import SplitOptions
from harness.errors import HarnessError
from harness.signals.media import Audio
from harness.tables.schemas import SAMPLES

CORPORA = [name for name in card_names("datasets") if dataset_card(name).reader == "corpus_tables"]

CV_HEADER = "client_id\tpath\tsentence\tup_votes\tdown_votes\tage\tgender\taccents\tvariant\tlocale\tsegment"
TABLES: dict[str, dict[str, str]] = {
    "common_voice": {
        "train.tsv": f"{CV_HEADER}\nc1\tcv_1.mp3\tHallo\t2\t0\ttwenties\tmale_masculine\tBayern\t\tde\t\n",
        "dev.tsv": f"{CV_HEADER}\nc2\tcv_2.mp3\tJa\t2\t1\t\t\t\t\tde\t\n",
        "test.tsv": f"{CV_HEADER.replace('accents', 'accent')}\n"
        "c3\tcv_3.mp3\tNein\t2\t0\tsixties\tother\tTirol\t\tde\t\n",
    },
    "emozionalmente": {
        "metadata/samples.csv": "file_name,timestamp,actor,sentence,emotion_expressed\n"
        "a.wav,2021-01-01,u1,Vado a casa,joy\nb.wav,2021-01-02,u2,Vado a casa,neutrality\n",
        "metadata/users.csv": "username,gender,age,mother_tongue\nu2,f,41,it\nu1,m,30,it\nu3,f,20,de\n",
    },
    "nemo": {
        "data.tsv": "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"
        "SK1_anger_1.wav\tanger\tTak.\ttak\tSK1\tmale\t24\n"
        "AB2_surprised_7.wav\tsurprised\tNie.\tnie\tAB2\tfemale\t31\n",
    },
}
FACTS: dict[str, list[dict[str, Any]]] = {
    "common_voice": [
        {
            "uri": "clips/cv_1.mp3",
            "subject_id": "c1",
            "split": "train",
            "attr.gender": "male",
            "attr.accent": "Bayern",
        },
        {"uri": "clips/cv_2.mp3", "subject_id": "c2", "split": "dev", "attr.gender": None, "attr.age_group": None},
        {
            "uri": "clips/cv_3.mp3",
            "subject_id": "c3",
            "attr.gender": "other",
            "attr.accent": "Tirol",
            "label": None,
        },
    ],
    "emozionalmente": [
        {
            "uri": "audio/a.wav",
            "subject_id": "u1",
            "label": "joy",
            "attr.sex": "m",
            "attr.age": 30.0,
            "split": None,
        },
        {
            "uri": "audio/b.wav",
            "subject_id": "u2",
            "label": "neutrality",
            "attr.sex": "f",
            "attr.mother_tongue": "it",
        },
    ],
    "nemo": [
        {"uri": "samples/SK1_anger_1.wav", "subject_id": "SK1", "label": "anger", "attr.age": 24.0},
        {"uri": "samples/AB2_surprised_7.wav", "label": "surprised", "attr.sex": "female", "ctx.sentence": "Nie."},
    ],
}


def reader(name: str, root: Path) -> CorpusTablesReader:
    return CorpusTablesReader(dataset_card(name), root, SplitOptions())


def write(root: Path, tables: dict[str, str]) -> None:
    for name, text in tables.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def test_every_corpus_is_tried() -> None:
    assert sorted(TABLES) == sorted(FACTS) == CORPORA


@pytest.mark.parametrize("name", CORPORA)
def test_tables_say_what_the_corpus_means(name: str, tmp_path: Path) -> None:
    write(tmp_path, TABLES[name])
    found = reader(name, tmp_path)
    rows = found.samples().to_pylist()
    assert [{key: row[key] for key in facts} for row, facts in zip(rows, FACTS[name], strict=True)] == FACTS[name]
    assert found.layout_problems(found.samples()) == []


@pytest.mark.parametrize("name", CORPORA)
def test_card_and_description_agree(name: str) -> None:
    card = dataset_card(name)
    form = CorpusTables.model_validate(card.details["corpus_tables"])
    columns = {*form.columns.values(), *(ours for table in form.joined for ours in table.columns.values())}
    assert {column.removeprefix("attr.") for column in columns if column.startswith("attr.")} == set(
        card.attributes
    )
    assert all(column in SAMPLES.names or column.startswith(("attr.", "ctx.")) for column in columns)
    assert set(form.codes) <= columns
    assert set(form.codes.get("label", {}).values()) == set(card.labels)
    assert len({canonical(label) for label in card.labels}) == len(card.labels), "no emotion under two names"


def test_check_says_where_a_copy_deviates(tmp_path: Path, write_sound: Callable[[Path], None]) -> None:
    table = TABLES["nemo"]["data.tsv"]
    row = "SK1_anger_1.wav\tangst\tTak.\ttak\tSK1\tmale\t24\n"
    write(tmp_path, {"data.tsv": table + row + row.replace("_1.", "_2.")})
    write_sound(tmp_path / "samples" / "SK1_anger_1.wav")
    write_sound(tmp_path / "samples" / "more.wav")
    found = reader("nemo", tmp_path)
    samples = found.samples()
    assert samples["label"].to_pylist() == ["anger", "surprised", None]
    assert isinstance(found.load(samples.to_pylist()[0]), Audio)
    assert found.layout_problems(samples) == [
        "listed more than once: SK1_anger_1.wav",
        "files that no table lists: more.wav",
        "values that the card does not explain: label 'angst'",
    ]
    assert any("samples: found 3, the card says 4,481" in problem for problem in found.check().problems)


def test_two_rows_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    table = TABLES["nemo"]["data.tsv"]
    row = next(line for line in table.splitlines() if line.startswith("SK1_anger_1.wav"))
    write(tmp_path, {"data.tsv": f"{table}./{row}\n"})
    same = reader("nemo", tmp_path).samples()
    assert len(set(same["sample_id"].to_pylist())) == same.num_rows == 2, "another way to write one name"
    write(tmp_path, {"data.tsv": table + row.replace("\tanger\t", "\tsadness\t").replace("SK1\t", "SK2\t") + "\n"})
    with pytest.raises(HarnessError) as raised:
        reader("nemo", tmp_path).samples()
    assert "data.tsv, row 3, are about samples/SK1_anger_1.wav and differ in " in str(raised.value)
    assert "label" in str(raised.value)
    assert "subject_id" in str(raised.value)


def test_a_file_in_two_parts_of_a_split_is_refused(tmp_path: Path) -> None:
    card = dataset_card("nemo").model_copy(update={"rows_independent": True})
    form = {"tables": {"train": "a.csv", "test": "b.csv", "-all": "c.csv"}, "columns": {"f": "uri", "l": "label"}}
    card = card.model_copy(update={"details": {"corpus_tables": form}})
    found = CorpusTablesReader(card, tmp_path, SplitOptions())
    write(tmp_path, {"a.csv": "f,l\nx.wav,anger\n", "b.csv": "f,l\ny.wav,anger\n", "c.csv": "f,l\nx.wav,anger\n"})
    assert found.samples()["split"].to_pylist() == ["train", "test"]
    write(tmp_path, {"b.csv": "f,l\nx.wav,anger\n"})
    with pytest.raises(HarnessError, match=r"a\.csv, row 1, and b\.csv, row 1, are about x\.wav and differ in sp"):
        found.samples()


def test_a_table_that_is_missing_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"metadata/samples.csv": TABLES["emozionalmente"]["metadata/samples.csv"]})
    found = reader("emozionalmente", tmp_path)
    samples = found.samples()
    assert "attr.sex" not in samples.column_names
    assert found.layout_problems(samples) == ["no such table: metadata/users.csv"]


@pytest.mark.parametrize("name", CORPORA)
def test_tables_in_the_form_of_the_card_do_not_differ(name: str, tmp_path: Path) -> None:
    write(tmp_path, TABLES[name])
    found = reader(name, tmp_path)
    assert not any("separated" in line or "column" in line for line in found.layout_problems(found.samples()))


def test_another_separator_and_absent_columns_are_told(tmp_path: Path) -> None:
    table = "client_id,path,sentence,age,accent\nc1,a.mp3,Ja,twenties,Tirol\n"
    write(tmp_path, {"train.tsv": TABLES["common_voice"]["train.tsv"], "test.tsv": table})
    found = reader("common_voice", tmp_path)
    samples = found.samples()
    assert samples["attr.accent"].to_pylist() == ["Bayern", "Tirol"]
    assert found.layout_problems(samples) == [
        "no such table: dev.tsv",
        "separated otherwise: test.tsv (by commas, not tabs)",
        "no such column: test.tsv gender, test.tsv variant, test.tsv locale",
    ]


def test_cells_with_another_separator_are_explained(tmp_path: Path) -> None:
    write(tmp_path, {"test.tsv": "client_id,path,sentence\nc1,a.mp3,Ja, gern\n"})
    with pytest.raises(HarnessError, match=r"row 1: 4 cells, but the header has 3\. .*commas, not tabs"):
        reader("common_voice", tmp_path).samples()


def test_no_table_and_no_column(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"nemo: no file is listed in data\.tsv below"):
        reader("nemo", tmp_path).samples()
    write(tmp_path, {"data.tsv": "file\temotion\na.wav\tanger\n"})
    with pytest.raises(HarnessError, match=r"no column file_id or speaker_id\. The header is file, emotion"):
        reader("nemo", tmp_path).samples()


def test_a_description_that_is_none_is_refused(tmp_path: Path) -> None:
    card = dataset_card("nemo").model_copy(update={"details": {"corpus_tables": {"tables": {}, "scale": [1, 5]}}})
    with pytest.raises(HarnessError, match=r"details\.corpus_tables of its card: tables: .*columns: is missing"):
        CorpusTablesReader(card, tmp_path, SplitOptions())


def test_ratings_are_scaled(tmp_path: Path) -> None:
    card = dataset_card("nemo")
    form = card.details["corpus_tables"] | {
        "columns": {"f": "uri", "s": "subject_id", "v": "valence"},
        "scale": [1, 5],
    }
    card = card.model_copy(update={"details": {"corpus_tables": form}})
    write(tmp_path, {"data.tsv": "f\ts\tv\na.wav\tx\t2\nb.wav\tx\t\n"})
    found = CorpusTablesReader(card, tmp_path, SplitOptions())
    assert found.samples()["valence"].to_pylist() == [-0.5, None]
    write(tmp_path, {"data.tsv": "f\ts\tv\na.wav\tx\t2.333.333\n"})
    with pytest.raises(HarnessError, match=r"data\.tsv, row 1, valence: '2\.333\.333' is not a number"):
        found.samples()


def test_a_row_about_nobody_says_nothing_of_people_without_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("file,who\n1.wav,u1\n2.wav,\n")
    (tmp_path / "people.csv").write_text("name,sex\nu1,f\n,m\n")
    people = {"file": "people.csv", "key": "name", "by": "subject_id", "columns": {"sex": "attr.sex"}}
    form = CorpusTables.model_validate(
        {"tables": {"-all": "a.csv"}, "columns": {"file": "uri", "who": "subject_id"}, "joined": [people]}
    )
    [rows] = listed_rows(form, tmp_path.joinpath, rows_independent=True).values()
    assert [cells.get("attr.sex") for cells in rows] == ["f", None]
