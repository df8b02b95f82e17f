"""What a system is trained on that it is not tested on: other corpora, or the training part of a published split.

Both sides speak one language: a training sample takes the label of the tested samples that names the same emotion,
after the study's merging. What the tested samples never show is not trained on, as the system could only be wrong
by it; what no training sample shows stays among the tested samples and counts as wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.cards.facts import DatasetCard
from harness.cards.taxonomy import canonical, class_of, is_no_label
from harness.checks.subject_ids import canonical as plain_id
from harness.datasets.reader import Reader
from harness.datasets.recorded_files import noted_files
from harness.errors import HarnessError
from harness.files import sha256_bytes
from harness.study.assembly import open_reader
from harness.study.config import DatasetChoices, ProtocolChoices
from harness.study.plain_choices import choices
from harness.tables.file_table import FileRead
from harness.tables.schemas import SAMPLES
from harness.tables.versions import table_bytes
from harness.wording import listed, quantity

MOST_NAMED = 5

_OPTION = re.compile(r"\bdataset\.([a-z_]+)")
_IN_PYTHON = re.compile(r" \(in Python root(=PATH)?\)")


@dataclass(frozen=True)
class TrainingCorpus:
    """Samples that are trained on and not tested.

    Attributes:
        reader: loads them, in workers.
        samples: with the labels of the tested samples; subjects of another corpus have its name before theirs.
        facts: what identifies them, for the plan; no path and nobody's name.
        num_other: how many labelled samples are not trained on, as the tested samples never have their label.
        listed: the files that were read to list them, by path; none where they are the tested dataset's own.
        own: whether they are a part of the dataset that is tested.
        shared: people who are also tested, as the tested samples name them.
    """

    reader: Reader[Any]
    samples: pa.Table
    facts: Mapping[str, Any]
    num_other: int
    listed: Mapping[str, FileRead]
    own: bool
    shared: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Of the corpus, or of the part."""
        return "the training part" if self.own else self.reader.card.name

    @property
    def size(self) -> str:
        """In words: ``480 samples of 8 subjects``."""
        people = len(self.samples["subject_id"].unique())
        return f"{quantity(self.samples.num_rows, 'sample')} of {quantity(people, 'subject')}"


def other_corpora(
    protocol: ProtocolChoices, tested: pa.Table, *, card: DatasetCard, merge: Mapping[str, str] | None
) -> tuple[TrainingCorpus, ...]:
    """The corpora of ``protocol.train_on``, listed.

    Args:
        protocol: the study's choices.
        tested: the samples of the study.
        card: of their dataset.
        merge: the study's choice of labels.

    Raises:
        HarnessError: a corpus is named twice, cannot be read, has people who are tested, or none of the labels.
    """
    entries = protocol.train_on
    if twice := [chosen.name for number, chosen in enumerate(entries) if chosen in entries[:number]]:
        raise HarnessError(f"protocol.train_on: {twice[0]} stands there twice. Leave one out.")
    found: list[TrainingCorpus] = []
    for chosen in entries:
        corpus = _other(chosen, tested, card, merge)
        if corpus.shared and not protocol.allow_leak:
            raise HarnessError(_refused(corpus, card))
        found.append(corpus)
    return tuple(found)


def training_part(
    reader: Reader[Any], samples: pa.Table, tested: pa.Table, merge: Mapping[str, str] | None
) -> TrainingCorpus:
    """The training part of the tested dataset's own split.

    Args:
        reader: of the dataset.
        samples: of its training parts.
        tested: the samples of the study.
        merge: the study's choice of labels.

    Raises:
        HarnessError: it has none of the labels of the tested samples.
    """
    labelled, num_other = _relabelled(samples, tested, merge, "protocol.folds=partition: the training part")
    return TrainingCorpus(reader, labelled, _facts(reader, labelled, num_other), num_other, {}, own=True)


def training_notes(corpora: Sequence[TrainingCorpus], tested: pa.Table) -> list[str]:
    """What readers of the results must know of the training, one sentence each; they name nobody."""
    if not corpora:
        return []
    there = {label for corpus in corpora for label in corpus.samples["label"].to_pylist()}
    lacking = sorted({label for label in tested["label"].drop_null().to_pylist() if label not in there})
    names = listed([f"{one.name} ({one.size})" for one in corpora], most=20)
    rest = "the parts of the split that are held out" if corpora[0].own else "another corpus"
    notes = [f"Trained once, on {names}; tested on {rest}."]
    notes += [
        f"Of {one.name}, {quantity(one.num_other, 'sample')} with labels that the tested samples never have "
        "are left out of the training."
        for one in corpora
        if one.num_other
    ]
    if lacking:
        notes.append(
            f"Nothing trained on shows {listed(lacking, most=20)}: the system cannot answer it, and these samples "
            "count as wrong. labels.only leaves them out."
        )
    num_shared = len(frozenset[str]().union(*(one.shared for one in corpora)))
    if num_shared:
        notes.append(
            f"{quantity(num_shared, 'tested subject')} also in what was trained on (protocol.allow_leak=true): "
            "the results say nothing of new people."
        )
    return notes


