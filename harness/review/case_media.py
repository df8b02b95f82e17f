"""The medium of one case as files that a browser shows: pictures, sound, or curves of what sensors recorded.

Media are decoded by the dataset's reader, so that people see and hear what the system was given, and neither the
name nor the format of a file says what it shows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.report.drawn_curves import svg_file
from harness.signals.curves import curves_of
from harness.signals.encoded import encoded
from harness.signals.media import Audio, Image, Media, Video

MAX_FRAMES = 8
"""Of a film, evenly spaced."""


def shown_files(media: Media) -> Iterator[tuple[str, bytes]]:
    """The parts of a medium: (ending, bytes), with the endings ``png``, ``wav`` and ``svg``."""
    if isinstance(media, Image):
        yield "png", encoded(media, "png").data
    elif isinstance(media, Audio):
        yield "wav", encoded(media, "wav").data
    elif isinstance(media, Video):
        for index in np.unique(np.linspace(0, len(media.frames) - 1, MAX_FRAMES).round().astype(int)):
            yield "png", encoded(Image(media.frames[index]), "png").data
        if media.audio is not None:
            yield "wav", encoded(media.audio, "wav").data
    else:
        yield from (("svg", svg_file(curve)) for curve in curves_of(media))
