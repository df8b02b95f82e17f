"""Arrow does without pandas until somebody asks for it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from outside_packages import Install

from harness.tables import without_pandas as module

START = """import sys
from harness.tables.without_pandas import without_pandas
without_pandas()
import pyarrow as pa
"""


def printed(code: str) -> str:
    """What a process of its own prints after the harness has begun as its commands do."""
    done = subprocess.run([sys.executable, "-c", START + code], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_arrays_are_made_without_pandas() -> None:
    assert printed("pa.array([1, None]); print('pandas' in sys.modules)") == "False"


def test_pandas_is_there_for_whoever_asks() -> None:
    code = """
table = pa.table({"a": [1.5, None], "b": ["x", None]})
frame = table.to_pandas()
assert pa.Table.from_pandas(frame, schema=table.schema).equals(table)
print(pa.array(frame["a"]).null_count, type(frame).__module__.partition(".")[0])
"""
    assert printed(code) == "1 pandas"


def test_arrow_is_left_alone_where_other_packages_extend_the_harness(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install({"metrics": {"own": "own_metric:family"}})
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    monkeypatch.setattr("harness.tables.without_pandas.pa.array", lambda _: pytest.fail("Arrow was asked"))
    module.without_pandas()
