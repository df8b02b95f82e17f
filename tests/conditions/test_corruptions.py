"""What every corruption and perturbation of a face does, and the values of each by hand or by another library."""

from __future__ import annotations

import colorsys
import io

import numpy as np
import PIL.Image
import pytest
from scipy.spatial.transform import Rotation

from harness.cards import registry
from harness.conditions import perturbations
from harness.conditions.condition import LabelPreserving
from harness.conditions.imagenet_c import Corruption
from harness.conditions.picture_blurs import disc, trace
from harness.conditions.weather import snowed
from harness.errors import Reason, Unscored
from harness.signals.media import Image, Video
from harness.study.assembly import open_condition
from tests.changed_pictures import changed, flat

FAMILIES = [
    name
    for name in registry.names("conditions")
    if isinstance(found := registry.find("conditions", name), type) and issubclass(found, Corruption)
]
OF_IMAGENET_C = {
    *("gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur"),
    *("snow", "frost", "fog", "brightness", "contrast", "elastic_transform", "pixelate", "jpeg_compression"),
    *("speckle_noise", "gaussian_blur", "spatter", "saturate"),
}
OF_IMAGENET_P = {
    *("gaussian_noise", "shot_noise", "motion_blur", "zoom_blur", "snow"),
    *("brightness", "translate", "rotate", "tilt", "scale"),
}
RAMP = np.repeat(np.arange(224, dtype=np.uint8)[None, :, None], 224, axis=0).repeat(3, axis=2)
NOISE = np.random.default_rng(7).integers(0, 256, (224, 224, 3)).astype(np.uint8)


def test_all_corruptions_and_perturbations_are_there_at_five_severities() -> None:
    assert set(FAMILIES) == {f"face/{n}" for n in OF_IMAGENET_C} | {f"face/{n}_p" for n in OF_IMAGENET_P}
    for name in FAMILIES:
        family = registry.find("conditions", name)
        assert list(family.severities) == [1, 2, 3, 4, 5]
        slight = name.endswith("_p")
        assert family.label_preserving is (LabelPreserving.ASSUMED if slight else LabelPreserving.UNKNOWN)
        assert ("ImageNet-P" if slight else "ImageNet-C") in family.source
        assert "10.1007/s11042-022-12790-7" in family.source


@pytest.mark.parametrize("name", FAMILIES)
def test_a_corruption_takes_pictures_of_any_size_and_gives_the_same_for_the_same_draw(name: str) -> None:
    for shape in ((1, 1), (4, 3), (48, 48), (30, 700), (500, 300)):
        pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
        before = pixels.copy()
        first, again = (changed(f"{name}@5", pixels, seed=3) for _ in "ab")
        assert (first.shape, first.dtype) == (pixels.shape, np.uint8)
        np.testing.assert_array_equal(first, again)
        np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_strongest_severity_changes_more_than_the_first(name: str) -> None:
    rows, columns = np.mgrid[:224, :224]
    smooth = 127.0 + 60.0 * np.sin(columns / 9.0) + 50.0 * np.cos(rows / 13.0)
    pixels = np.dstack([smooth, 0.8 * smooth, 0.6 * smooth]).clip(0, 255).astype(np.uint8)
    by = [np.abs(changed(f"{name}@{severity}", pixels).astype(float) - pixels).mean() for severity in (1, 5)]
    assert by[0] > 0.0
    # Saturation is first lowered, then raised; elastic moves are first of the whole, then local.
    assert name in {"face/saturate", "face/elastic_transform"} or by[0] < by[1]


def test_a_picture_without_pixels_or_with_too_many_on_a_side_is_refused() -> None:
    for pixels, reason in (
        (np.zeros((0, 5, 3), np.uint8), Reason.EMPTY),
        (np.zeros((1, 32_001, 3), np.uint8), Reason.TOO_LARGE),
    ):
        with pytest.raises(Unscored) as refused:
            changed("face/fog@1", pixels)
        assert refused.value.reason == reason


def test_frames_of_a_film_have_noise_of_their_own_and_one_lens() -> None:
    film = Video(np.stack([flat(128), flat(128)]), np.array([0.0, 0.04]))
    for name, same in (("face/gaussian_noise@1", False), ("face/spatter@4", True)):
        frames = open_condition(name).apply(film, np.random.default_rng(0))
        assert isinstance(frames, Video)
        assert np.array_equal(frames.frames[0], frames.frames[1]) is same


