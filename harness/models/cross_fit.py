"""Train and test a classifier within the study, with the test subjects left out of training.

Every sample is predicted by a classifier that was not trained on its subject: leave-one-subject-out (LOSO) for few
subjects, grouped folds for more. The folds are part of the result, so that readers can check them.

Shapes: N samples, C classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from harness.errors import Reason, Unscored
from harness.models.model import Conclusion, Vectors
from harness.models.subject_folds import balanced_folds
from harness.models.temperature import fit_probabilities
from harness.tables.folds import Fold
from harness.tables.predictions import predictions_table


def cross_fit(
    samples: pa.Table,
    vectors: Vectors,
    *,
    model: str,
    make_classifier: Callable[[], BaseEstimator],
    max_folds: int,
    seed: int,
) -> Conclusion:
    """Predict every sample that has a vector, by a classifier trained on other subjects.

    Rows that are not scored, or have no label, are never trained on; a row without a label is still predicted. NaN
    is a missing value, which the classifier imputes within the fold. The model's labels are the sorted labels of
    the samples; a class that is absent from a fold's training side scores 0 there. Linear algebra runs on one
    thread, so that equal inputs give equal bytes whatever the number of cores.

    Args:
        samples: the samples table.
        vectors: one vector per sample, in the order of the samples.
        model: the value of the `model` column.
        make_classifier: makes a fresh scikit-learn classifier with a fixed `random_state`. It has `predict_proba`,
            or a `decision_function` with one margin per class; margins become probabilities by temperature
            scaling, fitted on subjects left out of training: see `harness.models.temperature`.
        max_folds: leave-one-subject-out up to this number of subjects, otherwise this number of folds; at least 2.
        seed: determines which subjects share a fold.

    Returns:
        One row per sample, and the folds that were trained. If nothing can be trained (one subject, or fewer than
        two classes on the training side), rows have the outcome ``failed`` and the reason ``not_trainable``.
    """
    assert max_folds >= 2, "at least two folds are needed to leave a subject out"
    rows = _Rows.of(samples, vectors)
    answers = _Answers(vectors, rows.classes)
    answers.fail(np.flatnonzero(rows.scored & rows.infinite), Unscored(Reason.NON_FINITE, "feature"))
    folds = []
    with threadpool_limits(limits=1):
        for name, test in _test_sides(rows, max_folds, seed):
            train = np.flatnonzero(rows.trainable & ~np.isin(rows.subject, rows.subject[test]))
            if len(set(rows.label[train])) < 2:
                answers.fail(test, Unscored(Reason.NOT_TRAINABLE, _why_not(train)))
                continue
            predict = fit_probabilities(
                make_classifier, rows.values[train], rows.label[train], rows.subject[train], seed
            )
            answers.score(test, *predict(rows.values[test]))
            folds.append(_fold(name, rows, train, test))
    return Conclusion(answers.table(model, samples["sample_id"].to_pylist()), tuple(folds))


@dataclass(frozen=True)
class _Rows:
    """The samples as arrays, all of length num_samples; `label` is the empty string where there is none."""

    values: npt.NDArray[np.float64]
    subject: npt.NDArray[np.str_]
    label: npt.NDArray[np.str_]
    scored: npt.NDArray[np.bool_]
    infinite: npt.NDArray[np.bool_]
    trainable: npt.NDArray[np.bool_]
    classes: tuple[str, ...]

    @classmethod
    def of(cls, samples: pa.Table, vectors: Vectors) -> _Rows:
        labels = samples["label"].to_pylist()
        scored = np.array([outcome == "scored" for outcome in vectors.outcome], bool)
        infinite: npt.NDArray[np.bool_] = np.any(np.isinf(vectors.values), axis=1)
        return cls(
            values=vectors.values,
            subject=np.array(samples["subject_id"].to_pylist(), str),
            label=np.array([label or "" for label in labels], str),
            scored=scored,
            infinite=infinite,
            trainable=scored & ~infinite & np.array([label is not None for label in labels], bool),
            classes=tuple(sorted({label for label in labels if label is not None})),
        )


def _test_sides(rows: _Rows, max_folds: int, seed: int) -> Iterator[tuple[str, npt.NDArray[np.intp]]]:
    """Each fold's name and the rows that it predicts."""
    usable = rows.scored & ~rows.infinite
    sizes = Counter(str(subject) for subject in rows.subject[usable])
    sides: list[tuple[str, tuple[str, ...]]]
    if len(sizes) <= max_folds:
        sides = [(f"loso:{subject}", (subject,)) for subject in sorted(sizes)]
    else:
        digits = max(2, len(str(max_folds)))
        sides = [
            (f"fold-{number:0{digits}d}", subjects)
            for number, subjects in enumerate(balanced_folds(sizes, max_folds, seed), start=1)
        ]
    for name, subjects in sides:
        yield name, np.flatnonzero(usable & np.isin(rows.subject, subjects))


def _why_not(train: npt.NDArray[np.intp]) -> str:
    if len(train) == 0:
        return "no labelled sample of another subject"
    return "the other subjects show one class only"


def _fold(name: str, rows: _Rows, train: npt.NDArray[np.intp], test: npt.NDArray[np.intp]) -> Fold:
    train_subjects = tuple(str(subject) for subject in np.unique(rows.subject[train]))
    test_subjects = tuple(str(subject) for subject in np.unique(rows.subject[test]))
    assert not set(train_subjects) & set(test_subjects), "a subject is on both sides"
    return Fold(name, train_subjects, test_subjects, num_train=len(train))


class _Answers:
    """Collects the predictions, row by row."""

    def __init__(self, vectors: Vectors, classes: Sequence[str]) -> None:
        self._classes = tuple(classes)
        self._outcome = list(vectors.outcome)
        self._reason = list(vectors.reason)
        self._label: list[str | None] = [None] * len(self._outcome)
        self._scores: list[list[float] | None] = [None] * len(self._outcome)

    def fail(self, indices: npt.NDArray[np.intp], unscored: Unscored) -> None:
        for index in indices:
            self._outcome[index] = unscored.outcome
            self._reason[index] = unscored.text

    def score(
        self, indices: npt.NDArray[np.intp], seen: Sequence[str], probabilities_NC: npt.NDArray[np.float64]
    ) -> None:
        """Enter probabilities of the classes that the fold was trained on; the label is the most probable one."""
        columns = [self._classes.index(label) for label in seen]
        scores = np.zeros((len(indices), len(self._classes)), np.float32)
        scores[:, columns] = probabilities_NC
        for index, row in zip(indices, scores, strict=True):
            self._label[index] = self._classes[int(row.argmax())]
            self._scores[index] = row.tolist()

    def table(self, model: str, sample_ids: Sequence[str]) -> pa.Table:
        return predictions_table(
            model=model,
            labels=self._classes,
            sample_id=sample_ids,
            outcome=self._outcome,
            reason=self._reason,
            label=self._label,
            scores=self._scores,
        )
