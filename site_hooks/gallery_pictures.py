"""What the pages of the gallery show: the words of a finding, and pictures of the numbers behind it, as SVG."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from harness.api.measurement_report import MeasurementReport

INK = "#123456"
"""Drawn in this colour and written as that of the text around it, so that it is legible on light and dark."""

BLUE, RED = "#3f83c8", "#d9534f"
STYLE = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 10,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "gallery",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
DRAWN: dict[str, str] = {}
"""The first picture of each page, by the page's name."""

Interval = tuple[float, float, float]
"""Value, lower and upper end."""


def say(report: MeasurementReport, check: str, about: str = "") -> str:
    """What a check found, word for word, as HTML."""
    findings = report.findings
    found = findings[(findings["name"] == check) & findings["about"].str.contains(about, regex=False)].iloc[0]
    title = f"{found['name']}{': ' + found['about'] if found['about'] else ''}"
    return say_words(title, found["verdict"], f"{found['sentence']} Remedy: {found['remedy']}")


def say_words(title: str, verdict: str, sentence: str) -> str:
    """A verdict with its reason as HTML."""
    return (
        f'<div class="finding {verdict}"><p><span class="verdict">{html.escape(title)}, '
        f"{verdict.replace('_', ' ')}</span></p><p>{html.escape(sentence)}</p></div>\n"
    )


def axes(width: float = 6.4, height: float = 2.6, columns: int = 1) -> tuple[Figure, Any]:
    """A figure in the gallery's style, and its axes; several side by side."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure((width, height), layout="constrained")
        return figure, figure.subplots(1, columns)


def draw(page: str, figure: Figure, caption: str) -> str:
    """A figure with its caption as HTML, which is kept for the gallery's cover."""
    from matplotlib import rc_context

    written = io.StringIO()
    with rc_context(STYLE):
        figure.savefig(written, format="svg", metadata={"Date": None})
    svg = written.getvalue()
    svg = (
        METADATA.sub("", svg[svg.index("<svg") :])
        .replace(INK, "currentColor")
        .replace("<svg ", f'<svg role="img" aria-label="{html.escape(caption)}" ', 1)
    )
    return show(page, " ".join(svg.split()), caption)


def show(page: str, content: str, caption: str) -> str:
    """HTML as a figure."""
    shown = f'<figure class="drawn">{content}<figcaption>{html.escape(caption)}</figcaption></figure>'
    DRAWN.setdefault(page, shown)
    return shown + "\n"


def draw_levels(
    page: str,
    levels: Mapping[str, Interval],
    caption: str,
    *,
    label: str,
    marks: Mapping[str, float] | None = None,
    red: Sequence[str] = (),
) -> str:
    """Values with their intervals, one a line; named marks are dashed lines."""
    figure, plot = axes(height=0.9 + 0.36 * len(levels))
    for place, (name, (value, lo, hi)) in enumerate(levels.items()):
        colour = RED if name in red else BLUE
        plot.plot([lo, hi], [-place, -place], color=colour, linewidth=2)
        plot.plot([value], [-place], "o", color=colour)
    plot.set_yticks([-place for place in range(len(levels))], list(levels))
    plot.set_ylim(0.6 - len(levels), 0.6)
    plot.set_xlabel(label)
    for name, at in (marks or {}).items():
        plot.axvline(at, linestyle="--", color=INK, linewidth=1)
        plot.annotate(
            name, (at, 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=9, color=INK
        )
    return draw(page, figure, caption)


def draw_confusion(
    plot: Axes, truth: Sequence[str], answers: Sequence[str], labels: Sequence[str], title: str
) -> None:
    """Shares of the answers by label, darker for more."""
    shares = np.array(
        [
            [sum(t == row and a == column for t, a in zip(truth, answers, strict=True)) for column in labels]
            for row in labels
        ],
        float,
    )
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    plot.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        plot.text(
            column,
            row,
            f"{share:.2f}",
            ha="center",
            va="center",
            color="white" if share > 0.5 else "#222222",
            fontsize=9,
        )
    plot.set_xticks(range(len(labels)), labels, rotation=30)
    plot.set_yticks(range(len(labels)), labels)
    plot.set_xlabel("answer")
    plot.set_ylabel("label")
    plot.set_title(title, fontsize=10)


def picture(pixels: np.ndarray[Any, Any], title: str = "", width: int = 110) -> str:
    """A picture, ``[H, W]`` or ``[H, W, 3]`` (RGB) of bytes, as HTML with its title below."""
    import cv2

    shown = pixels if pixels.ndim == 2 else pixels[..., ::-1]
    data = base64.b64encode(cv2.imencode(".png", shown)[1].tobytes()).decode()
    name = html.escape(title)
    shown_as = f'<img alt="{name}" width="{width}" src="data:image/png;base64,{data}">'
    return f'<span class="picture">{shown_as}<br>{name}</span>'


def interval(estimate: Any) -> Interval:
    """An estimate of a report, or a row of its tables, as value and interval."""
    if hasattr(estimate, "value"):
        return (estimate.value, estimate.lo, estimate.hi)
    return (estimate["value"], estimate["lo"], estimate["hi"])
