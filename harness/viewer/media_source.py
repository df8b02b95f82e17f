"""The media of a run, read where they are when a sample is looked at; nothing is copied or kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from harness.conditions.condition import Condition, under
from harness.datasets.reader import Reader, ReaderOptions
from harness.datasets.recorded_files import noted_files
from harness.errors import HarnessError, Unscored
from harness.packs.planned_study import planned_reader
from harness.signals.media import Media
from harness.study.assembly import open_condition
from harness.tables.file_table import files_of
from harness.tables.schemas import CLEAN, SUBJECT_RANK
from harness.viewer.face_boxes import FaceBoxes
from harness.viewer.row_pages import shown
from harness.viewer.shown_media import shown_parts
from harness.viewer.viewed_run import ViewedRun

WEIGHTS = "face.weights="


class MediaSource:
    """Reads the media of a run's samples.

    Args:
        run: whose samples.
        given: overrides such as ``dataset.root=PATH``, and ``face.weights=PATH`` for boxes of detectors that need
            a file.

    Raises:
        HarnessError: an override is none of the dataset's, contradicts the plan, or names no folder.
    """

    def __init__(self, run: ViewedRun, given: Sequence[str] = ()) -> None:
        self._run = run
        self.absent: str | None = None
        """Why no media can be shown; None if they can."""
        weights = [text.removeprefix(WEIGHTS) for text in given if text.startswith(WEIGHTS)]
        self._boxes = FaceBoxes(run.plan, Path(weights[-1]) if weights else None)
        self._reader = self._open([text for text in given if not text.startswith(WEIGHTS)])
        self._known = _known_files(run)
        self._condition = lru_cache(8)(_condition)
        self._lock = Lock()

    def page(self, row: int, condition: str) -> dict[str, Any]:
        """The medium of a sample as JSON values.

        Args:
            row: of ``samples.parquet``.
            condition: under which it is shown.

        Returns:
            ``parts``, see `shown_parts`; or ``absent``, why there are none; and ``remark``, what must be known.
        """
        if self._reader is None:
            return {"absent": self.absent, "parts": []}
        sample = self._run.samples.slice(row, 1).to_pylist()[0]
        with self._lock, noted_files() as noted:  # decoders take memory: one sample at a time
            try:
                parts = list(shown_parts(self._load(sample, condition), self._boxes))
            except Unscored as unscored:
                return {"absent": shown(f"It could not be read: {unscored.text}", 1000), "parts": []}
            except HarnessError as error:
                return {"absent": shown(str(error), 1000), "parts": []}
            except (ArithmeticError, LookupError, OSError, TypeError, ValueError) as error:
                # A reader meets a sample that its dataset no longer has, or a file that changed under it.
                return {"absent": shown(f"It could not be read ({error!r:.200}).", 1000), "parts": []}
        changed = [path for path, file in noted.items() if self._known.get(path, file.sha256) != file.sha256]
        remark = f"{changed[0]} is not the file that the run read (its hash differs)." if changed else None
        return {"parts": parts, "remark": shown(remark, 1000)}

    def _load(self, sample: Mapping[str, Any], condition: str) -> Media:
        assert self._reader is not None
        if condition == CLEAN:
            return self._reader.load(sample)
        media: Media = under(self._condition(condition), self._reader.load, int(self._run.plan["seed"]))(sample)
        return media

    def _open(self, given: Sequence[str]) -> Reader[ReaderOptions] | None:
        if SUBJECT_RANK in self._run.samples.column_names:
            self.absent = "This run has pseudonyms in place of names: it does not say where its media are."
            return None
        try:
            return planned_reader(self._run.plan, given).recording()
        except HarnessError as error:
            if given:
                raise
            uri = self._run.samples["uri"]
            self.absent = (
                "The samples of this run name no files, so there are no media to show."
                if uri.null_count == len(uri)
                else f"The media are not shown. {error} For example: harness view DIR dataset.root=PATH"
            )
            return None


def _condition(name: str) -> Condition:
    return open_condition(name)


def _known_files(run: ViewedRun) -> Mapping[str, str | None]:
    """Path → SHA-256 of every file that the run read."""
    files = run.table("files")
    return {} if files is None else {file.path: file.sha256 for file in files_of(files)}
