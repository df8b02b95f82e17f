"""Columns of numbers of a CSV table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.datasets.number_columns import number_columns
from harness.errors import Reason, Unscored


def test_chosen_columns_with_nan_where_a_cell_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,ecg,note\n0,1.5,x\n1,,y\n2,NaN,z\n")
    found = number_columns(tmp_path / "a.csv", ["ecg", "time"])
    assert list(found) == ["ecg", "time"]
    np.testing.assert_array_equal(found["ecg"], [1.5, np.nan, np.nan])
    np.testing.assert_array_equal(found["time"], [0, 1, 2])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("time,note\n0,x\n", Reason.UNREADABLE),
        ("time,ecg\n0,x\n", Reason.UNREADABLE),
        ("time,ecg\n", Reason.EMPTY),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, text: str, reason: Reason) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(Unscored) as raised:
        number_columns(tmp_path / "a.csv", ["time", "ecg"])
    assert raised.value.reason is reason
    with pytest.raises(Unscored) as raised:
        number_columns(tmp_path / "b.csv", ["time"])
    assert raised.value.reason is Reason.MISSING_FILE
