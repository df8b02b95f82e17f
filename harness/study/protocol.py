"""Who is trained on and who is tested: the folds of a study, and the refusal of a split that leaks people.

A split puts every sample into a part (``train``, ``Development``, ``Test1``, …) or into one of several folds
(``fold:1``, see `harness.tables.split_names`). Whoever is in a training part and in a held-out one, or in two
folds, is known to a system that was trained by the split: its results say nothing of new people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any

import pyarrow as pa

from harness.cards.facts import RECORDED_ANSWERS, DatasetCard
from harness.datasets.reader import Reader
from harness.errors import HarnessError
from harness.models.model import CrossFittedModel, Model, ModelOptions, PretrainedModel
from harness.models.subject_folds import balanced_folds
from harness.study.config import ProtocolChoices
from harness.study.training_corpora import TrainingCorpus, other_corpora, training_notes, training_part
from harness.tables.schemas import SAMPLES
from harness.tables.split_names import FOLD, fold_of, is_fold, leaked_people, part_of
from harness.wording import listed as in_words
from harness.wording import quantity

MAX_NAMED = 5
OWN_FOLDS = ("auto", "split")
"""The choices that leave the dataset's split as it is."""


@dataclass(frozen=True)
class Protocol:
    """The samples of a study in their folds.

    Attributes:
        choices: of the study.
        samples: `split` has the folds, if the study makes any.
        leaked: the people on both sides of the split, sorted.
        notes: what readers of the results must know of the split, one sentence each; they name nobody.
        training: what is trained on and not tested; none where the samples are trained on in folds.
    """

    choices: ProtocolChoices
    samples: pa.Table
    leaked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    training: tuple[TrainingCorpus, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What the user should know: all notes, and who is on both sides."""
        who = [f"On both sides of the split: {in_words(self.leaked, MAX_NAMED)}."] if self.leaked else []
        shared = sorted(frozenset[str]().union(*(corpus.shared for corpus in self.training)))
        both = [f"Trained on and tested: {in_words(shared, MAX_NAMED)}."] if shared else []
        return [*self.notes, *self.of_training, *who, *both]

    @property
    def of_training(self) -> list[str]:
        """What readers of the results must know of what is trained on and not tested; it names nobody."""
        return training_notes(self.training, self.samples)

    def plain(self) -> dict[str, Any]:
        """The section ``protocol`` of the plan."""
        training = {"training": [dict(corpus.facts) for corpus in self.training]} if self.training else {}
        return {
            **self.choices.model_dump(mode="json", exclude={"train_on"}),
            **training,
            "leaked_subjects": len(self.leaked),
            "notes": [*self.notes, *self.of_training],
        }

    def stated_in(self, card: DatasetCard) -> DatasetCard:
        """The card of the dataset, with the notes as limitations."""
        return card.model_copy(update={"limitations": [*card.limitations, *self.notes]}) if self.notes else card


def with_training(
    protocol: Protocol, reader: Reader[Any], listed: pa.Table, merge: Mapping[str, str] | None
) -> Protocol:
    """The protocol with what is trained on and not tested: other corpora, or the training part of the split.

    Args:
        protocol: of the study.
        reader: of its dataset.
        listed: all samples of the dataset.
        merge: the study's choice of labels.

    Raises:
        HarnessError: a corpus cannot be used, see `harness.study.training_corpora`.
    """
    if protocol.choices.folds == "partition":
        own = _of_part(listed, "training")
        return replace(protocol, training=(training_part(reader, own, protocol.samples, merge),))
    others = other_corpora(protocol.choices, protocol.samples, card=reader.card, merge=merge)
    return replace(protocol, training=others)


def in_protocol(
    listed: pa.Table, samples: pa.Table, choices: ProtocolChoices, *, card: DatasetCard, seed: int
) -> Protocol:
    """Put the samples of a study into their folds.

    Args:
        listed: all samples of the dataset: whoever is on both sides of its split is so in a part of them, too.
        samples: those of the study.
        choices: of the study.
        card: of the dataset.
        seed: determines which subjects share a fold.

    Raises:
        HarnessError: there are no such folds, or people are on both sides and that is not allowed.
    """
    if choices.folds in OWN_FOLDS:
        if choices.folds == "split":
            _require_folds(samples, card)
    elif choices.folds == "partition":
        samples = _held_out(listed, samples, card)
    else:
        samples = listed = _in_folds(samples, choices.folds, seed)
    leaked = leaked_people(listed)
    if leaked and not choices.allow_leak:
        raise HarnessError(_refused(leaked, choices, card))
    return Protocol(choices, samples, tuple(leaked), tuple(_notes(leaked, choices, card)))


def require_trained_here(choices: ProtocolChoices, system: Model[ModelOptions]) -> None:
    """Check that folds are chosen for a system that can be trained in them.

    Raises:
        HarnessError: it was trained before.
    """
    if choices.train_on or choices.folds == "partition":
        option = "train_on" if choices.train_on else "folds=partition"
        if not isinstance(system, CrossFittedModel) or "training" not in signature(system.conclude).parameters:
            raise HarnessError(
                f"protocol.{option}: model {system.card.name} is not trained on other samples within the study. "
                "Leave it out."
            )
    trained = isinstance(system, PretrainedModel) or system.card.kind == RECORDED_ANSWERS
    if choices.folds not in OWN_FOLDS and trained:
        raise HarnessError(
            f"protocol.folds={choices.folds}: model {system.card.name} is not trained within the study. Leave it "
            "out."
        )


def _refused(leaked: list[str], choices: ProtocolChoices, card: DatasetCard) -> str:
    found = f"people on both sides of the split: {len(leaked)} ({in_words(leaked, MAX_NAMED)})"
    if choices.folds == "session":
        found = f"people in several sessions: {len(leaked)} ({in_words(leaked, MAX_NAMED)})"
    return (
        f"dataset {card.name}: {found}. A system that was trained by it knows whom it is tested on. Measure one "
        "part of it, let the study make folds by subject (protocol.folds=loso, or a number), or use it as "
        "it is with protocol.allow_leak=true, which is then stated wherever results are."
    )


def _notes(leaked: list[str], choices: ProtocolChoices, card: DatasetCard) -> list[str]:
    notes = []
    if leaked:
        num = quantity(len(leaked), "subject")
        notes.append(
            f"The split has the same people in training and test ({num}; protocol.allow_leak=true): results of a "
            "system that was trained by it say nothing of new people."
        )
    by_subject = choices.folds == "loso" or isinstance(choices.folds, int)
    if by_subject and card.rows_independent:
        notes.append("Subjects are not known, so that the folds by subject may have the same people in several.")
    return notes


def _held_out(listed: pa.Table, samples: pa.Table, card: DatasetCard) -> pa.Table:
    """The samples of the split's held-out parts.

    Raises:
        HarnessError: the split has no training part, or none of the samples is held out.
    """
    tested = _of_part(samples, "held out")
    if not tested.num_rows or not _of_part(listed, "training").num_rows:
        names = sorted({split for split in listed["split"].to_pylist() if split is not None})
        raise HarnessError(
            f"protocol.folds=partition: the split of {card.name} must have a part for training and one that is "
            f"held out, such as train and test. It has {in_words(names, MAX_NAMED) or 'no split'}. Choose other "
            "folds."
        )
    return tested


def _of_part(samples: pa.Table, part: str) -> pa.Table:
    splits = samples["split"].to_pylist()
    return samples.filter(pa.array([split is not None and part_of(split) == part for split in splits], pa.bool_()))


def _require_folds(samples: pa.Table, card: DatasetCard) -> None:
    splits = samples["split"].to_pylist()
    names = sorted({split for split in splits if split is not None})
    folds = {fold_of(split) for split in splits}
    if len(folds) > 1 and None not in folds:
        return
    published = ", ".join(card.details.get("splits", {}))
    remedy = f"Choose one with dataset.split: {published}" if published else "Choose other folds"
    has = in_words(names, MAX_NAMED) or "no split"
    lacking = sum(not is_fold(split) for split in splits)
    raise HarnessError(
        f"protocol.folds=split: of {card.name}, {quantity(lacking, 'sample')} in no fold, and there must be "
        f"two folds ({FOLD}1, …). It has {has}. {remedy}."
    )


def _in_folds(samples: pa.Table, folds: str | int, seed: int) -> pa.Table:
    """The samples with folds of the study's own making in `split`, numbered, as a name may be that of a person."""
    column = "session_id" if folds == "session" else "subject_id"
    units = samples[column].to_pylist()
    if lacking := units.count(None):
        raise HarnessError(
            f"protocol.folds={folds}: {quantity(lacking, 'sample')} without a {column}. Choose other folds."
        )
    sizes = Counter(units)
    num = folds if isinstance(folds, int) else len(sizes)
    if len(sizes) < max(num, 2):
        raise HarnessError(
            f"protocol.folds={folds}: there must be {max(num, 2)}, but the study has "
            f"{quantity(len(sizes), column.removesuffix('_id'))}."
        )
    parts = balanced_folds(sizes, num, seed) if isinstance(folds, int) else [(unit,) for unit in sorted(sizes)]
    digits = len(str(num))
    fold_of = {unit: f"{FOLD}{n:0{digits}d}" for n, part in enumerate(parts, start=1) for unit in part}
    split = pa.array([fold_of[unit] for unit in units], pa.string())
    return samples.set_column(samples.schema.get_field_index("split"), SAMPLES.field("split"), split)
