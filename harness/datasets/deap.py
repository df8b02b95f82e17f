"""DEAP, music videos and EEG (Koelstra et al. 2012, doi:10.1109/T-AFFC.2011.15), as preprocessed for Python.

Layout: ``s01.dat`` … ``s32.dat``, pickles of ``data`` (40 videos, 40 channels, 63 s at 128 Hz) and ``labels`` (40
videos; valence, arousal, dominance, liking, 1 to 9). The first 3 s of a trial are before the video. Trials are in
the order of the videos' numbers, not in that of the session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from harness.arrays import Floats
from harness.datasets.cut_windows import WindowOptions, windows
from harness.datasets.reader import Reader, Sample
from harness.errors import HarnessError, Unscored
from harness.signals.media import Channel, Recording
from harness.signals.numpy_pickle import NumpyPickle
from harness.tables.samples import samples_table

ELECTRODES = (
    "Fp1", "AF3", "F3", "F7", "FC5", "FC1", "C3", "T7", "CP5", "CP1", "P3", "P7", "PO3", "O1", "Oz", "Pz",
    "Fp2", "AF4", "Fz", "F4", "F8", "FC6", "FC2", "Cz", "C4", "T8", "CP6", "CP2", "P4", "P8", "PO4", "O2",
)  # fmt: skip
"""The montage, in the order of the files: 32 electrodes, of which the reference is the common average."""

OTHERS = ("hEOG", "vEOG", "zEMG", "tEMG", "GSR", "Respiration", "bvp", "Temperature")
"""Channels 33 to 40. Their units are not established, so that only the pulse wave has a name that models know."""

RATE_HZ, BEFORE_S, TRIAL_S = 128.0, 3.0, 63.0
SHAPE = (40, 40, 8064)
RATINGS = ("valence", "arousal", "dominance", "liking")


class DeapOptions(WindowOptions):
    """How trials are cut, and what is a label.

    Attributes:
        target: the rating that becomes ``high`` and ``low``.
        threshold: a rating above is ``high``; one that equals it is ``low``.
        peripheral: whether channels 33 to 40 are read as well.
    """

    window_s: float = Field(default=60.0, ge=1, le=60)
    stride_s: float = Field(default=60.0, ge=0.25, le=60)
    target: Literal["valence", "arousal", "dominance", "liking"] = "valence"
    threshold: float = Field(default=5.0, ge=1, lt=9)
    peripheral: bool = False


class DeapReader(Reader[DeapOptions]):
    """Windows of trials without the seconds before the video, by person, video and time."""

    Options = DeapOptions

    def samples(self) -> pa.Table:
        """One row per window; ``start_s`` counts from the start of its trial (``ctx.trial``, 1 to 40).

        Raises:
            HarnessError: no person's file is there, or one is not as in the dataset.
        """
        names = sorted(path.name for path in self.root.glob("s*.dat") if re.fullmatch(r"s\d\d\.dat", path.name))
        if not names:
            raise HarnessError(f"dataset {self.card.name}: {self.root} holds no s01.dat, … Check dataset.root.")
        return samples_table([row for name in names for row in self._rows(name)])

    def load(self, sample: Sample) -> Recording:
        """The channels of one window.

        Raises:
            Unscored: the file is missing or not as in the dataset.
        """
        pickle = NumpyPickle(self.path(sample["uri"]))
        trial_CF = pickle.array("data")[int(sample["ctx.trial"]) - 1]
        first, last = (round(sample[edge] * RATE_HZ) for edge in ("start_s", "end_s"))
        names = (*ELECTRODES, *OTHERS) if self.options.peripheral else ELECTRODES
        channels = {
            name: Channel(np.array(values_F[first:last], np.float64), RATE_HZ)
            for name, values_F in zip(names, trial_CF, strict=False)
        }
        return Recording(sample["end_s"] - sample["start_s"], channels)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Channels that are the same in every frame, by file and trial."""
        problems = []
        for name in dict.fromkeys(samples["uri"].to_pylist()):
            data = NumpyPickle(self.path(name)).array("data")[:, : len(ELECTRODES)]
            flat = np.argwhere(data.max(axis=2) == data.min(axis=2))
            problems += [f"{name}: {ELECTRODES[place]} of trial {trial + 1} is flat" for trial, place in flat]
        return problems

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        for trial, ratings in enumerate(self._ratings(name), start=1):
            stated = dict(zip(RATINGS, ratings.tolist(), strict=True))
            for start_ms, end_ms in windows(BEFORE_S, TRIAL_S, self.options):
                yield {
                    "sample_id": f"{name}#{trial:02d}-{start_ms}-{end_ms}",
                    "modality": "eeg",
                    "uri": name,
                    "start_s": start_ms / 1000,
                    "end_s": end_ms / 1000,
                    "subject_id": name.removesuffix(".dat"),
                    "label": "high" if stated[self.options.target] > self.options.threshold else "low",
                    "label_source": "self_report",
                    **{of: (stated[of] - 5.0) / 4.0 for of in RATINGS[:3]},
                    "ctx.trial": trial,
                    "ctx.liking": stated["liking"],
                }

    def _ratings(self, name: str) -> Floats:
        try:
            pickle = NumpyPickle(self.path(name))
            data, labels = pickle.array("data"), np.asarray(pickle.array("labels"), np.float64)
        except Unscored as unscored:
            raise HarnessError(f"dataset {self.card.name}: {name}: {unscored.text}.") from None
        if data.shape != SHAPE or labels.shape != (SHAPE[0], len(RATINGS)):
            raise HarnessError(
                f"dataset {self.card.name}: {name} holds data of {data.shape} and labels of {labels.shape}; "
                f"expected {SHAPE} and (40, 4). Use data_preprocessed_python."
            )
        if not ((labels >= 1) & (labels <= 9)).all():
            raise HarnessError(f"dataset {self.card.name}: {name} holds a rating that is not from 1 to 9.")
        return labels
