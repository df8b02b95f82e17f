"""What the tests of documents share."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def weasyprint() -> None:
    """WeasyPrint, or a skip that says what is missing: it opens libraries of the system when it is imported."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        pytest.skip(f"WeasyPrint is not there: {error}")
