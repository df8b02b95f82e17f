from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.signal import correlate2d
from sklearn.metrics import balanced_accuracy_score

from harness.cards.facts import model_card
from harness.cards.taxonomy import canonical
from harness.errors import HarnessError, Reason, Unscored
from harness.files import sha256_file
from harness.models.mini_xception import MiniXceptionModel
from harness.models.mini_xception_network import load_mini_xception
from harness.models.model import RunSettings, Vectors
from harness.models.weights_options import WeightsOptions
from harness.signals.face_options import FaceOptions
from harness.signals.media import Audio, Image, Video
from harness.tables.predictions import label_orders, validate_predictions
from harness.tables.samples import samples_table

Tensors = dict[str, npt.NDArray[np.float32]]

GOLDEN = np.array(
    [
        [0.78885156, 3.8972680e-06, 0.050866257, 0.0015000346, 0.060927864, 0.00026102291, 0.097589388],
        [0.99944729, 2.7930440e-08, 4.7329053e-05, 6.5641923e-05, 0.00029861779, 2.2205351e-07, 0.00014097248],
        [0.53800887, 6.2756858e-13, 0.093403786, 0.14760680, 0.091545105, 0.12741758, 0.0020178892],
        [0.0042989566, 2.1427806e-13, 0.0028822066, 0.94938970, 0.011253559, 0.032164276, 1.1358410e-05],
    ]
)
"""Keras 3.15 (JAX backend) on `patterns()`, the network built from the architecture in the weights file itself."""


