from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.listed_samples import ListedOptions, ListedReader, decoded, texts
from harness.errors import HarnessError
from harness.signals.media import Audio, Image
from harness.user_tables.table_formats import UserTable


class Listed(ListedReader[ListedOptions]):
    """Rows that a test gives."""

    rows: tuple[dict[str, Any], ...] = ()

    def listed(self) -> UserTable:
        return UserTable(self.root / "rows.csv", pa.Table.from_pylist([*self.rows]), ("made by a test",))


def listed(root: Path, *rows: dict[str, Any], **options: Any) -> Listed:
    found = Listed(dataset_card("hf_dataset"), root, ListedOptions.model_validate(options))
    found.rows = rows
    return found


ROW = {"file": "a.wav", "speaker": "s1", "emotion": "happy"}


def test_columns_are_named_and_what_was_understood_is_told(tmp_path: Path) -> None:
    found = listed(tmp_path, ROW, modality="voice", label_source="acted", title="Mine", licence="own")
    [row] = found.samples().to_pylist()
    assert (row["sample_id"], row["subject_id"], row["label"], row["label_source"]) == (
        "a.wav",
        "s1",
        "happy",
        "acted",
    )
    assert found.remarks == (
        "rows.csv was understood as: made by a test; file is uri, speaker is subject_id and emotion is label.",
    )
    assert (found.card.title, found.card.licence.name) == ("Mine", "own")
    assert found.label_places.place("happy") == " (rows.csv, row 1)"


def test_one_message_says_all_that_has_to_be_said(tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as caught:
        listed(tmp_path, {"file": "a.wav", "notes": "x"}).samples()
    message = str(caught.value)
    assert "'dataset.columns={notes: " in message
    assert "there is no column subject_id" in message or "None is subject_id" in message
    assert "dataset.modality (one of face, body, voice" in message


def test_codes_outside_of_the_names_are_none() -> None:
    codes = pa.chunked_array([[0, 1], [-1, 2, None]], pa.int64())
    assert texts(codes, ["anger", "joy"]).to_pylist() == ["anger", "joy", None, None, None]


def test_media_are_decoded_by_their_modality(
    tmp_path: Path, write_picture: Callable[[Path], None], write_sound: Callable[[Path], None]
) -> None:
    write_picture(tmp_path / "a.png")
    write_sound(tmp_path / "a.wav")
    assert isinstance(decoded(tmp_path / "a.png", {"modality": "face"}), Image)
    whole = {"modality": "voice", "start_s": None, "end_s": None}
    assert isinstance(decoded(tmp_path / "a.wav", whole), Audio)
