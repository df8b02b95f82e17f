from __future__ import annotations

import numpy as np
import pytest

from harness.datasets.simulated.face_canvas import SIZE, Canvas, Pose, from_hex, to_srgb

GREY = from_hex("#808080")
SQUARE = [(-0.5, -0.25), (0.5, -0.25), (0.5, 0.25), (-0.5, 0.25)]


def test_colours_are_those_of_the_standard() -> None:
    """IEC 61966-2-1: #808080 is 0.2159 of linear light, #0a0a0a lies on the straight part."""
    assert from_hex("#ff8000") == pytest.approx([1.0, 0.21586, 0.0], abs=1e-5)
    assert from_hex("#0a0a0a") == pytest.approx([10 / 255 / 12.92] * 3, rel=1e-6)
    steps = np.arange(256, dtype=np.float32)
    back = [to_srgb(from_hex(f"#{i:02x}{i:02x}{i:02x}")) for i in range(256)]
    np.testing.assert_allclose(255 * np.array(back)[:, 0], steps, atol=2e-3)


def test_positions_are_in_face_units_from_the_middle() -> None:
    canvas = Canvas(Pose(), GREY)
    half = SIZE / 2
    assert canvas.x[0, [0, SIZE - 1]] == pytest.approx([(0.5 - half) / half, (half - 0.5) / half], abs=1e-6)
    np.testing.assert_allclose(canvas.y, canvas.x.T, atol=1e-6)


@pytest.mark.parametrize(
    ("pose", "share"),
    [
        (Pose(), 0.5 / 4),
        (Pose(scale=0.5), 0.5 / 16),
        (Pose(roll=0.6), 0.5 / 4),
        (Pose(x=0.2, y=-0.3), 0.5 / 4),
        (Pose(x=1.0), 0.25 / 4),  # half of it is outside
    ],
)
def test_a_mask_covers_what_its_outline_does(pose: Pose, share: float) -> None:
    """A rectangle of 1 by 0.5 face units, of a picture of 2 by 2; its anti-aliased edge adds half a pixel."""
    mask = Canvas(pose, GREY).mask(SQUARE)
    assert mask.mean() == pytest.approx(share, abs=0.006)
    assert set(np.round(np.quantile(mask, [0.0, 1.0]), 6)) == {0.0, 1.0}


def test_the_pose_moves_and_turns_what_is_drawn() -> None:
    def middle(pose: Pose) -> tuple[float, float]:
        mask = Canvas(pose, GREY).mask([(0.3, -0.1), (0.5, -0.1), (0.5, 0.1), (0.3, 0.1)])
        rows, columns = np.mgrid[:SIZE, :SIZE]
        found = [float((mask * each).sum() / mask.sum()) for each in (columns, rows)]
        return (found[0] + 0.5) / (SIZE / 2) - 1, (found[1] + 0.5) / (SIZE / 2) - 1

    assert middle(Pose()) == pytest.approx((0.4, 0.0), abs=0.01)
    assert middle(Pose(roll=np.pi / 2)) == pytest.approx((0.0, 0.4), abs=0.01)
    assert middle(Pose(scale=0.5, x=0.1, y=0.2)) == pytest.approx((0.3, 0.2), abs=0.01)


def test_a_blob_is_a_gaussian_hill() -> None:
    canvas = Canvas(Pose(), GREY)
    hill = canvas.blob(0.1, -0.2, 0.2, 0.1)
    expected = np.exp(-0.5 * (((canvas.x - 0.1) / 0.2) ** 2 + ((canvas.y + 0.2) / 0.1) ** 2))
    inside = np.hypot(canvas.x - 0.1, canvas.y + 0.2) < 0.7
    np.testing.assert_allclose(hill[inside], expected[inside], atol=1e-6)


def test_paint_covers_by_the_mask_and_darkening_takes_its_share() -> None:
    canvas = Canvas(Pose(), GREY)
    mask = np.zeros((SIZE, SIZE), np.float32)
    mask[10:20, 10:20] = 0.25
    canvas.paint(mask, from_hex("#ffffff"), gloss=0.8)
    assert canvas.colour[15, 15] == pytest.approx(0.75 * GREY + 0.25, rel=1e-5)
    assert canvas.gloss[15, 15] == pytest.approx(0.2)
    assert canvas.colour[25, 25] == pytest.approx(GREY)
    canvas.darken(mask, 0.4)
    assert canvas.colour[15, 15] == pytest.approx(0.9 * (0.75 * GREY + 0.25), rel=1e-5)
    canvas.paint(np.zeros_like(mask), from_hex("#000000"))
    assert canvas.colour[25, 25] == pytest.approx(GREY)
