"""Memory that is free again is given back, and what is in use stays."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from types import SimpleNamespace

import pytest

from harness.tables import freed_memory
from harness.tables.freed_memory import give_back

# A large array is freed below a small one that stays, so that the C library alone would keep what is free.
MEASURED = """
import numpy as np
from harness.tables.freed_memory import give_back

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

large = [np.ones(1000) for _ in range(20_000)]
stays = np.arange(10)
before = resident()
large.clear()
kept = before - resident()
give_back()
assert (stays == np.arange(10)).all()
print(kept, before - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library than glibc")
def test_what_is_free_is_given_back_to_the_system() -> None:
    found = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    kept, given_back = map(int, found.stdout.split())
    assert kept < 50e6 < 100e6 < given_back


def test_another_c_library_keeps_what_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freed_memory, "ctypes", SimpleNamespace(CDLL=lambda _: SimpleNamespace()))
    give_back()
