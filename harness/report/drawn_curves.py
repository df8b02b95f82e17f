"""Curves as drawings, within a page or as files: the area between least and greatest value of each step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup, escape

from harness.signals.curves import Curve

WIDTH, HEIGHT = 600.0, 90.0
"""Of a drawing that is a file, in pixels."""


def bounds(curves: Sequence[Curve]) -> tuple[float, float]:
    """The least and the greatest value of several curves, so that they can be drawn on one scale."""
    extents = [extent for curve in curves if (extent := curve.extent) is not None]
    low, high = min((low for low, _ in extents), default=0.0), max((high for _, high in extents), default=1.0)
    return (low, high) if low < high else (low - 1.0, high + 1.0)


def plot(curve: Curve, low: float, high: float) -> Markup:
    """A drawing within a page, as wide as its place; gaps stay empty.

    Args:
        curve: the signal.
        low: the value at the lower end.
        high: the value at the upper end.
    """
    # All parts are made of numbers.
    drawn = "".join(_polygons(curve, low, high, 1000.0, 100.0))
    return Markup(  # noqa: S704
        f'<svg class="trace" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'
    )


def svg_file(curve: Curve) -> bytes:
    """A drawing as an SVG file, with name, unit, range and duration above it."""
    low, high = bounds([curve])
    shown = curve.extent or (0.0, 0.0)
    unit = f" ({curve.unit})" if curve.unit else ""
    text = escape(f"{curve.name}{unit}, {shown[0]:.3g} to {shown[1]:.3g}, {curve.duration_s:.0f} s")
    drawn = "".join(_polygons(curve, low, high, WIDTH, HEIGHT))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -18 {WIDTH:g} {HEIGHT + 18:g}" role="img">'
        f"<title>{text}</title>"
        f'<text x="0" y="-5" font-family="sans-serif" font-size="12">{text}</text>'
        f'<g fill="#1f6feb" stroke="#1f6feb" stroke-width="1" stroke-linejoin="round">{drawn}</g></svg>'
    )
    return svg.encode()


def _polygons(curve: Curve, low: float, high: float, width: float, height: float) -> Iterator[str]:
    """An area for each stretch without a gap."""
    num = max(len(curve.low), 1)
    steps = enumerate(zip(curve.low.tolist(), curve.high.tolist(), strict=True))
    for known, run in groupby(steps, key=lambda step: math.isfinite(step[1][0])):
        if known:
            places = [(width * (at + 0.5) / num, *pair) for at, pair in run]
            there = [f"{x:.1f},{_from_top(top, low, high, height)}" for x, _, top in places]
            back = [f"{x:.1f},{_from_top(bottom, low, high, height)}" for x, bottom, _ in reversed(places)]
            yield f'<polygon points="{" ".join((*there, *back))}"/>'


def _from_top(value: float, low: float, high: float, height: float) -> str:
    return f"{height * (0.02 + 0.96 * (high - value) / (high - low)):.2f}"
