from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
import torch
from pydantic import ValidationError
from sklearn.metrics import recall_score

from harness.cards.facts import model_card
from harness.errors import Reason, Unscored
from harness.models.model import RunSettings, Vectors
from harness.models.voice_functionals import VoiceFunctionalsModel, VoiceFunctionalsOptions
from harness.signals.media import Audio, Image, Media, Video
from harness.tables.predictions import validate_predictions
from harness.tables.samples import samples_table

RAVDESS_LABELS = ("neutral", "calm", "happiness", "sadness", "anger", "fear", "disgust", "surprise")


def model(**options: Any) -> VoiceFunctionalsModel:
    return VoiceFunctionalsModel(
        model_card("voice_functionals_svm"), VoiceFunctionalsOptions(**options), RunSettings()
    )


def test_the_largest_input_is_the_longest_clip() -> None:
    system = model(max_duration_s=0.5)
    assert system.largest_input().shape == (8_000,)
    assert system.forward([system.largest_input()] * 2).shape == (2, system.width)


def audio(duration_s: float, rate: int = 16_000) -> Audio:
    rng = np.random.default_rng(0)
    return Audio((0.1 * rng.normal(size=round(duration_s * rate))).astype(np.float32), rate)


def test_width_is_the_number_of_named_features() -> None:
    whole, some = model(), model(features=("f0", "pauses"))
    assert whole.width == len(whole.facts()["features"]) == whole.forward([audio(0.5).waveform]).shape[1]
    assert some.width == len(some.facts()["features"]) == some.forward([audio(0.5).waveform]).shape[1]
    assert some.width < whole.width


def test_a_waveform_at_the_right_rate_is_passed_on_as_it_is() -> None:
    prepare = pickle.loads(pickle.dumps(model().preparer()))
    given = audio(1.0)
    np.testing.assert_array_equal(prepare(given), given.waveform)
    film = Video(np.zeros((1, 2, 2, 3), np.uint8), np.zeros(1), given)
    np.testing.assert_array_equal(prepare(film), given.waveform)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_resampling_keeps_a_tone_where_it_is(rate: int) -> None:
    seconds = np.arange(rate) / rate
    tone = Audio((0.5 * np.sin(2 * np.pi * 1_000 * seconds)).astype(np.float32), rate)
    prepared = model().preparer()(tone)
    assert prepared.dtype == np.float32
    assert len(prepared) == 16_000
    expected = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(16_000) / 16_000)
    np.testing.assert_allclose(prepared[400:-400], expected[400:-400], atol=2e-3)


@pytest.mark.parametrize(
    ("media", "reason"),
    [
        (audio(0.05), Reason.TOO_SHORT),
        (Audio(np.zeros(1, np.float32), 16_000), Reason.TOO_SHORT),
        (audio(2.5), Reason.TOO_LONG),
        (Image(np.zeros((2, 2, 3), np.uint8)), Reason.NO_SIGNAL),
        (Video(np.zeros((1, 2, 2, 3), np.uint8), np.zeros(1)), Reason.NO_SIGNAL),
    ],
)
def test_what_cannot_be_prepared_says_why(media: Media, reason: Reason) -> None:
    with pytest.raises(Unscored) as caught:
        model(max_duration_s=2.0).preparer()(media)
    assert caught.value.reason == reason


@pytest.mark.parametrize("rate", [4_000, 16_000, 48_000])
def test_the_shortest_clip_is_described(rate: int) -> None:
    system = model()
    assert system.forward([system.preparer()(audio(0.1, rate))]).shape == (1, system.width)


@pytest.mark.parametrize(
    "options",
    [
        {"features": ()},
        {"features": ("mfcc", "mfcc")},
        {"features": ("lyrics",)},
        {"regularisation": 0},
        {"max_folds": 1},
        {"max_duration_s": 0.01},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VoiceFunctionalsOptions(**options)


def test_a_value_that_a_clip_does_not_define_is_imputed_within_the_fold() -> None:
    system = model(features=("f0",))
    rng = np.random.default_rng(0)
    labels = ["high", "low"] * 20
    samples = samples_table(
        [
            {
                "sample_id": str(i),
                "modality": "voice",
                "subject_id": f"p{i // 10}",
                "label": label,
                "label_source": "acted",
            }
            for i, label in enumerate(labels)
        ]
    )
    values = rng.normal(0, 0.1, (40, system.width)) + np.where(np.array(labels) == "high", 1, -1)[:, None]
    values[:3] = np.nan
    values[:, 5] = np.nan
    conclusion = system.conclude(samples, {"clean": Vectors(values, ["scored"] * 40, [None] * 40)})
    validate_predictions(conclusion.predictions, samples)
    assert conclusion.predictions["outcome"].to_pylist() == ["scored"] * 40
    assert conclusion.predictions["label"].to_pylist()[3:] == labels[3:]


def test_the_whole_system_on_real_speech(shared_data: Path) -> None:
    """Above chance by far with four speakers and a third of their clips, and the same whatever the batches."""
    files = [file for actor in ("01", "02", "03", "04") for file in _ravdess(shared_data, actor)]
    samples = samples_table(
        [
            {
                "sample_id": file.name,
                "modality": "voice",
                "subject_id": file.stem[-2:],
                "label": RAVDESS_LABELS[int(file.stem[6:8]) - 1],
                "label_source": "acted",
            }
            for file in files
        ]
    )
    system = model()
    prepare = system.preparer()
    waveforms = [prepare(Audio(*sf.read(file, dtype="float32"))) for file in files]
    conclusions = []
    for size in (8, 13):
        values = np.concatenate([system.forward(waveforms[i : i + size]) for i in range(0, len(files), size)])
        conclusions.append(
            system.conclude(samples, {"clean": Vectors(values, ["scored"] * len(files), [None] * len(files))})
        )
    first, second = (conclusion.predictions for conclusion in conclusions)
    assert first["label"].to_pylist() == second["label"].to_pylist()
    np.testing.assert_allclose(first["scores"].to_pylist(), second["scores"].to_pylist(), atol=1e-5)
    truth = samples["label"].to_pylist()
    # Chance is 0.125; no threshold of quality, which takes all speakers.
    assert recall_score(truth, first["label"].to_pylist(), average="macro") > 0.3


def _ravdess(shared_data: Path, actor: str) -> list[Path]:
    """The clips of one statement, spoken once: two intensities of eight emotions."""
    return sorted((shared_data / "ravdess" / f"Actor_{actor}").glob("*-01-01-??.wav"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_features_on_the_gpu_equal_those_on_the_cpu() -> None:
    system = VoiceFunctionalsModel(
        model_card("voice_functionals_svm"), VoiceFunctionalsOptions(), RunSettings(device="cuda")
    )
    batch = [audio(0.7).waveform, audio(1.3).waveform]
    np.testing.assert_allclose(system.forward(batch), model().forward(batch), rtol=0, atol=1e-6)
