"""Networks that take features of recordings, as tabular systems exported to ONNX do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from small_networks import open_kind

from harness.errors import HarnessError, Unscored
from harness.models.networks.onnx_model import OnnxModel
from harness.signals.media import Beats, Recording

INTERVALS = np.array([800.0, 810.0, 790.0, 830.0, 805.0, 800.0])
WINDOW = Recording(10.0, {}, Beats(np.cumsum(INTERVALS) / 1000.0, INTERVALS))
INPUT = {
    "channels": ["bvp"],
    "beats": ["device"],
    "columns": [{"feature": "hrv.mean_nn", "unit": "s"}, {"value": 2.0}],
}


def written(folder: Path, num_columns: int = 2) -> Path:
    """Scores 1/3 of the second column, and what is left of the first."""
    weights = np.zeros((num_columns, 2), np.float32)
    weights[0, 0], weights[1, 1] = 1.0, 1 / 3
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["row"], ["label"], to=TensorProto.INT64),  # an output that is not wanted
            helper.make_node("MatMul", ["row", "weights"], ["probabilities"]),
        ],
        "features",
        [helper.make_tensor_value_info("row", TensorProto.FLOAT, [None, num_columns])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None, num_columns]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2]),
        ],
        [helper.make_tensor("weights", TensorProto.FLOAT, weights.shape, weights.ravel())],
    )
    path = folder / "features.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def opened(file: Path, **facts: Any) -> OnnxModel:
    card = {
        "modalities": ["wearable"],
        "labels": ["rest", "stress"],
        "input": INPUT,
        "output": {"scores": "probabilities", "name": "probabilities"},
    }
    model = open_kind(OnnxModel, file, **{**card, **facts})
    assert isinstance(model, OnnxModel)
    return model


def test_features_go_in_by_name_and_unit(tmp_path: Path) -> None:
    model = opened(written(tmp_path))
    row = model.preparer()(WINDOW)
    np.testing.assert_allclose(row, [INTERVALS.mean() / 1000.0, 2.0])
    np.testing.assert_allclose(model.forward([row, row]), [[INTERVALS.mean() / 1000.0, 2 / 3]] * 2, rtol=1e-6)
    assert model.facts()["columns"] == ["hrv.mean_nn", 2.0]


def test_the_largest_input_is_one_that_it_takes(tmp_path: Path) -> None:
    model = opened(written(tmp_path))
    largest = model.largest_input()
    assert largest is not None
    assert model.forward([largest] * 3).shape == (3, 2)


def test_another_number_of_columns_is_found_before_any_sample(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"takes \[batch, 3\], the input in its card makes \[batch, 2\]"):
        opened(written(tmp_path, num_columns=3))


def test_a_window_with_too_few_beats_is_declined(tmp_path: Path) -> None:
    model = opened(written(tmp_path), input={**INPUT, "min_beats": 30})
    with pytest.raises(Unscored) as found:
        model.preparer()(WINDOW)
    assert (found.value.text, found.value.outcome) == ("no_signal: 6 beats; at least 30", "abstained")
