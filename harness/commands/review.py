"""``harness review sample`` and ``harness review score``: people judge a random part of a run's cases again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.table import Table
from rich.text import Text

from harness.commands.json_answer import answer
from harness.commands.terminal import TerminalObserver, busy, say, show_table
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import sha256_file
from harness.packs.planned_study import planned_reader
from harness.practice_tests.human_review.review_options import MAX_REVIEWERS, HumanReviewOptions
from harness.practice_tests.observed import read_people
from harness.practice_tests.opened_practice import open_practice
from harness.practice_tests.practice_folder import RECORD, run_practice
from harness.practice_tests.practice_words import LANGUAGES
from harness.report.numbers import interval, number
from harness.resources import configs_beside_cards
from harness.review.drawn_cases import ReviewChoices
from harness.review.review_document import SCORED, read_document
from harness.review.review_page import PAGE
from harness.review.sample_review import sample_review
from harness.tables.results import results_table
from harness.wording import listed, quantity

HUMAN_REVIEW = "human_review"

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
    with busy("reading cases") as progress:

        def advance(done: int, total: int) -> None:
            progress.to(done / total)

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
    """Print and write what reviewers found: the practice test of a review by people.

    Reviewers are numbered by the hashes of their files, as their order would tell who is who.
    """
    document, _ = read_document(folder)
    out = into or folder / SCORED
    if (out / RECORD).exists():
        raise HarnessError(f"{out}: holds what a review found, which is not overwritten. Give --into DIR.")
    if len(files) > MAX_REVIEWERS:
        raise HarnessError(f"{len(files)} files: at most {MAX_REVIEWERS} reviewers are counted.")
    given = sorted(files, key=lambda path: sha256_file(path) if path.is_file() else "")
    options = HumanReviewOptions(review=folder, judgements=tuple(given), seed=document.seed, out=out)
    with TerminalObserver() as observer:
        _, found = run_practice(open_practice(HUMAN_REVIEW), options, observer)
    rules = " or ".join(dict.fromkeys(rule.label for rule in document.rules))
    say(f"Selected for: {rules}. {quantity(len(given), 'reviewer')}, {quantity(len(document.cases), 'case')}.")
    results = results_table(found.rows)
    _show_rows(results)
    if unclear := results["n_unscored"][0].as_py():
        cases = quantity(unclear, "case")
        say(f"\n{cases} without a judgement or with a tie: taken for cases that were not drawn.")
    names = read_people(out)[-len(given) :]
    say(f"\nReviewers: {listed([f'{number} is {name}' for number, name in enumerate(names, start=1)])}.")
    say(f"Written: {out / 'results.csv'}")
    summaries = [out / f"summary.{language}.html" for language in LANGUAGES]
    say(f"Summaries of one page: {' and '.join(map(str, summaries))}")
    say(f"Evidence for others: harness pack {out} --dossier FILE")
    answer(
        folder=out,
        results=out / "results.csv",
        summary=summaries[0],
        num_reviewers=len(given),
        num_cases=len(document.cases),
    )


def _show_rows(results: pa.Table) -> None:
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


def _opened(given: Sequence[str], plan: Mapping[str, Any]) -> Any:
    return planned_reader(plan, given)
