from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from harness.models.cross_fit import cross_fit
from harness.models.model import Conclusion, Training, Vectors
from harness.models.subject_folds import balanced_folds
from harness.tables.predictions import validate_predictions
from harness.tables.samples import samples_table
from harness.tables.schemas import CLEAN


def logistic() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression())


def support_vectors() -> Any:
    return make_pipeline(StandardScaler(), LinearSVC(C=0.1, random_state=0))


def table(subjects: Sequence[str], labels: Sequence[str | None]) -> pa.Table:
    return samples_table(
        [
            {
                "sample_id": f"s{i}",
                "modality": "voice",
                "subject_id": subject,
                "label": label,
                "label_source": "acted",
            }
            for i, (subject, label) in enumerate(zip(subjects, labels, strict=True))
        ]
    )


def scored(values: Any) -> Vectors:
    values = np.asarray(values, float)
    return Vectors(values, ["scored"] * len(values), [None] * len(values))


def design(num_subjects: int, per_class: int, seed: int = 0, spread: float = 1.0) -> tuple[pa.Table, Vectors]:
    rng = np.random.default_rng(seed)
    subjects = np.repeat([f"p{i:02d}" for i in range(num_subjects)], 3 * per_class)
    labels = np.tile(np.repeat(["anger", "calm", "fear"], per_class), num_subjects)
    centres = {"anger": (2, 0), "calm": (0, 2), "fear": (-2, -1)}
    values = np.array([centres[label] for label in labels]) + rng.normal(0, spread, (len(labels), 2))
    return table(subjects.tolist(), labels.tolist()), scored(values)


def run(
    samples: pa.Table, vectors: Vectors, make: Any = logistic, max_folds: int = 24, seed: int = 0
) -> Conclusion:
    conclusion = cross_fit(
        samples, {CLEAN: vectors}, model="m", make_classifier=make, max_folds=max_folds, seed=seed
    )
    validate_predictions(conclusion.predictions, samples)
    return conclusion


def test_leave_one_subject_out_equals_scikit_learn() -> None:
    samples, vectors = design(6, 4, spread=1.5)
    conclusion = run(samples, vectors)
    expected = cross_val_predict(
        logistic(),
        vectors.values,
        samples["label"].to_pylist(),
        groups=samples["subject_id"].to_pylist(),
        cv=LeaveOneGroupOut(),
        method="predict_proba",
    )
    np.testing.assert_allclose(np.array(conclusion.predictions["scores"].to_pylist()), expected, atol=1e-6)
    assert [fold.name for fold in conclusion.folds] == [f"loso:p{i:02d}" for i in range(6)]
    assert conclusion.folds[0].test_subjects == ("p00",)
    assert conclusion.folds[0].train_subjects == ("p01", "p02", "p03", "p04", "p05")
    assert conclusion.folds[0].num_train == 60


def test_many_subjects_share_folds_of_equal_size() -> None:
    samples, vectors = design(25, 1)
    conclusion = run(samples, vectors, max_folds=5)
    assert [fold.name for fold in conclusion.folds] == [f"fold-{i:02d}" for i in range(1, 6)]
    tested = [subject for fold in conclusion.folds for subject in fold.test_subjects]
    assert sorted(tested) == sorted(set(samples["subject_id"].to_pylist()))
    assert [len(fold.test_subjects) for fold in conclusion.folds] == [5] * 5


class Memory(DummyClassifier):
    """Answers with a class only where it has been trained on exactly these values."""

    def fit(self, X: Any, y: Any) -> Memory:
        self.seen_ = {tuple(row) for row in X}
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> Any:
        known = np.array([tuple(row) in self.seen_ for row in X])
        assert not known.any(), "a value of a test subject was trained on"
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


