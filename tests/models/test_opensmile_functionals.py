from __future__ import annotations

import pickle
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from harness.errors import HarnessError, Reason, Unscored
from harness.models.model import MediaModel, RunSettings, Vectors
from harness.models.opensmile_functionals import WIDTHS, FeatureSet
from harness.models.waveform import WaveformPreparer
from harness.signals import voice
from harness.signals.media import Audio
from harness.study.assembly import open_model
from harness.tables.samples import samples_table

needs_opensmile = pytest.mark.skipif(find_spec("opensmile") is None, reason="the extra opensmile is not installed")


def model(**options: Any) -> MediaModel[Any]:
    opened = open_model("voice_egemaps_svm", options, RunSettings())
    assert isinstance(opened, MediaModel)
    return opened


def tone(f0_hz: float, duration_s: float = 1.0, level: float = 0.3) -> Audio:
    """A pulse train of ten harmonics, 16 kHz."""
    seconds = np.arange(round(16_000 * duration_s)) / 16_000
    wave = sum(np.sin(2 * np.pi * f0_hz * k * seconds) / k for k in range(1, 11))
    return Audio((level * np.asarray(wave) / 2).astype(np.float32), 16_000)


def functional_names(feature_set: FeatureSet) -> list[str]:
    """The functionals as openSMILE itself names them."""
    import opensmile

    smile = opensmile.Smile(opensmile.FeatureSet[feature_set], opensmile.FeatureLevel.Functionals)
    return list(smile.feature_names)


def test_without_the_package_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.models.opensmile_functionals.find_spec", lambda name: None)
    with pytest.raises(HarnessError, match=r"pip install 'emotion-harness\[opensmile\]'.*commercial"):
        model()


@needs_opensmile
@pytest.mark.parametrize("feature_set", WIDTHS)
def test_the_published_number_of_functionals_and_the_same_ones_again(feature_set: FeatureSet) -> None:
    system = model(feature_set=feature_set)
    prepare = pickle.loads(pickle.dumps(system.preparer()))
    first, other, again = prepare(tone(120)), prepare(tone(240)), prepare(tone(120))
    assert first.shape == (system.width,) == (len(functional_names(feature_set)),)
    assert first.dtype == np.float64
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(system.forward([first, other]), np.stack([first, other]))


@needs_opensmile
@pytest.mark.parametrize("f0_hz", [110.0, 220.0])
def test_the_f0_of_a_tone_comes_out_in_semitones_above_27_5_hz(f0_hz: float) -> None:
    """eGeMAPS counts F0 in semitones from 27.5 Hz: 110 Hz lies two octaves above, 220 Hz three."""
    values = dict(zip(functional_names("eGeMAPSv02"), model().preparer()(tone(f0_hz)), strict=True))
    expected = 12 * np.log2(f0_hz / 27.5)
    assert values["F0semitoneFrom27.5Hz_sma3nz_amean"] == pytest.approx(expected, abs=0.1)


@needs_opensmile
def test_other_rates_are_resampled_and_bounds_hold() -> None:
    prepare = model(max_duration_s=2.0).preparer()
    slow = tone(150)
    fast = Audio(np.repeat(slow.waveform, 3), 48_000)
    assert prepare(fast).shape == (88,)
    assert np.isfinite(prepare(tone(150, duration_s=0.1))).all()
    for duration_s, reason in ((0.05, Reason.TOO_SHORT), (2.5, Reason.TOO_LONG)):
        with pytest.raises(Unscored) as caught:
            prepare(tone(150, duration_s))
        assert caught.value.reason == reason


@needs_opensmile
def test_high_voices_are_told_from_low_ones_in_speakers_never_heard() -> None:
    system = model()
    prepare = system.preparer()
    rng = np.random.default_rng(0)
    labels = ["high", "low"] * 8
    values = np.stack([prepare(tone(rng.uniform(200, 300) / (1 + (label == "low")))) for label in labels])
    samples = samples_table(
        [
            {
                "sample_id": str(i),
                "modality": "voice",
                "subject_id": f"p{i // 4}",
                "label": label,
                "label_source": "acted",
            }
            for i, label in enumerate(labels)
        ]
    )
    conclusion = system.conclude(samples, {"clean": Vectors(values, ["scored"] * 16, [None] * 16)})
    assert conclusion.predictions["label"].to_pylist() == labels
    assert len(conclusion.folds) == 4


@needs_opensmile
def test_on_real_speech_the_median_f0_agrees_with_our_own(shared_data: Path) -> None:
    """Two programs that share no code: half a semitone apart on a typical clip."""
    files = sorted((shared_data / "ravdess" / "Actor_01").glob("*-01-01-??.wav"))
    clips = [Audio(*sf.read(file, dtype="float32")) for file in files]
    prepare, waveform = model().preparer(), WaveformPreparer(16_000, max_duration_s=60.0)
    column = functional_names("eGeMAPSv02").index("F0semitoneFrom27.5Hz_sma3nz_percentile50.0")
    theirs = np.stack([prepare(clip) for clip in clips])[:, column]
    ours = voice.describe([waveform(clip) for clip in clips], ("f0",), "cpu")[
        :, voice.feature_names(("f0",)).index("f0_p50")
    ]
    difference = np.abs(theirs - ours)
    assert np.median(difference) < 0.5
    assert difference.max() < 1.5
