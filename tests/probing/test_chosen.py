"""Which samples are probed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from harness.probing.chosen import spread

SAMPLES = pa.table(
    {
        "sample_id": [f"clip{i:03}" for i in range(100)],
        "subject_id": [f"p{i // 20}" for i in range(100)],
        "label": [None if i % 4 == 3 else f"l{i % 4}" for i in range(100)],
    }
)


def test_every_subject_and_label_comes_before_a_second_of_any() -> None:
    rows = spread(SAMPLES, np.arange(100), 20, 0)
    cells = [(SAMPLES["subject_id"][int(i)].as_py(), SAMPLES["label"][int(i)].as_py()) for i in rows]
    assert len(set(cells)) == len(cells) == 20
    assert (np.diff(rows) > 0).all()


def test_only_candidates_are_chosen_and_no_more_than_there_are() -> None:
    candidates = np.array([5, 50, 51])
    assert spread(SAMPLES, candidates, 10, 0).tolist() == [5, 50, 51]
    assert spread(SAMPLES, candidates, 0, 0).tolist() == []
    assert spread(SAMPLES, candidates[:0], 10, 0).tolist() == []


def test_the_seed_decides() -> None:
    first, again, other = (spread(SAMPLES, np.arange(100), 10, seed).tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other
