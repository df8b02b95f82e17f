from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from harness.user_tables.label_places import LabelPlaces


def test_the_first_row_of_each_label() -> None:
    column = pa.chunked_array([["sad", None, "happy"], ["fear", "sad", "happy"], []], pa.string())
    found = LabelPlaces.of(Path("x/samples.csv"), column)
    assert found.rows == {"sad": 1, "happy": 3, "fear": 4}
    assert found.place("fear") == " (samples.csv, row 4)"
    assert found.place("anger") == " (samples.csv)"
    assert LabelPlaces().place("sad") == ""
