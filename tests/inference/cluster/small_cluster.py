"""A small Ray cluster as a program, and the surroundings of the programs that run on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class SmallCluster:
    """Two nodes of two CPUs each."""

    def __init__(self) -> None:
        host = Path(__file__).parent / "cluster_host.py"
        self._process = subprocess.Popen(
            [sys.executable, host],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(),
        )
        self.address = self._said()

    def remove_second_node(self) -> None:
        """As if its plug were pulled."""
        assert self._process.stdin is not None
        self._process.stdin.write("remove\n")
        self._process.stdin.flush()
        assert self._said() == "removed"

    def stop(self) -> None:
        """End all nodes."""
        self._process.communicate(timeout=60)

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def environment() -> dict[str, str]:
    """Where the nodes find the toy."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "RAY_USAGE_STATS_ENABLED": "0"}
