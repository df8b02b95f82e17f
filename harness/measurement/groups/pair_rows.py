"""Rows of the results about pairs of sides that are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.measurement.groups.group_comparison import GroupComparison
from harness.measurement.result_rows import RowFactory, Scope
from harness.tables.results import ResultBlock


def pair_block(
    factory: RowFactory,
    compared: GroupComparison,
    pairs: Sequence[Sequence[int]],
    columns: Mapping[str, Sequence[Any]],
    **shared: Any,
) -> ResultBlock:
    """A row for each pair of sides: the metric, the two groups, and the samples and subjects behind them.

    Args:
        factory: makes the rows.
        compared: the comparison.
        pairs: the sides of each row, as indices of those of the comparison.
        columns: the others that differ from row to row.
        shared: those that are the same for all rows.
    """
    sides = [(compared.sides[left], compared.sides[right]) for left, right in pairs]
    about: dict[str, Sequence[Any]] = {
        "group": [left.group.name for left, _ in sides],
        "group_values": [left.group.values for left, _ in sides],
        "versus": [right.group.name for _, right in sides],
        "versus_values": [right.group.values for _, right in sides],
        "n_samples": [left.num_samples + right.num_samples for left, right in sides],
        "n_subjects": [compared.num_subjects(pair) for pair in pairs],
        "n_unscored": [left.num_unscored + right.num_unscored for left, right in sides],
    }
    return factory.block(Scope.on(compared.axis), {**about, **columns}, metric=compared.metric.name, **shared)
