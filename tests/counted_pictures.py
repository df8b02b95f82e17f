"""A reader that writes down what it decodes, and a face system whose preparer may behave badly."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from bare_cards import bare_card
from systems_with_faults import GREYS, LABELS

from harness.datasets.reader import Sample
from harness.datasets.table import TableReader
from harness.errors import Reason, Unscored
from harness.models.concluding import concluded
from harness.models.model import Conclusion, ModelOptions, PretrainedModel, RunSettings, Vectors
from harness.signals.blank import GREY
from harness.signals.media import Image, Media
from harness.study.assembly import open_reader

Prepare = Callable[[Media], npt.NDArray[Any]]


class CountedPictures(TableReader):
    """Writes down the id of each sample that it decodes, beside the folder of the pictures."""

    def load(self, sample: Sample) -> Media:
        assert self.root is not None
        with log_of(self.root).open("a") as log:
            log.write(f"{sample['sample_id']}\n")
        return super().load(sample)


def counted_pictures(folder: Path) -> CountedPictures:
    log_of(folder).write_text("")
    reader = open_reader("table", folder, {"label_source": "acted"})
    return CountedPictures(reader.card, folder, reader.options)


def log_of(folder: Path) -> Path:
    return folder.with_name("decoded.txt")


def times_decoded(folder: Path) -> Counter[str]:
    return Counter(log_of(folder).read_text().split())


def mean_colour(media: Media) -> npt.NDArray[np.float32]:
    """Of the whole picture; there is no face in a black one."""
    assert isinstance(media, Image)
    if not media.pixels.any():
        raise Unscored(Reason.NO_FACE, abstained=True)
    return media.pixels.reshape(-1, 3).mean(axis=0).astype(np.float32)


def wide_colour(media: Media) -> npt.NDArray[np.float32]:
    """The same in more memory."""
    return np.tile(mean_colour(media), 20)


def dies_of_blank(media: Media) -> npt.NDArray[np.float32]:
    """Ends its worker where the medium is removed."""
    assert isinstance(media, Image)
    if (media.pixels == GREY).all():
        os._exit(1)
    return mean_colour(media)


def hangs_on_blank(media: Media) -> npt.NDArray[np.float32]:
    assert isinstance(media, Image)
    if (media.pixels == GREY).all():
        time.sleep(3600)
    return mean_colour(media)


def slow(media: Media) -> npt.NDArray[np.float32]:
    time.sleep(0.3)
    return mean_colour(media)


def writes(media: Media) -> npt.NDArray[np.float32]:
    """Leaves a picture behind that is not the one that it was given."""
    colour = mean_colour(media)
    media.pixels[:] = 7
    return colour


class Colours(PretrainedModel[ModelOptions]):
    """Answers by the grey of the picture. It may be interrupted after so many batches."""

    width = len(LABELS)

    def __init__(self, prepare: Prepare = mean_colour, stop_after: int = 10_000) -> None:
        card = bare_card("colours", labels=LABELS)
        super().__init__(card, ModelOptions(), RunSettings())
        self._prepare = prepare
        self._left = stop_after

    def preparer(self) -> Prepare:
        return self._prepare

    def open(self) -> None:
        """There is nothing to load."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1
        grey_N1 = np.stack(batch)[:, :3].astype(np.float64) @ np.array([[0.25], [0.25], [0.5]])
        distance_NC = np.abs(grey_N1 - np.array([GREYS[label] for label in LABELS]))
        closeness_NC = np.exp(-distance_NC / 50)
        return np.asarray(closeness_NC / closeness_NC.sum(axis=1, keepdims=True))

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        best_N = np.where(np.isnan(vectors.values[:, 0]), np.nan, np.nan_to_num(vectors.values).argmax(axis=1))
        return concluded(self, samples, vectors, best_N, vectors.values, np.empty((samples.num_rows, 0)))
