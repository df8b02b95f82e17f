"""Recordings whose valence and arousal several raters followed over time, as in RECOLA (Ringeval et al. 2013).

Layout: ``annotations/arousal/P16.csv`` and ``annotations/valence/P16.csv`` with a column ``time`` (s) and one per
rater, separated by comma, semicolon or tab; ``recordings/P16.wav``, or another suffix. Samples are windows. Raters
react late: a window has what they said ``delay_s`` later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from harness.arrays import Floats
from harness.cards.facts import LabelSource
from harness.datasets.cut_windows import WindowOptions, windows
from harness.datasets.layout import first_by_name
from harness.datasets.rating_delay import MAX_DELAY_S, estimated_delay, loudness, resampled
from harness.datasets.rating_gold import Gold, agreement, gold_standard
from harness.datasets.rating_trace_files import Trace, parsed_trace
from harness.datasets.reader import Reader, Sample
from harness.errors import HarnessError, Unscored
from harness.files import read_text
from harness.signals import audio
from harness.signals.media import Audio
from harness.signals.media_folder import SOUND_SUFFIXES, find_files
from harness.tables.samples import samples_table
from harness.tables.schemas import DIMENSIONS

MAX_TRACE_BYTES = 64 * 2**20
NOTABLE_S, NOTABLE_CORRELATION = 0.5, 0.2
"""A delay is told of if it differs by so much from the option, and ratings go so well with the loudness."""


class RatingTracesOptions(WindowOptions):
    """How clips are cut, and what is their truth.

    Attributes:
        gold: ``mean`` of the raters, or ``ewe``: weighted by how far each goes with the mean of all.
        delay_s: raters say so much later what a window shows; `harness check dataset` estimates it.
        scale: the ends of the raters' scale, which become -1 and 1.
        annotations: the folder of the dimensions' folders.
        media: the folder of the recordings.
        label_source: who rated, which the files do not say.
    """

    window_s: float = Field(default=4.0, ge=0.1, le=3600)
    stride_s: float = Field(default=4.0, ge=0.04, le=3600)
    gold: Gold = "mean"
    delay_s: float = Field(default=0.0, ge=0.0, le=MAX_DELAY_S)
    scale: tuple[float, float] = (-1.0, 1.0)
    annotations: str = "annotations"
    media: str = "recordings"
    modality: Literal["voice"] = "voice"
    label_source: LabelSource = "observer"


class RatingTracesReader(Reader[RatingTracesOptions]):
    """Windows of clips, by clip and time."""

    Options = RatingTracesOptions

    def samples(self) -> pa.Table:
        """One row per window that every dimension's traces cover; who speaks in a clip is its name."""
        low, high = self.options.scale
        if not low < high:
            raise HarnessError(f"dataset {self.card.name}: dataset.scale is [lowest, highest], rising.")
        uris = self._recordings()
        rows = [row for clip in self._clips() for row in self._rows(clip, uris)]
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
        found: dict[str, Any] = {}
        for dimension in self._dimensions():
            of_clips = [self._trace(dimension, clip) for clip in self._clips()]
            pairwise = [agreement(trace.ratings).pairwise for trace in of_clips]
            known = [value for value in pairwise if not np.isnan(value)]
            found[dimension] = {
                "clips": len(of_clips),
                "raters": sorted({trace.ratings.shape[1] for trace in of_clips}),
                "pairwise_ccc": round(float(np.mean(known)), 6) if known else None,
            }
        return {"agreement": found}

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (of whole clips)
        """Raters who go against the others, clips without a recording, and a likely delay."""
        uris = self._recordings()
        lines = [f"no recording of this name: {clip}" for clip in self._clips() if clip not in uris]
        for dimension in self._dimensions():
            for clip in self._clips():
                with_others = agreement(self._trace(dimension, clip).ratings).with_others
                lines += [
                    f"{dimension} of {clip}: rater {number} goes against the others (CCC {value:.2f})"
                    for number, value in enumerate(with_others, start=1)
                    if value < 0
                ]
        return [*lines, *self._delay(uris)]

    def _delay(self, uris: Mapping[str, str]) -> Iterator[str]:
        if "arousal" not in self._dimensions():
            return
        levels, ratings = [], []
        for clip in self._clips():
            try:
                levels.append(loudness(audio.decode(self.path(uris.get(clip)))))
            except Unscored:
                continue
            trace = self._trace("arousal", clip)
            ratings.append(resampled(trace.time_s, gold_standard(trace.ratings, self.options.gold)))
        found = estimated_delay(levels, ratings)
        if found is None or found.correlation < NOTABLE_CORRELATION:
            return
        if abs(found.seconds - self.options.delay_s) >= NOTABLE_S:
            yield (
                f"arousal goes best with the loudness {found.seconds:g} s before (correlation "
                f"{found.correlation:.2f}, {len(levels)} clips), and dataset.delay_s is {self.options.delay_s:g}"
            )

    def _rows(self, clip: str, uris: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        traces = {dimension: self._trace(dimension, clip) for dimension in self._dimensions()}
        gold = {name: gold_standard(trace.ratings, self.options.gold) for name, trace in traces.items()}
        uri = uris.get(clip, f"{self.options.media}/{clip}.wav")
        delay_s, (low, high) = self.options.delay_s, self.options.scale
        first = max(0.0, max(trace.time_s[0] for trace in traces.values()) - delay_s)
        last = min(trace.time_s[-1] for trace in traces.values()) - delay_s
        for start_ms, end_ms in windows(first, last, self.options):
            values = {
                name: _between(trace.time_s, gold[name], start_ms / 1e3 + delay_s, end_ms / 1e3 + delay_s)
                for name, trace in traces.items()
            }
            if np.isnan(list(values.values())).any():
                continue
            yield {
                "sample_id": f"{uri}#{start_ms}-{end_ms}",
                "modality": self.options.modality,
                "uri": uri,
                "start_s": start_ms / 1e3,
                "end_s": end_ms / 1e3,
                "subject_id": clip,
                "session_id": clip,
                "label_source": self.options.label_source,
                **{name: float(2 * (value - low) / (high - low) - 1) for name, value in values.items()},
            }

    def _dimensions(self) -> tuple[str, ...]:
        return tuple(name for name in DIMENSIONS if (self.root / self.options.annotations / name).is_dir())

    def _clips(self) -> list[str]:
        """The clips of which every dimension has a trace."""
        folder = self.root / self.options.annotations
        of_each = [
            {PurePosixPath(name).stem for name in find_files(folder / dimension, {".csv"})}
            for dimension in self._dimensions()
        ]
        return sorted(set.intersection(*of_each)) if of_each else []

    def _recordings(self) -> dict[str, str]:
        names = find_files(self.root / self.options.media, SOUND_SUFFIXES)
        first = sorted(first_by_name(names).items())
        return {PurePosixPath(name).stem: f"{self.options.media}/{uri}" for name, uri in first}

    def _trace(self, dimension: str, clip: str) -> Trace:
        path = self.file(f"{self.options.annotations}/{dimension}/{clip}.csv")
        try:
            trace = parsed_trace(read_text(path, MAX_TRACE_BYTES))
        except (OSError, ValueError) as error:
            raise HarnessError(f"dataset {self.card.name}: {path}: {error}.") from None
        low, high = self.options.scale
        if not ((trace.ratings >= low) & (trace.ratings <= high) | np.isnan(trace.ratings)).all():
            raise HarnessError(
                f"dataset {self.card.name}: {path}: ratings beyond {low:g} to {high:g}. State their scale: "
                "dataset.scale=[LOWEST,HIGHEST]."
            )
        return trace


def _between(time_s: Floats, values_T: Floats, start_s: float, end_s: float) -> float:
    first, last = np.searchsorted(time_s, (start_s, end_s))
    inside = values_T[first:last]
    known = inside[~np.isnan(inside)]
    return float(known.mean()) if len(known) else np.nan
