"""Notes on runs whose classes are not the same: their own figures do not mean the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow.compute as pc

from harness.cards.taxonomy import class_of
from harness.comparison.finished_runs import FinishedRun
from harness.wording import listed, quantity

MOST_NAMED = 8


def other_classes(finished: Sequence[FinishedRun], names: Sequence[str]) -> Iterator[str]:
    """What a reader must know if the systems answer with other classes, or the runs have samples of others.

    Args:
        finished: the runs.
        names: of the runs.
    """
    of_samples = [_classes_of_samples(run) for run in finished]
    if len(set(of_samples)) > 1:
        yield (
            f"The runs have samples of other classes: {_said(names, of_samples)}. They are compared on the "
            "samples that they share, so the figures are not those of the runs' own reports."
        )
    of_answers = [_classes(run, run.answers.labels) for run in finished]
    if all(of_answers) and len(set(of_answers)) > 1:
        yield (
            f"The systems choose among other classes: {_said(names, of_answers)}. Chance is not the same for "
            "them, and an answer with a class that the samples do not have is wrong."
        )


def _classes_of_samples(run: FinishedRun) -> frozenset[str]:
    labels: set[str] = set()
    for rows in run.answers.read(["label"]):
        labels |= set(pc.unique(rows["label"]).drop_null().to_pylist())
    return _classes(run, sorted(labels))


def _classes(run: FinishedRun, labels: Sequence[str]) -> frozenset[str]:
    to_class = class_of(run.settings.merge)
    return frozenset(to_class(label) for label in labels)


def _said(names: Sequence[str], classes: Sequence[frozenset[str]]) -> str:
    return "; ".join(
        f"{name} {quantity(len(own), 'class')} ({listed(sorted(own), MOST_NAMED)})"
        for name, own in zip(names, classes, strict=True)
    )
