"""facial_expressions: photos from the web and the news, and a legend: which annotator saw which emotion.

``data/legend.csv`` (user.id, image, emotion) and ``images/``. Several people wrote the legend: labels vary in
case, the header may be repeated, and an image may be labelled more than once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from harness.cards.taxonomy import most_voted
from harness.datasets.layout import problem_lines, read_csv
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.signals import image
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table

LEGEND = "data/legend.csv"
LEGEND_COLUMNS = ("user.id", "image", "emotion")
PERSON = re.compile(r"(.+)_\d+\.\w+")


class FacialExpressionsOptions(ReaderOptions):
    """facial_expressions has no options."""


@dataclass
class Legend:
    """The legend by image, and its irregularities."""

    labels: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """Image → its (annotator, label) pairs."""
    unknown: list[str] = field(default_factory=list)
    repeated_headers: int = 0


class FacialExpressionsReader(Reader[FacialExpressionsOptions]):
    """One sample per image that the legend lists, whether or not its file exists."""

    Options = FacialExpressionsOptions

    def samples(self) -> pa.Table:
        """One row per image.

        The person is the file's name before its number (``Tony_Blair_0003.jpg``); an image without a number counts
        as a separate person. If several annotators labelled an image, its label is the most frequent one (null for
        a tie) and `votes` counts each label.
        """
        legend = self._legend()
        if not legend.labels:
            raise HarnessError(f"dataset {self.card.name}: {self.root / LEGEND} labels no image.")
        return samples_table([_row(name, pairs) for name, pairs in sorted(legend.labels.items())])

    def load(self, sample: Sample) -> Media:
        """The picture."""
        return image.decode(self.path(sample["uri"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Invalid rows of the legend, disagreements, and images that it does not list."""
        legend = self._legend()
        images = find_files(self.root / "images", {".jpg", ".jpeg", ".png"})
        unnamed = [name for name in images if name not in legend.labels]
        tied = [row["sample_id"] for row in samples.to_pylist() if row["label"] is None]
        headers = [str(legend.repeated_headers)] if legend.repeated_headers else []
        return problem_lines(
            {
                f"header rows within {LEGEND}": headers,
                f"rows of {LEGEND} with a label that the card does not list": legend.unknown,
                "no label, the annotators disagree": tied,
                f"images that {LEGEND} does not list": unnamed,
            }
        )

    def _legend(self) -> Legend:
        legend = Legend()
        for row in read_csv(self.file(LEGEND), LEGEND_COLUMNS, strict=False):
            user, name, label = (row[column] for column in LEGEND_COLUMNS)
            if (user, name, label) == LEGEND_COLUMNS:
                legend.repeated_headers += 1
            elif label.lower() in self.card.labels and name:
                legend.labels.setdefault(name, set()).add((user, label.lower()))
            else:
                legend.unknown.append(f"{name or '(no image)'} {label or '(no label)'}")
        return legend


def _row(name: str, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    votes = Counter(label for _, label in sorted(pairs))
    winners = most_voted(votes)
    person = PERSON.fullmatch(name)
    return {
        "sample_id": f"images/{name}",
        "modality": "face",
        "uri": f"images/{name}",
        "subject_id": person[1] if person else name,
        "label": winners[0] if len(winners) == 1 else None,
        "label_source": "observer",
        "votes": dict(sorted(votes.items())) if votes.total() > 1 else None,
        "ctx.annotator": "+".join(sorted({user for user, _ in pairs})),
    }
