"""What the system's confidence is worth: how often it is right at each level, and where it is confident alone.

Shapes: N samples, those with a label; R rows, such as groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.arrays import Floats, Ints
from harness.attributes.grouping import Grouping
from harness.attributes.groups import group_samples
from harness.measurement.counting_options import CountingOptions, class_scores, counting_options, labelled_samples
from harness.metrics.calibration import Bin, calibration, reliability
from harness.metrics.selective import RiskPoint, risk_coverage, selective
from harness.report.group_tables import MeasuredGroup
from harness.tables.alignment import align
from harness.tables.schemas import CLEAN

MAX_CURVES = 12


@dataclass(frozen=True)
class Confidence:
    """The system's highest scores.

    Attributes:
        labelled: which samples have a label.
        highest: ``[N]``, of these, the highest probability; NaN where there is none.
        right: ``[N]``, whether its class is the truth.
        options: the edges of bins, those of the measurement.
    """

    labelled: slice | npt.NDArray[np.bool_]
    highest: Floats
    right: npt.NDArray[np.bool_]
    options: CountingOptions

    def overall(self) -> list[Bin]:
        """The bins of ECE over all samples."""
        return self.bins(np.zeros(len(self.highest), dtype=np.int64), 1)[0]

    def by_group(self, group: Ints, num_groups: int) -> list[list[Bin]]:
        """The bins of ECE of each group; ``group`` is that of every sample, also of those without a label."""
        return self.bins(group[self.labelled], num_groups)

    def bins(self, row_N: Ints, num_rows: int) -> list[list[Bin]]:
        """The bins of ECE of each row."""
        edges = self.options.confidence_edges
        tally = calibration(row_N, self.highest, self.right, num_rows=num_rows, edges=edges)
        return [reliability(sums_F, edges) for sums_F in tally.sums]

    def risks(self) -> list[RiskPoint]:
        """The risk-coverage curve over all samples."""
        row_N = np.zeros(len(self.highest), dtype=np.int64)
        tally = selective(row_N, self.highest, self.right, num_rows=1, edges=self.options.risk_edges)
        return risk_coverage(tally.sums[0])


def confidence_of(
    samples: pa.Table, predictions: pa.Table, *, model: str, merge: Mapping[str, str]
) -> Confidence | None:
    """The confidence of one model; None where its scores are no probabilities."""
    aligned = align(samples, predictions, model=model, condition=CLEAN, merge=merge)
    options = counting_options(aligned)
    if not options.probabilities:
        return None
    labelled = labelled_samples(aligned)
    scores_NU = class_scores(aligned, labelled)
    right_N = scores_NU.argmax(1) == aligned.truth[labelled]
    return Confidence(labelled, scores_NU.max(1).astype(np.float64), right_N, options)


def curves(
    confidence: Confidence | None,
    samples: pa.Table,
    axis: str,
    grouping: Grouping,
    tested: Sequence[MeasuredGroup],
) -> list[tuple[MeasuredGroup, list[Bin]]]:
    """The bins of each tested group of an axis, of the largest where there are many."""
    if confidence is None:
        return []
    groups = group_samples(samples, axis, grouping)
    bins = dict(zip(groups.groups, confidence.by_group(groups.index, len(groups.groups)), strict=True))
    largest = sorted(tested, key=lambda group: -group.num_subjects)[:MAX_CURVES]
    return [(one, bins[one.group]) for one in tested if one in largest and bins.get(one.group)]
