"""What the answers of a service used and cost, as lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.report.numbers import one_line
from harness.tables.versions import read_table
from harness.wording import quantity


def spent_lines(path: Path, system: str, price: Mapping[str, Any] | None) -> Iterator[str]:
    """What the answers of a run cost by the price of the card, and how many an earlier run had paid for.

    Args:
        path: of ``answers.parquet``; a run without a service has none.
        system: the name of the system under test.
        price: of its card; None where it states none.
    """
    if not path.is_file():
        return
    answers = read_table(path, "answers").table
    answers = answers.filter(pc.equal(answers["model"], system))
    tokens = [
        f"{int(pc.sum(answers[column]).as_py()):,} tokens {way}"
        for column, way in (("tokens_in", "in"), ("tokens_out", "out"))
        if answers[column].null_count < answers.num_rows
    ]
    asked = quantity(int(_total(answers, "attempts")), "request") + (f", {' and '.join(tokens)}" if tokens else "")
    if price is not None:
        cost = f"{_total(answers, 'cost'):,.2f} {price['currency']} ({price['source']})"
        yield one_line(f"Cost: {cost} for {asked}, without checks that ask again")
    elif tokens:
        yield f"Used: {asked}, without checks that ask again"
    if kept := int(pc.sum(pc.equal(answers["attempts"], 0)).as_py() or 0):
        yield f"{kept:,} of {answers.num_rows:,} answers came from the cache of an earlier run, and cost nothing."


def _total(answers: pa.Table, column: str) -> float:
    return float(pc.sum(answers[column]).as_py() or 0)
