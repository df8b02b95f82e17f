"""Counterfactual skin tone on simulated people: what changes, by how much, and what does not."""

from __future__ import annotations

import numpy as np
import pytest

from harness.conditions.edit_size import edit_size
from harness.conditions.skin_edit import Colours, recoloured
from harness.errors import Reason, Unscored
from harness.signals.colour import ciede2000, hue_deg, lab_of
from harness.signals.media import Video
from harness.signals.monk_scale import MONK_LAB
from harness.signals.skin import find_skin
from harness.study.assembly import open_condition
from tests.changed_pictures import changed
from tests.simulated_pictures import face_of_tone

FACE = face_of_tone(6)


@pytest.mark.parametrize("tone", range(1, 11))
def test_the_median_of_the_skin_hits_its_target_and_nothing_else_changes(tone: int) -> None:
    skin = find_skin(FACE)
    assert skin is not None
    edited = changed(f"face/skin_tone@{tone}", FACE)
    full = skin.weight > 0.99
    middle = np.median(lab_of(edited[skin.rows, skin.columns])[full], axis=0)
    assert float(ciede2000(middle, MONK_LAB[tone - 1])) < 1.5
    outside = np.ones(FACE.shape[:2], bool)
    outside[skin.rows, skin.columns] = skin.weight == 0.0
    assert outside.mean() > 0.25
    np.testing.assert_array_equal(edited[outside], FACE[outside])


def test_shading_is_kept_in_order_and_highlights_do_not_become_white() -> None:
    skin = find_skin(FACE)
    assert skin is not None
    full = skin.weight > 0.99
    before = skin.lab[full][:, 0]
    for tone in (1, 3, 8, 10):
        after = lab_of(changed(f"face/skin_tone@{tone}", FACE)[skin.rows, skin.columns])[full][:, 0]
        assert np.corrcoef(before, after)[0, 1] > 0.9
        assert np.mean(after > 99.0) < 0.04


def test_lightness_is_scaled_as_the_same_light_on_another_skin_would_be() -> None:
    """By hand: from a median of L* 40 to 50.4, L* + 16 grows by 66.4 / 56."""
    skin = Colours(np.array([40.0, 10.0, 20.0]), highlights=10.0)
    lab = np.array([[40.0, 10.0, 20.0], [30.0, 12.0, 20.0], [45.0, 10.0, 16.0]], np.float32)
    moved = recoloured(lab, skin, np.array([50.4, 8.0, 25.0]))
    factor = 66.4 / 56.0
    expected = [
        [50.4, 8.0, 25.0],
        [50.4 - 10 * factor, 8 + 2 * factor, 25.0],
        [50.4 + 5 * factor, 8.0, 25 - 4 * factor],
    ]
    np.testing.assert_allclose(moved, expected, atol=1e-4)
    # From 40 to 98 the factor would be 1.5 at most, and the highlight of 10 has room for 1, up to 99.
    assert recoloured(lab, skin, np.array([98.0, 0.0, 5.0]))[2, 0] == pytest.approx(98.0 + 5 * 0.1, abs=1e-4)


@pytest.mark.parametrize("tone", [5, 7, 8])
def test_the_sham_is_as_large_as_the_edit_and_leaves_the_tone(tone: int) -> None:
    edit = edit_size(FACE, changed(f"face/skin_tone@{tone}", FACE), tone)
    skin = find_skin(FACE)
    assert edit is not None
    assert skin is not None
    sides = []
    for seed in range(4):
        shammed = changed(f"face/skin_tone_sham@{tone}", FACE, seed)
        sham = edit_size(FACE, shammed, tone)
        assert sham is not None
        assert sham.change_in_skin == pytest.approx(edit.change_in_skin, rel=0.1)
        assert sham.change_elsewhere == edit.change_elsewhere == 0.0
        lab = lab_of(shammed[skin.rows, skin.columns])
        assert np.median(lab[skin.inside], axis=0)[0] == pytest.approx(skin.middle[0], abs=4.0)
        assert float(hue_deg(np.median(lab[skin.inside], axis=0))) == pytest.approx(
            float(hue_deg(skin.middle)), abs=5
        )
        half = lab.shape[1] // 2
        left, right = lab[:, :half][skin.inside[:, :half]][:, 0], lab[:, half:][skin.inside[:, half:]][:, 0]
        sides.append(bool(np.median(left) > np.median(right)))
    assert set(sides) == {True, False}


