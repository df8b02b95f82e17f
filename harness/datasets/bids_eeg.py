"""Any EEG dataset in the Brain Imaging Data Structure (Pernet et al. 2019, doi:10.1038/s41597-019-0104-8).

Layout: ``participants.tsv``; ``sub-01/eeg/sub-01_task-film_eeg.edf``, also below ``ses-…`` and as ``.bdf``; beside
it ``…_events.tsv`` with onset and duration in s and a column that names the event.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import Field

from harness.cards.facts import LabelSource
from harness.datasets.layout import cell_number
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.datasets.tsv_tables import read_tsv
from harness.errors import HarnessError
from harness.signals.electrode_files import SUFFIXES, read_electrodes
from harness.signals.media import Recording
from harness.tables.samples import samples_table

MAX_RECORDING_S = 1e6
"""Eleven days."""

_SEXES = {"f": "female", "female": "female", "m": "male", "male": "male"}
_HANDS = {"r": "right", "right": "right", "l": "left", "left": "left", "a": "ambidextrous"}


class BidsEegOptions(ReaderOptions):
    """What is a sample, and what is its label.

    Attributes:
        events: the column of ``_events.tsv`` that names the event.
        labels: events that are samples; none: all.
        window_s: length of a window from the event's onset; None: the event's own duration.
        label_source: who or what decided the label, which the files do not say.
    """

    events: str = Field(default="trial_type", min_length=1)
    labels: tuple[str, ...] = ()
    window_s: float | None = Field(default=None, ge=1, le=3600)
    label_source: LabelSource = "not_stated"


class BidsEegReader(Reader[BidsEegOptions]):
    """Events of people's recordings, in the order of the files' names, then of the events."""

    Options = BidsEegOptions

    def samples(self) -> pa.Table:
        """One row per event with a duration, or with ``window_s``; ``start_s`` counts from the recording's start.

        Raises:
            HarnessError: no recording is there, a table is not as in BIDS, or no event is left.
        """
        people = self._people()
        recordings = sorted(
            path.relative_to(self.root).as_posix()
            for path in self.root.glob("sub-*/**/*_eeg.*")
            if path.suffix.lower() in SUFFIXES and path.is_file()
        )
        if not recordings:
            raise HarnessError(
                f"dataset {self.card.name}: {self.root} holds no sub-…/eeg/…_eeg{' or '.join(SUFFIXES)}. Convert "
                "other formats, for example with mne.export.export_raw."
            )
        rows = [row for uri in recordings for row in self._rows(uri, people)]
        if not rows:
            chosen = ", ".join(self.options.labels) or "any"
            raise HarnessError(
                f"dataset {self.card.name}: no event ({chosen}) in column {self.options.events} has a duration. "
                "Check dataset.events and dataset.labels, or give dataset.window_s."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Recording:
        """The electrodes of one event. See `harness.signals.electrode_files`."""
        return read_electrodes(self.path(sample["uri"]), float(sample["start_s"]), float(sample["end_s"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """People in ``participants.tsv`` without a recording, and the other way round."""
        listed, recorded = set(self._people()), set(samples["subject_id"].to_pylist())
        return [
            *(f"participants.tsv: {name} has no event in any recording" for name in sorted(listed - recorded)),
            *(f"{name} is not in participants.tsv" for name in sorted(recorded - listed)),
        ]

    def _people(self) -> dict[str, dict[str, Any]]:
        path = self.file("participants.tsv")
        if not path.is_file():
            return {}
        people = {}
        for number, row in enumerate(read_tsv(path, ["participant_id"]), start=1):
            people[row["participant_id"]] = {
                "attr.age": cell_number(row.get("age", ""), f"{path}, row {number}, age"),
                "attr.sex": _SEXES.get(row.get("sex", row.get("gender", "")).lower()),
                "attr.handedness": _HANDS.get(row.get("handedness", row.get("hand", "")).lower()),
            }
        return people

    def _rows(self, uri: str, people: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
        folder, _, name = uri.rpartition("/")
        events = self.file(f"{folder}/{name.rpartition('_eeg.')[0]}_events.tsv")
        parts = Path(uri).parts
        session = next((part for part in parts[1:-1] if part.startswith("ses-")), None)
        nobody = {"attr.age": None, "attr.sex": None, "attr.handedness": None}
        for number, row in enumerate(read_tsv(events, ["onset", "duration", self.options.events]), start=1):
            label, where = row[self.options.events], f"{events}, row {number}"
            if not label or (self.options.labels and label not in self.options.labels):
                continue
            start_s = cell_number(row["onset"], f"{where}, onset")
            length_s = self.options.window_s or cell_number(row["duration"], f"{where}, duration")
            if start_s is None or not length_s or start_s < 0 or length_s <= 0:
                continue
            if start_s + length_s > MAX_RECORDING_S:
                raise HarnessError(
                    f"{where}: the event ends at {start_s + length_s:g} s, after {MAX_RECORDING_S:g} s."
                )
            yield {
                "sample_id": f"{uri}#{round(1000 * start_s)}-{round(1000 * (start_s + length_s))}",
                "modality": "eeg",
                "uri": uri,
                "start_s": start_s,
                "end_s": start_s + length_s,
                "subject_id": parts[0],
                "session_id": session,
                "label": label,
                "label_source": self.options.label_source,
                **people.get(parts[0], nobody),
            }
