"""The study that a practice test of voices rests on, and what it answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from harness.cards.taxonomy import class_of
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.practice_tests.customer_service.calls import Calls, Meanings, calls_of
from harness.practice_tests.customer_service.service_options import CustomerServiceOptions
from harness.practice_tests.named_emotions import named_emotions
from harness.practice_tests.observed_columns import numbered
from harness.practice_tests.practice_study import run_study_of
from harness.study.observer import Observer
from harness.tables.predictions import label_orders
from harness.tables.schemas import RATERS
from harness.tables.versions import read_table


@dataclass(frozen=True)
class Heard:
    """What a study of voices gives.

    Attributes:
        calls: with the answers of the system.
        people: with those of people, where the dataset has their votes.
        results: of the study.
        names: what those who speak are called, by their numbers.
    """

    calls: Calls
    people: Calls | None
    results: pa.Table
    names: Sequence[str] = ()


def heard(options: CustomerServiceOptions, out: Path, observer: Observer) -> Heard:
    """Run the study under all conditions; one that is finished is read.

    Raises:
        HarnessError: the study cannot be run, or its samples or the system have no labels.
    """
    folders = {family: str(folder) for family, folder in options.condition_files.items()}
    choices = {"conditions": list(options.conditions), **({"condition_files": folders} if folders else {})}
    study = run_study_of(options, out, observer, choices=choices)
    observer.stage("measuring what is lost")
    return read_heard(study.folder, options)


def read_heard(folder: RunFolder, options: CustomerServiceOptions) -> Heard:
    """The calls of a finished study.

    Raises:
        HarnessError: its samples or the system have no labels, there is no such column of roles, or an option
            names an emotion that nobody knows.
    """
    plan = folder.read_plan().plan
    samples = read_table(folder / "samples.parquet", "samples").table
    predictions = read_table(folder / "predictions.parquet", "predictions").table
    name = str(plan["model"]["name"])
    if samples["label"].null_count == len(samples) or not predictions["label"].null_count < len(predictions):
        raise HarnessError(
            f"dataset {options.dataset}, model {name}: this test compares emotions in words, and one of the two "
            "has none. Choose labelled voices and a system that answers with labels."
        )
    if options.role_column is not None and options.role_column not in samples.column_names:
        found = ", ".join(column for column in samples.column_names if column.startswith(("ctx.", "attr.")))
        raise HarnessError(f"role_column={options.role_column}: no such column. There are: {found or 'none'}.")
    to_class = class_of(plan["labels"]["merge"])
    labels = {*samples["label"].drop_null().to_pylist(), *label_orders(predictions).get(name, [])}
    negative = named_emotions(options.negative, "negative", labels)
    of_test = Meanings(to_class, negative, named_emotions(options.calm, "calm", labels))
    has_people = RATERS in predictions["model"].to_pylist() and name != RATERS
    labelled = samples.filter(samples["label"].is_valid())
    return Heard(
        calls_of(options.dataset, name, samples, predictions, of_test, options.role_column),
        calls_of(options.dataset, RATERS, samples, predictions, of_test, options.role_column)
        if has_people
        else None,
        read_table(folder / "results.parquet", "results").table,
        numbered(labelled["subject_id"].to_pylist())[1],
    )
