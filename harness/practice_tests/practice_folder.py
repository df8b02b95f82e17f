"""The folder of a practice test: what it observed, its rows, and a summary of one page in each language."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import __version__
from harness.errors import HarnessError
from harness.files import own_sources_sha256, write_bytes, write_json
from harness.practice_tests.observed import OBSERVED, read_observed, write_observed
from harness.practice_tests.practice_inputs import given_files, studies_in, written_files
from harness.practice_tests.practice_interface import (
    OptionsOfStudies,
    PracticeOptions,
    PracticeResult,
    PracticeTest,
)
from harness.practice_tests.practice_words import LANGUAGES, PracticeWords
from harness.practice_tests.summary_page import summary_page
from harness.progress import Share
from harness.resources import configs_beside_cards
from harness.study.observer import Observer
from harness.tables.parquet_files import write_csv
from harness.tables.results import Result, results_table
from harness.tables.versions import write_table

RECORD, RESULTS = "practice.json", "results.parquet"
RECORDED = frozenset(
    {"practice_test", "harness", "options", "facts", "verdicts", "started", "finished", "code_sha256", "inputs"}
    | {"studies", "files"}
)
"""What the record of a test states, and nothing else."""
RUN_RECORD = "run.json"
"""Of a study: written last, with the SHA-256 of its files."""


def is_practice_test(folder: Path) -> bool:
    """Whether a folder is that of a practice test, finished or not, and not that of a run."""
    return (folder / RECORD).is_file() or (folder / OBSERVED).is_dir()


def run_practice(
    test: PracticeTest[Any], options: PracticeOptions, observer: Observer
) -> tuple[Path, PracticeResult]:
    """Run a practice test and write its folder: ``observed/``, ``results.*``, ``summary.<language>.html``.

    ``practice.json`` is written last: a folder without it is that of an interrupted test, which the same command
    continues.

    Returns:
        The folder, and what was found.

    Raises:
        HarnessError: the folder is that of a finished test, or the test cannot be run, see `PracticeTest.observe`.
    """
    out = options.out or Path("outputs/practice") / test.name
    if (out / RECORD).exists():
        raise HarnessError(f"{out}: holds a finished practice test, which is not overwritten. Give out=FOLDER.")
    if out.exists() and not out.is_dir():
        raise HarnessError(f"{out}: this is a file. Give a folder.")
    if isinstance(options, OptionsOfStudies) and options.config_dir is not None:
        configs_beside_cards(options.config_dir)
    out.mkdir(parents=True, exist_ok=True)
    started = _now()
    observer.stage("reading")
    observed = test.observe(options, out, observer)
    written = write_observed(observed, out)
    observer.stage("measuring")
    read = read_observed(out)
    test.progress = Share(observer.share)
    result = test.measure(read, options)
    written += write_result(test.name, test.words, result, out)
    write_json(
        {
            "practice_test": test.name,
            "harness": __version__,
            "options": options.model_dump(mode="json", exclude={"out"}),
            "facts": dict(result.facts),
            "verdicts": verdicts_of(result),
            "started": started,
            "finished": _now(),
            "code_sha256": own_sources_sha256(),
            "inputs": given_files(options),
            "studies": dict(studies_in(out, RUN_RECORD)) | dict(test.runs_elsewhere(read)),
            "files": written_files(out, written),
        },
        out / RECORD,
    )
    return out, result


def write_result(name: str, words: Path, result: PracticeResult, out: Path) -> list[str]:
    """Write rows and summaries; the names of the files.

    Args:
        name: of the practice test.
        words: the folder of its words.
        result: what it found.
        out: the folder.
    """
    table = results_table(result.rows)
    write_table(table, "results", out / RESULTS)
    write_csv(table, out / "results.csv")
    pages = _write_summaries(name, words, result, out)
    return [RESULTS, "results.csv", *(page.name for page in pages)]


def _write_summaries(name: str, words: Path, result: PracticeResult, out: Path) -> list[Path]:
    """Write the page in every language; their paths."""
    paths = []
    for language in LANGUAGES:
        paths.append(out / f"summary.{language}.html")
        write_bytes(summary_page(result, PracticeWords(name, words, language)), paths[-1])
    return paths


def verdicts_of(result: PracticeResult) -> list[dict[str, Any]]:
    """Every verdict with its line in the results, as plain JSON values."""
    return [_plain(row, line) for line, row in enumerate(result.rows, 1) if row.judgement is not None]


def _plain(row: Result, line: int) -> dict[str, Any]:
    names = (
        "model",
        "metric",
        "group",
        "versus",
        "value",
        "lo",
        "hi",
        "threshold",
        "n_subjects",
        "verdict",
        "reason",
    )
    return {"line": line, **{name: getattr(row, name) for name in names}}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
