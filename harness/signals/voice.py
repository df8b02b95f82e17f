"""Describes a voice by a fixed number of features: functionals of descriptors per frame.

Frames are described clip by clip, on a GPU those of all clips of a batch at once; F0 tracking and functionals are
computed for all clips at once in any case, and leave padding out. All arithmetic is in float64: thresholds decide
whether a candidate is chosen for F0, or a gap is a pause, and rounding errors must not.

Shapes: B clips, F frames of all clips, T frames of the longest clip, D descriptors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch

from harness.signals import pitch, speech_timing, voice_frames
from harness.signals.functionals import FUNCTIONALS, functionals
from harness.signals.voice_at_once import framewise
from harness.signals.voice_frames import FRAME, HOP, NUM_MFCC, SAMPLE_RATE, SPECTRAL_SHAPE

VoiceFeatureGroup = Literal["energy", "f0", "mfcc", "spectral", "voicing", "pauses"]
GROUPS: tuple[VoiceFeatureGroup, ...] = get_args(VoiceFeatureGroup)

HOP_S = HOP / SAMPLE_RATE
SEMITONE_REFERENCE_HZ = 27.5
"""F0 is measured in semitones above this frequency, as in eGeMAPS."""
MAX_HARMONICITY = 1 - 1e-4
"""Higher autocorrelations are lowered to this, which limits the harmonics-to-noise ratio to 40 dB."""
CHUNK_FRAMES = 512
"""Frames are described in chunks, which fit into the processor's cache and bound the memory for long clips."""
CHANGE_REACH = 2
"""The change of a descriptor is the difference between the frames this far before and after."""

_MFCC = tuple(f"mfcc{i}" for i in range(NUM_MFCC))
_DESCRIPTORS: dict[VoiceFeatureGroup, tuple[str, ...]] = {
    "energy": ("level", "level_change"),
    "f0": ("f0", "f0_change"),
    "mfcc": (*_MFCC, *(f"{name}_change" for name in _MFCC)),
    "spectral": SPECTRAL_SHAPE,
    "voicing": ("hnr",),
}
_TIMING: dict[VoiceFeatureGroup, tuple[str, ...]] = {
    "voicing": ("voiced_share", "voiced_segments_per_s", "voiced_segment_mean_s"),
    "pauses": ("speech_s", "nuclei_per_s", "pauses_per_s", "pause_mean_s", "pause_share"),
}


def feature_names(groups: Sequence[VoiceFeatureGroup] = GROUPS) -> list[str]:
    """The names of the features, in the order of `describe`."""
    names: list[str] = []
    for group in groups:
        names += [f"{name}_{functional}" for name in _DESCRIPTORS.get(group, ()) for functional in FUNCTIONALS]
        names += _TIMING.get(group, ())
    return names


def describe(
    waveforms: Sequence[npt.NDArray[Any]],
    groups: Sequence[VoiceFeatureGroup] = GROUPS,
    device: str = "cpu",
    *,
    at_once: bool | None = None,
) -> npt.NDArray[np.float64]:
    """Describe clips.

    Args:
        waveforms: mono in [-1, 1], at `SAMPLE_RATE`, each at least `voice_frames.FRAME` samples long.
        groups: which features.
        device: where torch computes.
        at_once: whether the frames of all clips are described together, in as many calls for a hundred clips as
            for one (`harness.signals.voice_at_once`), which differs by rounding; None: on a GPU. A processor is
            faster clip by clip.

    Returns:
        Shape (B, len(feature_names(groups))); NaN where a feature is undefined for a clip, such as the F0 of a
        clip without voice.
    """
    if at_once is None:
        at_once = torch.device(device).type != "cpu"
    descriptors = _at_once(waveforms, device) if at_once else _clip_by_clip(waveforms, device)
    active_BT = speech_timing.activity(descriptors["level"])
    timing = _timing(descriptors, active_BT)
    summarised = [group for group in groups if group in _DESCRIPTORS]
    summaries: dict[VoiceFeatureGroup, torch.Tensor] = {}
    for together in [summarised] if at_once and summarised else [[group] for group in summarised]:
        summaries |= _summarised(descriptors, active_BT, together)
    parts = []
    for group in groups:
        parts += [summaries[group]] if group in summaries else []
        parts += [timing[name][:, None] for name in _TIMING.get(group, ())]
    return np.asarray(torch.cat(parts, dim=1).cpu().numpy())


