"""A network with the inputs and outputs of Silero VAD, whose answer can be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper


def write_speech_network(path: Path) -> None:
    """Its probability is the loudest sample it hears, context included; its state counts the pieces."""
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 576]),
        helper.make_tensor_value_info("state", TensorProto.FLOAT, [2, 1, 128]),
        helper.make_tensor_value_info("sr", TensorProto.INT64, []),
    ]
    outputs = [
        helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1]),
        helper.make_tensor_value_info("stateN", TensorProto.FLOAT, [2, 1, 128]),
    ]
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    nodes = [
        helper.make_node("Abs", ["input"], ["loud"]),
        helper.make_node("ReduceMax", ["loud"], ["output"], axes=[1], keepdims=1),
        helper.make_node("Add", ["state", "one"], ["stateN"]),
    ]
    graph = helper.make_graph(nodes, "speech", inputs, outputs, [one])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
