"""Stress-Predict (Iqbal et al. 2022, doi:10.3390/s22218135): Empatica E4 recordings of tasks and rests.

Layout: ``Raw_data/SXX/`` holds a recording (`harness.signals.empatica`) and ``tags_SXX.csv``, the presses of the
wristband's button at the tasks' starts and ends; ``Processed_data/`` holds the time log and the questionnaires.
A sample is a window of one logged period. Its label says what the person was doing, not how stressed they felt.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pyarrow as pa

from harness.datasets.reader import Reader, Sample
from harness.datasets.stress_predict_oddities import oddities
from harness.datasets.stress_predict_periods import place
from harness.datasets.stress_predict_windows import Recorded, StressPredictOptions, recorded_windows
from harness.datasets.stress_predict_workbooks import LogRow, read_scores, read_time_log
from harness.errors import HarnessError
from harness.signals.beat_intervals import time_zone
from harness.signals.empatica import SENSOR_FILES, read_session, read_tags, read_window
from harness.signals.media import Recording
from harness.tables.samples import samples_table

LOG, SCORES = "Processed_data/Time_logs.xlsx", "Processed_data/Questionnaires_scores.xlsx"
SHEETS = {"stai": "STAI Score", "pss": "PSS Score"}
RAW = "Raw_data"


class StressPredictReader(Reader[StressPredictOptions]):
    """Windows of the logged task and rest periods, ordered as people are in the log, then by time."""

    Options = StressPredictOptions

    def samples(self) -> pa.Table:
        """One row per window that lies wholly inside one period and the recording.

        ``start_s`` and ``end_s`` count from the session's start, and so do the milliseconds in ``sample_id``.
        ``ctx.task`` is the period, ``ctx.period`` its place in the session; ``ctx.stai_*`` and ``ctx.pss_*`` are
        the person's sums before and after the session.

        Raises:
            HarnessError: a workbook is missing or not as in the dataset, or no person in the log has a recording.
        """
        scores = {name: read_scores(self.file(SCORES), sheet)[0] for name, sheet in SHEETS.items()}
        rows = []
        for person in self._recorded(self._log(), self.options.edges):
            subject = person.row.subject_id
            context = {
                f"ctx.{name}_{when}": getattr(of_subject[subject], when) if subject in of_subject else None
                for name, of_subject in scores.items()
                for when in ("before", "after")
            }
            rows += [window | context for window in recorded_windows(person, self.options, RAW)]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no window of {LOG} lies in a recording below {self.root / RAW}. "
                "Check dataset.root, dataset.window_s and dataset.margin_s."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Recording:
        """Cut the window out of the recording. See `harness.signals.empatica.read_window`."""
        folder = self.folder(sample["uri"], SENSOR_FILES, "no such folder")
        return read_window(folder, float(sample["start_s"]), float(sample["end_s"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (the log is compared, not its windows)
        """Where log, recordings, button presses and questionnaires contradict each other.

        All people without a recording share one line. See `harness.datasets.stress_predict_oddities`.
        """
        log = self._log()
        recorded = self._recorded(log, edges="log")
        problems = self._people(log, recorded)
        for person in recorded:
            folder = self._raw(person.row.subject_id)
            presses = self._presses(person.row.subject_id)
            found = oddities(person, folder, presses, self._zone)
            problems += [f"{RAW}/{person.row.subject_id}: {text}" for text in found]
        for sheet in SHEETS.values():
            problems += read_scores(self.file(SCORES), sheet)[1]
        return problems

    @property
    def _zone(self) -> ZoneInfo:
        return time_zone(str(self.card.details.get("timezone")))

    def _log(self) -> list[LogRow]:
        log = read_time_log(self.file(LOG))
        odd = [row.subject_id for row in log if not row.subject_id.isalnum()]
        if odd:
            raise HarnessError(f"{LOG}: {odd[0]!r} is not a person's id such as S02.")
        return log

    def _recorded(self, log: list[LogRow], edges: Literal["log", "button"]) -> list[Recorded]:
        recorded = []
        for row in log:
            folder = self._raw(row.subject_id)
            session = read_session(folder, without=self._outside(row.subject_id))
            if session:
                middle = (session.start_s + session.end_s) / 2
                presses = self._presses(row.subject_id) if edges == "button" else []
                recorded.append(Recorded(row, session, place(row, middle, self._zone, presses)))
        return recorded

    def _raw(self, subject: str) -> Path:
        """The folder of a person's recording, whether it is there or not."""
        folder = self.root / RAW / subject
        names = {*SENSOR_FILES, _tags(subject)} - self._outside(subject) if folder.is_dir() else set()
        for name in sorted(names):
            self.file(f"{RAW}/{subject}/{name}")
        return folder

    def _outside(self, subject: str) -> set[str]:
        """The files of a person's recording that are links to somewhere else."""
        return {name for name in (*SENSOR_FILES, _tags(subject)) if self.leads_out(f"{RAW}/{subject}/{name}")}

    def _presses(self, subject: str) -> list[float]:
        tags = _tags(subject)
        return [] if tags in self._outside(subject) else read_tags(self._raw(subject) / tags)

    def _people(self, log: list[LogRow], recorded: list[Recorded]) -> list[str]:
        raw = self.root / RAW
        folders = {path.name for path in raw.iterdir() if path.is_dir()} if raw.is_dir() else set()
        logged = [row.subject_id for row in log]
        without = [subject for subject in logged if subject not in folders]
        num_digits = Counter(len(row.session_id) for row in log if row.session_id).most_common(1)
        odd_ids = [row.subject_id for row in log if row.session_id and len(row.session_id) != num_digits[0][0]]
        unread = sorted({*logged} & folders - {person.row.subject_id for person in recorded})
        problems = {
            f"{LOG}: {len(without)} of {len(logged)} people have no folder in {RAW}": without,
            f"{RAW}: folders without a row in {LOG}": sorted(folders - {*logged}),
            f"{RAW}: folders in which no sensor's file can be read": unread,
            f"{LOG}: the session id has another length than the others'": odd_ids,
        }
        return [f"{text}: {', '.join(people)}" for text, people in problems.items() if people]


def _tags(subject: str) -> str:
    return f"tags_{subject}.csv"
