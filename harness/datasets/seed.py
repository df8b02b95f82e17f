"""SEED, film excerpts and EEG (Zheng and Lu 2015, doi:10.1109/TAMD.2015.2431497), as preprocessed.

Layout: ``Preprocessed_EEG/1_20131027.mat`` … (person and day of the session) with 15 arrays of 62 electrodes at
200 Hz, one for each film, called ``<initials>_eeg1`` to ``15``; ``label.mat`` with the 15 labels 1, 0 and -1.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from harness.datasets.cut_windows import WindowOptions, windows
from harness.datasets.reader import Reader, Sample
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.matlab_arrays import array_of, array_shapes
from harness.signals.media import Channel, Recording
from harness.tables.samples import samples_table

ELECTRODES = (
    "Fp1", "Fpz", "Fp2", "AF3", "AF4", "F7", "F5", "F3", "F1", "Fz", "F2", "F4", "F6", "F8",
    "FT7", "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "FT8", "T7", "C5", "C3", "C1", "Cz", "C2", "C4", "C6",
    "T8", "TP7", "CP5", "CP3", "CP1", "CPz", "CP2", "CP4", "CP6", "TP8", "P7", "P5", "P3", "P1", "Pz", "P2", "P4",
    "P6", "P8", "PO7", "PO5", "PO3", "POz", "PO4", "PO6", "PO8", "CB1", "O1", "Oz", "O2", "CB2",
)  # fmt: skip
"""The montage, in the order of the arrays' rows."""

LABELS: Mapping[int, str] = {1: "positive", 0: "neutral", -1: "negative"}
FOLDER, RATE_HZ, NUM_FILMS = "Preprocessed_EEG", 200.0, 15
_SESSION = re.compile(r"(?P<person>\d{1,3})_(?P<day>\d{8})\.mat")
_TRIAL = re.compile(r"[A-Za-z]*_?eeg(?P<film>\d{1,2})", re.IGNORECASE)


class SeedReader(Reader[WindowOptions]):
    """Windows of films, by person, session, film and time."""

    Options = WindowOptions

    def samples(self) -> pa.Table:
        """One row per window; ``start_s`` counts from the start of its film (``ctx.film``, 1 to 15).

        Raises:
            HarnessError: no session or no ``label.mat`` is there, or a file is not as in the dataset.
        """
        labels = self._labels()
        sessions = sorted(
            (int(found["person"]), found["day"], path.name)
            for path in (self.root / FOLDER).glob("*.mat")
            if (found := _SESSION.fullmatch(path.name))
        )
        if not sessions:
            raise HarnessError(f"dataset {self.card.name}: {self.root / FOLDER} holds no 1_20131027.mat, …")
        return samples_table([row for session in sessions for row in self._rows(*session, labels)])

    def load(self, sample: Sample) -> Recording:
        """The electrodes of one window.

        Raises:
            Unscored: the file is missing or not as in the dataset.
        """
        path = self.path(sample["uri"])
        name, _ = _films(path).get(int(sample["ctx.film"]), ("", 0))
        trial_CF = array_of(path, name)
        if trial_CF.shape[0] != len(ELECTRODES):
            raise Unscored(Reason.UNREADABLE, f"{name} has {trial_CF.shape[0]} rows; expected 62 electrodes")
        first, last = (round(sample[edge] * RATE_HZ) for edge in ("start_s", "end_s"))
        channels = {
            name: Channel(np.array(values_F[first:last], np.float64), RATE_HZ)
            for name, values_F in zip(ELECTRODES, trial_CF, strict=True)
        }
        return Recording(sample["end_s"] - sample["start_s"], channels)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Sessions without windows of each of the 15 films."""
        films: defaultdict[str, set[int]] = defaultdict(set)
        for row in samples.to_pylist():
            films[row["uri"]].add(row["ctx.film"])
        absent = {uri: sorted(set(range(1, NUM_FILMS + 1)) - found) for uri, found in films.items()}
        return [f"{uri}: no window of film {', '.join(map(str, which))}" for uri, which in absent.items() if which]

    def _rows(self, person: int, day: str, name: str, labels: list[str]) -> Iterator[dict[str, Any]]:
        uri = f"{FOLDER}/{name}"
        try:
            films = _films(self.path(uri))
        except Unscored as unscored:
            raise HarnessError(f"dataset {self.card.name}: {uri}: {unscored.text}.") from None
        for film, (_, num_frames) in sorted(films.items()):
            for start_ms, end_ms in windows(0.0, num_frames / RATE_HZ, self.options):
                yield {
                    "sample_id": f"{uri}#{film:02d}-{start_ms}-{end_ms}",
                    "modality": "eeg",
                    "uri": uri,
                    "start_s": start_ms / 1000,
                    "end_s": end_ms / 1000,
                    "subject_id": f"{person:02d}",
                    "session_id": day,
                    "label": labels[film - 1],
                    "label_source": "context_assigned",
                    "ctx.film": film,
                }

    def _labels(self) -> list[str]:
        path = self.file(f"{FOLDER}/label.mat")
        try:
            values = array_of(path, "label").ravel().tolist()
        except Unscored:
            values = []
        if len(values) != NUM_FILMS or not set(values) <= set(LABELS):
            raise HarnessError(f"dataset {self.card.name}: {path} does not hold 15 labels of 1, 0 and -1.")
        return [LABELS[int(value)] for value in values]


def _films(path: Path) -> dict[int, tuple[str, int]]:
    """Film → name of its array, and number of frames."""
    found = {
        int(of["film"]): (name, shape[1])
        for name, shape in array_shapes(path).items()
        if (of := _TRIAL.fullmatch(name)) and len(shape) == 2
    }
    if not found or not set(found) <= set(range(1, NUM_FILMS + 1)):
        raise Unscored(Reason.UNREADABLE, "no arrays ..._eeg1 to 15")
    return found
