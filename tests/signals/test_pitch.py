"""F0 of vowels whose F0 is known, and beside pYIN (Mauch & Dixon 2014) as librosa has it.

Ours decides for itself: it takes a fiftieth of pYIN's time and runs over a batch. pYIN is the second opinion.
"""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf
import torch
from scipy.signal import lfilter

from harness.signals import pitch, voice_frames
from harness.signals.voice_frames import FRAME, HOP, SAMPLE_RATE

Waveform = npt.NDArray[np.float64]
HOP_S = HOP / SAMPLE_RATE
PYIN_FRAME = 1_024
FORMANTS_HZ = {"a": (730, 1_090, 2_440), "i": (270, 2_290, 3_010), "u": (300, 870, 2_240)}
"""Of men (Peterson & Barney 1952, table II)."""


def found_f0(waveform: Waveform) -> Waveform:
    """Hz per frame, NaN where unvoiced."""
    frames = voice_frames.frames(torch.from_numpy(waveform))
    candidates = pitch.candidates(frames, torch.as_tensor(np.abs(waveform).max()), SAMPLE_RATE)
    frequency, _ = pitch.best_path(candidates, torch.ones(1, len(frames), dtype=torch.bool), HOP_S)
    return frequency[0].numpy()


def pyin_f0(waveform: Waveform) -> Waveform:
    """The same by librosa, its longer frames around the centres of ours; it answers in steps of 0.1 semitones."""
    frequency, _, _ = librosa.pyin(
        np.pad(waveform, (PYIN_FRAME - FRAME) // 2),
        fmin=pitch.FLOOR_HZ,
        fmax=pitch.CEILING_HZ,
        sr=SAMPLE_RATE,
        frame_length=PYIN_FRAME,
        hop_length=HOP,
        center=False,
    )
    return np.asarray(frequency)


def vowel(f0_hz: Waveform, formants_hz: tuple[int, ...]) -> Waveform:
    """A source that falls by 12 dB per octave, through one resonator of 80 Hz per formant."""
    phase = np.cumsum(f0_hz) / SAMPLE_RATE
    numbers = np.arange(1, int(SAMPLE_RATE / 2 / f0_hz.max()))
    wave = sum((np.sin(2 * np.pi * k * phase) / k**2 for k in numbers), np.zeros_like(phase))
    for formant_hz in formants_hz:
        radius, angle = np.exp(-np.pi * 80 / SAMPLE_RATE), 2 * np.pi * formant_hz / SAMPLE_RATE
        wave = lfilter([1.0], [1.0, -2 * radius * np.cos(angle), radius**2], wave)
    return 0.5 * wave / np.abs(wave).max()


def contour(start_hz: float) -> Waveform:
    """0.6 s that rise by four semitones and fall again."""
    seconds = np.arange(round(0.6 * SAMPLE_RATE)) / SAMPLE_RATE
    return start_hz * 2 ** (np.sin(np.pi * seconds / 0.6) * 4 / 12)


def semitones(ratio: Waveform) -> Waveform:
    return np.abs(12 * np.log2(ratio))


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMANTS_HZ)
@pytest.mark.parametrize("start_hz", [85.0, 130.0, 220.0, 330.0])
def test_f0_of_a_vowel_is_that_of_its_source_and_that_of_pyin(name: str, start_hz: float) -> None:
    truth_hz = contour(start_hz)
    rng = np.random.default_rng(0)
    waveform = vowel(truth_hz, FORMANTS_HZ[name]) + 0.002 * rng.normal(size=len(truth_hz))
    found, reference = found_f0(waveform), pyin_f0(waveform)[: voice_frames.num_frames(len(waveform))]
    truth = truth_hz[FRAME // 2 + HOP * np.arange(len(found))]
    assert not np.isnan(found).any()
    assert np.median(semitones(found / truth)) < 0.1
    assert np.max(semitones(found / truth)) < 0.5
    both = ~np.isnan(reference)
    assert both.mean() > 0.8
    assert np.median(semitones(found / reference)[both]) < 0.15
    assert np.mean(semitones(found / reference)[both] < 0.5) > 0.95


@pytest.mark.slow
def test_f0_agrees_with_pyin_on_real_speech(shared_data: Path) -> None:
    """Six clips: the same decision on voicing in 80 % of frames; within 2 semitones in 95 % of those voiced."""
    difference, same_voicing = [], []
    for file in sorted((shared_data / "ravdess").glob("*/*.wav"))[7::80]:
        waveform = sf.read(file)[0]
        found, reference = found_f0(waveform), pyin_f0(waveform)
        reference = reference[: len(found)]
        same_voicing.append(np.isnan(found) == np.isnan(reference))
        difference.append(semitones(found / reference))
    distance = np.concatenate(difference)
    distance = distance[~np.isnan(distance)]
    assert len(distance) > 150
    # pYIN itself answers in steps of 0.1 semitones.
    assert np.median(distance) < 0.2
    assert np.mean(distance > 2) < 0.05
    assert np.mean(np.concatenate(same_voicing)) > 0.8


def test_noise_and_silence_are_unvoiced() -> None:
    noise = 0.05 * np.random.default_rng(0).normal(size=SAMPLE_RATE)
    assert np.isnan(found_f0(noise)).mean() > 0.95
    assert np.isnan(found_f0(np.zeros(SAMPLE_RATE))).all()


def test_the_path_keeps_to_the_octave_that_its_neighbours_have() -> None:
    # Frame by frame the octave below is a little stronger in the middle; the jump there and back costs more.
    frequency = torch.tensor([[0.0, 200.0, 100.0]] * 5, dtype=torch.float64)
    strength = torch.tensor([[0.4, 0.9, 0.6]] * 5, dtype=torch.float64)
    strength[2] = torch.tensor([0.4, 0.8, 0.85])
    candidates = pitch.Candidates(frequency, strength, strength)
    found, height = pitch.best_path(candidates, torch.ones(1, 5, dtype=torch.bool), pitch.COST_STEP_S)
    assert found[0].tolist() == [200.0] * 5
    assert height[0].tolist() == pytest.approx([0.9, 0.9, 0.8, 0.9, 0.9])
    # Two jumps of 0.35 each: 3.75 in sum, against 3.70 for 200 Hz throughout and 3.25 for 100 Hz.
    strength[2] = torch.tensor([0.4, 0.1, 0.85])
    found, _ = pitch.best_path(candidates, torch.ones(1, 5, dtype=torch.bool), pitch.COST_STEP_S)
    assert found[0].tolist() == [200.0, 200.0, 100.0, 200.0, 200.0]


def test_candidates_and_costs_in_pieces_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = np.arange(FRAME + 40 * HOP) / SAMPLE_RATE
    voice = np.sin(2 * np.pi * 150 * (1 + seconds) * seconds) + 0.3 * np.random.default_rng(4).normal(
        size=len(seconds)
    )
    clips = [torch.from_numpy(voice[: FRAME + HOP * more]) for more in (40, 0, 17)]
    frames = [voice_frames.frames(clip) for clip in clips]
    whole = [pitch.candidates(of_clip, of_clip.abs().amax(), SAMPLE_RATE) for of_clip in frames]
    num_B = torch.tensor([len(of_clip) for of_clip in frames])
    is_frame_BT = torch.arange(int(num_B.max())) < num_B[:, None]
    path = pitch.best_path(pitch.concatenate(whole), is_frame_BT, HOP_S)
    assert path[0].isfinite().any()
    for size in (1, 7, 40):
        monkeypatch.setattr(pitch, "FRAMES_AT_ONCE", size)
        monkeypatch.setattr(pitch, "COSTS_AT_ONCE", size)
        parts = [pitch.candidates_of_clip(of_clip, of_clip.abs().amax(), SAMPLE_RATE) for of_clip in frames]
        for found, expected in zip(parts, whole, strict=True):
            assert torch.equal(found.strength, expected.strength)
            assert torch.equal(found.frequency, expected.frequency)
        for found_BT, expected_BT in zip(
            pitch.best_path(pitch.concatenate(parts), is_frame_BT, HOP_S), path, strict=True
        ):
            assert torch.equal(found_BT.nan_to_num(-1.0), expected_BT.nan_to_num(-1.0))
