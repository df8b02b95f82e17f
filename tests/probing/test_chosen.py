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


def test_a_row_that_is_no_candidate_changes_the_choice_in_its_own_place_alone() -> None:
    every = spread(SAMPLES, np.arange(100), 20, 0)
    without = spread(SAMPLES, np.delete(np.arange(100), every[3]), 20, 0)
    assert len(set(every.tolist()) & set(without.tolist())) == 19
    (instead,) = set(without.tolist()) - set(every.tolist())
    cell = [SAMPLES.select(["subject_id", "label"]).slice(int(row), 1).to_pylist() for row in (every[3], instead)]
    assert cell[0] == cell[1]
