"""Small charts as inline SVG: all positions are in percent, so that they fit any width without being stretched.

Text is next to a chart, never inside it, so that it keeps its size on a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from markupsafe import Markup

from harness.metrics.calibration import Bin
from harness.metrics.selective import RiskPoint
from harness.report.numbers import MINUS, interval, number

HEIGHT = 22
MIDDLE = HEIGHT / 2
NULL_HEIGHT = 10


class DrawnDifference(Protocol):
    """The parts of a difference between groups or models that are drawn; each is None if there is none."""

    @property
    def value(self) -> float | None:
        """The difference."""

    @property
    def lo(self) -> float | None:
        """The lower bound of its interval."""

    @property
    def hi(self) -> float | None:
        """The upper bound of its interval."""

    @property
    def null_lo(self) -> float | None:
        """The lower bound of the central 95 % of its null distribution."""

    @property
    def null_hi(self) -> float | None:
        """The upper bound."""

    @property
    def tolerance(self) -> float | None:
        """The largest difference that is accepted."""


class DrawnPoint(Protocol):
    """A point of a degradation curve; the bounds of its interval are None if there is none."""

    @property
    def severity(self) -> float:
        """Where it lies from left to right."""

    @property
    def value(self) -> float:
        """Where it lies from bottom to top."""

    @property
    def lo(self) -> float | None:
        """The lower bound of its interval."""

    @property
    def hi(self) -> float | None:
        """The upper bound."""


def strip(
    value: float | None,
    lo: float | None,
    hi: float | None,
    *,
    tone: str = "system",
    chance: float | None = None,
    reference: float | None = None,
    axis: tuple[float, float] = (0.0, 1.0),
) -> Markup:
    """A value as a dot with its interval as a line, a dashed mark at chance and a solid one at the reference."""
    if value is None:
        return Markup("")
    parts = [f'<line class="track" x1="0%" x2="100%" y1="{MIDDLE:g}" y2="{MIDDLE:g}"/>']
    if chance is not None:
        parts.append(_mark("chance", chance, axis))
    if reference is not None:
        parts.append(_mark("reference", reference, axis))
    parts += _whisker(lo, hi, axis)
    parts.append(f'<circle class="dot" cx="{_percent(value, axis)}" cy="{MIDDLE:g}" r="4.5"/>')
    return _svg(parts, tone, _label(value, lo, hi))


def gap_strip(gap: DrawnDifference, axis: tuple[float, float]) -> Markup:
    """A gap as a dot with its interval, over a band for what the plan accepts and a bar for the null range.

    Args:
        gap: the gap.
        axis: the values at the left and right end of the chart, in the units of the metric.
    """
    if gap.value is None:
        return Markup("")
    parts = []
    if gap.tolerance is not None:
        parts.append(_band("accepted", -gap.tolerance, gap.tolerance, axis, HEIGHT))
    if gap.null_lo is not None and gap.null_hi is not None:
        parts.append(_band("null", gap.null_lo, gap.null_hi, axis, NULL_HEIGHT))
    parts.append(_mark("zero", 0.0, axis))
    parts += _whisker(gap.lo, gap.hi, axis)
    parts.append(f'<circle class="dot" cx="{_percent(gap.value, axis)}" cy="{MIDDLE:g}" r="4.5"/>')
    return _svg(parts, "system", _label(gap.value, gap.lo, gap.hi))


def curve(bins: Sequence[Bin]) -> Markup:
    """A reliability diagram: the share that is right over the mean confidence, with the diagonal."""
    said = "; ".join(f"confident {number(one.confidence)}: right {number(one.right)}" for one in bins)
    points = [(one.confidence, one.right) for one in bins]
    return _square(points, '<line class="chance" x1="0%" y1="100%" x2="100%" y2="0%"/>', 2.6, said)


def risk_curve(points: Sequence[RiskPoint]) -> Markup:
    """The risk-coverage curve: the share that is wrong over the share that is answered."""
    half = next(point for point in points if point.coverage >= 0.5)
    ends = dict.fromkeys((points[0], half, points[-1]))
    said = "; ".join(f"answering {number(one.coverage)}: wrong {number(one.risk)}" for one in ends)
    return _square([(point.coverage, point.risk) for point in points], "", 0.0, said)


def degradation(
    points: Sequence[DrawnPoint],
    second: Sequence[DrawnPoint],
    *,
    chance: float | None,
    axis: tuple[float, float],
    severity_axis: tuple[float, float],
) -> Markup:
    """A metric over severities as dots with their intervals, joined by lines; a second one without intervals.

    Args:
        points: ascending in severity.
        second: another metric on the same scale; may be empty.
        chance: the value of a dashed line; None for no line.
        axis: the values at the lower and the upper end.
        severity_axis: the severities at the left and the right end.
    """
    parts = ['<rect class="frame" x="0" y="0" width="100%" height="100%"/>']
    if chance is not None:
        y = _height(chance, axis)
        parts.append(f'<line class="chance" x1="0%" x2="100%" y1="{y}" y2="{y}"/>')
    for tone, drawn in (("second", second), ("system", points)):
        places = [(_percent(one.severity, severity_axis), _height(one.value, axis)) for one in drawn]
        lines = [
            f'<line class="step" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'
            for (x1, y1), (x2, y2) in pairwise(places)
        ]
        bounds = [] if tone == "second" else [_upright(one, severity_axis, axis) for one in drawn]
        dots = [f'<circle class="dot" cx="{x}" cy="{y}" r="3.5"/>' for x, y in places]
        parts.append(f'<g class="{tone}">{"".join((*lines, *bounds, *dots))}</g>')
    said = "; ".join(f"severity {one.severity:g}: {_label(one.value, one.lo, one.hi)}" for one in points)
    # The label is made of numbers and constants, and so are the parts.
    return Markup(f'<svg class="curve" role="img" aria-label="{said}">{"".join(parts)}</svg>')  # noqa: S704


def bar(value: float | None, lo: float | None = None, hi: float | None = None, *, tone: str = "system") -> Markup:
    """A share from 0 to 1 as a bar, with its interval if it has one."""
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
    # All parts are made of numbers; no text comes from the data.
    return Markup(f'<svg class="scale" height="20" aria-hidden="true">{"".join(parts)}</svg>')  # noqa: S704


def _square(points: Sequence[tuple[float, float]], under: str, radius: float, label: str) -> Markup:
    """Points from 0 to 1 in both directions, joined by lines."""
    places = [(_percent(x, (0.0, 1.0)), _percent(1 - y, (0.0, 1.0))) for x, y in points]
    lines = [
        f'<line class="whisker" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'
        for (x1, y1), (x2, y2) in pairwise(places)
    ]
    dots = [f'<circle class="dot" cx="{x}" cy="{y}" r="{radius:g}"/>' for x, y in places] if radius else []
    parts = ['<rect class="frame" x="0" y="0" width="100%" height="100%"/>', under, *lines, *dots]
    # The label is made of numbers and constants, and so are the parts.
    return Markup(  # noqa: S704
        f'<svg class="curve system" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def _upright(point: DrawnPoint, severity_axis: tuple[float, float], axis: tuple[float, float]) -> str:
    if point.lo is None or point.hi is None:
        return ""
    x = _percent(point.severity, severity_axis)
    return (
        f'<line class="whisker" x1="{x}" x2="{x}" y1="{_height(point.hi, axis)}" y2="{_height(point.lo, axis)}"/>'
    )


def _height(value: float, axis: tuple[float, float]) -> str:
    """The place of a value from the top."""
    return _percent(axis[1] - value + axis[0], axis)


def _mark(kind: str, value: float, axis: tuple[float, float]) -> str:
    x = _percent(value, axis)
    return f'<line class="{kind}" x1="{x}" x2="{x}" y1="0" y2="{HEIGHT}"/>'


def _band(kind: str, lo: float, hi: float, axis: tuple[float, float], height: float) -> str:
    """A range of values as a rectangle, as far as it lies within the chart."""
    left, right = (min(max(end, axis[0]), axis[1]) for end in (lo, hi))
    width = 100 * (right - left) / (axis[1] - axis[0])
    top = MIDDLE - height / 2
    return (
        f'<rect class="{kind}" x="{_percent(left, axis)}" y="{top:g}" width="{width:.2f}%" height="{height:g}"/>'
    )


def _whisker(lo: float | None, hi: float | None, axis: tuple[float, float]) -> list[str]:
    """The interval as a line; an end beyond the chart has no cap."""
    if lo is None or hi is None:
        return []
    left, right = _percent(lo, axis), _percent(hi, axis)
    stops = [_percent(end, axis) for end in (lo, hi) if axis[0] <= end <= axis[1]]
    ends = [f'<line class="end" x1="{x}" x2="{x}" y1="{MIDDLE - 4:g}" y2="{MIDDLE + 4:g}"/>' for x in stops]
    return [f'<line class="whisker" x1="{left}" x2="{right}" y1="{MIDDLE:g}" y2="{MIDDLE:g}"/>', *ends]


def _label(value: float, lo: float | None, hi: float | None) -> str:
    return number(value) if lo is None else f"{number(value)}, interval {interval(lo, hi)}"


def _percent(value: float, axis: tuple[float, float]) -> str:
    """The position of a value; values outside are drawn at the end."""
    share = min(max((value - axis[0]) / (axis[1] - axis[0]), 0.0), 1.0)
    return f"{100 * share:.2f}%"


def _svg(parts: list[str], tone: str, label: str) -> Markup:
    # Tone is a constant of the template; the rest are numbers. No text comes from the data.
    return Markup(  # noqa: S704
        f'<svg class="strip {tone}" height="{HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )
