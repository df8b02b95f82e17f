"""A table in Markdown, printed row by row as a study goes on."""

from __future__ import annotations

from collections.abc import Sequence


def print_head(names: Sequence[str]) -> None:
    """The names of the columns."""
    print_row(names)
    print_row(["---"] * len(names))


def print_row(values: Sequence[object]) -> None:
    """One row, at once."""
    print("| " + " | ".join(map(str, values)) + " |", flush=True)


def percent(count: int, runs: int) -> str:
    """So many of all runs, without the sign."""
    return f"{100 * count / runs:.1f}"
