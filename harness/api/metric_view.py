"""One metric of a system: overall, by group, and between groups, with the names of fairlearn's `MetricFrame`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from harness.errors import HarnessError
from harness.tables.results import select

if TYPE_CHECKING:
    import pandas as pd

LEVEL_COLUMNS = ("value", "lo", "hi", "n_samples", "n_subjects", "n_unscored")
GAP_COLUMNS = (
    "axis",
    "group",
    "versus",
    "value",
    "lo",
    "hi",
    "null_lo",
    "null_hi",
    "threshold",
    "verdict",
    "reason",
)


@dataclass(frozen=True, repr=False)
class Estimate:
    """A number with its interval; `float` gives the number alone.

    Attributes:
        value: the number; None if it is not defined.
        lo, hi: the interval; None if there is none.
        null_mean, null_lo, null_hi: mean and range of a difference if groups do not differ; None for levels.
    """

    value: float | None
    lo: float | None
    hi: float | None
    null_mean: float | None = None
    null_lo: float | None = None
    null_hi: float | None = None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Estimate:
        """The estimate in a row of the results."""
        return cls(*(row[name] for name in ("value", "lo", "hi", "null_mean", "null_lo", "null_hi")))

    def __float__(self) -> float:
        return float("nan") if self.value is None else self.value

    def __repr__(self) -> str:
        shown = "-" if self.value is None else f"{self.value:.3f}"
        interval = "" if self.lo is None or self.hi is None else f" [{self.lo:.3f}, {self.hi:.3f}]"
        null = "" if self.null_mean is None else f"; {self.null_mean:.3f} on average where groups are alike"
        return f"{shown}{interval}{null}"


class MetricView:
    """The results for one metric of one system.

    Args:
        results: the results table.
        system: the system's name.
        metric: the metric's name, such as ``uar`` or ``recall:anger``.

    Raises:
        HarnessError: the metric was not measured; the message lists those that were.
    """

    def __init__(self, results: pa.Table, system: str, metric: str) -> None:
        self.name = metric
        own = select(results, model=system)
        self._results = select(own, metric=metric)
        if not self._results.num_rows:
            known = ", ".join(own["metric"].unique().to_pylist())
            raise HarnessError(f"There is no metric {metric!r} in these results. There are: {known}.")

    @property
    def overall(self) -> Estimate:
        """The metric over all samples."""
        rows = self._rows(statistic="level", axis="overall")
        return Estimate.of(rows[0]) if rows else Estimate(None, None, None)

    @property
    def by_group(self) -> pd.DataFrame:
        """The metric in every group of every axis, indexed by axis and group.

        For a group that is not tested there is a row with the reason but without a value, which would describe
        single persons.
        """
        import pandas as pd

        rows = [row for row in self._rows(statistic="level") if row["axis"] != "overall"]
        hidden = dict.fromkeys(("value", "lo", "hi"))
        shown = [{**row, **hidden} if row["verdict"] == "not_tested" else row for row in rows]
        columns = [*LEVEL_COLUMNS, "verdict", "reason"]
        index = pd.MultiIndex.from_tuples([(r["axis"], r["group"]) for r in rows], names=["axis", "group"])
        return pd.DataFrame([[row[name] for name in columns] for row in shown], index, columns)

    @property
    def gaps(self) -> pd.DataFrame:
        """Every difference of two groups, and of a group and the rest, with simultaneous interval and verdict."""
        import pandas as pd

        rows = self._rows(statistic="difference")
        return pd.DataFrame([[row[name] for name in GAP_COLUMNS] for row in rows], columns=list(GAP_COLUMNS))

    def difference(self, axis: str | None = None) -> Estimate:
        """The largest difference between two groups of an axis.

        Args:
            axis: the attribute or intersection; may be omitted if only one was compared.

        Raises:
            HarnessError: there is no such axis, or there are several and none is named.
        """
        rows = self._rows(statistic="index", axis=self._axis(axis), index="max_min_difference")
        return Estimate.of(rows[0])

    def ratio(self, axis: str | None = None) -> Estimate:
        """The smallest ratio of two groups of an axis, at most 1; see `difference`.

        It is not defined where a group's value is zero or negative.
        """
        rows = self._rows(statistic="ratio", axis=self._axis(axis))
        return min(map(_at_most_one, rows), key=float, default=Estimate(None, None, None))

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self.overall!r}"]
        lines += [f"largest difference by {axis}: {self.difference(axis)!r}" for axis in self._axes()]
        return "\n".join(lines)

    def _axis(self, axis: str | None) -> str:
        axes = self._axes()
        if axis is None and len(axes) == 1:
            return axes[0]
        if axis not in axes:
            found = "several axes were compared" if axis is None and axes else f"no axis {axis!r} was compared"
            raise HarnessError(f"{self.name}: {found}. Name one of: {', '.join(axes) or '(none)'}.")
        return axis

    def _axes(self) -> list[str]:
        return list(dict.fromkeys(row["axis"] for row in self._rows(statistic="index")))

    def _rows(self, **columns: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = select(self._results, **columns).to_pylist()
        return rows


def _at_most_one(row: dict[str, Any]) -> Estimate:
    """A ratio of two groups, inverted if necessary so that it is at most 1."""
    value, lo, hi = (row[name] for name in ("value", "lo", "hi"))
    if value <= 1:
        return Estimate(value, lo, hi)
    return Estimate(1 / value, None if hi is None else 1 / hi, None if lo is None else 1 / lo)
