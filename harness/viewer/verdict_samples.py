"""The samples that a verdict is about, where filters do not tell them apart: found again when somebody asks.

Shapes: N samples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cached_property, lru_cache
from typing import Any

import pyarrow as pa

from harness.arrays import Bools
from harness.cards.facts import ModelCard
from harness.checks.checked_system import CheckedSystem
from harness.checks.run_checks import Evidence, checked_system
from harness.checks.samples_behind import knows_samples_behind, samples_behind
from harness.measurement.changed_samples import changed_samples, is_of_changes
from harness.scoring.stored_plan import measure_settings, negative_control
from harness.tables.alignment import Aligned, align
from harness.tables.answers_table import validate_answers
from harness.tables.probe_tables import validate_media, validate_probes
from harness.tables.repeat_pieces import validate_repeats
from harness.tables.schemas import CLEAN
from harness.viewer.query import BadQuery
from harness.viewer.viewed_run import ViewedRun

MAX_KEPT = 8
"""So many verdicts keep their samples: whoever scrolls asks for pages of one of them."""


def is_found_again(row: Mapping[str, Any]) -> bool:
    """Whether the samples of a row of the results are found by `VerdictSamples`.

    Args:
        row: of the results.
    """
    return knows_samples_behind(row) or (row["kind"] == "metric" and is_of_changes(row["metric"]))


class VerdictSamples:
    """Finds samples of verdicts; the last ones are kept.

    Args:
        run: whose verdicts.
    """

    def __init__(self, run: ViewedRun) -> None:
        self._run = run
        self.behind = lru_cache(MAX_KEPT)(self._behind)

    def _behind(self, number: int) -> Bools:
        """The samples of one verdict, whatever its group: ``[N]``.

        Args:
            number: of its row in the results.

        Raises:
            BadQuery: it is not one whose samples are found so.
            HarnessError: a stored table is malformed.
        """
        results = self._run.table("results")
        row = None if results is None or number >= results.num_rows else results.slice(number, 1).to_pylist()[0]
        if row is None or row["verdict"] is None or not is_found_again(row):
            raise BadQuery(f"behind: row {number} of results.parquet is no verdict whose samples are found so.")
        if row["kind"] == "check":
            return samples_behind(self._checked, row)
        model, condition = row["model"], row["condition"]
        return changed_samples(row["metric"], self._aligned(model, CLEAN), self._aligned(model, condition))

    def _aligned(self, model: str, condition: str) -> Aligned:
        run = self._run
        return align(run.samples, run.predictions, model=model, condition=condition, merge=run.merge)

    @cached_property
    def _checked(self) -> CheckedSystem:
        """What the checks were given, of all samples."""
        run = self._run
        settings = measure_settings(dict(run.plan), run.folder / "plan.yaml")
        condition = next(of.condition for of in run.answers if of.model == run.system)
        repeats = run.table("repeats")
        evidence = Evidence(
            samples=run.samples,
            predictions=run.predictions,
            aligned=self._aligned(run.system, condition),
            model_cards=[ModelCard.model_validate(run.plan["cards"]["models"][0])],
            folds={model: [asdict(fold) for fold in of_model] for model, of_model in run.folds.items()},
            media=self._stored("media", validate_media),
            probes=self._stored("probes", validate_probes),
            answers=self._stored("answers", validate_answers),
            repeats={} if repeats is None else validate_repeats(repeats, run.samples),
        )
        return checked_system(
            evidence,
            dataset=run.dataset,
            model=run.system,
            grouping=settings.grouping,
            seed=settings.seed,
            level=settings.level,
            min_subjects=settings.min_subjects,
            control=negative_control(dict(run.plan), run.folder / "plan.yaml"),
            votes=settings.vote_source,
        )

    def _stored(self, name: str, validate: Callable[[pa.Table, pa.Table], pa.Table]) -> pa.Table | None:
        table = self._run.table(name)
        return None if table is None else validate(table, self._run.samples)
