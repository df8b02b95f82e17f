from __future__ import annotations

import json
import os
import pickle
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from deferred_transfers import DeferredTransfers
from small_wav2vec2 import small_wav2vec2

from harness.cards.facts import Licence, ModelCard
from harness.errors import HarnessError
from harness.files import sha256_file
from harness.models.model import RunSettings
from harness.models.networks.model_folder import FolderConnection
from harness.models.networks.torch_device import Gpu
from harness.models.networks.transformers_model import TransformersModel, TransformersOptions
from harness.signals.face_options import FaceOptions
from harness.signals.media import Audio, Image

transformers = pytest.importorskip("transformers", reason="the extra transformers is not installed")

FACES = ("anger", "disgust", "fear", "happy", "neutral", "sad", "surprise")
LABELS = ["happiness", "sadness", "anger", "disgust", "fear", "neutral", "surprise"]
RENAMED = {"happy": "happiness", "sad": "sadness"}
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def face_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vision transformer with random weights, whose pictures have 16 pixels."""
    folder = tmp_path_factory.mktemp("vit")
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=16,
        patch_size=8,
        id2label=dict(enumerate(FACES)),
        label2id={name: place for place, name in enumerate(FACES)},
    )
    network = transformers.ViTForImageClassification(config)
    network.classifier.weight.data *= 50  # answers that differ
    network.save_pretrained(folder)
    transformers.ViTImageProcessor(size={"height": 16, "width": 16}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def voice_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wav2vec 2.0 with random weights and three outputs."""
    folder = tmp_path_factory.mktemp("wav2vec2")
    outputs = {0: "valence", 1: "arousal", 2: "dominance"}
    small_wav2vec2(num_hidden_layers=1, id2label=outputs).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(return_attention_mask=False).save_pretrained(folder)
    return folder


def model(folder: Path, trust: bool = False, **card: Any) -> TransformersModel:
    facts: dict[str, Any] = {
        "name": "toy",
        "title": "Toy",
        "kind": "transformers",
        "modalities": ["face"],
        "description": "",
        "licence": Licence(name="MIT"),
        "purpose": "",
        "labels": LABELS,
        "training": "pretrained",
        "limitations": [],
        "input": {"face": "whole"},
        "output": {"labels": RENAMED},
    }
    options = TransformersOptions(folder=folder, trust=trust)
    return TransformersModel(
        ModelCard(**{**facts, **card}), options, RunSettings(seed=0, face=FaceOptions(detector="none"))
    )


def hearing(folder: Path, **expected: Any) -> TransformersModel:
    return model(
        folder,
        modalities=["voice"],
        labels=[],
        dimensions=["arousal", "valence", "dominance"],
        input=expected,
        output={"range": [0.0, 1.0]},
    )


def pictures(num: int) -> list[np.ndarray]:
    return [RNG.integers(0, 256, (20 + place, 30, 3), dtype=np.uint8) for place in range(num)]


def test_all_seven_answers_come_in_the_order_of_the_card(face_folder: Path) -> None:
    from PIL import Image as PillowImage

    system = model(face_folder)
    system.open()
    prepared = [system.preparer()(Image(pixels)) for pixels in pictures(4)]
    found = system.forward(prepared)
    pipeline = transformers.pipeline("image-classification", model=str(face_folder))
    for row, pixels in zip(found, prepared, strict=True):
        said = pipeline(PillowImage.fromarray(pixels), top_k=7)
        expected = {RENAMED.get(one["label"], one["label"]): one["score"] for one in said}
        np.testing.assert_allclose(row, [expected[label] for label in LABELS], atol=1e-6)
    assert np.ptp(found, axis=0).max() > 1e-3  # the pictures matter