def require_other_files(
    training: Iterable[FileRead], tested: Iterable[FileRead], uris: Collection[str | None], corpus: str
) -> None:
    """Check that no recording of another corpus is one that is tested, under whatever name.

    Args:
        training: the files that were read of it.
        tested: the files that were read of the tested dataset.
        uris: of the tested samples: tables and legends may well be the same.
        corpus: its name.

    Raises:
        HarnessError: some are, byte for byte.
    """
    known = {file.sha256 for file in training if file.sha256 is not None}
    same = sorted(file.path for file in tested if file.sha256 in known and file.path in uris)
    if same:
        raise HarnessError(
            f"protocol.train_on: {quantity(len(same), 'tested recording')} also in {corpus}, byte for byte "
            f"({listed(same, MOST_NAMED)}). Results on them say nothing of new people. Leave these out of "
            "one side, or measure it as it is with protocol.allow_leak=true."
        )


def _other(
    chosen: DatasetChoices, tested: pa.Table, card: DatasetCard, merge: Mapping[str, str] | None
) -> TrainingCorpus:
    try:
        reader = open_reader(chosen.name, chosen.root, chosen.options).recording()
        with noted_files() as noted:
            samples = reader.samples()
    except HarnessError as error:
        raise HarnessError(f"protocol.train_on: {_of_entry(str(error), chosen.name)}") from None
    labelled, num_other = _relabelled(samples, tested, merge, f"protocol.train_on: {chosen.name}")
    shared = _shared(labelled, tested, reader.card, card)
    named = _renamed(labelled, reader.card, card)
    return TrainingCorpus(reader, named, _facts(reader, named, num_other), num_other, noted, False, shared)


def _of_entry(problem: str, name: str) -> str:
    """What a reader says, for whom its options stand in an entry of a list and not in ``dataset``."""
    said, num_options = _OPTION.subn(r"\1", _IN_PYTHON.sub("", problem))
    if not num_options:
        return problem
    return f"{said} These are keys of its entry, such as protocol.train_on='[{{name: {name}, root: PATH}}]'."


def _facts(reader: Reader[Any], samples: pa.Table, num_other: int) -> dict[str, Any]:
    return {
        "dataset": reader.card.name,
        "options": choices(reader.options),
        "num_samples": samples.num_rows,
        "num_subjects": len(samples["subject_id"].unique()),
        "left_out": num_other,
        "samples_sha256": sha256_bytes(table_bytes(samples, "samples")),
    }


def _relabelled(
    samples: pa.Table, tested: pa.Table, merge: Mapping[str, str] | None, where: str
) -> tuple[pa.Table, int]:
    """The samples whose class is tested, with the labels of the tested ones; and how many have another class."""
    to_class = class_of(merge)
    wanted = sorted(label for label in tested["label"].unique().to_pylist() if label is not None)
    of_class = {to_class(label): label for label in reversed(wanted)}
    of_emotion = {canonical(label): label for label in reversed(wanted)}
    given = samples["label"].unique().to_pylist()
    known = [label for label in given if label is not None and not is_no_label(to_class(label))]
    into = {label: of_emotion.get(canonical(label)) or of_class.get(to_class(label)) for label in known}
    labels = samples["label"].to_pylist()
    kept = [None if label is None else into.get(label) for label in labels]
    if not wanted or not known:
        side = "it has" if wanted else "the tested samples have"
        raise HarnessError(f"{where}: {side} no labels, and labels are what is learned.")
    if not any(kept):
        own, theirs = (listed(sorted(labels), 20) or "none" for labels in (known, wanted))
        raise HarnessError(
            f"{where} has no label in common with the tested samples. It has {own}, and they "
            f"have {theirs}. Say which is which with labels.merge."
        )
    num_other = sum(label in into and to is None for label, to in zip(labels, kept, strict=True))
    place = samples.schema.get_field_index("label")
    renamed = samples.set_column(place, SAMPLES.field("label"), pa.array(kept, pa.string()))
    return renamed.filter(pa.array([to is not None for to in kept])), num_other


def _shared(samples: pa.Table, tested: pa.Table, card: DatasetCard, of_tested: DatasetCard) -> frozenset[str]:
    """Tested people who are trained on, as far as their ids can say so.

    Corpora number their people: a speaker 03 of one is not the speaker 03 of another. Ids are compared within one
    corpus, and with formats that hold any corpus, whose people are unknown.
    """
    if not _may_share(card, of_tested) or card.rows_independent or of_tested.rows_independent:
        return frozenset()
    trained = {plain_id(name, card.name) for name in samples["subject_id"].unique().to_pylist()}
    people = tested["subject_id"].unique().to_pylist()
    return frozenset(name for name in people if plain_id(name, of_tested.name) in trained)


def _may_share(card: DatasetCard, of_tested: DatasetCard) -> bool:
    return card.name == of_tested.name or not card.labels or not of_tested.labels


def _renamed(samples: pa.Table, card: DatasetCard, of_tested: DatasetCard) -> pa.Table:
    """People of other corpora with its name before theirs, so that nobody is taken for a tested person."""
    if _may_share(card, of_tested):
        return samples
    names = [f"{card.name}:{name}" for name in samples["subject_id"].to_pylist()]
    place = samples.schema.get_field_index("subject_id")
    return samples.set_column(place, SAMPLES.field("subject_id"), pa.array(names, pa.string()))


def _refused(corpus: TrainingCorpus, card: DatasetCard) -> str:
    people, trained_on = sorted(corpus.shared), corpus.name
    return (
        f"protocol.train_on: people of {trained_on} are also tested: {len(people)} "
        f"({listed(people, MOST_NAMED)}). If they are others, who only have the same numbers as in "
        f"{card.name}, give them names of their own in the column subject_id, such as "
        f"{trained_on}-{people[0]}. Otherwise leave them out of one side, or measure it as it is with "
        "protocol.allow_leak=true, which is then stated wherever results are."
    )
