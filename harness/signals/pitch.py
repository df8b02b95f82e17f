"""Fundamental frequency by autocorrelation and a best path, for a batch of clips at once.

The method is Boersma's, as in Praat ("Accurate short-term analysis of the fundamental frequency and the
harmonics-to-noise ratio of a sampled sound", IFA Proceedings 17, 1993, 97-110): the autocorrelation of a
windowed frame is divided by that of the window; its highest peaks and "unvoiced" are the candidates of a frame;
dynamic programming chooses the path through the candidates with the greatest total strength less the costs of
jumps. Constants are Praat's, except for the range and the octave cost. It agrees with librosa's pYIN
(`tests/signals`) and takes a fiftieth of its time.

Shapes: B clips, T frames of the longest clip, F frames in all, K candidates, N samples of a frame, L lags.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import torch

from harness.signals.parallel_path import best_states

FLOOR_HZ = 70.0
CEILING_HZ = 600.0
NUM_CANDIDATES = 6
SILENCE_THRESHOLD = 0.03
VOICING_THRESHOLD = 0.45
OCTAVE_COST = 0.03
"""Per octave; Praat's is 0.01, which picks the octave below more often (compared with pYIN on RAVDESS)."""
OCTAVE_JUMP_COST = 0.35
VOICING_CHANGE_COST = 0.14
COST_STEP_S = 0.01
"""The costs of a path are stated for frames that are this far apart."""
FRAMES_AT_ONCE = 128
"""Of so many frames of a clip candidates are looked for at once on a processor."""
COSTS_AT_ONCE = 512
"""Of so many frames the costs are computed at once, which bounds the memory for long clips."""


@dataclass(frozen=True)
class Candidates:
    """What a frame's fundamental may be; the first candidate is "unvoiced".

    Attributes:
        frequency: Hz, 0 where unvoiced or absent, shape (F, K).
        strength: what a path adds up, shape (F, K); -inf where there is no candidate.
        correlation: height of the autocorrelation's peak, 0 to 1, shape (F, K).
    """

    frequency: torch.Tensor
    strength: torch.Tensor
    correlation: torch.Tensor


def candidates(frames_FN: torch.Tensor, peak: torch.Tensor, sample_rate: int) -> Candidates:
    """The strongest peaks of every frame's autocorrelation.

    Args:
        frames_FN: samples; three periods of `FLOOR_HZ` or longer.
        peak: the largest absolute sample of the clip that the frames belong to, a scalar; shape (F,) where they
            belong to several clips.
        sample_rate: Hz.
    """
    centred = frames_FN - frames_FN.mean(dim=1, keepdim=True)
    loudness = centred.abs().amax(dim=1) / peak.clamp_min(torch.finfo(peak.dtype).tiny)
    unvoiced = VOICING_THRESHOLD + (2 - loudness / (SILENCE_THRESHOLD / (1 + VOICING_THRESHOLD))).clamp_min(0.0)
    lag, height, strength = _peaks(_normalised_autocorrelation(centred, sample_rate), sample_rate)
    present = strength > -math.inf
    none = torch.zeros_like(unvoiced)[:, None]
    return Candidates(
        frequency=torch.cat([none, torch.where(present, sample_rate / lag, 0.0)], dim=1),
        strength=torch.cat([unvoiced[:, None], strength], dim=1),
        correlation=torch.cat([none, torch.where(present, height, 0.0)], dim=1),
    )


def candidates_of_clip(frames_FN: torch.Tensor, peak: torch.Tensor, sample_rate: int) -> Candidates:
    """What `candidates` gives, of some frames after the others: arrays stay in the cache, and memory is reused."""
    return concatenate([candidates(part, peak, sample_rate) for part in torch.split(frames_FN, FRAMES_AT_ONCE)])


def concatenate(parts: Sequence[Candidates]) -> Candidates:
    """The candidates of all frames, from those of chunks of frames."""
    return Candidates(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Candidates)))


