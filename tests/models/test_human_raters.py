"""Votes → plurality, by hand; and CREMA-D's own column of votes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.models.model import RunSettings, TableModel
from harness.study.assembly import open_model, open_reader
from harness.tables.predictions import validate_predictions
from harness.tables.samples import samples_table


def raters() -> TableModel:
    model = open_model("human_raters", {}, RunSettings())
    assert isinstance(model, TableModel)
    return model


def row(sample_id: str, votes: dict[str, int] | None) -> dict[str, object]:
    return {
        "sample_id": sample_id,
        "modality": "voice",
        "subject_id": "p",
        "label": "sad",
        "label_source": "acted",
        "votes": votes,
    }


def test_plurality_tie_and_silence() -> None:
    table = samples_table(
        [
            row("clear", {"sad": 3, "happy": 1}),
            row("tied", {"sad": 2, "happy": 2}),
            row("zero", {"sad": 0}),
            row("none", None),
        ]
    )
    predictions = raters().predict(table).predictions
    assert predictions["label"].to_pylist() == ["sad", None, None, None]
    assert predictions["outcome"].to_pylist() == ["scored", "abstained", "failed", "failed"]
    assert predictions["reason"].to_pylist() == [None, "tied_votes: happy sad", "no_votes", "no_votes"]
    assert predictions["scores"].to_pylist()[0] == [0.25, 0.75]
    validate_predictions(predictions, table)


def test_a_dataset_without_votes_is_one_clear_error() -> None:
    with pytest.raises(HarnessError, match="no raters' votes"):
        raters().predict(samples_table([row("a", None)]))


def test_cremad_plurality_is_the_published_vote(shared_data: Path) -> None:
    samples = open_reader("cremad", shared_data / "cremad", {}).samples()
    predictions = raters().predict(samples).predictions
    codes = {"ANG": "A", "DIS": "D", "FEA": "F", "HAP": "H", "NEU": "N", "SAD": "S"}
    with (shared_data / "cremad" / "processedResults" / "summaryTable.csv").open() as file:
        published = {entry["FileName"]: entry["VoiceVote"] for entry in csv.DictReader(file)}
    clips = [sample_id.rsplit("/", 1)[-1].removesuffix(".wav") for sample_id in samples["sample_id"].to_pylist()]
    answers = dict(zip(clips, predictions["label"].to_pylist(), strict=True))
    decided = {clip: vote for clip, vote in published.items() if ":" not in vote}
    agreeing = sum(codes.get(str(answers[clip]).upper()[:3], "?") == vote for clip, vote in decided.items())
    assert len(published) == 7442
    assert agreeing == len(decided)
    tied = [clip for clip, vote in published.items() if ":" in vote]
    assert all(answers[clip] is None for clip in tied)
