"""Pictures in a context, and systems that look at the wrong thing, or at nothing; each answers one by one."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import numpy.typing as npt
from bare_cards import bare_card

from harness.errors import Reason, Unscored
from harness.models.answer import Answer
from harness.models.model import ModelOptions, Preparer, RunSettings
from harness.models.stating_model import StatingModel
from harness.signals.encoded import encoded
from harness.signals.media import EncodedFile, InContext

LABELS = ["anger", "fear", "happiness", "sadness"]
GREYS = {"anger": 20, "fear": 80, "happiness": 170, "sadness": 230}
SENTENCES = {"anger": "Get out.", "fear": "Help me.", "happiness": "We won!", "sadness": "She is gone."}
SIDE, EDGE = 50, 8
BESIDE = 0.1
"""How often picture, background or sentence are those of another label."""


def write_pictures(folder: Path, *, subjects: int = 16, per_label: int = 2, seed: int = 0) -> Path:
    """Grey squares on a grey background with a sentence, each of which mostly tells the label; and their table."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    with (folder / "samples.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["uri", "subject_id", "label", "modality", "ctx.sentence", "attr.sex"])
        for number, (subject, label) in enumerate(
            (subject, label) for subject in range(subjects) for label in LABELS * per_label
        ):
            shown = [str(rng.choice(LABELS)) if rng.random() < BESIDE else label for _ in range(3)]
            pixels = np.full((SIDE, SIDE, 3), GREYS[shown[0]], np.uint8)
            pixels[EDGE:-EDGE, EDGE:-EDGE] = GREYS[shown[1]]
            cv2.imwrite(str(folder / f"{number:03d}.png"), pixels)
            sex = ("female", "male")[subject % 2]
            table.writerow([f"{number:03d}.png", subject, label, "face", SENTENCES[shown[2]], sex])
    return folder


def as_other_people(folder: Path, copy: Path) -> Path:
    """The same samples, each of a person of its own."""
    shutil.copytree(folder, copy)
    with (copy / "samples.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (copy / "samples.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows({**row, "subject_id": f"other{number}"} for number, row in enumerate(rows))
    return copy


class InWords:
    """A preparer that hands on what a service is sent: the file and the sentence. Picklable."""

    def __call__(self, given: Any) -> npt.NDArray[Any]:
        assert isinstance(given, InContext)
        medium = given.medium if isinstance(given.medium, EncodedFile) else encoded(given.medium, "png")
        both = np.empty(2, dtype=object)
        both[:] = [medium.data, given.context["ctx.sentence"]]
        return both


class Service(StatingModel[ModelOptions]):
    """Answers one sample after another, from its file and its sentence."""

    reads_files = True
    context = ("ctx.sentence",)
    name_in_card: ClassVar[str]

    def __init__(self, paid: bool = False) -> None:
        card = bare_card(self.name_in_card, labels=LABELS, paid=paid)
        super().__init__(card, ModelOptions(), RunSettings())
        self.asked = 0

    def preparer(self) -> Preparer:
        return InWords()

    def open(self) -> None:
        """There is nothing to load."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Iterator[tuple[int, Answer]]:  # type: ignore[override]
        for index, (data, sentence) in enumerate(batch):
            self.asked += 1
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
            assert pixels is not None
            yield index, self.answered(pixels, sentence)

    def answered(self, pixels: npt.NDArray[Any], sentence: str) -> Answer:
        label = self.label(pixels, sentence)
        return Answer(vector=self.stated(label), cost=0.01 if self.card.paid else None)

    def label(self, pixels: npt.NDArray[Any], sentence: str) -> str:
        raise NotImplementedError


def nearest(grey: float) -> str:
    return min(LABELS, key=lambda label: abs(GREYS[label] - grey))


class Sound(Service):
    """Looks at the face."""

    name_in_card = "sound"

    def label(self, pixels: npt.NDArray[Any], sentence: str) -> str:
        return nearest(float(pixels[SIDE // 2, SIDE // 2]))


class ReadsWords(Service):
    """Is told the sentence, and needs no picture."""

    name_in_card = "reads_words"

    def label(self, pixels: npt.NDArray[Any], sentence: str) -> str:
        return next(label for label in LABELS if SENTENCES[label] == sentence)


class LooksAround(Service):
    """Looks at the background."""

    name_in_card = "looks_around"

    def label(self, pixels: npt.NDArray[Any], sentence: str) -> str:
        return nearest(float(pixels[0, 0]))


class Drops(Service):
    """Drops what it is sent, and answers all the same."""

    name_in_card = "drops"

    def label(self, pixels: npt.NDArray[Any], sentence: str) -> str:
        return "happiness"


class Guesses(Service):
    """Answers at random, otherwise each time."""

    name_in_card = "guesses"

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Iterator[tuple[int, Answer]]:  # type: ignore[override]
        for index, (data, sentence) in enumerate(batch):
            seed = [self.repeat, *data[-12:], len(data), *sentence.encode()]
            self._rng = np.random.default_rng([*seed, self.asked])
            self.asked += 1
            yield index, Answer(vector=self.stated(str(self._rng.choice(LABELS))))


class Apologises(Service):
    """Declines three times in four."""

    name_in_card = "apologises"

    def answered(self, pixels: npt.NDArray[Any], sentence: str) -> Answer:
        if self.asked % 4:
            return Answer(unscored=Unscored(Reason.REFUSED, "I am sorry", abstained=True), raw="I'm sorry, but …")
        return Answer(vector=self.stated(nearest(float(pixels[SIDE // 2, SIDE // 2]))))
