"""K-EmoCon: three perspectives, ratings that begin before the debate, files of two devices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.k_emocon import KEmoConOptions, KEmoConReader
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Recording

START_MS = 1_548_809_000_000
RATINGS = {"self": ("self_annotations", [1, 2, 3, 4, 5]), "partner": ("partner_annotations", [3, 3, 3]),
           "external": ("aggregated_external_annotations", [5, 5, 5, 5])}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Person 31, a debate of 20 s; five own ratings, of which the first lies before it."""
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata/subjects.csv").write_text(
        f"pid,initTime,startTime,endTime\n31,{START_MS - 90_000},{START_MS},{START_MS + 20_000}\n2,1,,\n"
    )
    for name, (folder, valence) in RATINGS.items():
        (tmp_path / "emotion_annotations" / folder).mkdir(parents=True)
        rows = [f"{5 * (k + 1)},{6 - v},{v},x" for k, v in enumerate(valence)]
        text = "seconds,arousal,valence,cheerful\n" + "\n".join(rows) + "\n"
        (tmp_path / "emotion_annotations" / folder / f"P31.{name}.csv").write_text(text)
    (tmp_path / "e4_data/31").mkdir(parents=True)
    rows = [f"{START_MS + 250 * k},{k / 10},A013E1" for k in range(-8, 80) if k != 22]
    rows += [f"{START_MS + 250 * k},99,A01525" for k in range(80)]
    (tmp_path / "e4_data/31/E4_EDA.csv").write_text("timestamp,value,device_serial\n" + "\n".join(rows) + "\n")
    return tmp_path


def reader(root: Path, **options: Any) -> KEmoConReader:
    return KEmoConReader(dataset_card("k_emocon"), root, KEmoConOptions(**options))


def test_a_row_per_rated_stretch_of_the_debate(root: Path) -> None:
    rows = reader(root).samples().to_pylist()
    assert [(row["sample_id"], row["label"], row["valence"], row["arousal"]) for row in rows] == [
        ("e4_data/31#0-5000", "low", -0.5, 0.5),
        ("e4_data/31#5000-10000", "high", 0.0, 0.0),
        ("e4_data/31#10000-15000", "high", 0.5, -0.5),
        ("e4_data/31#15000-20000", "high", 1.0, -1.0),
    ]
    assert (rows[0]["subject_id"], rows[0]["session_id"], rows[0]["label_source"]) == (
        "P31",
        "debate 16",
        "self_report",
    )
    assert [row["ctx.partner_valence"] for row in rows] == [3, 3, 3, None]
    assert [row["ctx.external_arousal"] for row in rows] == [1, 1, 1, 1]


def test_perspective_target_and_window_are_chosen(root: Path) -> None:
    rows = reader(root, perspective="partner", target="arousal", window_s=10.0).samples().to_pylist()
    assert [(row["start_s"], row["end_s"], row["label"], row["label_source"]) for row in rows] == [
        (0.0, 10.0, "high", "observer"),
        (5.0, 15.0, "high", "observer"),
    ]


def test_signals_of_the_device_that_the_authors_use(root: Path) -> None:
    made = reader(root)
    window = made.load(made.samples().to_pylist()[1])
    assert isinstance(window, Recording)
    assert set(window.channels) == {"eda"}
    channel = window.channels["eda"]
    assert (len(channel.values), channel.rate_hz, channel.unit) == (20, 4.0, "µS")
    np.testing.assert_allclose(channel.values[:4], [2.0, 2.1, np.nan, 2.3])


def test_what_cannot_be_read_says_why(root: Path) -> None:
    made = reader(root)
    row = made.samples().to_pylist()[0]
    (root / "e4_data/31/E4_EDA.csv").write_text("time,value\n1,2\n")
    with pytest.raises(Unscored, match="a CSV table with the columns timestamp, value, device_serial"):
        made.load(row)
    (root / "e4_data/31/E4_EDA.csv").unlink()
    with pytest.raises(Unscored) as raised:
        made.load(row)
    assert raised.value.reason is Reason.NO_SIGNAL
    (root / "e4_data/31").rmdir()
    with pytest.raises(HarnessError, match="rates nobody who has a folder in e4_data"):
        made.samples()