def test_an_edit_towards_the_own_tone_is_small_and_a_far_one_large() -> None:
    sizes = {tone: edit_size(FACE, changed(f"face/skin_tone@{tone}", FACE), tone) for tone in (1, 6, 10)}
    by = {tone: size.change_in_skin for tone, size in sizes.items() if size is not None}
    assert by[6] < 6.0 < 25.0 < min(by[1], by[10])
    own, light = sizes[6], sizes[1]
    assert own is not None
    assert light is not None
    assert (own.monk_change, own.monk_error) == (0, 0)
    assert own.eyes_moved is None or own.eyes_moved < 0.05
    assert light.monk_error is not None
    assert light.monk_change == light.monk_error + 1 - 6


def test_an_edit_of_nothing_measures_nothing() -> None:
    size = edit_size(FACE, FACE.copy(), 6)
    assert size is not None
    assert (size.change_in_skin, size.change_elsewhere, size.face_moved, size.monk_change) == (0.0, 0.0, 0.0, 0)
    assert edit_size(np.zeros((60, 60, 3), np.uint8), np.zeros((60, 60, 3), np.uint8), 6) is None


def test_a_change_elsewhere_and_a_moved_face_are_measured() -> None:
    corner = FACE.copy()
    corner[:8, :8] = 255 - corner[:8, :8]
    size = edit_size(FACE, corner, 6)
    assert size is not None
    expected = ciede2000(lab_of(FACE[:8, :8]), lab_of(corner[:8, :8])).sum()
    skin = find_skin(FACE)
    assert skin is not None
    num_outside = FACE.shape[0] * FACE.shape[1] - int((skin.weight > 0.0).sum())
    assert size.change_elsewhere == pytest.approx(expected / num_outside, rel=1e-6)
    moved = edit_size(FACE, np.roll(FACE, 12, axis=1), 6)
    assert moved is not None
    assert moved.face_moved == pytest.approx(12 / skin.face.width, abs=0.06)


@pytest.mark.parametrize(
    ("name", "pixels", "detail"),
    [
        ("face/skin_tone@5", np.full((80, 80, 3), 90, np.uint8), "no face"),
        ("face/skin_tone_sham@5", np.full((80, 80, 3), 90, np.uint8), "no face"),
        ("face/skin_tone@5", np.repeat(FACE.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8), "no colour"),
        ("face/skin_tone_sham@1", face_of_tone(10), "no sham edit is as large"),
    ],
)
def test_what_cannot_be_edited_is_not_applicable(name: str, pixels: np.ndarray, detail: str) -> None:
    with pytest.raises(Unscored, match=detail) as refused:
        changed(name, pixels)
    assert refused.value.reason == Reason.NOT_APPLICABLE


def test_the_target_is_named_and_is_no_strength() -> None:
    plain = open_condition("face/skin_tone@3").plain()
    assert plain["meaning"] == "towards tone 3 of the Monk scale (L* 93.1, hue 89.1°); a target, no strength"
    assert plain["label_preserving"] == "assumed"
    assert plain["graded"] is False
    assert "graded" not in open_condition("face/fog@3").plain()
    for kinds in ("face/background@1", "voice/g711@2", "voice/small_gain@1", "wearable/other_device@3"):
        assert open_condition(kinds).plain()["graded"] is False


def test_every_frame_of_a_film_is_edited() -> None:
    film = Video(np.stack([FACE, FACE]), np.array([0.0, 0.04]))
    edited = open_condition("face/skin_tone@9").apply(film, np.random.default_rng(0))
    assert isinstance(edited, Video)
    np.testing.assert_array_equal(edited.frames[1], changed("face/skin_tone@9", FACE))
