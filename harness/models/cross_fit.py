"""Train and test a classifier within the study, with the test subjects left out of training.

Every sample is predicted by a classifier that has never seen its subject: in the folds that the samples' split
names (`harness.tables.split_names.FOLD`), otherwise leave-one-subject-out (LOSO) while there are few subjects, and
grouped folds beyond. The one exception is a split with a subject in two folds, which a study only takes if it is
told to. A system that is given samples of its own to be trained on, such as another corpus, is trained once, on
these alone. The folds are part of the result, so that a reader can check them. Training sees clean samples alone;
under another condition the same classifiers are tested on the same people, so that what differs is the condition.

Shapes: N samples, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from harness.arrays import Bools, Indices
from harness.errors import Reason, Unscored
from harness.models.model import Conclusion, Training, Vectors
from harness.models.subject_folds import tested_rows
from harness.models.temperature import fit_probabilities
from harness.tables.folds import Fold
from harness.tables.predictions import concat_predictions, predictions_table
from harness.tables.schemas import CLEAN


def scaled(classifier: BaseEstimator) -> BaseEstimator:
    """A classifier of scaled features, of which missing ones are the median; both as in its training folds."""
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(), classifier)


def cross_fit(
    samples: pa.Table,
    vectors: Mapping[str, Vectors],
    *,
    model: str,
    make_classifier: Callable[[], BaseEstimator],
    max_folds: int,
    seed: int,
    training: Training | None = None,
) -> Conclusion:
    """Predict every sample that has a vector, by a classifier trained on other subjects.

    Rows that are not scored, or have no label, are never trained on; a row without a label is still predicted. NaN
    is a missing value, which the classifier imputes within the fold. The model's labels are the sorted labels of
    the samples; a class that is absent from a fold's training side scores 0 there. Linear algebra runs on one
    thread, so that equal inputs give equal bytes whatever the number of cores.

    Args:
        samples: the samples table.
        vectors: condition → one vector per sample, in the samples' order; ``clean`` is among them.
        model: the value of the `model` column.
        make_classifier: makes a fresh scikit-learn classifier with a fixed `random_state`. It has `predict_proba`,
            or a `decision_function` with one margin per class; margins become probabilities by temperature
            scaling, fitted on subjects left out of training: see `harness.models.temperature`.
        max_folds: leave-one-subject-out up to this number of subjects, otherwise this number of folds; at least 2.
            Neither matters where the samples' split names folds.
        seed: determines which subjects share a fold.
        training: what is trained on instead of the samples, whose labels the model then has; None: the samples.

    Returns:
        One row per sample and condition, and the folds that were trained. Where nothing can be trained (one
        subject, or fewer than two classes on the training side) the rows are failed, with the reason
        ``not_trainable``; so are those of a subject that no fold tests, because none of its clean samples has a
        vector.
    """
    assert max_folds >= 2, "two folds are the fewest that leave a subject out"
    rows = _Rows.of(samples, vectors[CLEAN])
    known = rows if training is None else _Rows.of(training.samples, training.vectors)
    if training is None:
        sides = tested_rows(rows.subject, samples["split"].to_pylist(), rows.usable, max_folds, seed)
    else:
        sides = [(training.name, np.ones(len(rows.subject), bool))]
    in_fold_N = np.any([rows_N for _, rows_N in sides], axis=0) if sides else np.zeros(len(rows.subject), bool)
    tested = [_Tested(_Rows.of(samples, of), _Answers(of, known.classes)) for of in vectors.values()]
    for one in tested:
        one.answers.fail(
            np.flatnonzero(one.rows.scored & one.rows.infinite), Unscored(Reason.NON_FINITE, "feature")
        )
        one.answers.fail(one.of(~in_fold_N), Unscored(Reason.NOT_TRAINABLE, "no clean sample of this subject"))
    folds = []
    with threadpool_limits(limits=1):
        for name, test_N in sides:
            train = np.flatnonzero(known.trainable & ~test_N if training is None else known.trainable)
            if len(set(known.label[train])) < 2:
                for one in tested:
                    one.answers.fail(one.of(test_N), Unscored(Reason.NOT_TRAINABLE, _why_not(train)))
                continue
            predict = fit_probabilities(
                make_classifier, known.values[train], known.label[train], known.subject[train], seed
            )
            for one in tested:
                if len(test := one.of(test_N)):
                    one.answers.score(test, *predict(one.rows.values[test]))
            folds.append(_fold(name, known.subject[train], rows.subject[rows.usable & test_N]))
    sample_ids = samples["sample_id"].to_pylist()
    tables = [
        one.answers.table(model, sample_ids, condition) for condition, one in zip(vectors, tested, strict=True)
    ]
    return Conclusion(concat_predictions(tables), tuple(folds))


@dataclass(frozen=True)
class _Rows:
    """The samples as arrays, all of length num_samples; `label` is the empty string where there is none."""

    values: npt.NDArray[np.float64]
    subject: npt.NDArray[np.str_]
    label: npt.NDArray[np.str_]
    scored: Bools
    infinite: Bools
    trainable: Bools
    classes: tuple[str, ...]

    @classmethod
    def of(cls, samples: pa.Table, vectors: Vectors) -> _Rows:
        labels = samples["label"].to_pylist()
        scored = np.array([outcome == "scored" for outcome in vectors.outcome], bool)
        infinite: Bools = np.any(np.isinf(vectors.values), axis=1)
        return cls(
            values=vectors.values,
            subject=np.array(samples["subject_id"].to_pylist(), str),
            label=np.array([label or "" for label in labels], str),
            scored=scored,
            infinite=infinite,
            trainable=scored & ~infinite & np.array([label is not None for label in labels], bool),
            classes=tuple(sorted({label for label in labels if label is not None})),
        )

    @property
    def usable(self) -> Bools:
        return self.scored & ~self.infinite


@dataclass(frozen=True)
class _Tested:
    """The samples under one condition, and what is answered to them."""

    rows: _Rows
    answers: _Answers

    def of(self, rows_N: Bools) -> Indices:
        """Those of some rows that can be predicted."""
        return np.flatnonzero(self.rows.usable & rows_N)


def _why_not(train: Indices) -> str:
    if len(train) == 0:
        return "no labelled sample of another subject"
    return "the other subjects show one class only"


def _fold(name: str, train_n: npt.NDArray[np.str_], test_n: npt.NDArray[np.str_]) -> Fold:
    """A fold, from the subject of every row that it trains on and of every row that it tests."""
    train_subjects, test_subjects = (tuple(np.unique(side).tolist()) for side in (train_n, test_n))
    return Fold(name, train_subjects, test_subjects, num_train=len(train_n))


class _Answers:
    """Collects the predictions, row by row."""

    def __init__(self, vectors: Vectors, classes: Sequence[str]) -> None:
        self._classes = tuple(classes)
        self._outcome = list(vectors.outcome)
        self._reason = list(vectors.reason)
        self._label: list[str | None] = [None] * len(self._outcome)
        self._scores: list[list[float] | None] = [None] * len(self._outcome)

    def fail(self, indices: Indices, unscored: Unscored) -> None:
        for index in indices:
            self._outcome[index] = unscored.outcome
            self._reason[index] = unscored.text

    def score(self, indices: Indices, seen: Sequence[str], probabilities_NC: npt.NDArray[np.float64]) -> None:
        """Enter probabilities over the classes that the fold has seen; the label is the most probable one."""
        columns = [self._classes.index(label) for label in seen]
        scores = np.zeros((len(indices), len(self._classes)), np.float32)
        scores[:, columns] = probabilities_NC
        for index, row in zip(indices, scores, strict=True):
            self._label[index] = self._classes[int(row.argmax())]
            self._scores[index] = row.tolist()

    def table(self, model: str, sample_ids: Sequence[str], condition: str) -> pa.Table:
        return predictions_table(
            model=model,
            condition=condition,
            labels=self._classes,
            sample_id=sample_ids,
            outcome=self._outcome,
            reason=self._reason,
            label=self._label,
            scores=self._scores,
        )