def test_an_answer_does_not_depend_on_the_lengths_beside_it(voice_folder: Path) -> None:
    system = hearing(voice_folder)
    system.open()
    clips = [RNG.normal(size=num).astype(np.float32) for num in (4_000, 9_000, 4_000)]
    together = system.forward(clips)
    apart = np.concatenate([system.forward([clip]) for clip in clips])
    np.testing.assert_allclose(together, apart, atol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a `functools.lru_cache`")
@pytest.mark.parametrize("kind", ["face", "voice"])
def test_a_network_is_compiled_if_that_is_wanted(
    kind: str, face_folder: Path, voice_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = model(face_folder) if kind == "face" else hearing(voice_folder)
    chosen = plain.options.model_copy(update={"compile": True})
    compile_, made = torch.compile, []
    monkeypatch.setattr(
        torch, "compile", lambda net, **choices: made.append(choices) or compile_(net, backend="eager", **choices)
    )
    systems = [plain, TransformersModel(plain.card, chosen, plain.settings)]
    batch = pictures(3) if kind == "face" else [RNG.normal(size=4_000).astype(np.float32)] * 2
    for system in systems:
        system.open()
    np.testing.assert_allclose(systems[1].forward(batch), systems[0].forward(batch), atol=1e-6)
    assert made == [{"dynamic": True}]


def test_a_network_beside_this_process_answers_the_same(
    face_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two batches are begun before the answers of the first are read."""
    system, faces = model(face_folder), pictures(5)
    system.open()
    expected = system.forward(faces)
    calls = DeferredTransfers(takes_at_once=True)
    taken: list[tuple[int, ...]] = []
    copy_in = calls.copy_in

    def recorded(host: torch.Tensor) -> torch.Tensor:
        taken.append(tuple(host.shape))
        return copy_in(host)

    monkeypatch.setattr(calls, "copy_in", recorded)
    monkeypatch.setattr("harness.models.networks.torch_device.torch_device", lambda _: Gpu(calls))
    system.open()
    begun = [system.submit(faces[:3]), system.submit(faces[3:])]
    assert taken == [(3, 3, 16, 16), (2, 3, 16, 16)]
    assert len(calls.undone) == 2
    found = np.concatenate([computed() for computed in begun])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_largest_input_is_one_that_it_takes(face_folder: Path, voice_folder: Path) -> None:
    face, voice = model(face_folder), hearing(voice_folder, max_duration_s=0.5)
    assert voice.largest_input().shape == (8_000,), "as long as the longest clip that is scored"
    for system in (face, voice):
        system.open()
        assert system.forward([system.largest_input()] * 2).shape == (2, system.width)


def test_dimensions_run_from_minus_one_to_one(voice_folder: Path) -> None:
    system = hearing(voice_folder)
    system.open()
    clip = system.preparer()(Audio(RNG.normal(size=8_000).astype(np.float32) * 0.1, 8_000))
    assert clip.shape == (16_000,)  # resampled to the processor's rate
    extractor = transformers.AutoFeatureExtractor.from_pretrained(voice_folder)
    network = transformers.AutoModelForAudioClassification.from_pretrained(voice_folder).eval()
    with torch.inference_mode():
        logits = network(**extractor([clip], sampling_rate=16_000, return_tensors="pt")).logits[0].numpy()
    valence, arousal, dominance = logits * 2 - 1
    np.testing.assert_allclose(system.forward([clip])[0], [arousal, valence, dominance], atol=1e-6)


def test_a_card_with_five_of_seven_labels_is_refused(face_folder: Path) -> None:
    with pytest.raises(HarnessError, match="model toy: it has 7 outputs"):
        model(face_folder, labels=LABELS[:5]).open()


def test_the_hash_of_every_file_is_a_fact_and_one_that_the_card_states_is_checked(face_folder: Path) -> None:
    weights = face_folder / "model.safetensors"
    files = model(face_folder).facts()["files"]
    assert files["model.safetensors"] == sha256_file(weights)
    assert sorted(files) == ["config.json", "model.safetensors", "preprocessor_config.json"]
    assert model(face_folder).files() == {name: face_folder / name for name in files}
    model(face_folder, connection={"files": {"model.safetensors": sha256_file(weights)}}).facts()
    with pytest.raises(HarnessError, match="not the file of the card"):
        model(face_folder, connection={"files": {"model.safetensors": "0" * 64}}).facts()
    with pytest.raises(HarnessError, match="has no file"):
        model(face_folder, connection={"files": {"../escape": "0" * 64}}).facts()


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


def test_weights_as_pickle_need_trust(face_folder: Path, tmp_path: Path) -> None:
    folder, mark = tmp_path / "pickled", tmp_path / "exploded"
    shutil.copytree(face_folder, folder)
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(str(mark))))
    with pytest.raises(HarnessError, match=r"stored as pickle.*model\.trust=true"):
        model(folder).open()
    assert not mark.exists()


def test_code_in_the_folder_is_not_run(face_folder: Path, tmp_path: Path) -> None:
    folder, mark = tmp_path / "code", tmp_path / "exploded"
    shutil.copytree(face_folder, folder)
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModelForImageClassification": "evil.Evil", "AutoConfig": "evil.Config"}
    config["model_type"] = "evil"
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"import os\nos.mkdir({str(mark)!r})\n")
    with pytest.raises(HarnessError, match="cannot be read"):
        model(folder).open()
    assert not mark.exists()


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "preprocessor_config.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff" * 64])
def test_a_damaged_file_is_one_message(face_folder: Path, tmp_path: Path, file: str, content: bytes) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(face_folder, folder)
    (folder / file).write_bytes(content)
    with pytest.raises(HarnessError, match="cannot be read"):
        model(folder).open()


@pytest.mark.parametrize("file", ["../other/model.safetensors", "/other/model.safetensors", "weights.bin", "a/b"])
def test_an_index_that_has_weights_read_from_elsewhere_is_refused(
    face_folder: Path, tmp_path: Path, file: str
) -> None:
    folder = tmp_path / "sharded"
    shutil.copytree(face_folder, folder)
    shutil.copytree(face_folder, tmp_path / "other")
    (folder / "model.safetensors").unlink()
    index = {"metadata": {}, "weight_map": {"classifier.weight": file}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(HarnessError, match=re.escape(f"index.json has weights read from '{file}'. It may")):
        model(folder).open()


def test_weights_in_parts_are_read(face_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sharded"
    shutil.copytree(face_folder, folder)
    network = transformers.ViTForImageClassification.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    network.save_pretrained(folder, max_shard_size="2KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    whole, parts = model(face_folder), model(folder)
    whole.open()
    parts.open()
    picture = [RNG.integers(0, 256, (16, 16, 3), dtype=np.uint8)]
    np.testing.assert_array_equal(parts.forward(picture), whole.forward(picture))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": {"height": 60_000, "width": 60_000}}, "asks for height: 60,000, which would fill the memory"),
        ({"size": 60_000}, "asks for size: 60,000"),
        ({"crop_size": {"shortest_edge": 60_000}}, "asks for shortest_edge: 60,000"),
        ({"n_samples": 10**10}, "asks for n_samples: 10,000,000,000"),
    ],
)
def test_a_processor_that_fills_the_memory_is_refused(
    face_folder: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    folder = tmp_path / "large"
    shutil.copytree(face_folder, folder)
    stated = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps({**stated, **change}))
    with pytest.raises(HarnessError, match=message):
        model(folder).open()


@pytest.mark.parametrize("names", [{"5": "anger", "9": "fear"}, {str(n): f"{n}" for n in range(10_000)}])
def test_other_outputs_than_those_of_the_card_are_told_in_short(
    face_folder: Path, tmp_path: Path, names: dict[str, str]
) -> None:
    folder = tmp_path / "named"
    shutil.copytree(face_folder, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "id2label": names, "label2id": {}}))
    with pytest.raises(HarnessError, match=r"it has .* outputs, |cannot be read") as raised:
        model(folder).open()
    assert len(str(raised.value)) < 1_500


def test_the_hub_is_named_by_a_commit() -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    assert not FolderConnection(hub="a/b", revision=commit).may_change
    assert FolderConnection(hub="a/b", revision="main").may_change
    with pytest.raises(ValueError, match="state the commit"):
        FolderConnection(hub="a/b")
    with pytest.raises(ValueError, match="either hub or folder"):
        FolderConnection(hub="a/b", revision=commit, folder="x")


def test_a_hub_that_cannot_be_reached_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def unreachable(*_: object, **__: object) -> str:
        raise OSError("no route to host\nand a page of advice")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    system = model(tmp_path, connection={"hub": "a/b", "revision": "main"})
    system = TransformersModel(system.card, TransformersOptions(), system.settings)
    with pytest.raises(HarnessError, match=r"cannot be fetched \(no route to host\).*model\.folder=PATH"):
        system.facts()
