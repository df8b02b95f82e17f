"""The answers of one study as arrays, by which practice tests compare ways of asking.

Shapes: N stimuli.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Ints
from harness.cards.taxonomy import class_of
from harness.evidence.public_tables import validated_tables
from harness.evidence.run_folder import RunFolder
from harness.practice_tests.language_models.contested_theories import appeals_in
from harness.practice_tests.language_models.language_models_options import LanguageModelsOptions
from harness.practice_tests.observed_columns import numbered
from harness.report.claims import MeasuredClaim, measured_claims
from harness.tables.predictions import rows_of
from harness.tables.schemas import CLEAN
from harness.tables.versions import read_table

NO_ANSWER = ""


@dataclass(frozen=True)
class Answers:
    """What a model answered to the stimuli of a study, in the order of their ids.

    Attributes:
        sample: ``[N]``, their ids.
        subject: ``[N]``, numbered.
        truth: ``[N]``, the class that voice, face or posture show; empty: none.
        words: ``[N]``, the class that the words express; empty: none.
        pair: ``[N]``, what they share with others; empty: nothing.
        answer: ``[N]``, a class; `NO_ANSWER`: none.
        refused: ``[N]``, whether it declined.
        results: of the study.
        appeals: contested theory → ``[N]``, whether its words appeal to it; empty where no words are kept.
        people: what those in the stimuli are called, by their numbers.
        stated: what the cards of the study claim, each beside what it measured.
    """

    sample: np.ndarray
    subject: Ints
    truth: np.ndarray
    words: np.ndarray
    pair: np.ndarray
    answer: np.ndarray
    refused: Bools
    results: pa.Table
    appeals: Mapping[str, Bools] = field(default_factory=dict)
    stated: Sequence[MeasuredClaim] = ()
    people: Sequence[str] = ()


def columns_of(folder: Path) -> set[str]:
    """The columns of a study's samples in which something stands."""
    samples = read_table(folder / "samples.parquet", "samples").table
    return {name for name in samples.column_names if samples[name].null_count < samples.num_rows}


def read_answers(folder: Path, options: LanguageModelsOptions, condition: str = CLEAN) -> Answers:
    """The answers of the system of a finished study.

    Raises:
        HarnessError: the study cannot be read.
    """
    run = RunFolder(folder)
    plan = run.read_plan().plan
    system = str(plan["model"]["name"])
    samples, predictions = validated_tables(run)
    results = read_table(run / "results.parquet", "results").table
    answers = answers_of(samples, rows_of(predictions, system, condition), results, options)
    raw = _raw(run, system, condition, answers.sample.tolist())
    return replace(answers, appeals=appeals_in(raw), stated=measured_claims(plan, results))


def answers_of(samples: pa.Table, own: pa.Table, results: pa.Table, options: LanguageModelsOptions) -> Answers:
    """The answers of one system under one condition, without its words.

    Args:
        samples: the stimuli, in any order.
        own: its predictions, one for each of them.
        results: of the study.
        options: the names of the columns.
    """
    samples = samples.take(pc.sort_indices(samples["sample_id"]))
    own = own.take(pc.index_in(samples["sample_id"], value_set=own["sample_id"]))
    reasons = pc.fill_null(own["reason"], "")
    subject, people = numbered(_texts(samples["subject_id"]).tolist())
    return Answers(
        sample=_texts(samples["sample_id"]),
        subject=subject,
        truth=_classes(samples, "label"),
        words=_classes(samples, options.words_column),
        pair=_texts(samples[options.pair_column])
        if options.pair_column in samples.column_names
        else _empty(samples),
        answer=_classes(own, "label"),
        refused=pc.starts_with(reasons, "refused").to_numpy(zero_copy_only=False).astype(bool),
        results=results,
        people=people,
    )


def _classes(table: pa.Table, column: str) -> np.ndarray:
    """A column of labels in the canonical vocabulary."""
    if column not in table.column_names:
        return _empty(table)
    to_class, found = class_of(), _texts(table[column])
    return np.array([to_class(label) if label else NO_ANSWER for label in found.tolist()], dtype=object)


def _texts(column: pa.ChunkedArray) -> np.ndarray:
    return np.array(pc.fill_null(column.cast(pa.string()), "").to_pylist(), dtype=object)


def _empty(table: pa.Table) -> np.ndarray:
    return np.full(table.num_rows, NO_ANSWER, dtype=object)


def _raw(run: RunFolder, system: str, condition: str, ids: Sequence[str]) -> list[str]:
    """The words of each answer, as the endpoint sent them."""
    path = run / "answers.parquet"
    if not path.is_file():
        return [NO_ANSWER] * len(ids)
    stored = read_table(path, "answers").table
    own = stored.filter((pc.field("model") == system) & (pc.field("condition") == condition))
    known = dict(zip(own["sample_id"].to_pylist(), own["raw"].to_pylist(), strict=True))
    return [known.get(name) or NO_ANSWER for name in ids]
