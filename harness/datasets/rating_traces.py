"""Recordings whose valence and arousal several raters followed over time, as in RECOLA (Ringeval et al. 2013).

Layout: ``annotations/arousal/P16.csv`` and ``annotations/valence/P16.csv`` with a column ``time`` (s) and one per
rater, separated by comma, semicolon or tab; ``recordings/P16.wav``, or another suffix. Both may lie in folders.
Samples are windows. Raters react late: a window has what they said ``delay_s`` later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.datasets.clip_recordings import clip_of, people_of_clips, recordings_of, surplus_recordings
from harness.datasets.rating_trace_checks import agreement_facts, odd_raters, unlike_delay
from harness.datasets.rating_trace_files import Trace, parsed_trace
from harness.datasets.rating_windows import RatingTracesOptions, rated_windows, within_scale
from harness.datasets.reader import Reader, Sample
from harness.errors import HarnessError, Unscored
from harness.files import read_text
from harness.signals import audio
from harness.signals.media import Audio
from harness.signals.media_folder import SOUND_SUFFIXES, find_files
from harness.tables.samples import samples_table
from harness.tables.schemas import DIMENSIONS

MAX_TRACE_BYTES = 64 * 2**20


class RatingTracesReader(Reader[RatingTracesOptions]):
    """Windows of clips, by clip and time."""

    Options = RatingTracesOptions

    def samples(self) -> pa.Table:
        """One row per window that every dimension's traces cover; a clip is a session of its person.

        Raises:
            HarnessError: no window is covered, a trace is none, a clip is not in the table of people, or it may be
                one of several recordings.
        """
        low, high = self.options.scale
        if not low < high:
            raise HarnessError(f"dataset {self.card.name}: dataset.scale is [lowest, highest], rising.")
        clips = self.clips()
        uris, people = self._recordings(clips), self._people()
        rows = [row for clip in clips for row in self._rows(clip, uris, people)]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no window of {self.options.window_s:g} s is covered by traces below "
                f"{self.root / self.options.annotations}. Check dataset.root and dataset.annotations."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Audio:
        """The sound of one window."""
        return audio.decode(self.path(sample["uri"]), sample["start_s"], sample["end_s"])

    def facts(self) -> dict[str, Any]:
        """How far raters agree: per dimension the mean CCC of all pairs over all clips."""
        return {"agreement": {name: agreement_facts(self._traces(name).values()) for name in self.dimensions()}}

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (of whole clips)
        """Raters who go against the others, clips without a recording or with several, and a likely delay."""
        clips = self.clips()
        uris = self._recordings(clips)
        files = [f"{self.options.media}/{uri}" for uri in self._files()]
        lines = [f"no recording of this name: {clip}" for clip in clips if clip not in uris]
        lines += [f"not used, as {used} is: {uri}" for used, uri in surplus_recordings(files, uris.values())]
        for dimension in self.dimensions():
            lines += odd_raters(dimension, self._traces(dimension))
        if "arousal" in self.dimensions():
            rated = ((self._sound(uris.get(clip)), trace) for clip, trace in self._traces("arousal").items())
            heard = ((sound, trace) for sound, trace in rated if sound is not None)
            lines += unlike_delay(heard, self.options.gold, self.options.delay_s)
        return lines

    def _sound(self, uri: str | None) -> Audio | None:
        with suppress(Unscored):
            return audio.decode(self.path(uri))
        return None

    def _traces(self, dimension: str) -> dict[str, Trace]:
        return {clip: self._checked(dimension, clip) for clip in self.clips()}

    def dimensions(self) -> tuple[str, ...]:
        """What was rated."""
        return tuple(name for name in DIMENSIONS if (self.root / self.options.annotations / name).is_dir())

    def clips(self) -> list[str]:
        """The clips of which every dimension has a trace, sorted: paths without a suffix."""
        folder = self.root / self.options.annotations
        of_each = [set(map(clip_of, find_files(folder / name, {".csv"}))) for name in self.dimensions()]
        return sorted(set.intersection(*of_each)) if of_each else []

    def trace(self, dimension: str, clip: str) -> Trace:
        """What was said of a dimension of a clip.

        Raises:
            OSError, ValueError: the file cannot be read, or is no trace; the message says why.
        """
        return parsed_trace(read_text(self.trace_file(dimension, clip), MAX_TRACE_BYTES))

    def trace_file(self, dimension: str, clip: str) -> Path:
        """Where it stands."""
        return self.file(f"{self.options.annotations}/{dimension}/{clip}.csv")

    def about(self, clip: str) -> Mapping[str, Any]:  # noqa: ARG002 (for subclasses)
        """What the name of a clip says of its samples."""
        return {}

    def _rows(
        self, clip: str, uris: Mapping[str, str], people: Mapping[str, str] | None
    ) -> Iterator[dict[str, Any]]:
        subject = clip if people is None else people.get(clip)
        if subject is None:
            raise HarnessError(f"dataset {self.card.name}: {self.options.people} has no row for clip {clip}.")
        traces = {dimension: self._checked(dimension, clip) for dimension in self.dimensions()}
        uri = uris.get(clip, f"{self.options.media}/{clip}.wav")
        about = {"subject_id": subject, "session_id": clip, **self.about(clip)}
        yield from ({**row, **about} for row in rated_windows(uri, traces, self.options))

    def _files(self) -> list[str]:
        return find_files(self.root / self.options.media, SOUND_SUFFIXES)

    def _recordings(self, clips: Collection[str]) -> dict[str, str]:
        """Clip → the uri of its recording, of those that have one."""
        try:
            found = recordings_of(clips, self._files())
        except ValueError as error:
            raise HarnessError(f"dataset {self.card.name}: {self.root / self.options.media}: {error}.") from None
        return {clip: f"{self.options.media}/{uri}" for clip, uri in found.items()}

    def _people(self) -> Mapping[str, str] | None:
        name = self.options.people
        return None if name is None else people_of_clips(self.file(name))

    def _checked(self, dimension: str, clip: str) -> Trace:
        try:
            return within_scale(self.trace(dimension, clip), self.options.scale)
        except (OSError, ValueError) as error:
            path = self.trace_file(dimension, clip)
            raise HarnessError(f"dataset {self.card.name}: {path}: {error}.") from None
