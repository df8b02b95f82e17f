"""CK+, the extended Cohn-Kanade set: sequences of pictures from a neutral face to the peak of a posed expression.

``cohn-kanade-images/S005/001/S005_001_00000001.png`` is a frame; of sequences whose expression fits an emotion,
``Emotion/S005/001/S005_001_00000011_emotion.txt`` holds its number, such as ``3.0000000e+00``, and is named after
the last frame. Source: Lucey et al. 2010 (CVPR Workshops, 94-101).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from harness.datasets.layout import cell_number, problem_lines
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.files import read_text
from harness.signals import image
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table

FRAME = re.compile(r"(?:.*/)?((S\d{3})_(\d{3}))_(\d{8})\.png")
EMOTION = re.compile(r"(?:.*/)?((S\d{3})_(\d{3}))_(\d{8})_emotion\.txt")

_MAX_BYTES = 1024


class CkPlusOptions(ReaderOptions):
    """The options.

    Attributes:
        neutral: also the first frame of each labelled sequence, as ``neutral``.
    """

    neutral: bool = False


class CkPlusReader(Reader[CkPlusOptions]):
    """The last frame of every labelled sequence."""

    Options = CkPlusOptions

    def samples(self) -> pa.Table:
        """One row per labelled sequence with frames, and with `neutral` another for its first frame."""
        frames = self._frames()
        rows = []
        for name, match in self._emotions():
            uris = frames.get(match[1], [])
            if uris and (label := self._label(name)) is not None:
                rows.append(self._row(uris[-1], match, label, "last"))
                if self.options.neutral and len(uris) > 1:
                    rows.append(self._row(uris[0], match, self.card.labels[0], "first"))
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no labelled sequence below {self.root}. Expected files like "
                "Emotion/S005/001/S005_001_00000011_emotion.txt and cohn-kanade-images/S005/001/"
                "S005_001_00000011.png."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Media:
        """The picture."""
        return image.decode(self.path(sample["uri"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (of all files)
        """Labels without frames or of another frame than the last, and files of labels without a number."""
        frames, emotions = self._frames(), self._emotions()
        return problem_lines(
            {
                "labelled, but without frames": [name for name, match in emotions if match[1] not in frames],
                "labelled at another frame than the last": [
                    name
                    for name, match in emotions
                    if match[1] in frames and not frames[match[1]][-1].endswith(f"_{match[4]}.png")
                ],
                "no number of an emotion in": [name for name, _ in emotions if self._label(name) is None],
            }
        )

    def _frames(self) -> dict[str, list[str]]:
        """Sequence → its frames in order; copies elsewhere are passed over."""
        found: dict[str, dict[str, str]] = {}
        for uri, match in self._matching(FRAME, ".png"):
            found.setdefault(match[1], {}).setdefault(match[4], uri)
        return {name: [frames[number] for number in sorted(frames)] for name, frames in found.items()}

    def _emotions(self) -> list[tuple[str, re.Match[str]]]:
        """The files of labels, the first of each sequence."""
        first: dict[str, tuple[str, re.Match[str]]] = {}
        for name, match in self._matching(EMOTION, ".txt"):
            first.setdefault(match[1], (name, match))
        return list(first.values())

    def _matching(self, pattern: re.Pattern[str], suffix: str) -> Iterator[tuple[str, re.Match[str]]]:
        return ((name, match) for name in find_files(self.root, {suffix}) if (match := pattern.fullmatch(name)))

    def _label(self, name: str) -> str | None:
        try:
            number = cell_number(read_text(self.file(name), _MAX_BYTES).strip(), name)
        except (HarnessError, OSError, ValueError):
            return None
        labels: dict[float, str] = dict(enumerate(self.card.labels))
        return None if number is None else labels.get(number)

    def _row(self, uri: str, match: re.Match[str], label: str, frame: str) -> dict[str, Any]:
        return {
            "sample_id": uri,
            "modality": "face",
            "uri": uri,
            "subject_id": match[2],
            "session_id": match[3],
            "label": label,
            "label_source": self.card.label_source,
            "ctx.frame": frame,
        }
