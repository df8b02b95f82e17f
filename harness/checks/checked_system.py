"""The input of a check, and its findings: rows of the results about the test itself.

A check is a function of a `CheckedSystem` that returns findings. Its findings have the name under which it is
registered, and the first line of its docstring says what it looks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from harness.arrays import Ints
from harness.attributes.groups import Groups
from harness.cards.facts import ModelCard
from harness.checks.control_choices import NegativeControl
from harness.evidence.system_files import SystemFiles
from harness.tables.alignment import Aligned
from harness.tables.results import Result
from harness.verdicts.judge import Judgement

MAX_CLASSES = 40
"""With more classes, no table of class by class is computed: it could say nothing about single classes."""


@dataclass(frozen=True, kw_only=True)
class CheckedSystem:
    """One system on one dataset, with everything that checks need.

    Attributes:
        dataset: its name in the results.
        model: the system's name in the predictions.
        condition: the condition that is checked.
        card: the system's card.
        samples: the samples table, in an order that does not depend on that of the run's.
        labels: the system's own label list, in the order of its scores.
        aligned: labels and the system's answers, in the order of the samples.
        axes: the groups along every attribute.
        seed: of everything random.
        level: of the intervals; a check raises a false alarm in at most ``1 - level`` of studies.
        min_subjects: groups and classes with fewer subjects are not judged.
        folds: the system's trainings within the study, each with ``train_subjects`` and ``test_subjects``.
        media: validated, see `harness.tables.probe_tables.validate_media`; None where no media were read.
        probes: validated, see `harness.tables.probe_tables.validate_probes`; None where the system was not probed.
        answers: what it said besides of the samples that it answered one by one, under every condition and when
            it was asked again, see `harness.tables.answers_table.validate_answers`; None where it answered with
            scores alone.
        times: its answers each time that the study asked it, in the order of the samples; empty if that was once.
        files: its files before and after the run; None if it has none, or if nothing is known of them.
        control: what the system cannot know, as the plan names it.
        predictions: of the run, under every condition; None if only the answers that are checked are known.
        votes: where raters' votes come from, see `harness.tables.votes`; None if they are not measured.
        row: ``[N]``, the row of each sample in the samples table of the run; None if they are all, in its order.
        num_stored: the number of samples of the run, if these are a part of them.
    """

    dataset: str
    model: str
    condition: str
    card: ModelCard
    samples: pa.Table
    labels: tuple[str, ...]
    aligned: Aligned
    axes: tuple[Groups, ...]
    seed: int
    level: float
    min_subjects: int
    folds: Sequence[Mapping[str, Any]] = ()
    media: pa.Table | None = None
    probes: pa.Table | None = None
    answers: pa.Table | None = None
    times: Sequence[pa.Table] = ()
    files: SystemFiles | None = None
    control: NegativeControl = field(default_factory=NegativeControl)
    predictions: pa.Table | None = None
    row: Ints | None = None
    num_stored: int | None = None
    votes: str | None = None

    def stored_rows(self, index_N: Sequence[int]) -> list[str]:
        """The rows of these samples in the samples table of the run, as findings do not name ids."""
        return [str(index if self.row is None else self.row[index]) for index in index_N]

    def finding(
        self,
        check: str,
        judgement: Judgement,
        *,
        group: str = "all",
        value: float | None = None,
        interval: tuple[float | None, float | None] = (None, None),
        null: tuple[float | None, float | None] = (None, None),
        threshold: float | None = None,
        method: str | None = None,
        sides: tuple[float | None, float | None] = (None, None),
        chance: float | None = None,
        num_samples: int | None = None,
        num_subjects: int | None = None,
    ) -> Result:
        """One finding about the test itself, as a row of the results.

        Args:
            check: the check's name.
            judgement: ``checked`` or ``not_tested`` with one or two plain sentences, and ``Remedy: …`` if
                something was found.
            group: what the finding is about.
            value: the figure.
            interval: its bounds over subjects.
            null: the range of the figure if nothing is wrong.
            threshold: what the figure is compared with.
            method: of the interval.
            sides: what the figure is the difference of.
            chance: what the first of them is by chance.
            num_samples: that it is computed from; every sample if not given.
            num_subjects: likewise.
        """
        has_interval = interval != (None, None)
        return Result(
            dataset=self.dataset,
            model=self.model,
            condition=self.condition,
            kind="check",
            metric=check,
            statistic="index",
            group=group,
            value=value,
            lo=interval[0],
            hi=interval[1],
            level=self.level if has_interval else None,
            method=method if has_interval else None,
            n_samples=self.samples.num_rows if num_samples is None else num_samples,
            n_subjects=self.aligned.num_subjects if num_subjects is None else num_subjects,
            n_unscored=int((~self.aligned.scored).sum()),
            own_value=sides[0],
            versus_value=sides[1],
            chance=chance,
            null_lo=null[0],
            null_hi=null[1],
            threshold=threshold,
            judgement=judgement,
            note=self._part(),
        )

    def _part(self) -> str | None:
        """Which part of the samples was checked; None if all were."""
        if self.num_stored is None:
            return None
        return f"{self.samples.num_rows:,} of {self.num_stored:,} samples, drawn at random within each subject"


Check = Callable[[CheckedSystem], Iterable[Result]]
