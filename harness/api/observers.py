"""Who watches a study that is run from Python: nobody, or progress bars where there is somebody to see them."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from harness.api.notebook_bar import NotebookBar
from harness.study.observer import Observer


class Silent:
    """Shows nothing; warnings are Python's own."""

    def stage(self, text: str) -> None:
        """A stage begins."""

    def progress(self, done: int, total: int) -> None:
        """Samples are done, of so many in all."""

    def warn(self, text: str) -> None:
        """Something went wrong that does not stop the study."""
        warnings.warn(text, UserWarning, stacklevel=2)


class Bars:
    """One progress bar per stage, in a terminal."""

    def __init__(self) -> None:
        from rich.progress import Progress

        self._progress = Progress(transient=True)
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def stage(self, text: str) -> None:
        """Begin a bar."""
        from rich.markup import escape

        self._progress.remove_task(self._task)
        self._task = self._progress.add_task(escape(text), total=None)

    def progress(self, done: int, total: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=done, total=total)

    def warn(self, text: str) -> None:
        """Warnings are Python's own."""
        warnings.warn(text, UserWarning, stacklevel=2)


@contextmanager
def watched(progress: bool | None) -> Iterator[Observer]:
    """An observer for one study.

    Args:
        progress: whether to show bars; None shows them in a notebook and nowhere else.
    """
    in_notebook = _in_notebook()
    if progress is False or (progress is None and not in_notebook):
        yield Silent()
        return
    with NotebookBar() if in_notebook else Bars() as bars:
        yield bars


def _in_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    return "ipykernel" in sys.modules
