"""A study of tables with every oddity at once, from the files to the result."""

from __future__ import annotations

import shlex
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pytest
from silent import Silent

from harness.errors import HarnessError
from harness.study.assembly import open_reader
from harness.study.compose import compose_study
from harness.study.run_study import Study, run

PEOPLE, CLIPS = 8, 6
WORDS = ["\u00e4rger", "NA", "1"]
QUICK = ["measure.resamples=100", "measure.permutations=100", "checks.enabled=false", "tracking.enabled=false"]


def study(folder: Path, samples: str, predictions: str, *overrides: str) -> tuple[Study, list[str]]:
    told = Silent()
    config = compose_study(
        [
            "dataset=table",
            f"dataset.root={folder}",
            f"dataset.file={samples}",
            "dataset.modality=voice",
            "dataset.label_source=acted",
            "model=predictions",
            f"model.file={folder / predictions}",
            f"out={folder / 'out'}",
            *QUICK,
            *overrides,
        ]
    )
    return run(config, told), told.warnings


def frame() -> pd.DataFrame:
    """Every third label is answered wrongly."""
    clips = [(person, clip) for person in range(PEOPLE) for clip in range(CLIPS)]
    truth = [WORDS[(person + clip) % 3] for person, clip in clips]
    answer = [WORDS[(person + clip + (clip % 3 == 0)) % 3] for person, clip in clips]
    ids = [f"clips/{person}_{clip}.wav" for person, clip in clips]
    return pd.DataFrame({"id": ids, "who": [person for person, _ in clips], "truth": truth, "answer": answer})


def accuracy(found: Study) -> float:
    rows = found.results
    chosen = (
        (pc.field("metric") == "accuracy")
        & (pc.field("statistic") == "level")
        & (pc.field("axis") == "overall")
        & (pc.field("model") == "predictions")
    )
    (value,) = rows.filter(chosen)["value"].to_pylist()
    return float(value)


def test_every_oddity_at_once(tmp_path: Path) -> None:
    given = frame()
    samples = pd.DataFrame(
        {
            "File Name": given["id"],
            "Speaker": given["who"].astype(float),
            "EMOTION": [word.replace("\u00e4", "a\u0308") if word != "1" else "1.0" for word in given["truth"]],
            "attr_hearing": ["NA" if who % 2 else "yes" for who in given["who"]],
            "attr_age": [20.5 + who for who in given["who"]],
        }
    )
    samples.to_csv(tmp_path / "s.csv", sep=";", decimal=",", encoding="utf-16")
    answers = pd.DataFrame(
        {"Path": given["id"] + " ", "Prediction": [w if w != "1" else 1 for w in given["answer"]]}
    )
    answers.to_excel(tmp_path / "p.xlsx")
    found, told = study(tmp_path, "s.csv", "p.xlsx")
    assert accuracy(found) == pytest.approx(2 / 3)
    assert found.plan["attributes"]["groups"]["hearing"]["groups"] == [
        {"group": "yes", "values": ["yes"], "subjects": 4, "samples": 24},
        {"group": "unknown", "values": ["unknown"], "subjects": 4, "samples": 24},
    ]
    assert told[:2] == [
        "s.csv was understood as: separated by semicolons; encoded in UTF-16; decimal commas in Speaker and "
        "attr_age; without the column that numbers the rows; File Name is uri, Speaker is subject_id, EMOTION is "
        "label, attr_hearing is attr.hearing and attr_age is attr.age.",
        "p.xlsx was understood as: without the column that numbers the rows; Path is sample_id and Prediction is "
        "label.",
    ]


def test_what_is_wrong_with_predictions_leaves_no_run(tmp_path: Path) -> None:
    given = frame()
    given.rename(columns={"id": "uri", "who": "subject_id", "truth": "label"}).drop(columns="answer").to_csv(
        tmp_path / "s.csv", index=False
    )
    given.rename(columns={"id": "sample_id", "answer": "label"})[["sample_id", "label"]].replace(
        {"label": {"NA": "W", "1": "L", "\u00e4rger": "N"}}
    ).to_json(tmp_path / "p.jsonl", orient="records", lines=True)
    with pytest.raises(HarnessError, match=r"no label in common.*\(p\.jsonl, row 1\).*labels\.merge=emodb"):
        study(tmp_path, "s.csv", "p.jsonl")
    assert not (tmp_path / "out").exists()
    found, _ = study(tmp_path, "s.csv", "p.jsonl", 'labels.merge="{W: NA, L: 1, N: ärger}"')
    assert accuracy(found) == pytest.approx(2 / 3)


