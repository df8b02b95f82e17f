"""A file of predictions is taken as it is, or refused with the reason."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.table import TableOptions, TableReader
from harness.errors import HarnessError
from harness.models.model import RunSettings, TableModel
from harness.models.predictions_file import PredictionsFile
from harness.study.assembly import open_model
from harness.tables.predictions import label_orders
from harness.tables.samples import samples_table

SAMPLES = samples_table(
    [
        {
            "sample_id": f"s{i}",
            "modality": "face",
            "subject_id": f"p{i}",
            "label": "happy",
            "label_source": "acted",
        }
        for i in range(3)
    ]
)


def predict(path: Path, **options: object) -> pa.Table:
    model = open_model("predictions", {"file": path, **options}, RunSettings())
    assert isinstance(model, TableModel)
    return model.predict(SAMPLES).predictions


def written(folder: Path, text: str) -> Path:
    path = folder / "preds.csv"
    path.write_text(text)
    return path


def test_rows_come_in_the_samples_order(tmp_path: Path) -> None:
    path = written(tmp_path, "sample_id,label,valence\ns2,sad,-0.5\ns0,happy,0.5\ns1,happy,\n")
    predictions = predict(path, system="acme-2.1")
    assert predictions["sample_id"].to_pylist() == ["s0", "s1", "s2"]
    assert predictions["label"].to_pylist() == ["happy", "happy", "sad"]
    assert predictions["valence"].to_pylist() == [0.5, None, -0.5]
    assert set(predictions["model"].to_pylist()) == {"acme-2.1"}


def test_answers_are_let_go_of_once_they_are_given_and_read_again_if_need_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_model(
        "predictions", {"file": written(tmp_path, "sample_id,label\ns2,sad\ns0,happy\ns1,happy\n")}, RunSettings()
    )
    assert isinstance(model, PredictionsFile)
    read, held = model._read, []

    def noted(listed: pa.Table) -> pa.Table:
        table = read(listed)
        held.append(weakref.ref(table))
        return table

    monkeypatch.setattr(model, "_read", noted)
    assert model.labels_for(SAMPLES) == ["happy", "sad"]
    assert held[0]() is not None
    expected = model.predict(SAMPLES).predictions.to_pylist()
    gc.collect()
    assert held[0]() is None
    assert model.predict(SAMPLES).predictions.to_pylist() == expected
    assert len(held) == 2


def test_the_system_is_titled_by_its_name_and_the_card_has_what_is_stated(tmp_path: Path) -> None:
    path = written(tmp_path, "sample_id,label\ns0,happy\n")
    options = {"file": path, "system": "Acme Emotion", "version": 2, "provider": " Acme GmbH "}
    card = open_model("predictions", options, RunSettings()).card
    assert (card.title, card.version, card.provider) == ("Acme Emotion", "2", "Acme GmbH")
    unnamed = open_model("predictions", {"file": path}, RunSettings()).card
    assert (unnamed.title, unnamed.version, unnamed.provider) == ("Predictions from a file", None, None)


def test_scores_keep_the_order_of_the_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "sample_id,label,score.sad,score.happy,outcome,reason\n"
        "s0,happy,0.2,0.8,,\ns1,sad,0.9,0.1,scored,\ns2,,,,failed,no face\n",
    )
    predictions = predict(path)
    assert label_orders(predictions)["predictions"] == ["sad", "happy"]
    assert predictions["scores"].to_pylist()[0] == pytest.approx([0.2, 0.8])
    assert predictions["scores"].to_pylist()[2] is None
    assert predictions["reason"].to_pylist()[2] == "no face"


def test_parquet_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "preds.parquet"
    pq.write_table(pa.table({"sample_id": ["s0", "s1", "s2"], "label": ["a", "b", "a"]}), path)
    assert predict(path)["label"].to_pylist() == ["a", "b", "a"]


def test_labels_are_spelled_as_their_columns_of_scores(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "id,prob_angry,prob_Sad,predicted\ns0,0.9,0.1,Angry\ns1,0.2,0.8,SADNESS\ns2,0.7,0.3,angry\n",
    )
    predictions = predict(path)
    assert predictions["label"].to_pylist() == ["angry", "Sad", "angry"]
    assert label_orders(predictions)["predictions"] == ["angry", "Sad"]


def test_a_label_with_two_columns_or_none_is_refused(tmp_path: Path) -> None:
    for columns, label in (("prob_angry,prob_anger", "ang"), ("prob_angry,prob_sad", "happy")):
        path = written(tmp_path, f"id,{columns},predicted\ns0,0.9,0.1,{label}\n")
        with pytest.raises(HarnessError, match=f"row 1, sample 's0': label is '{label}', not among .* null in"):
            predict(path)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("sample_id,label\ns0,a\ns1,\ns2,a\n", "row 2, sample 's1': outcome is 'scored', with neither a label"),
        ("id,prob_a,error\ns0,,no face\ns1,1,\ns2,1,\n", "row 1, sample 's0': outcome is 'scored', with neither"),
        ("id,label,status\ns0,a,\ns1,a,ok\ns2,a,ok\n", "row 2, sample 's1': outcome is 'ok'; expected one of"),
        (
            "id,label,status\ns0,a,\ns1,a,\ns2,,failed\n",
            "row 3, sample 's2': outcome is 'failed', without a reason",
        ),
    ],
)
def test_a_row_without_an_answer_is_named_with_its_file(tmp_path: Path, text: str, where: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(HarnessError) as caught:
        predict(path)
    assert str(caught.value).startswith(f"{path}, {where}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sample_id,label\ns0,a\ns1,a\n", "1 of 3 samples have no row, such as 's2'"),
        ("sample_id,label\ns0,a\ns1,a\ns2,a\ns9,a\n", "1 sample_id values are not samples, such as 's9'"),
        ("sample_id,label\ns0,a\ns1,a\ns2,a\nodd,a\n", "Mend the ids, or take out their rows.$"),
        ("sample_id,label\ns0,a\nodd,a\n", "take out their rows. 2 of 3 samples have no row, such as 's1'.$"),
        ("sample_id,label\ns0,a\ns1,a\ns2,a\ns2,b\n", "1 sample_id values repeat, such as 's2'"),
        ("sample_id,label,score.a\ns0,a,1\ns1,b,1\ns2,a,1\n", "label is 'b', not among the model's labels"),
        ("sample_id,label,score.a,score.b\ns0,a,.1,.9\ns1,b,0,1\ns2,a,1,0\n", "the highest score is for 'b'"),
        ("sample_id,label,score.a\ns0,a,x\ns1,a,1\ns2,a,1\n", "not a number"),
        ("sample_id,label,outcome\ns0,a,maybe\ns1,a,\ns2,a,\n", "outcome is 'maybe'; expected one of"),
        ("sample_id,label,outcome\ns0,,failed\ns1,a,\ns2,a,\n", "'s0': outcome is 'failed', without a reason"),
        ("sample_id,label\ns0,\ns1,a\ns2,a\n", "'s0': outcome is 'scored', with neither a label nor a dimension"),
        ("sample_id,label,guess\ns0,a,1\ns1,a,1\ns2,a,1\n", "unknown column 'guess'"),
        ("sample_id,label,score.a,score.b\ns0,a,1,\ns1,a,1,0\ns2,a,1,0\n", "'s0': a score is empty or not finite"),
        ("sample_id,label,score.a\ns0,a,1\ns1,a,inf\ns2,a,1\n", "'s1': a score is empty or not finite"),
        ("sample_id,label,label\ns0,a,a\n", "names a column twice"),
        ("sample_id,label\n", "no rows"),
        ("label\na\n", "no column sample_id"),
        ("", "not a readable CSV file"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        predict(written(tmp_path, text))


def test_answers_to_samples_that_a_study_leaves_out_are_not_used(tmp_path: Path) -> None:
    model = open_model(
        "predictions", {"file": written(tmp_path, "sample_id,label\ns2,c\ns0,a\ns1,b\n")}, RunSettings()
    )
    assert isinstance(model, TableModel)
    assert model.labels_for(SAMPLES) == ["a", "b", "c"]
    chosen = SAMPLES.take([2, 0])
    model.require_answers(chosen)
    assert model.predict(chosen).predictions["label"].to_pylist() == ["c", "a"]


def test_a_file_for_some_samples_answers_a_study_of_these(tmp_path: Path) -> None:
    model = open_model("predictions", {"file": written(tmp_path, "sample_id,label\ns0,a\ns1,b\n")}, RunSettings())
    assert model.labels_for(SAMPLES) == ["a", "b"]
    model.require_answers(SAMPLES.slice(0, 2))
    with pytest.raises(HarnessError, match=r"preds\.csv: 1 of 3 samples have no row, such as 's2'"):
        model.require_answers(SAMPLES)


def test_another_decision_rule_can_be_declared(tmp_path: Path) -> None:
    path = written(tmp_path, "sample_id,label,score.a,score.b\ns0,a,.1,.9\ns1,b,0,1\ns2,a,1,0\n")
    assert predict(path, label_is_highest_score=False)["label"].to_pylist() == ["a", "b", "a"]


def test_the_file_is_needed(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"model\.file=preds\.csv"):
        open_model("predictions", {}, RunSettings())
    with pytest.raises(HarnessError, match="not a file"):
        open_model("predictions", {"file": tmp_path / "absent.csv"}, RunSettings())


@pytest.mark.parametrize(
    ("columns", "remark"),
    [
        ({"sample_id": ["s0", "s1", "s2"], "label": ["a", "b", "a"]}, ()),
        ({"File": ["s0", "s1", "s2"], "Emotion": ["a", "b", "a"]}, ("File is sample_id and Emotion is label",)),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl"])
def test_every_format_and_common_names(
    tmp_path: Path, ending: str, columns: dict[str, list[str]], remark: tuple[str, ...]
) -> None:
    path, frame = tmp_path / f"preds.{ending}", pd.DataFrame(columns)
    if ending == "csv":
        frame.to_csv(path, index=False)
    elif ending == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    model = open_model("predictions", {"file": path}, RunSettings())
    assert model.labels_for(SAMPLES) == ["a", "b"]
    assert all(part in " ".join(model.remarks) for part in remark)
    assert isinstance(model, TableModel)
    assert model.predict(SAMPLES).predictions["label"].to_pylist() == ["a", "b", "a"]


def test_whole_numbers_are_the_same_labels_and_ids_in_every_type(tmp_path: Path) -> None:
    samples = SAMPLES.set_column(0, "sample_id", pa.array(["0", "1", "2"]))
    tables = [
        pa.table({"sample_id": [0, 1, 2], "label": [1.0, 2.0, None], "valence": [None, None, 0.5]}),
        pa.table({"sample_id": [0.0, 1.0, 2.0], "label": ["1", "2", None], "valence": ["", "NA", "0.5"]}),
        pa.table({"sample_id": ["0", "1.0", " 2"], "label": ["1.0", "2.0", " "], "valence": [None, None, 0.5]}),
    ]
    for number, table in enumerate(tables):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(table, path)
        model = open_model("predictions", {"file": path}, RunSettings())
        assert isinstance(model, TableModel)
        found = model.predict(samples).predictions
        assert found["label"].to_pylist() == ["1", "2", None]
        assert found["valence"].to_pylist() == [None, None, 0.5]


@pytest.mark.parametrize("label", ["NA", "nan", "null", "N/A"])
def test_a_label_may_be_called_like_a_missing_value(tmp_path: Path, label: str) -> None:
    path = written(tmp_path, f"sample_id,label,score.{label},score.b\ns0,{label},1,0\ns1,b,NA,\ns2,b,0,1\n")
    found = predict(path)
    assert found["label"].to_pylist() == [label, "b", "b"]
    assert found["scores"].to_pylist() == [[1.0, 0.0], None, [0.0, 1.0]]


def test_without_labels_the_highest_score_answers(tmp_path: Path) -> None:
    path = written(tmp_path, "sample_id,prob_a,prob_b,outcome,reason\ns0,.1,.9,,\ns1,1,0,,\ns2,,,failed,silent\n")
    model = open_model("predictions", {"file": path}, RunSettings())
    assert isinstance(model, TableModel)
    assert model.predict(SAMPLES).predictions["label"].to_pylist() == ["b", "a", None]
    assert "the label is that of the highest score" in model.remarks[0]


def test_a_mapping_says_what_columns_are(tmp_path: Path) -> None:
    path = written(tmp_path, "who,says,at\ns0,a,1\ns1,a,2\ns2,b,3\n")
    found = predict(path, columns={"who": "sample_id", "says": "label", "at": None})
    assert found["label"].to_pylist() == ["a", "a", "b"]


def test_ids_that_nearly_match_are_explained(tmp_path: Path) -> None:
    path = written(tmp_path, "sample_id,label\nclips/S0.wav,a\nclips/S1.wav,a\nclips/S2.wav,b\n")
    with pytest.raises(
        HarnessError, match=r"They differ in upper and lower case, the file's extension and folders"
    ):
        predict(path)


def test_a_file_for_many_more_samples_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = written(tmp_path, "sample_id,label\n" + "s0,a\n" * 2_000)
    with pytest.raises(HarnessError, match=r"over 1,006 rows.*There are 3 samples, each with one row"):
        predict(path)


@pytest.mark.parametrize("case", ["B04", "B14", "B15", "B18"])
def test_tables_that_others_reported(case: str) -> None:
    folder = Path(__file__).parents[2].parent / "shared/data/cases" / case
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    ending = "parquet" if (folder / "preds.parquet").is_file() else "csv"
    card = dataset_card("table")
    options = TableOptions(file=f"samples.{ending}", modality="voice", label_source="acted")
    samples = TableReader(card, folder, options).samples()
    model = open_model("predictions", {"file": folder / f"preds.{ending}"}, RunSettings())
    assert isinstance(model, TableModel)
    answers = model.predict(samples).predictions["label"].to_pylist()
    truth = samples["label"].to_pylist()
    known = [(answer, true) for answer, true in zip(answers, truth, strict=True) if true is not None]
    accuracy = sum(answer == true for answer, true in known) / len(known)
    assert accuracy == pytest.approx({"B04": 0.758, "B14": 0.754, "B15": 0.758, "B18": 0.758}[case], abs=5e-4)


def test_what_the_provider_states_is_in_the_card(tmp_path: Path) -> None:
    path = written(tmp_path, "sample_id,label\ns0,happy\n")
    stated = {"metric": "uar", "value": 0.8, "dataset": "ravdess", "source": "brochure"}
    (claim,) = open_model("predictions", {"file": path, "claims": [stated]}, RunSettings()).card.claims
    assert (claim.metric, claim.value, claim.dataset, claim.source) == ("uar", 0.8, "ravdess", "brochure")
    with pytest.raises(HarnessError, match=r"claims.*value"):
        open_model("predictions", {"file": path, "claims": [stated | {"value": "high"}]}, RunSettings())
