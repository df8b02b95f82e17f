"""Chance baselines against scikit-learn's dummy classifier and hand counts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.dummy import DummyClassifier

from harness.errors import HarnessError
from harness.models.model import RunSettings, TableModel
from harness.study.assembly import open_model
from harness.tables.predictions import label_orders, validate_predictions
from harness.tables.samples import samples_table


def table_model(name: str, seed: int = 0, **options: object) -> TableModel:
    model = open_model(name, options, RunSettings(seed=seed))
    assert isinstance(model, TableModel)
    return model


def samples(labels: list[str | None]) -> pa.Table:
    return samples_table(
        [
            {
                "sample_id": f"s{i}",
                "modality": "voice",
                "subject_id": f"p{i % 3}",
                "label": label,
                "label_source": "acted",
            }
            for i, label in enumerate(labels)
        ]
    )


def test_majority_answers_like_the_dummy_classifier() -> None:
    labels = ["sad", "sad", "happy", "neutral", "sad"]
    predictions = table_model("majority").predict(samples(labels)).predictions
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((5, 1)), labels)
    assert predictions["label"].to_pylist() == dummy.predict(np.zeros((5, 1))).tolist()
    assert label_orders(predictions)["majority"] == dummy.classes_.tolist()
    np.testing.assert_allclose(predictions["scores"].to_pylist(), dummy.predict_proba(np.zeros((5, 1))), rtol=1e-6)


def test_majority_breaks_ties_by_the_alphabet() -> None:
    predictions = table_model("majority").predict(samples(["b", "a", "b", "a"])).predictions
    assert set(predictions["label"].to_pylist()) == {"a"}


def test_unlabelled_samples_are_answered_but_not_counted() -> None:
    predictions = table_model("majority").predict(samples(["x", None, None])).predictions
    assert predictions["label"].to_pylist() == ["x"] * 3


def test_stratified_random_follows_the_shares_and_the_seed() -> None:
    table = samples(["a"] * 3000 + ["b"] * 1000)
    drawn = table_model("stratified_random", seed=1).predict(table).predictions
    share = drawn["label"].to_pylist().count("a") / 4000
    assert abs(share - 0.75) < 4 * np.sqrt(0.75 * 0.25 / 4000)
    assert drawn.equals(table_model("stratified_random", seed=1).predict(table).predictions)
    assert not drawn.equals(table_model("stratified_random", seed=2).predict(table).predictions)
    validate_predictions(drawn, table)


@pytest.mark.parametrize("name", ["majority", "stratified_random"])
def test_no_labels_is_one_clear_error(name: str) -> None:
    with pytest.raises(HarnessError, match="no labels"):
        table_model(name).predict(samples([None, None]))
