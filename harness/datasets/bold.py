"""BoLD, the Body Language Dataset: people in clips of films, with what annotators saw in how they move.

``annotations/train.csv`` and ``val.csv`` have no header; a row is a person in a clip: the clip below ``videos``
(``003/FILM.mp4/0114.mp4``), the number of the person, first and last frame, a share for each of 26 categories,
valence, arousal and dominance, gender, age, ethnicity, and how sure the annotation is. Joints are below ``joints``
under the same name with ``.npy``. ``test_meta.csv`` has no labels. Sources: Luo et al. 2020,
doi:10.1007/s11263-019-01215-y; loaders github.com/filby89/NTUA-BEEU-eccv2020 and GiannisPikoulis/FG2021-BoLD.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pyarrow as pa
from pydantic import Field

from harness.datasets.bold_joints import NUM_COLUMNS, best_frame
from harness.datasets.bold_people import ATTRIBUTES, HIGHEST, annotated, attribute, columns, unexplained
from harness.datasets.boxed_reader import BoxedReader, inside
from harness.datasets.layout import headless_csv_rows, listed_files, problem_lines
from harness.datasets.reader import ReaderOptions, Sample
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Image
from harness.signals.numpy_table import number_table
from harness.signals.video import frame_at
from harness.tables.samples import samples_table
from harness.tables.schemas import DIMENSIONS

PARTS = ("train", "val")


class BoldOptions(ReaderOptions):
    """The options.

    Attributes:
        part: ``train`` or ``val``; null: both.
        lowest: the least that valence, arousal and dominance can be, 0 or 1; null: they are left out.
        gender_codes: what numbers mean that stand for a gender, such as ``{0: male, 1: female}``.
        age_codes: the same for an age.
        ethnicity_codes: the same for an ethnicity.
        margin: how much more than the joints is cut out on every side, in widths and heights of theirs.
    """

    part: Literal["train", "val"] | None = None
    lowest: Literal[0, 1] | None = None
    gender_codes: dict[int, str] | None = None
    age_codes: dict[int, str] | None = None
    ethnicity_codes: dict[int, str] | None = None
    margin: float = Field(default=0.25, ge=0, le=2)


class BoldReader(BoxedReader[BoldOptions]):
    """The people whom the annotations list."""

    Options = BoldOptions
    boxed = "person"

    def samples(self) -> pa.Table:
        """One row per person and clip; the label is the category with the largest share, if it is alone."""
        parts = PARTS if self.options.part is None else (self.options.part,)
        codes: dict[str, dict[int, str]] = {
            name: getattr(self.options, f"{name}_codes") or {} for name in ATTRIBUTES
        }
        rows, unknown = [], {name: set[str]() for name in ATTRIBUTES}
        for where, part, cells in self._cells(parts):
            for name, meant in codes.items():
                if unexplained(cells[name], meant):
                    unknown[name].add(cells[name])
            rows.append(
                annotated(cells, self.card.labels, self.options.lowest, where)
                | {"modality": "body", "split": part, "label_source": self.card.label_source}
                | {column: attribute(cells[name], codes[name]) for name, column in ATTRIBUTES.items()}
            )
        if not rows:
            raise HarnessError(f"dataset {self.card.name}: nobody in the tables of {' and '.join(parts)}.")
        self.remarks = tuple(self._left_out({name: sorted(cells) for name, cells in unknown.items()}))
        return samples_table(rows)

    def load(self, sample: Sample) -> Image:
        """The person, in the frame with joints that is nearest to the middle between the first and the last."""
        clip = sample["uri"].removeprefix("videos/").removesuffix(".mp4")
        joints = number_table(self.path(f"joints/{clip}.npy", "no joints of the clip"), NUM_COLUMNS)
        place = (sample["ctx.person"], sample["ctx.first_frame"], sample["ctx.last_frame"])
        found = best_frame(joints, *place, self.options.margin)
        if found is None:
            raise Unscored(Reason.EMPTY, "no joints of the person between the first and the last frame")
        return inside(frame_at(self.path(sample["uri"]), found.frame).pixels, found.box, self.boxed)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """What is left out, and people without a label."""
        rows = samples.to_pylist()
        lowest = self.options.lowest
        missing = [row["sample_id"] for row in rows if any(row[name] is None for name in DIMENSIONS)]
        return [
            *self.remarks,
            *problem_lines(
                {
                    "several categories lead, or none, so that there is no label": [
                        row["sample_id"] for row in rows if row["label"] is None
                    ],
                    f"without valence, arousal or dominance from {lowest} to {HIGHEST:.0f}": (
                        missing if lowest is not None else []
                    ),
                }
            ),
        ]

    def _cells(self, parts: tuple[str, ...]) -> Iterator[tuple[str, str, dict[str, str]]]:
        for part in parts:
            path = self.file(f"annotations/{part}.csv")
            rows = headless_csv_rows(path, columns(self.card.labels), optional=1)
            for number, cells in enumerate(rows, start=1):
                yield f"{path}, row {number}", part, cells

    def _left_out(self, unknown: dict[str, list[str]]) -> Iterator[str]:
        if self.options.lowest is None:
            yield (
                "Valence, arousal and dominance are left out, as it could not be established whether they begin "
                "with 0 or 1. If you know it, say it with dataset.lowest."
            )
        for name, codes in unknown.items():
            if codes:
                yield (
                    f"{ATTRIBUTES[name]} is empty where {name} is a number ({listed_files(codes)}) that nobody "
                    f"explained. If you know what it means, say it with dataset.{name}_codes."
                )
