from __future__ import annotations

import hashlib
import os
import pickle
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from harness.cards.facts import Licence, ModelCard, Weights
from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.models.sklearn_model import SklearnModel, SklearnOptions

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(60, 2))
STATES = np.array(["calm", "stress"])[(ROWS[:, 0] + 0.3 * RNG.normal(size=60) > 0).astype(int)]


def fitted(classifier: Any = None) -> Any:
    return make_pipeline(StandardScaler(), classifier or LogisticRegression()).fit(ROWS, STATES)


def model(path: Path, trust: bool = False, **card: Any) -> SklearnModel:
    facts: dict[str, Any] = {
        "name": "toy",
        "title": "Toy",
        "kind": "sklearn",
        "modalities": ["wearable"],
        "description": "",
        "licence": Licence(name="MIT"),
        "purpose": "",
        "labels": ["stress", "rest"],
        "training": "pretrained",
        "limitations": [],
        "input": {
            "channels": ["bvp"],
            "beats": ["bvp"],
            "columns": [{"feature": "hrv.rmssd"}, {"feature": "hrv.mean_nn"}],
        },
        "output": {"labels": {"calm": "rest"}},
        "weights": Weights(
            source="file",
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            path=str(path),
            licence=Licence(name="MIT"),
        ),
    }
    return SklearnModel(
        ModelCard(**{**facts, **card}), SklearnOptions(weights=path, trust=trust), RunSettings(seed=0)
    )


def saved(estimator: Any, folder: Path) -> Path:
    path = folder / "model.skops"
    skops.io.dump(estimator, path)
    return path


def test_scores_come_in_the_order_of_the_card(tmp_path: Path) -> None:
    pipeline = fitted()
    system = model(saved(pipeline, tmp_path))
    system.open()
    calm, stress = pipeline.predict_proba(ROWS[:5]).T
    np.testing.assert_array_equal(system.forward(list(ROWS[:5])), np.stack([stress, calm], axis=1))


def test_margins_become_scores_in_the_same_order(tmp_path: Path) -> None:
    pipeline = fitted(LinearSVC())
    system = model(saved(pipeline, tmp_path), output={"method": "decision_function", "labels": {"calm": "rest"}})
    system.open()
    margin = pipeline.decision_function(ROWS[:5])
    np.testing.assert_allclose(system.forward(list(ROWS[:5]))[:, 0], 1.0 / (1.0 + np.exp(-margin)), rtol=1e-12)
    assert "no" not in system.notes()[0].split()
    assert "margins" in system.notes()[0]


def test_a_classifier_without_probabilities_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no predict_proba"):
        model(saved(fitted(LinearSVC()), tmp_path)).open()


def test_other_classes_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="it has 2 outputs, calm, stress; its card states stress, rest"):
        model(saved(fitted(), tmp_path), output={}).open()


def test_another_number_of_columns_is_refused(tmp_path: Path) -> None:
    columns = {"channels": ["bvp"], "beats": ["bvp"], "columns": [{"feature": "hrv.rmssd"}]}
    with pytest.raises(HarnessError, match="takes 2 features, its card names 1 columns"):
        model(saved(fitted(), tmp_path), input=columns).open()


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.PICKLE"])
def test_a_pickle_is_not_opened_unasked(tmp_path: Path, name: str) -> None:
    path, mark = tmp_path / name, tmp_path / "exploded"
    path.write_bytes(pickle.dumps(Bomb(str(mark))))
    with pytest.raises(HarnessError, match=r"runs any code.*model\.trust=true"):
        model(path).open()
    assert not mark.exists()


def test_a_pickle_under_another_name_is_not_opened(tmp_path: Path) -> None:
    path, mark = tmp_path / "model.skops", tmp_path / "exploded"
    path.write_bytes(pickle.dumps(Bomb(str(mark))))
    with pytest.raises(HarnessError, match="cannot be read"):
        model(path).open()
    assert not mark.exists()


def test_a_trusted_pickle_is_opened_and_the_report_says_so(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(fitted(), path)
    system = model(path, trust=True)
    system.open()
    assert system.forward(list(ROWS[:3])).shape == (3, 2)
    assert "trusted to run code" in system.notes()[0]


def test_types_that_skops_does_not_know_need_trust(tmp_path: Path) -> None:
    pipeline = make_pipeline(FunctionTransformer(os.path.basename), LogisticRegression())
    path = saved(pipeline, tmp_path)
    with pytest.raises(HarnessError, match="types that skops does not vouch for"):
        model(path).open()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x00" * 100])
def test_a_damaged_file_is_one_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(content)
    with pytest.raises(HarnessError, match=r"model\.skops cannot be read"):
        model(path).open()


def test_an_archive_that_fills_the_memory_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("schema.json", "w") as member:
        for _ in range(40):
            member.write(bytes(8 * 2**20))
    tracemalloc.start()
    try:
        with pytest.raises(HarnessError, match=r"model\.skops unpacks to 320 MiB, over 20 times its size"):
            model(path).open()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * 2**20
