"""Voices in Piper's format that hum: the length follows the phonemes, the pitch the speaker."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

RATE_HZ = 16_000
SAMPLES_PER_ID = 400
F0_HZ = 120.0
HZ_PER_SPEAKER = 15.0

ABSENT = [package for package in ("piper", "onnx") if find_spec(package) is None]
needs_piper = pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}")


def write_voice(
    path: Path, *, speakers: int = 1, language: str = "en-us", noise_floor: float = 0.0, **config: Any
) -> Path:
    """A network of Piper's form and the JSON beside it.

    Args:
        path: ends in ``.onnx``.
        speakers: over one, the network takes their number (``sid``).
        language: as eSpeak NG names it.
        noise_floor: of noise that no scale silences, which the voices of Piper do not have.
        config: replaces sections of the JSON.
    """
    import onnx

    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(_network(speakers, noise_floor), path)
    path.with_name(f"{path.name}.json").write_text(json.dumps(_config(speakers, language) | config))
    return path


def _config(speakers: int, language: str) -> dict[str, Any]:
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    return {
        "audio": {"sample_rate": RATE_HZ, "quality": "medium"},
        "espeak": {"voice": language},
        "language": {"code": "en_US", "family": "en", "region": "US"},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "num_symbols": 256,
        "num_speakers": speakers,
        "speaker_id_map": {f"p{number}": number for number in range(speakers)} if speakers > 1 else {},
        "piper_version": "1.0.0",
    }


def _network(speakers: int, noise_floor: float) -> Any:
    """A sum of five harmonics of an F0 that rises and falls three times a second by a tenth."""
    from onnx import TensorProto, checker, helper, numpy_helper

    nodes: list[Any] = []

    def constant(name: str, value: Any, dtype: type) -> str:
        nodes.append(
            helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(value, dtype), name))
        )
        return name

    def node(kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def picked(index: int, name: str) -> str:
        return node("Gather", ["scales", constant(f"{name}_index", index, np.int64)], name, axis=0)

    ids = node("Cast", [node("ReduceMax", ["input_lengths"], "count", keepdims=0)], "ids", to=TensorProto.FLOAT)
    slow = node("Mul", [ids, picked(1, "length_scale")], "slow")
    size = node("Mul", [slow, constant("per_id", SAMPLES_PER_ID, np.float32)], "size")
    samples = node("Cast", [size], "samples", to=TensorProto.INT64)
    moments = node("Range", [constant("zero", 0, np.int64), samples, constant("one", 1, np.int64)], "moments")
    time = node("Cast", [moments], "count_time", to=TensorProto.FLOAT)
    time = node("Div", [time, constant("rate", RATE_HZ, np.float32)], "time")
    f0 = constant("f0", F0_HZ, np.float32)
    if speakers > 1:
        number = node("Cast", ["sid"], "number", to=TensorProto.FLOAT)
        f0 = node("Add", [f0, node("Mul", [number, constant("step", HZ_PER_SPEAKER, np.float32)], "above")], "own")
    wave = node("Sin", [node("Mul", [time, constant("slowly", 2 * np.pi * 3, np.float32)], "turns")], "wave")
    swing = node("Mul", [wave, constant("depth", 0.1 / (2 * np.pi * 3), np.float32)], "swing")
    cycles = node("Mul", [node("Add", [time, swing], "warped"), f0], "cycles")
    total = constant("silence", [0.0], np.float32)
    for harmonic in range(1, 6):
        angle = constant(f"angle{harmonic}", 2 * np.pi * harmonic, np.float32)
        tone = node("Sin", [node("Mul", [cycles, angle], f"phase{harmonic}")], f"sine{harmonic}")
        share = constant(f"share{harmonic}", 0.2 / harmonic, np.float32)
        total = node("Add", [total, node("Mul", [tone, share], f"tone{harmonic}")], f"sum{harmonic}")
    noise = node("RandomNormalLike", [total], "drawn", dtype=TensorProto.FLOAT)
    floor = constant("floor", noise_floor, np.float32)
    loud = node("Add", [picked(0, "noise_scale"), floor], "noise_level")
    noisy = node("Add", [total, node("Mul", [noise, loud], "noise")], "noisy")
    node("Unsqueeze", [noisy, constant("axes", [0, 1, 2], np.int64)], "output")
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if speakers > 1:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 1, "time"])
    graph = helper.make_graph(nodes, "hum", inputs, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    return model
