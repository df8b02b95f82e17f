"""What readers of one synchronised pickle per person share: ``S2/S2.pkl``, windows inside one condition."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeVar

import numpy.typing as npt
import pyarrow as pa

from harness.datasets.cut_windows import Stretch, WindowOptions, windows
from harness.datasets.reader import Reader, Sample
from harness.datasets.respiban_e4 import Place, durations_s, read_window
from harness.errors import HarnessError, Unscored
from harness.signals.media import Recording
from harness.signals.numpy_pickle import NumpyPickle
from harness.tables.samples import samples_table

MOST_APART_S = 1.0
"""By how much signals and labels of one person may differ in length."""


class RespibanE4Options(WindowOptions):
    """Which windows are read.

    Attributes:
        place: the wristband or the chest belt.
    """

    place: Place = "wrist"


OptionsT = TypeVar("OptionsT", bound=RespibanE4Options)


class RespibanE4Reader(Reader[OptionsT]):
    """Windows of people with a RespiBAN and an Empatica E4."""

    undescribed: ClassVar[Mapping[Place, tuple[str, ...]]] = {}
    """Channels that the files of a place hold, but that the dataset's publication does not describe."""

    @abstractmethod
    def rows(self, subject: str) -> Iterator[dict[str, Any]]:
        """The windows of one person, in the order of time."""

    def samples(self) -> pa.Table:
        """One row per window, by person in the order of their numbers, then by time; see `rows`.

        Raises:
            HarnessError: no person is there, or a pickle cannot be read.
        """
        rows = [row for subject in self.subjects() for row in self.rows(subject)]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no window below {self.root}. Expected S2/S2.pkl, …; check "
                "dataset.root, dataset.window_s, and which labels are chosen."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Recording:
        """The signals of the chosen place in one window. See `harness.datasets.respiban_e4.read_window`."""
        pickle = NumpyPickle(self.path(sample["uri"]))
        span = float(sample["start_s"]), float(sample["end_s"])
        return read_window(pickle, self.options.place, *span, self.undescribed.get(self.options.place, ()))

    def subjects(self) -> list[str]:
        """The people whose pickle is there, in the order of their numbers."""
        found = [path.parent.name for path in self.root.glob("S*/S*.pkl") if path.stem == path.parent.name]
        return sorted((name for name in found if re.fullmatch(r"S\d{1,3}", name)), key=lambda name: int(name[1:]))

    def pickle(self, subject: str) -> NumpyPickle:
        """A person's file.

        Raises:
            HarnessError: it cannot be read.
        """
        try:
            return NumpyPickle(self.path(f"{subject}/{subject}.pkl"))
        except Unscored as unscored:
            raise HarnessError(f"dataset {self.card.name}: {subject}/{subject}.pkl: {unscored.text}.") from None

    def array(self, pickle: NumpyPickle, *keys: str) -> npt.NDArray[Any]:
        """An array that every file of the dataset has.

        Raises:
            HarnessError: this one has not.
        """
        try:
            return pickle.array(*keys)
        except Unscored as unscored:
            raise HarnessError(f"dataset {self.card.name}: {unscored.detail}.") from None

    def windows_of(
        self, subject: str, label: str, stretch: Stretch, more: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """The rows of the windows that lie wholly inside one stretch."""
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

    def other_lengths(self, subject: str, labels_s: float) -> list[str]:
        """Signals that are longer or shorter than the labels, one short line each."""
        return [
            f"{subject}: {name} is {duration_s - labels_s:+.0f} s longer than the labels"
            for name, duration_s in durations_s(self.pickle(subject)).items()
            if abs(duration_s - labels_s) > MOST_APART_S
        ]
