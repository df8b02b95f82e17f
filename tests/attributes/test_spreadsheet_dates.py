from __future__ import annotations

import pytest

from harness.attributes.spreadsheet_dates import names_month, was_range


@pytest.mark.parametrize(
    ("found", "before"),
    [
        ("12-Mar", "3-12"),
        ("03. Dez", "3-12"),
        ("25-mar", "3-25"),
        ("10-Okt", "10-10"),
        ("Mar-34", "3-34"),
        ("Dez 44", "12-44"),
        ("2025-03-12", "3-12"),
        ("2025-03-12T00:00:00", "3-12"),
        ("1934-03-01", "3-34"),
        ("25.03.2025", "3-25"),
        ("3/25/2025", "3-25"),
        (45741.0, "3-25"),
        ("34", None),
        ("autumn-12", None),
        ("2025-13-45", None),
        ("5-12", None),
        ("May", None),
        (34.0, None),
        (45741.5, None),
    ],
)
def test_what_a_date_was(found: str | float, before: str | None) -> None:
    assert was_range(found) == before


def test_only_spreadsheets_write_a_day_with_a_month_and_no_year() -> None:
    assert [names_month(text) for text in ("12-Mar", "Mar-34", "2025-03-12", "march")] == [
        True,
        True,
        False,
        False,
    ]
