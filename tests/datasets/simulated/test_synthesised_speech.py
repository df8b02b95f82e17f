from __future__ import annotations

import os
import pickle
import shutil
from collections import Counter
from pathlib import Path

import librosa
import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.simulated.espeak import Delivery, found_espeak
from harness.datasets.simulated.espeak_engine import ACCENTS, VARIANTS
from harness.datasets.simulated.speech_engine import MANNERS
from harness.datasets.simulated.synthesised_speech import SynthesisedSpeechOptions, SynthesisedSpeechReader
from harness.errors import HarnessError, Unscored
from harness.signals.media import Audio

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="eSpeak NG is not on PATH")


def reader(**options: object) -> SynthesisedSpeechReader:
    card = dataset_card("synthesised_speech")
    return SynthesisedSpeechReader(card, None, SynthesisedSpeechOptions.model_validate(options))


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """A program of that name, which says its version and otherwise does as told."""
    path = folder / "espeak-ng"
    path.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then echo "eSpeak NG: 1.99-dev  Data at: /x"; exit; fi\n{body}'
    )
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_without_the_program_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HarnessError, match=r"synthesised_speech: the program espeak-ng is not on PATH\. Install"):
        reader()


def test_the_version_is_a_fact_of_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "exit 1")
    assert reader().facts() == {"synthesiser": "eSpeak NG", "version": "1.99-dev"}


@pytest.mark.parametrize(("body", "said"), [("exit 1", "espeak-ng failed"), ("echo no sound", "gave no sound")])
def test_a_program_that_fails_leaves_a_reason(
    body: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, body)
    found = reader(subjects=1)
    with pytest.raises(Unscored, match=said) as raised:
        found.load(found.samples().to_pylist()[0])
    assert raised.value.reason == "crashed"


def test_words_and_manner_are_crossed_and_everything_else_is_even(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, "exit 1")
    rows = reader().samples().to_pylist()
    both = Counter((row["label"], row["ctx.words_label"]) for row in rows)
    emotions = ("anger", "happiness", "sadness")
    assert {both[label, None] for label in MANNERS} == {24}
    assert {both[label, label] for label in emotions} == {24}
    assert {both[label, words] for label in emotions for words in emotions if label != words} == {12}
    assert {both["neutral", words] for words in emotions} == {8}
    emotional = [row for row in rows if row["ctx.words_label"]]
    for kind in ("implicit", "explicit"):
        of_kind = Counter(
            (row["ctx.words_label"], row["attr.sex"]) for row in emotional if row["ctx.words_kind"] == kind
        )
        assert len(set(of_kind.values())) == 1
        assert len(of_kind) == 6
    assert len({row["ctx.text"] for row in rows}) == 6 + 3 * 6
    for row in emotional:
        assert (
            row["ctx.text"]
            in dataset_card("synthesised_speech").details["sentences"][row["ctx.words_label"]][
                row["ctx.words_kind"]
            ]
        )


def test_every_speaker_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "exit 1")
    rows = reader(subjects=36, samples_per_arm=6).samples().to_pylist()
    assert len({row["ctx.voice"] for row in rows}) == len({row["subject_id"] for row in rows}) == 36
    said = Counter((row["subject_id"], row["label"], row["ctx.text"]) for row in rows)
    assert max(said.values()) <= 2  # conflicting words take turns between the other emotions
    assert reader(seed=1).samples()["ctx.voice"] != reader(seed=2).samples()["ctx.voice"]


@needs_espeak
def test_the_voices_that_are_named_differ() -> None:
    """An accent that ignores variants would make one speaker of twelve."""
    espeak = found_espeak()
    voices = [f"{accent}+{variant}" for accent in ACCENTS for sex in VARIANTS for variant in VARIANTS[sex]]
    sounds = {espeak.speak("a", voice, Delivery(50, 100, 175)).waveform.tobytes() for voice in voices}
    assert len(sounds) == len(voices) == 36


@needs_espeak
def test_a_manner_changes_pitch_range_rate_and_level_as_in_the_literature() -> None:
    found = reader(subjects=1)
    rows = [row for row in found.samples().to_pylist() if row["ctx.words_kind"] == "neutral"]
    heard = {row["label"]: _measured(found.load(row)) for row in rows}
    duration_s, pitch_st, range_st, level_db = np.array([heard[label] for label in MANNERS]).T
    anger, happiness, sadness, neutral = range(4)
    assert list(np.argsort(pitch_st)) == [sadness, neutral, anger, happiness]
    assert list(np.argsort(level_db)) == [sadness, neutral, happiness, anger]
    assert duration_s[anger] < duration_s[neutral] < duration_s[sadness]
    assert range_st[sadness] < range_st[neutral] < range_st[happiness]


def _measured(audio: Audio) -> tuple[float, float, float, float]:
    """Duration in s, median F0 and its standard deviation in semitones, and level in dB."""
    f0, _, _ = librosa.pyin(audio.waveform, fmin=60, fmax=600, sr=audio.sample_rate)
    semitones = 12 * np.log2(f0[np.isfinite(f0)])
    level = 10 * np.log10(np.square(audio.waveform).mean())
    return len(audio.waveform) / audio.sample_rate, np.median(semitones), semitones.std(), level


@needs_espeak
def test_a_sample_sounds_the_same_in_every_process() -> None:
    found = reader(subjects=1)
    row = found.samples().to_pylist()[3]
    other = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(found.load(row).waveform, other.load(row).waveform)
    assert np.abs(found.load(row).waveform).max() < 0.9
