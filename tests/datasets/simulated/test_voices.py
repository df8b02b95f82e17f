from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.linalg import solve_toeplitz

from harness.cards.facts import dataset_card
from harness.datasets.simulated.population import Bias
from harness.datasets.simulated.voice_manner import VOICE_LABELS, Manner
from harness.datasets.simulated.voice_synthesis import (
    FORMANTS_HZ,
    MAX_PEAK,
    SYNTHESIS_RATE,
    Speaker,
    f0,
    synthesise,
)
from harness.datasets.simulated.voice_utterance import SENTENCES, compose
from harness.datasets.simulated.voices import SimulatedVoicesOptions, SimulatedVoicesReader
from harness.errors import HarnessError
from harness.signals import voice


def reader(**options: Any) -> SimulatedVoicesReader:
    return SimulatedVoicesReader(dataset_card("simulated_voices"), None, SimulatedVoicesOptions(**options))


def spoken(manner: Manner, speaker: Speaker, seed: int = 0, sentence: str = SENTENCES[0]) -> Any:
    rng = np.random.default_rng(seed)
    utterance = compose(sentence, manner, rng)
    return utterance, synthesise(utterance, speaker, manner, rng)


MAN = Speaker(f0_hz=118.0, formant_scale=1.0)
WOMAN = Speaker(f0_hz=210.0, formant_scale=1.17)


def test_everybody_says_everything_in_the_same_sentences() -> None:
    table = reader(subjects=5, samples_per_class=3).samples()
    assert table.num_rows == 5 * len(VOICE_LABELS) * 3
    assert table["uri"].null_count == table.num_rows
    assert set(table["label"].to_pylist()) == set(VOICE_LABELS) == set(dataset_card("simulated_voices").labels)
    rows = table.to_pylist()
    assert rows[0]["sample_id"] == "simulated/sim001/anger-1"
    for subject in {row["subject_id"] for row in rows}:
        said = {
            label: {r["ctx.sentence"] for r in rows if (r["subject_id"], r["label"]) == (subject, label)}
            for label in VOICE_LABELS
        }
        assert all(sentences == said["neutral"] for sentences in said.values())


def test_the_same_row_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib\n"
        "from harness.cards.facts import dataset_card\n"
        "from harness.datasets.simulated.voices import *\n"
        "r = SimulatedVoicesReader(dataset_card('simulated_voices'), None, SimulatedVoicesOptions(subjects=3))\n"
        "clips = [r.load(row).waveform.tobytes() for row in r.samples().to_pylist()[::-6]]\n"
        "print(hashlib.sha256(b''.join(clips[::-1])).hexdigest())\n"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    here = reader(subjects=3)
    clips = [here.load(row).waveform.tobytes() for row in here.samples().to_pylist()[::-6]]
    assert hashlib.sha256(b"".join(clips[::-1])).hexdigest() == there


def test_clips_are_sound_and_never_clip() -> None:
    simulated = reader(subjects=4, samples_per_class=1)
    for row in simulated.samples().to_pylist():
        audio = simulated.load(row)
        assert (audio.sample_rate, audio.waveform.dtype) == (SYNTHESIS_RATE, np.float32)
        assert np.isfinite(audio.waveform).all()
        assert 0.01 < np.abs(audio.waveform).max() <= MAX_PEAK
        assert 0.8 < len(audio.waveform) / SYNTHESIS_RATE < 4.5


def test_a_clip_takes_less_than_20_ms() -> None:
    simulated = reader(subjects=3, samples_per_class=1)
    rows = simulated.samples().to_pylist()
    simulated.load(rows[0])
    start = time.process_time()
    for row in rows:
        simulated.load(row)
    assert (time.process_time() - start) / len(rows) < 0.02


@pytest.mark.parametrize("speaker", [MAN, WOMAN], ids=["man", "woman"])
@pytest.mark.parametrize("manner", [Manner(), Manner(f0=4, f0_range=0.8), Manner(f0=-2, breath=4, jitter=1)])
def test_f0_is_where_it_was_meant_to_be(speaker: Speaker, manner: Manner) -> None:
    librosa = pytest.importorskip("librosa")
    utterance, waveform = spoken(manner, speaker)
    vowels = [sound for sound in utterance.sounds if sound.kind == "vowel"]
    found, _, _ = librosa.pyin(
        np.pad(waveform, 512),
        fmin=60,
        fmax=600,
        sr=SYNTHESIS_RATE,
        frame_length=1024,
        hop_length=320,
        center=False,
    )
    time_s = np.arange(len(found)) * 0.02
    inside = np.any([(time_s > v.start_s + 0.03) & (time_s < v.end_s - 0.03) for v in vowels], axis=0)
    difference = np.abs(12 * np.log2(found / f0(utterance, speaker, time_s)))[inside]
    assert np.mean(np.isnan(difference)) < 0.2
    assert np.nanmedian(difference) < 0.15
    assert np.nanmax(difference) < 2


