"""The result of a comparison of runs, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.api.notebook_html import fragment, list_html, page_html
from harness.comparison.compare_runs import RunComparison
from harness.measurement.models.model_comparison import ModelDifference

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class ComparisonReport:
    """The result of a comparison.

    Attributes:
        compared: the comparison itself.
    """

    compared: RunComparison

    @property
    def conclusions(self) -> list[str]:
        """The conclusions as sentences, the most serious first."""
        return list(self.compared.conclusions)

    @property
    def differences(self) -> pd.DataFrame:
        """Every difference between two of the runs, overall and in every group."""
        return _table(self.compared.comparison.differences)

    @property
    def equivalence(self) -> pd.DataFrame:
        """The same with 90 % intervals and the verdicts of two one-sided tests; empty without ``margin``."""
        return _table([] if self.compared.equivalence is None else self.compared.equivalence.differences)

    @property
    def page(self) -> Path:
        """The HTML report."""
        return self.compared.folder / "comparison.html"

    def __repr__(self) -> str:
        shared = f"{self.compared.num_shared:,} shared samples of {self.compared.num_subjects:,} subjects"
        return "\n".join([shared, *(f"- {text}" for text in self.conclusions)])

    def _repr_html_(self) -> str:
        return fragment(list_html(self.conclusions), page_html(self.page))


def _table(differences: Sequence[ModelDifference]) -> pd.DataFrame:
    import pandas as pd

    columns = ("first_value", "second_value", "value", "lo", "hi", "worse", "verdict", "num_subjects")
    rows = [
        [
            *(d.metric.name, d.axis, d.group, d.first, d.second),
            *(getattr(d, name) for name in columns),
            d.judgement.reason,
        ]
        for d in differences
    ]
    return pd.DataFrame(rows, columns=["metric", "axis", "group", "first", "second", *columns, "reason"])
