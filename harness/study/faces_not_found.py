"""What to do where the detector finds few faces: often the pictures are faces already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from harness.errors import Reason, reason_code
from harness.signals.face_options import FaceOptions

MIN_SHARE = 0.5
"""The share of pictures without a face from which on it is said; photographs of people have far fewer."""


def faces_not_found(reasons: Iterable[str | None], options: FaceOptions) -> str | None:
    """A warning with its remedy, if no face was found in at least half of the pictures.

    Args:
        reasons: why each sample has no score, None for one that has.
        options: how faces were looked for.
    """
    codes = Counter(reason and reason_code(reason) for reason in reasons)
    num_pictures, num_without = codes.total(), codes[str(Reason.NO_FACE)]
    if not num_without or num_without < MIN_SHARE * num_pictures:
        return None
    other = " Otherwise face.detector=blazeface finds more faces." if options.detector == "haar" else ""
    return (
        f"face.detector={options.detector} found no face in {num_without:,} of {num_pictures:,} pictures. If they "
        f"are faces that were cut out already, take them as they are with face.detector=none.{other}"
    )
