"""Ratios of groups as rows of the results.

Shapes: U sides, K contrasts, k of them between two groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.measurement.groups.group_comparison import GroupComparison
from harness.measurement.groups.pair_rows import pair_block
from harness.measurement.result_rows import RowFactory
from harness.metrics.tally import ratio
from harness.statistics.indices import RESOLUTION
from harness.statistics.intervals import MIN_DEFINED
from harness.tables.results import ResultBlock

NO_RATIO = "not defined: the value to divide by is not clear of zero"


def ratio_rows(factory: RowFactory, compared: GroupComparison) -> Iterator[ResultBlock]:
    """Ratios of pairs of groups, with intervals on the log scale where both groups are clear of zero.

    Without a value where the divisor is not: a set of ratios that agree with the data is then not bounded
    (Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x), and two values that only rounding keeps from zero may
    have any ratio. A square that is estimated without bias may be negative, or zero by chance: no ratio is taken
    of its root.

    Args:
        factory: makes the rows.
        compared: the comparison.
    """
    found = compared.found
    assert found is not None
    if compared.metric.low < 0 or compared.metric.facts.squared:
        return
    contrast_k = np.array([k for k in compared.between if found.defined[k] >= MIN_DEFINED], dtype=np.int64)
    side_2k = np.array([compared.side_pairs[k] for k in contrast_k.tolist()], dtype=np.int64).reshape(-1, 2).T
    critical_k = found.critical(factory.settings.level)[contrast_k]
    value_2k, error_2k = found.sides[side_2k], found.side_errors[side_2k]
    clear_2k = value_2k > np.maximum(critical_k * error_2k, RESOLUTION)
    bounded_k = clear_2k.all(axis=0) & error_2k.any(axis=0)
    ratio_k = ratio(value_2k[0], value_2k[1])
    half_width_k = critical_k * np.hypot(*ratio(error_2k, value_2k))
    with np.errstate(over="ignore", invalid="ignore"):  # of those that are not clear of zero
        bounds_2k = ratio_k * np.exp(-half_width_k), ratio_k * np.exp(half_width_k)
    method = f"{found.method}; on the logarithm"
    columns = {
        "value": _where(clear_2k[1], ratio_k.tolist()),
        "lo": _where(bounded_k, bounds_2k[0].tolist()),
        "hi": _where(bounded_k, bounds_2k[1].tolist()),
        "level": _where(bounded_k, repeat(factory.settings.level)),
        "method": _where(bounded_k, repeat(method)),
        "own_value": value_2k[0].tolist(),
        "versus_value": value_2k[1].tolist(),
        "judgement": [None] * len(ratio_k),
        "note": [None if clear else NO_RATIO for clear in clear_2k[1].tolist()],
    }
    yield pair_block(factory, compared, side_2k.T.tolist(), columns, statistic="ratio")


def _where(known_k: npt.ArrayLike, values: Iterable[Any]) -> list[Any]:
    """The values that are known; None for the others."""
    return [value if known else None for known, value in zip(np.asarray(known_k).tolist(), values, strict=False)]
