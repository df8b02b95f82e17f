"""Systems of known calibration, counted as `harness.metrics.calibration` does: for the studies of its metrics.

Shapes: R rows, one a subject; L levels of confidence; B bins; F statistics of a row.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from populations import LEVELS, NUM_BINS, OVERCONFIDENT, Subjects, confident

from harness.metrics.calibration import calibration, with_squares
from harness.metrics.quantiles import bin_of, equal_mass_edges
from harness.metrics.tally import Metric, Tally

Floats = npt.NDArray[np.float64]
NOTHING = np.zeros(0)


def clips_of(kind: str, mean: int, num_rows: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Clips per subject: ``equal``, ``geometric`` around the mean, or ``15 and 100`` in the halves of the rows."""
    if kind == "geometric":
        return rng.geometric(1 / mean, num_rows)
    if kind == "15 and 100":
        return np.where(np.arange(num_rows) < num_rows // 2, 15, 100)
    return np.full(num_rows, mean)


def calibration_tally(
    rng: np.random.Generator, clips_R: npt.NDArray[np.int64], icc: float, error_R: Floats
) -> Tally:
    """The tally of people whose answers are over-confident by an error.

    Args:
        rng: draws them.
        clips_R: of each subject.
        icc: the intra-class correlation of a subject's answers.
        error_R: by how much confidence exceeds the share of right answers, at every level of confidence.
    """
    num_rows = len(clips_R)
    people = Subjects(np.arange(num_rows), clips_R, np.full(num_rows, icc), OVERCONFIDENT - error_R)
    total_RL, right_RL = confident(rng, people)
    edges = equal_mass_edges(np.repeat(LEVELS, total_RL.sum(0)), NUM_BINS)
    into_LB = np.eye(NUM_BINS)[bin_of(LEVELS, edges)]
    empty_RF = np.zeros((num_rows, 2 * NUM_BINS + 1))
    sums_RF = np.concatenate(
        [total_RL @ into_LB, total_RL * LEVELS @ into_LB, right_RL @ into_LB, empty_RF], axis=1
    )
    counted = calibration(
        NOTHING.astype(np.int64), NOTHING, NOTHING > 0, num_rows=num_rows, edges=np.zeros(NUM_BINS - 1)
    )
    return replace(counted, sums=with_squares(sums_RF))


def metric_of(tally: Tally, name: str) -> Metric:
    """One of its metrics."""
    return next(metric for metric in tally.metrics if metric.name == name)