def best_path(
    candidates: Candidates, is_frame_BT: torch.Tensor, hop_s: float, *, at_once: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Choose one candidate per frame (Viterbi).

    Args:
        candidates: the frames of all clips, one clip after the other.
        is_frame_BT: False for padding. A clip's own frames come first; there is at least one per clip.
        hop_s: seconds from frame to frame.
        at_once: in few calls that are large, for a GPU (`harness.signals.parallel_path`).

    Returns:
        Frequency in Hz and height of the autocorrelation (0 to 1), shape (B, T), NaN for unvoiced frames and
        padding.
    """
    frequency_BTK = _padded(candidates.frequency, is_frame_BT, 0.0)
    strength_BTK = _padded(candidates.strength, is_frame_BT, 0.0)
    choose = _chosen_at_once if at_once else _viterbi
    choice_BT = choose(frequency_BTK, strength_BTK, is_frame_BT, COST_STEP_S / hop_s)[..., None]
    frequency_BT = frequency_BTK.gather(2, choice_BT)[..., 0]
    correlation_BT = _padded(candidates.correlation, is_frame_BT, 0.0).gather(2, choice_BT)[..., 0]
    voiced_BT = (frequency_BT > 0) & is_frame_BT
    nan = math.nan
    return torch.where(voiced_BT, frequency_BT, nan), torch.where(voiced_BT, correlation_BT, nan)


def _normalised_autocorrelation(frames_FN: torch.Tensor, sample_rate: int) -> torch.Tensor:
    """Autocorrelation at lags 0 to one beyond the longest period, divided by the window's own (Boersma eq. 9)."""
    length = frames_FN.shape[1]
    num_lags = math.ceil(sample_rate / FLOOR_HZ) + 2
    window_N = torch.hann_window(length, periodic=False, dtype=frames_FN.dtype, device=frames_FN.device)
    num_fft = 1 << (length + num_lags - 1).bit_length()

    def correlate(signal: torch.Tensor) -> torch.Tensor:
        spectrum: torch.Tensor = torch.fft.rfft(signal, num_fft)
        product = torch.fft.irfft(spectrum.real.square().add_(spectrum.imag.square()), num_fft)[..., :num_lags]
        normalised: torch.Tensor = product / product[..., :1].clamp_min(torch.finfo(product.dtype).tiny)
        return normalised

    return correlate(frames_FN * window_N) / correlate(window_N)


def _peaks(correlation_FL: torch.Tensor, sample_rate: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The strongest local maxima within the range: lag in samples, height and strength, each (F, K - 1).

    Strength is height less the octave cost, which favours the shortest of the multiples of a period; -inf: no
    peak.
    """
    first = max(1, math.ceil(sample_rate / CEILING_HZ))
    before, here, after = (
        correlation_FL[:, first - 1 : -2],
        correlation_FL[:, first:-1],
        correlation_FL[:, first + 1 :],
    )
    is_peak = (here > before) & (here >= after) & (here > 0.5 * VOICING_THRESHOLD)
    # A parabola through the peak and its neighbours; heights over 1 are artefacts of the division (as in Praat).
    shift = 0.5 * (after - before) / (2 * here - before - after).clamp_min(1e-12)
    height = here + 0.25 * (after - before) * shift
    height = torch.where(height > 1, 1 / height, height)
    lag = first + torch.arange(here.shape[1], device=here.device) + shift
    octaves = torch.log2((FLOOR_HZ / sample_rate) * lag.clamp_min(1.0))
    strength = torch.where(is_peak, height - OCTAVE_COST * octaves, -math.inf)
    strongest, index = strength.topk(NUM_CANDIDATES - 1, dim=1)
    return lag.gather(1, index), height.gather(1, index), strongest


def _viterbi(
    frequency_BTK: torch.Tensor, strength_BTK: torch.Tensor, is_frame_BT: torch.Tensor, cost_scale: float
) -> torch.Tensor:
    """Frame by frame in NumPy, a call of which takes a fraction of torch's time where arrays are this small."""
    num_clips, num_frames, num_candidates = frequency_BTK.shape
    strength_TBK = strength_BTK.transpose(0, 1).cpu().numpy()
    exists_TB1 = is_frame_BT.T[..., None].cpu().numpy()
    stay_K = np.arange(num_candidates)
    pointer_TBK = np.empty((num_frames, num_clips, num_candidates), np.int64)
    score_BK = strength_TBK[0]
    for t, cost_BKK in enumerate(_costs_by_frame(frequency_BTK, cost_scale), start=1):
        total_BKK = score_BK[:, None] - cost_BKK
        pointer_BK = total_BKK.argmax(axis=2)
        # After a clip's end nothing changes, so that backtracking starts at the clip's own last frame.
        pointer_TBK[t] = np.where(exists_TB1[t], pointer_BK, stay_K)
        score_BK = np.where(exists_TB1[t], total_BKK.max(axis=2) + strength_TBK[t], score_BK)
    clip_B = np.arange(num_clips)
    state_TB = np.empty((num_frames, num_clips), np.int64)
    state_TB[-1] = score_BK.argmax(axis=1)
    for t in range(num_frames - 1, 0, -1):
        state_TB[t - 1] = pointer_TBK[t, clip_B, state_TB[t]]
    return torch.from_numpy(state_TB.T).to(frequency_BTK.device)


def _costs_by_frame(frequency_BTK: torch.Tensor, cost_scale: float) -> Iterator[npt.NDArray[np.float64]]:
    """Of every frame but the first what it costs to come to each candidate from each one before: (B, K, K)."""
    for start in range(0, frequency_BTK.shape[1] - 1, COSTS_AT_ONCE):
        cost_BTKK = _costs(frequency_BTK[:, start : start + COSTS_AT_ONCE + 1], cost_scale)
        yield from cost_BTKK.permute(1, 0, 3, 2).contiguous().cpu().numpy()


def _chosen_at_once(
    frequency_BTK: torch.Tensor, strength_BTK: torch.Tensor, is_frame_BT: torch.Tensor, cost_scale: float
) -> torch.Tensor:
    return best_states(strength_BTK, _costs(frequency_BTK, cost_scale), is_frame_BT)


def _costs(frequency_BTK: torch.Tensor, cost_scale: float) -> torch.Tensor:
    """What it costs to go from each candidate of a frame to each of the next: (B, T - 1, K, K)."""
    octave_BTK = torch.log2(frequency_BTK.clamp_min(1.0))
    voiced_BTK = frequency_BTK > 0
    jump = (octave_BTK[:, :-1, :, None] - octave_BTK[:, 1:, None, :]).abs() * OCTAVE_JUMP_COST
    changes = voiced_BTK[:, :-1, :, None] != voiced_BTK[:, 1:, None, :]
    return torch.where(changes, VOICING_CHANGE_COST, jump) * cost_scale


def _padded(values_FK: torch.Tensor, is_frame_BT: torch.Tensor, fill: float) -> torch.Tensor:
    padded = values_FK.new_full((*is_frame_BT.shape, values_FK.shape[1]), fill)
    padded[is_frame_BT] = values_FK
    return padded
