"""One metric of a system: overall, by group, and between groups, with the names of fairlearn's `MetricFrame`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from harness.errors import HarnessError
from harness.tables.results import select
from harness.wording import listed

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


NO_RATIO = "a ratio is not defined where a group's value may be zero or negative"


@dataclass(frozen=True, repr=False)
class Estimate:
    """A number with its interval; `float` gives the number alone.

    Attributes:
        value: the number; None if it is not defined.
        lo, hi: the interval; None if there is none.
        null_mean, null_lo, null_hi: mean and range of a difference if groups do not differ; None for levels.
        reason: why there is no number, or a note on it; None if there is nothing to say.
    """

    value: float | None
    lo: float | None
    hi: float | None
    null_mean: float | None = None
    null_lo: float | None = None
    null_hi: float | None = None
    reason: str | None = None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Estimate:
        """The estimate in a row of the results."""
        return cls(*(row[name] for name in ("value", "lo", "hi", "null_mean", "null_lo", "null_hi", "reason")))

    def __float__(self) -> float:
        return float("nan") if self.value is None else self.value

    def __repr__(self) -> str:
        if self.value is None:
            return f"- ({self.reason})" if self.reason else "-"
        shown = f"{self.value:.3f}"
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

    Example:
        >>> import harness
        >>> truth, speaker = ["joy", "anger"] * 50, [index // 5 for index in range(100)]
        >>> answers, sex = truth[:50] + ["joy"] * 50, ["f"] * 50 + ["m"] * 50
        >>> accuracy = harness.measure(truth, answers, subject=speaker, groups={"sex": sex})["accuracy"]
        >>> float(accuracy.overall), float(accuracy.difference()), float(accuracy.ratio())
        (0.75, 0.5, 0.5)
    """

    def __init__(self, results: pa.Table, system: str, metric: str) -> None:
        self.name = metric
        own = select(results, model=system)
        self._results = select(own, metric=metric)
        self._axes: list[str] = [axis for axis in own["axis"].unique().to_pylist() if axis != "overall"]
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
            axis: the attribute or intersection; may be omitted if there is only one.

        Returns:
            The estimate; if groups were not compared, one without a value, with the reason.

        Raises:
            HarnessError: there is no such axis, or there are several and none is named.
        """
        named = self._axis(axis)
        rows = self._rows(statistic="index", axis=named, index="max_min_difference")
        return Estimate.of(rows[0]) if rows else _absent(self._why_not_compared(named))

    def ratio(self, axis: str | None = None) -> Estimate:
        """The smallest ratio of two groups of an axis, at most 1; see `difference`.

        It is not defined where a group's value is negative or not clear of zero, as one that is unlike the others
        would be left out.
        """
        named = self._axis(axis)
        rows = self._rows(statistic="ratio", axis=named)
        if rows and all(row["value"] for row in rows):
            return min(map(_at_most_one, rows), key=float)
        compared = self._rows(statistic="index", axis=named, index="max_min_difference")
        return _absent(NO_RATIO if rows or compared else self._why_not_compared(named))

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self.overall!r}"]
        lines += [f"largest difference by {axis}: {self.difference(axis)!r}" for axis in self._axes]
        return "\n".join(lines)

    def _axis(self, axis: str | None) -> str:
        if not self._axes:
            raise HarnessError(f"{self.name}: there are no groups to compare. Give some with groups={{…}}.")
        if axis is None and len(self._axes) == 1:
            return self._axes[0]
        if axis not in self._axes:
            found = "several axes were compared" if axis is None else f"no axis {axis!r} was compared"
            raise HarnessError(f"{self.name}: {found}. Name one of: {', '.join(self._axes)}.")
        return axis

    def _why_not_compared(self, axis: str) -> str:
        """The reasons of the groups that are not tested, each with its groups; else what holds for the axis."""
        if self.overall.value is None and self.overall.reason:
            return self.overall.reason
        levels = self._rows(statistic="level", axis=axis)
        groups_of: dict[str, list[str]] = {}
        for row in [*self._rows(statistic="difference", axis=axis), *levels]:
            if row["verdict"] == "not_tested":
                groups = groups_of.setdefault(str(row["reason"]), [])
                groups += [] if row["group"] in groups else [row["group"]]
        if groups_of:
            return ". ".join(f"{listed(groups)}: {reason}" for reason, groups in groups_of.items())
        if len(levels) == 1:
            return f"there is no other group than {levels[0]['group']}"
        return f"groups are compared on this metric where measure={{'gaps': [{self.name!r}]}} asks for it"

    def _rows(self, **columns: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = select(self._results, **columns).to_pylist()
        return rows


def _absent(reason: str) -> Estimate:
    return Estimate(None, None, None, reason=reason)


def _at_most_one(row: dict[str, Any]) -> Estimate:
    """A ratio of two groups, inverted if necessary so that it is at most 1."""
    value, lo, hi = (row[name] for name in ("value", "lo", "hi"))
    if value <= 1:
        return Estimate(value, lo, hi)
    return Estimate(1 / value, None if hi is None else 1 / hi, None if lo is None else 1 / lo)
