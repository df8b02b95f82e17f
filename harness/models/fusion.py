"""Late fusion and ensembles: several systems' answers to the same samples, combined from their finished runs.

Shapes: N samples, M runs, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import BeforeValidator, Field

from harness.arrays import Bools, Floats, Ints, Scores
from harness.cards.facts import ModelCard
from harness.cards.taxonomy import class_of
from harness.errors import HarnessError, Reason, Unscored
from harness.files import UserPath
from harness.models.fused_answers import FusedAnswers, fused_answers
from harness.models.fused_notes import MAX_CLASSES_NAMED, counts, notes_of
from harness.models.fused_runs import (
    MAX_RUNS,
    chosen_runs,
    described,
    merged_classes,
    read_fused_runs,
    require_scores,
)
from harness.models.fusion_rules import mean_of_present, mean_scores, most_voted, product_scores, vote_shares
from harness.models.learned_fusion import learned_scores
from harness.models.model import Conclusion, ModelOptions, RunSettings, TableModel
from harness.tables.folds import Fold
from harness.tables.predictions import predictions_table
from harness.tables.sample_keys import ID_COLUMN
from harness.wording import listed


def _in_a_list(given: object) -> object:
    """One name may stand without a list."""
    return [given] if isinstance(given, str) else given


Names = Annotated[tuple[str, ...], BeforeValidator(_in_a_list)]


class FusionOptions(ModelOptions):
    """The options of `Fusion`.

    Attributes:
        runs: the folders of finished runs; or name → folder, where several are of one system.
        method: mean of the scores; product, their geometric mean; vote of the labels; or learned, the product
            with weights that are fitted with the test subjects left out.
        without: names of runs to leave out, to see what they contribute.
        join: the columns by which samples of study and runs are matched, or ``name`` for their files' names.
        max_folds: learned: leave-one-subject-out up to this number of subjects, otherwise this number of folds.
    """

    runs: Annotated[tuple[UserPath, ...], Field(max_length=MAX_RUNS)] | dict[str, UserPath] | None = None
    method: Literal["mean", "product", "vote", "learned"] = "mean"
    without: Names | None = None
    join: Annotated[Names, Field(min_length=1)] = (ID_COLUMN,)
    max_folds: int = Field(default=40, ge=2, le=1000)


class EnsembleOptions(FusionOptions):
    """The options of `Ensemble`: those of `FusionOptions`, with a vote if nothing else is chosen."""

    method: Literal["mean", "product", "vote", "learned"] = "vote"


class Fusion(TableModel[FusionOptions]):
    """Combines the answers of finished runs; a run without an answer to a sample has no say in it."""

    Options = FusionOptions

    def __init__(self, card: ModelCard, options: FusionOptions, settings: RunSettings) -> None:
        self._all_runs = read_fused_runs(card.name, options.runs)
        self._runs = chosen_runs(self._all_runs, options.without or ())
        require_scores(self._runs, options.method)
        super().__init__(described(card, self._runs, options.method), options, settings)
        self._to_class = class_of(merged_classes(self._runs))
        own = [list(dict.fromkeys(map(self._to_class, run.labels))) for run in self._runs]
        self._classes = list(dict.fromkeys(name for of_run in own for name in of_run))
        self._cannot = {
            run.name: missing
            for run, of_run in zip(self._runs, own, strict=True)
            if of_run and (missing := [name for name in self._classes if name not in of_run])
        }
        self._counted: list[str] = []

    def facts(self) -> dict[str, Any]:
        """The hashes of every run, also of those that are left out."""
        return {"runs": {run.name: dict(run.facts) for run in self._all_runs}}

    def labels_for(self, listed: pa.Table) -> list[str]:  # noqa: ARG002 (the runs have been read)
        """The classes that any of the systems can answer."""
        return list(self._classes)

    def require_answers(self, samples: pa.Table) -> None:
        """Check that every run has samples of the study, and count how many.

        Raises:
            HarnessError: see `fused_answers`.
        """
        self._counted = list(counts(self._runs, self._answers(samples), samples, self._to_class))

    def absent(self, samples: pa.Table) -> dict[str, Bools]:
        """Which samples each run has no answer to ``[N]``."""
        answered_NM = self._answers(samples).answered
        return {run.name: ~answered_NM[:, place] for place, run in enumerate(self._runs)}

    def notes(self) -> list[str]:
        """The runs, what they lack, and what a reader must know of them."""
        kept = {run.name for run in self._runs}
        used = [run.named for run in self._runs]
        left_out = [run.name for run in self._all_runs if run.name not in kept]
        without = f", without {listed(left_out, most=MAX_RUNS)}" if left_out else ""
        return [
            f"Fused from finished runs, method {self.options.method}: {listed(used, most=MAX_RUNS)}{without}.",
            *self._counted,
            *(
                f"{name} cannot answer {listed(missing, MAX_CLASSES_NAMED)}: the others decide on that alone."
                for name, missing in self._cannot.items()
            ),
            *notes_of(self._runs),
        ]

    def predict(self, samples: pa.Table) -> Conclusion:
        """The fused answers; a sample that no system has answered is not scored.

        Raises:
            HarnessError: see `fused_answers`; learned: no sample can be trained on.
        """
        answers = self._answers(samples)
        scores_NC, folds = self._fused(answers, samples)
        scores_NC = scores_NC.astype(np.float32)
        fused_N: Bools = np.any(np.isfinite(scores_NC), axis=1)
        dimensions = {name: mean_of_present(values_NM) for name, values_NM in answers.dimensions.items()}
        unscored = self._unscored(answers, fused_N)
        label_N = self._labels(answers, scores_NC)
        return Conclusion(
            predictions_table(
                model=self.name,
                labels=self._classes,
                sample_id=samples["sample_id"].to_pylist(),
                outcome=["scored" if of is None else of.outcome for of in unscored],
                reason=[None if of is None else of.text for of in unscored],
                label=[self._classes[i] if has else None for i, has in zip(label_N, fused_N, strict=True)],
                scores=[row if has else None for row, has in zip(scores_NC.tolist(), fused_N, strict=True)],
                dimensions={
                    name: [
                        value if np.isfinite(value) and of is None else None
                        for value, of in zip(of_name.tolist(), unscored, strict=True)
                    ]
                    for name, of_name in dimensions.items()
                },
            ),
            tuple(folds),
        )

    def _answers(self, samples: pa.Table) -> FusedAnswers:
        return fused_answers(self._runs, samples, self.options.join, self._to_class, self._classes)

    def _fused(self, answers: FusedAnswers, samples: pa.Table) -> tuple[Floats, Sequence[Fold]]:
        """The fused scores ``[N, C]``, and the trainings of a method that learns."""
        if self.options.method == "mean":
            return mean_scores(answers.scores), ()
        if self.options.method == "product":
            return product_scores(answers.scores), ()
        if self.options.method == "vote":
            return vote_shares(answers.label, len(self._classes)), ()
        return self._learned(answers, samples)

    def _learned(self, answers: FusedAnswers, samples: pa.Table) -> tuple[Floats, Sequence[Fold]]:
        place = {name: index for index, name in enumerate(self._classes)}
        labels = samples["label"].to_pylist()
        truth_N = np.array([place.get(self._to_class(label), -1) if label else -1 for label in labels], np.int64)
        fused_NC, folds = learned_scores(
            answers.scores,
            truth_N,
            samples["subject_id"].to_pylist(),
            [run.name for run in self._runs],
            samples["split"].to_pylist(),
            max_folds=self.options.max_folds,
            seed=self.settings.seed,
        )
        if not folds:
            raise HarnessError(
                f"{self.name}: no weights can be learned: samples of at least two subjects need a label that the "
                f"runs can answer ({listed(self._classes, MAX_CLASSES_NAMED)}). Use model.method=mean, or merge "
                "labels in the runs (labels.merge)."
            )
        return fused_NC, folds

    def _labels(self, answers: FusedAnswers, scores_NC: Scores) -> Ints:
        """The class with the highest score ``[N]``; a tied vote is decided by the mean of the scores."""
        if not self._classes:
            return np.full(len(scores_NC), -1, np.int64)
        if self.options.method == "vote":
            return most_voted(np.nan_to_num(scores_NC, nan=-1.0), mean_scores(answers.scores))
        label_N: Ints = np.nan_to_num(scores_NC, nan=-1.0).argmax(axis=1)
        return label_N

    def _unscored(self, answers: FusedAnswers, fused_N: Bools) -> list[Unscored | None]:
        """Why samples have no fused answer ``[N]``."""
        names = [run.name for run in self._runs]
        unscored: list[Unscored | None] = [None] * len(fused_N)
        for row in np.flatnonzero(~fused_N & ~answers.has_dimensions):
            if (answers.label[row] >= 0).any():
                unscored[row] = Unscored(Reason.NOT_TRAINABLE, "no labelled sample of another subject")
                continue
            declined = bool(answers.abstained[row].all())
            unscored[row] = Unscored(Reason.NO_ANSWER, answers.reason(int(row), names), abstained=declined)
        return unscored


class Ensemble(Fusion):
    """Several systems that answer together; by default each has a vote."""

    Options = EnsembleOptions