@pytest.mark.parametrize(
    ("name", "value", "sd"),
    [
        ("face/gaussian_noise@1", 128, 0.08 * 255),
        ("face/gaussian_noise@2", 128, 0.12 * 255),
        ("face/gaussian_noise_p@5", 128, 0.08 * 255),
        ("face/speckle_noise@1", 100, 0.15 * 100),
        ("face/speckle_noise@2", 60, 0.2 * 60),
        ("face/shot_noise@1", 102, np.sqrt(0.4 / 60) * 255),
        ("face/shot_noise_p@5", 51, np.sqrt(0.2 / 60) * 255),
    ],
)
def test_noise_has_the_stated_spread_and_keeps_the_mean(name: str, value: int, sd: float) -> None:
    noisy = changed(name, flat(value)).astype(float)
    assert noisy.mean() == pytest.approx(value, abs=0.3)
    assert noisy.std() == pytest.approx(sd, rel=0.01)


def test_a_grain_of_noise_is_a_pixel_of_a_picture_of_224() -> None:
    for name in ("face/gaussian_noise@3", "face/shot_noise@3", "face/impulse_noise@3"):
        noisy = changed(name, flat(128, 448, 448)).reshape(224, 2, 224, 2, 3)
        assert (noisy == noisy[:, :1, :, :1]).all()
        assert noisy.std() > 20.0


@pytest.mark.parametrize(("severity", "share"), [(1, 0.03), (3, 0.09), (5, 0.27)])
def test_impulses_hit_the_stated_share_half_black_half_white(severity: int, share: float) -> None:
    noisy = changed(f"face/impulse_noise@{severity}", flat(128))
    assert np.mean(noisy == 0) == pytest.approx(share / 2, abs=0.002)
    assert np.mean(noisy == 255) == pytest.approx(share / 2, abs=0.002)
    assert set(np.unique(noisy)) == {0, 128, 255}


@pytest.mark.parametrize(("side", "sd_px"), [(224, 3.0), (448, 6.0), (112, 1.5)])
def test_a_gaussian_blur_spreads_a_step_by_its_standard_deviation(side: int, sd_px: float) -> None:
    from scipy.special import ndtr

    step = flat(0, side, side)
    step[:, side // 2 :] = 255
    blurred = changed("face/gaussian_blur@3", step)[side // 2, :, 0]
    expected = 255 * ndtr((np.arange(side) - (side / 2 - 0.5)) / sd_px)
    np.testing.assert_allclose(blurred, expected, atol=2.0)


def test_the_kernels_of_defocus_and_motion_have_the_moments_of_a_disc_and_of_half_a_gaussian() -> None:
    for radius in (3.0, 4.5, 10.0):
        kernel = disc(radius).astype(float)
        reach = len(kernel) // 2
        rows = np.arange(-reach, reach + 1)
        assert kernel.sum() == pytest.approx(1.0, abs=1e-6)
        assert (kernel.sum(axis=1) * rows**2).sum() == pytest.approx(radius**2 / 4, rel=0.06)
    kernel = trace(10.0, 3.0, 30.0).astype(float)
    reach = len(kernel) // 2
    places = np.arange(-reach, reach + 1)
    along = np.arange(21)
    weights = np.exp(-(along**2) / 18.0)
    distance = (along * weights).sum() / weights.sum()
    assert (kernel.sum(axis=0) * places).sum() == pytest.approx(distance * np.cos(np.pi / 6), abs=1e-4)
    assert (kernel.sum(axis=1) * places).sum() == pytest.approx(distance * np.sin(np.pi / 6), abs=1e-4)


def test_a_defocused_point_is_a_disc_of_the_stated_radius() -> None:
    point = flat(0)
    point[112, 112] = 255
    lit = changed("face/defocus_blur@1", np.where(point > 0, 255, 0).astype(np.uint8))[..., 0] > 0
    assert lit.sum() == pytest.approx(np.pi * 3.5**2, rel=0.1)


def test_zoom_blur_of_a_ramp_is_its_mean_enlargement() -> None:
    factors = np.array([1.0, *np.arange(1.0, 1.105, 0.01)])
    middle = 111.5
    expected = middle + (np.arange(224) - middle) * np.mean(1.0 / factors)
    np.testing.assert_allclose(changed("face/zoom_blur@1", RAMP)[100, :, 0], expected, atol=0.7)


def test_glass_moves_points_no_farther_than_stated() -> None:
    moved = changed("face/glass_blur@4", RAMP).astype(float)
    assert np.abs(moved - RAMP)[:, 12:-12].max() <= 2 * 3 + 1
    assert np.abs(moved - RAMP).std() > 0.2


@pytest.mark.parametrize(("severity", "factor"), [(1, 0.4), (2, 0.3), (5, 0.05)])
def test_contrast_is_lowered_around_the_mean(severity: int, factor: float) -> None:
    low = changed(f"face/contrast@{severity}", NOISE).astype(float)
    assert low.mean() == pytest.approx(NOISE.mean(), abs=0.3)
    assert low.std() == pytest.approx(factor * NOISE.std(), abs=0.3)


COLOURS = [(200, 120, 90), (90, 60, 45), (30, 90, 160), (128, 128, 128)]


@pytest.mark.parametrize("colour", COLOURS)
def test_brightness_and_saturation_are_those_of_hsv(colour: tuple[int, int, int]) -> None:
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))
    brighter = colorsys.hsv_to_rgb(hue, saturation, min(value + 0.2, 1.0))
    np.testing.assert_allclose(
        changed("face/brightness@2", flat(colour))[0, 0], 255 * np.array(brighter), atol=0.51
    )
    stronger = colorsys.hsv_to_rgb(hue, min(5 * saturation + 0.1, 1.0), value)
    np.testing.assert_allclose(changed("face/saturate@4", flat(colour))[0, 0], 255 * np.array(stronger), atol=0.51)
    for seed in range(4):
        moved = changed("face/brightness_p@3", flat(colour), seed)[0, 0] / 255
        room = 1.0 - value if moved.max() > value else value
        assert abs(moved.max() - value) == pytest.approx(min(0.18, room), abs=0.003)


