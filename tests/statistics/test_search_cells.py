"""The cells of a search, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from harness.statistics import search_cells
from harness.statistics.search_cells import NO_GROUP, enumerate_cells

# Two attributes of eight people, two rows each: sex 0 or 1, tone 0, 1 or 2; the last has no known tone.
SEX = [0, 0, 0, 0, 1, 1, 1, 1]
TONE = [0, 0, 1, 1, 1, 1, 2, NO_GROUP]
CODES = np.repeat(np.column_stack([SEX, TONE]), 2, axis=0)
SUBJECT = np.repeat(np.arange(8), 2)


def people(cells: search_cells.SearchCells) -> dict[search_cells.Parts, tuple[int, float]]:
    return {
        parts: (int(num), float(rows))
        for parts, num, rows in zip(cells.parts, cells.num_subjects, cells.num_rows, strict=True)
    }


def test_every_combination_that_occurs_is_a_cell_with_its_people_and_rows() -> None:
    found = enumerate_cells(CODES, SUBJECT, 2, 2)
    assert people(found) == {
        ((0, 0),): (4, 8),
        ((0, 1),): (4, 8),
        ((1, 0),): (2, 4),
        ((1, 1),): (4, 8),
        ((0, 0), (1, 1)): (2, 4),
        ((0, 1), (1, 1)): (2, 4),
    }
    # Tone 2 and its combination have one person; sex 0 with tone 0 are the people of tone 0 again.
    assert (found.num_skipped, found.depth) == (2, 2)


def test_as_many_people_are_needed_outside_as_inside() -> None:
    sex = np.repeat([[0], [0], [0], [0], [0], [0], [1]], 2, axis=0)
    subject = np.repeat(np.arange(7), 2)
    found = enumerate_cells(sex, subject, 1, 2)
    assert (people(found), found.num_skipped) == ({}, 2)
    assert people(enumerate_cells(sex, subject, 1, 1)) == {((0, 0),): (6, 12), ((0, 1),): (1, 2)}


def test_rows_are_found_again_by_order_and_starts() -> None:
    found = enumerate_cells(CODES, SUBJECT, 1, 2)
    rows = np.split(found.order, found.starts[1:])
    for place, parts in enumerate(found.parts):
        ((attribute, value),) = parts
        members = np.concatenate([r for r, m in zip(rows, found.member[place], strict=True) if m])
        assert sorted(members.tolist()) == np.flatnonzero(CODES[:, attribute] == value).tolist()


def test_depth_one_combines_nothing() -> None:
    found = enumerate_cells(CODES, SUBJECT, 1, 2)
    assert all(len(parts) == 1 for parts in found.parts)
    assert found.depth == 1


def test_it_stops_at_the_depth_before_too_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five values alone, and four combinations of two: nine cells."""
    monkeypatch.setattr(search_cells, "MAX_SEARCH_CELLS", 9)
    assert enumerate_cells(CODES, SUBJECT, 2, 2).depth == 2
    monkeypatch.setattr(search_cells, "MAX_SEARCH_CELLS", 8)
    stopped = enumerate_cells(CODES, SUBJECT, 2, 2)
    assert stopped.depth == 1
    assert all(len(parts) == 1 for parts in stopped.parts)
