"""The rules of 3 and of 30, applied to the number of independent trials that samples of the same people are worth.

Both rules (ISO/IEC 19795-1; FIDO Biometrics Requirements) are about independent trials. Clips of one person are
not independent: n of them are worth n / (1 + (m - 1) · ICC), with m clips per person and the intra-class
correlation ICC (Kish 1965).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from scipy.special import stdtrit  # `scipy.stats` takes half a second to import

LEAST_ERRORS = 30
"""So many errors in independent trials bring the true rate within ± 30 % of the observed one (90 % confidence)."""

Rule = Literal["3", "30", "neither", "none"]


@dataclass(frozen=True)
class Correlation:
    """The intra-class correlation that effective numbers are computed with.

    Attributes:
        value: from 0 to 1; the larger of the two below. 1 where both are unknown: then only people count.
        assumed: what the plan assumed before the first prediction; None if it does not say.
        implied: what the interval of the metric over all samples implies; None where it implies nothing.
    """

    value: float
    assumed: float | None
    implied: float | None


@dataclass(frozen=True)
class EffectiveCell:
    """What the rules of 3 and of 30 say of an error rate in one group.

    Attributes:
        rate: the observed error rate; None where the group was not tested.
        num_samples: of the group.
        num_subjects: of the group.
        effective: independent trials that the samples are worth.
        errors: of the effective trials.
        rule: ``3``: no error was seen; ``30``: there are at least 30 effective errors; ``neither``: there are
            fewer; ``none``: not tested.
        bound: for the rule of 3, the upper end of the 95 % interval; None where it would be above 1.
        within: for the rule of 30, the rates that hold with 90 % confidence.
    """

    rate: float | None
    num_samples: int
    num_subjects: int
    effective: float
    errors: float
    rule: Rule
    bound: float | None = None
    within: tuple[float, float] | None = None


def correlation(row: Mapping[str, Any] | None, assumed: float | None) -> Correlation:
    """The larger of the plan's assumption and what the interval of a rate over all samples implies.

    Args:
        row: of the results, a share of samples with its interval; None if there is none.
        assumed: the intra-class correlation that the plan assumed; None if it does not say.
    """
    implied = None if row is None else _implied(row)
    known = [icc for icc in (assumed, implied) if icc is not None]
    return Correlation(max(known, default=1.0), assumed, implied)


def effective_cell(row: Mapping[str, Any] | None, icc: float, *, is_error: bool) -> EffectiveCell:
    """Apply the rules to one cell.

    Args:
        row: of the results, a share of samples; None or without a value where it was not tested.
        icc: the intra-class correlation.
        is_error: whether the share is that of errors; otherwise it is that of successes.
    """
    if row is None or row["value"] is None or not row["n_samples"]:
        num_samples, num_subjects = (0, 0) if row is None else (row["n_samples"], row["n_subjects"])
        return EffectiveCell(None, num_samples, num_subjects, 0.0, 0.0, "none")
    num_samples, num_subjects = row["n_samples"], row["n_subjects"]
    rate = row["value"] if is_error else 1 - row["value"]
    rate = 0.0 if rate < _ROUNDING else rate
    effective = num_samples / design_effect(num_samples, num_subjects, icc)
    cell = EffectiveCell(rate, num_samples, num_subjects, effective, rate * effective, "neither")
    if rate == 0:
        bound = 3 / effective
        return replace(cell, rule="3", bound=bound if bound < 1 else None)
    if cell.errors >= LEAST_ERRORS:
        return replace(cell, rule="30", within=(0.7 * rate, min(1.3 * rate, 1.0)))
    return cell


def design_effect(num_samples: int, num_subjects: int, icc: float) -> float:
    """1 + (m - 1) · ICC, with the mean number m of samples per subject; at least 1.

    Args:
        num_samples: at least 1.
        num_subjects: at least 1.
        icc: from 0 to 1.
    """
    return 1 + max(num_samples / num_subjects - 1, 0.0) * icc


_ROUNDING = 1e-12


def _implied(row: Mapping[str, Any]) -> float | None:
    """The intra-class correlation with which independent trials would have an interval of this width.

    The interval is Student's t on the logit scale with at most n_subjects - 1 degrees of freedom; with fewer, the
    standard error is smaller, so what is returned is rather too large than too small.
    """
    value, lo, hi, level = row["value"], row["lo"], row["hi"], row["level"]
    num, people = row["n_samples"], row["n_subjects"]
    if "logit" not in (row["method"] or "") or people < 2 or num <= people:
        return None
    if not 0 < lo < value < hi < 1:
        return None
    width = math.log(hi / (1 - hi)) - math.log(lo / (1 - lo))
    error = width / (2 * float(stdtrit(people - 1, (1 + level) / 2))) * value * (1 - value)
    effect: float = error**2 / (value * (1 - value) / num)
    return float(min(max((effect - 1) / (num / people - 1), 0.0), 1.0))