@pytest.mark.parametrize("seed", range(30))
def test_no_subject_is_on_both_sides_in_random_designs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    num_rows, num_subjects = int(rng.integers(1, 80)), int(rng.integers(1, 15))
    names = rng.integers(0, num_subjects, num_rows)
    labels = [None if rng.random() < 0.1 else str(rng.integers(0, 4)) for _ in range(num_rows)]
    samples = table([f"p{name}" for name in names], labels)
    # A subject's value is its own, so that the classifier recognises a subject that it was trained on.
    values = np.where(rng.random(num_rows) < 0.1, np.inf, names.astype(float))[:, None]
    lost = rng.random(num_rows) < 0.1
    values[lost] = np.nan
    vectors = Vectors(values, np.where(lost, "failed", "scored").tolist(), np.where(lost, "empty", None).tolist())
    conclusion = run(samples, vectors, make=Memory, max_folds=int(rng.integers(2, 8)), seed=seed)
    for fold in conclusion.folds:
        assert not set(fold.train_subjects) & set(fold.test_subjects)
    tested = [subject for fold in conclusion.folds for subject in fold.test_subjects]
    assert len(tested) == len(set(tested))


def test_rows_without_a_label_are_predicted_and_never_trained_on() -> None:
    samples, vectors = design(4, 3, spread=0.3)
    labels = samples["label"].to_pylist()
    hidden = [None if i % 9 == 0 else label for i, label in enumerate(labels)]
    conclusion = run(table(samples["subject_id"].to_pylist(), hidden), vectors)
    assert conclusion.predictions["label"].to_pylist() == labels
    assert [fold.num_train for fold in conclusion.folds] == [24] * 4


def test_unscored_rows_keep_their_reason_and_teach_nothing() -> None:
    samples, vectors = design(4, 3, spread=0.3)
    values = vectors.values.copy()
    values[0] = np.nan
    outcome, reason = list(vectors.outcome), list(vectors.reason)
    outcome[0], reason[0] = "abstained", "silent"
    conclusion = run(samples, Vectors(values, outcome, reason))
    first = conclusion.predictions.slice(0, 1).to_pylist()[0]
    assert (first["outcome"], first["reason"], first["label"], first["scores"]) == (
        "abstained",
        "silent",
        None,
        None,
    )
    assert [fold.num_train for fold in conclusion.folds] == [27, 26, 26, 26]


def test_a_class_that_the_training_side_lacks_scores_zero() -> None:
    samples = table(["a", "a", "b", "b", "c", "c"], ["x", "y", "x", "y", "x", "z"])
    conclusion = run(samples, scored([[0], [1], [0.1], [0.9], [0], [5]]))
    scores = np.array(conclusion.predictions["scores"].to_pylist())
    np.testing.assert_array_equal(scores[4:, 2], 0)
    assert (scores[:4] > 0).all()
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("subjects", "labels", "reason"),
    [
        (["a"] * 4, ["x", "y", "x", "y"], "not_trainable: no labelled sample of another subject"),
        (["a", "a", "b", "b"], ["x", "x", "x", "x"], "not_trainable: the other subjects show one class only"),
        (["a", "b"], [None, None], "not_trainable: no labelled sample of another subject"),
    ],
)
def test_what_cannot_be_trained_fails_with_its_reason(
    subjects: list[str], labels: list[str | None], reason: str
) -> None:
    conclusion = run(table(subjects, labels), scored(np.arange(len(subjects))[:, None]))
    assert set(conclusion.predictions["reason"].to_pylist()) == {reason}
    assert set(conclusion.predictions["outcome"].to_pylist()) == {"failed"}
    assert conclusion.folds == ()


def test_an_infinite_feature_is_a_failed_row() -> None:
    samples, vectors = design(4, 3)
    values = vectors.values.copy()
    values[5, 1] = -np.inf
    conclusion = run(samples, scored(values))
    assert conclusion.predictions["reason"].to_pylist()[5] == "non_finite: feature"
    assert conclusion.predictions["outcome"].to_pylist().count("scored") == 35


def test_margins_become_probabilities_that_keep_the_machines_answer() -> None:
    samples, vectors = design(8, 6, spread=2.0)
    labels = np.array(samples["label"].to_pylist())
    groups = np.array(samples["subject_id"].to_pylist())
    conclusion = run(samples, vectors, make=support_vectors)
    margins = cross_val_predict(
        support_vectors(), vectors.values, labels, groups=groups, cv=LeaveOneGroupOut(), method="decision_function"
    )
    classes = np.unique(labels)
    assert conclusion.predictions["label"].to_pylist() == classes[margins.argmax(axis=1)].tolist()
    probabilities = np.array(conclusion.predictions["scores"].to_pylist())
    uncalibrated = np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True)
    # The best that softmax of margins can reach is to choose the scale by the test labels themselves.
    best = min(
        log_loss(labels, np.exp(s * margins) / np.exp(s * margins).sum(axis=1, keepdims=True))
        for s in np.geomspace(0.05, 20, 200)
    )
    reached = log_loss(labels, probabilities / probabilities.sum(axis=1, keepdims=True))
    assert reached < log_loss(labels, uncalibrated)
    assert reached < best + 0.02


