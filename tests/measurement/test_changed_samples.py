"""The samples that count as changed are those that the metrics of change count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from harness.measurement.changed_samples import changed_samples, is_of_changes
from harness.tables.alignment import Aligned, align
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

LABELS = ("anger", "fear", "happiness", "neutral")
CLEAN = ("anger", "anger", "neutral", "neutral", None, "happiness", "fear")
NOISY = ("anger", "fear", "anger", None, "anger", "neutral", "happiness")


def answers(labels: Sequence[str | None], valence: Sequence[float | None], condition: str) -> Aligned:
    ids = [f"s{number}" for number in range(len(labels))]
    samples = samples_table(
        [
            {"sample_id": name, "modality": "face", "subject_id": name, "label": "anger", "label_source": "acted",
             "valence": 0.0}
            for name in ids
        ]
    )  # fmt: skip
    predictions = predictions_table(
        model="toy",
        condition=condition,
        labels=LABELS,
        sample_id=ids,
        outcome=["failed" if label is None else "scored" for label in labels],
        reason=["unreadable" if label is None else None for label in labels],
        label=list(labels),
        dimensions={"valence": list(valence)},
    )
    return align(samples, predictions, model="toy", condition=condition, merge={})


@pytest.fixture
def both() -> tuple[Aligned, Aligned]:
    clean = answers(CLEAN, (0.1, 0.1, 0.1, 0.1, None, 0.1, 0.1), "clean")
    return clean, answers(NOISY, (0.1, 0.14, 0.16, None, 0.1, -0.9, 0.1), "noise@1")


@pytest.mark.parametrize(
    ("metric", "rows"),
    [
        ("unchanged", [1, 2, 3, 5, 6]),  # 3 is lost; 4 had no answer that could change
        ("negative_shift", [2, 6]),  # fear for anger stays negative
        ("unchanged:valence", [2, 3, 5]),
        ("unchanged:arousal", []),
    ],
)
def test_changed_answers(both: tuple[Aligned, Aligned], metric: str, rows: list[int]) -> None:
    assert is_of_changes(metric)
    assert np.flatnonzero(changed_samples(metric, *both)).tolist() == rows


def test_other_metrics_are_not_of_changes() -> None:
    assert not any(is_of_changes(metric) for metric in ("uar", "accuracy", "ccc:valence"))
