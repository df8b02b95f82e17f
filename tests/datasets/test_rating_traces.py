from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from harness.cards.facts import dataset_card
from harness.datasets.rating_traces import RatingTracesReader
from harness.datasets.rating_windows import RatingTracesOptions
from harness.errors import HarnessError
from harness.signals.media import Audio

RATE = 4_000


def reader(root: Path, **options: Any) -> RatingTracesReader:
    return RatingTracesReader(dataset_card("rating_traces"), root, RatingTracesOptions.model_validate(options))


def course(time_s: np.ndarray) -> np.ndarray:
    return 0.5 * np.sin(time_s / 5) + 0.3 * np.sin(time_s / 2.3)


def traces(root: Path, clip: str, seconds: float = 60, step_s: float = 0.5, late_s: float = 0.0) -> None:
    """Three raters: one as is, one higher, one below; valence is the opposite of arousal."""
    time_s = np.arange(0, seconds, step_s)
    arousal = course(time_s - late_s)
    for name, values in (("arousal", arousal), ("valence", -arousal)):
        lines = ["time;FM1;FM2 ;FF1"]
        lines += [
            f"{at:.2f};{value:.6f};{value + 0.1:.6f};{value - 0.1:.6f}"
            for at, value in zip(time_s, values, strict=True)
        ]
        path = root / "annotations" / name / f"{clip}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def sound(root: Path, clip: str, seconds: float = 60) -> None:
    """Loud where the course is high."""
    time_s = np.arange(int(seconds * RATE)) / RATE
    (root / "recordings").mkdir(exist_ok=True)
    waveform = 10 ** (course(time_s) - 1.5) * np.sin(2 * np.pi * 200 * time_s)
    sf.write(root / "recordings" / f"{clip}.wav", waveform, RATE)


def write(root: Path) -> None:
    for clip in ("P1", "P2"):
        traces(root, clip)
        sound(root, clip)


def test_windows_have_the_mean_of_the_raters(tmp_path: Path) -> None:
    write(tmp_path)
    found = reader(tmp_path)
    rows = found.samples().to_pylist()
    assert (len(rows), rows[1]["sample_id"], rows[1]["subject_id"]) == (28, "recordings/P1.wav#4000-8000", "P1")
    assert rows[1]["arousal"] == pytest.approx(course(np.arange(4, 8, 0.5)).mean(), abs=1e-6)
    assert rows[1]["valence"] == pytest.approx(-rows[1]["arousal"], abs=1e-6)
    assert rows[1]["dominance"] is None
    media = found.load(rows[1])
    assert isinstance(media, Audio)
    assert len(media.waveform) == 4 * RATE


def test_a_window_has_what_was_rated_later(tmp_path: Path) -> None:
    traces(tmp_path, "P1", late_s=2.0)
    late = reader(tmp_path, delay_s=2.0).samples().to_pylist()
    assert late[0]["arousal"] == pytest.approx(course(np.arange(0, 4, 0.5)).mean(), abs=1e-6)
    assert late[-1]["end_s"] <= 58


def test_check_estimates_the_delay_from_the_loudness(tmp_path: Path) -> None:
    for clip in ("P1", "P2"):
        traces(tmp_path, clip, late_s=2.5, step_s=0.1)
        sound(tmp_path, clip)
    (line,) = reader(tmp_path).layout_problems(reader(tmp_path).samples())
    assert "and dataset.delay_s is 0" in line
    assert float(line.split("loudness ")[1].split(" s before")[0]) == pytest.approx(2.5, abs=0.2)
    stated = reader(tmp_path, delay_s=2.5)
    assert stated.layout_problems(stated.samples()) == []


def test_the_scale_of_the_raters_becomes_minus_one_to_one(tmp_path: Path) -> None:
    folder = tmp_path / "annotations" / "arousal"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("time,r1,r2\n" + "".join(f"{n / 2},1,9\n" for n in range(20)))
    rows = reader(tmp_path, scale=(1, 9), window_s=2, stride_s=2).samples().to_pylist()
    assert {row["arousal"] for row in rows} == {0.0}
    with pytest.raises(HarnessError, match=r"ratings beyond -1 to 1.*dataset\.scale"):
        reader(tmp_path).samples()
    with pytest.raises(HarnessError, match="rising"):
        reader(tmp_path, scale=(1, 1)).samples()


