from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from harness.errors import HarnessError, Unscored
from harness.inference.loading import load_for
from harness.models.model import RunSettings
from harness.signals.media import EncodedFile, Image, InContext
from harness.study.assembly import open_condition, open_reader


class Model:
    """What `load_for` asks of a model."""

    def __init__(self, reads_files: bool, context: tuple[str, ...] = ()) -> None:
        self.reads_files = reads_files
        self.context = context
        self.settings = RunSettings()


@pytest.fixture
def reader(tmp_path: Path) -> Any:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((4, 4, 3), 7, np.uint8))
    (tmp_path / "empty.png").touch()
    table = tmp_path / "samples.csv"
    table.write_text(
        "uri,subject_id,label,modality,ctx.sentence\na.png,1,anger,face,Kids\nempty.png,1,fear,face,\n"
    )
    return open_reader("table", tmp_path, {"label_source": "acted"})


def test_decoded_media_or_the_bytes_of_the_file(reader: Any, tmp_path: Path) -> None:
    row = reader.samples().to_pylist()[0]
    decoded = load_for(Model(False), reader)(row)  # type: ignore[arg-type]
    assert isinstance(decoded, Image)
    assert (decoded.pixels == 7).all()
    as_they_are = load_for(Model(True), reader)(row)  # type: ignore[arg-type]
    assert as_they_are == EncodedFile((tmp_path / "a.png").read_bytes(), "image/png")


def test_context_comes_with_either(reader: Any) -> None:
    row = reader.samples().to_pylist()[0]
    for reads_files, kind in ((False, Image), (True, EncodedFile)):
        given = load_for(Model(reads_files, ("ctx.sentence", "ctx.absent")), reader)(row)  # type: ignore[arg-type]
        assert isinstance(given, InContext)
        assert isinstance(given.medium, kind)
        assert given.context == {"ctx.sentence": "Kids", "ctx.absent": None}


def test_a_condition_changes_decoded_media(reader: Any) -> None:
    row = reader.samples().to_pylist()[0]
    mirrored = load_for(Model(False), reader, open_condition("face/mirror"))(row)  # type: ignore[arg-type]
    assert isinstance(mirrored, Image)


def test_an_empty_file_is_not_sent(reader: Any) -> None:
    with pytest.raises(Unscored, match="empty"):
        load_for(Model(True), reader)(reader.samples().to_pylist()[1])  # type: ignore[arg-type]


def test_a_part_of_a_file_has_no_bytes_of_its_own(reader: Any) -> None:
    with pytest.raises(HarnessError, match="state an encoding"):
        reader.encoded({**reader.samples().to_pylist()[0], "start_s": 1.0})


def test_what_is_simulated_has_no_bytes_of_its_own() -> None:
    simulated = open_reader("simulated_faces", None, {})
    with pytest.raises(HarnessError, match="not a whole file"):
        simulated.encoded(simulated.samples().to_pylist()[0])