@pytest.mark.parametrize("scale", [1.0, 1.17])
@pytest.mark.parametrize("vowel", ["i", "e", "a", "o", "u"])
def test_formants_are_where_they_were_meant_to_be(vowel: str, scale: float) -> None:
    # A low voice shows the formants; linear prediction finds them (Markel and Gray 1976).
    speaker = Speaker(f0_hz=80.0, formant_scale=scale)
    utterance, waveform = spoken(Manner(rate=-1.0), speaker, sentence=f"ma s{vowel} s{vowel} s{vowel}")
    held = max((s for s in utterance.sounds if s.kind == "vowel" and s.name == vowel), key=lambda s: s.end_s)
    middle = waveform[round((held.start_s + 0.05) * SYNTHESIS_RATE) : round((held.end_s - 0.05) * SYNTHESIS_RATE)]
    formants = _formants(middle)
    for expected in FORMANTS_HZ[vowel][:2]:
        nearest = min(formants, key=lambda found: abs(found - scale * expected))
        assert nearest == pytest.approx(scale * expected, rel=0.1, abs=50)


def _formants(waveform: Any, order: int = 18) -> Sequence[float]:
    """Resonances by linear prediction of the pre-emphasised signal, Hz."""
    emphasised = np.append(waveform[0], waveform[1:] - 0.97 * waveform[:-1]) * np.hamming(len(waveform))
    correlation = np.correlate(emphasised, emphasised, "full")[len(emphasised) - 1 :][: order + 1]
    predictor = solve_toeplitz(correlation[:-1], correlation[1:])
    roots = np.roots(np.append(1, -predictor))
    frequency = np.angle(roots) * SYNTHESIS_RATE / (2 * np.pi)
    bandwidth = -np.log(np.abs(roots)) * SYNTHESIS_RATE / np.pi
    return sorted(frequency[(frequency > 100) & (bandwidth < 500)])


@pytest.mark.parametrize(
    ("changed", "feature", "sign"),
    [
        (Manner(level=6), "level_p90", 1),
        (Manner(f0=4), "f0_p50", 1),
        (Manner(f0_range=1), "f0_sd", 1),
        (Manner(rate=0.5), "speech_s", -1),
        (Manner(tilt=8), "alpha_p50", 1),
        (Manner(breath=18), "hnr_p50", -1),
        (Manner(jitter=2), "hnr_p50", -1),
        (Manner(pauses=2.5), "pause_share", 1),
    ],
)
def test_each_part_of_the_manner_is_heard(changed: Manner, feature: str, sign: int) -> None:
    index = voice.feature_names().index(feature)
    plain, other = (
        np.median([voice.describe([spoken(m, WOMAN, seed)[1]])[0, index] for seed in range(5)])
        for m in (Manner(), changed)
    )
    assert sign * (other - plain) > 0.1 * abs(plain)


def test_swap_shows_another_emotion_in_that_share_of_the_group_only() -> None:
    bias = Bias(attribute="sex", group="female", effect=0.4)
    simulated, plain = reader(subjects=30, bias=bias), reader(subjects=30)
    rows = simulated.samples().to_pylist()
    swapped = np.array([simulated.shown(row).label != row["label"] for row in rows])
    female = np.array([row["attr.sex"] == "female" for row in rows])
    assert not swapped[~female].any()
    # 210 draws: four standard errors.
    assert swapped[female].mean() == pytest.approx(0.4, abs=4 * np.sqrt(0.24 / female.sum()))
    for row, is_swapped in zip(rows[::29], swapped[::29], strict=True):
        same = np.array_equal(simulated.load(row).waveform, plain.load(row).waveform)
        assert same != is_swapped


def test_weaken_makes_the_group_sound_neutral() -> None:
    bias = Bias(attribute="sex", group="male", effect=1.0, mechanism="weaken")
    weak, plain = reader(subjects=4, bias=bias), reader(subjects=4)
    rows = [row for row in plain.samples().to_pylist() if row["label"] == "anger"]
    index = voice.feature_names().index("level_p90")
    for row in rows:
        louder = (
            voice.describe([plain.load(row).waveform])[0, index]
            - voice.describe([weak.load(row).waveform])[0, index]
        )
        assert (louder > 3) if row["attr.sex"] == "male" else (louder == 0)


def test_skin_tone_is_not_heard_and_sex_is() -> None:
    simulated = reader(subjects=2)
    row = simulated.samples().to_pylist()[0]
    assert row["attr.sex"] in ("female", "male")
    other_sex = {"female": "male", "male": "female"}[row["attr.sex"]]
    plain = simulated.load(row).waveform
    np.testing.assert_array_equal(simulated.load(row | {"attr.skin_tone": "monk_10"}).waveform, plain)
    assert not np.array_equal(simulated.load(row | {"attr.sex": other_sex}).waveform, plain)


def test_a_bias_for_nobody_is_an_error() -> None:
    with pytest.raises(HarnessError, match="nobody has"):
        reader(bias=Bias(attribute="sex", group="robot", effect=0.5)).samples()


@pytest.mark.parametrize("intensity", [(0.8, 0.2), (-0.1, 1.0), (0.5, 1.5), (0.5,)])
def test_intensities_out_of_order_are_refused(intensity: Any) -> None:
    with pytest.raises(ValidationError):
        SimulatedVoicesOptions(intensity=intensity)