def _clip_by_clip(waveforms: Sequence[npt.NDArray[Any]], device: str) -> dict[str, torch.Tensor]:
    """All descriptors by name, each of shape (B, T); NaN for padding and where a descriptor is undefined."""
    clips = [torch.as_tensor(waveform, device=device).double() for waveform in waveforms]
    num_frames_B = torch.tensor([voice_frames.num_frames(len(clip)) for clip in clips], device=device)
    is_frame_BT = torch.arange(int(num_frames_B.max()), device=device) < num_frames_B[:, None]
    tables, candidates = [], []
    for clip in clips:
        peak = clip.abs().amax()
        for chunk in _chunks(clip):
            tables.append(voice_frames.describe(chunk))
            candidates.append(pitch.candidates_of_clip(voice_frames.frames(chunk), peak, SAMPLE_RATE))
    descriptors = {name: _padded(torch.cat([table[name] for table in tables]), is_frame_BT) for name in tables[0]}
    return descriptors | _of_paths(descriptors, pitch.best_path(pitch.concatenate(candidates), is_frame_BT, HOP_S))


def _at_once(waveforms: Sequence[npt.NDArray[Any]], device: str) -> dict[str, torch.Tensor]:
    """The same as `_clip_by_clip`."""
    frames, table, candidates = framewise(waveforms, device)
    values_BTD = frames.padded(torch.stack(list(table.values()), dim=1))
    descriptors = dict(zip(table, values_BTD.unbind(dim=2), strict=True))
    path = pitch.best_path(candidates, frames.exist(device), HOP_S, at_once=True)
    return descriptors | _of_paths(descriptors, path)


def _of_paths(
    descriptors: dict[str, torch.Tensor], path: tuple[torch.Tensor, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """The descriptors that follow from the path of F0, and the changes of descriptors."""
    frequency_BT, harmonicity_BT = path
    bounded = harmonicity_BT.clamp_max(MAX_HARMONICITY)
    found = {
        "f0": 12 * (frequency_BT / SEMITONE_REFERENCE_HZ).log2(),
        "hnr": 10 * (bounded / (1 - bounded)).log10(),
    }
    values = descriptors | found
    changing = ("level", "f0", *_MFCC)
    changes_DBT = _change(torch.stack([values[name] for name in changing]))
    return found | {f"{name}_change": change_BT for name, change_BT in zip(changing, changes_DBT, strict=True)}


def _summarised(
    descriptors: dict[str, torch.Tensor], active_BT: torch.Tensor, groups: Sequence[VoiceFeatureGroup]
) -> dict[VoiceFeatureGroup, torch.Tensor]:
    """The functionals of each group over the active frames, shape (B, D * len(FUNCTIONALS))."""
    values_BTD = torch.stack([descriptors[name] for group in groups for name in _DESCRIPTORS[group]], dim=-1)
    found = functionals(torch.where(active_BT[..., None], values_BTD, math.nan), HOP_S)
    ends = np.cumsum([len(_DESCRIPTORS[group]) for group in groups]).tolist()
    of_groups = found.tensor_split(ends[:-1], dim=1)
    return {group: summary.flatten(1) for group, summary in zip(groups, of_groups, strict=True)}


def _chunks(clip: torch.Tensor) -> Iterator[torch.Tensor]:
    """The samples of `CHUNK_FRAMES` frames at a time; the last chunk holds the rest."""
    step = CHUNK_FRAMES * HOP
    for start in range(0, voice_frames.num_frames(len(clip)) * HOP, step):
        yield clip[start : start + step - HOP + FRAME]


def _timing(descriptors: dict[str, torch.Tensor], active_BT: torch.Tensor) -> dict[str, torch.Tensor]:
    """How voice, sound and silence alternate, each of shape (B,)."""
    voiced_BT = active_BT & ~descriptors["f0"].isnan()
    num_active, num_voiced = active_BT.sum(dim=1), voiced_BT.sum(dim=1)
    num_segments = (speech_timing.run_lengths(voiced_BT) > 0).sum(dim=1)
    pauses = speech_timing.pauses(active_BT, HOP_S)
    nuclei = speech_timing.num_nuclei(descriptors["level"], active_BT, HOP_S)
    return pauses | {
        "nuclei_per_s": nuclei / pauses["speech_s"],
        "voiced_share": num_voiced.double() / num_active,
        "voiced_segments_per_s": num_segments / pauses["speech_s"],
        "voiced_segment_mean_s": num_voiced.double() * HOP_S / num_segments.clamp_min(1),
    }


def _change(values_DBT: torch.Tensor) -> torch.Tensor:
    """Change per second, from the frames on both sides; NaN where one of them is missing."""
    step = CHANGE_REACH
    difference = torch.full_like(values_DBT, math.nan)
    difference[..., step:-step] = values_DBT[..., 2 * step :] - values_DBT[..., : -2 * step]
    return difference / (2 * step * HOP_S)


def _padded(values_F: torch.Tensor, is_frame_BT: torch.Tensor) -> torch.Tensor:
    padded = values_F.new_full(is_frame_BT.shape, math.nan)
    padded[is_frame_BT] = values_F
    return padded
