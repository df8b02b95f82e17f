"""The power analysis of a study, for notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.api.notebook_html import fragment, table_html
from harness.study.preview import Preview

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class PlanReport:
    """The people of a study, and the gaps between groups that can be detected with them.

    Attributes:
        preview: the preview of the study.
    """

    preview: Preview

    @property
    def groups(self) -> pd.DataFrame:
        """Subjects and samples of every group, indexed by axis and group."""
        import pandas as pd

        found = [
            (axis, size["group"], size["subjects"], size["samples"])
            for axis, sizes in self.preview.groups.items()
            for size in sizes["groups"]
        ]
        frame = pd.DataFrame(found, columns=["axis", "group", "subjects", "samples"])
        return frame.set_index(["axis", "group"])

    @property
    def power(self) -> pd.DataFrame:
        """Per axis, the detectable gaps and the subjects per group that the tolerance requires."""
        import pandas as pd

        rows = []
        for axis, found in self.preview.power.items():
            typical, smallest = (
                found[pair]["detectable_gap"] if found[pair] else None
                for pair in ("typical_pair", "smallest_pair")
            )
            needed = [found["subjects_to_detect"], found["subjects_to_certify"]]
            rows.append([axis, found["num_groups"], typical, smallest, *needed, found["reason"]])
        columns = ["axis", "num_groups", "gap_of_typical_pair", "gap_of_smallest_pair"]
        columns += ["subjects_to_detect", "subjects_to_certify", "reason"]
        return pd.DataFrame(rows, columns=columns).set_index("axis")

    def __repr__(self) -> str:
        found = self.preview
        size = f"{found.config.dataset.name}: {found.num_samples:,} samples of {found.num_subjects:,} subjects"
        calls = [] if found.calls is None else ["\n".join(found.calls.sentences(found.config))]
        return "\n\n".join([size, *calls, self.power.to_string(na_rep="-")])

    def _repr_html_(self) -> str:
        return fragment(table_html(self.power.reset_index()))
