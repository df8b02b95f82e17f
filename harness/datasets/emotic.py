"""EMOTIC, emotions in context: people in pictures of everyday scenes, each with a box around the whole body.

``Annotations/Annotations.mat`` has the structures ``train``, ``val`` and ``test`` with an element per picture: its
folder and name below ``emotic/``, and the people in it: box (x1, y1, x2, y2), categories, valence, arousal and
dominance (1 to 10), gender and age as annotators see them. In ``train`` one annotator judged each person, in the
other parts several did. Sources: Kosti, Alvarez, Recasens & Lapedriza 2020, doi:10.1109/TPAMI.2019.2916866; loader
github.com/Tandon-A/emotic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from harness.cards.taxonomy import most_voted
from harness.datasets.boxed_reader import EDGES, BoxedReader
from harness.datasets.layout import problem_lines
from harness.datasets.reader import ReaderOptions
from harness.errors import HarnessError
from harness.signals.matlab_structs import as_list, read_structs
from harness.tables.samples import samples_table
from harness.tables.schemas import DIMENSIONS
from harness.tables.votes import RATERS

ANNOTATIONS = "Annotations/Annotations.mat"
PICTURES = "emotic/"
PARTS = ("train", "val", "test")
LOWEST, HIGHEST = 1.0, 10.0
SEXES = {"Male": "male", "Female": "female"}
AGES = ("Kid", "Teenager", "Adult")


class EmoticOptions(ReaderOptions):
    """The options.

    Attributes:
        part: ``train``, ``val`` or ``test``; null: all.
    """

    part: str | None = None


class EmoticReader(BoxedReader[EmoticOptions]):
    """The people that the annotations have a box for."""

    Options = EmoticOptions
    boxed = "person"

    def samples(self) -> pa.Table:
        """One row per person; the label is the category that most annotators named, none where several lead."""
        parts = PARTS if self.options.part is None else (self.options.part,)
        found = read_structs(self.file(ANNOTATIONS), parts)
        rows = [row for part, pictures in found.items() for row in self._rows(part, pictures)]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: {self.root / ANNOTATIONS} names nobody in {' or '.join(parts)} "
                f"(dataset.part={self.options.part or 'null'})."
            )
        return samples_table(rows, rows_independent=True)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """People of whom several categories lead, or whose dimensions are missing or off the scale."""
        rows = samples.to_pylist()
        return problem_lines(
            {
                "several categories lead, so that there is no label": [
                    row["sample_id"] for row in rows if row["label"] is None
                ],
                "without valence, arousal or dominance from 1 to 10": [
                    row["sample_id"] for row in rows if any(row[name] is None for name in DIMENSIONS)
                ],
            }
        )

    def _rows(self, part: str, pictures: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        times: Counter[str] = Counter()
        for number, picture in enumerate(pictures, start=1):
            where = f"dataset {self.card.name}: {ANNOTATIONS}, {part}({number})"
            try:
                uri = f"{PICTURES}{picture['folder']}/{picture['filename']}"
                for person in as_list(picture["person"]):
                    times[uri] += 1
                    yield self._row(f"{uri}#{part}-{times[uri]}", uri, part, person)
            except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
                raise HarnessError(f"{where}: not a picture with people in boxes. Unpack it again.") from None

    def _row(self, sample_id: str, uri: str, part: str, person: Mapping[str, Any]) -> dict[str, Any]:
        box = [float(edge) for edge in np.asarray(person["body_bbox"], np.float64).ravel()]
        if len(box) != len(EDGES) or not np.isfinite(box).all():
            raise ValueError(box)
        chosen = [
            {name for each in as_list(annotator["categories"]) if (name := str(each)) in self.card.labels}
            for annotator in as_list(person["annotations_categories"])
        ]
        votes = Counter(name for names in chosen for name in self.card.labels if name in names)
        leading = most_voted(votes)
        age = str(person.get("age"))
        return {
            "sample_id": sample_id,
            "modality": "body",
            "uri": uri,
            "split": part,
            "label": leading[0] if len(leading) == 1 else None,
            "label_source": self.card.label_source,
            "votes": dict(votes) or None,
            RATERS: sum(map(bool, chosen)),
            **_dimensions(person),
            "attr.sex": SEXES.get(str(person.get("gender"))),
            "attr.age_group": age.lower() if age in AGES else None,
            **{f"ctx.{edge}": pixels for edge, pixels in zip(EDGES, box, strict=True)},
        }


def _dimensions(person: Mapping[str, Any]) -> dict[str, float | None]:
    """From 1 … 10 to -1 … 1: as the authors combined them, otherwise the mean of the annotators."""
    given = as_list(person.get("combined_continuous", person["annotations_continuous"]))
    found: dict[str, float | None] = {}
    for name in DIMENSIONS:
        stated = [float(one[name]) for one in given if np.size(one[name]) == 1]
        values = [value for value in stated if LOWEST <= value <= HIGHEST]
        middle = (LOWEST + HIGHEST) / 2
        found[name] = (sum(values) / len(values) - middle) / (HIGHEST - middle) if values else None
    return found
