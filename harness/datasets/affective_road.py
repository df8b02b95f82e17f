"""AffectiveROAD: drives on real roads (El Haouij et al. 2018, doi:10.1145/3167132.3167395), E4 and a chest belt.

Layout: ``E4/1-E4-Drv1/Left/EDA.csv`` … and ``Right``; ``Bioharness/Bio_Drv1.csv`` (1 Hz, semicolons);
``Subj_metric/SM_Drv1.csv``, the stress metric at 4 Hz. ``Annot_*.csv`` beside each say in samples of these files
where stages of the route begin and end. The three have clocks of their own, so windows are aligned stage by stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from harness.datasets.affective_road_tables import (
    CHEST,
    CHEST_HZ,
    METRIC_HZ,
    WRIST_HZ,
    Drive,
    origin_s,
    read_chest,
    read_drives,
    read_metric,
)
from harness.datasets.clip_recordings import people_of_clips
from harness.datasets.cut_windows import WindowOptions, windows
from harness.datasets.reader import Reader, Sample
from harness.errors import HarnessError, Unscored
from harness.signals.empatica import SENSOR_FILES, read_window
from harness.signals.media import Channel, Recording
from harness.tables.samples import samples_table

LOW, HIGH = 0.4, 0.75
"""A metric below is low, and from there on high, as in published work on these data."""

MOST_APART_S = 1.0


class AffectiveRoadOptions(WindowOptions):
    """What is read.

    Attributes:
        wrist: whose wristband.
        people: a table in the folder with the columns ``clip`` (Drv1) and ``subject_id``: whose drive it was.
    """

    window_s: float = Field(default=60.0, ge=1, le=600)
    wrist: Literal["left", "right"] = "left"
    people: str | None = None


class AffectiveRoadReader(Reader[AffectiveRoadOptions]):
    """Windows inside one stage of the route, by drive, then by time."""

    Options = AffectiveRoadOptions

    def samples(self) -> pa.Table:
        """One row per window; the label is the level of its mean metric, ``ctx.stress`` (0 to 1).

        Raises:
            HarnessError: a table is missing or not as in the dataset, a drive is not in the table of people, or no
                window is there.
        """
        name = self.options.people
        people = None if name is None else people_of_clips(self.file(name))
        rows = [row for drive in self._drives() for row in self._rows(drive, people)]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no window of a drive below {self.root / 'E4'}. Check dataset.root, "
                "which contains E4, Bioharness and Subj_metric, and dataset.window_s."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Recording:
        """The wristband's signals of a window, and what the chest belt has of it."""
        folder = self.folder(sample["uri"], SENSOR_FILES, "no such folder")
        window = read_window(folder, float(sample["start_s"]), float(sample["end_s"]))
        try:
            chest = self._chest(sample, origin_s(folder))
        except Unscored as unscored:
            return replace(window, refused={**window.refused, **dict.fromkeys(CHEST.values(), unscored)})
        return replace(window, channels={**window.channels, **chest})

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (of whole drives)
        """Drives without this wrist's folder, and stages whose length the tables do not agree on."""
        drives = self._drives()
        absent = [drive.name for drive in drives if not (self.root / self._uri(drive)).is_dir()]
        lines = [f"{name}: no folder of the {self.options.wrist} wrist in one piece" for name in absent]
        for drive in drives:
            for wrist, metric, _ in drive.stages:
                apart_s = (wrist.last - wrist.first) / WRIST_HZ - (metric.last - metric.first) / METRIC_HZ
                if abs(apart_s) > MOST_APART_S:
                    lines.append(f"{drive.name}, {wrist.road}: {apart_s:+.1f} s longer on the wrist than rated")
        return lines

    def _rows(self, drive: Drive, people: Mapping[str, str] | None) -> Iterator[dict[str, Any]]:
        uri = self._uri(drive)
        if not (self.root / uri).is_dir() or any(self.leads_out(f"{uri}/{name}") for name in SENSOR_FILES):
            return
        for name in SENSOR_FILES:
            self.file(f"{uri}/{name}")
        begin_s = origin_s(self.root / uri)
        subject = drive.name if people is None else people.get(drive.name)
        if subject is None:
            raise HarnessError(f"dataset {self.card.name}: {self.options.people} has no row for {drive.name}.")
        metric = read_metric(self.file(f"Subj_metric/SM_{drive.name}.csv"))
        for wrist, rated, _ in drive.stages:
            start_s = begin_s + wrist.first / WRIST_HZ
            length_s = min((wrist.last - wrist.first) / WRIST_HZ, (rated.last - rated.first) / METRIC_HZ)
            for start_ms, end_ms in windows(start_s, start_s + length_s, self.options):
                edges = (rated.first + round((of / 1e3 - start_s) * METRIC_HZ) for of in (start_ms, end_ms))
                values = metric[slice(*edges)]
                if not np.isfinite(values).any():
                    continue
                stress = float(np.nanmean(values))
                yield {
                    "sample_id": f"{uri}#{start_ms}-{end_ms}",
                    "modality": "wearable",
                    "uri": uri,
                    "start_s": start_ms / 1e3,
                    "end_s": end_ms / 1e3,
                    "subject_id": subject,
                    "session_id": drive.name,
                    "label": "low" if stress < LOW else "medium" if stress < HIGH else "high",
                    "label_source": "observer",
                    "ctx.stress": round(stress, 6),
                    "ctx.road": wrist.road,
                }

    def _chest(self, sample: Sample, begin_s: float) -> dict[str, Channel]:
        drive = next(of for of in self._drives() if self._uri(of) == sample["uri"])
        for wrist, _, chest in drive.stages:
            since_s = sample["start_s"] - begin_s - wrist.first / WRIST_HZ
            if chest is not None and -0.01 < since_s < (wrist.last - wrist.first) / WRIST_HZ:
                first = chest.first + round(max(since_s, 0.0) * CHEST_HZ)
                last = first + round((sample["end_s"] - sample["start_s"]) * CHEST_HZ)
                return read_chest(self.path(f"Bioharness/Bio_{drive.name}.csv"), first, min(last, chest.last))
        return {}

    def _uri(self, drive: Drive) -> str:
        return f"E4/{drive.number}-E4-{drive.name}/{self.options.wrist.capitalize()}"

    def _drives(self) -> list[Drive]:
        return read_drives(self.file, self.options.wrist.capitalize())
