from __future__ import annotations

import subprocess
import sys

import pytest

STARTED = """
import sys
from harness.commands.lean_imports import lean_imports
lean_imports()
import numpy as np
import scipy.special
"""


def said(code: str) -> list[str]:
    """What a new process prints."""
    done = subprocess.run([sys.executable, "-c", STARTED + code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_scipy_imports_neither_tools_for_fortran_nor_for_tests() -> None:
    assert said("print(*sorted({'numpy.f2py.crackfortran', 'unittest', 'pandas'} & set(sys.modules)))") == []


@pytest.mark.parametrize(
    "code",
    [
        "print(np.f2py.run_main.__module__, np.testing.assert_equal(1, 1))",
        "import numpy.f2py as f2py, numpy.testing\nprint(f2py.run_main.__module__, np.testing.assert_equal(1, 1))",
        "from numpy import f2py, testing\nprint(f2py.run_main.__module__, testing.assert_equal(1, 1))",
        "from numpy.f2py.f2py2e import run_main\nprint(run_main.__module__, np.testing.assert_equal(1, 1))",
    ],
)
def test_they_are_there_when_somebody_asks(code: str) -> None:
    assert said(code) == ["numpy.f2py.f2py2e", "None"]


def test_what_is_imported_already_stays() -> None:
    code = "import numpy.testing as it; lean_imports()\nprint(it is sys.modules['numpy.testing'] is np.testing)"
    assert said(code) == ["True"]
