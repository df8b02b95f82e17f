"""Draw cases of a finished run for people to judge, and write the page on which they do."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.grouping import Grouping
from harness.attributes.groups import group_samples
from harness.datasets.reader import Reader
from harness.datasets.recorded_files import noted_files
from harness.errors import HarnessError, Unscored
from harness.evidence.public_tables import validated_tables
from harness.evidence.run_folder import RunFolder
from harness.evidence.unchanged_evidence import record_of_unchanged
from harness.files import sha256_file, write_bytes
from harness.review.case_media import shown_files
from harness.review.drawing import Drawn, draw
from harness.review.review_document import (
    MAX_CASES,
    Case,
    ReviewDocument,
    RuleFacts,
    StratumFacts,
    write_document,
)
from harness.review.review_page import PAGE, render_page
from harness.review.selection import is_selected, read_rules
from harness.tables.file_table import files_of
from harness.tables.predictions import label_orders, rows_of
from harness.tables.schemas import CLEAN
from harness.tables.versions import read_table

CASES = "cases"
"""The folder of the media, beside the page."""

_NEEDED = ("samples.parquet", "predictions.parquet", "files.parquet")


@dataclass(frozen=True)
class ReviewChoices:
    """What is drawn.

    Attributes:
        select: see `harness.review.selection.read_rules`.
        by: the axis whose groups are drawn from alike; None: cases are not drawn by group.
        num_cases: how many.
        seed: of the draw.
    """

    select: Sequence[str]
    by: str | None
    num_cases: int
    seed: int


def sample_review(
    run: RunFolder,
    open_reader: Callable[[Mapping[str, Any]], Reader[Any]],
    choices: ReviewChoices,
    into: Path,
    progress: Callable[[int, int], None],
) -> ReviewDocument:
    """Draw cases and write ``review.json``, the page, and the media that it shows.

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
    document, rows = _drawn(run, plan, samples, predictions, choices)
    reader = open_reader(plan).recording()
    into.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{into.name}.", suffix=".part", dir=into.parent))
    try:
        shown = _write_media(reader, samples, rows, _known_files(run), beside, progress)
        digest = write_document(document, beside)
        write_bytes(render_page(document, digest, shown).encode(), beside / PAGE)
        beside.rename(into)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return document


def _drawn(
    run: RunFolder, plan: Mapping[str, Any], samples: pa.Table, predictions: pa.Table, choices: ReviewChoices
) -> tuple[ReviewDocument, Sequence[int]]:
    system = str(plan["model"]["name"])
    labels = label_orders(predictions).get(system, [])
    own = rows_of(predictions, system, CLEAN)
    own = own.take(pc.index_in(samples["sample_id"], value_set=own["sample_id"]))
    if len(labels) < 2:
        raise HarnessError(
            f"{run.path}: the system answers with numbers alone, so it selects no cases by a label."
        )
    if not 2 <= choices.num_cases <= MAX_CASES:
        raise HarnessError(f"--cases={choices.num_cases}: draw 2 to {MAX_CASES:,} cases.")
    rules = read_rules(choices.select, labels, scored=own["scores"].null_count < own.num_rows)
    groups = group_samples(samples, choices.by, Grouping.of(plan["attributes"])) if choices.by else None
    answered_N = pc.equal(own["outcome"], "scored").to_numpy(zero_copy_only=False)
    drawn = draw(is_selected(own, labels, rules), answered_N, groups, choices.num_cases, choices.seed)
    document = ReviewDocument(
        schema=1,
        run_sha256=sha256_file(run / "run.json"),
        dataset=str(plan["dataset"]["name"]),
        system=system,
        labels=labels,
        rules=[RuleFacts(label=rule.label, least=rule.least) for rule in rules],
        by=choices.by,
        seed=choices.seed,
        strata=[StratumFacts(**vars(stratum)) for stratum in drawn.strata],
        cases=_cases(drawn, samples, own, labels),
    )
    return document, drawn.rows.tolist()


def _cases(drawn: Drawn, samples: pa.Table, own: pa.Table, labels: Sequence[str]) -> list[Case]:
    chosen = pa.array(drawn.rows)
    subjects = samples["subject_id"].dictionary_encode().combine_chunks().indices
    columns = zip(
        drawn.rows.tolist(),
        drawn.stratum.tolist(),
        subjects.take(chosen).to_pylist(),
        own["label"].take(chosen).to_pylist(),
        own["scores"].take(chosen).to_pylist(),
        samples["label"].take(chosen).to_pylist(),
        strict=True,
    )
    return [
        Case(
            row=row,
            stratum=stratum,
            subject=subject,
            answer=answer,
            score=_score_of(answer, scores, labels),
            truth=truth,
        )
        for row, stratum, subject, answer, scores, truth in columns
    ]


def _score_of(answer: str | None, scores: Sequence[float] | None, labels: Sequence[str]) -> float | None:
    return None if answer is None or scores is None or answer not in labels else scores[labels.index(answer)]


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
