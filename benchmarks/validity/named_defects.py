"""How often a practice test names the defects of systems whose defect is known, and how often others."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from printed_table import percent, print_head, print_row

from harness.tables.results import Result

Verdicts = Mapping[str, str]
"""Question → its verdict."""

Tested = Callable[[str, int, int], Verdicts]
"""System, number of people and seed → what a test of it on so many people answers."""

AT_LIMIT = "at the limits"


def verdicts_of(rows: Sequence[Result]) -> Verdicts:
    """The questions among some rows."""
    return {row.metric: str(row.verdict) for row in rows if row.judgement is not None}


def study(
    doc: str, tested: Tested, defects: Mapping[str, Collection[str]], people: Sequence[int], at: Collection[str]
) -> None:
    """Print both tables.

    Args:
        doc: what the study asks.
        tested: makes and tests a system.
        defects: system → the questions that it fails.
        people: numbers of them.
        at: the questions of which the system `AT_LIMIT` is exactly at the limit.
    """
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--runs", type=int, default=300, help="tests of each system and number of people")
    runs = parser.parse_args().runs
    start = time.process_time()
    print("### Systems whose defect is known, in percent of tests\n")
    print_head(["system", "people", "all defects named", "something else named", "all else cleared", "left open"])
    for system, failed in defects.items():
        for num in people:
            found = [tested(system, num, seed) for seed in range(runs)]
            print_row([system, num, *named(found, failed)])
    print("\n### A system that is exactly at its limits, in percent of tests\n")
    print_head(["people", "some `not_met`", "some `met`", "most of one question: `not_met`", "`met`"])
    for num in people:
        found = [tested(AT_LIMIT, num, seed) for seed in range(2 * runs)]
        print_row([num, *at_limit(found, at)])
    seconds = time.process_time() - start
    print(f"\n{seconds:.0f} s of processor time, {runs} tests of each (at the limits twice as many).")


def named(found: Sequence[Verdicts], defects: Collection[str]) -> list[str]:
    """The columns of one system: defects named, another named, the others cleared, questions left open.

    Args:
        found: of each test.
        defects: the questions that the system fails.
    """
    runs, failed = len(found), set(defects)
    faults = [{name for name, verdict in one.items() if verdict == "not_met"} for one in found]
    open_of = [sum(verdict == "inconclusive" for verdict in one.values()) for one in found]
    cleared = [all(one[name] == "met" for name in set(one) - failed) for one in found]
    return [
        percent(sum(one >= failed for one in faults), runs) if failed else "",
        percent(sum(bool(one - failed) for one in faults), runs),
        percent(sum(cleared), runs),
        f"{np.mean(open_of):.1f} of {len(found[0])}",
    ]


def at_limit(found: Sequence[Verdicts], at: Collection[str]) -> list[str]:
    """The columns of the system at its limits: how often any question there, and the worst one, is decided."""
    both = ("not_met", "met")
    some = [sum(any(one[name] == verdict for name in at) for one in found) for verdict in both]
    most = [max(sum(one[name] == verdict for one in found) for name in at) for verdict in both]
    return [percent(count, len(found)) for count in (*some, *most)]
