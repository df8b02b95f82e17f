"""Nurses at work (Hosseini et al. 2022, doi:10.1038/s41597-022-01361-y): E4 in the field, stress by survey.

Layout: ``Stress_dataset/5C/5C_1586886626/ACC.csv`` …, a folder of an Empatica E4 for each session of each nurse,
and ``SurveyResults.xlsx``, a row for each event that a nurse was asked about, in local time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from harness.datasets.cut_windows import WindowOptions, windows
from harness.datasets.nurse_survey import Event, read_events
from harness.datasets.reader import Reader, Sample
from harness.errors import HarnessError
from harness.signals.beat_intervals import time_zone
from harness.signals.empatica import SENSOR_FILES, Session, read_session, read_window
from harness.signals.media import Recording
from harness.tables.samples import samples_table

SURVEY, SESSIONS = "SurveyResults.xlsx", "Stress_dataset"


class NurseStressReader(Reader[WindowOptions]):
    """Windows of events that nurses answered for, by nurse, session and time."""

    Options = WindowOptions

    def samples(self) -> pa.Table:
        """One row per window that lies wholly inside one event and one session.

        Raises:
            HarnessError: the survey is missing or not as in the dataset, or no event lies in a session.
        """
        events = [event for event in self._events() if event.level is not None]
        rows = [row for uri, session in self._sessions() for row in self._rows(uri, session, events)]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no event of {SURVEY} lies in a session below {self.root / SESSIONS}. "
                "Unpack the sessions' archives there; check dataset.root and dataset.window_s."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Recording:
        """Cut the window out of the session. See `harness.signals.empatica.read_window`."""
        folder = self.folder(sample["uri"], SENSOR_FILES, "no such folder")
        return read_window(folder, float(sample["start_s"]), float(sample["end_s"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (the survey is compared, not windows)
        """Events without an answer, events outside of all sessions, nurses without either."""
        events, sessions = self._events(), list(self._sessions())
        silent = sum(event.level is None for event in events)
        outside = [
            event
            for event in events
            if not any(
                _nurse(uri) == event.nurse and session.start_s < event.end_s and event.start_s < session.end_s
                for uri, session in sessions
            )
        ]
        recorded, asked = {_nurse(uri) for uri, _ in sessions}, {event.nurse for event in events}
        problems = [f"{SURVEY}: {silent} of {len(events)} events have no stress level"] if silent else []
        if outside:
            problems.append(f"{SURVEY}: {len(outside)} of {len(events)} events lie outside of all sessions")
        problems += [f"{SESSIONS}/{nurse}: no row in {SURVEY}" for nurse in sorted(recorded - asked)]
        return problems + [f"{SURVEY}: {nurse} has no session" for nurse in sorted(asked - recorded)]

    def _sessions(self) -> Iterator[tuple[str, Session]]:
        for folder in sorted((self.root / SESSIONS).glob("*/*")):
            uri = folder.relative_to(self.root).as_posix()
            if not folder.is_dir() or self.leads_out(uri):
                continue
            outside = {name for name in SENSOR_FILES if self.leads_out(f"{uri}/{name}")}
            for name in sorted({*SENSOR_FILES} - outside):
                self.file(f"{uri}/{name}")
            if session := read_session(folder, without=outside):
                yield uri, session

    def _rows(self, uri: str, session: Session, events: list[Event]) -> Iterator[dict[str, Any]]:
        for event in sorted((event for event in events if event.nurse == _nurse(uri)), key=lambda of: of.start_s):
            first = max(event.start_s, session.start_s) - session.start_s
            last = min(event.end_s, session.end_s) - session.start_s
            for start_ms, end_ms in windows(first, last, self.options):
                yield {
                    "sample_id": f"{uri}#{start_ms}-{end_ms}",
                    "modality": "wearable",
                    "uri": uri,
                    "start_s": start_ms / 1000,
                    "end_s": end_ms / 1000,
                    "subject_id": event.nurse,
                    "session_id": uri.rpartition("/")[2],
                    "label": str(event.level),
                    "label_source": "self_report",
                }

    def _events(self) -> list[Event]:
        return read_events(self.file(SURVEY), time_zone(str(self.card.details.get("timezone"))))


def _nurse(uri: str) -> str:
    return uri.split("/")[1].upper()
