"""What findings say of the samples of a run when only a part of them is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from harness.checks.checked_system import CheckedSystem
from harness.verdicts.judge import checked


def test_rows_are_those_of_the_run(make_system: Callable[..., CheckedSystem]) -> None:
    whole = make_system([0, 1, 2], ["a", "b", "a"], ["a", "b", None])
    part = replace(whole, row=np.array([40, 7, 19]), num_stored=1200)
    assert whole.stored_rows([2, 0]) == ["2", "0"]
    assert part.stored_rows([2, 0]) == ["19", "40"]
    finding = part.finding("collapsed", checked(False, "Fine."))
    assert finding.note == "3 of 1,200 samples, drawn at random within each subject"
    assert finding.reason == "3 of 1,200 samples, drawn at random within each subject. Fine."
    assert (finding.n_samples, finding.n_subjects, finding.n_unscored) == (3, 3, 1)
    assert whole.finding("collapsed", checked(False, "Fine.")).note is None


def test_an_interval_alone_has_a_level_and_a_method(make_system: Callable[..., CheckedSystem]) -> None:
    system = make_system([0, 1], ["a", "b"], ["a", "b"])
    bounded = system.finding("collapsed", checked(False, ""), value=0.3, interval=(0.2, 0.4), method="exact")
    assert (bounded.lo, bounded.hi, bounded.level, bounded.method) == (0.2, 0.4, 0.95, "exact")
    alone = system.finding("collapsed", checked(False, ""), value=0.3, method="exact")
    assert (alone.lo, alone.hi, alone.level, alone.method) == (None, None, None, None)
