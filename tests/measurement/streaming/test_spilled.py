"""A column comes back as it was added, wherever it stands."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from harness.measurement.streaming import spilled
from harness.measurement.streaming.spilled import Spilled
from harness.tables import scratch_file


def filled(pieces: list[np.ndarray]) -> Spilled:
    column = Spilled()
    for piece in pieces:
        column.add(piece)
    return column


@pytest.mark.parametrize("rows", [0, 4, 5, 9, 10, 100], ids=lambda rows: f"{rows} rows in memory")
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
def test_pieces_come_back_as_they_were_added_as_often_as_asked(
    monkeypatch: pytest.MonkeyPatch, rows: int, dtype: type
) -> None:
    monkeypatch.setattr(spilled, "MEMORY_ROWS", rows)
    given = [np.array(values, dtype) for values in ([3, 1, 2, 9], [], [5], [7, 7, 0, 4])]
    column = filled(given)
    for _ in range(2):
        found = list(column.pieces())
        assert [piece.tolist() for piece in found] == [piece.tolist() for piece in given]
        assert {piece.dtype for piece in found} == {np.dtype(dtype)}


def test_a_piece_whose_numbers_lie_apart_in_memory_is_stored_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilled, "MEMORY_ROWS", 2)
    column = filled([np.arange(12.0).reshape(4, 3)[:, 1]])
    assert [piece.tolist() for piece in column.pieces()] == [[1, 4, 7, 10]]


def test_few_rows_open_no_file_and_many_one_that_is_closed_with_the_column(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = []
    make = scratch_file.tempfile.TemporaryFile
    monkeypatch.setattr(
        scratch_file.tempfile, "TemporaryFile", lambda **how: opened.append(make(**how)) or opened[-1]
    )
    monkeypatch.setattr(spilled, "MEMORY_ROWS", 3)
    column = filled([np.arange(3)])
    assert not opened
    column.add(np.arange(1))
    column.add(np.arange(9))
    (file,) = opened
    assert not file.closed
    del column
    gc.collect()
    assert file.closed


def test_nothing_added_is_nothing() -> None:
    assert list(Spilled().pieces()) == []
