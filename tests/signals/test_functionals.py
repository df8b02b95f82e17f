from __future__ import annotations

import numpy as np
import torch

from harness.signals.functionals import FUNCTIONALS, functionals

HOP_S = 0.01


def test_functionals_equal_numpy_over_the_frames_that_count() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(3, 2, (4, 50, 3))
    values[rng.random(values.shape) < 0.4] = np.nan
    values[2, 20:] = np.nan
    found = functionals(torch.from_numpy(values), HOP_S).numpy()
    p10, p50, p90 = np.nanpercentile(values, (10, 50, 90), axis=1)
    expected = {
        "mean": np.nanmean(values, axis=1),
        "sd": np.nanstd(values, axis=1),
        "p10": p10,
        "p50": p50,
        "p90": p90,
        "range": p90 - p10,
        "slope": [[_slope(values[b, :, d]) for d in range(3)] for b in range(4)],
    }
    for index, name in enumerate(FUNCTIONALS):
        np.testing.assert_allclose(found[..., index], expected[name], rtol=1e-10, atol=1e-10, err_msg=name)


def test_padding_changes_nothing() -> None:
    values = torch.randn(2, 30, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    padded = torch.cat([values, torch.full((2, 17, 4), torch.nan, dtype=torch.float64)], dim=1)
    torch.testing.assert_close(functionals(padded, HOP_S), functionals(values, HOP_S), rtol=0, atol=1e-12)


def test_one_frame_has_no_spread_and_none_has_nothing() -> None:
    values = torch.full((1, 5, 2), torch.nan, dtype=torch.float64)
    values[0, 3, 0] = 7.0
    one, none = functionals(values, HOP_S)[0].tolist()
    assert one == [7, 0, 7, 7, 7, 0, 0]
    assert np.isnan(none).all()


def _slope(values: np.ndarray) -> float:
    counts = ~np.isnan(values)
    return float(np.polyfit(np.flatnonzero(counts) * HOP_S, values[counts], 1)[0])
