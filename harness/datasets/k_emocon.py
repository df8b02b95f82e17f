"""K-EmoCon: debates in pairs (Park et al. 2020, doi:10.1038/s41597-020-00630-y), with the Empatica E4.

Layout: ``metadata/subjects.csv`` (pid, startTime and endTime of the debate in unix ms); ``e4_data/1/E4_BVP.csv`` …
(timestamp in unix ms, value, device_serial); ``emotion_annotations/self_annotations/P1.self.csv`` and likewise of
the partner and of external raters: a row every 5 s, valence and arousal from 1 to 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field

from harness.datasets.k_emocon_tables import (
    ANNOTATED_S,
    Debate,
    on_grid,
    read_debates,
    read_e4_column,
    read_ratings,
)
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import UNITS, Channel, Recording
from harness.tables.samples import samples_table

SENSORS: Mapping[str, tuple[str, float]] = {
    "bvp": ("E4_BVP.csv", 64.0), "eda": ("E4_EDA.csv", 4.0), "temperature": ("E4_TEMP.csv", 4.0),
    "heart_rate": ("E4_HR.csv", 1.0),
}  # fmt: skip
"""Channel → file and the device's rate. The unit of acceleration in these files is not established."""

Perspective = Literal["self", "partner", "external"]
PERSPECTIVES: Mapping[Perspective, str] = {
    "self": "self_annotations/P{}.self.csv",
    "partner": "partner_annotations/P{}.partner.csv",
    "external": "aggregated_external_annotations/P{}.external.csv",
}
LOW = 2
"""Ratings up to it are ``low``, as in the authors' own baseline."""


class KEmoConOptions(ReaderOptions):
    """What is a sample, and what is its label.

    Attributes:
        perspective: whose rating is the label.
        target: which rating.
        window_s: how much of the signals up to the end of the rated 5 s is read.
    """

    perspective: Perspective = "self"
    target: Literal["valence", "arousal"] = "valence"
    window_s: float = Field(default=ANNOTATED_S, ge=ANNOTATED_S, le=600)


class KEmoConReader(Reader[KEmoConOptions]):
    """The rated stretches of 5 s of all debates, by person, then by time."""

    Options = KEmoConOptions

    def samples(self) -> pa.Table:
        """One row per stretch that was rated; ``start_s`` counts from the start of the debate.

        ``ctx.<perspective>_valence`` and ``_arousal`` are the ratings (1 to 5) of all three perspectives.

        Raises:
            HarnessError: a table is missing or not as in the dataset, or nothing was rated.
        """
        rows = [row for debate in self._debates() for row in self._rows(debate)]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: {self.root / 'emotion_annotations'} rates nobody who has a folder in "
                "e4_data. Check dataset.root."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Recording:
        """The signals of one stretch, each on the grid of its device's rate, NaN where no frame came.

        Raises:
            Unscored: no sensor's file is there, or none has a frame in the stretch.
        """
        debate = next(of for of in self._debates() if f"P{of.pid}" == sample["subject_id"])
        start, end = debate.start_s + sample["start_s"], debate.start_s + sample["end_s"]
        found = {name: self._channel(debate.pid, name, start, end) for name in SENSORS}
        channels = {name: channel for name, channel in found.items() if channel is not None}
        if not channels:
            raise Unscored(Reason.NO_SIGNAL, "no sensor recorded in this stretch")
        return Recording(end - start, channels)

    def _channel(self, pid: int, name: str, start_s: float, end_s: float) -> Channel | None:
        file, rate_hz = SENSORS[name]
        try:
            path = self.path(f"e4_data/{pid}/{file}")
        except Unscored:
            return None
        time_s, values = read_e4_column(path, self._serial(pid))
        grid = on_grid(time_s, values, rate_hz, start_s, end_s)
        return None if grid is None else Channel(grid, rate_hz, 0.0, UNITS[name])

    def _serial(self, pid: int) -> str | None:
        serials: Mapping[str, str] = self.card.details["serials"]
        return serials.get(f"P{pid}")

    def _debates(self) -> list[Debate]:
        return read_debates(self.file("metadata/subjects.csv"))

    def _rows(self, debate: Debate) -> Iterator[dict[str, Any]]:
        if not (self.root / f"e4_data/{debate.pid}").is_dir():
            return
        ratings = {
            of: read_ratings(self.file(f"emotion_annotations/{name.format(debate.pid)}"), debate)
            for of, name in PERSPECTIVES.items()
        }
        options = self.options
        for place, own in enumerate(ratings[options.perspective]):
            end_s = (place + 1) * ANNOTATED_S
            start_s = end_s - options.window_s
            value = own.get(options.target)
            if value is None or start_s < 0:
                continue
            everybody = {
                f"ctx.{of}_{name}": found[place].get(name) if place < len(found) else None
                for of, found in ratings.items()
                for name in ("valence", "arousal")
            }
            yield {
                "sample_id": f"e4_data/{debate.pid}#{round(1000 * start_s)}-{round(1000 * end_s)}",
                "modality": "wearable",
                "uri": f"e4_data/{debate.pid}",
                "start_s": start_s,
                "end_s": end_s,
                "subject_id": f"P{debate.pid}",
                "session_id": f"debate {(debate.pid + 1) // 2}",
                "label": "low" if value <= LOW else "high",
                "label_source": "self_report" if options.perspective == "self" else "observer",
                **{name: _scaled(own.get(name)) for name in ("valence", "arousal")},
                **everybody,
            }


def _scaled(rating: float | None) -> float | None:
    return None if rating is None else (rating - 3.0) / 2.0
