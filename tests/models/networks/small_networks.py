"""Small networks for tests, each written in the test, and models that run them from a card of the test's own."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ai_edge_litert.schema_py_generated as schema
import flatbuffers
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from harness.cards.facts import ModelCard, model_card
from harness.files import sha256_file
from harness.models.model import RunSettings
from harness.models.networks.network_model import NetworkModel
from harness.signals.face_options import FaceOptions

GREY_2x2 = {"width": 2, "height": 2, "colour": "grey", "range": [0, 1], "face": "whole"}


def card_of(file: Path, **facts: Any) -> ModelCard:
    """A card of a network that sorts grey pictures of 2×2 pixels into three labels, with facts of the test."""
    of_fer = model_card("fer_mini_xception").model_dump(mode="json")
    weights = {
        "source": "file",
        "path": str(file.resolve()),
        "sha256": sha256_file(file),
        "licence": {"name": "MIT"},
        "beside": facts.pop("beside", {}),
    }
    own = {"labels": ["anger", "fear", "joy"], "input": GREY_2x2, "output": {"scores": "logits"}, "claims": []}
    return ModelCard.model_validate({**of_fer, **own, "weights": weights, **facts})


def open_kind(kind: type[NetworkModel[Any]], file: Path, options: Any = None, **facts: Any) -> NetworkModel[Any]:
    """An opened model of a kind; its card is that of `card_of`, in a folder where `weights_path` finds it."""
    options = {} if options is None else options
    settings = facts.pop("settings", {})
    chosen = {"device": "cpu", "face": FaceOptions(detector="none"), **settings}
    model = kind(card_of(file, **facts), kind.Options.model_validate(options), RunSettings(**chosen))
    model.open()
    return model


def exported(network: nn.Module, path: Path, example: torch.Tensor, *, static: bool = False) -> Path:
    """A network as ``.pt2``, for any number of samples, or for as many as the example has."""
    shapes = None if static else ({0: torch.export.Dim("batch")},)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, about its own formats
        torch.export.save(torch.export.export(network.eval(), (example,), dynamic_shapes=shapes), path)
    return path


def tflite(
    path: Path,
    weights: npt.NDArray[np.float32],
    *,
    batch: int = 1,
    pictures: tuple[int, ...] | None = None,
    quantised: bool = False,
    scales: Sequence[float] = (1 / 255, 0.01, 0.05),
) -> Path:
    """A TFLite file of one fully connected layer, of floats or of 8 bits, written from the format's own schema.

    Args:
        path: of the file.
        weights: of shape (outputs, inputs).
        batch: of its input and output; -1 for any number.
        pictures: the shape of one sample, where it is not a row of numbers.
        quantised: int8 input, weights and output; the input has its zero point at -128, the output at 3.
        scales: of input, weights and output.
    """
    num_out, num_in = weights.shape
    kind = schema.TensorType.INT8 if quantised else schema.TensorType.FLOAT32
    whole = np.round(weights / scales[1]).astype(np.int8) if quantised else weights.astype(np.float32)
    buffers = [schema.BufferT(), schema.BufferT()]
    buffers[1].data = np.frombuffer(whole.tobytes(), np.uint8)
    tensors = []
    ports = {
        "pixels": ([abs(batch), *(pictures or [num_in])], -128),
        "w": ([num_out, num_in], 0),
        "logits": ([abs(batch), num_out], 3),
    }
    for index, (name, (shape, zero_point)) in enumerate(ports.items()):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, shape, kind, int(name == "w")
        tensor.shapeSignature = [-1, *shape[1:]] if batch == -1 and name != "w" else None
        if quantised:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = [scales[index]], [zero_point]
        tensors.append(tensor)
    operator, code = schema.OperatorT(), schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.FULLY_CONNECTED
    code.version = 4 if quantised else 1
    operator.inputs, operator.outputs = [0, 1, -1], [2]
    operator.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
    operator.builtinOptions = schema.FullyConnectedOptionsT()
    graph, made = schema.SubGraphT(), schema.ModelT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = tensors, [0], [2], [operator]
    made.version, made.operatorCodes, made.subgraphs, made.buffers = 3, [code], [graph], buffers
    builder = flatbuffers.Builder()
    builder.Finish(made.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
    return path


def endless_tflite(path: Path, weights: npt.NDArray[np.float32], shape: list[int], above: float) -> Path:
    """As `tflite` for single samples of a shape, but one with a number above `above` is computed for ever."""
    num_out, num_in = weights.shape
    buffers = [schema.BufferT() for _ in range(4)]
    numbers = (
        weights.astype(np.float32),
        np.array([above], np.float32),
        np.arange(1 + len(shape), dtype=np.int32),
    )
    for buffer, values in zip(buffers[1:], numbers, strict=True):
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    real, whole, truth = schema.TensorType.FLOAT32, schema.TensorType.INT32, schema.TensorType.BOOL
    row = ("x", [1, *shape], real, 0)
    full, while_, largest, greater = range(4)
    codes = ("FULLY_CONNECTED", "WHILE", "REDUCE_MAX", "GREATER")
    made = schema.ModelT()
    made.version, made.buffers = 3, buffers
    made.operatorCodes = [_code(getattr(schema.BuiltinOperator, name)) for name in codes]
    loop = schema.WhileOptionsT()
    loop.condSubgraphIndex, loop.bodySubgraphIndex = 1, 2
    tensors = [
        row,
        ("w", [num_out, num_in], real, 1),
        ("logits", [1, num_out], real, 0),
        ("y", row[1], real, 0),
    ]
    body = _operator(while_, [0], [3], schema.BuiltinOptions.WhileOptions, loop)
    dense = schema.FullyConnectedOptionsT()
    layer = _operator(full, [3, 1, -1], [2], schema.BuiltinOptions.FullyConnectedOptions, dense)
    main = _graph(tensors, [0], [2], [body, layer])
    tensors = [
        row,
        ("above", [], real, 2),
        ("axes", [1 + len(shape)], whole, 3),
        ("max", [], real, 0),
        ("goes on", [], truth, 0),
    ]
    reduced = _operator(largest, [0, 2], [3], schema.BuiltinOptions.ReducerOptions, schema.ReducerOptionsT())
    compared = _operator(greater, [3, 1], [4], schema.BuiltinOptions.GreaterOptions, schema.GreaterOptionsT())
    made.subgraphs = [main, _graph(tensors, [0], [4], [reduced, compared]), _graph([row], [0], [0], [])]
    builder = flatbuffers.Builder()
    builder.Finish(made.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
    return path


def _code(of: int) -> schema.OperatorCodeT:
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = of
    code.version = 1
    return code


def _operator(code: int, given: list[int], made: list[int], kind: int, options: Any) -> schema.OperatorT:
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = code, given, made
    operator.builtinOptionsType, operator.builtinOptions = kind, options
    return operator


def _graph(
    tensors: Sequence[tuple[str, list[int], int, int]], given: list[int], made: list[int], operators: list[Any]
) -> schema.SubGraphT:
    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = [], given, made, operators
    for name, shape, kind, buffer in tensors:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, shape, kind, buffer
        graph.tensors.append(tensor)
    return graph
