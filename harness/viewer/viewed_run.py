"""A finished run as the viewer needs it: its tables, its groups, and the answers of each model per condition."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.attributes.groups import Groups, axes_of, group_samples
from harness.errors import HarnessError
from harness.evidence.public_tables import validated_tables
from harness.evidence.run_folder import RunFolder
from harness.packs.manifest import MANIFEST
from harness.packs.pack_folder import RUN
from harness.progress import UNSEEN, Share
from harness.scoring.stored_plan import measure_settings
from harness.tables.folds import Fold, read_folds
from harness.tables.predictions import model_conditions
from harness.tables.versions import read_table
from harness.wording import listed

NEEDED = ("samples.parquet", "predictions.parquet")


@dataclass(frozen=True)
class AnswersOf:
    """Whose answers: those of a model under a condition."""

    model: str
    condition: str


@dataclass(frozen=True)
class ViewedRun:
    """A run that is looked at; N samples.

    Attributes:
        folder: of the run.
        plan: of this version of the harness.
        samples: validated.
        predictions: validated.
        merge: classes that are merged in labels and answers.
        groups: axis → the groups of the samples, in the order of the plan.
        answers: every model × condition, those of the system on clean media first.
        notes: what whoever looks must know, such as files that were changed.
    """

    folder: RunFolder
    plan: Mapping[str, Any]
    samples: pa.Table
    predictions: pa.Table
    merge: Mapping[str, str]
    groups: Mapping[str, Groups]
    answers: tuple[AnswersOf, ...]
    notes: tuple[str, ...] = ()
    _tables: dict[str, pa.Table | None] = field(default_factory=dict, repr=False, compare=False)

    @property
    def system(self) -> str:
        """The name of the system under test."""
        return str(self.plan["model"]["name"])

    @property
    def dataset(self) -> str:
        """The name of the dataset."""
        return str(self.plan["dataset"]["name"])

    @cached_property
    def folds(self) -> Mapping[str, tuple[Fold, ...]]:
        """The trainings within the study, by model; none where nothing was trained.

        Raises:
            HarnessError: the file is malformed.
        """
        path = self.folder / "folds.json"
        return (
            {model: tuple(of_model) for model, of_model in read_folds(path).folds.items()}
            if path.is_file()
            else {}
        )

    def table(self, name: str) -> pa.Table | None:
        """Another table of the run; None if it has none of that name.

        Raises:
            HarnessError: it is malformed.
        """
        if name not in self._tables:
            path = self.folder / f"{name}.parquet"
            self._tables[name] = read_table(path, name).table if path.is_file() else None
        return self._tables[name]


def read_viewed_run(path: Path, progress: Share = UNSEEN) -> ViewedRun:
    """Read a finished run, or the run of a pack.

    Args:
        path: its folder.
        progress: told of its tables and axes.

    Raises:
        HarnessError: it is not that of a run, the run is not finished, or a table is malformed.
    """
    folder = RunFolder(path / RUN if os.path.lexists(path / MANIFEST) else path)
    plan = folder.read_plan().plan
    settings = measure_settings(plan, folder / "plan.yaml")
    for name in NEEDED:
        if not (folder / name).is_file():
            raise HarnessError(
                f"{path}: this run is not finished ({name} is missing). Repeat its command to continue it."
            )
    reading, hashing, grouping = progress.split(4, 1, 1)
    samples, predictions = validated_tables(folder)
    reading.end()
    groups, notes = {}, _changes(folder)
    hashing.end()
    axes = axes_of(samples) if settings.grouping.axes is None else settings.grouping.axes
    for axis in grouping.each(axes, len(axes)):
        try:
            groups[axis] = group_samples(samples, axis, settings.grouping)
        except HarnessError as error:
            notes.append(f"The groups of {axis} cannot be shown: {error}")
    if not (folder / "results.parquet").is_file():
        notes.append("This run is not finished: it has no verdicts yet. Repeat its command to continue it.")
    system = str(plan["model"]["name"])
    pairs = [AnswersOf(*pair) for pair in model_conditions(predictions)]
    pairs.sort(key=lambda pair: pair.model != system)  # stable
    return ViewedRun(folder, plan, samples, predictions, settings.merge, groups, tuple(pairs), tuple(notes))


def _changes(folder: RunFolder) -> list[str]:
    """What is wrong with the files; a pack says more under ``harness verify``."""
    try:
        changed = folder.changed_files() if (folder / "run.json").is_file() else []
    except HarnessError as error:
        return [str(error)]
    return [f"Not what the run wrote: {listed(changed)}. What is shown may differ from it."] if changed else []
