"""A file of predictions is taken as it is, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import HarnessError
from harness.models.model import RunSettings, TableModel
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sample_id,label\ns0,a\ns1,a\n", "1 of 3 samples have no row, such as 's2'"),
        ("sample_id,label\ns0,a\ns1,a\ns2,a\ns9,a\n", "1 sample_id values are not samples, such as 's9'"),
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


def test_another_decision_rule_can_be_declared(tmp_path: Path) -> None:
    path = written(tmp_path, "sample_id,label,score.a,score.b\ns0,a,.1,.9\ns1,b,0,1\ns2,a,1,0\n")
    assert predict(path, label_is_highest_score=False)["label"].to_pylist() == ["a", "b", "a"]


def test_the_file_is_needed(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"model\.file=preds\.csv"):
        open_model("predictions", {}, RunSettings())
    with pytest.raises(HarnessError, match="not a file"):
        open_model("predictions", {"file": tmp_path / "absent.csv"}, RunSettings())
