from __future__ import annotations

from typing import Any

import pytest

from harness.report.footnotes import Footnotes, footnotes, is_outside
from harness.statistics.intervals import ALL_ALIKE


def _row(value: float | None, lo: float | None, hi: float | None, method: str | None = None) -> dict[str, Any]:
    return {"value": value, "lo": lo, "hi": hi, "method": method}


@pytest.mark.parametrize(
    ("row", "outside"),
    [
        (_row(0.1, 0.2, 0.3), True),
        (_row(0.4, 0.2, 0.3), True),
        (_row(0.2, 0.2, 0.3), False),
        (_row(0.2, None, None), False),
        (_row(None, 0.2, 0.3), False),
    ],
)
def test_is_outside(row: dict[str, Any], outside: bool) -> None:
    assert is_outside(row) is outside


def test_only_figures_that_are_shown_need_footnotes() -> None:
    assert footnotes([None, _row(0.5, 0.4, 0.6)]) == Footnotes(alike=False, outside=False)
    assert footnotes([_row(None, 0.4, 0.6, ALL_ALIKE)]) == Footnotes(alike=False, outside=False)
    assert footnotes([_row(1.0, 0.9, 1.0, ALL_ALIKE)]) == Footnotes(alike=True, outside=False)