def test_the_plan_has_how_far_raters_agree_and_check_who_does_not(tmp_path: Path) -> None:
    write(tmp_path)
    of_arousal = reader(tmp_path).facts()["agreement"]["arousal"]
    assert (of_arousal["clips"], of_arousal["raters"]) == (2, [3])
    assert 0.8 < of_arousal["pairwise_ccc"] < 1
    folder = tmp_path / "annotations" / "arousal"
    (folder / "P1.csv").write_text("time,r1,r2\n" + "".join(f"{n},{n / 40},{-n / 40}\n" for n in range(40)))
    lines = reader(tmp_path).layout_problems(reader(tmp_path).samples())
    assert any("arousal of P1: rater 2 goes against the others (CCC" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a header of time"),
        ("time\n1\n", "expected a header of time"),
        ("time,a\n0,0\n1\n", "row 2 has 1 cells"),
        ("time,a\n0,x\n", "row 1 holds what is no number"),
        ("time,a\n1,0\n1,0\n", "times do not rise"),
        ("time,a\n0,0\n99999,0\n", "over a day"),
        ("time,a\n0,0\n1,inf\n", "infinite"),
        ("time,a\n0,0\n1,0\n", "no window of 4 s"),
        ("time,a\n0,\n9,\n", "no window of 4 s"),
    ],
)
def test_tables_that_are_no_traces_are_one_message(tmp_path: Path, text: str, message: str) -> None:
    folder = tmp_path / "annotations" / "arousal"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text(text)
    with pytest.raises(HarnessError, match=message):
        reader(tmp_path).samples()


def test_clips_of_one_person_are_sessions_of_that_person(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "people.csv").write_text("clip,subject_id\nP1,anna\nP2,anna\n")
    rows = reader(tmp_path, people="people.csv").samples().to_pylist()
    assert {(row["subject_id"], row["session_id"]) for row in rows} == {("anna", "P1"), ("anna", "P2")}
    (tmp_path / "people.csv").write_text("clip,subject_id\nP1,anna\n")
    with pytest.raises(HarnessError, match=r"people\.csv has no row for clip P2"):
        reader(tmp_path, people="people.csv").samples()
    (tmp_path / "people.csv").write_text("clip,subject_id\nP1,anna\nP1,ben\n")
    with pytest.raises(HarnessError, match=r"people\.csv, row 2: clip P1 has two people"):
        reader(tmp_path, people="people.csv").samples()
    with pytest.raises(HarnessError, match="no such file"):
        reader(tmp_path, people="nobody.csv").samples()


def test_clips_and_recordings_in_folders_meet_by_their_place(tmp_path: Path) -> None:
    for place in ("dev/P1", "train/P1"):
        traces(tmp_path, place)
        (tmp_path / "recordings" / place).parent.mkdir(parents=True, exist_ok=True)
        sound(tmp_path, place)
    found = reader(tmp_path)
    rows = found.samples().to_pylist()
    assert {(row["subject_id"], row["uri"]) for row in rows} == {
        ("dev/P1", "recordings/dev/P1.wav"), ("train/P1", "recordings/train/P1.wav"),
    }  # fmt: skip
    (tmp_path / "recordings" / "dev" / "P1.wav").rename(tmp_path / "recordings" / "P1.wav")
    with pytest.raises(HarnessError, match=r"clip dev/P1 may be any of P1\.wav, train/P1\.wav"):
        reader(tmp_path).samples()
    (tmp_path / "recordings" / "train" / "P1.wav").unlink()
    with pytest.raises(HarnessError, match=r"P1\.wav has the name of several clips, such as dev/P1"):
        reader(tmp_path).samples()


def test_of_two_suffixes_the_first_is_used_and_the_other_told(tmp_path: Path) -> None:
    traces(tmp_path, "P1")
    sound(tmp_path, "P1")
    sf.write(tmp_path / "recordings" / "P1.flac", np.zeros(60 * RATE), RATE)
    found = reader(tmp_path)
    samples = found.samples()
    assert set(samples["uri"].to_pylist()) == {"recordings/P1.flac"}
    assert "not used, as recordings/P1.flac is: recordings/P1.wav" in found.layout_problems(samples)