def test_jpeg_is_that_of_another_encoder() -> None:
    smooth = np.dstack([RAMP[..., 0], RAMP[..., 0].T, 255 - RAMP[..., 0]])
    stored = io.BytesIO()
    PIL.Image.fromarray(smooth).save(stored, "JPEG", quality=10)
    expected = np.asarray(PIL.Image.open(stored))
    np.testing.assert_allclose(changed("face/jpeg_compression@4", smooth).astype(float), expected, atol=4.0)


def test_pixelate_takes_means_over_blocks() -> None:
    blocks = changed("face/pixelate@5", NOISE).reshape(56, 4, 56, 4, 3)
    assert (blocks == blocks[:, :1, :, :1]).all()
    means = NOISE.reshape(56, 4, 56, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(blocks[:, 0, :, 0], means, atol=0.51)
    large = changed("face/pixelate@5", np.kron(NOISE, np.ones((2, 2, 1), np.uint8)))
    np.testing.assert_allclose(large[::8, ::8], means, atol=0.51)


def test_local_moves_have_the_spread_of_smoothed_uniform_noise() -> None:
    """A filter of standard deviation s leaves 1 / (2 s √π) of the spread of white noise; uniform has 1/√3."""
    ramp = RAMP.copy()
    ramp[:, :20], ramp[:, -20:] = ramp[:, 20:21], ramp[:, -21:-20]
    by = changed("face/elastic_transform@3", ramp)[40:-40, 40:-40, 0].astype(float) - ramp[40:-40, 40:-40, 0]
    rows, columns = np.mgrid[: by.shape[0], : by.shape[1]]
    affine = np.column_stack([rows.ravel(), columns.ravel(), np.ones(by.size)])
    fitted = affine @ np.linalg.lstsq(affine, by.ravel(), rcond=None)[0]
    expected = 12.2 / np.sqrt(3) / (2 * 2.44 * np.sqrt(np.pi))
    rounding = 1 / 12
    assert np.var(by.ravel() - fitted) == pytest.approx(expected**2 + rounding, rel=0.15)


@pytest.mark.parametrize(("severity", "published"), [(1, 0.018), (2, 0.018), (3, 0.021), (4, 0.029), (5, 0.044)])
def test_fog_is_as_fine_as_the_published_one(severity: int, published: float) -> None:
    """The mean step between neighbours, by the standard deviation: of twenty fogs of the published code."""
    fogs = (changed(f"face/fog@{severity}", flat(128), seed=seed)[..., 0].astype(float) for seed in range(20))
    found = np.mean([np.abs(np.diff(fog, axis=1)).mean() / fog.std() for fog in fogs])
    assert found == pytest.approx(published, rel=0.35)


def test_fog_and_frost_stay_within_what_their_weights_allow() -> None:
    foggy = changed("face/fog@1", flat(128)) / 255
    brightest = 128 / 255
    factor = brightest / (brightest + 1.5)
    assert foggy.min() == pytest.approx(brightest * factor, abs=0.01)
    assert foggy.max() == pytest.approx((brightest + 1.5) * factor, abs=0.01)
    frozen = changed("face/frost@2", flat(128)) / 255
    np.testing.assert_allclose(frozen.min(axis=(0, 1)), 0.8 * brightest, atol=0.01)
    np.testing.assert_allclose(
        frozen.max(axis=(0, 1)), np.minimum(0.8 * brightest + 0.6 * np.array([0.72, 0.82, 0.90]), 1.0), atol=0.01
    )


def test_snow_turns_colours_pale_and_adds_flakes_twice() -> None:
    picture = np.full((3, 3, 3), (0.4, 0.2, 0.1), np.float32)
    flakes = np.zeros((3, 3), np.float32)
    flakes[0, 0] = 0.25
    grey = 0.299 * 0.4 + 0.587 * 0.2 + 0.114 * 0.1
    pale = 0.7 * np.array([0.4, 0.2, 0.1]) + 0.3 * (1.5 * grey + 0.5)
    snowy = snowed(picture, flakes, 0.7)
    np.testing.assert_allclose(snowy[1, 1], pale, atol=1e-5)
    np.testing.assert_allclose(snowy[0, 0], pale + 0.25, atol=1e-5)
    np.testing.assert_allclose(snowy[2, 2], pale + 0.25, atol=1e-5)


def test_water_only_brightens_and_mud_covers_with_its_colour() -> None:
    wet = changed("face/spatter@2", flat(100))
    assert (wet >= 100).all()
    assert 0.005 < np.mean((wet > 100).any(axis=2)) < 0.6
    muddy = changed("face/spatter@5", flat(200)).astype(int)
    darker = (muddy != 200).any(axis=2)
    assert 0.01 < darker.mean() < 0.6
    # At least four fifths are mud (63, 42, 20) where there is any.
    assert (muddy[darker] <= np.array([63, 42, 20]) * 0.8 + 200 * 0.2 + 0.5).all()


def test_a_translation_moves_by_whole_pixels_of_224() -> None:
    for severity, by in ((1, 4), (5, 20)):
        moved = {tuple(changed(f"face/translate_p@{severity}", NOISE, seed)[50, 100]) for seed in range(8)}
        assert moved == {tuple(NOISE[50, 100 - by]), tuple(NOISE[50, 100 + by])}


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_tilt_is_a_rotation_of_the_plane_seen_by_a_camera(sign: float) -> None:
    height, width = 200, 300
    tilt = open_condition("face/tilt_p@5")
    assert isinstance(tilt, perturbations.Tilt)
    points = np.array([[0.0, 0.0], [299.0, 0.0], [150.0, 70.0], [149.5, 99.5]])
    homogeneous = np.column_stack([points, np.ones(4)]) @ tilt.map_of(height, width, sign).T
    around_x, around_y = (
        Rotation.from_euler("x", 15 * sign, degrees=True),
        Rotation.from_euler("y", -15 * sign, degrees=True),
    )
    in_space = np.column_stack([points - [149.5, 99.5], np.zeros(4)])
    turned = around_x.apply(around_y.apply(in_space))
    far = np.hypot(height, width)
    expected = far * turned[:, :2] / (turned[:, 2:] + far) + [149.5, 99.5]
    np.testing.assert_allclose(homogeneous[:, :2] / homogeneous[:, 2:], expected, atol=1e-9)


def test_a_rotation_and_a_scale_are_around_the_middle() -> None:
    rotate, scale = open_condition("face/rotate_p@5"), open_condition("face/scale_p@3")
    assert isinstance(rotate, perturbations.Rotate)
    assert isinstance(scale, perturbations.Scale)
    corner = np.array([0.0, 0.0, 1.0])
    turned = rotate.map_of(201, 201, 1.0) @ corner
    radius = 100 * np.sqrt(2)
    # A positive angle turns against the clock: in a picture, where y points down, from 135° to 150°.
    expected = [100 + radius * np.cos(np.deg2rad(150)), 100 - radius * np.sin(np.deg2rad(150))]
    np.testing.assert_allclose(turned[:2], expected, atol=1e-9)
    np.testing.assert_allclose((scale.map_of(201, 201, 1.0) @ corner)[:2], [36.0, 36.0], atol=1e-9)


def test_a_condition_of_a_film_leaves_times_and_kind() -> None:
    film = Video(np.stack([NOISE, NOISE]), np.array([0.0, 0.04]))
    tilted = open_condition("face/tilt_p@3").apply(film, np.random.default_rng(0))
    assert isinstance(tilted, Video)
    assert tilted.time_s is film.time_s
    still = open_condition("face/tilt_p@3").apply(Image(NOISE), np.random.default_rng(0))
    assert isinstance(still, Image)
    np.testing.assert_array_equal(tilted.frames[1], still.pixels)
