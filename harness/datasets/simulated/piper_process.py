"""Keeps the program that speaks with Piper: one in each process of the harness, started when it is needed."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import Reason, Unscored

TIMEOUT_S = 120.0
"""For one sentence on a slow machine, or for opening a voice."""

_PROGRAM = "harness.datasets.simulated.piper_program"

_kept: dict[int, PiperProcess] = {}
"""By process id, as a forked process must not share its parent's pipes."""


class PiperProcess:
    """The running program; it ends with this process, as its input does.

    Attributes:
        opened: the hashes of the voices that it was asked to open; kept by whoever asks.
    """

    def __init__(self) -> None:
        self.opened: set[str] = set()
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-P", "-m", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def asked(self, request: Mapping[str, Any]) -> tuple[Mapping[str, Any], npt.NDArray[np.float32]]:
        """The answer, and the samples behind it.

        Raises:
            Unscored: the program ended (``crashed``) or took too long (``timeout``); it cannot be asked again.
        """
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(TIMEOUT_S, stop)
        timer.daemon = True
        with self._lock:
            timer.start()
            try:
                return self._exchanged(json.dumps(request).encode() + b"\n")
            except (OSError, ValueError):
                self.end()
                if late.is_set():
                    raise Unscored(Reason.TIMEOUT, f"Piper took over {TIMEOUT_S:g} s") from None
                raise Unscored(Reason.CRASHED, "Piper's process ended") from None
            except BaseException:  # the sample's time is over in the middle of an answer
                self.end()
                raise
            finally:
                timer.cancel()

    def end(self) -> None:
        """End the program."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process.wait()

    @property
    def is_running(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def _exchanged(self, line: bytes) -> tuple[Mapping[str, Any], npt.NDArray[np.float32]]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(line)
        stdin.flush()
        answer = json.loads(stdout.readline())
        data = stdout.read(4 * answer["num_samples"])
        if len(data) != 4 * answer["num_samples"]:
            raise ValueError("it ended within an answer")
        return answer, np.frombuffer(data, "<f4").astype(np.float32)


def piper_process() -> PiperProcess:
    """That of this process, started again if it has ended."""
    process = _kept.get(os.getpid())
    if process is None or not process.is_running:
        if process is None:
            atexit.register(_end, os.getpid())
        else:
            process.end()
        process = _kept[os.getpid()] = PiperProcess()
    return process


def _end(process_id: int) -> None:
    if process_id == os.getpid():
        _kept[process_id].end()
