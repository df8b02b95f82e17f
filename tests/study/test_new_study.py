"""The folder of a first study: what is written is what `harness run` reads."""

from __future__ import annotations

import csv
import shlex
from pathlib import Path

import pytest
import yaml

from harness.errors import HarnessError
from harness.study.compose import compose_study
from harness.study.new_study import OWN_FILES, StudyAnswers, datasets_for, systems_for, write_new_study


@pytest.fixture(autouse=True)
def _no_cards_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CARDS", "")


def table(folder: Path) -> Path:
    folder.mkdir()
    rows = [("id", "subject_id", "label", "attr.sex", "label_source")]
    rows += [(f"s{i}", f"p{i % 4}", "happiness", "female", "acted") for i in range(8)]
    with (folder / "samples.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("sample_id", *rows[0][1:]), *rows[1:]])
    return folder


def test_a_table_and_its_answers(tmp_path: Path) -> None:
    data, answers = table(tmp_path / "my data"), tmp_path / "answers.csv"
    answers.write_text("sample_id,label\ns0,happiness\n")
    chosen = StudyAnswers("voice", "table", data, str(answers), ["sex", "Neurodivergence", "accent"])
    study = write_new_study(tmp_path / "first", chosen)
    config = compose_study(["+study=first"], tmp_path / "first")
    assert (config.dataset.name, config.dataset.root) == ("table", data)
    assert config.model.options["file"] == str(answers)
    assert config.attributes.axes == ("sex", "neurodivergence", "accent")
    assert config.attributes.file == tmp_path / "first" / "people.csv"
    assert study.num_people == 4
    with (tmp_path / "first" / "people.csv").open(encoding="utf-8-sig") as file:
        people = list(csv.reader(file))
    assert people[0] == ["subject_id", "neurodivergence", "accent"]  # sex is in the table of samples
    assert sorted(row[0] for row in people[1:]) == ["p0", "p1", "p2", "p3"]
    assert not study.to_fill
    for command in study.commands.values():
        assert shlex.split(command)[0] == "harness"
    readme = (tmp_path / "first" / "README.md").read_text()
    assert (
        f"{study.commands['See which differences between groups these people can show']} --sign me.key\n" in readme
    )
    assert f"root={data}" in shlex.split(study.commands["See whether the data are what they should be"])


def test_what_is_simulated_lies_nowhere_and_knows_its_people(tmp_path: Path) -> None:
    answers = StudyAnswers("wearable", "simulated_wearables", None, "wearable_stress", ["sex"])
    study = write_new_study(tmp_path / "first", answers)
    assert study.num_people is None
    assert "The dataset itself says of its people: sex." in study.why_no_people
    assert not any("check dataset" in command for command in study.commands.values())
    assert compose_study(["+study=first"], tmp_path / "first").attributes.axes == ("sex",)


def test_files_and_a_system_of_ones_own_are_drafted(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    root.mkdir()
    for person in range(6):
        for emotion in ("happy", "sad", "angry"):
            (root / f"p{person:02}_{emotion}_1.wav").write_bytes(b"RIFF")
    study = write_new_study(tmp_path / "first", StudyAnswers("voice", OWN_FILES, root, "command", ["age"]))
    assert {path.parent.parent.name for path in study.to_fill if path.name == "card.yaml"} == {
        "datasets",
        "models",
    }
    assert study.num_people is None
    assert "still to be filled in" in study.why_no_people
    # Where people cannot be listed yet, their table is one of the steps.
    steps = list(study.commands.values())
    assert [shlex.split(step)[1 if step.startswith("harness") else 2] for step in steps] == [
        *("check", "attributes", "plan", "run", "run")
    ]
    assert "attributes.axes=[age]" in shlex.split(study.commands["Measure"])
    assert "model.trust=true" in shlex.split(study.commands["Measure"])
    readme = (tmp_path / "first" / "README.md").read_text()
    assert all(step in readme for step in steps)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (StudyAnswers("face", "nowhere", None, "majority"), "There is no card datasets/nowhere"),
        (StudyAnswers("face", "simulated_faces", None, "nothing"), "'nothing' is no system, kind of system or"),
        (StudyAnswers("face", "simulated_faces", None, "none.csv"), "none.csv: there is no such file"),
        (StudyAnswers("voice", OWN_FILES, None, "majority"), "Say where your files lie"),
        (StudyAnswers("voice", OWN_FILES, Path("/no/such"), "majority"), "there is no such folder"),
    ],
)
def test_answers_that_fit_nothing(answers: StudyAnswers, message: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=message):
        write_new_study(tmp_path / "first", answers)
    assert not (tmp_path / "first" / "configs" / "study").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(HarnessError, match="holds files already"):
        write_new_study(folder, StudyAnswers("face", "simulated_faces", None, "majority"))
    with pytest.raises(HarnessError, match="no name for a study"):
        write_new_study(tmp_path / "1st!", StudyAnswers("face", "simulated_faces", None, "majority"))
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_a_study_that_came_to_nothing_leaves_no_half_of_it(tmp_path: Path) -> None:
    root, folder = tmp_path / "corpus", tmp_path / "first"
    root.mkdir()
    for person in range(6):
        for emotion in ("happy", "sad", "angry"):
            (root / f"p{person:02}_{emotion}_1.wav").write_bytes(b"RIFF")
    with pytest.raises(HarnessError, match="no such file"):
        write_new_study(folder, StudyAnswers("voice", OWN_FILES, root, str(tmp_path / "absent.csv")))
    assert not folder.exists()
    write_new_study(folder, StudyAnswers("voice", OWN_FILES, root, "majority"))


