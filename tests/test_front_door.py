"""What ``import harness`` brings, and what it costs."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
import time

import pytest

import harness

HEAVY = ("numpy", "pandas", "pyarrow", "torch", "hydra", "pydantic", "sklearn")


def test_importing_is_cheap_and_loads_nothing_heavy() -> None:
    code = f"import sys, harness; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert time.perf_counter() - started < 3.0  # with the start of Python, on a busy machine
    assert done.stdout.strip() == "[]"


def test_every_name_is_there_and_is_documented() -> None:
    for name in harness.__all__:
        assert getattr(harness, name).__doc__
        assert name in dir(harness)
    with pytest.raises(AttributeError, match="no attribute 'measur'"):
        _ = harness.measur


@pytest.mark.parametrize(
    "module",
    [
        "harness.api.measure_arrays",
        "harness.api.measurement_report",
        "harness.api.metric_view",
        "harness.api.studies",
    ],
)
def test_examples_in_docstrings_run(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0


def test_every_function_of_the_front_door_has_an_example() -> None:
    for name in harness.__all__:
        if name != "HarnessError":
            assert ">>> " in getattr(harness, name).__doc__, name
