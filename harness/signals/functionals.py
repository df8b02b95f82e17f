"""Summary statistics of a descriptor over the frames of a clip, for a batch of clips. NaN frames are left out.

Shapes: B clips, T frames of the longest clip, D descriptors.
"""

from __future__ import annotations

import torch

FUNCTIONALS = ("mean", "sd", "p10", "p50", "p90", "range", "slope")
"""`range` is from the 10th to the 90th percentile, `slope` is the least-squares line's, per second."""


def functionals(values_BTD: torch.Tensor, hop_s: float) -> torch.Tensor:
    """Shape (B, D, len(FUNCTIONALS)); NaN if all frames are NaN.

    Args:
        values_BTD: NaN where a frame does not exist or the descriptor is undefined.
        hop_s: seconds from frame to frame.
    """
    counts = ~values_BTD.isnan()
    num_BD = counts.sum(dim=1)
    mean_BD = values_BTD.nanmean(dim=1)
    centred = torch.where(counts, values_BTD - mean_BD[:, None], 0.0)
    p10, p50, p90 = _percentiles(values_BTD, num_BD, (0.1, 0.5, 0.9))
    return torch.stack(
        [
            mean_BD,
            (centred.square().sum(dim=1) / num_BD).sqrt(),
            p10,
            p50,
            p90,
            p90 - p10,
            _slope(centred, counts, num_BD, hop_s),
        ],
        dim=-1,
    )


def _percentiles(values_BTD: torch.Tensor, num_BD: torch.Tensor, shares: tuple[float, ...]) -> list[torch.Tensor]:
    """Interpolated linearly between order statistics, as in numpy; `torch.nanquantile` refuses large batches."""
    ordered = values_BTD.sort(dim=1).values  # sorts NaN last
    last = (num_BD - 1).clamp_min(0)
    found = []
    for share in shares:
        position = share * last.to(values_BTD.dtype)
        low = position.floor().long()
        high = torch.minimum(low + 1, last)
        below, above = (ordered.gather(1, index[:, None])[:, 0] for index in (low, high))
        found.append(below + (above - below) * (position - low))
    return found


def _slope(centred: torch.Tensor, counts: torch.Tensor, num_BD: torch.Tensor, hop_s: float) -> torch.Tensor:
    time_T = torch.arange(centred.shape[1], dtype=centred.dtype, device=centred.device)[None, :, None] * hop_s
    mean_time = (counts * time_T).sum(dim=1, keepdim=True) / num_BD[:, None]
    from_mean = torch.where(counts, time_T - mean_time, 0.0)
    spread = from_mean.square().sum(dim=1)
    slope = (from_mean * centred).sum(dim=1) / spread.clamp_min(torch.finfo(centred.dtype).tiny)
    return torch.where(num_BD > 0, slope, torch.nan)
