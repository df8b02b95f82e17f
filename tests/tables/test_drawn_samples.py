from __future__ import annotations

import numpy as np
import pytest

from harness.tables import drawn_samples
from harness.tables.drawn_samples import Draw


def test_all_rows_are_drawn_while_they_are_few() -> None:
    draw = Draw.of(np.array([3, 200_000, 0, 299_997]), seed=1)
    assert draw.is_whole
    assert draw.chosen(np.array([0, 1, 3])).all()


def test_subjects_with_few_rows_keep_them_and_the_others_give_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn_samples, "MAX_DRAWN", 1000)
    draw = Draw.of(np.array([10, 90, 5000, 20_000]), seed=0)
    # 1,000 less the 100 of the small ones are 450 for each of the others.
    assert (draw.share * [10, 90, 5000, 20_000]).tolist() == pytest.approx([10, 90, 450, 450])
    subject = np.repeat(np.arange(4), [10, 90, 5000, 20_000])
    num = np.bincount(subject[draw.chosen(subject)], minlength=4)
    assert num[:2].tolist() == [10, 90]
    assert num[2:] == pytest.approx(450, abs=4 * np.sqrt(450))


def test_pieces_give_the_samples_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn_samples, "MAX_DRAWN", 300)
    subject = np.random.default_rng(0).integers(0, 9, 2000)
    draw = Draw.of(np.bincount(subject), seed=5)
    whole = draw.chosen(subject)
    parts = [draw.chosen(subject[first : first + 333], first) for first in range(0, 2000, 333)]
    assert np.concatenate(parts).tolist() == whole.tolist()


def test_each_seed_draws_other_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two draws of a tenth have a hundredth in common, whatever the distance of rows or seeds."""
    monkeypatch.setattr(drawn_samples, "MAX_DRAWN", 10_000)
    subject = np.zeros(100_000, dtype=np.int64)
    drawn = [Draw.of(np.array([100_000]), seed).chosen(subject) for seed in (0, 1, 2, 2**32, 2**63)]
    for index, one in enumerate(drawn):
        assert one.sum() == pytest.approx(10_000, abs=4 * np.sqrt(9_000))
        for other in (*drawn[:index], np.roll(one, 1), np.roll(one, 2)):
            assert (one & other).sum() == pytest.approx(1000, abs=4 * np.sqrt(1000))


def test_with_more_subjects_than_rows_are_drawn_some_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn_samples, "MAX_DRAWN", 100)
    draw = Draw.of(np.ones(10_000, dtype=np.int64), seed=0)
    assert draw.chosen(np.arange(10_000)).sum() == pytest.approx(100, abs=40)
