"""PPG-DaLiA: windows inside one activity, the ECG's heart rate, and the type of skin."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.ppg_dalia import PpgDaliaOptions, PpgDaliaReader
from harness.errors import HarnessError
from harness.signals.media import Recording

ACTIVITY = (0, 1, 0, 7)
SECONDS = (4, 24, 2, 20)


def write_person(root: Path, subject: str, skin: Any = 3, gender: Any = " m") -> None:
    seconds = sum(SECONDS)
    wrist = {
        name: np.zeros((rate * seconds, columns))
        for name, rate, columns in (("ACC", 32, 3), ("BVP", 64, 1), ("EDA", 4, 1), ("TEMP", 4, 1))
    }
    chest = {name: np.ones((700 * seconds, 1)) for name in ("ECG", "EMG", "EDA", "Temp", "Resp")}
    value = {
        "subject": subject,
        "signal": {"chest": chest | {"ACC": np.ones((700 * seconds, 3))}, "wrist": wrist},
        "activity": np.repeat(ACTIVITY, [4 * each for each in SECONDS]).astype(float)[:, None],
        "label": np.arange((seconds - 8) // 2 + 1) + 60.0,
        "rpeaks": np.arange(seconds) * 700,
        "questionnaire": {"AGE": 34, "Gender": gender, "HEIGHT": 182.0, "SKIN": skin, "SPORT": 6, "WEIGHT": 78.0},
    }
    (root / subject).mkdir()
    (root / subject / f"{subject}.pkl").write_bytes(pickle.dumps(value, 2))


def reader(root: Path, **options: Any) -> PpgDaliaReader:
    chosen = {"window_s": 12.0, "stride_s": 6.0} | options
    return PpgDaliaReader(dataset_card("ppg_dalia"), root, PpgDaliaOptions(**chosen))


def test_windows_heart_rates_and_the_person(tmp_path: Path) -> None:
    """Heart rate k is that of the 8 s from 2k s, so a window from 4 s to 16 s holds those from 4, 6 and 8 s."""
    write_person(tmp_path, "S10")
    write_person(tmp_path, "S2", skin=4, gender="f")
    rows = reader(tmp_path).samples().to_pylist()
    assert [row["subject_id"] for row in rows] == ["S2"] * 5 + ["S10"] * 5
    assert [(row["label"], row["start_s"], row["ctx.heart_rate"]) for row in rows[:5]] == [
        ("sitting", 4.0, 63.0), ("sitting", 10.0, 66.0), ("sitting", 16.0, 69.0),
        ("walking", 30.0, 76.0), ("walking", 36.0, 79.0),
    ]  # fmt: skip
    assert (rows[0]["attr.age"], rows[0]["attr.sex"], rows[0]["attr.fitzpatrick"]) == (34.0, "female", "IV")
    assert (rows[5]["attr.sex"], rows[5]["attr.fitzpatrick"]) == ("male", "III")


def test_activities_are_chosen(tmp_path: Path) -> None:
    write_person(tmp_path, "S1")
    assert set(reader(tmp_path, activities=("walking",)).samples()["label"].to_pylist()) == {"walking"}
    with pytest.raises(HarnessError, match="no window below"):
        reader(tmp_path, activities=("cycling",)).samples()


def test_only_what_the_publication_describes_is_read_of_the_chest(tmp_path: Path) -> None:
    write_person(tmp_path, "S1")
    for place, channels in (("wrist", {"acceleration", "bvp", "eda", "temperature"}),
                            ("chest", {"acceleration", "ecg", "respiration"})):  # fmt: skip
        made = reader(tmp_path, place=place)
        window = made.load(made.samples().to_pylist()[0])
        assert isinstance(window, Recording)
        assert set(window.channels) == channels


def test_check_says_what_is_odd(tmp_path: Path) -> None:
    write_person(tmp_path, "S1", skin="dark")
    assert reader(tmp_path).layout_problems(reader(tmp_path).samples()) == [
        "S1: the questionnaire states no type of skin from 1 to 6"
    ]


@pytest.mark.parametrize(("skin", "gender"), [(True, ["m"]), ("3", [["m"]]), (10**400, None), (float("nan"), 3)])
def test_what_a_questionnaire_cannot_hold_is_not_stated(skin: Any, gender: Any, tmp_path: Path) -> None:
    write_person(tmp_path, "S1", skin=skin, gender=gender)
    row = reader(tmp_path).samples().to_pylist()[0]
    assert (row["attr.sex"], row["attr.fitzpatrick"]) == (None, None)