def test_all_that_is_to_be_mended_in_predictions_is_said_at_once(tmp_path: Path) -> None:
    words = ["angry", "happy", "neutral"]
    rows = [(person, clip) for person in range(PEOPLE) for clip in range(CLIPS)]
    truth = [words[(person + clip) % 3] for person, clip in rows]
    ids = [f"c{person}_{clip}" for person, clip in rows]
    pd.DataFrame({"sample_id": ids, "subject_id": [who for who, _ in rows], "label": truth}).to_csv(
        tmp_path / "s.csv", index=False
    )
    said = [dict(zip(words, ["Angray", "HAPPY", "neutrall"], strict=True))[word] for word in truth]
    answers = pd.DataFrame(
        {
            "Row": range(len(ids)),
            "Mr Smith": [f"clips\\{name.upper()}.wav" for name in ids],
            "Emotion": said,
            "Prediction": said,
            "took": 0.25,
        }
    )
    answers.to_csv(tmp_path / "p.csv", sep=";", decimal=",", index=False)
    with pytest.raises(HarnessError) as caught:
        study(tmp_path, "s.csv", "p.csv")
    columns, names, labels = str(caught.value).split("\n")
    assert columns.endswith(
        "'model.columns={Emotion: label, Prediction: null, Row: null, Mr Smith: sample_id, took: null}'"
    )
    assert names.endswith(
        "They differ in upper and lower case, the file's extension and folders before the name: "
        "'clips\\\\C0_0.wav' here is 'c0_0' in the samples."
    )
    assert labels.endswith("'labels.merge={Angray: anger, neutrall: neutral}'")
    pasted = shlex.split(columns[columns.index("'model.") :])
    pasted += shlex.split(labels[labels.index("'labels.") :])
    answers["Mr Smith"] = ids
    answers.to_csv(tmp_path / "p.csv", sep=";", decimal=",", index=False)
    found, _ = study(tmp_path, "s.csv", "p.csv", *pasted)
    assert accuracy(found) == 1


def test_all_that_is_to_be_mended_in_samples_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    for name in ("a.wav", "b.wav"):
        (tmp_path / "clips" / name).touch()
    pd.DataFrame(
        {"Aufnahme": ["clips/a.wav", "clips/b.wav"], "Person": ["p", "q"], "Mood": ["sad", "happy"]}
    ).to_csv(tmp_path / "s.csv", index=False)
    with pytest.raises(HarnessError) as caught:
        open_reader("table", tmp_path, {"file": "s.csv"}).samples()
    columns, settings = str(caught.value).split("\n")
    assert columns.endswith("'dataset.columns={Aufnahme: uri, Mood: ctx.Mood}'")
    assert settings.startswith(
        f"{tmp_path / 's.csv'}: there is no column modality and none label_source. Say it for all rows: "
        "dataset.modality (one of face, body, voice, "
    )


def test_what_is_to_be_mended_of_both_files_is_one_message(tmp_path: Path) -> None:
    own = frame().rename(columns={"id": "column1", "who": "column2", "truth": "column3"}).drop(columns="answer")
    own.to_csv(tmp_path / "samples.csv", index=False)
    answers = frame().rename(columns={"id": "column1", "answer": "column2"})[["column1", "column2"]]
    answers.to_csv(tmp_path / "answers.csv", index=False)
    with pytest.raises(HarnessError) as raised:
        study(tmp_path, "samples.csv", "answers.csv")
    of_samples, of_answers = (
        [line for line in str(raised.value).splitlines() if str(tmp_path / name) in line]
        for name in ("samples.csv", "answers.csv")
    )
    assert len(of_samples) == len(of_answers) == 1
    assert "dataset.columns={" in of_samples[0]
    assert "model.columns={" in of_answers[0]


def test_of_a_file_of_answers_that_is_right_nothing_is_said(tmp_path: Path) -> None:
    frame().rename(columns={"id": "column1", "who": "column2"}).to_csv(tmp_path / "samples.csv", index=False)
    frame()[["id", "answer"]].to_csv(tmp_path / "answers.csv", index=False)
    with pytest.raises(HarnessError) as raised:
        study(tmp_path, "samples.csv", "answers.csv")
    assert "answers.csv" not in str(raised.value)
