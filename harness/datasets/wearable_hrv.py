"""Consumer heart-rate devices compared with an ECG (Sinichi et al. 2024, doi:10.21105/joss.06240).

Layout: ``P01.csv`` … each hold one person's HRV features, a row per device and condition; ``test_<device>.csv``
and ``test_vu.txt`` hold one more person's raw intervals, and ``test_events.csv`` the start and end of the
conditions. The ECG (VU-AMS) is the reference for the devices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa

from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.datasets.wearable_hrv_events import EVENTS, Event, read_events
from harness.datasets.wearable_hrv_tables import DEVICES, REFERENCE, feature_rows
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.beat_intervals import LogKind, beats_between, read_intervals, subject_of_r_peaks, time_zone
from harness.signals.covered import require_covered
from harness.signals.media import Recording
from harness.tables.samples import samples_table

LOGS: Mapping[str, tuple[str, LogKind]] = {
    "vu": ("test_vu.txt", "r_peaks"),
    "empatica": ("test_empatica.csv", "sums"),
    "heartmath": ("test_heartmath.csv", "arrivals"),
    "kyto": ("test_kyto.csv", "arrivals"),
    "rhythm": ("test_rhythm.csv", "arrivals"),
}


class WearableHrvOptions(ReaderOptions):
    """Which part of the dataset is read.

    Attributes:
        source: ``tables``: HRV features of ten people, no signal. ``intervals``: the beats of one person.
    """

    source: Literal["tables", "intervals"] = "tables"


class WearableHrvReader(Reader[WearableHrvOptions]):
    """One sample per person, device and condition. The label is the condition."""

    Options = WearableHrvOptions

    def samples(self) -> pa.Table:
        """The rows of the tables, or a window per device and condition of the raw recording.

        ``ctx.device`` names the device and ``ctx.reference_device`` marks the ECG. With ``tables``, the HRV
        features are ``ctx.*`` columns, null where the device delivered too few beats, and samples have no ``uri``.
        With ``intervals``, ``start_s`` and ``end_s`` count from the start of the first condition.

        Raises:
            HarnessError: files are missing or not as in the dataset; the message names file and row.
        """
        return samples_table(list(self._table_rows() if self.options.source == "tables" else self._windows()))

    def load(self, sample: Sample) -> Recording:
        """The beats of one window of the raw recording.

        Raises:
            Unscored: ``missing_file`` (the tables hold features, no signal), ``unreadable``, ``no_signal``.
        """
        path = self.path(sample["uri"])
        kinds = dict(LOGS.values())
        if path.name not in kinds:
            raise Unscored(Reason.UNREADABLE, "not a log of intervals")
        origin = self._events()[0].start_s
        intervals = read_intervals(path, kinds[path.name], self._zone)
        window = origin + sample["start_s"], origin + sample["end_s"]
        beats = beats_between(intervals, *window)
        if not len(beats.time_s):
            raise Unscored(Reason.NO_SIGNAL, "the device delivered no beat in this window")
        require_covered([(float(intervals.time_s[0]), float(intervals.time_s[-1]))], *window)
        return Recording(sample["end_s"] - sample["start_s"], {}, beats)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Per person: missing devices, and devices that delivered nothing."""
        rows = samples.to_pylist()
        return [
            f"{subject}: {text}"
            for subject in sorted({row["subject_id"] for row in rows})
            for text in self._gaps([row for row in rows if row["subject_id"] == subject])
        ]

    def _gaps(self, rows: list[dict[str, Any]]) -> Iterator[str]:
        delivered: dict[str, set[str]] = {device: set() for device in DEVICES}
        empty: dict[str, list[str]] = {device: [] for device in DEVICES}
        for row in rows:
            delivered[row["ctx.device"]].add(row["label"])
            if "ctx.rmssd" in row and row["ctx.rmssd"] is None:
                empty[row["ctx.device"]].append(row["label"])
        absent = [device for device in DEVICES if not delivered[device]]
        if absent:
            yield f"no data from {', '.join(absent)}"
        for device in DEVICES:
            missing = [label for label in self.card.labels if delivered[device] and label not in delivered[device]]
            if missing:
                yield f"{device} has no row for {', '.join(missing)}"
            if empty[device]:
                yield f"{device} delivered too few beats for HRV in {', '.join(empty[device])}"

    def _table_rows(self) -> Iterator[dict[str, Any]]:
        tables = sorted(path for path in self.root.glob("P*.csv") if path.is_file())
        if not tables:
            raise HarnessError(f"dataset {self.card.name}: {self.root} holds no P01.csv, … Check dataset.root.")
        for path in tables:
            yield from feature_rows(self.file(path.name), self.card.labels)

    def _windows(self) -> Iterator[dict[str, Any]]:
        events = self._events()
        origin = events[0].start_s
        subject = subject_of_r_peaks(self.file(LOGS[REFERENCE][0]))
        for device, (file, _) in LOGS.items():
            for event in events if (self.root / file).is_file() else ():
                start_s, end_s = event.start_s - origin, event.end_s - origin
                yield {
                    "sample_id": f"{file}#{start_s * 1000:.0f}-{end_s * 1000:.0f}",
                    "modality": "wearable",
                    "uri": file,
                    "start_s": start_s,
                    "end_s": end_s,
                    "subject_id": subject,
                    "label": event.condition,
                    "label_source": "context_assigned",
                    "ctx.device": device,
                    "ctx.reference_device": device == REFERENCE,
                }

    @property
    def _zone(self) -> ZoneInfo:
        return time_zone(str(self.card.details.get("timezone")))

    def _events(self) -> list[Event]:
        path, ecg = self.file(EVENTS), self.file(LOGS[REFERENCE][0])
        return read_events(self.card.name, path, ecg, self.card.labels, self._zone)
