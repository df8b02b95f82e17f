"""How closely two groupings of the same subjects go together."""

from __future__ import annotations

import numpy as np

from harness.arrays import Ints
from harness.metrics.tally import ratio


def cramers_v(first_S: Ints, second_S: Ints) -> float:
    """Cramér's V with the correction for bias of Bergsma 2013 (doi:10.1016/j.jkss.2012.10.002).

    Without the correction, independent groupings of few subjects seem to go together.

    Args:
        first_S: the group of each subject, 0 ….
        second_S: the same of another grouping.

    Returns:
        0 if the groupings are independent, 1 if one determines the other; NaN if one has fewer than two groups.
    """
    (_, row_S), (_, column_S) = (np.unique(each, return_inverse=True) for each in (first_S, second_S))
    num_rows, num_columns = (int(each.max(initial=-1)) + 1 for each in (row_S, column_S))
    if min(num_rows, num_columns) < 2:
        return float("nan")
    num = len(row_S)
    counts = np.bincount(row_S * num_columns + column_S, minlength=num_rows * num_columns).astype(np.float64)
    counts = counts.reshape(num_rows, num_columns)
    expected = counts.sum(1, keepdims=True) * counts.sum(0) / num
    square = float(((counts - expected) ** 2 / expected).sum()) / num
    square = max(square - (num_rows - 1) * (num_columns - 1) / (num - 1), 0.0)
    rows, columns = (each - (each - 1) ** 2 / (num - 1) for each in (num_rows, num_columns))
    largest = np.asarray(min(rows, columns) - 1)
    return float(np.sqrt(np.clip(ratio(np.asarray(square), largest), 0.0, 1.0)))
