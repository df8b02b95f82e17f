"""The page of a condition: samples before and after, for people to look at and listen to.

One HTML file that makes no request: pictures, sounds and plots are in it, so it holds what the dataset holds and
stays on the machine. Everything is escaped.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from harness.report.templating import template


@dataclass(frozen=True)
class Trace:
    """A signal over time in equal steps.

    Attributes:
        name: of the channel.
        unit: of its values; None where it is arbitrary.
        low, high: the least and the greatest value of each step; NaN where the signal is missing.
    """

    name: str
    unit: str | None
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True)
class ShownMedium:
    """A medium as far as a page can show it: a PNG file, a WAV file, and signals; each may be absent."""

    picture: bytes | None = None
    sound: bytes | None = None
    traces: Sequence[Trace] = ()


@dataclass(frozen=True)
class Version:
    """A sample under one condition; without a medium, the reason why there is none."""

    condition: str
    medium: ShownMedium | None
    reason: str | None = None


@dataclass(frozen=True)
class Example:
    """One sample: its name, its label if there is one, and its versions, on clean media first."""

    sample: str
    label: str | None
    versions: Sequence[Version]


@dataclass(frozen=True)
class DescribedCondition:
    """A condition: its name, what its severity stands for, whether labels hold, and where it comes from."""

    name: str
    meaning: str | None
    label_preserving: str
    source: str


def render_condition(
    name: str, doc: str, conditions: Sequence[DescribedCondition], examples: Sequence[Example], dataset: str
) -> str:
    """The page as one HTML document.

    Args:
        name: of the condition, or of its family.
        doc: what it changes.
        conditions: that are shown.
        examples: the samples.
        dataset: the title of the dataset that they come from.
    """
    functions: dict[str, Callable[..., Any]] = {"data_uri": data_uri, "plot": plot, "bounds": bounds}
    return template("condition.html.j2", functions).render(
        name=name, doc=doc, conditions=conditions, examples=examples, dataset=dataset
    )


def data_uri(data: bytes, media_type: str) -> str:
    """The bytes of a file as an address of themselves."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def bounds(example: Example, name: str) -> tuple[float, float]:
    """The least and the greatest value of a channel over all versions, so that their plots have one scale."""
    media = [version.medium for version in example.versions if version.medium is not None]
    values = [v for m in media for t in m.traces if t.name == name for v in (*t.low, *t.high) if math.isfinite(v)]
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if low < high else (low - 1.0, high + 1.0)


def plot(trace: Trace, low: float, high: float) -> Markup:
    """A signal as the area between its least and greatest values; gaps stay empty.

    Args:
        trace: the signal.
        low: the value at the lower end of the plot.
        high: the value at the upper end.
    """
    num = max(len(trace.low), 1)
    steps = enumerate(zip(trace.low, trace.high, strict=True))
    parts = []
    for known, run in groupby(steps, key=lambda step: math.isfinite(step[1][0])):
        if known:
            places = [(1000 * (at + 0.5) / num, *pair) for at, pair in run]
            there = [f"{x:.1f},{_from_top(top, low, high)}" for x, _, top in places]
            back = [f"{x:.1f},{_from_top(bottom, low, high)}" for x, bottom, _ in reversed(places)]
            parts.append(f'<polygon points="{" ".join((*there, *back))}"/>')
    # All parts are made of numbers.
    drawn = "".join(parts)
    return Markup(  # noqa: S704
        f'<svg class="trace" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'
    )


def _from_top(value: float, low: float, high: float) -> str:
    return f"{2 + 96 * (high - value) / (high - low):.2f}"
