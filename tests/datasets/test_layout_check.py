from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets import layout_check
from harness.datasets.layout_check import counted, differences, leaks, other_labels, unloadable
from harness.errors import Reason, Unscored
from harness.signals.media import Audio, Media
from harness.tables.samples import samples_table

ROWS = [
    {"sample_id": name, "uri": name, "modality": "voice", "label_source": "acted", **facts}
    for name, facts in {
        "a": {"subject_id": "s1", "label": "anger", "split": "train"},
        "b": {"subject_id": "s1", "label": "angst", "split": "test"},
        "c": {"subject_id": "s2", "label": None, "split": "test"},
    }.items()
]
SAMPLES = samples_table(ROWS)


def test_counts_and_leaks() -> None:
    found = counted(SAMPLES)
    assert (found.counts, found.per_label) == (
        {"samples": 3, "subjects": 2},
        {"(none)": 1, "anger": 1, "angst": 1},
    )
    assert leaks(SAMPLES) == ["people in training and test of the split: 1 (s1)"]
    assert leaks(SAMPLES.slice(1)) == []


def test_what_differs_from_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    card = dataset_card("nemo")
    assert other_labels(card, SAMPLES) == ["labelled 'angst', which the card does not list: b"]
    monkeypatch.setattr(layout_check, "MAX_OTHER_LABELS", 0)
    assert other_labels(card, SAMPLES) == []
    assert differences(card, counted(SAMPLES))[0] == "samples: found 3, the card says 4,481"


def test_reasons_are_listed_once_and_progress_is_told() -> None:
    def load(row: Mapping[str, Any]) -> Media:
        if row["sample_id"] == "a":
            return Audio(np.zeros(8, np.float32), 16_000)
        raise Unscored(Reason.EMPTY)

    told: list[tuple[int, int]] = []
    rows = SAMPLES.to_pylist()
    assert unloadable(load, rows, lambda done, of: told.append((done, of))) == ["empty: 2 samples (b, c)"]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert unloadable(load, [{**rows[1], "uri": None}], None) == []
