"""Observers of a study that is run from Python: silent, or with progress bars."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from harness.api.notebook_bar import NotebookBar
from harness.study.observer import Observer


class Silent:
    """Shows no progress; warnings become Python warnings."""

    def stage(self, text: str) -> None:
        """Shows nothing."""

    def progress(self, done: int, total: int) -> None:
        """Shows nothing."""

    def share(self, done: float) -> None:
        """Shows nothing."""

    def note(self, text: str) -> None:
        """Shows nothing: the report has it."""

    def warn(self, text: str) -> None:
        """Issue a Python warning."""
        warnings.warn(text, UserWarning, stacklevel=2)


class Bars:
    """One progress bar for all stages, in a terminal."""

    def __init__(self) -> None:
        from rich.console import Console

        from harness.progress_bar import ProgressBar

        self._bar = ProgressBar(Console())

    def __enter__(self) -> Bars:
        self._bar.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.__exit__()

    def stage(self, text: str) -> None:
        """Begin anew."""
        self._bar.stage(text)

    def progress(self, done: int, total: int) -> None:
        """Move the bar."""
        self._bar.count(done, total)

    def share(self, done: float) -> None:
        """Move the bar."""
        self._bar.share(done)

    def note(self, text: str) -> None:
        """Shows nothing: the report has it."""

    def warn(self, text: str) -> None:
        """Issue a Python warning."""
        warnings.warn(text, UserWarning, stacklevel=2)


@contextmanager
def watched(progress: bool | None) -> Iterator[Observer]:
    """The observer of one study.

    Args:
        progress: whether to show bars; None shows them only in a notebook.
    """
    in_notebook = _in_notebook()
    if progress is False or (progress is None and not in_notebook):
        yield Silent()
        return
    with NotebookBar() if in_notebook else Bars() as bars:
        yield bars


def _in_notebook() -> bool:
    """Whether this process is a notebook kernel; one that starts kernels only has their modules."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None
