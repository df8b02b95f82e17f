"""The metric families in use: the harness's own, then those of other packages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats
from harness.cards import registry
from harness.cards.registry import Extension
from harness.errors import HarnessError
from harness.known_metrics import outside_families
from harness.metrics.metric_family import MetricFamily
from harness.metrics.tally import Metric, Tally

_ROUNDING = 1e-9
"""How far a value may lie outside its range because floats are rounded."""


@dataclass(frozen=True)
class RegisteredFamily:
    """A metric family and the package that it comes from; None for the harness's own."""

    name: str
    family: MetricFamily
    extension: Extension | None = None

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Turn any error in the code of another package into one message that names the package."""
        with self.extension.blamed("failed") if self.extension else nullcontext():
            yield

    def require_declared(self, tally: Tally, num_rows: int) -> None:
        """Check a tally of another package: its rows, its metrics' declarations, and the values that they give.

        Raises:
            HarnessError: one of these is wrong.
        """
        strange = [metric.name for metric in tally.metrics if metric.facts not in self.family.facts]
        if strange:
            raise HarnessError(f"{self.extension} counts {strange[0]!r}, which its facts do not declare.")
        if tally.sums.ndim < 2 or len(tally.sums) != num_rows or not math.isfinite(tally.sums.sum()):
            raise HarnessError(
                f"{self.extension} counts {tally.sums.shape} for {num_rows:,} rows; expected finite sums [R, …]."
            )
        for metric in tally.metrics:
            per_row = (metric.value, metric.num_samples, metric.num_unscored, metric.chance)
            shapes = {np.shape(function(tally.sums)) for function in per_row if function}
            if shapes != {(num_rows,)}:
                raise HarnessError(f"{self.extension}: {metric.name!r} turns sums [R, …] into {shapes}, not [R].")
            if metric.gradient and np.shape(metric.gradient(tally.sums)) != tally.sums.shape:
                raise HarnessError(f"{self.extension}: the gradient of {metric.name!r} is not of the sums' shape.")
            self._require_in_range(metric, tally.sums)

    def _require_in_range(self, metric: Metric, sums: Floats) -> None:
        """Check the value, and chance where it is counted, of each row and of all; they may be NaN."""
        both = np.concatenate([sums, sums.sum(axis=0, keepdims=True)])
        for what, function in (("value", metric.value), ("chance", metric.chance)):
            values = np.asarray(function(both)) if function else np.empty(0)
            outside = values[(values < metric.low - _ROUNDING) | (values > metric.high + _ROUNDING)]
            if len(outside):
                raise HarnessError(
                    f"{self.extension}: the {what} of {metric.name!r} is {outside[0]:.6g}, outside the range from "
                    f"{metric.low:g} to {metric.high:g} that it declares."
                )


def families(outside: Sequence[str] | None = None) -> list[RegisteredFamily]:
    """The families in the order of the results.

    Args:
        outside: which of other packages; None for all that are installed.

    Raises:
        HarnessError: see `harness.known_metrics.outside_families`.
    """
    return [
        *(RegisteredFamily(name, registry.find("metrics", name)) for name in registry.BUILT_IN["metrics"]),
        *(
            RegisteredFamily(name, family, extension)
            for name, (extension, family) in outside_families().items()
            if outside is None or name in outside
        ),
    ]