def test_answers_below_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "answers.csv").write_text("sample_id,label\ns0,happiness\n")
    data = table(tmp_path / "data")
    write_new_study(tmp_path / "first", StudyAnswers("voice", "table", Path("~/data"), "~/answers.csv"))
    config = compose_study(["+study=first"], tmp_path / "first")
    assert (config.dataset.root, config.model.options["file"]) == (data, str(tmp_path / "answers.csv"))


def test_what_is_offered_fits_the_modality() -> None:
    assert datasets_for("face")[0] == "simulated_faces"
    assert datasets_for("face").index("emonet_face") > datasets_for("face").index(
        "cremad"
    )  # synthetic, but not here
    assert "ravdess" in datasets_for("voice")
    assert "ravdess" not in datasets_for("eeg")
    assert "table" in datasets_for("eeg")
    assert systems_for("voice")[0] == "voice_functionals_svm"
    assert "fer_mini_xception" not in systems_for("voice")


def test_names_that_yaml_would_read_otherwise_stay_text(tmp_path: Path) -> None:
    data = table(tmp_path / "2024-01-01")
    study = write_new_study(tmp_path / "first", StudyAnswers("voice", "table", data, "majority", ["no"]))
    written = yaml.safe_load(study.files[0].read_text())
    assert written["attributes"]["axes"] == ["no"]
    assert written["dataset"]["root"] == str(data)


def test_a_table_of_another_name_and_other_columns(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "audio").mkdir(parents=True)
    (data / "README.txt").write_text("What the columns mean.\n")
    rows = [("filename", "speaker", "emotion", "age", "gender")]
    rows += [(f"{i}.wav", f"p{i % 4}", "happiness", 20 + i % 4, "female") for i in range(8)]
    with (data / "calls.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    study = write_new_study(tmp_path / "first", StudyAnswers("voice", "table", data, "majority", ["age", "no"]))
    assert study.guessed == {"age": "attr.age", "gender": "attr.gender"}
    assert study.num_people == 4
    config = tmp_path / "first" / "configs" / "study" / "first.yaml"
    assert study.to_fill == [config]
    written = config.read_text()
    assert "  # one of self_report, observer, acted," in written
    config.write_text(written.replace("label_source: ???", "label_source: acted"))
    options = compose_study(["+study=first"], tmp_path / "first").dataset.options
    assert (
        options.items()
        >= {
            "file": "calls.csv",
            "columns": {"age": "attr.age", "gender": "attr.gender"},
            "modality": "voice",
            "label_source": "acted",
        }.items()
    )
    check = shlex.split(study.commands["See whether the data are what they should be"])
    assert "columns={age: attr.age, gender: attr.gender}" in check
    assert "label_source=???" in check
    with (tmp_path / "first" / "people.csv").open(encoding="utf-8-sig") as file:
        assert next(csv.reader(file)) == ["subject_id", "no"]


def test_a_folder_with_several_tables_is_left_to_the_reader(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("a.csv", "b.csv"):
        (data / name).write_text("filename,speaker\nx.wav,p\n")
    study = write_new_study(tmp_path / "first", StudyAnswers("voice", "table", data, "majority", ["age"]))
    assert "samples.csv: no such table. There are a.csv and b.csv." in study.why_no_people
