"""SEWA as in the challenges: one file of labels per recording, with and without a header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from harness.cards.facts import dataset_card
from harness.datasets.sewa import SewaOptions, SewaReader
from harness.errors import HarnessError
from harness.signals.media import Audio
from harness.tables.split_names import part_of

HEADER = "name;timestamp;arousal;valence;liking"


def labels(root: Path, name: str, *, header: str | None = None, seconds: float = 20) -> None:
    (root / "labels").mkdir(exist_ok=True)
    lines = [header] if header else []
    for at in np.arange(0, seconds, 0.1):
        cells = {"arousal": f"{at % 99 / 100:.4f}", "valence": f"{-(at % 99) / 100:.4f}", "liking": "9"}
        order = (header or HEADER).split(";")[2:]
        lines.append(";".join([f"'{name}'", f"{at:.1f}", *(cells[of] for of in order)]))
    (root / "labels" / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write(root: Path) -> None:
    labels(root, "Train_DE_01")
    labels(root, "Devel_HU_02", header="name;timestamp;valence;liking;arousal")
    (root / "audio").mkdir()
    sf.write(root / "audio" / "Train_DE_01.wav", 0.1 * np.sin(np.arange(20 * 4000) / 3), 4000)


def reader(root: Path, **options: Any) -> SewaReader:
    return SewaReader(dataset_card("sewa"), root, SewaOptions.model_validate(options))


def test_windows_with_their_split_and_culture_whatever_the_order_of_the_columns(tmp_path: Path) -> None:
    write(tmp_path)
    labels(tmp_path, "notes")
    rows = reader(tmp_path).samples().to_pylist()
    assert [row["sample_id"] for row in rows[:2]] == [
        "audio/Devel_HU_02.wav#0-4000",
        "audio/Devel_HU_02.wav#4000-8000",
    ]
    assert len(rows) == 8
    for row in rows:
        of_window = np.arange(row["start_s"], row["end_s"] - 0.05, 0.1)
        assert row["arousal"] == pytest.approx(of_window.mean() / 100, abs=1e-6)
        assert row["valence"] == pytest.approx(-of_window.mean() / 100, abs=1e-6)
    found = {(row["subject_id"], row["session_id"], row["split"], row["ctx.culture"]) for row in rows}
    assert found == {
        ("Train_DE_01", "Train_DE_01", "Train", "German"), ("Devel_HU_02", "Devel_HU_02", "Devel", "Hungarian"),
    }  # fmt: skip
    assert (part_of("Train"), part_of("Devel"), part_of("Test")) == ("training", "held out", "held out")


def test_the_sound_and_what_is_missing(tmp_path: Path) -> None:
    write(tmp_path)
    found = reader(tmp_path)
    samples = found.samples()
    assert isinstance(found.load(samples.to_pylist()[-1]), Audio)
    assert found.layout_problems(samples) == ["no recording of this name: Devel_HU_02"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("'a';0.0;1\n", "row 1 has 3 cells, and valence would be cell 4"),
        ("'a';x;1;1;1\n", "row 1 holds what is no number"),
        ("'a';0.0;0;0;0\n'a';0.0;0;0;0\n", "its times do not rise"),
        ("", "its times do not rise"),
        ("'a';0.0;0;2;0\n'a';0.1;0;2;0\n", "ratings beyond -1 to 1"),
    ],
)
def test_what_are_no_labels_is_one_message_with_the_file(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "Train_DE_01.csv").write_text(text)
    with pytest.raises(HarnessError, match=f"Train_DE_01.csv: {problem}"):
        reader(tmp_path).samples()
