"""WESAD: windows inside one condition, the person, and ratings joined through the order of the conditions."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.wesad import WesadOptions, WesadReader
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Recording

LABELS = (0, 1, 5, 2, 6, 4, 0, 3, 7, 4, 0)
SECONDS = (3, 10, 2, 9, 2, 8, 1, 7, 2, 6, 1)
README = """### Personal information ###
Age: 27
Height (cm): 175
Gender: female
Dominant hand: left

### Additional notes ###
- wore the belt loosely: Temp
"""
QUEST = """# Subj;S14;;
# ORDER;Base;TSST;Medi 2;Fun;Medi 1;sRead;fRead
# START;7.08;39.55;70.19;81.25;93.38;;
# PANAS;1;2;1
# DIM;7;2;;
# DIM;3;8;;
# DIM;6;1;;
# DIM;8;5;;
# DIM;5;2;;
"""


def write_person(root: Path, subject: str, more: dict[str, Any] | None = None) -> None:
    """Half a minute and more of both devices, in the dataset's layout."""
    seconds = sum(SECONDS)
    label = np.repeat(LABELS, [700 * each for each in SECONDS]).astype(np.int32)
    rates = {"ACC": 32, "BVP": 64, "EDA": 4, "TEMP": 4}
    wrist = {name: np.arange(rate * seconds, dtype=float)[:, None] for name, rate in rates.items()}
    wrist["ACC"] = np.tile([64.0, 0.0, -32.0], (32 * seconds, 1))
    chest = {name: np.full((700 * seconds, 1), 0.5) for name in ("ECG", "EMG", "EDA", "Temp", "Resp")}
    chest["ACC"] = np.tile([0.9, 0.0, 0.1], (700 * seconds, 1))
    value = {"subject": subject, "signal": {"chest": chest, "wrist": wrist}, "label": label} | (more or {})
    (root / subject).mkdir()
    (root / subject / f"{subject}.pkl").write_bytes(pickle.dumps(value, 2))
    (root / subject / f"{subject}_readme.txt").write_text(README)
    (root / subject / f"{subject}_quest.csv").write_text(QUEST)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for subject in ("S14", "S3"):
        write_person(tmp_path, subject)
    (tmp_path / "wesad_readme.pdf").touch()
    return tmp_path


def reader(root: Path, **options: Any) -> WesadReader:
    chosen = {"window_s": 4.0, "stride_s": 2.0} | options
    return WesadReader(dataset_card("wesad"), root, WesadOptions(**chosen))


def test_windows_lie_inside_one_condition(root: Path) -> None:
    rows = [row for row in reader(root).samples().to_pylist() if row["subject_id"] == "S14"]
    assert [(row["label"], row["start_s"], row["end_s"]) for row in rows] == [
        *(("baseline", start, start + 4.0) for start in (3.0, 5.0, 7.0, 9.0)),
        *(("stress", start, start + 4.0) for start in (15.0, 17.0, 19.0)),
        *(("amusement", start, start + 4.0) for start in (35.0, 37.0)),
    ]
    assert rows[0]["sample_id"] == "S14/S14.pkl#3000-7000"
    assert (rows[0]["modality"], rows[0]["label_source"]) == ("wearable", "context_assigned")


def test_people_are_in_the_order_of_their_numbers_with_their_attributes(root: Path) -> None:
    rows = reader(root).samples().to_pylist()
    assert list(dict.fromkeys(row["subject_id"] for row in rows)) == ["S3", "S14"]
    assert (rows[0]["attr.age"], rows[0]["attr.sex"], rows[0]["attr.handedness"]) == (27.0, "female", "left")


def test_ratings_follow_the_persons_own_order(root: Path) -> None:
    """Medi 2 comes before Fun here, so that the third rating is that of the first meditation."""
    table = reader(root, conditions=("baseline", "stress", "amusement", "meditation")).samples()
    rated = {
        (row["label"], row["ctx.condition"]): (row["ctx.sam_valence"], row["ctx.sam_arousal"])
        for row in table.to_pylist()
    }
    assert rated == {
        ("baseline", 1): (7, 2), ("stress", 1): (3, 8), ("meditation", 1): (6, 1),
        ("amusement", 1): (8, 5), ("meditation", 2): (5, 2),
    }  # fmt: skip


def test_signals_of_the_wrist(root: Path) -> None:
    made = reader(root)
    window = made.load(made.samples().to_pylist()[1])
    assert isinstance(window, Recording)
    assert {name: (len(c.values), c.rate_hz, c.unit) for name, c in window.channels.items()} == {
        "bvp": (256, 64.0, None),
        "eda": (16, 4.0, "µS"),
        "temperature": (16, 4.0, "°C"),
        "acceleration": (128, 32.0, "g"),
    }
    assert window.channels["bvp"].values[0] == 64 * 5  # the window starts at 5 s
    assert window.channels["acceleration"].values[0].tolist() == [1.0, 0.0, -0.5]


def test_signals_of_the_chest(root: Path) -> None:
    made = reader(root, place="chest")
    row = made.samples().to_pylist()[0]
    window = made.load(row)
    assert row["modality"] == "physiology"
    assert sorted(window.channels) == ["acceleration", "ecg", "eda", "emg", "respiration", "temperature"]
    assert window.channels["acceleration"].values[0].tolist() == [0.9, 0.0, 0.1]


def test_check_says_what_is_odd(root: Path) -> None:
    short = {"signal": {"wrist": {"BVP": np.zeros((64 * 20, 1))}}, "label": np.full(700 * 40, 1)}
    write_person(root, "S5", short)
    (root / "S5" / "S5_quest.csv").unlink()
    write_person(root, "S6", {"label": np.repeat([1, 9], [700 * 40, 700 * 11])})
    problems = reader(root).layout_problems(reader(root).samples())
    assert problems == [
        "S5: wrist.BVP is -20 s longer than the labels",
        "S5: S5/S5_quest.csv is absent",
        "S6: unknown label 9",
    ]


def test_a_recording_that_ends_early_is_not_scored(root: Path) -> None:
    write_person(root, "S5", {"signal": {"wrist": {"BVP": np.zeros((64 * 5, 1))}}})
    made = reader(root)
    row = next(row for row in made.samples().to_pylist() if row["sample_id"] == "S5/S5.pkl#15000-19000")
    with pytest.raises(Unscored) as raised:
        made.load(row)
    assert raised.value.reason is Reason.TOO_SHORT


def test_messages_name_the_file(root: Path, tmp_path: Path) -> None:
    (root / "S3" / "S3.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(HarnessError, match=r"S3/S3.pkl: unreadable: S3.pkl names 'os.system'"):
        reader(root).samples()
    (root / "S3" / "S3.pkl").write_bytes(pickle.dumps({"signal": {}}, 2))
    with pytest.raises(HarnessError, match=r"wesad: .*S3.pkl holds no label"):
        reader(root).samples()
    write_person(root, "S4")
    (root / "S3" / "S3.pkl").unlink()
    (root / "S4" / "S4_quest.csv").write_text("# ORDER;Base\n# DIM;11;2\n")
    with pytest.raises(HarnessError, match=r"S4_quest.csv: # DIM 11;2 is not from 1 to 9"):
        reader(root).samples()
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(HarnessError, match=r"Expected S2/S2.pkl"):
        reader(empty).samples()
