"""The layer that the tests write takes [batch, numbers]: sounds have this form, four frames at 1 kHz."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from scipy.special import softmax
from silent import Silent
from sklearn.metrics import balanced_accuracy_score
from small_networks import card_of, open_kind, tflite

from harness.cards.taxonomy import canonical
from harness.errors import HarnessError
from harness.files import sha256_file
from harness.models.model import RunSettings
from harness.models.networks.litert_model import LitertModel
from harness.models.weights_options import WeightsOptions
from harness.resources import share_dir
from harness.signals.face_options import FaceOptions
from harness.signals.media import Image
from harness.study.assembly import open_model
from harness.study.compose import compose_study
from harness.study.run_study import run

WEIGHTS = np.array([[0.5, -0.25, 1.0, 0.0], [1.0, 0.5, -1.0, 0.25], [-0.5, 0.0, 0.75, 0.5]], np.float32)
CLIPS = [np.array([[0.0, 0.2, 0.4, 1.0]], np.float32), np.array([[1.0, 0.0, 0.0, 0.08]], np.float32)]
SOUND: dict[str, Any] = {
    "modalities": ["voice"],
    "input": {"sample_rate_hz": 1_000, "window_s": 0.004, "longer": "mean"},
}


@pytest.mark.parametrize("batch", [1, -1])
def test_floats_one_by_one_or_together(tmp_path: Path, batch: int) -> None:
    model = open_kind(LitertModel, tflite(tmp_path / "n.tflite", WEIGHTS, batch=batch), **SOUND)
    expected = softmax(np.concatenate(CLIPS) @ WEIGHTS.T, axis=1)
    np.testing.assert_allclose(model.forward(CLIPS), expected, atol=1e-6)
    np.testing.assert_allclose(model.forward(CLIPS[1:]), expected[1:], atol=1e-6)


def test_whole_numbers_are_scaled_both_ways(tmp_path: Path) -> None:
    """0.2 is 51/255, so -128 + 51 = -77: the inputs are exact, and the output comes in steps of 0.06."""
    file = tflite(tmp_path / "n.tflite", WEIGHTS, quantised=True, scales=(1 / 255, 0.01, 0.06))
    model = open_kind(LitertModel, file, output={"scores": "probabilities"}, **SOUND)
    exact = CLIPS[0] @ WEIGHTS.T
    found = model.forward(CLIPS[:1])
    np.testing.assert_allclose(found, np.round(exact / 0.06) * 0.06, atol=1e-6)
    assert np.abs(found - exact).max() > 1e-3, "the steps can be seen"
    beyond = model.forward([np.full((1, 4), 9.0, np.float32)])
    largest = model.forward([np.ones((1, 4), np.float32)])
    np.testing.assert_allclose(beyond, largest, err_msg="clipped to the largest value")


def test_windows_of_a_clip_are_averaged(tmp_path: Path) -> None:
    model = open_kind(LitertModel, tflite(tmp_path / "n.tflite", WEIGHTS), **SOUND)
    both = np.concatenate(CLIPS)
    expected = softmax(both @ WEIGHTS.T, axis=1)
    np.testing.assert_allclose(model.forward([both, CLIPS[1]]), [expected.mean(axis=0), expected[1]], atol=1e-6)


def test_files_that_do_not_fit_the_card(tmp_path: Path) -> None:
    file = tflite(tmp_path / "n.tflite", WEIGHTS)
    wrong = {**SOUND, "input": {**SOUND["input"], "window_s": 0.005}}
    with pytest.raises(HarnessError, match=r"takes \[batch, 4\], the input in its card makes \[batch, 5\]"):
        open_kind(LitertModel, file, **wrong)
    with pytest.raises(HarnessError, match=r"2 labels and 0 dimensions.*answers 3 numbers"):
        open_kind(LitertModel, file, **{**SOUND, "labels": ["anger", "fear"]})
    eight = tflite(tmp_path / "eight.tflite", WEIGHTS, batch=8)
    with pytest.raises(HarnessError, match="takes exactly 8 samples at once"):
        open_kind(LitertModel, eight, **SOUND)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7])
def test_files_that_are_cut_off(tmp_path: Path, share: float) -> None:
    data = tflite(tmp_path / "n.tflite", WEIGHTS).read_bytes()
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(HarnessError, match=r"is no TFLite file|LiteRT cannot open its file"):
        open_kind(LitertModel, cut, **SOUND)


def test_files_of_something_else(tmp_path: Path) -> None:
    file = tmp_path / "n.tflite"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(HarnessError, match="is no TFLite file"):
        open_kind(LitertModel, file, **SOUND)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"device": "cuda"}, "device=cuda: LiteRT runs on the CPU"),
        ({"precision": "bfloat16"}, "precision=bfloat16: a TFLite file has its precision in itself"),
    ],
)
def test_what_it_cannot_do_is_said(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    file = tflite(tmp_path / "n.tflite", WEIGHTS)
    with pytest.raises(HarnessError, match=message):
        LitertModel(card_of(file, **SOUND), WeightsOptions(), RunSettings(**settings))
    assert LitertModel.num_gpus() == 0, "device=auto is the CPU"


def test_facts_name_file_and_runtime(tmp_path: Path) -> None:
    model = open_kind(LitertModel, tflite(tmp_path / "n.tflite", WEIGHTS), **SOUND)
    facts = model.facts()
    assert facts["weights_sha256"] == model.card.weights.sha256  # type: ignore[union-attr]
    assert list(facts["runtime"]) == ["ai-edge-litert"]
    assert "face" not in facts, "it hears"


@pytest.mark.slow
def test_facex_recognises_photos(shared_data: Path) -> None:
    """About .45 of unweighted average recall on whole photos, 23 of each label, as others found with this file."""
    model = open_model("facex", {}, RunSettings(device="cpu", face=FaceOptions(detector="none")))
    try:
        model.open()
    except HarnessError as error:
        pytest.skip(f"its file cannot be fetched: {error}")
    root, prepare = shared_data / "facial_expressions", model.preparer()
    truth: list[str] = []
    answers: list[str] = []
    for line in (root / "data" / "legend.csv").read_text().splitlines()[1:]:
        _, name, emotion = line.split(",")
        label = canonical(emotion)
        if label in model.card.labels and truth.count(label) < 23 and (root / "images" / name).is_file():
            pixels = cv2.cvtColor(cv2.imread(str(root / "images" / name)), cv2.COLOR_BGR2RGB)
            truth.append(label)
            answers.append(model.card.labels[int(model.forward([prepare(Image(pixels))]).argmax())])
    assert (len(truth), set(truth)) == (148, set(model.card.labels)), "ten photos only show disgust"
    assert balanced_accuracy_score(truth, answers) == pytest.approx(0.47, abs=0.03)


@pytest.mark.slow
def test_the_card_of_the_documentation_is_measured_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the hash is that of the file here: 48×48 pixels in three colours, the brightest of three bands wins."""
    page = (share_dir() / "docs" / "connect" / "litert.md").read_text(encoding="utf-8")
    card, config = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL))
    folder = tmp_path / "mine" / "models" / "my_app"
    folder.mkdir(parents=True)
    bands = np.kron(np.eye(3), np.full((1, 16 * 48 * 3), 1 / (16 * 48 * 3)))
    file = tflite(folder / card["weights"]["path"], bands, pictures=(48, 48, 3))
    card["weights"]["sha256"] = sha256_file(file)
    (folder / "card.yaml").write_text(yaml.safe_dump(card))
    configs = tmp_path / "mine" / "configs"
    (configs / "model").mkdir(parents=True)
    (configs / "model" / "my_app.yaml").write_text(yaml.safe_dump(config))
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path / "mine"))  # as --config-dir does
    (command,) = re.findall(r"^harness run --config-dir mine (.*)$", page, re.MULTILINE)
    quick = ["measure.resamples=100", "measure.permutations=100"]
    for_tests = ["workers=0", "tracking.enabled=false", *quick, f"out={tmp_path / 'out'}"]
    study = run(compose_study([*command.split(), *for_tests], configs), Silent())
    checks = {row["metric"]: row["verdict"] for row in study.results.to_pylist() if row["kind"] == "check"}
    assert (checks["batch_invariance"], checks["determinism"]) == ("met", "met")
    assert study.plan["model"]["facts"]["weights_sha256"] == sha256_file(file)
