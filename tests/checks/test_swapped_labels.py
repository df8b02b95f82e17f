from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from simulated_answers import simulated_answers

from harness.checks import swapped_labels as module
from harness.checks.checked_system import CheckedSystem
from harness.checks.swap_mixture import SwappedPeople
from harness.checks.swapped_labels import swapped_labels

LABELS = ("anger", "disgust", "fear", "sadness")
SWAP = {"anger": "disgust", "disgust": "anger"}
answered = partial(simulated_answers, LABELS, subjects=24, clips=6)


def test_a_good_system_passes_with_what_may_be_missed(make_system: Callable[..., CheckedSystem]) -> None:
    (finding,) = swapped_labels(make_system(*answered(0.95)))
    assert (finding.verdict, finding.threshold) == ("met", 0.1)
    assert (finding.reason or "").startswith("No person and no part of the study has two labels swapped; up to ")


def test_people_with_swapped_labels_are_found_by_row(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth, answer = answered(0.7)
    wrong = (3, 5, 8, 9, 20, 21, 22)
    swapped = [SWAP.get(a, a) if person in wrong else a for person, a in zip(people, answer, strict=True)]
    (finding,) = swapped_labels(make_system(people, truth, swapped))
    assert finding.verdict == "not_met"
    said = (
        "For 7 of 24 subjects (such as those of row 480, row 504 and row 528 of samples.parquet) the answers anger"
    )
    assert (finding.reason or "").startswith(f"{said} and disgust look swapped (p = ")
    assert "Remedy: compare the labels" in (finding.reason or "")


@pytest.mark.parametrize("column", ["ctx.site", "split"])
def test_a_part_with_swapped_labels_is_named(make_system: Callable[..., CheckedSystem], column: str) -> None:
    """Two labels, so that people cannot be compared by other pairs, and two clips of each by each person."""
    rng = np.random.default_rng(0)
    people, truth = np.repeat(np.arange(60), 4).tolist(), ["anger", "disgust"] * 120
    site = ["north" if person % 4 == 0 else "south" for person in people]
    right = rng.random(240) < 0.85
    answer = [
        label if (where == "south") == bool(is_right) else SWAP[label]
        for label, where, is_right in zip(truth, site, right, strict=True)
    ]
    (finding,) = swapped_labels(make_system(people, truth, answer, columns={column: site}))
    assert finding.verdict == "not_met"
    said = f"Where {column} is north, the answers anger and disgust look swapped (p = "
    assert (finding.reason or "").startswith(said)


def test_rows_swapped_here_and_there_get_no_reassurance(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth, answer = answered(0.95)
    rng = np.random.default_rng(0)
    swapped = [SWAP.get(a, a) if rng.random() < 0.3 else a for a in answer]
    (finding,) = swapped_labels(make_system(people, truth, swapped))
    assert finding.verdict == "inconclusive"
    assert finding.value == pytest.approx(0.3, abs=0.07)
    assert "of the samples of anger and disgust could be swapped" in (finding.reason or "")


@pytest.mark.parametrize("search", ["swapped_people", "people_p", "parts_p"])
@pytest.mark.parametrize(("share", "verdict"), [(0.99, "not_met"), (1.01, "inconclusive")])
def test_each_search_has_a_third_of_the_error(
    make_system: Callable[..., CheckedSystem],
    monkeypatch: pytest.MonkeyPatch,
    search: str,
    share: float,
    verdict: str,
) -> None:
    """Of 2.5 %, corrected for six pairs of labels and, among parts, for both of them."""
    p = dict.fromkeys(("swapped_people", "people_p", "parts_p"), 1.0)
    p[search] = share * 0.025 / 3 / (12 if search == "parts_p" else 6)
    everybody = SwappedPeople(p["swapped_people"], np.ones(24))
    monkeypatch.setattr(module, "swapped_people", lambda tables, pair: everybody)
    monkeypatch.setattr(module, "people_p", lambda p_RP: np.full(6, p["people_p"]))
    monkeypatch.setattr(module, "parts_p", lambda tables, part_R, num: np.full((num, 6), p["parts_p"]))
    people, truth, answer = answered(0.1)
    site = ["north" if person % 2 else "south" for person in people]
    (finding,) = swapped_labels(make_system(people, truth, answer, columns={"ctx.site": site}))
    assert finding.verdict == verdict


@pytest.mark.parametrize("seed", range(5))
def test_a_poor_system_is_not_accused(make_system: Callable[..., CheckedSystem], seed: int) -> None:
    (finding,) = swapped_labels(make_system(*answered(0.1, seed=seed)))
    assert finding.verdict == "inconclusive"


def test_few_subjects_or_no_answers_are_not_tested(make_system: Callable[..., CheckedSystem]) -> None:
    (few,) = swapped_labels(make_system([0, 1], ["anger", "fear"], ["anger", "fear"]))
    assert few.verdict == "not_tested"
    (none,) = swapped_labels(make_system([0, 1], ["anger", "fear"], [None, None], labels=LABELS))
    assert none.verdict == "not_tested"
