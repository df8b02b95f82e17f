"""Other ways to test whether groups differ, so that the choice is visible. One row per subject throughout.

Shapes: S subjects, G groups, P pairs, B draws, k statistics.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

from harness.statistics.influence import gradient

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Value = Callable[[Floats], Floats]


def flags(
    statistics_Sk: Floats, value: Value, group_S: Ints, *, draws: int, level: float, seed: int
) -> dict[str, bool]:
    """Which method says that some group differs, although each is asked to err in 1 - ``level`` of all studies."""
    rng = np.random.default_rng(seed)
    groups = [statistics_Sk[group_S == g] for g in range(int(group_S.max()) + 1)]
    pairs = np.triu_indices(len(groups), 1)
    weights = [rng.multinomial(len(g), np.full(len(g), 1 / len(g)), draws).astype(float) for g in groups]
    value_G, error_G = _columns([_summary(np.ones((1, len(g))), g, value) for g in groups])
    value_BG, error_BG = _columns([_summary(w, g, value) for w, g in zip(weights, groups, strict=True)])
    gap_P, gap_error_P = _gaps(value_G, error_G, pairs)
    centred_BP, error_BP = _gaps(value_BG - value_G, error_BG, pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        t_P = np.abs(gap_P / gap_error_P)[0]
        t_BP = np.abs(centred_BP / error_BP)
    shuffled = [_whole(statistics_Sk, value, rng.permutation(group_S), len(groups)) for _ in range(draws)]
    shuffled_BP, _ = _gaps(np.array(shuffled), np.array(shuffled), pairs)
    largest = float(np.abs(gap_P).max())
    return {
        "bootstrap of the largest gap": largest > np.nanquantile(np.abs(centred_BP).max(1), level),
        "bootstrap-t": float(np.nanmax(t_P)) > np.quantile(np.nan_to_num(t_BP, nan=0.0).max(1), level),
        "Welch, Bonferroni": bool((_welch(t_P, error_G[0], groups, pairs) < 1 - level).any()),
        "permutation, not studentised": largest > np.quantile(np.abs(shuffled_BP).max(1), level),
    }


def rows_flag(right_S: Floats, total_S: Floats, group_S: Ints, *, level: float) -> bool:
    """The chi-square test of rows, as if clips of one person had nothing to do with each other."""
    right_G, total_G = (np.bincount(group_S, weights=values) for values in (right_S, total_S))
    share = right_G.sum() / total_G.sum()
    square = ((right_G - share * total_G) ** 2 / (total_G * share * (1 - share))).sum()
    return bool(special.chdtrc(len(right_G) - 1, square) < 1 - level)


def _whole(statistics_Sk: Floats, value: Value, group_S: Ints, num_groups: int) -> Floats:
    member_GS = (group_S == np.arange(num_groups)[:, None]).astype(float)
    return value(member_GS @ statistics_Sk)


def _summary(weights_BS: Floats, statistics_Sk: Floats, value: Value) -> tuple[Floats, Floats]:
    """The metric and its standard error in each resample ``[B]``."""
    total_Bk = weights_BS @ statistics_Sk
    influence_BS = gradient(value, total_Bk) @ statistics_Sk.T
    num = len(statistics_Sk)
    return value(total_Bk), np.sqrt((weights_BS * influence_BS**2).sum(1) * num / (num - 1))


def _columns(parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    return np.stack([part[0] for part in parts], axis=1), np.stack([part[1] for part in parts], axis=1)


def _gaps(value_BG: Floats, error_BG: Floats, pairs: tuple[Ints, ...]) -> tuple[Floats, Floats]:
    first, second = pairs
    return value_BG[:, first] - value_BG[:, second], np.hypot(error_BG[:, first], error_BG[:, second])


def _welch(t_P: Floats, error_G: Floats, groups: list[Floats], pairs: tuple[Ints, ...]) -> Floats:
    """p-values with Satterthwaite's degrees of freedom, times the number of pairs."""
    variance_G, free_G = error_G**2, np.array([len(g) - 1.0 for g in groups])
    first, second = pairs
    with np.errstate(divide="ignore", invalid="ignore"):
        free_P = (variance_G[first] + variance_G[second]) ** 2 / (
            variance_G[first] ** 2 / free_G[first] + variance_G[second] ** 2 / free_G[second]
        )
        p_P: Floats = 2 * special.stdtr(free_P, -t_P) * len(t_P)
    return p_P
