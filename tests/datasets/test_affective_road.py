"""AffectiveROAD: three recordings with clocks of their own, joined by the stages of the route."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.affective_road import AffectiveRoadOptions, AffectiveRoadReader
from harness.errors import HarnessError
from harness.signals.media import Recording

START = 1_500_000_000
ROADS = ("Z", "City1", "Hwy", "City1", "Z")
SECONDS = (60, 120, 60, 120, 60)
"""Of the stages of a drive."""


def route(root: Path, name: str, rate: float, before: int, *, drives: int = 1, key: str = "Drive_id") -> None:
    """A table of stages that begins ``before`` samples into the file; those of wristbands have rests around."""
    has_rest = name.startswith("E4/")
    roads = ["Rest", *ROADS, "Rest"] if has_rest else [*ROADS]
    lengths = [30, *SECONDS, 30] if has_rest else [*SECONDS]
    edges = before + np.concatenate([[0], np.cumsum(lengths)]) * rate
    if has_rest:
        edges = edges - 30 * rate
    header = [f"{road}_{edge}" for road in roads for edge in ("Start", "End")]
    cells = [f"{edge:.0f}" for pair in pairwise(edges) for edge in pair]
    path = root / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [",".join([f"Drv{number + 1}", *cells]) for number in range(drives)]
    path.write_text("\n".join([",".join([key, *header]), *rows]) + "\n")


def wristband(root: Path, folder: str, seconds: int = 520) -> None:
    """Skin conductance that is its own time; the heart rate begins 10 s later, as on the device."""
    (root / "E4" / folder).mkdir(parents=True)
    eda = [START, 4.0, *(f"{k / 400:.6f}" for k in range(4 * seconds))]
    (root / "E4" / folder / "EDA.csv").write_text("\n".join(map(str, eda)) + "\n")
    heart = [START + 10, 1.0, *([70] * (seconds - 10))]
    (root / "E4" / folder / "HR.csv").write_text("\n".join(map(str, heart)) + "\n")
    (root / "E4" / folder / "BVP.csv").touch()


def write(root: Path, drives: int = 1) -> None:
    """Stages begin 40 s into the wristband's file, 20 s into the metric's and 30 s into the belt's."""
    for wrist in ("Left", "Right"):
        route(root, f"E4/Annot_E4_{wrist}", 4, 160, key="Drive-id", drives=drives)
    route(root, "Subj_metric/Annot_Subjective_metric", 4, 80, drives=drives)
    route(root, "Bioharness/Annot_Bioharness", 1, 30, drives=drives)
    for number in range(1, drives + 1):
        wristband(root, f"{number}-E4-Drv{number}/Left")
        metric = [0.0] * 80 + [level for s, level in zip(SECONDS, (0.1, 0.5, 0.9, 0.75, 0.2), strict=True)
                               for _ in range(4 * s)]  # fmt: skip
        (root / f"Subj_metric/SM_Drv{number}.csv").write_text('"x"\n' + "\n".join(map(str, metric)) + "\n")
        rows = "\n".join(f"2017-01-01 10:00:00;{60 + k / 100:.2f};15;0;{0.1}" for k in range(480))
        (root / f"Bioharness/Bio_Drv{number}.csv").write_text(f"Time;HR;BR;Posture;Activity\n{rows}\n")


def reader(root: Path, **options: Any) -> AffectiveRoadReader:
    chosen = AffectiveRoadOptions.model_validate({"stride_s": 60, **options})
    return AffectiveRoadReader(dataset_card("affective_road"), root, chosen)


def test_windows_of_stages_with_the_level_of_their_mean_metric(tmp_path: Path) -> None:
    write(tmp_path)
    rows = reader(tmp_path).samples().to_pylist()
    assert [(row["start_s"], row["ctx.road"], row["label"], row["ctx.stress"]) for row in rows] == [
        (40.0, "Z", "low", 0.1), (100.0, "City1", "medium", 0.5), (160.0, "City1", "medium", 0.5),
        (220.0, "Hwy", "high", 0.9), (280.0, "City1", "high", 0.75), (340.0, "City1", "high", 0.75),
        (400.0, "Z", "low", 0.2),
    ]  # fmt: skip
    assert rows[0]["sample_id"] == "E4/1-E4-Drv1/Left#40000-100000"
    assert (rows[0]["subject_id"], rows[0]["session_id"], rows[0]["label_source"]) == ("Drv1", "Drv1", "observer")


