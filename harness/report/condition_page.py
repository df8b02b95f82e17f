"""The page of a condition: samples before and after, for people to look at and listen to.

One HTML file that makes no request: pictures, sounds and plots are in it, so it holds what the dataset holds and
stays on the machine. Everything is escaped.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.drawn_curves import bounds, plot
from harness.report.templating import template
from harness.signals.curves import Curve

_HEAD = 4096
"""So many characters of a page hold its title, whatever the name of the condition."""


@dataclass(frozen=True)
class ShownMedium:
    """A medium as far as a page can show it; each part may be absent.

    Attributes:
        picture: a PNG file.
        sound: a WAV file.
        spectrogram: of the sound, a PNG file.
        curves: of sound and signals.
    """

    picture: bytes | None = None
    sound: bytes | None = None
    spectrogram: bytes | None = None
    curves: Sequence[Curve] = ()


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
    functions: dict[str, Callable[..., Any]] = {"data_uri": data_uri, "plot": plot, "same_scale": same_scale}
    return template("condition.html.j2", functions).render(
        name=name, doc=doc, conditions=conditions, examples=examples, dataset=dataset
    )


def is_condition_page(html: str) -> bool:
    """Whether a document is such a page, made by this or an earlier version."""
    return ", before and after</title>" in html[:_HEAD]


def data_uri(data: bytes, media_type: str) -> str:
    """The bytes of a file as an address of themselves."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def same_scale(example: Example, name: str) -> tuple[float, float]:
    """The ends of the scale of a curve over all versions, so that their drawings can be compared."""
    media = [version.medium for version in example.versions if version.medium is not None]
    return bounds([curve for medium in media for curve in medium.curves if curve.name == name])
