"""A progress bar in a notebook: plain HTML in a display that is updated, which needs no widgets."""

from __future__ import annotations

import time
import warnings
from html import escape
from typing import Any

SECONDS_BETWEEN = 0.1
"""Every update is a message to the browser: more of them are not seen."""


class NotebookBar:
    """One progress bar for all stages, which vanishes in the end."""

    def __init__(self) -> None:
        from IPython.display import HTML, display

        self._html = HTML
        self._handle: Any = display(HTML(""), display_id=True)
        self._stage = ""
        self._shown_at = 0.0

    def __enter__(self) -> NotebookBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._show("")

    def stage(self, text: str) -> None:
        """Begin anew; how much there is to do is not known yet."""
        self._stage = text
        self._show(_bar(text, "<progress></progress>"))

    def progress(self, done: int, total: int) -> None:
        """Move the bar."""
        if done >= total or time.monotonic() - self._shown_at >= SECONDS_BETWEEN:
            bar = f"<progress value='{done}' max='{total}'></progress> {done:,} of {total:,}"
            self._show(_bar(self._stage, bar))

    def note(self, text: str) -> None:
        """Shows nothing: the report has it."""

    def warn(self, text: str) -> None:
        """Warnings are Python's own."""
        warnings.warn(text, UserWarning, stacklevel=2)

    def _show(self, html: str) -> None:
        self._shown_at = time.monotonic()
        self._handle.update(self._html(html))


def _bar(stage: str, bar: str) -> str:
    return f"<div>{escape(stage)} {bar}</div>"
