"""Keeps the packages that most commands need from importing what no command uses."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np

from harness.tables.without_pandas import without_pandas

UNUSED = ("f2py", "testing")
"""Of NumPy. `scipy.special` names all that NumPy has, which imports them: a fifth of its own import."""


def lean_imports() -> None:
    """Import pandas, and NumPy's tools for Fortran and for tests, only when something of them is asked for."""
    without_pandas()
    for name in UNUSED:
        if f"numpy.{name}" not in sys.modules:
            _defer(name)


def _defer(name: str) -> None:
    """Put a module in NumPy that is imported when it is first used."""
    spec = importlib.util.find_spec(f"numpy.{name}")
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    setattr(np, name, module)
