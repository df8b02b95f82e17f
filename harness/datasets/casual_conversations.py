"""Casual Conversations v2: people who state who they are, tones of skin as annotators saw them, and no labels.

``CasualConversationsV2.json`` is a list of videos with what is known of their person (subject_id, age, gender,
native_language, geo_location, monk_skin_tone, …). Videos lie anywhere below the root under their names
(``video_name``), frames in folders that are named after the person. Source: Porgali et al. 2023, arXiv:2303.04838.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

import pyarrow as pa

from harness.datasets.layout import first_by_name, problem_lines
from harness.datasets.listed_samples import decoded
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.files import json_value, read_text
from harness.signals.media import Media
from harness.signals.media_folder import PICTURE_SUFFIXES, VIDEO_SUFFIXES, find_files
from harness.tables.samples import samples_table

ANNOTATIONS = "CasualConversationsV2.json"
MAX_BYTES = 512 * 2**20
NOT_STATED = ("", "n/a", "prefer not to say")
TONES = [str(tone) for tone in range(1, 11)]
PHOTOTYPES = ("I", "II", "III", "IV", "V", "VI")

Facts = Mapping[str, Any]


class CasualConversationsOptions(ReaderOptions):
    """The options.

    Attributes:
        media: ``videos``, of which the middle frame is used, or ``frames``.
    """

    media: Literal["videos", "frames"] = "videos"


class CasualConversationsReader(Reader[CasualConversationsOptions]):
    """The videos, or the frames, of people in the annotations."""

    Options = CasualConversationsOptions

    def samples(self) -> pa.Table:
        """One row per video or frame that is there; none has a label."""
        entries = self._entries()
        rows = [self._row(uri, entry) for uri, entry in self._found(entries).items()]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: below {self.root} there are no {self.options.media} of anybody in "
                f"{ANNOTATIONS}. Unpack them there, or choose dataset.media=videos or frames."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Media:
        """The frame, or the one in the middle of the video."""
        from harness.signals import video

        path = self.path(sample["uri"])
        return video.middle_frame(path) if path.suffix.lower() in VIDEO_SUFFIXES else decoded(path, sample)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Videos and people in the annotations without a file, and files of nobody."""
        entries = self._entries()
        uris = set(samples["uri"].to_pylist())
        of_videos = self.options.media == "videos"
        known = {_text(entry, "video_name" if of_videos else "subject_id") or "" for entry in entries}
        there = {PurePosixPath(uri).name if of_videos else PurePosixPath(uri).parent.name for uri in uris}
        return problem_lines(
            {
                f"no {self.options.media} of": sorted(known - there - {""}),
                "files of nobody in the annotations, or a second copy": sorted({*self._files()} - uris),
            }
        )

    def _files(self) -> list[str]:
        return find_files(self.root, VIDEO_SUFFIXES if self.options.media == "videos" else PICTURE_SUFFIXES)

    def _found(self, entries: list[Facts]) -> dict[str, Facts]:
        """Each file of somebody in the annotations, with what is known of the person."""
        if self.options.media == "videos":
            by_name = {_text(entry, "video_name"): entry for entry in entries}
            return {uri: by_name[name] for name, uri in first_by_name(self._files()).items() if name in by_name}
        of_person = {_text(entry, "subject_id"): entry for entry in reversed(entries)}
        people = ((uri, PurePosixPath(uri).parent.name) for uri in self._files())
        return {uri: of_person[person] for uri, person in people if person in of_person}

    def _entries(self) -> list[Facts]:
        names = [name for name in find_files(self.root, {".json"}) if PurePosixPath(name).name == ANNOTATIONS]
        if not names:
            raise HarnessError(f"dataset {self.card.name}: there is no {ANNOTATIONS} below {self.root}.")
        path = self.file(names[0])
        try:
            found = json_value(read_text(path, MAX_BYTES))
        except (OSError, ValueError, RecursionError) as error:
            raise HarnessError(f"{path}: not readable JSON ({str(error)[:200]}). Download it again.") from None
        if not isinstance(found, list) or not all(
            isinstance(one, dict) and _text(one, "subject_id") for one in found
        ):
            raise HarnessError(f"{path}: expected a list of objects, each with a subject_id.")
        return found

    def _row(self, uri: str, entry: Facts) -> dict[str, Any]:
        phototype = (_text(entry, "fitzpatrick_skin_tone", "type") or "").rpartition(" ")[2].upper()
        tone = (_text(entry, "monk_skin_tone", "scale") or "").rpartition(" ")[2]
        age = _text(entry, "age") or ""
        return {
            "sample_id": uri,
            "modality": "face",
            "uri": uri,
            "subject_id": _text(entry, "subject_id"),
            "label_source": self.card.label_source,
            "attr.age": float(age) if age.isdecimal() and len(age) < 4 else None,
            "attr.gender": _text(entry, "gender"),
            "attr.country": _text(entry, "geo_location", "country"),
            "attr.native_language": _text(entry, "native_language"),
            "attr.fitzpatrick": phototype if phototype in PHOTOTYPES else None,
            "attr.monk": f"monk_{int(tone):02d}" if tone in TONES else None,
        }


def _text(entry: Facts, name: str, part: str | None = None) -> str | None:
    """A stated value as text; None where the person would not say."""
    value = entry.get(name)
    if part is not None:
        value = value.get(part) if isinstance(value, dict) else None
    text = str(value).strip() if isinstance(value, str | int) else ""
    return None if text.lower() in NOT_STATED else text
