"""WESAD: wearable stress and affect detection (Schmidt et al. 2018, doi:10.1145/3242969.3242985).

Layout: ``S2/S2.pkl`` … ``S17/S17.pkl`` without S12; beside each pickle ``S2_readme.txt`` (the person) and
``S2_quest.csv`` (ratings after each condition). ``label`` in the pickle says at 700 Hz which condition it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pyarrow as pa

from harness.datasets.cut_windows import Stretch, WindowOptions, stretches, windows
from harness.datasets.reader import Reader, Sample
from harness.datasets.respiban_e4 import CHEST_RATE_HZ, Place, durations_s, read_window
from harness.datasets.wesad_notes import read_person, read_ratings
from harness.errors import HarnessError, Unscored
from harness.signals.media import Recording
from harness.signals.numpy_pickle import NumpyPickle
from harness.tables.samples import samples_table

Condition = Literal["baseline", "stress", "amusement", "meditation"]

LABELS: Mapping[int, Condition] = {1: "baseline", 2: "stress", 3: "amusement", 4: "meditation"}
"""0 is between conditions; 5, 6 and 7 are to be ignored, as the dataset's own readme says."""
IGNORED = (0, 5, 6, 7)
MOST_APART_S = 1.0
"""By how much signals and labels of one person may differ in length."""


class WesadOptions(WindowOptions):
    """Which windows are read.

    Attributes:
        place: the wristband or the chest belt.
        conditions: whose windows are read.
    """

    place: Place = "wrist"
    conditions: tuple[Condition, ...] = ("baseline", "stress", "amusement")


class WesadReader(Reader[WesadOptions]):
    """Windows inside one condition, by person in the order of their numbers, then by time."""

    Options = WesadOptions

    def samples(self) -> pa.Table:
        """One row per window that lies wholly inside one condition.

        ``ctx.condition`` counts conditions of the same label (meditation comes twice), ``ctx.sam_valence`` and
        ``ctx.sam_arousal`` are the person's own ratings (1 to 9) after it, null where there are none.

        Raises:
            HarnessError: no person is there, or a pickle cannot be read.
        """
        rows = [row for subject in self._subjects() for row in self._rows(subject)]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no window below {self.root}. Expected S2/S2.pkl, …; check "
                "dataset.root, dataset.window_s and dataset.conditions."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Recording:
        """The signals of the chosen place in one window. See `harness.datasets.respiban_e4.read_window`."""
        pickle = NumpyPickle(self.path(sample["uri"]))
        return read_window(pickle, self.options.place, float(sample["start_s"]), float(sample["end_s"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (the files are compared, not windows)
        """Per person: signals of another length than the labels, unknown labels, notes that are absent."""
        problems = []
        for subject in self._subjects():
            pickle = self._pickle(subject)
            labels = stretches(pickle.array("label"), CHEST_RATE_HZ)
            apart = {
                name: duration_s - labels[-1].end_s
                for name, duration_s in durations_s(pickle).items()
                if labels and abs(duration_s - labels[-1].end_s) > MOST_APART_S
            }
            problems += [f"{subject}: {name} is {by:+.0f} s longer than the labels" for name, by in apart.items()]
            unknown = sorted({found.value for found in labels} - {*LABELS, *IGNORED})
            problems += [f"{subject}: unknown label {value}" for value in unknown]
            for note in ("readme.txt", "quest.csv"):
                if not self.file(f"{subject}/{subject}_{note}").is_file():
                    problems.append(f"{subject}: {subject}_{note} is absent")
        return problems

    def _subjects(self) -> list[str]:
        found = [path.parent.name for path in self.root.glob("S*/S*.pkl") if path.stem == path.parent.name]
        return sorted((name for name in found if re.fullmatch(r"S\d{1,3}", name)), key=lambda name: int(name[1:]))

    def _pickle(self, subject: str) -> NumpyPickle:
        try:
            return NumpyPickle(self.path(f"{subject}/{subject}.pkl"))
        except Unscored as unscored:
            raise HarnessError(f"dataset {self.card.name}: {subject}/{subject}.pkl: {unscored.text}.") from None

    def _rows(self, subject: str) -> Iterator[dict[str, Any]]:
        person = read_person(self.file(f"{subject}/{subject}_readme.txt"))
        ratings = read_ratings(self.file(f"{subject}/{subject}_quest.csv"))
        try:
            found = stretches(self._pickle(subject).array("label"), CHEST_RATE_HZ)
        except Unscored as unscored:
            raise HarnessError(f"dataset {self.card.name}: {unscored.text}.") from None
        times: Counter[str] = Counter()
        for stretch in found:
            label = LABELS.get(stretch.value)
            if label is None:
                continue
            times[label] += 1
            if label in self.options.conditions:
                rated = ratings.get(label, [])[times[label] - 1 : times[label]]
                valence, arousal = rated[0] if rated else (None, None)
                context = {"ctx.condition": times[label], "ctx.sam_valence": valence, "ctx.sam_arousal": arousal}
                yield from self._windows(subject, label, stretch, person | context)

    def _windows(
        self, subject: str, label: str, stretch: Stretch, more: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        uri = f"{subject}/{subject}.pkl"
        for start_ms, end_ms in windows(stretch.start_s, stretch.end_s, self.options):
            yield {
                "sample_id": f"{uri}#{start_ms}-{end_ms}",
                "modality": "wearable" if self.options.place == "wrist" else "physiology",
                "uri": uri,
                "start_s": start_ms / 1000,
                "end_s": end_ms / 1000,
                "subject_id": subject,
                "label": label,
                "label_source": "context_assigned",
                **more,
            }
