"""Whether the labels of dataset and system meet: said before anything is predicted or scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from harness.cards.label_codes import codings, codings_of, likely_label
from harness.cards.taxonomy import canonical, class_of, is_no_label, map_labels, mapping_losses, spellings
from harness.errors import HarnessError
from harness.models.model import Model, ModelOptions, UnfitAnswersError
from harness.study.config import StudyConfig
from harness.tables.alignment import distinct_labels
from harness.tables.schemas import SAMPLES
from harness.user_tables.label_places import LabelPlaces
from harness.user_tables.mapping_lines import mapping_line
from harness.wording import listed, quantity

_MOST_SUGGESTED = 20
_WORD = "LABEL"
"""Stands in a line to paste where the user puts a word."""


@dataclass(frozen=True)
class LabelSide:
    """The labels of the dataset or of the system.

    Attributes:
        name: ``dataset`` or ``system``.
        labels: that occur or can be answered.
        places: where they stand.
    """

    name: str
    labels: Sequence[str]
    places: LabelPlaces

    def shown(self, labels: Sequence[str]) -> str:
        """Some of its labels with their places."""
        return listed([f"{label!r}{self.places.place(label)}" for label in labels])


def without_no_labels(samples: pa.Table, merge: Mapping[str, str] | None) -> tuple[pa.Table, list[str]]:
    """The samples, of which those with a word that is no label have none, and a sentence about it.

    Args:
        samples: of the study.
        merge: the study's choice: what is merged into such a word is no label, either.
    """
    to_class = class_of(merge)
    labels = samples["label"]
    absent = [label for label in labels.drop_null().unique().to_pylist() if is_no_label(to_class(label))]
    if not absent:
        return samples, []
    kept = pa.array([None if label in absent else label for label in labels.to_pylist()], pa.string())
    num_absent = kept.null_count - labels.null_count
    place = samples.schema.get_field_index("label")
    names = " or ".join(repr(label) for label in absent)
    return samples.set_column(place, SAMPLES.field("label"), kept), [
        f"No label of the dataset is {names}: {quantity(num_absent, 'sample')} without one."
    ]


def system_side(
    system: Model[ModelOptions], listed: pa.Table, places: LabelPlaces, config: StudyConfig
) -> LabelSide:
    """What the system can answer.

    Args:
        system: of the study; a file of answers is read for this.
        listed: all samples of the dataset.
        places: of the dataset's labels.
        config: with the study's choices of labels.

    Raises:
        HarnessError: the file cannot be used; where its columns or ids are to be mended, the message says the same
            of its labels.
    """
    try:
        return LabelSide("system", system.labels_for(listed), system.label_places)
    except UnfitAnswersError as error:
        problems = [str(error)]
        try:
            problems += require_labels_meet(
                listed, places, LabelSide("system", error.labels, error.places), config
            )
        except HarnessError as apart:
            problems.append(str(apart))
        raise HarnessError("\n".join(problems)) from None


def require_labels_meet(
    samples: pa.Table, places: LabelPlaces, system: LabelSide, config: StudyConfig
) -> list[str]:
    """Check that dataset and system have labels in common.

    Args:
        samples: of the study.
        places: of the dataset's labels.
        system: what it can answer.
        config: with the study's choices of labels.

    Returns:
        What the user should know, one sentence each: words that only one side has and that name no known emotion,
        with a line for the config that maps them; choices that match nothing.

    Raises:
        HarnessError: the sides have no label in common.
    """
    dataset = LabelSide("dataset", distinct_labels(samples["label"], "samples"), places)
    merge = config.labels.merge or {}
    to_class = class_of(merge)
    notes = _choices_without_effect(config, dataset, system)
    if not dataset.labels or not system.labels:
        return notes
    strange = [
        _Strange(side, words, other)
        for side, other in ((dataset, system), (system, dataset))
        if (words := _strange(side, other, to_class))
    ]
    if not {to_class(label) for label in dataset.labels} & {to_class(label) for label in system.labels}:
        remedy = (
            _suggestion(strange, merge) or f" Say which is which: {_line({**merge, dataset.labels[0]: _WORD})}"
        )
        raise HarnessError(
            f"Dataset and system have no label in common. The dataset has {dataset.shown(dataset.labels)}; the "
            f"system answers {system.shown(system.labels)}.{remedy}"
        )
    if strange:
        who = "; only ".join(f"the {of.side.name} has {of.side.shown(of.words)}" for of in strange)
        notes.append(f"Only {who}: no known emotion.{_suggestion(strange, merge)}")
    return notes


def lost_in_mapping(samples: pa.Table, system: LabelSide, merge: Mapping[str, str] | None) -> list[str]:
    """What is merged, what the system cannot answer and what no sample is, one sentence each.

    Args:
        samples: of the study.
        system: what it can answer; nothing is lost where this is not known before its training.
        merge: the study's choice.

    Raises:
        HarnessError: two labels of the system name one emotion.
    """
    labels = distinct_labels(samples["label"], "samples")
    if not labels or not system.labels:
        return []
    mapping = map_labels(labels, system.labels, merge)
    return mapping_losses(merged=mapping.merged, unreachable=mapping.unreachable, outside=mapping.outside)


@dataclass(frozen=True)
class _Strange:
    """Words of one side that the other does not have and that name no known emotion."""

    side: LabelSide
    words: Sequence[str]
    other: LabelSide

    def meant(self) -> dict[str, str]:
        """Word → the label that it probably means, or a place for it."""
        return {word: likely_label(word, self.other.labels) or _WORD for word in self.words[:_MOST_SUGGESTED]}


def _strange(side: LabelSide, other: LabelSide, to_class: Callable[[str], str]) -> list[str]:
    met = {to_class(label) for label in other.labels}
    return [label for label in side.labels if to_class(label) not in met and to_class(label) not in spellings()]


def _suggestion(strange: Sequence[_Strange], merge: Mapping[str, str]) -> str:
    """One line for the config that maps the words of both sides, ready to paste; nothing where there are none."""
    codes = {of.side.name: fitting for of in strange if (fitting := codings_of(of.words))}
    read = [
        f" The {side}'s may be codes of a corpus, which "
        f"{' or '.join(f'labels.merge={name}' for name in fitting)} reads."
        for side, fitting in codes.items()
    ]
    if len(strange) == len(codes) <= 1:
        return "".join(read)
    mapping = dict(merge)
    for of in strange:
        coded = codings()[codes[of.side.name][0]] if of.side.name in codes else {}
        mapping |= {word: coded[word] for word in of.words} if coded else of.meant()
    asking = {f"the {of.other.name}" for of in strange if _WORD in of.meant().values()}
    others = asking.pop() if len(asking) == 1 else "the other side"
    guessed = any(word != _WORD for of in strange for word in of.meant().values())
    question = " Are they meant so?" if guessed else ""
    place = f" If {others} has another word for {'the others' if guessed else 'them'}, put it for {_WORD}:"
    return f"{''.join(read)}{question}{place if _WORD in mapping.values() else ''} {_line(mapping)}"


def _line(merge: Mapping[str, str]) -> str:
    return mapping_line("labels.merge", merge)


def _choices_without_effect(config: StudyConfig, dataset: LabelSide, system: LabelSide) -> list[str]:
    occurring = {canonical(label) for label in (*dataset.labels, *system.labels)}
    coded = {canonical(code) for codes in codings().values() for code in codes}
    merge = [label for label in config.labels.merge or {} if canonical(label) not in {*occurring, *coded}]
    notes = []
    if merge:
        notes.append(f"labels.merge: neither side has {listed(merge)}. They have {listed(sorted(occurring), 12)}.")
    if isinstance(config.labels.only, list):
        kept = {class_of(config.labels.merge)(label) for label in dataset.labels}
        only = [label for label in config.labels.only if class_of(config.labels.merge)(label) not in kept]
        if only:
            notes.append(f"labels.only: no sample has {listed(only)}. They have {listed(sorted(kept), 12)}.")
    return notes
