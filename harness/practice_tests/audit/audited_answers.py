"""What the system of a study answered to people of known groups, as arrays.

Shapes: N samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.attributes.grouping import Grouping
from harness.attributes.groups import Groups, axes_of, group_samples
from harness.cards.taxonomy import canonical
from harness.errors import HarnessError
from harness.evidence.public_tables import validated_tables
from harness.evidence.run_folder import RunFolder
from harness.practice_tests.audit.audit_options import AuditOptions
from harness.practice_tests.named_emotions import named_emotions
from harness.practice_tests.observed_columns import numbered
from harness.practice_tests.practice_study import run_study_of
from harness.study.observer import Observer
from harness.tables.predictions import label_orders, rows_of
from harness.tables.schemas import CLEAN
from harness.tables.versions import read_table


@dataclass(frozen=True)
class AuditedAnswers:
    """The answers of one system.

    Attributes:
        dataset: its name.
        model: its name.
        subject: ``[N]``, numbered.
        answer: ``[N]``, a label in the canonical vocabulary; empty: no answer.
        negative: ``[N]``, whether it is a negative emotion.
        confidence: ``[N]``, the highest score; NaN where there is none.
        seconds: ``[N]``, that an answer took; NaN where they are not known.
        axes: the groups of the samples.
        scores: label in the canonical vocabulary → ``[N]``, its score; NaN where there is none.
        people: what they are called, by their numbers.
    """

    dataset: str
    model: str
    subject: Ints
    answer: np.ndarray
    negative: Bools
    confidence: Floats
    seconds: Floats
    axes: Sequence[Groups]
    scores: Mapping[str, Floats] = field(default_factory=dict)
    people: Sequence[str] = ()

    @property
    def answered(self) -> Bools:
        """``[N]``, whether there is an answer."""
        found: Bools = self.answer != ""
        return found

    @property
    def are_probabilities(self) -> bool:
        """Whether all scores lie between 0 and 1, as limits and percentages of them take for granted."""
        known = [each[np.isfinite(each)] for each in (self.confidence, *self.scores.values())]
        return all(bool(((each >= 0) & (each <= 1)).all()) for each in known)


def audited(options: AuditOptions, out: Path, observer: Observer) -> AuditedAnswers:
    """Run the study, and read what it answered; one that is finished is read.

    Raises:
        HarnessError: the study cannot be run, or its samples have no attributes of people.
    """
    stated = {"label_source": "not_stated"} if options.dataset == "table" else {}
    study = run_study_of(options, out, observer, reader=stated)
    observer.stage("comparing groups")
    return read_audited(study.folder, options)


def read_audited(folder: RunFolder, options: AuditOptions) -> AuditedAnswers:
    """The answers of a finished study.

    Raises:
        HarnessError: its samples have no attributes of people, or the system answers without labels.
    """
    plan = folder.read_plan().plan
    model = str(plan["model"]["name"])
    samples, predictions = validated_tables(folder)
    timings = read_table(folder / "timings.parquet", "timings").table
    return audited_of(samples, predictions, timings, model, Grouping.of(plan["attributes"]), options)


def audited_of(
    samples: pa.Table,
    predictions: pa.Table,
    timings: pa.Table,
    model: str,
    grouping: Grouping,
    options: AuditOptions,
) -> AuditedAnswers:
    """The answers of a system.

    Args:
        samples: with attributes of people.
        predictions: of that model and perhaps others.
        timings: of its answers; those that are not there are not known.
        model: its name in the predictions.
        grouping: how values of attributes become groups.
        options: of the test.

    Raises:
        HarnessError: the samples have no attributes of people, or the system answers without labels.
    """
    own = rows_of(predictions, model, CLEAN)
    own = own.take(pc.index_in(samples["sample_id"], value_set=own["sample_id"]))
    labels = label_orders(predictions).get(model, [])
    names = options.axes or axes_of(samples)
    if not names:
        raise HarnessError(
            "The people have no attributes. Give columns such as attr.sex, or study.attributes.file."
        )
    if not labels:
        raise HarnessError(f"model {model} answers with numbers alone: an audit counts labels.")
    negative = named_emotions(options.negative, "negative", labels)
    answer = np.array([canonical(name) if name else "" for name in own["label"].to_pylist()], dtype=object)
    subject, people = numbered(samples["subject_id"].to_pylist())
    return AuditedAnswers(
        dataset=options.dataset,
        model=model,
        subject=subject,
        answer=answer,
        negative=np.array([name in negative for name in answer.tolist()], dtype=bool),
        confidence=_highest(own),
        seconds=_seconds(timings, model, samples),
        axes=[group_samples(samples, name, grouping) for name in names],
        scores=_scores(own, labels),
        people=people,
    )


def _highest(own: pa.Table) -> Floats:
    scores = own["scores"].to_pylist()
    return np.array([np.nan if of is None else max(of) for of in scores], dtype=np.float64)


def _scores(own: pa.Table, labels: Sequence[str]) -> dict[str, Floats]:
    """The score of every label; none where the system gives none."""
    nothing = [np.nan] * len(labels)
    scores_NL = np.array([nothing if of is None else of for of in own["scores"].to_pylist()], dtype=np.float64)
    if not np.isfinite(scores_NL).any():
        return {}
    found: dict[str, Floats] = {}
    for place, label in enumerate(labels):  # several spellings of one emotion share it
        found[canonical(label)] = found.get(canonical(label), np.zeros(len(scores_NL))) + scores_NL[:, place]
    return found


def _seconds(timings: pa.Table, model: str, samples: pa.Table) -> Floats:
    """What each answer took, to prepare and to compute; NaN where the study did not measure it."""
    own = timings.filter((pc.field("model") == model) & (pc.field("condition") == CLEAN))
    own = own.take(pc.index_in(samples["sample_id"], value_set=own["sample_id"]))
    both = pc.add(own["prepare_s"], own["forward_s"])
    found: Floats = pc.fill_null(both, np.nan).to_numpy().astype(np.float64)
    return found
