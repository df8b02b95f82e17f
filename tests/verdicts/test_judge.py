"""What the judge says of a difference, gate by gate; and that nobody else says it."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.verdicts.judge import (
    VERDICTS,
    Judgement,
    NoChanceTest,
    OverReport,
    SizeBias,
    Undecided,
    checked,
    is_within,
    judge,
    not_tested,
)

PACKAGE = Path(harness.__file__).parent
JUDGE = PACKAGE / "verdicts" / "judge.py"
MODULES = sorted(PACKAGE.rglob("*.py"))
BIASED = "biased upwards in the group with fewer samples; calibration_error_sq is not"
OPEN: dict[str, Any] = {
    "value": 0.0,
    "interval": (-0.01, 0.02),
    "tolerance": 0.05,
    "too_few": None,
    "above_chance": [("a", True), ("b", True)],
    "min_above_chance": 0.0,
    "size_bias": None,
    "over_report": None,
    "shrunk": None,
    "undecided": Undecided(60, "subjects in both groups together"),
}
"""Alike within the tolerance, and every gate open."""

BEYOND = {"value": 0.2, "interval": (0.1, 0.3)}
OVER = {"value": 0.0, "interval": (-0.1, 0.1)}


def said(**changes: Any) -> tuple[str, str | None]:
    found = judge(**(OPEN | changes))
    return found.verdict, found.reason


@pytest.mark.parametrize(
    ("lo", "hi", "expected"),
    [
        (-0.04, 0.05, "met"),
        (0.0, 0.0, "met"),
        (0.051, 0.2, "not_met"),
        (-0.3, -0.06, "not_met"),
        (0.05, 0.2, "inconclusive"),  # it touches the tolerance
        (-0.2, 0.01, "inconclusive"),
        (-0.5, 0.5, "inconclusive"),
        (math.nan, math.nan, "inconclusive"),
    ],
)
def test_where_the_interval_lies(lo: float, hi: float, expected: str) -> None:
    assert said(interval=(lo, hi), value=(lo + hi) / 2)[0] == expected
    assert {True: "met", False: "not_met", None: "inconclusive"}[is_within(lo, hi, 0.05)] == expected


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        ({"above_chance": [("a", True), ("b", False)]}, "equivalent, but not better than chance for b"),
        (
            {"above_chance": [("a", True), ("b", False)], "min_above_chance": 0.1},
            "equivalent, but not better than chance by 0.1 for b",
        ),
        (
            {"above_chance": NoChanceTest.UNKNOWN},
            "equivalent, but without labels it cannot be shown that answers are better than chance",
        ),
        (
            {"size_bias": SizeBias([100, 151], BIASED)},
            "biased upwards in the group with fewer samples; calibration_error_sq is not",
        ),
        ({"interval": "undefined on these samples"}, "undefined on these samples"),
    ],
)
def test_every_gate_withholds_met_and_says_why(gate: dict[str, Any], reason: str) -> None:
    assert said() == ("met", None)
    assert said(**gate) == ("inconclusive", reason)


def test_what_passes_a_gate() -> None:
    assert said(above_chance=NoChanceTest.NOT_ASKED) == ("met", None)
    assert said(size_bias=SizeBias([100, 150], BIASED)) == ("met", None)


def test_a_difference_beyond_the_tolerance_needs_comparable_sides_but_not_more_than_chance() -> None:
    assert said(**BEYOND) == ("not_met", None)
    assert said(**BEYOND, above_chance=[("a", False)]) == ("not_met", None)
    assert said(**BEYOND, above_chance=NoChanceTest.UNKNOWN) == ("not_met", None)
    assert said(**BEYOND, size_bias=SizeBias([1, 2], BIASED))[0] == "inconclusive"


def test_a_reversed_interval_is_nobodys_evidence() -> None:
    with pytest.raises(ValueError, match=r"an interval from 0\.02 to -0\.02 is reversed"):
        said(interval=(0.02, -0.02))


def test_too_few_subjects_come_before_everything() -> None:
    reason = "3 subjects; at least 5 are needed"
    for changes in ({}, BEYOND, OVER, {"size_bias": SizeBias([1, 9], BIASED)}):
        assert said(**changes, too_few=reason) == ("not_tested", reason)


def test_what_is_not_sure_says_how_many_subjects_would_decide() -> None:
    # Half the width is 0.1 and the room to the tolerance 0.05: four times 60 subjects.
    assert said(**OVER) == (
        "inconclusive",
        "about 240 subjects in both groups together would be needed to decide, if the difference stays the same "
        "(60 now)",
    )
    at_it = "the difference is close to the tolerance: no realistic number of subjects would settle it"
    assert said(value=0.05, interval=(0.0, 0.1)) == ("inconclusive", at_it)


def test_checks_find_a_fault_or_none_or_cannot_tell() -> None:
    assert [checked(fault, "why").verdict for fault in (True, False, None)] == ["not_met", "met", "inconclusive"]
    assert (not_tested("why").verdict, not_tested("why").reason) == ("not_tested", "why")


def test_a_gap_that_shrank_because_everyone_fails_is_not_decided() -> None:
    assert said(**BEYOND, shrunk="everyone fails") == ("inconclusive", "everyone fails")
    assert said(**BEYOND)[0] == "not_met"
    assert said(value=0.04, interval=(-0.1, 0.1), shrunk="everyone fails") == ("inconclusive", "everyone fails")
    assert said(shrunk="everyone fails")[0] == "met"


def test_nobody_else_makes_a_judgement() -> None:
    with pytest.raises(TypeError, match=r"Only harness\.verdicts\.judge makes judgements"):
        Judgement("met", None)


def test_every_gate_has_to_be_given() -> None:
    parameters = inspect.signature(judge).parameters.values()
    assert {p.kind for p in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    assert {p.default for p in parameters} == {inspect.Parameter.empty}
    assert {p.name for p in parameters} == set(OPEN)


def test_every_caller_gives_every_gate_by_name() -> None:
    callers = {}
    for path in MODULES:
        for call in calls(path, "judge"):
            callers[path.relative_to(PACKAGE).as_posix()] = [keyword.arg for keyword in call.keywords]
            assert not call.args
    assert set(callers) == {
        "measurement/groups/gap_rows.py",
        "measurement/models/gaps_less_reference.py",
        "measurement/models/model_comparison.py",
    }
    for given in callers.values():
        assert set(given) == set(OPEN)  # a keyword without a name would be None here


def test_only_checks_judge_without_gates() -> None:
    for path in MODULES:
        if path != JUDGE and path.parent.name != "checks":
            assert not list(calls(path, "checked")), path
        assert path == JUDGE or not list(calls(path, "Judgement")), path
        assert path == JUDGE or "_JUDGE" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path != JUDGE], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_verdicts_are_named_elsewhere_only_to_read_them(path: Path) -> None:
    """A verdict's word may be compared with what stands in a row, or be the key of what is said of it."""
    source = path.read_text(encoding="utf-8")
    if not any(word in source for word in VERDICTS):
        return
    tree = ast.parse(source)
    read = {id(part) for node in ast.walk(tree) for part in reading(node)}
    written = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in VERDICTS and id(node) not in read
    ]
    assert written == []


def reading(node: ast.AST) -> Iterator[ast.AST]:
    """The constants of a node that are only compared or looked up."""
    if isinstance(node, ast.Compare):
        for side in (node.left, *node.comparators):
            yield from side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
    elif isinstance(node, ast.Dict):
        yield from (key for key in node.keys if key is not None)


def calls(path: Path, name: str) -> Iterator[ast.Call]:
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)) if name in source else ():
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
            yield node


def test_beyond_the_tolerance_takes_a_gap_that_is_beyond_chance_in_the_whole_report() -> None:
    assert said(**BEYOND, over_report=OverReport(0.05, 0.95, 36)) == ("not_met", None)
    verdict, reason = said(**BEYOND, over_report=OverReport(0.06, 0.95, 1036))
    assert verdict == "inconclusive"
    assert (
        reason
        == "beyond the tolerance by itself, but as much may be chance in a report with 1,036 tests (p = 0.06)"
    )
    assert said(over_report=OverReport(0.9, 0.95, 36))[0] == "met"
