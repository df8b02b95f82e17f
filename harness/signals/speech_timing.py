"""The timing of speech: activity, pauses and syllable rate, for a batch of clips.

Shapes: B clips, T frames of the longest clip.
"""

from __future__ import annotations

import math

import torch
from torch.nn.functional import avg_pool1d, pad

ACTIVE_RANGE_DB = 30.0
LOUD_SHARE = 0.95
"""A frame is active where its level is at most `ACTIVE_RANGE_DB` below this quantile of the clip's levels."""
MIN_PAUSE_S = 0.15
NUCLEUS_SMOOTHING_S = 0.07
NUCLEUS_REACH_S = 0.1
NUCLEUS_DIP_S = 0.2
NUCLEUS_DIP_DB = 2.0
"""A syllable nucleus is the loudest frame within `NUCLEUS_REACH_S` on both sides, after a dip of the level."""
SILENCE_DB = -200.0


def activity(level_BT: torch.Tensor) -> torch.Tensor:
    """Which frames contain sound, bool; False for padding.

    Args:
        level_BT: dB, NaN where there is no frame.
    """
    last_B = (~level_BT.isnan()).sum(dim=1, keepdim=True) - 1
    loud_B = level_BT.sort(dim=1).values.gather(1, (LOUD_SHARE * last_B).long())
    return level_BT >= loud_B - ACTIVE_RANGE_DB


def pauses(active_BT: torch.Tensor, hop_s: float) -> dict[str, torch.Tensor]:
    """Silences of at least `MIN_PAUSE_S` between the first and the last active frame, each of shape (B,).

    ``speech_s`` (from the first to the last active frame), ``pauses_per_s``, ``pause_mean_s`` (0 without a pause)
    and ``pause_share`` of the speech's length.
    """
    spoken_BT = (active_BT.cumsum(dim=1) > 0) & (active_BT.flip(1).cumsum(dim=1).flip(1) > 0)
    length_BT = run_lengths(spoken_BT & ~active_BT)
    is_pause = length_BT >= math.ceil(MIN_PAUSE_S / hop_s - 1e-9)
    speech_s = spoken_BT.sum(dim=1).double() * hop_s
    number = is_pause.sum(dim=1)
    paused_s = (length_BT * is_pause).sum(dim=1).double() * hop_s
    return {
        "speech_s": speech_s,
        "pauses_per_s": number / speech_s,
        "pause_mean_s": paused_s / number.clamp_min(1),
        "pause_share": paused_s / speech_s,
    }


def num_nuclei(level_BT: torch.Tensor, active_BT: torch.Tensor, hop_s: float) -> torch.Tensor:
    """The number of syllable nuclei in the level, shape (B,).

    After de Jong and Wempe (2009, doi:10.3758/BRM.41.2.385), without their test of voicing.

    Args:
        level_BT: dB, NaN where there is no frame.
        active_BT: see `activity`.
        hop_s: seconds from frame to frame.
    """
    smooth_BT = _smoothed(level_BT, round(NUCLEUS_SMOOTHING_S / hop_s) // 2)
    num_frames = round(NUCLEUS_REACH_S / hop_s)
    before, longer_before = (
        pad(smooth_BT[:, :-1], (frames, 0), value=SILENCE_DB).unfold(1, frames, 1)
        for frames in (num_frames, round(NUCLEUS_DIP_S / hop_s))
    )
    after = pad(smooth_BT, (0, num_frames), value=SILENCE_DB).unfold(1, num_frames + 1, 1)
    # Only the first frame of a plateau counts.
    is_peak = (smooth_BT > before.amax(dim=2)) & (smooth_BT >= after.amax(dim=2))
    behind_dip = smooth_BT - longer_before.amin(dim=2) >= NUCLEUS_DIP_DB
    return (is_peak & behind_dip & active_BT).sum(dim=1)


def run_lengths(flags_BT: torch.Tensor) -> torch.Tensor:
    """At the first frame of every run of true values its length, elsewhere 0; int64, shape (B, T)."""
    num_frames = flags_BT.shape[1]
    index_T = torch.arange(num_frames, device=flags_BT.device)
    next_false_BT = torch.where(flags_BT, num_frames, index_T).flip(1).cummin(dim=1).values.flip(1)
    is_first = flags_BT & ~pad(flags_BT, (1, 0))[:, :-1]
    return torch.where(is_first, next_false_BT - index_T, 0)


def _smoothed(level_BT: torch.Tensor, half: int) -> torch.Tensor:
    """A moving average over the frames that exist; `SILENCE_DB` at padding."""
    exists = ~level_BT.isnan()
    total, number = (
        avg_pool1d(values[:, None], 2 * half + 1, stride=1, padding=half)[:, 0]
        for values in (torch.where(exists, level_BT, 0.0), exists.to(level_BT.dtype))
    )
    return torch.where(exists, total / number, SILENCE_DB)
