"""What the first pass over predictions keeps: counted by hand, in pieces of two rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.measurement.streaming.prediction_blocks import summarise_predictions
from harness.tables import pieces, sample_codes
from harness.tables.parquet_files import write_parquet
from harness.tables.pieces import TableFile
from harness.tables.predictions import concat_predictions, predictions_table


@pytest.fixture(autouse=True)
def two_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 2)


def answers(model: str, condition: str = "clean", **columns: list[Any]) -> pa.Table:
    given: dict[str, Any] = {
        "model": model,
        "labels": [],
        "condition": condition,
        "sample_id": [f"clip{index}" for index in range(5)],
        "outcome": ["scored", "failed", "scored", "abstained", "scored"],
        "reason": [None, "no_face: too dark", None, "unsure", None],
        "label": ["joy", None, "fear", None, "joy"],
        "dimensions": {"arousal": [None, None, 0.25, None, None]},
    }
    return predictions_table(**{**given, **columns})


def predictions_file(folder: Path, *tables: pa.Table) -> TableFile:
    write_parquet(concat_predictions(list(tables)), folder / "predictions.parquet")
    return TableFile(folder / "predictions.parquet")


@pytest.mark.parametrize("rows", [2, 100])
def test_a_block_is_one_model_under_one_condition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(pieces, "CHUNK_ROWS", rows)
    other = answers("m", "face/grey", outcome=["failed"] * 5, reason=["x"] * 5, label=[None] * 5, dimensions={})
    third = answers("n", dimensions={"arousal": [None] * 5})
    blocks = summarise_predictions(predictions_file(tmp_path, answers("m"), other, third), 5)
    assert [(block.model, block.condition, block.num_rows) for block in blocks] == [
        ("m", "clean", 5),
        ("m", "face/grey", 5),
        ("n", "clean", 5),
    ]
    assert [dict(block.reasons.counts) for block in blocks] == [
        {"failed:no_face": 1, "abstained:unsure": 1},
        {"failed:x": 5},
        {"failed:no_face": 1, "abstained:unsure": 1},
    ]
    assert [block.labels for block in blocks] == [{"joy", "fear"}, set(), {"joy", "fear"}]
    assert [block.dimensions for block in blocks] == [{"arousal"}, set(), set()]
    assert [block.given for block in blocks] == [{"arousal"}, set(), set()]


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_of_very_many_reasons_those_are_named_that_are_frequent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Whatever the pieces: of more than are counted, those of over a third of the rows, with true numbers."""
    monkeypatch.setattr(pieces, "CHUNK_ROWS", rows)
    monkeypatch.setattr(sample_codes, "MAX_REASONS_COUNTED", 4)
    reasons = ["a", "often", "b", "often", "c", "often", "d", "often", "a"]
    ids = [f"clip{index}" for index in range(9)]
    table = answers("m", sample_id=ids, outcome=["failed"] * 9, reason=reasons, label=[None] * 9, dimensions={})
    (block,) = summarise_predictions(predictions_file(tmp_path, table), 9)
    assert dict(block.reasons.counts) == {"failed:often": 4}
    monkeypatch.setattr(sample_codes, "MAX_REASONS_COUNTED", 5)
    (block,) = summarise_predictions(predictions_file(tmp_path, table), 9)
    assert dict(block.reasons.counts) == {
        "failed:often": 4,
        "failed:a": 2,
        **dict.fromkeys(("failed:b", "failed:c", "failed:d"), 1),
    }


def test_blocks_that_are_torn_apart_or_not_whole_are_refused(tmp_path: Path) -> None:
    whole = answers("m")
    torn = predictions_file(tmp_path, whole.slice(0, 3), answers("n"), whole.slice(3))
    with pytest.raises(HarnessError, match=r"predictions of m \(clean\) are not consecutive"):
        summarise_predictions(torn, 5)
    with pytest.raises(HarnessError, match=r"predictions of m \(clean\) have 5 rows for 6 samples"):
        summarise_predictions(predictions_file(tmp_path, whole), 6)
    with pytest.raises(HarnessError, match=r"predictions of n \(clean\) have 4 rows for 5 samples"):
        summarise_predictions(predictions_file(tmp_path, whole, answers("n").slice(1)), 5)
