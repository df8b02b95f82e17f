"""Where a person of BoLD is: joints that OpenPose found in the frames of a clip.

A row of ``joints/….npy`` is a frame of the film that the clip is from, the number of the person, and x, y in
pixels and confidence of 18 joints. The clip begins with the lowest frame that the table has. Sources: the loaders
github.com/filby89/NTUA-BEEU-eccv2020 and GiannisPikoulis/FG2021-BoLD.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from harness.arrays import Floats

NUM_JOINTS = 18
NUM_COLUMNS = 2 + 3 * NUM_JOINTS
LEAST_CONFIDENCE = 0.1
"""Below it the loaders leave a joint out."""


class Found(NamedTuple):
    """A frame of a clip, from 0, and the box of a person in it: left, top, right, bottom."""

    frame: int
    box: list[float]


def best_frame(joints: Floats, person: float, first: float, last: float, margin: float) -> Found | None:
    """The frame with two joints or more that is nearest to the middle between two; None where there is none.

    Args:
        joints: see above.
        person: their number.
        first: the first frame of the clip in which they count.
        last: the last of them.
        margin: how much more than the joints the box holds on every side, in widths and heights of theirs.
    """
    if not np.isfinite(joints[:, 0]).all() or not len(joints):
        return None
    frame_N = joints[:, 0] - joints[:, 0].min()
    points_NJ3 = joints[:, 2:].reshape(-1, NUM_JOINTS, 3)
    seen_NJ = (points_NJ3[:, :, 2] >= LEAST_CONFIDENCE) & (np.abs(points_NJ3[:, :, :2]) < 1e6).all(axis=2)
    usable_N = (joints[:, 1] == person) & (first <= frame_N) & (frame_N <= last) & (seen_NJ.sum(axis=1) >= 2)
    rows = np.flatnonzero(usable_N)
    if not len(rows):
        return None
    row = rows[np.argmin(np.abs(frame_N[rows] - (first + last) / 2))]
    points = points_NJ3[row, seen_NJ[row], :2]
    lowest, highest = points.min(axis=0), points.max(axis=0)
    more = margin * (highest - lowest)
    return Found(int(frame_N[row]), [*(lowest - more).tolist(), *(highest + more).tolist()])
