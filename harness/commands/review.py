"""``harness review sample`` and ``harness review score``: people judge a random part of a run's cases again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from harness.commands.json_answer import answer
from harness.commands.terminal import say, show_table
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.packs.planned_study import planned_reader
from harness.practice_tests.human_review.review_summary import Reviewed, write_review_summaries
from harness.report.numbers import interval, number
from harness.resources import configs_beside_cards
from harness.review.judgements import Reviewer, read_answers
from harness.review.review_document import ReviewDocument, read_document
from harness.review.review_page import PAGE
from harness.review.reviewed import review_rows
from harness.review.sample_review import ReviewChoices, sample_review
from harness.tables.parquet_files import write_csv
from harness.tables.results import results_table
from harness.wording import quantity

RESULTS = "review_results.csv"
LEVEL = 0.95

MEANINGS = {
    "missed_cases": "missed: cases",
    "missed_share": "missed, of those not selected",
    "found_share": "found, of those that show it",
    "selected_right": "right, of those selected",
    "positive_share": "show it, of all",
    "same_label": "have the system's label, of all",
    "changed_mind": "changed their mind",
    "followed": "followed the system",
    "followed_wrong": "followed it to another label",
    "reviewers_alpha": "agreement of reviewers (alpha)",
}
"""Metric → what a reader is told that it is; ``docs/review.md`` explains each."""


def show_sample(
    path: Path, given: Sequence[str], choices: ReviewChoices, into: Path | None, own_configs: Path | None
) -> None:
    """Draw cases, and write the page on which people judge them."""
    if own_configs is not None:
        configs_beside_cards(own_configs)
    folder = into or Path("outputs") / f"review-{path.resolve().name}"
    with Progress(transient=True) as progress:
        task = progress.add_task("reading cases", total=choices.num_cases)

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        document = sample_review(RunFolder(path), partial(_opened, given), choices, folder, advance)
    table = Table("status", "group", "cases", "drawn", box=None)
    for stratum in document.strata:
        cells = (stratum.status.replace("_", " "), stratum.group or "all")
        table.add_row(*map(Text, cells), f"{stratum.num_cases:,}", f"{stratum.num_drawn:,}")
    show_table(table)
    answer(page=folder / PAGE, num_cases=len(document.cases))
    say(
        f"\n{quantity(len(document.cases), 'case')} drawn. Each reviewer opens {folder / PAGE} in a browser and "
        f"saves a file. Then: harness review score {folder} FILE…\nThe folder holds media of the dataset: keep it "
        "where the data may be."
    )


def show_review(folder: Path, files: Sequence[Path], into: Path | None) -> None:
    """Print and write what reviewers found."""
    document, digest = read_document(folder)
    reviewers = read_answers(files, document, digest)
    rows = review_rows(document, reviewers, level=LEVEL)
    results = results_table(rows)
    target = into or folder / RESULTS
    if target.is_dir():
        raise HarnessError(f"{target} is a folder. Give a file with --into FILE.")
    write_csv(results, target)
    rules = " or ".join(rule.label for rule in document.rules)
    say(f"Selected for: {rules}. {quantity(len(reviewers), 'reviewer')}, {quantity(len(document.cases), 'case')}.")
    table = Table("group", "what", "value", "95 % interval", "judged", box=None)
    shown_group = None
    for row in results.to_pylist():
        group = row["group"] if row["axis"] == "overall" else f"{row['axis']}: {row['group']}"
        table.add_row(
            Text("" if group == shown_group else group),
            MEANINGS[row["metric"]],
            number(row["value"]),
            "" if row["lo"] is None else interval(row["lo"], row["hi"]),
            f"{row['n_samples']:,}",
        )
        shown_group = group
    show_table(table)
    unclear = results["n_unscored"][0].as_py()
    if unclear:
        cases = quantity(unclear, "case")
        say(f"\n{cases} without a judgement or with a tie: taken for cases that were not drawn.")
    summaries = write_review_summaries(_reviewed(document, reviewers), rows, target)
    say(f"\nWritten: {target}")
    say(f"Summaries of one page: {' and '.join(map(str, summaries))}")
    answer(results=target, summary=summaries[0], num_reviewers=len(reviewers), num_cases=len(document.cases))


def _reviewed(document: ReviewDocument, reviewers: Sequence[Reviewer]) -> Reviewed:
    return Reviewed(
        dataset=document.dataset,
        system=document.system,
        rules=list(dict.fromkeys(rule.label for rule in document.rules)),
        num_cases=len(document.cases),
        num_reviewers=len(reviewers),
    )


def _opened(given: Sequence[str], plan: Mapping[str, Any]) -> Any:
    return planned_reader(plan, given)
