"""The studies in ``benchmarks`` call the package from outside: they follow when it changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def run(code: str) -> str:
    """Run code that can import the scripts; what it prints."""
    paths = [str(BENCHMARKS), str(BENCHMARKS / "validity")]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{code}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("metric", ["accuracy", "uar", "coverage 0.98", "calibration_error_sq", "ccc"])
def test_a_simulated_study_is_compared_as_measure_does(metric: str) -> None:
    """Whatever the metric, every difference has an interval around it."""
    printed = run(
        "import gaps\n"
        f"cell = next(c for c in gaps.cells() if c.metric == {metric!r} and c.design != 'rest')\n"
        "rows, statistics = gaps.study(cell, 0)\n"
        "found = gaps.compare(cell, statistics, rows, 0)\n"
        "lo, hi = gaps.intervals(cell, found, rows)\n"
        "print(bool((lo < found.value).all() and (found.value < hi).all()), len(lo) == len(found.value))\n"
    )
    assert printed.split() == ["True", "True"]


@pytest.mark.parametrize("what", ["sentences", "classes", "axes"])
def test_a_study_of_groups_that_are_mixed_differently_is_measured(what: str) -> None:
    """With a large difference in every stratum, it is found in nearly every study."""
    printed = run(
        "import mixtures\n"
        f"study = next(s for s in mixtures.STUDIES if s.what == {what!r} and s.sizes == (50, 50))\n"
        "found = [outcome for run in range(3) for outcome in mixtures.outcomes(study, run, 0.3)]\n"
        "print(all(found.count((metric, 'same')) == 3 for metric in study.metrics[:2]))\n"
    )
    assert printed.split() == ["True"]


@pytest.mark.parametrize("what", ["arrays", "tables"])
def test_groups_are_compared_from_arrays_and_from_tables(what: str) -> None:
    script = BENCHMARKS / "disparity_speed.py"
    arguments = [sys.executable, str(script), "--subjects", "500", "--one", what, "100"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '"accuracy group a"' in done.stdout
