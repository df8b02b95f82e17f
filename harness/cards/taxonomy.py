"""Emotion label sets, and the mappings between them that say what they lose.

Datasets and models spell the same emotion in many ways (``angry``, ``ANG``, ``anger``). Comparison happens in one
canonical vocabulary. A label outside the vocabulary keeps its own (lower-case) name: nothing is silently merged.
Merging two emotions, such as calm into neutral, is a choice of the study and is recorded in its plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.errors import HarnessError
from harness.plain_yaml import read_yaml
from harness.resources import config_dir


def canonical(label: str) -> str:
    """The canonical name of a label: ``canonical(" ANGRY ") == "anger"``."""
    name = label.strip().lower()
    return spellings().get(name, name)


@cache
def spellings() -> Mapping[str, str]:
    """Every known word for an emotion → its canonical name, from ``configs/labels.yaml``."""
    emotions = vocabulary()["emotions"]
    return {word: emotion for emotion, words in emotions.items() for word in (emotion, *words)}


def is_no_label(name: str) -> bool:
    """Whether a canonical name stands for the absence of a label, such as ``xxx`` of IEMOCAP."""
    return name in vocabulary()["no_label"]


@cache
def vocabulary() -> Any:
    """The contents of ``configs/labels.yaml``, read once."""
    return read_yaml(config_dir() / "labels.yaml")


def most_voted(votes: Mapping[str, float]) -> list[str]:
    """The labels that got the most votes, sorted: several where there is a tie, none where nobody voted."""
    most = max(votes.values(), default=0)
    return sorted(label for label, count in votes.items() if count == most > 0)


def class_of(merge: Mapping[str, str] | None = None) -> Callable[[str], str]:
    """Label → class, where the study merges emotions: ``class_of({"calm": "neutral"})("Calm") == "neutral"``.

    Raises:
        HarnessError: the target of a merge is itself merged into something else.
    """
    into = {canonical(source): canonical(target) for source, target in (merge or {}).items()}
    _require_one_step(into)
    return lambda label: into.get(canonical(label), canonical(label))


@dataclass(frozen=True)
class LabelMapping:
    """How the labels of one dataset and one model meet.

    Attributes:
        truth: dataset label → class.
        predicted: model label → class.
        classes: the classes that occur in the truth, sorted: UAR and F1 run over these.
        unreachable: classes of the truth that the model cannot answer; their recall is zero.
        outside: classes that only the model knows; such an answer is wrong.
        merged: class → the different labels that were merged into it by the study's choice.
    """

    truth: Mapping[str, str]
    predicted: Mapping[str, str]
    classes: tuple[str, ...]
    unreachable: tuple[str, ...]
    outside: tuple[str, ...]
    merged: Mapping[str, tuple[str, ...]]


def mapping_losses(
    *, merged: Mapping[str, Sequence[str]], unreachable: Sequence[str], outside: Sequence[str]
) -> list[str]:
    """One sentence for each thing that a mapping loses, for the report; see `LabelMapping`."""
    lost = [f"{into} merges {', '.join(labels)}." for into, labels in sorted(merged.items())]
    if unreachable:
        lost.append(f"The model cannot answer {', '.join(unreachable)}: these samples count as wrong.")
    if outside:
        lost.append(f"The model can answer {', '.join(outside)}, which the truth never is: always wrong.")
    return lost


def map_labels(
    truth_labels: Iterable[str], model_labels: Iterable[str], merge: Mapping[str, str] | None = None
) -> LabelMapping:
    """Map both label lists into the canonical vocabulary.

    Args:
        truth_labels: labels that occur in the samples.
        model_labels: the model's label list.
        merge: the study's choice, class → class, such as ``{"calm": "neutral"}``. Applied to both sides.

    Raises:
        HarnessError: two labels of the model are spellings of one emotion: its scores would be ambiguous; or the
            target of a merge is itself merged into something else.
    """
    to_class = class_of(merge)
    model_labels = list(model_labels)
    truth = {label: to_class(label) for label in truth_labels}
    predicted = {label: to_class(label) for label in model_labels}
    if len({canonical(label) for label in model_labels}) < len(model_labels):
        raise HarnessError(f"The model's labels {model_labels} name one emotion twice.")
    classes = tuple(sorted(set(truth.values())))
    answers = set(predicted.values())
    return LabelMapping(
        truth=truth,
        predicted=predicted,
        classes=classes,
        unreachable=tuple(sorted(set(classes) - answers)) if answers else (),
        outside=tuple(sorted(answers - set(classes))),
        merged=_merged({*truth, *predicted}, to_class),
    )


def _require_one_step(into: Mapping[str, str]) -> None:
    for source, target in into.items():
        if into.get(target, target) != target:
            raise HarnessError(
                f"merge: {source} goes into {target}, which goes into {into[target]}. Name the last."
            )


def _merged(labels: set[str], to_class: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, set[str]] = {}
    for label in labels:
        groups.setdefault(to_class(label), set()).add(canonical(label))
    return {into: tuple(sorted(names)) for into, names in groups.items() if len(names) > 1}
