"""Small drawings as inline SVG: all places in percent, so that they fit any width without being stretched.

Text stands beside a drawing, never in it: it keeps its size on a phone.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from harness.evidence.report_numbers import MINUS, interval, number

HEIGHT = 22
MIDDLE = HEIGHT / 2


def strip(
    value: float | None,
    lo: float | None,
    hi: float | None,
    *,
    tone: str = "system",
    chance: float | None = None,
    axis: tuple[float, float] = (0.0, 1.0),
) -> Markup:
    """A value as a dot on a line that is its interval, with a dashed mark at chance."""
    if value is None:
        return Markup("")
    parts = [f'<line class="track" x1="0%" x2="100%" y1="{MIDDLE:g}" y2="{MIDDLE:g}"/>']
    if chance is not None:
        x = _percent(chance, axis)
        parts.append(f'<line class="chance" x1="{x}" x2="{x}" y1="0" y2="{HEIGHT}"/>')
    parts += _whisker(lo, hi, axis)
    parts.append(f'<circle class="dot" cx="{_percent(value, axis)}" cy="{MIDDLE:g}" r="4.5"/>')
    return _svg(parts, tone, _label(value, lo, hi))


def bar(value: float | None, lo: float | None = None, hi: float | None = None, *, tone: str = "system") -> Markup:
    """A share from 0 to 1 as a bar, with its interval on it where it has one."""
    if value is None:
        return Markup("")
    parts = [
        '<rect class="trough" x="0" y="5" width="100%" height="12"/>',
        f'<rect class="fill" x="0" y="5" width="{_percent(value, (0.0, 1.0))}" height="12"/>',
    ]
    parts += _whisker(lo, hi, (0.0, 1.0))
    return _svg(parts, tone, _label(value, lo, hi))


def scale(axis: tuple[float, float], ticks: Sequence[float]) -> Markup:
    """The axis under a column of strips."""
    parts = []
    for tick in ticks:
        x = _percent(tick, axis)
        anchor = "start" if tick == axis[0] else "end" if tick == axis[1] else "middle"
        parts.append(f'<line x1="{x}" x2="{x}" y1="0" y2="4"/>')
        parts.append(f'<text x="{x}" y="17" text-anchor="{anchor}">{f"{tick:g}".replace("-", MINUS)}</text>')
    # Every part is made of numbers above; nothing of it comes from the data.
    return Markup(f'<svg class="scale" height="20" aria-hidden="true">{"".join(parts)}</svg>')  # noqa: S704


def _whisker(lo: float | None, hi: float | None, axis: tuple[float, float]) -> list[str]:
    if lo is None or hi is None:
        return []
    left, right = _percent(lo, axis), _percent(hi, axis)
    ends = [
        f'<line class="end" x1="{x}" x2="{x}" y1="{MIDDLE - 4:g}" y2="{MIDDLE + 4:g}"/>' for x in (left, right)
    ]
    return [f'<line class="whisker" x1="{left}" x2="{right}" y1="{MIDDLE:g}" y2="{MIDDLE:g}"/>', *ends]


def _label(value: float, lo: float | None, hi: float | None) -> str:
    return number(value) if lo is None else f"{number(value)}, interval {interval(lo, hi)}"


def _percent(value: float, axis: tuple[float, float]) -> str:
    """The place of a value; what lies outside stands at the end."""
    share = min(max((value - axis[0]) / (axis[1] - axis[0]), 0.0), 1.0)
    return f"{100 * share:.2f}%"


def _svg(parts: list[str], tone: str, label: str) -> Markup:
    # Tone is a constant of the template; the rest are numbers. Nothing of it comes from the data.
    return Markup(  # noqa: S704
        f'<svg class="strip {tone}" height="{HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )
