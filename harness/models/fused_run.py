"""One of the finished runs that are fused: its system's answers as probabilities of common classes.

Shapes: N samples of the run, L labels of its system, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ValidationError

from harness.arrays import Bools, Floats, Ints
from harness.cards.facts import ModelCard
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.evidence.unchanged_evidence import record_of_unchanged, require_named
from harness.tables.alignment import MAX_LABELS, distinct_labels
from harness.tables.predictions import label_orders, validate_predictions, with_label_orders
from harness.tables.samples import validate_samples
from harness.tables.schemas import CLEAN
from harness.tables.versions import read_table

SAMPLES_FILE, PREDICTIONS_FILE = "samples.parquet", "predictions.parquet"
ROUNDING = 0.005
"""Of a score with two decimals: with so many labels, probabilities may sum to 1 within so many roundings."""


SMALLEST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class FusedRun:
    """A finished run.

    Attributes:
        name: of its system in the fusion.
        path: its folder.
        plan: upgraded to this version of the harness.
        facts: what identifies it: its system, its dataset, and the hashes of its plan, samples and predictions.
        merge: the classes that its plan merges.
        samples: validated.
        answers: of its system to clean samples, in the order of the samples; validated.
        labels: of its system, in the order of its scores.
    """

    name: str
    path: Path
    plan: Mapping[str, Any]
    facts: Mapping[str, str]
    merge: Mapping[str, str]
    samples: pa.Table
    answers: pa.Table
    labels: Sequence[str]

    @property
    def named(self) -> str:
        """Its name, with that of its system where it is another."""
        system = self.facts["system"]
        return self.name if self.name == system else f"{self.name} ({system})"

    @cached_property
    def card(self) -> ModelCard | None:
        """The card of its system; None if its plan has none."""
        try:
            return ModelCard.model_validate(self.plan["cards"]["models"][0])
        except (ValidationError, LookupError, TypeError):
            return None

    @cached_property
    def scored(self) -> Bools:
        """Whether each sample is scored ``[N]``."""
        scored_N: Bools = pc.equal(self.answers["outcome"], "scored").to_numpy()
        return scored_N

    @cached_property
    def has_scores(self) -> Bools:
        """Whether each sample has scores ``[N]``."""
        present_N: Bools = self.answers["scores"].combine_chunks().is_valid().to_numpy(zero_copy_only=False)
        return self.scored & present_N & bool(self.labels)

    @cached_property
    def not_probabilities(self) -> str | None:
        """The first sample whose scores are no probabilities; None if there is none."""
        scores_NL = self._label_scores()[self.has_scores]
        off_N = np.abs(scores_NL.sum(axis=1) - 1) > ROUNDING * max(len(self.labels), 2)
        wrong_N = (scores_NL < 0).any(axis=1) | off_N
        if not wrong_N.any():
            return None
        return str(self.answers["sample_id"][int(np.flatnonzero(self.has_scores)[wrong_N.argmax()])].as_py())

    def class_labels(self, to_class: Callable[[str], str], classes: Sequence[str]) -> Ints:
        """The class that is answered to each sample ``[N]``; -1 where there is none."""
        label = self.answers["label"].combine_chunks().dictionary_encode()
        place = {name: index for index, name in enumerate(classes)}
        index = [place.get(to_class(name), -1) for name in label.dictionary.to_pylist()]
        code_N = label.indices.fill_null(len(index)).to_numpy()
        class_N: Ints = np.where(self.scored, np.array([*index, -1], np.int64)[code_N], -1)
        return class_N

    def class_scores(self, to_class: Callable[[str], str], classes: Sequence[str]) -> Floats:
        """The probabilities ``[N, C]``: NaN in rows without an answer, and for classes that it cannot answer.

        The scores of labels of one class are added, and rounded ones sum to 1 again. A label without scores counts
        as certain.
        """
        own = [classes.index(to_class(label)) for label in self.labels]
        scores_NC = np.full((self.samples.num_rows, len(classes)), np.nan)
        label_N = self.class_labels(to_class, classes)
        answered_N = label_N >= 0
        scores_NC[np.ix_(np.flatnonzero(answered_N), np.unique(np.array(own, np.int64)))] = 0.0
        certain_N = np.flatnonzero(answered_N & ~self.has_scores)
        scores_NC[certain_N, label_N[certain_N]] = 1.0
        of_label_NL, given_N = self._label_scores(), answered_N & self.has_scores
        given_NL = np.maximum(of_label_NL[given_N], 0.0)  # a vote may be of scores that are no probabilities
        for place, index in enumerate(own):
            scores_NC[given_N, index] += given_NL[:, place] / np.maximum(given_NL.sum(axis=1), SMALLEST)
        return scores_NC

    def _label_scores(self) -> Floats:
        scores_NL = np.full((self.samples.num_rows, len(self.labels)), np.nan)
        if self.has_scores.any():
            given = self.answers["scores"].combine_chunks().filter(pa.array(self.has_scores))
            scores_NL[self.has_scores] = (
                given.flatten().to_numpy(zero_copy_only=False).reshape(-1, len(self.labels))
            )
        return scores_NL


def read_fused_run(path: Path, name: str | None) -> FusedRun:
    """Read a finished run that is to be fused.

    Args:
        path: its folder.
        name: of its system in the fusion; None for that in its plan.

    Raises:
        HarnessError: it is not a finished run, its evidence was changed, or its tables do not fit each other.
    """
    folder = RunFolder(path)
    stored = folder.read_plan()
    plan, plan_path = stored.plan, folder / "plan.yaml"
    require_named(plan, plan_path)
    record = record_of_unchanged(folder, (SAMPLES_FILE, PREDICTIONS_FILE))
    system = str(plan["model"]["name"])
    samples = validate_samples(read_table(folder / SAMPLES_FILE, "samples").table, rows_independent=True)
    predictions = read_table(folder / PREDICTIONS_FILE, "predictions").table
    answers = _answers(predictions, samples, system, path)
    return FusedRun(
        name=name or system,
        path=path,
        plan=plan,
        facts={
            "system": system,
            "dataset": str(plan["dataset"]["name"]),
            "plan_sha256": stored.sha256,
            "samples_sha256": str(record["files"][SAMPLES_FILE]),
            "predictions_sha256": str(record["files"][PREDICTIONS_FILE]),
        },
        merge=_merge(plan, plan_path),
        samples=samples,
        answers=answers,
        labels=_labels(answers, system, path),
    )


class _Labels(BaseModel):
    merge: dict[str, str]


def _merge(plan: Mapping[str, Any], path: Path) -> dict[str, str]:
    try:
        return _Labels.model_validate(plan["labels"]).merge
    except (ValidationError, LookupError):
        raise HarnessError(f"{path}: the plan does not say which labels are merged.") from None


def _labels(answers: pa.Table, system: str, path: Path) -> list[str]:
    stated = label_orders(answers).get(system) or []
    if len(stated) > MAX_LABELS:
        raise HarnessError(f"{path}: {system} has {len(stated):,} labels; at most {MAX_LABELS} can be fused.")
    return stated or distinct_labels(answers["label"], str(path))


def _answers(predictions: pa.Table, samples: pa.Table, system: str, path: Path) -> pa.Table:
    own = pc.and_(pc.equal(predictions["model"], system), pc.equal(predictions["condition"], CLEAN))
    rows = predictions.filter(own)
    if not rows.num_rows:
        raise HarnessError(f"{path}: predictions.parquet has no clean predictions of {system}.")
    orders = {system: label_orders(predictions).get(system, [])}
    rows = validate_predictions(with_label_orders(rows, orders), samples)
    return rows.take(pc.index_in(samples["sample_id"], value_set=rows["sample_id"])).combine_chunks()
