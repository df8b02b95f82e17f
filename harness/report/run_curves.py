"""Access to the curves of the system under test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.cards.taxonomy import mapping_losses
from harness.tables.schemas import CLEAN


@dataclass(frozen=True)
class Confusion:
    """The confusion matrix, and how the labels of samples and model correspond.

    Attributes:
        classes: of the labels, sorted.
        outside: answers that are not among the labels.
        unreachable: classes that the model cannot answer.
        merged: class → the labels that the study merges into it.
        counts: (label, answer) → samples, answer None without a score; zeros are left out.
        shares: class → its share of the labels and of the answers of the scored samples.
    """

    classes: tuple[str, ...]
    outside: tuple[str, ...]
    unreachable: tuple[str, ...]
    merged: Mapping[str, Sequence[str]]
    counts: Mapping[tuple[str, str | None], int]
    shares: Mapping[str, tuple[float, float]]

    def largest(self, most: int) -> tuple[str, ...]:
        """The classes with the most samples, in the order of `classes`."""
        num: Counter[str] = Counter()
        for (label, _), count in self.counts.items():
            num[label] += count
        kept = set(sorted(self.classes, key=lambda label: -num[label])[:most])
        return tuple(label for label in self.classes if label in kept)

    @property
    def answers(self) -> tuple[str | None, ...]:
        """The columns of the matrix: the classes, the model's other answers, and None for no score."""
        return (*self.classes, *self.outside, None)

    def losses(self) -> list[str]:
        """One sentence for each loss in the mapping of labels."""
        return mapping_losses(merged=self.merged, unreachable=self.unreachable, outside=self.outside)


class RunCurves:
    """The curves of the system under the clean condition, those of the samples, and all trainings.

    Args:
        curves: the curves table.
        system: the name of the system under test.
    """

    def __init__(self, curves: pa.Table, system: str) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = {}
        for row in curves.to_pylist():
            own = row["model"] == system and row["condition"] == CLEAN
            if own or row["condition"] is None:
                self._rows.setdefault(row["curve"], []).append(row)

    def rows(self, curve: str) -> list[dict[str, Any]]:
        """The rows of one curve in the order of the table."""
        return self._rows.get(curve, [])

    def counts(self, curve: str) -> list[tuple[str, int]]:
        """The values of a curve that counts samples, the most frequent first."""
        return [(row["answer"], row["n_samples"]) for row in self.rows(curve)]

    def confusion(self) -> Confusion | None:
        """The confusion matrix; None if there are no labels."""
        shares = self.rows("label_shares")
        if not shares:
            return None
        merged: dict[str, list[str]] = {}
        for row in self.rows("merged"):
            merged.setdefault(row["answer"], []).append(row["truth"])
        return Confusion(
            classes=tuple(row["answer"] for row in shares if row["x"] is not None),
            outside=tuple(row["answer"] for row in shares if row["x"] is None),
            unreachable=tuple(row["answer"] for row in shares if row["y"] is None),
            merged=merged,
            counts={(row["truth"], row["answer"]): row["n_samples"] for row in self.rows("confusion")},
            shares={row["answer"]: (row["x"] or 0.0, row["y"] or 0.0) for row in shares},
        )

    def weights(self) -> dict[str, list[dict[str, Any]]]:
        """Model → the rows of the weights that it has learned for the systems that it fuses."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows("weight"):
            found.setdefault(row["model"], []).append(row)
        return found

    def trainings(self) -> dict[str, tuple[int, int]]:
        """Model → its trainings within the study, and in how many of them a subject is on both sides."""
        rows = self.rows("training")
        num, leaking = Counter(row["model"] for row in rows), Counter(row["model"] for row in rows if row["y"])
        return {model: (num[model], leaking[model]) for model in num}
