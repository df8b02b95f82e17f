"""How well scores tell known stress from rest, at rest and in movement."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.metrics.quantiles import equal_mass_edges
from harness.metrics.ranking import num_bins, ranking
from harness.practice_tests.practice_rows import measured_row
from harness.practice_tests.wearables.movement import columns
from harness.practice_tests.wearables.scores import Scores
from harness.statistics.estimates import estimates
from harness.tables.results import Result


def detection_rows(scores: Scores, level: float) -> Iterator[Result]:
    """The area under the ROC curve of known stress against its absence, in all and by movement.

    It counts moments with a score alone: read it beside the availability.

    Args:
        scores: of one device.
        level: of the intervals.
    """
    known_n = np.isfinite(scores.stressor_n)
    parts = {"all": known_n, "rest": known_n & (scores.moving_n == 0), "moving": known_n & (scores.moving_n == 1)}
    for group, in_part_n in parts.items():
        part = scores.within(in_part_n)
        scored_n = part.score_n[part.available_n]
        if len(set(part.stressor_n[part.available_n].tolist())) < 2:
            continue
        people, row_n = np.unique(part.subject_n, return_inverse=True)
        edges = equal_mass_edges(scored_n, num_bins(len(people)))
        tally = ranking(row_n, part.stressor_n == 1, part.score_n, num_rows=len(people), edges=edges)
        (found,) = estimates([tally], resamples=None, level=level, seed=0)
        shared = columns(scores, in_part_n, group) | {"chance": 0.5}
        yield measured_row("detection", (found.value, found.interval), level, shared)
