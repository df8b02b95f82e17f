"""Whether rows and summaries of a practice test follow from what it observed: measured again, and compared."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from harness.cards.facts import validation_problems
from harness.errors import HarnessError
from harness.files import sha256_file
from harness.packs.recomputed import in_words, unlike
from harness.practice_tests.observed import Observed
from harness.practice_tests.opened_practice import open_practice
from harness.practice_tests.practice_folder import RECORD, RESULTS, verdicts_of, write_result
from harness.practice_tests.practice_interface import PracticeOptions, PracticeTest
from harness.progress import UNSEEN, Share
from harness.tables.versions import read_table


@dataclass(frozen=True)
class MeasuredAgain:
    """How what was stored relates to what follows from what was observed.

    Attributes:
        results: as stored.
        exact: whether the rows are equal to the last bit.
        differing: rows and parts of the record that differ, in words.
        pages: the other files, summaries among them, that are equal to the byte.
        differing_pages: those that are not.
    """

    results: pa.Table
    exact: bool
    differing: tuple[str, ...]
    pages: tuple[str, ...]
    differing_pages: tuple[str, ...]


def opened_again(record: Mapping[str, Any]) -> tuple[PracticeTest[Any], PracticeOptions]:
    """The practice test of a record, and its options.

    Raises:
        HarnessError: this harness has no such practice test, or it has other options.
    """
    test = open_practice(str(record["practice_test"]))
    try:
        return test, test.Options.model_validate(record["options"])
    except ValidationError as error:
        raise HarnessError(f"{RECORD}: options: {validation_problems(error)}") from None


def measured_again(
    folder: Path, record: Mapping[str, Any], observed: Observed, progress: Share = UNSEEN
) -> MeasuredAgain:
    """Measure again what a practice test observed.

    Args:
        folder: that holds the files of the test.
        record: of it; the paths of its options are not looked at.
        observed: what it measured from.
        progress: told of what is measured, if the test knows.

    Raises:
        HarnessError: a file is absent or malformed, or this harness has no such practice test.
    """
    test, options = opened_again(record)
    stored = read_table(folder / RESULTS, "results").table
    test.progress = progress
    result = test.measure(observed, options)
    with tempfile.TemporaryDirectory(prefix="harness-practice-") as scratch:
        again = Path(scratch)
        pages = [name for name in write_result(test.name, test.words, result, again) if name != RESULTS]
        found = read_table(again / RESULTS, "results").table
        same = [name for name in pages if _same(folder / name, again / name)]
    differing = [in_words(row) for row in unlike(stored, found)]
    if [record["facts"], record["verdicts"]] != _as_json([dict(result.facts), verdicts_of(result)]):
        differing.append(f"facts or verdicts in {RECORD}")
    return MeasuredAgain(
        stored,
        stored.equals(found),
        tuple(differing),
        tuple(same),
        tuple(name for name in pages if name not in same),
    )


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and sha256_file(one) == sha256_file(other)


def _as_json(value: Any) -> Any:
    """Plain values as they are read from JSON: a tuple is a list."""
    return json.loads(json.dumps(value))
