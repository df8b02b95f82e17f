"""A progress bar in a notebook: plain HTML in a display that is updated, which needs no widgets."""

from __future__ import annotations

import math
import time
import warnings
from html import escape
from typing import Any

from harness.progress import Pace

SECONDS_BETWEEN = 0.1
"""Every update is a message to the browser: more of them are not seen."""


SECONDS_BEFORE_GUESS = 2.0
"""Of a stage, before it is said how long the rest of it takes."""


class NotebookBar:
    """One progress bar for all stages, which vanishes in the end."""

    def __init__(self) -> None:
        from IPython.display import HTML, display

        self._html = HTML
        self._handle: Any = display(HTML(""), display_id=True)
        self._stage = ""
        self._began = self._shown_at = 0.0
        self._pace = Pace(self._began)

    def __enter__(self) -> NotebookBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._show("")

    def stage(self, text: str) -> None:
        """Begin anew; how much there is to do is not known yet."""
        self._stage = text
        self._began = time.monotonic()
        self._pace = Pace(self._began)
        self._show(_bar(text, "<progress></progress>"))

    def progress(self, done: int, total: int) -> None:
        """Move the bar."""
        now = time.monotonic()
        if done >= total or now - self._shown_at >= SECONDS_BETWEEN:
            left = _time_left(now - self._began, done, total)
            bar = f"<progress value='{done}' max='{total}'></progress> {done:,} of {total:,}{left}"
            self._show(_bar(self._stage, bar))

    def share(self, done: float) -> None:
        """Move the bar to a share of all."""
        now = time.monotonic()
        self._pace.note(done, now)
        if done >= 1.0 or now - self._shown_at >= SECONDS_BETWEEN:
            left = self._pace.left(now) if now - self._began >= SECONDS_BEFORE_GUESS else None
            bar = f"<progress value='{done:.3f}' max='1'></progress> {int(100 * done)} %{_in_words(left)}"
            self._show(_bar(self._stage, bar))

    def note(self, text: str) -> None:
        """Shows nothing: the report has it."""

    def warn(self, text: str) -> None:
        """Warnings are Python's own."""
        warnings.warn(text, UserWarning, stacklevel=2)

    def _show(self, html: str) -> None:
        self._shown_at = time.monotonic()
        self._handle.update(self._html(html))


def _time_left(took_s: float, done: int, total: int) -> str:
    """Words for the time that the rest of a stage takes at its pace; none in its first two seconds."""
    if not 0 < done < total or took_s < SECONDS_BEFORE_GUESS:
        return ""
    return _in_words(took_s / done * (total - done))


def _in_words(left_s: float | None) -> str:
    if not left_s:
        return ""
    minutes, seconds = divmod(math.ceil(left_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f", {hours}:{minutes:02}:{seconds:02} left"


def _bar(stage: str, bar: str) -> str:
    return f"<div>{escape(stage)} {bar}</div>"