def test_two_classes_share_one_margin() -> None:
    rng = np.random.default_rng(1)
    samples = table([f"p{i // 10}" for i in range(80)], ["rest", "stress"] * 40)
    values = np.tile([0.0, 1.0], 40)[:, None] + rng.normal(0, 0.7, (80, 1))
    conclusion = run(samples, scored(values), make=support_vectors)
    scores = np.array(conclusion.predictions["scores"].to_pylist())
    # A larger value speaks for stress, and the scores of each fold rise with it.
    for fold in conclusion.folds:
        rows = np.isin(samples["subject_id"].to_pylist(), fold.test_subjects)
        order = np.argsort(values[rows, 0])
        assert (np.diff(scores[rows, 1][order]) >= 0).all()
    assert 0.6 < np.mean(scores.argmax(axis=1) == np.tile([0, 1], 40)) < 0.95


def test_two_subjects_train_without_inner_folds() -> None:
    samples, vectors = design(2, 3, spread=0.2)
    conclusion = run(samples, vectors, make=support_vectors)
    assert conclusion.predictions["label"].to_pylist() == samples["label"].to_pylist()


def test_the_same_input_gives_the_same_bytes_and_the_seed_moves_the_folds() -> None:
    samples, vectors = design(12, 2, spread=1.5)
    first = run(samples, vectors, make=support_vectors, max_folds=4)
    second = run(samples, vectors, make=support_vectors, max_folds=4)
    other = run(samples, vectors, make=support_vectors, max_folds=4, seed=1)
    assert first.predictions.equals(second.predictions, check_metadata=True)
    assert first.folds == second.folds
    assert other.folds != first.folds


def test_folds_do_not_depend_on_the_order_of_rows() -> None:
    samples, vectors = design(12, 2)
    order = np.random.default_rng(0).permutation(samples.num_rows)
    shuffled = run(samples.take(order), scored(vectors.values[order]), max_folds=4)
    assert [f.test_subjects for f in shuffled.folds] == [
        f.test_subjects for f in run(samples, vectors, max_folds=4).folds
    ]


