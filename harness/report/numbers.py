"""Formatting of numbers and names in the report."""

from __future__ import annotations

import math

from markupsafe import Markup

from harness.wording import printable

ABSENT = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
MAX_SHOWN_NAME = 80


def number(value: float | None) -> str:
    """A metric: three decimals, fewer from 10 up; a dash if there is none."""
    if value is None or not math.isfinite(value):
        return ABSENT
    text = f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"
    return "0.000" if text == "-0.000" else text.replace("-", MINUS)


def signed(value: float | None) -> str:
    """A difference: a metric with its sign."""
    text = number(value)
    return f"+{text}" if value is not None and value > 0 and text != "0.000" else text


def p_value(p: float | None) -> str:
    """A p-value with two decimals, three below 0.1; a dash if there is none."""
    if p is None or not math.isfinite(p):
        return ABSENT
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def interval(lo: float | None, hi: float | None) -> str:
    """Both bounds in brackets, a dash for a missing one; in words where there are none."""
    return "no interval" if lo is None and hi is None else f"[{number(lo)}, {number(hi)}]"


def count(value: int) -> str:
    """An integer with thousands separators."""
    return f"{value:,}"


def percent(part: float, whole: float = 1.0) -> str:
    """A share with one decimal; only exact zeros and ones are shown as 0 % and 100 %."""
    if whole == 0:
        return ABSENT
    share = 100 * part / whole
    if 0 < share < 0.1:
        return f"<{SPACE}0.1{SPACE}%"
    if 99.9 < share < 100:
        return f">{SPACE}99.9{SPACE}%"
    return f"{share:.1f}{SPACE}%" if 0 < share < 100 else f"{share:.0f}{SPACE}%"


def short(name: str) -> str:
    """A name from the data, truncated if it is too long for the page."""
    return name if len(name) <= MAX_SHOWN_NAME else f"{name[: MAX_SHOWN_NAME - 1]}…"


def one_line(text: str) -> str:
    """Text without control characters and line breaks."""
    return " ".join(str(visible(text)).split())


def visible(value: object) -> object:
    """Text without control characters and bidirectional formatting characters.

    Markup is left as it is: it was built from text that was already filtered.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return printable(value)
