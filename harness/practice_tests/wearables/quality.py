"""The quality of a device's measurement by a stated rule, and the shares of people for whom it is which.

The rule is that of `wearablehrv` (Sinichi et al. 2024, doi:10.21105/joss.06240): *missing* if there is no beat;
*poor* if the number of beats differs from the reference's by more than 20 %, or more than 20 % of the beats are
artefacts; otherwise *acceptable*. That package leaves out who had no device; here everybody counts, so that a
device which is missing for most does not look better than it is. A measurement whose beats nobody counted is
neither missing nor acceptable: its quality is *unknown*.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from harness.arrays import Bools, Floats


class Quality(StrEnum):
    """What the rule says of one measurement."""

    ACCEPTABLE = "acceptable"
    POOR = "poor"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class QualityRule:
    """The two shares above which a measurement is poor."""

    max_beats_off: float = 0.2
    max_artefacts: float = 0.2


def quality(
    num_beats_n: Floats, num_reference_n: Floats, num_artefacts_n: Floats, has_value_n: Bools, rule: QualityRule
) -> npt.NDArray[np.str_]:
    """The quality of each measurement, shape (n,).

    Args:
        num_beats_n: of the device; 0 where it delivered none, NaN where that is not known.
        num_reference_n: of the reference in the same window; NaN where it has none: the device is then judged by
            its artefacts alone.
        num_artefacts_n: beats of the device that preprocessing replaced; NaN where that is not known.
        has_value_n: whether the device gave any value; without one, unknown beats are none.
        rule: the shares.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        beats_off_n = np.abs(num_beats_n - num_reference_n) / num_reference_n
        artefacts_n = num_artefacts_n / num_beats_n
        poor_n = (beats_off_n > rule.max_beats_off) | (artefacts_n > rule.max_artefacts)
    unknown_n = np.isnan(num_beats_n)
    missing_n = np.where(unknown_n, ~has_value_n, num_beats_n <= 0)
    return np.select(
        [missing_n, unknown_n, poor_n], [Quality.MISSING, Quality.UNKNOWN, Quality.POOR], Quality.ACCEPTABLE
    )
