"""The blind control of decoded media: sounds, and films of which one half is missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from bare_cards import bare_card

from harness.cards.facts import DatasetCard, Licence
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings
from harness.models.model import ModelOptions, RunSettings
from harness.models.scoring_model import ScoringModel
from harness.probing.answered import Answered
from harness.probing.blind import Control, blind_control, partners
from harness.probing.collector import Collector
from harness.probing.probe_settings import ProbeSettings
from harness.signals.media import Audio, Media, Video
from harness.tables.probe_tables import PROBES, validate_probes
from harness.tables.samples import samples_table

LABELS = ["low", "high"]
SETTINGS = InferenceSettings(batch_size=8, workers=0)


class Films(Reader[ReaderOptions]):
    """A bright picture with a loud sound is high; sounds alone where the modality is voice."""

    Options = ReaderOptions
    needs_root = False

    def __init__(self, modality: str) -> None:
        card = DatasetCard(
            name="films",
            title="",
            reader="",
            modalities=[modality],
            description="",
            licence=Licence(name="none"),
            labels=LABELS,
            label_source="acted",
            elicitation="simulated",
            limitations=[],
        )
        super().__init__(card, None, ReaderOptions())
        self.modality = modality

    def samples(self) -> pa.Table:
        return samples_table(
            [
                {
                    "sample_id": f"s{i:03d}",
                    "modality": self.modality,
                    "subject_id": f"p{i % 10}",
                    "label": LABELS[i // 10 % 2],
                    "label_source": "acted",
                }
                for i in range(40)
            ]
        )

    def load(self, sample: Sample) -> Media:
        high = sample["label"] == "high"
        sound = Audio(np.full(800, 0.8 if high else 0.1, np.float32), 8000)
        if self.modality == "voice":
            return sound
        return Video(np.full((2, 8, 8, 3), 220 if high else 30, np.uint8), np.array([0.0, 0.1]), sound)


class EyeAndEar(ScoringModel[ModelOptions]):
    """Weighs brightness and loudness."""

    def __init__(self, eye: float, ear: float, modalities: Sequence[str]) -> None:
        card = bare_card("both", modalities=list(modalities), labels=LABELS)
        super().__init__(card, ModelOptions(), RunSettings())
        self.weights = np.array([eye, ear])

    def preparer(self) -> Any:
        return light_and_sound

    def open(self) -> None:
        """There is nothing to load."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        high = np.clip(np.stack(batch) @ self.weights, 0.0, 1.0)
        return np.stack([1 - high, high], axis=1)


def light_and_sound(media: Media) -> npt.NDArray[np.float64]:
    sound = media.audio if isinstance(media, Video) else media
    assert isinstance(sound, Audio)
    light = float(media.frames.mean()) / 255 if isinstance(media, Video) else 0.0
    return np.array([light, float(np.abs(sound.waveform).mean())])


def controls(model: EyeAndEar, modality: str, tmp_path: Path, num: int = 20) -> dict[str, Control]:
    reader = Films(modality)
    samples = reader.samples()
    own = collect(samples, reader.load, model, journal=tmp_path / "own", plan_hash="a", settings=SETTINGS)
    found = blind_control(
        Answered(model, reader, samples, own),
        ProbeSettings(max_blind=num),
        Collector(tmp_path / "probing", "a", SETTINGS),
    )
    validate_probes(pa.concat_tables([PROBES.empty_table(), *(one.rows for one in found)]), samples)
    return {one.variant: one for one in found}


def share_unchanged(control: Control, own: Control) -> float:
    pairs = zip(control.rows["label"].to_pylist(), own.rows["label"].to_pylist(), strict=True)
    return float(np.mean([ours == theirs for ours, theirs in pairs]))


@pytest.mark.parametrize(
    ("eye", "ear", "no_picture", "no_sound"), [(1.0, 0.0, 0.5, 1.0), (0.0, 1.0, 1.0, 0.5), (0.5, 0.5, 1.0, 0.5)]
)
def test_the_half_of_a_film_that_is_not_used_makes_no_difference(
    eye: float, ear: float, no_picture: float, no_sound: float, tmp_path: Path
) -> None:
    found = controls(EyeAndEar(eye, ear, ["audiovisual"]), "audiovisual", tmp_path)
    assert list(found) == ["as_given", "removed", "no_picture", "no_sound"]
    own = found.pop("as_given")
    shares = {name: share_unchanged(control, own) for name, control in found.items()}
    assert shares["no_picture"] == pytest.approx(no_picture)
    assert shares["no_sound"] == pytest.approx(no_sound)
    assert shares["removed"] == pytest.approx(0.5)
    assert all(not list(control.answers("both")) for control in found.values())  # not one by one: nothing to pay


def test_a_system_for_either_half_is_not_blamed_for_one(tmp_path: Path) -> None:
    found = controls(EyeAndEar(0.0, 1.0, ["voice", "audiovisual"]), "audiovisual", tmp_path)
    assert list(found) == ["as_given", "removed", "no_sound"]


def test_silence_tells_who_does_not_listen(tmp_path: Path) -> None:
    """The one that listens says low to silence, as it says to half of the sounds."""
    for ear, expected in ((1.0, 0.5), (0.0, 1.0)):
        found = controls(EyeAndEar(0.0, ear, ["voice"]), "voice", tmp_path / str(ear))
        assert list(found) == ["as_given", "removed"]
        assert share_unchanged(found["removed"], found["as_given"]) == pytest.approx(expected)
        assert found["removed"].rows.num_rows == 20


def test_none_is_asked_where_none_may_be(tmp_path: Path) -> None:
    assert controls(EyeAndEar(1.0, 0.0, ["voice"]), "voice", tmp_path, num=0) == {}


def test_partners_got_another_answer() -> None:
    answers = ["a", "a", "b", "a", "c", "a", "b"]
    found = partners(answers, seed=0)
    assert found is not None
    assert all(answers[other] != own for own, other in zip(answers, found.tolist(), strict=True))
    assert partners(["a", "a"], seed=0) is None
