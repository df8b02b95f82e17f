"""Reasons: every one that can stand in a summary has a form in every language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import numpy as np
import pytest

import harness.practice_tests
from harness.cards.taxonomy import vocabulary as label_words
from harness.plain_yaml import read_yaml
from harness.practice_tests.practice_words import PracticeWords
from harness.practice_tests.reasons import COMMON_WORDS, english_reasons, reason, translated
from harness.report import claims
from harness.resources import config_dir
from harness.statistics.intervals import Range
from harness.statistics.skew_corrected import corrected_mean
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, judge_limit, not_tested

PACKAGE = Path(harness.practice_tests.__file__).parent
DUTCH = read_yaml(COMMON_WORDS / "common.nl.yaml")["reasons"]
IN_BOTH = {"monk_", "I", "V", "ADHD", "accent", "stress"}
"""Names that are the same in Dutch, or beginnings of such."""


def calls(path: Path, function: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function:
            yield node


def template(node: ast.expr) -> str:
    """A text as a template: what is filled in stands as one word."""
    if isinstance(node, ast.JoinedStr):
        return "".join("7" if isinstance(part, ast.FormattedValue) else template(part) for part in node.values)
    assert isinstance(node, ast.Constant)
    return str(node.value)


def row_of(judgement: Judgement) -> Result:
    return Result(
        dataset="d",
        model="acme",
        metric="x",
        kind="practice",
        value=None,
        n_samples=8,
        n_subjects=8,
        n_unscored=0,
        judgement=judgement,
    )


@pytest.mark.parametrize("key", english_reasons())
def test_a_reason_is_found_again_in_dutch_with_its_values(key: str) -> None:
    fields = {name for _, name, _, _ in Formatter().parse(english_reasons()[key]) if name}
    values = {name: place + 11 for place, name in enumerate(sorted(fields))}
    text = translated(reason(key, **values), DUTCH)
    assert text == DUTCH[key].format(**values)
    assert text != reason(key, **values)


def test_every_reason_of_a_practice_test_is_one_of_the_table() -> None:
    """`Question` takes none but those of `reason`, which mypy checks: a literal would stay English in Dutch."""
    keys = [call.args[0] for path in sorted(PACKAGE.rglob("*.py")) for call in calls(path, "reason")]
    used = {template(key) for key in keys if isinstance(key, ast.Constant)}
    used |= {template(call.args[2]) for call in calls(PACKAGE / "wearables" / "rungs.py", "_too_few")}
    assert len(used) > 15
    assert used <= set(english_reasons())


def test_every_reason_why_a_stated_figure_was_not_judged_has_a_dutch_form() -> None:
    given = []
    for call in calls(Path(claims.__file__), "not_tested"):
        (text,) = call.args
        choices = [text.body, text.orelse] if isinstance(text, ast.IfExp) else [text]
        given += [choice.values[-1] if isinstance(choice, ast.BoolOp) else choice for choice in choices]
    assert len(given) >= 5
    for node in given:
        assert translated(template(node), DUTCH) is not None, template(node)


def test_reasons_of_a_study_are_put_together_again() -> None:
    text = "3 subjects; at least 5 are needed; undefined on these samples"
    assert translated(text, DUTCH) == (
        "3 mensen; er zijn er minstens 5 nodig; het is voor deze opnames niet te berekenen"
    )


def test_a_reason_that_nobody_translated_is_not_shown_in_english(tmp_path: Path) -> None:
    shown = {}
    for language in ("en", "nl"):
        (tmp_path / f"own.{language}.yaml").write_text(
            "title: Own\nverdicts: {x: {not_tested: '{model} ({reason})'}}\n"
        )
        row = row_of(not_tested("3 subjects; the moon was in the way"))
        shown[language] = PracticeWords("own", tmp_path, language).verdict(row)
    assert shown["en"] == "acme (3 subjects; the moon was in the way)"
    assert shown["nl"] == "acme (de reden staat in results.csv, in het Engels)"


def test_without_bounds_it_is_said_why_there_are_none(tmp_path: Path) -> None:
    verdicts = "{x: {inconclusive: '{lo:percent} {hi:.2f}', not_tested: '{model} ({reason})'}}"
    (tmp_path / "own.nl.yaml").write_text(f"title: Own\nverdicts: {verdicts}\n")
    _, alike = corrected_mean(np.zeros(8), np.arange(8), 0.95, Range(-np.inf, np.inf))
    row = row_of(judge_limit(limit=1.0, interval=str(alike.reason), better="lower"))
    assert PracticeWords("own", tmp_path, "nl").verdict(row) == f"acme ({DUTCH['all_alike']})"


def test_emotions_and_groups_of_people_have_dutch_names(tmp_path: Path) -> None:
    (tmp_path / "own.nl.yaml").write_text("title: Own\n")
    words = PracticeWords("own", tmp_path, "nl")
    scales = read_yaml(config_dir() / "attributes.yaml")["scales"]
    groups = [group for scale in scales.values() for group in scale["groups"]]
    for name in (*label_words()["emotions"], *groups):
        if not any(name.startswith(same) for same in IN_BOTH) and name not in ("yes", "no"):
            assert words.name(name) != name
    assert words.name("sex*age") == "geslacht, leeftijd"
    assert words.name("female*65+") == "vrouwen, 65+"
