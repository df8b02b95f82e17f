"""The result of a measurement, for notebooks: tables as pandas or Arrow, single metrics, and the HTML report."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from harness.api.folder_paths import folder_path
from harness.api.metric_view import LEVEL_COLUMNS, MetricView
from harness.errors import HarnessError
from harness.report.check_findings import findings
from harness.report.claims import MeasuredClaim, measured_claims
from harness.report.ranked_gaps import gaps
from harness.tables.results import select

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class MeasurementReport:
    """The results of one system and its baselines.

    Attributes:
        results: the results table of all models and conditions; ``docs/results.md`` explains its columns.
        system: the name of the system under test.
        dataset: the name of the dataset.
        folder: the run folder, with plan, tables, results and ``report.html``. For measured arrays it is temporary
            and exists as long as this object; `save` keeps it.
        plan: what was resolved before the first prediction, with the cards of dataset and models.

    Example:
        >>> import harness
        >>> truth, speaker = ["joy", "anger"] * 50, [index // 5 for index in range(100)]
        >>> sex = ["f"] * 50 + ["m"] * 50
        >>> report = harness.measure(truth, ["joy"] * 100, subject=speaker, groups={"sex": sex})
        >>> report.table.loc[["uar", "recall:anger"], "value"].tolist()
        [0.5, 0.0]
        >>> report["uar"].by_group["value"].to_dict()
        {('sex', 'female'): 0.5, ('sex', 'male'): 0.5}
    """

    results: pa.Table
    system: str
    dataset: str
    folder: Path
    plan: Mapping[str, Any] = field(default_factory=dict, compare=False)
    _keeps_alive: object = field(default=None, compare=False)

    @property
    def table(self) -> pd.DataFrame:
        """Every metric of the system over all samples, indexed by metric; where there is none, why."""
        import pandas as pd

        rows = select(self.results, model=self.system, statistic="level", axis="overall").to_pylist()
        index = pd.Index([row["metric"] for row in rows], name="metric")
        columns = [*LEVEL_COLUMNS, "reason"]
        return pd.DataFrame([[row[name] for name in columns] for row in rows], index, columns)

    @property
    def gaps(self) -> pd.DataFrame:
        """The gaps between groups, the worst first: the disadvantaged group, the other group, and the verdict."""
        import pandas as pd

        columns = ("value", "lo", "hi", "tolerance", "verdict", "num_subjects", "reason")
        rows = [
            [gap.metric, gap.axis, gap.worse.name, gap.than.name, *(getattr(gap, name) for name in columns)]
            for gap in gaps(self.results, self.system)
        ]
        return pd.DataFrame(rows, columns=["metric", "axis", "worse", "than", *columns])

    @property
    def findings(self) -> pd.DataFrame:
        """The findings of the checks on the test itself, with remedies."""
        import pandas as pd

        columns = ("name", "about", "verdict", "sentence", "remedy")
        rows = [[getattr(found, name) for name in columns] for found in findings(self.results, self.system)]
        return pd.DataFrame(rows, columns=list(columns))

    @property
    def claims(self) -> pd.DataFrame:
        """What providers state about their systems, each figure beside the measured one, with the verdict."""
        import pandas as pd

        columns = ("metric", "axis", "group", "dataset", "source")
        rows = [
            [
                one.model,
                *(getattr(one.claim, name) for name in columns),
                one.claim.value,
                *((one.row or {}).get(name) for name in ("value", "lo", "hi")),
                one.judgement.verdict,
                one.judgement.reason,
            ]
            for one in self.measured_claims
        ]
        figures = ("stated", "value", "lo", "hi", "verdict", "reason")
        return pd.DataFrame(rows, columns=["model", *columns, *figures])

    @property
    def measured_claims(self) -> list[MeasuredClaim]:
        """The same as objects."""
        return measured_claims(self.plan, self.results) if self.plan else []

    @property
    def page(self) -> Path:
        """The HTML report."""
        return self.folder / "report.html"

    def __getitem__(self, metric: str) -> MetricView:
        """One metric: ``report["uar"].by_group``.

        Raises:
            HarnessError: the metric was not measured.
        """
        return MetricView(self.results, self.system, metric)

    def to_pandas(self) -> pd.DataFrame:
        """The whole results table."""
        frame: pd.DataFrame = self.results.to_pandas()
        return frame

    def save(self, folder: str | Path) -> Path:
        """Save the run folder, which can be scored again, compared and tracked like that of ``harness run``.

        Args:
            folder: a new or an empty one.

        Returns:
            The path of the HTML report.

        Raises:
            HarnessError: the folder is not empty.
        """
        target = folder_path("folder", folder)
        if target.is_file() or (target.is_dir() and any(target.iterdir())):
            raise HarnessError(f"{target}: the folder is not empty. Give a new folder.")
        shutil.copytree(self.folder, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
        return target / self.page.name

    def __repr__(self) -> str:
        from harness.api.report_summary import summary_text

        return summary_text(self)

    def _repr_html_(self) -> str:
        from harness.api.report_summary import summary_html

        return summary_html(self)
