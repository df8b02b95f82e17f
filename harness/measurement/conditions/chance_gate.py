"""Whether a model is better than chance under each condition: where everybody fails, nothing is unaffected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from harness.attributes.group import EVERYBODY
from harness.attributes.groups import Groups
from harness.measurement.cells import GroupTallies, by_group, by_subject
from harness.measurement.groups.better_than_chance import BetterThanChance
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import ModelCounts
from harness.measurement.result_rows import OVERALL, Scope
from harness.metrics.tally import Metric
from harness.verdicts.judge import NoChanceTest


class ChanceGate:
    """Whether a model is better than chance under each condition, over the whole and in every group.

    Args:
        counts: by condition, the tallies of the same cells.
        axes: the groups that they distinguish.
        settings: of the measurement.
    """

    def __init__(
        self, counts: Mapping[str, ModelCounts], axes: Sequence[Groups], settings: MeasureSettings
    ) -> None:
        self._counts, self._settings = counts, settings
        self._axes = {groups.axis: groups for groups in axes}
        self._found: dict[tuple[str, str], BetterThanChance] = {}

    def __call__(
        self, metric: Metric, scope: Scope, conditions: Sequence[str]
    ) -> list[tuple[str, bool]] | NoChanceTest:
        """For each condition whether the model is better than chance there; see `BetterThanChance`."""
        found: list[tuple[str, bool]] = []
        groups = (EVERYBODY,) if scope == OVERALL else self._axes[scope.axis].groups
        for condition in conditions:
            chance = self._on(condition, scope.axis)
            above = chance.of(metric, [(index,) for index in range(len(groups))])
            if above is None:
                return NoChanceTest.UNKNOWN
            found.append((condition, above[groups.index(scope.group)]))
        return found

    def _on(self, condition: str, axis: str) -> BetterThanChance:
        key = condition, axis
        if key not in self._found:
            counts = self._counts[condition]
            if axis == OVERALL.axis:
                subject = np.arange(counts.cells.num_subjects)
                everybody = Groups((), (EVERYBODY,), np.zeros(0, dtype=np.int64))
                tallies = by_subject(counts.tallies, counts.cells)
                grouped = GroupTallies(tallies, subject, np.zeros_like(subject), everybody)
            else:
                grouped = by_group(counts.tallies, counts.cells, self._axes[axis])
            self._found[key] = BetterThanChance(grouped, self._settings.level, self._settings.min_above_chance)
        return self._found[key]
