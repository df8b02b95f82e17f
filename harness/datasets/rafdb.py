"""RAF-DB (basic): faces from the web with one of seven expressions, and what annotators saw of sex, race and age.

``EmoLabel/list_patition_label.txt`` (spelt so) has a row per picture, ``train_00001.jpg 5``; the picture is
``Image/aligned/train_00001_aligned.jpg`` or ``Image/original/train_00001.jpg``. Of
``Annotation/manual/train_00001_manu_attri.txt`` the last three lines are codes of gender, race and age. Source:
Li, Deng & Du 2017 (CVPR, 2584-2593), and the readme of the dataset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import pyarrow as pa

from harness.datasets.layout import problem_lines
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.files import read_text, text_lines
from harness.signals import image
from harness.signals.media import Media
from harness.tables.samples import samples_table

LISTS = ("EmoLabel/list_patition_label.txt", "EmoLabel/list_partition_label.txt")
ROW = re.compile(r"((train|test)_\d+)(?:_aligned)?\.jpg\s+([1-7])")
PICTURES = {"aligned": "Image/aligned/{}_aligned.jpg", "original": "Image/original/{}.jpg"}
ATTRIBUTES = "Annotation/manual/{}_manu_attri.txt"
SEXES = {"0": "male", "1": "female", "2": None}
RACES = {"0": "Caucasian", "1": "African-American", "2": "Asian"}
AGE_GROUPS = {"0": "0-3", "1": "4-19", "2": "20-39", "3": "40-69", "4": "70+"}

_MAX_BYTES = 16 * 2**20


class RafdbOptions(ReaderOptions):
    """The options.

    Attributes:
        pictures: ``aligned`` (100 × 100 pixels, turned and cut by the authors) or ``original``.
        part: ``train`` or ``test``; null: both.
    """

    pictures: Literal["aligned", "original"] = "aligned"
    part: Literal["train", "test"] | None = None


class RafdbReader(Reader[RafdbOptions]):
    """The pictures that the list names."""

    Options = RafdbOptions

    def samples(self) -> pa.Table:
        """One row per picture, whether or not its file exists. Who is shown is not known."""
        matches = [match for line in self._list() if (match := ROW.fullmatch(line))]
        rows = [self._row(match) for match in matches if self.options.part in (None, match[2])]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: the list in {self.root / 'EmoLabel'} has no row like "
                f"'train_00001.jpg 5' (dataset.part={self.options.part or 'null'})."
            )
        return samples_table(rows, rows_independent=True)

    def load(self, sample: Sample) -> Media:
        """The picture."""
        return image.decode(self.path(sample["uri"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Rows that are none, pictures without attributes, and codes that the readme does not have."""
        codes = {name: self._codes(name) for name in samples["sample_id"].to_pylist()}
        absent = [name for name, found in codes.items() if found is None]
        wrong = [name for name, found in codes.items() if found == ()]
        all_absent = len(absent) == len(codes)
        return problem_lines(
            {
                "rows of the list that name no picture and label": [
                    line[:60] for line in self._list() if line and not ROW.fullmatch(line)
                ],
                "no attributes, Annotation/manual is missing" if all_absent else "no attributes": absent,
                "attributes that are not three known codes below five landmarks": wrong,
            }
        )

    def _list(self) -> Iterator[str]:
        name = next((name for name in LISTS if self.file(name).is_file()), None)
        if name is None:
            raise HarnessError(
                f"dataset {self.card.name}: there is no {LISTS[0]} below {self.root}. Give the folder that holds "
                "EmoLabel and Image (basic)."
            )
        try:
            return (line.strip() for line in text_lines(read_text(self.file(name), _MAX_BYTES)))
        except (OSError, ValueError) as error:
            raise HarnessError(f"{self.root / name}: not a readable text ({error}). Unpack it again.") from None

    def _row(self, match: re.Match[str]) -> dict[str, Any]:
        name, part, label = match.groups()
        sex, race, age = self._codes(name) or ("", "", "")
        return {
            "sample_id": name,
            "modality": "face",
            "uri": PICTURES[self.options.pictures].format(name),
            "split": part,
            "label": self.card.labels[int(label) - 1],
            "label_source": self.card.label_source,
            "attr.sex": SEXES.get(sex),
            "attr.race": RACES.get(race),
            "attr.age_group": AGE_GROUPS.get(age),
        }

    def _codes(self, name: str) -> tuple[str, ...] | None:
        """The codes of gender, race and age; None without a file, empty where it holds others."""
        path = self.file(ATTRIBUTES.format(name))
        if not path.is_file():
            return None
        try:
            lines = [line.strip() for line in text_lines(read_text(path)) if line.strip()]
        except (OSError, ValueError):
            return ()
        known = len(lines) == 8 and lines[5] in SEXES and lines[6] in RACES and lines[7] in AGE_GROUPS
        return tuple(lines[5:]) if known else ()