def patterns() -> list[npt.NDArray[np.uint8]]:
    y, x = np.mgrid[:64, :64]
    return [((3 * x + 5 * y * (k + 1) + k * (x * y) // 7) % 256).astype(np.uint8) for k in range(4)]


def random_tensors() -> Tensors:
    """Weights in the layout of the Keras file, with layer and tensor names written out by hand."""
    rng = np.random.default_rng(7)
    tensors: Tensors = {}

    def add(name: str, *shape: int) -> None:
        tensors[name] = rng.normal(0, 1 / np.sqrt(np.prod(shape[:-1])), shape).astype(np.float32)

    def norm(number: int, channels: int) -> None:
        for name in ("beta", "moving_mean"):
            tensors[f"batch_normalization_{number}/{name}"] = rng.normal(0, 0.3, channels).astype(np.float32)
        for name in ("gamma", "moving_variance"):
            tensors[f"batch_normalization_{number}/{name}"] = rng.uniform(0.5, 2, channels).astype(np.float32)

    add("conv2d_1/kernel", 3, 3, 1, 8)
    add("conv2d_2/kernel", 3, 3, 8, 8)
    norm(1, 8)
    norm(2, 8)
    for block, (before, after) in enumerate(pairwise((8, 16, 32, 64, 128))):
        add(f"conv2d_{block + 3}/kernel", 1, 1, before, after)
        for order, channels in ((1, before), (2, after)):
            add(f"separable_conv2d_{2 * block + order}/depthwise_kernel", 3, 3, channels, 1)
            add(f"separable_conv2d_{2 * block + order}/pointwise_kernel", 1, 1, channels, after)
        for order in (3, 4, 5):
            norm(3 * block + order, after)
    add("conv2d_7/kernel", 3, 3, 128, 7)
    tensors["conv2d_7/bias"] = rng.normal(0, 1, 7).astype(np.float32)
    return tensors


def write_keras_file(path: Path, tensors: Tensors) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in tensors.items():
            layer, weight = name.split("/")
            file[f"model_weights/{layer}/{layer}_1/{weight}:0"] = values
    return path


def reference_scores(tensors: Tensors, face: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The network in plain numpy and scipy, float64, one channel at a time, Keras' axis order throughout."""

    def convolve(x: Any, kernel: Any, mode: str) -> Any:
        planes = [
            sum(correlate2d(x[:, :, i], kernel[:, :, i, o], mode) for i in range(kernel.shape[2]))
            for o in range(kernel.shape[3])
        ]
        return np.stack(planes, axis=2)

    def depthwise(x: Any, kernel: Any) -> Any:
        return np.stack([correlate2d(x[:, :, i], kernel[:, :, i, 0], "same") for i in range(x.shape[2])], axis=2)

    def norm(x: Any, number: int) -> Any:
        part = {
            name: tensors[f"batch_normalization_{number}/{name}"].astype(float)
            for name in ("gamma", "beta", "moving_mean", "moving_variance")
        }
        return part["gamma"] * (x - part["moving_mean"]) / np.sqrt(part["moving_variance"] + 1e-3) + part["beta"]

    def pool(x: Any) -> Any:
        size = -(-x.shape[0] // 2)
        total = max(0, (size - 1) * 2 + 3 - x.shape[0])
        before = total // 2  # TensorFlow's "same": the smaller half comes first
        padded = np.pad(x, ((before, total - before),) * 2 + ((0, 0),), constant_values=-np.inf)
        cells = [
            [padded[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max((0, 1)) for j in range(size)] for i in range(size)
        ]
        return np.array(cells)

    x = ((face / 255.0 - 0.5) * 2.0)[:, :, None]
    x = np.maximum(norm(convolve(x, tensors["conv2d_1/kernel"], "valid"), 1), 0)
    x = np.maximum(norm(convolve(x, tensors["conv2d_2/kernel"], "valid"), 2), 0)
    for block in range(4):
        shortcut = norm(x[::2, ::2] @ tensors[f"conv2d_{block + 3}/kernel"][0, 0], 3 * block + 3)
        for order in (1, 2):
            layer = f"separable_conv2d_{2 * block + order}"
            x = depthwise(x, tensors[f"{layer}/depthwise_kernel"]) @ tensors[f"{layer}/pointwise_kernel"][0, 0]
            x = norm(x, 3 * block + 3 + order)
            x = np.maximum(x, 0) if order == 1 else x
        x = pool(x) + shortcut
    logits = (convolve(x, tensors["conv2d_7/kernel"], "same") + tensors["conv2d_7/bias"]).mean((0, 1))
    odds = np.exp(logits - logits.max())
    return odds / odds.sum()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make_model(monkeypatch: pytest.MonkeyPatch) -> Callable[..., MiniXceptionModel]:
    """A model; with `weights`, opened with that file whatever its hash, for weights that the test made."""

    def make(weights: Path | None = None, **settings: Any) -> MiniXceptionModel:
        settings.setdefault("face", FaceOptions(detector="none"))
        model = MiniXceptionModel(model_card("fer_mini_xception"), WeightsOptions(), RunSettings(**settings))
        if weights is not None:
            monkeypatch.setattr(
                "harness.models.mini_xception.weights_path", lambda card, override, allow_hosts: weights
            )
            model.open()
        return model

    return make


MakeModel = Callable[..., MiniXceptionModel]


def test_equals_a_plain_numpy_network(tmp_path: Path, make_model: MakeModel) -> None:
    tensors = random_tensors()
    model = make_model(write_keras_file(tmp_path / "random.hdf5", tensors))
    faces = patterns()[:2]
    expected = np.stack([reference_scores(tensors, face) for face in faces])
    assert expected.max() < 0.9, "the made weights must leave room to differ"
    np.testing.assert_allclose(model.forward(faces), expected, atol=2e-6)


def test_equals_keras_on_the_real_weights(fer_weights: Path, make_model: MakeModel) -> None:
    scores = make_model(fer_weights).forward(patterns())
    np.testing.assert_allclose(scores, GOLDEN, atol=2e-6)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-6)


def test_scores_do_not_depend_on_the_batch(fer_weights: Path, make_model: MakeModel) -> None:
    model = make_model(fer_weights)
    rng = np.random.default_rng(0)
    faces = [cv2.GaussianBlur(rng.integers(0, 256, (64, 64), np.uint8), (0, 0), 1 + i / 8) for i in range(32)]
    together = model.forward(faces)
    alone = np.concatenate([model.forward([face]) for face in faces])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert (together.argmax(axis=1) == alone.argmax(axis=1)).all()
    assert (together == model.forward(faces)).all(), "the same batch gives the same bytes"


def test_the_largest_input_is_one_that_it_takes(fer_weights: Path, make_model: MakeModel) -> None:
    model = make_model(fer_weights)
    assert model.forward([model.largest_input()] * 2).shape == (2, model.width)


def test_lower_precision_only_when_asked(fer_weights: Path, make_model: MakeModel) -> None:
    full, half = make_model(fer_weights), make_model(fer_weights, precision="bfloat16")
    gap = np.abs(full.forward(patterns()) - half.forward(patterns())).max()
    assert 1e-5 < gap < 0.2


def test_recognises_real_faces(fer_weights: Path, shared_data: Path, make_model: MakeModel) -> None:
    model = make_model(fer_weights)
    prepare, truth, faces = model.preparer(), [], []
    root = shared_data / "facial_expressions"
    for line in (root / "data" / "legend.csv").read_text().splitlines()[1:]:
        _, name, emotion = line.split(",")
        pixels = cv2.imread(str(root / "images" / name)) if (root / "images" / name).is_file() else None
        if pixels is not None and canonical(emotion) in model.card.labels:
            truth.append(canonical(emotion))
            faces.append(prepare(Image(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))))
    scores = np.concatenate([model.forward(faces[i : i + 32]) for i in range(0, len(faces), 32)])
    answers = [model.card.labels[i] for i in scores.argmax(axis=1)]
    assert len(set(truth)) == 7
    assert balanced_accuracy_score(truth, answers) >= 0.40


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t.pop("conv2d_7/bias"), "lacks conv2d_7/bias"),
        (lambda t: t.update({"conv2d_9/kernel": np.zeros((1, 1, 1, 1), np.float32)}), "holds conv2d_9/kernel"),
        (lambda t: t.update({"conv2d_1/kernel": np.zeros((5, 5, 1, 8), np.float32)}), r"shape \(8, 1, 5, 5\)"),
        (lambda t: t["batch_normalization_4/gamma"].__setitem__(3, np.nan), "not finite"),
        (lambda t: t.clear(), "lacks conv2d_1/kernel"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    tmp_path: Path, spoil: Callable[[Tensors], object], message: str
) -> None:
    tensors = random_tensors()
    spoil(tensors)
    with pytest.raises(HarnessError, match=message):
        load_mini_xception(write_keras_file(tmp_path / "model.hdf5", tensors))


def test_files_that_are_no_keras_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.hdf5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
    with pytest.raises(HarnessError, match="not a readable Keras HDF5 file"):
        load_mini_xception(path)
    with h5py.File(path, "w") as file:
        file["model_weights"] = np.zeros(3)
    with pytest.raises(HarnessError, match="not a readable Keras HDF5 file"):
        load_mini_xception(path)
    with h5py.File(path, "w") as file:
        file["model_weights/conv2d_1/kernel:0"] = "text"
    with pytest.raises(HarnessError, match="not a readable Keras HDF5 file"):
        load_mini_xception(path)


def test_wrong_weights_never_open(tmp_path: Path) -> None:
    path = write_keras_file(tmp_path / "mine.hdf5", random_tensors())
    model = MiniXceptionModel(model_card("fer_mini_xception"), WeightsOptions(weights=str(path)), RunSettings())
    with pytest.raises(HarnessError, match="expected SHA-256 59534287"):
        model.open()


def test_prepares_grey_64_by_64(make_model: MakeModel) -> None:
    prepare = pickle.loads(pickle.dumps(make_model().preparer()))
    pixels = np.zeros((100, 80, 3), np.uint8)
    pixels[:, :] = (200, 100, 50)
    face = prepare(Image(pixels))
    assert face.shape == (64, 64)
    assert face.dtype == np.uint8
    assert np.unique(face).tolist() == [round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)], "BT.601"
    sound = Audio(np.zeros(10, np.float32), 16_000)
    clip = Video(np.stack([pixels * 0, pixels, pixels * 0]), np.arange(3.0), sound)
    assert (prepare(clip) == face).all()
    with pytest.raises(HarnessError, match="needs pictures; the dataset gave Audio"):
        prepare(sound)


def test_no_face_is_an_abstention(make_model: MakeModel) -> None:
    prepare = make_model(face=FaceOptions(detector="haar")).preparer()
    with pytest.raises(Unscored) as unscored:
        prepare(Image(np.full((200, 200, 3), 90, np.uint8)))
    assert (unscored.value.outcome, unscored.value.reason) == ("abstained", Reason.NO_FACE)


def test_conclusion_keeps_every_sample(make_model: MakeModel) -> None:
    rows = [
        {"sample_id": f"s{i}", "modality": "face", "subject_id": f"p{i}", "label": "fear", "label_source": "acted"}
        for i in range(3)
    ]
    values = np.full((3, 7), np.nan)
    values[0] = [0.1, 0.0, 0.2, 0.4, 0.1, 0.1, 0.1]
    values[2] = [0.3, 0.3, 0.2, 0.0, 0.1, 0.1, 0.0]
    vectors = Vectors(values, ["scored", "abstained", "scored"], [None, "no_face", None])
    samples = samples_table(rows)
    predictions = make_model().conclude(samples, vectors).predictions
    validate_predictions(predictions, samples)
    assert predictions["label"].to_pylist() == ["happiness", None, "anger"]
    assert predictions["outcome"].to_pylist() == ["scored", "abstained", "scored"]
    assert predictions["reason"].to_pylist() == [None, "no_face", None]
    assert predictions["scores"].to_pylist()[1] is None
    np.testing.assert_allclose(predictions["scores"].to_pylist()[0], values[0], atol=1e-7)
    order = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
    assert label_orders(predictions) == {"fer_mini_xception": order}


def test_facts_name_what_decides_the_predictions(make_model: MakeModel) -> None:
    model = make_model(face=FaceOptions(detector="haar", margin=0.2))
    facts = model.facts()
    assert facts["weights_sha256"] == "59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e"
    assert [sha256_file(path) for path in model.files().values()] == [facts["weights_sha256"]]
    assert facts["face"]["margin"] == 0.2
    assert list(facts["face"]["files_sha256"]) == ["haarcascade_frontalface_default.xml"]


def test_card_with_other_labels_is_refused() -> None:
    card = model_card("fer_mini_xception").model_copy(update={"labels": ["anger", "fear"]})
    with pytest.raises(HarnessError, match="has 7 classes"):
        MiniXceptionModel(card, WeightsOptions(), RunSettings())
