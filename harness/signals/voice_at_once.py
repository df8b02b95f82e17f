"""The frames of all clips of a batch described together, for a GPU.

A GPU is idle while it is told what to do next, and clip by clip it is told much more often. Here the clips lie one
after another, frames are taken from where they begin, and there are as many calls for a hundred clips as for one.
On a processor, chunks of one clip that fit into its cache are faster (`harness.signals.voice`).

Shapes: B clips, F frames of all clips, T frames of the longest clip, S samples of a frame, W windows (one more per
clip than frames), N samples of all clips, D descriptors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from harness.arrays import Ints
from harness.signals import pitch, voice_frames
from harness.signals.voice_frames import FRAME, HOP, SAMPLE_RATE

MOST_FRAMES = 16_384
"""So many frames are described at once, which takes about a gigabyte: three minutes of speech."""


@dataclass(frozen=True)
class Frames:
    """Where the frames of a batch are.

    Attributes:
        clip: to which clip a frame belongs, shape (F,).
        place: which of its frames it is, shape (F,).
        begin: its first sample among those of all clips, shape (F,).
        num_clips: B.
    """

    clip: Ints
    place: Ints
    begin: Ints
    num_clips: int

    @classmethod
    def of(cls, lengths_B: Ints) -> Frames:
        """The frames of clips of these lengths, one clip after another."""
        num_B = np.array([voice_frames.num_frames(length) for length in lengths_B.tolist()])
        clip_F = np.repeat(np.arange(len(num_B)), num_B)
        place_F = np.arange(len(clip_F)) - np.repeat(np.cumsum(num_B) - num_B, num_B)
        first_B = np.cumsum(lengths_B) - lengths_B
        return cls(clip_F, place_F, first_B[clip_F] + HOP * place_F, len(num_B))

    def padded(self, values_FD: torch.Tensor) -> torch.Tensor:
        """Values of frames in the places of their clips, then NaN: (B, T, D)."""
        shape = (self.num_clips, int(self.place.max()) + 1, values_FD.shape[1])
        padded = values_FD.new_full(shape, math.nan)
        clip, place = (torch.as_tensor(index).to(values_FD.device) for index in (self.clip, self.place))
        padded[clip, place] = values_FD
        return padded

    def exist(self, device: str) -> torch.Tensor:
        """Where a clip has a frame, bool, shape (B, T)."""
        num_B = torch.as_tensor(np.bincount(self.clip, minlength=self.num_clips)).to(device)
        return torch.arange(int(self.place.max()) + 1, device=device) < num_B[:, None]


def framewise(
    waveforms: Sequence[npt.NDArray[Any]], device: str
) -> tuple[Frames, dict[str, torch.Tensor], pitch.Candidates]:
    """The descriptors of `voice_frames.describe` by name, shape (F,), and the candidates for F0 of every frame.

    Args:
        waveforms: each at least `voice_frames.FRAME` samples long.
        device: where torch computes.
    """
    lengths_B = np.array([len(waveform) for waveform in waveforms])
    frames = Frames.of(lengths_B)
    all_N = np.concatenate(waveforms)
    peak_B = np.maximum.reduceat(np.abs(all_N), np.cumsum(lengths_B) - lengths_B)
    samples_N = torch.as_tensor(all_N).to(device).double()
    peak_F = torch.as_tensor(peak_B[frames.clip]).to(device).double()
    tables, candidates = [], []
    for part in _parts(len(frames.clip)):
        frames_FS = _taken(samples_N, frames.begin[part], FRAME)
        tables.append(_described(samples_N, frames_FS, frames, part))
        candidates.append(pitch.candidates(frames_FS, peak_F[part], SAMPLE_RATE))
    return frames, _joined(tables), pitch.concatenate(candidates)


def _parts(num_frames: int) -> Iterator[slice]:
    for start in range(0, num_frames, MOST_FRAMES):
        yield slice(start, min(start + MOST_FRAMES, num_frames))


def _described(
    samples_N: torch.Tensor, frames_FS: torch.Tensor, frames: Frames, part: slice
) -> dict[str, torch.Tensor]:
    """Some of the frames. Their windows are theirs, and one before where a clip or this part begins."""
    begin_F = frames.begin[part]
    begins_F = frames.place[part] == 0
    begins_F[:1] = True
    own_F = np.arange(len(begin_F)) + np.cumsum(begins_F)
    begin_W = np.empty(own_F[-1] + 1, np.int64)
    begin_W[own_F] = begin_F + HOP
    begin_W[own_F[begins_F] - 1] = begin_F[begins_F]
    windows_W = _taken(samples_N, begin_W, voice_frames.SPECTRAL_WINDOW)
    own = torch.as_tensor(own_F).to(samples_N.device)
    return voice_frames.described(voice_frames.power_of_windows(windows_W), frames_FS, own, own - 1)


def _taken(samples_N: torch.Tensor, begin: Ints, length: int) -> torch.Tensor:
    """The samples from each of some places on: (len(begin), length)."""
    return samples_N.unfold(0, length, 1)[torch.as_tensor(begin).to(samples_N.device)]


def _joined(tables: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    return {name: torch.cat([table[name] for table in tables]) for name in tables[0]}
