"""ONNX files, also hostile ones, and what onnxruntime may and may not do with them."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from scipy.special import softmax
from small_networks import card_of, open_kind

from harness.errors import HarnessError
from harness.files import sha256_file
from harness.models.model import RunSettings
from harness.models.networks.onnx_file import OnnxSession, require_own_data
from harness.models.networks.onnx_model import OnnxModel
from harness.models.weights_options import WeightsOptions

FACES = [np.array([[0, 51], [102, 255]], np.uint8), np.array([[255, 0], [0, 20]], np.uint8)]
WEIGHTS = np.array([[0.5, -0.25, 1.0, 0.0], [1.0, 0.5, -1.0, 0.25], [-0.5, 0.0, 0.75, 0.5]], np.float32)
EXPECTED = softmax(np.stack(FACES).reshape(2, 4) / 255.0 @ WEIGHTS.T, axis=1)


def layer(batch: int | str = "batch", **changes: Any) -> onnx.ModelProto:
    """A linear layer on the pixels, with a second output that nobody asks for."""
    weights = changes.get("weights", numpy_helper.from_array(WEIGHTS, "w"))
    nodes = [
        helper.make_node("Flatten", ["faces"], ["pixels"]),
        helper.make_node("Gemm", ["pixels", "w"], ["logits"], transB=1),
    ]
    graph = helper.make_graph(
        [*nodes, *changes.get("nodes", [])],
        "layer",
        [helper.make_tensor_value_info("faces", changes.get("dtype", TensorProto.FLOAT), [batch, 1, 2, 2])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, 3]),
            helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [batch, 4]),
        ],
        [weights],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def write(model: onnx.ModelProto, path: Path) -> Path:
    onnx.save(model, path)
    return path


def external(location: str) -> TensorProto:
    """The weights, somewhere else."""
    tensor = TensorProto(name="w", dims=WEIGHTS.shape, data_type=TensorProto.FLOAT)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


@pytest.mark.parametrize("batch", ["batch", 1])
def test_any_number_or_one_at_a_time(tmp_path: Path, batch: int | str) -> None:
    model = open_kind(OnnxModel, write(layer(batch), tmp_path / "n.onnx"))
    np.testing.assert_allclose(model.forward(FACES), EXPECTED, atol=1e-6)
    named = open_kind(
        OnnxModel, write(layer(batch), tmp_path / "n.onnx"), output={"scores": "logits", "name": "logits"}
    )
    np.testing.assert_allclose(named.forward(FACES[1:]), EXPECTED[1:], atol=1e-6)
    assert list(model.facts()["runtime"]) == ["onnxruntime"]


def test_shapes_are_those_of_the_card(tmp_path: Path) -> None:
    file = write(layer(), tmp_path / "n.onnx")
    wide = {"width": 4, "height": 1, "colour": "grey", "range": [0, 1]}
    message = r"its file takes \[batch, 1, 2, 2\], the input in its card makes \[batch, 1, 1, 4\]"
    with pytest.raises(HarnessError, match=message):
        open_kind(OnnxModel, file, input=wide)
    with pytest.raises(HarnessError, match=r"4 labels and 0 dimensions.*answers 3 numbers"):
        open_kind(OnnxModel, file, labels=["anger", "fear", "joy", "calm"])
    with pytest.raises(HarnessError, match="takes exactly 8 samples at once"):
        open_kind(OnnxModel, write(layer(8), tmp_path / "n.onnx"))
    with pytest.raises(HarnessError, match="no output 'scores'"):
        open_kind(OnnxModel, write(layer(), tmp_path / "n.onnx"), output={"scores": "logits", "name": "scores"})


@pytest.mark.parametrize(
    "location", ["../secret.bin", "/etc/passwd", "weights.bin", "a/../../secret.bin", "", "\x1b[2Jw"]
)
def test_external_data_that_the_card_does_not_name_are_refused(tmp_path: Path, location: str) -> None:
    (tmp_path / "weights.bin").write_bytes(WEIGHTS.tobytes())
    file = write(layer(weights=external(location)), tmp_path / "n.onnx")
    with pytest.raises(HarnessError, match=r"reads tensors from the file.*weights\.beside") as caught:
        open_kind(OnnxModel, file)
    assert "\x1b" not in str(caught.value)


def test_external_data_anywhere_in_the_file_are_found(tmp_path: Path) -> None:
    """In an attribute of a node in the branch of another."""
    constant = helper.make_node("Constant", [], ["c"], value=external("../secret.bin"))
    branch = helper.make_graph(
        [constant], "b", [], [helper.make_tensor_value_info("c", TensorProto.FLOAT, [3, 4])]
    )
    choice = helper.make_node("If", ["never"], ["other"], then_branch=branch, else_branch=branch)
    file = write(layer(nodes=[choice]), tmp_path / "n.onnx")
    with pytest.raises(HarnessError, match=r"from the file '\.\./secret\.bin'"):
        require_own_data(file, "model x", set())


def test_external_data_with_a_hash_in_the_card_are_read(tmp_path: Path) -> None:
    beside = tmp_path / "weights.bin"
    beside.write_bytes(WEIGHTS.tobytes())
    file = write(layer(weights=external("weights.bin")), tmp_path / "n.onnx")
    named = {"weights.bin": sha256_file(beside)}
    model = open_kind(OnnxModel, file, beside=named)
    np.testing.assert_allclose(model.forward(FACES), EXPECTED, atol=1e-6)
    assert model.facts()["beside_sha256"] == named
    assert model.files() == {"n.onnx": file, "weights.bin": beside}
    beside.write_bytes((WEIGHTS * 2).tobytes())
    with pytest.raises(HarnessError, match=r"weights\.bin: these are not the weights of the card"):
        open_kind(OnnxModel, file, beside=named)
    beside.unlink()
    with pytest.raises(HarnessError, match=r"weights\.bin: there is no such file"):
        open_kind(OnnxModel, file, beside=named)


@pytest.mark.parametrize("name", ["../w.bin", "/w.bin", "a/w.bin", ".w.bin", ""])
def test_a_card_names_files_of_its_own_folder_alone(tmp_path: Path, name: str) -> None:
    file = write(layer(), tmp_path / "n.onnx")
    with pytest.raises(ValueError, match="string_pattern_mismatch"):
        card_of(file, beside={name: "0" * 64})


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_files_that_are_cut_off(tmp_path: Path, share: float) -> None:
    data = layer().SerializeToString()
    file = tmp_path / "n.onnx"
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(HarnessError, match=r"is no ONNX model, or is cut off|cannot open its file"):
        open_kind(OnnxModel, file)


def test_operators_that_nobody_knows(tmp_path: Path) -> None:
    custom = helper.make_node("Evil", ["pixels"], ["more"], domain="vendor")
    with pytest.raises(HarnessError, match="onnxruntime cannot open its file"):
        OnnxSession(write(layer(nodes=[custom]), tmp_path / "n.onnx"), "model x")


def test_a_device_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(layer(), tmp_path / "n.onnx")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    assert OnnxModel.num_gpus() == 0, "device=auto is then the CPU, whatever torch sees"
    with pytest.raises(HarnessError, match=r"has no CUDA provider. Install onnxruntime-gpu"):
        OnnxSession(file, "model x", device="cuda")


def test_a_provider_that_does_not_start_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """onnxruntime itself falls back to the CPU with a warning."""
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("CUDA is here")
    file = write(layer(), tmp_path / "n.onnx")
    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: both)
    on_cpu = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *args, **kwargs: on_cpu)
    with pytest.raises(HarnessError, match=r"could not start its CUDA provider for device=cuda:0"):
        OnnxSession(file, "model x", device="cuda:0")


def test_precision_is_that_of_the_file(tmp_path: Path) -> None:
    file = write(layer(), tmp_path / "n.onnx")
    with pytest.raises(HarnessError, match="precision=bfloat16: an ONNX file has its precision in itself"):
        OnnxModel(card_of(file), WeightsOptions(), RunSettings(precision="bfloat16"))


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A network that adds for ever."""
    of = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Add", ["sum", "sum"], ["more"])],
        "body",
        [of("i", TensorProto.INT64, []), of("go", TensorProto.BOOL, []), of("sum", TensorProto.FLOAT, None)],
        [of("on", TensorProto.BOOL, []), of("more", TensorProto.FLOAT, None)],
    )
    always = helper.make_tensor("always", TensorProto.BOOL, [], [True])
    nodes = [
        helper.make_node("Constant", [], ["true"], value=always),
        helper.make_node("Loop", ["", "true", "logits"], ["never"], body=body),
    ]
    return write(layer(nodes=nodes), tmp_path / "endless.onnx")


def session_without_end(path: Path, **options: float) -> OnnxSession:
    model = onnx.load(path)
    model.graph.output.append(helper.make_tensor_value_info("never", TensorProto.FLOAT, None))
    return OnnxSession(write(model, path), "model toy", **options)


def test_a_network_that_never_ends_is_stopped(endless: Path) -> None:
    session = session_without_end(endless, batch_timeout_s=0.3)
    with pytest.raises(HarnessError, match=r"model toy: its network did not answer a batch within 0\.3 s"):
        session({"faces": np.zeros((1, 1, 2, 2), np.float32)})


def test_ctrl_c_is_heeded_while_a_network_computes(endless: Path) -> None:
    session = session_without_end(endless)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        session({"faces": np.zeros((1, 1, 2, 2), np.float32)})
    timer.join()
    assert not [thread for thread in threading.enumerate() if thread.name == "onnxruntime"]
