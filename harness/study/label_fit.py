"""Whether the labels of dataset and system meet: said before anything is predicted or scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from harness.cards.label_codes import codings, codings_of, likely_label
from harness.cards.taxonomy import canonical, class_of, is_no_label, spellings
from harness.errors import HarnessError
from harness.study.config import StudyConfig
from harness.tables.alignment import distinct_labels
from harness.tables.schemas import SAMPLES
from harness.user_tables.label_places import LabelPlaces
from harness.user_tables.mapping_lines import mapping_line
from harness.wording import listed, quantity

_MOST_SUGGESTED = 20


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
    common = {to_class(label) for label in dataset.labels} & {to_class(label) for label in system.labels}
    if not common:
        raise HarnessError(
            f"Dataset and system have no label in common. The dataset has {dataset.shown(dataset.labels)}; the "
            f"system answers {system.shown(system.labels)}.{_suggestion(dataset, system, to_class, merge)}"
        )
    for side, other in ((dataset, system), (system, dataset)):
        strange = _strange(side, other, to_class)
        if strange:
            notes.append(
                f"Only the {side.name} has {side.shown(strange)}: no known emotion."
                f"{_suggestion_for(side, strange, other, merge)}"
            )
    return notes


def _strange(side: LabelSide, other: LabelSide, to_class: Callable[[str], str]) -> list[str]:
    """Labels that the other side does not have and that are no known words."""
    met = {to_class(label) for label in other.labels}
    return [label for label in side.labels if to_class(label) not in met and to_class(label) not in spellings()]


def _suggestion(
    dataset: LabelSide, system: LabelSide, to_class: Callable[[str], str], merge: Mapping[str, str]
) -> str:
    both = [
        _suggestion_for(side, strange, other, merge)
        for side, other in ((dataset, system), (system, dataset))
        if (strange := _strange(side, other, to_class))
    ]
    return "".join(both) or f" Say which is which: {_line({**merge, dataset.labels[0]: 'LABEL'})}"


def _suggestion_for(side: LabelSide, strange: Sequence[str], other: LabelSide, merge: Mapping[str, str]) -> str:
    """A line for the config that maps them, ready to paste."""
    fitting = codings_of(strange)
    if fitting:
        read = " or ".join(f"labels.merge={name}" for name in fitting)
        return f" The {side.name}'s may be codes of a corpus, which {read} reads."
    likely = {label: found for label in strange if (found := likely_label(label, other.labels))}
    if likely:
        return f" Are they meant so? {_line({**merge, **dict(list(likely.items())[:_MOST_SUGGESTED])})}"
    example = _line({**merge, **dict.fromkeys(strange[:_MOST_SUGGESTED], "LABEL")})
    return f" If the {other.name} has another word for them, put it for LABEL: {example}"


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
