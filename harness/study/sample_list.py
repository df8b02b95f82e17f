"""The samples of a study: those of the dataset that the config selects, joined with a file on their people."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from harness.attributes.people import People, join_people
from harness.cards.taxonomy import class_of
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError
from harness.study.config import StudyConfig
from harness.study.estimated_quality import SIGNAL_QUALITY, with_signal_quality
from harness.study.estimated_tone import APPARENT_SKIN_TONE, with_apparent_skin_tone
from harness.tables.subject_spread import spread_over_subjects
from harness.wording import listed as in_words

MAX_LABELS_NAMED = 20


def chosen_people(
    config: StudyConfig, reader: Reader[ReaderOptions], listed: pa.Table, model_labels: Sequence[str]
) -> People:
    """Of the samples of a dataset select by label, apply the limit, and join the people.

    Args:
        config: the study.
        reader: of its dataset.
        listed: its samples.
        model_labels: the labels that the model can answer, if the study keeps only these.

    Raises:
        HarnessError: the dataset or the file of people cannot be used; no sample has such a label.
    """
    people = _joined(_chosen(listed, config, model_labels), config)
    if APPARENT_SKIN_TONE in config.attributes.estimate:
        people = with_apparent_skin_tone(people, reader)
    if SIGNAL_QUALITY in config.attributes.estimate:
        people = with_signal_quality(people, reader)
    if reader.card.simulated and people.replaced:
        raise HarnessError(
            f"attributes.file: {reader.card.name} generates its signals from {', '.join(people.replaced)}, which "
            "a file cannot replace. Give the file's columns other names."
        )
    return people


def _chosen(samples: pa.Table, config: StudyConfig, model_labels: Sequence[str]) -> pa.Table:
    only = model_labels if config.labels.only == "model" else config.labels.only
    if only is not None:
        to_class = class_of(config.labels.merge)
        kept = {to_class(label) for label in only}
        chosen = [label is not None and to_class(label) in kept for label in samples["label"].to_pylist()]
        if not any(chosen):
            there = sorted({to_class(label) for label in samples["label"].to_pylist() if label is not None})
            raise HarnessError(
                f"labels.only: no sample of {config.dataset.name} has a label among {list(only)}. It has "
                f"{in_words(there, MAX_LABELS_NAMED) or 'no labels'}."
            )
        samples = samples.filter(pa.array(chosen))
    return samples if config.limit is None else spread_over_subjects(samples, config.limit)


def _joined(samples: pa.Table, config: StudyConfig) -> People:
    return People(samples) if config.attributes.file is None else join_people(samples, config.attributes.file)