@pytest.mark.parametrize("seed", range(20))
def test_folds_are_balanced_and_lose_nobody(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = {f"p{i}": int(size) for i, size in enumerate(rng.integers(1, 50, rng.integers(3, 60)))}
    num_folds = int(rng.integers(2, len(sizes) + 1))
    folds = balanced_folds(sizes, num_folds, seed)
    assert sorted(subject for fold in folds for subject in fold) == sorted(sizes)
    totals = [sum(sizes[subject] for subject in fold) for fold in folds]
    # The last subject dealt to the largest fold is its smallest, and that fold was then the smallest of all.
    largest = folds[int(np.argmax(totals))]
    assert max(totals) - min(sizes[subject] for subject in largest) <= min(totals)


def test_under_other_conditions_the_same_machines_are_tested_on_the_people_left_out() -> None:
    samples, vectors = design(6, 4, spread=1.0)
    shifted = Vectors(vectors.values + 1.5, list(vectors.outcome), list(vectors.reason))
    both = cross_fit(
        samples, {CLEAN: vectors, "shifted": shifted}, model="m", make_classifier=logistic, max_folds=24, seed=0
    )
    predictions = validate_predictions(both.predictions, samples)
    alone = run(samples, vectors)
    condition = np.array(predictions["condition"].to_pylist())
    assert predictions.filter(pa.array(condition == CLEAN)).equals(alone.predictions)
    assert both.folds == alone.folds
    subjects, labels = np.array(samples["subject_id"].to_pylist()), np.array(samples["label"].to_pylist())
    expected = np.empty((len(labels), 3))
    for train, test in LeaveOneGroupOut().split(vectors.values, labels, subjects):
        expected[test] = logistic().fit(vectors.values[train], labels[train]).predict_proba(shifted.values[test])
    found = np.array(predictions["scores"].to_pylist())[condition == "shifted"]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.abs(found - np.array(alone.predictions["scores"].to_pylist())).max() > 0.1


def test_what_cannot_be_read_under_one_condition_is_unscored_under_that_one_alone() -> None:
    samples, vectors = design(5, 2)
    subjects = np.array(samples["subject_id"].to_pylist())
    changed_N, nobody_N = np.arange(len(subjects)) < 3, subjects == "p04"
    outcome, reason = (np.where(nobody_N, a, b).tolist() for a, b in (("failed", "scored"), ("empty", None)))
    clean = Vectors(np.where(nobody_N[:, None], np.nan, vectors.values), outcome, reason)
    silent = ["failed" if changed else "scored" for changed in changed_N]
    other = Vectors(vectors.values, silent, ["silent" if changed else None for changed in changed_N])
    found = cross_fit(
        samples, {CLEAN: clean, "other": other}, model="m", make_classifier=logistic, max_folds=24, seed=0
    )
    rows = validate_predictions(found.predictions, samples).to_pylist()
    by_condition = {name: [row["reason"] for row in rows if row["condition"] == name] for name in (CLEAN, "other")}
    assert by_condition[CLEAN] == [None] * 24 + ["empty"] * 6
    no_fold = "not_trainable: no clean sample of this subject"
    assert by_condition["other"] == ["silent"] * 3 + [None] * 21 + [no_fold] * 6
    assert [fold.name for fold in found.folds] == [f"loso:p{i:02d}" for i in range(4)]


def test_folds_of_the_dataset_are_kept_and_never_train_on_whom_they_test() -> None:
    samples, vectors = design(6, 4)
    of = {f"p{i:02d}": f"fold:{i % 3 + 1}" for i in range(6)}
    split = pa.array([of[subject] for subject in samples["subject_id"].to_pylist()])
    published = samples.set_column(samples.schema.get_field_index("split"), "split", split)
    folds = cross_fit(published, {CLEAN: vectors}, model="m", make_classifier=logistic, max_folds=50, seed=0).folds
    assert [(fold.name, fold.test_subjects) for fold in folds] == [
        ("fold:1", ("p00", "p03")),
        ("fold:2", ("p01", "p04")),
        ("fold:3", ("p02", "p05")),
    ]
    assert folds[0].train_subjects == ("p01", "p02", "p04", "p05")


def test_a_split_that_leaks_is_taken_as_it_is_and_seen_in_the_folds() -> None:
    samples, vectors = design(3, 4, spread=1.5)
    split = pa.array([f"fold:{i % 2}" for i in range(samples.num_rows)])
    samples = samples.set_column(samples.schema.get_field_index("split"), "split", split)
    conclusion = run(samples, vectors)
    expected = cross_val_predict(
        logistic(),
        vectors.values,
        samples["label"].to_pylist(),
        groups=split.to_pylist(),
        cv=LeaveOneGroupOut(),
        method="predict_proba",
    )
    np.testing.assert_allclose(np.array(conclusion.predictions["scores"].to_pylist()), expected, atol=1e-6)
    assert [(fold.name, fold.train_subjects, fold.test_subjects) for fold in conclusion.folds] == [
        (name, ("p00", "p01", "p02"), ("p00", "p01", "p02")) for name in ("fold:0", "fold:1")
    ]


def test_what_is_given_for_training_is_trained_on_alone_as_in_scikit_learn() -> None:
    samples, vectors = design(3, 4, seed=1)
    others, of_others = design(4, 5, seed=2)
    kept = [label != "fear" for label in others["label"].to_pylist()]
    others, of_others = others.filter(kept), scored(of_others.values[kept])
    training = Training("trained on others", others, of_others)
    found = cross_fit(
        samples,
        {CLEAN: vectors},
        model="m",
        make_classifier=logistic,
        max_folds=10,
        seed=0,
        training=training,
    )
    expected = logistic().fit(of_others.values, others["label"].to_pylist()).predict(vectors.values)
    assert found.predictions["label"].to_pylist() == expected.tolist()
    assert len(found.predictions["scores"][0]) == 2  # it never saw fear, and does not claim to answer it
    (fold,) = found.folds
    assert (fold.name, fold.num_train) == ("trained on others", 40)
    assert fold.test_subjects == ("p00", "p01", "p02")
