"""What ``harness check dataset`` compares: the samples of a folder with the facts of its card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from harness.cards.facts import DatasetCard
from harness.datasets.layout import listed_files
from harness.errors import Unscored
from harness.signals.media import Media, Recording
from harness.signals.plausible_units import with_plausible_units
from harness.tables.split_names import leaked_people

MAX_OTHER_LABELS = 20
"""So many labels that the card does not list are named."""

Row = Mapping[str, Any]
Load = Callable[[Row], Media]


@dataclass
class LayoutCheck:
    """What ``harness check dataset`` found. If `problems` is empty, the layout is as the card says."""

    counts: dict[str, int] = field(default_factory=dict)
    per_label: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def counted(samples: pa.Table) -> LayoutCheck:
    """The numbers of samples, of subjects, and of samples per label; no problems yet."""
    return LayoutCheck(
        counts={"samples": samples.num_rows, "subjects": len(set(samples["subject_id"].to_pylist()))},
        per_label=dict(sorted(Counter(label or "(none)" for label in samples["label"].to_pylist()).items())),
    )


def leaks(samples: pa.Table) -> list[str]:
    """People on both sides of the split, in one line."""
    leaked = leaked_people(samples)
    if not leaked:
        return []
    return [f"people in training and test of the split: {len(leaked):,} ({listed_files(leaked)})"]


def other_labels(card: DatasetCard, samples: pa.Table) -> list[str]:
    """Labels that are not of the card, if it lists any: another version, or a cell that was changed."""
    of_label: dict[str, list[str]] = {}
    for sample, label in zip(samples["sample_id"].to_pylist(), samples["label"].to_pylist(), strict=True):
        if label is not None and card.labels and label not in card.labels:
            of_label.setdefault(label, []).append(sample)
    return [
        f"labelled {label[:60]!r}, which the card does not list: {listed_files(of_label[label])}"
        for label in sorted(of_label)[:MAX_OTHER_LABELS]
    ]


def unloadable(load: Load, rows: Sequence[Row], progress: Callable[[int, int], None] | None) -> list[str]:
    """Why samples cannot be read, one line per reason.

    Args:
        load: reads the media of a sample.
        rows: of the samples table; those without a uri are passed over.
        progress: called with (samples done, samples in all).
    """
    refused: dict[str, list[str]] = {}
    for done, row in enumerate(rows, start=1):
        if row["uri"] is not None:
            for text in _refusals(load, row):
                refused.setdefault(text, []).append(row["sample_id"])
        if progress:
            progress(done, len(rows))
    return [
        f"{text}: {listed_files(ids)}" if len(ids) == 1 else f"{text}: {len(ids):,} samples ({listed_files(ids)})"
        for text, ids in refused.items()
    ]


def differences(card: DatasetCard, found: LayoutCheck) -> list[str]:
    """Where the counts are not those of the card."""
    expected = card.expected
    wanted = {"samples": expected.samples, "subjects": expected.subjects}
    problems = [
        f"{name}: found {found.counts[name]:,}, the card says {number:,}"
        for name, number in wanted.items()
        if number is not None and found.counts[name] != number
    ]
    labels = [
        f"{label} {found.per_label.get(label, 0):,} of {number:,}"
        for label, number in expected.per_label.items()
        if found.per_label.get(label, 0) != number
    ]
    return [*problems, f"labels: found {', '.join(labels)}"] if labels else problems


def _refusals(load: Load, row: Row) -> list[str]:
    """Why a sample cannot be read, or which of its channels cannot be used."""
    try:
        media = with_plausible_units(load(row))
    except Unscored as unscored:
        return [unscored.text]
    of_channels = media.refused if isinstance(media, Recording) else {}
    return [f"{name}: {why.text}" for name, why in of_channels.items()]
