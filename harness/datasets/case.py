"""CASE: continuously annotated signals of emotion (Sharma et al. 2019, doi:10.1038/s41597-019-0209-0).

Layout: ``data/interpolated/physiological/sub_1.csv`` (1000 Hz) and ``data/interpolated/annotations/sub_1.csv``
(20 Hz) …; times in ms on one clock. Column ``video`` names the film; 1 to 8 are meant to elicit something, others
are the start, the end and the blue screens between films.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from harness.arrays import Floats
from harness.datasets.cut_windows import WindowOptions, stretches, windows
from harness.datasets.number_columns import number_columns
from harness.datasets.reader import Reader, Sample
from harness.errors import HarnessError, Unscored
from harness.signals.covered import require_covered
from harness.signals.media import UNITS, Channel, Recording
from harness.tables.samples import samples_table

Film = Literal["amusing", "boring", "relaxing", "scary"]
FILMS: Mapping[int, Film] = {
    1: "amusing", 2: "amusing", 3: "boring", 4: "boring", 5: "relaxing", 6: "relaxing", 7: "scary", 8: "scary",
}  # fmt: skip

SIGNALS: Mapping[str, tuple[str, str | None]] = {
    "ecg": ("ecg", UNITS["ecg"]), "bvp": ("bvp", UNITS["bvp"]), "gsr": ("eda", UNITS["eda"]),
    "skt": ("temperature", UNITS["temperature"]), "rsp": ("respiration", "%"),
    "emg_zygo": ("emg_zygomaticus", "µV"), "emg_coru": ("emg_corrugator", "µV"),
    "emg_trap": ("emg_trapezius", "µV"),
}  # fmt: skip
"""Column → our name and the unit that the dataset's readme states."""

RATE_HZ, ANNOTATED_HZ = 1000.0, 20.0
MAX_SESSION_S = 86_400.0
_ANNOTATED = ("jstime", "valence", "arousal", "video")
_MIDDLE, _HALF = 5.0, 4.5
"""The joystick's scale is 0.5 to 9.5."""


class CaseOptions(WindowOptions):
    """How films are cut.

    Attributes:
        films: whose windows are read.
    """

    window_s: float = Field(default=30.0, ge=1, le=600)
    films: tuple[Film, ...] = ("amusing", "boring", "relaxing", "scary")


class CaseReader(Reader[CaseOptions]):
    """Windows inside one film, by person in the order of their numbers, then by time."""

    Options = CaseOptions

    def samples(self) -> pa.Table:
        """One row per window; valence and arousal are the means of the person's joystick over it, -1 to 1.

        Raises:
            HarnessError: no annotations are there, or a file is not as in the dataset.
        """
        folder = self.root / "data/interpolated/annotations"
        names = [path.name for path in folder.glob("sub_*.csv") if re.fullmatch(r"sub_\d{1,3}\.csv", path.name)]
        rows = [row for name in sorted(names, key=lambda name: int(name[4:-4])) for row in self._rows(name)]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no window in {folder}/sub_1.csv, … Check dataset.root, which contains "
                "data/, and dataset.window_s."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Recording:
        """The signals of one window.

        Raises:
            Unscored: the file is missing, not as in the dataset, or ends before the window.
        """
        path = self.path(sample["uri"])
        state = path.stat()
        start_s, values = _signals(path, state.st_size, state.st_mtime_ns)
        num_frames = len(values["ecg"])
        require_covered([(start_s, start_s + num_frames / RATE_HZ)], sample["start_s"], sample["end_s"])
        first, last = (max(round((sample[edge] - start_s) * RATE_HZ), 0) for edge in ("start_s", "end_s"))
        offset_s = start_s + first / RATE_HZ - sample["start_s"]
        channels = {
            name: Channel(values[column][first:last].copy(), RATE_HZ, offset_s, unit)
            for column, (name, unit) in SIGNALS.items()
        }
        return Recording(sample["end_s"] - sample["start_s"], channels)

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        try:
            table = number_columns(self.path(f"data/interpolated/annotations/{name}"), _ANNOTATED)
        except Unscored as unscored:
            raise HarnessError(f"dataset {self.card.name}: annotations/{name}: {unscored.text}.") from None
        time_s = table["jstime"] / 1e3
        if not (np.isfinite(time_s).all() and (np.diff(time_s) > 0).all() and np.ptp(time_s) < MAX_SESSION_S):
            raise HarnessError(
                f"dataset {self.card.name}: annotations/{name}: its times do not ascend, or not in hours."
            )
        uri = f"data/interpolated/physiological/{name}"
        for stretch in stretches(table["video"], ANNOTATED_HZ):
            film = FILMS.get(stretch.value)
            if film is None or film not in self.options.films:
                continue
            first, last = (round(edge * ANNOTATED_HZ) for edge in (stretch.start_s, stretch.end_s))
            for start_ms, end_ms in windows(time_s[first], time_s[last - 1] + 1 / ANNOTATED_HZ, self.options):
                inside = (time_s >= start_ms / 1e3) & (time_s < end_ms / 1e3)
                yield {
                    "sample_id": f"{uri}#{start_ms}-{end_ms}",
                    "modality": "physiology",
                    "uri": uri,
                    "start_s": start_ms / 1000,
                    "end_s": end_ms / 1000,
                    "subject_id": name.removesuffix(".csv"),
                    "label": film,
                    "label_source": "context_assigned",
                    **{of: _mean(table[of][inside]) for of in ("valence", "arousal")},
                    "ctx.film": str(stretch.value),
                }


def _mean(joystick: Floats) -> float | None:
    known = joystick[np.isfinite(joystick)]
    return round(float(np.clip((known.mean() - _MIDDLE) / _HALF, -1.0, 1.0)), 6) if len(known) else None


@lru_cache(maxsize=1)
def _signals(path: Path, size: int, modified_ns: int) -> tuple[float, dict[str, Floats]]:  # noqa: ARG001 (a changed file is another key)
    """The time of the first frame in s, and the columns of one person, kept for the next window."""
    table = number_columns(path, ("daqtime", *SIGNALS))
    return float(table["daqtime"][0]) / 1e3, table
