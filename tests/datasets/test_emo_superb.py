from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cards.facts import dataset_card
from harness.datasets.emo_superb import EmoSuperbOptions, EmoSuperbReader
from harness.errors import HarnessError
from harness.signals.media import Audio
from harness.tables.split_names import leaked_people

HEADER = "FileName,angry,sad,happy,SpkrID,Gender,Split_Set"
ROWS = (
    "1037_IWL_HAP_XX.wav,0.386,0.01,0.604,1037,Female,Train",
    "1001_IEO_ANG_HI.wav,0.495,0.01,0.495,1001,Male,Test",
)


def reader(root: Path, **options: Any) -> EmoSuperbReader:
    return EmoSuperbReader(dataset_card("emo_superb"), root, EmoSuperbOptions.model_validate(options))


def write(root: Path, *rows: str, partition: int = 1) -> None:
    (root / f"labels_consensus_{partition}.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    (root / "config.json").write_text(json.dumps({"categorical": {"emo_type": ["angry", "sad", "happy"]}}))


def test_the_label_is_the_emotion_with_the_largest_share(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    found = reader(tmp_path)
    keys = ("sample_id", "subject_id", "split", "label", "attr.sex", "ctx.share_angry", "ctx.share_happy")
    assert [tuple(row[key] for key in keys) for row in found.samples().to_pylist()] == [
        ("1037_IWL_HAP_XX.wav", "1037", "Train", "happy", "female", 0.386, 0.604),
        ("1001_IEO_ANG_HI.wav", "1001", "Test", None, "male", 0.495, 0.495),
    ]
    assert found.layout_problems(found.samples()) == [
        "two emotions lead, so that there is no label: 1001_IEO_ANG_HI.wav"
    ]


def test_partition_part_and_folder_are_chosen(tmp_path: Path, write_sound: Callable[[Path], None]) -> None:
    write(tmp_path, ROWS[0])
    write(tmp_path, *ROWS, partition=2)
    write_sound(tmp_path / "AudioWAV" / "1001_IEO_ANG_HI.wav")
    found = reader(tmp_path, partition=2, part="Test", media="AudioWAV/")
    rows = found.samples().to_pylist()
    assert [row["sample_id"] for row in rows] == ["1001_IEO_ANG_HI.wav"]
    assert isinstance(found.load(rows[0]), Audio)
    with pytest.raises(HarnessError, match=r"no recording in labels_consensus_1\.csv \(dataset\.part=Dev\)"):
        reader(tmp_path, part="Dev").samples()


def test_a_speaker_on_both_sides_leaks(tmp_path: Path) -> None:
    write(tmp_path, ROWS[0], ROWS[1].replace(",1001,", ",1037,"))
    assert leaked_people(reader(tmp_path).samples()) == ["1037"]


def test_shares_that_do_not_sum_to_one_are_told(tmp_path: Path) -> None:
    write(tmp_path, ROWS[0].replace("0.604", "0.9"))
    found = reader(tmp_path)
    assert found.layout_problems(found.samples()) == ["shares that do not sum to 1: 1037_IWL_HAP_XX.wav"]


def test_what_is_missing_or_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"Give the folder of one corpus, which holds config\.json"):
        reader(tmp_path).samples()
    write(tmp_path, ROWS[0].replace("0.386", "much"))
    with pytest.raises(HarnessError, match=r"row 1, column angry: 'much' is not a number"):
        reader(tmp_path).samples()
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(HarnessError, match=r"expected a list of emotions as categorical\.emo_type"):
        reader(tmp_path).samples()


def test_published_shares_of_cremad(shared_data: Path) -> None:
    samples = reader(shared_data / "labels" / "emo_superb").samples()
    labels = samples["label"].to_pylist()
    assert samples.num_rows == 299
    assert labels.count("neutral") == 164
    assert labels.count(None) == 22


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROWS[0].replace("1037_IWL_HAP_XX.wav", ""), r"labels_consensus_1\.csv, row 1, has no FileName"),
        (ROWS[0].replace("0.386", "-0.386"), r"row 1, column angry: -0\.386 is no share"),
        (ROWS[0].replace("0.386", "38.6"), r"row 1, column angry: 38\.6 is no share"),
    ],
)
def test_rows_that_cannot_be_are_refused(tmp_path: Path, row: str, message: str) -> None:
    write(tmp_path, row)
    with pytest.raises(HarnessError, match=message):
        reader(tmp_path).samples()
