"""SEWA as the challenges AVEC 2018 and 2019 gave it (Kossaifi et al. 2019, doi:10.1109/TPAMI.2019.2944808).

Layout: ``labels/Train_DE_01.csv``, separated by semicolons: name of the recording, time (s, every 0.1 s), arousal,
valence and liking, from 2019 on with a header; ``audio/Train_DE_01.wav``. A recording is one person of a culture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.datasets.clip_recordings import clip_of
from harness.datasets.rating_trace_files import Trace, checked_trace
from harness.datasets.rating_traces import MAX_TRACE_BYTES, RatingTracesReader
from harness.datasets.rating_windows import RatingTracesOptions
from harness.files import read_text, text_lines
from harness.signals.media_folder import find_files

NAME = re.compile(r"(Train|Devel|Test)_([A-Z]{2})_\d{2,3}")
CULTURES: Mapping[str, str] = {"DE": "German", "HU": "Hungarian", "CN": "Chinese"}
COLUMNS = ("arousal", "valence", "liking")
"""Behind the name and the time, in files without a header."""


class SewaOptions(RatingTracesOptions):
    """How recordings are cut; the label files hold one course each, that of all raters.

    Attributes:
        annotations: the folder of the label files.
        media: the folder of the recordings.
    """

    annotations: str = "labels"
    media: str = "audio"


class SewaReader(RatingTracesReader):
    """Windows of recordings, by recording and time."""

    Options = SewaOptions

    def dimensions(self) -> tuple[str, ...]:
        """Liking is no dimension of the samples."""
        return ("valence", "arousal")

    def clips(self) -> list[str]:
        """The recordings with labels."""
        found = map(clip_of, find_files(self.root / self.options.annotations, {".csv"}))
        return sorted(name for name in found if NAME.fullmatch(name))

    def trace_file(self, dimension: str, clip: str) -> Path:  # noqa: ARG002 (all are in one file)
        """Where the labels of a recording stand."""
        return self.file(f"{self.options.annotations}/{clip}.csv")

    def trace(self, dimension: str, clip: str) -> Trace:
        """The course of a dimension of a recording."""
        return _parsed(read_text(self.trace_file(dimension, clip), MAX_TRACE_BYTES), dimension)

    def about(self, clip: str) -> Mapping[str, Any]:
        """The part of the challenge's split, and the culture."""
        part, culture, _ = clip.split("_")
        return {"split": part, "ctx.culture": CULTURES.get(culture, culture)}


def _parsed(text: str, dimension: str) -> Trace:
    lines = [line for line in text_lines(text) if line.strip()]
    header = [cell.strip().lower() for cell in lines[0].split(";")] if lines else []
    has_header = dimension in header
    place = header.index(dimension) if has_header else 2 + COLUMNS.index(dimension)
    values = []
    for number, line in enumerate(lines[has_header:], start=1):
        cells = line.split(";")
        if len(cells) <= place:
            raise ValueError(f"row {number} has {len(cells)} cells, and {dimension} would be cell {place + 1}")
        try:
            said = cells[place].strip()
            values.append((float(cells[1]), float(said) if said else np.nan))
        except ValueError:
            raise ValueError(f"row {number} holds what is no number") from None
    of_both = np.array(values, np.float64).reshape(-1, 2)
    return checked_trace(of_both[:, 0], of_both[:, 1:])
