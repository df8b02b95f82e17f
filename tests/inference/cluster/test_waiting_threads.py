"""Threads that wait sleep soon."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from threadpoolctl import threadpool_info

from harness.inference.cluster.waiting_threads import WAITING, waiting_threads


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in WAITING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KMP_BLOCKTIME", "200")
    assert waiting_threads() == {**WAITING, "KMP_BLOCKTIME": "200"}


_PRODUCTS = """
import time, numpy as np
batch, weights = np.ones((32, 4096), np.float32), np.ones((4096, 8), np.float32)
batch @ weights
start = time.process_time()
for _ in range(200):
    batch @ weights
    time.sleep(0.001)
print(time.process_time() - start)
"""


def test_threads_of_numpy_sleep_between_batches() -> None:
    """Four threads that wait take several cores; those that sleep take little more than the products do."""
    if "openblas" not in {library.get("internal_api") for library in threadpool_info()}:
        pytest.skip("NumPy computes with another library")
    plain = {name: value for name, value in os.environ.items() if name not in WAITING} | {"OMP_NUM_THREADS": "4"}
    spent_s = [
        float(subprocess.check_output([sys.executable, "-c", _PRODUCTS], env={**plain, **env}))
        for env in ({}, WAITING)
    ]
    assert spent_s[1] < spent_s[0] / 2
