"""``harness practice``: run a practice test, and show what it found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from harness.practice_tests.opened_practice import explained_options, open_practice, practice_options


def show_practice_tests() -> None:
    """Print the practice tests that there are."""
    from harness.commands.folded_lines import in_terminal
    from harness.commands.listing import list_registered
    from harness.commands.terminal import say

    list_registered("practice_tests")
    say(in_terminal("harness practice NAME --help shows the options of one."))


def show_options(name: str) -> None:
    """Print what a practice test is and its options."""
    from harness.cards import registry
    from harness.commands.terminal import say

    test = open_practice(name)
    say(f"{registry.summary('practice_tests', test.name)}\n")
    say(f"harness practice {name} OPTION=VALUE… (a.b=VALUE for an option b in a section a)\n")
    say(explained_options(test))


def run_named(name: str, arguments: Sequence[str], own_configs: Path | None = None) -> None:
    """Run a practice test, and print its verdicts and where its summary is.

    Args:
        name: of the test.
        arguments: its options, ``option=value``.
        own_configs: the option ``config_dir``, as other commands have it.

    Raises:
        HarnessError: an option is wrong, or the test cannot be run.
    """
    from harness.commands.json_answer import answer
    from harness.commands.terminal import TerminalObserver, say
    from harness.practice_tests.practice_folder import run_practice
    from harness.practice_tests.practice_words import PracticeWords

    test = open_practice(name)
    own = [] if own_configs is None else [f"config_dir={json.dumps(str(own_configs))}"]
    options = practice_options(test, [*arguments, *own])
    with TerminalObserver() as observer:
        out, result = run_practice(test, options, observer)
    words = PracticeWords(test.name, test.words, "en")
    judged = [row for row in result.rows if row.judgement is not None]
    for row in judged:
        say(f"{words.name(str(row.verdict))}: {words.verdict(row)}")
    answer(
        folder=out,
        summary=out / "summary.en.html",
        verdicts=[{"verdict": str(row.verdict), "text": words.verdict(row)} for row in judged],
    )
    say(f"{len(result.rows):,} rows: {out / 'results.csv'}\nsummary: {out / 'summary.en.html'}")