def test_signals_of_the_wristband_and_of_the_chest_belt_in_the_same_minute(tmp_path: Path) -> None:
    write(tmp_path)
    found = reader(tmp_path)
    window = found.load(found.samples().to_pylist()[3])
    assert isinstance(window, Recording)
    assert window.channels["eda"].values[0] == pytest.approx(2.2)  # 220 s into the file
    belt = window.channels["chest_heart_rate"]
    assert (len(belt.values), belt.rate_hz, belt.unit) == (60, 1.0, "1/min")
    assert belt.values[0] == pytest.approx(60 + 2.1)  # 180 s into the drive, which begins at its row 30
    assert set(window.channels) == {"eda", "heart_rate", "chest_heart_rate", "respiration_rate"}
    (tmp_path / "Bioharness/Bio_Drv1.csv").write_text("Time,HR\n1,2\n")
    without = found.load(found.samples().to_pylist()[3])
    assert isinstance(without, Recording)
    assert set(without.refused) == {"chest_heart_rate", "respiration_rate"}


def test_check_names_drives_in_pieces_and_stages_of_other_lengths(tmp_path: Path) -> None:
    write(tmp_path, drives=2)
    (tmp_path / "E4/2-E4-Drv2/Left").rename(tmp_path / "E4/2-E4-Drv2/Left1")
    table = tmp_path / "Subj_metric/Annot_Subjective_metric.csv"
    table.write_text(table.read_text().replace("Drv1,80,320", "Drv1,80,300"))
    found = reader(tmp_path)
    assert found.layout_problems(found.samples()) == [
        "Drv2: no folder of the left wrist in one piece",
        "Drv1, Z: +5.0 s longer on the wrist than rated",
    ]
    assert set(found.samples()["session_id"].to_pylist()) == {"Drv1"}


def test_whose_drive_it_was_can_be_said(tmp_path: Path) -> None:
    write(tmp_path, drives=2)
    (tmp_path / "people.csv").write_text("clip,subject_id\nDrv1,anna\nDrv2,anna\n")
    rows = reader(tmp_path, people="people.csv").samples().to_pylist()
    assert {(row["subject_id"], row["session_id"]) for row in rows} == {("anna", "Drv1"), ("anna", "Drv2")}
    (tmp_path / "people.csv").write_text("clip,subject_id\nDrv1,anna\n")
    with pytest.raises(HarnessError, match=r"people\.csv has no row for Drv2"):
        reader(tmp_path, people="people.csv").samples()


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("E4/Annot_E4_Left.csv", "", "expected a header of Drive_id"),
        ("E4/Annot_E4_Left.csv", "Drive-id,Z_Start,Z_End\nDrv1,1.5,9\n", "row 1, cell 2: '1.5' is not the number"),
        ("E4/Annot_E4_Left.csv", "Drive-id,Z_Start,Z_End\nDrv1,1\n", "row 1, cell 3: '' is not the number"),
        ("E4/Annot_E4_Left.csv", "Drive-id,Z_Start,Z_End\nDrv1,1,9\n", "the stages of Drv1 are not those"),
        ("Subj_metric/SM_Drv1.csv", "x\n0.5\nhigh\n", "row 2: 'high' is not a number"),
        ("Subj_metric/SM_Drv1.csv", "x\n0.5\n50\n", "row 2: 50 is no metric from 0 to 1"),
        (
            "E4/Annot_E4_Left.csv",
            "Drive-id,Z_Start,Z_End\nDrv1,1,9\nDrv1,1,9\n",
            "row 2: the drive Drv1 stands in it",
        ),
        ("Subj_metric/SM_Drv1.csv", "x\nNA\n", "no window of a drive"),
    ],
)
def test_tables_that_are_none_are_one_message(tmp_path: Path, name: str, text: str, problem: str) -> None:
    write(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(HarnessError, match=problem):
        reader(tmp_path).samples()
    (tmp_path / name).unlink()
    with pytest.raises(HarnessError, match="not a readable table"):
        reader(tmp_path).samples()
