"""Draw cases of a finished run for people to judge, and write the page on which they do."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.datasets.reader import Reader
from harness.datasets.recorded_files import noted_files
from harness.errors import HarnessError, Unscored
from harness.evidence.public_tables import validated_tables
from harness.evidence.run_folder import RunFolder
from harness.evidence.unchanged_evidence import record_of_unchanged
from harness.files import write_bytes, write_json
from harness.review.case_media import shown_files
from harness.review.drawn_cases import ReviewChoices, drawn_cases, people_of
from harness.review.review_document import ReviewDocument, write_document
from harness.review.review_page import PAGE, render_page
from harness.tables.file_table import files_of
from harness.tables.versions import read_table

CASES = "cases"
"""The folder of the media, beside the page."""
PEOPLE = "people.json"
"""What the people of the run are called, by the numbers of ``review.json``: no pack of the review may name one."""

_NEEDED = ("samples.parquet", "predictions.parquet", "files.parquet")


def sample_review(
    run: RunFolder,
    open_reader: Callable[[Mapping[str, Any]], Reader[Any]],
    choices: ReviewChoices,
    into: Path,
    progress: Callable[[int, int], None],
) -> ReviewDocument:
    """Draw cases and write ``review.json``, the page, the media that it shows, and who the people of the run are.

    Args:
        run: finished and unchanged.
        open_reader: the plan of the run → the reader of its dataset.
        choices: what is drawn.
        into: an absent folder; others cannot read it.
        progress: called with (cases written, cases in all).

    Raises:
        HarnessError: the run cannot be used, a choice does not fit it, or the media are not those of the run.
    """
    if os.path.lexists(into):
        raise HarnessError(f"{into} exists. Give a new folder with --into DIR.")
    record_of_unchanged(run, _NEEDED)
    plan = run.read_plan().plan
    samples, predictions = validated_tables(run)
    document = drawn_cases(run, samples, predictions, choices)
    rows = [case.row for case in document.cases]
    reader = open_reader(plan).recording()
    into.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{into.name}.", suffix=".part", dir=into.parent))
    try:
        shown = _write_media(reader, samples, rows, _known_files(run), beside, progress)
        digest = write_document(document, beside)
        write_bytes(render_page(document, digest, shown).encode(), beside / PAGE)
        write_json(people_of(samples), beside / PEOPLE)
        beside.rename(into)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return document


def _known_files(run: RunFolder) -> Mapping[str, str | None]:
    """Path → SHA-256 of every file that the run read."""
    return {file.path: file.sha256 for file in files_of(read_table(run / "files.parquet", "files").table)}


def _write_media(
    reader: Reader[Any],
    samples: pa.Table,
    rows: Sequence[int],
    known: Mapping[str, str | None],
    folder: Path,
    progress: Callable[[int, int], None],
) -> list[list[str]]:
    """Write what is shown of every case; the names of its files, below the folder."""
    written: list[list[str]] = []
    for number, sample in enumerate(samples.take(pa.array(rows)).to_pylist(), start=1):
        parts: list[str] = []
        with noted_files() as noted:
            try:
                for part, (ending, data) in enumerate(shown_files(reader.load(sample)), start=1):
                    parts.append(f"{CASES}/{number:05}-{part}.{ending}")
                    write_bytes(data, folder / parts[-1])
            except Unscored:
                parts = []  # people see that there is nothing to see
        differing = [path for path, file in noted.items() if known.get(path, file.sha256) != file.sha256]
        if differing:
            raise HarnessError(
                f"{differing[0]} is not the file that the run read (its hash differs). Give the folder of the "
                "same data: people must judge what the system was given."
            )
        written.append(parts)
        progress(number, len(rows))
    return written
