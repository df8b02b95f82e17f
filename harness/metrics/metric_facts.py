"""The facts that a metric declares where it is defined. All other code reads them from there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Direction = Literal["higher", "lower", "zero"]
"""Which way is better; ``zero`` for a signed error."""

Need = Literal[
    "labels", "scores", "probabilities", "two_classes", "dimensions", "non_negative_samples", "signed_labels"
]
"""What a metric requires:

- ``labels``: of the samples and of the model;
- ``scores``: of the classes; ``probabilities``: scores that are not negative and sum to one;
- ``two_classes``: exactly two in the truth;
- ``dimensions``: valence, arousal or dominance, in the truth and in the answers;
- ``non_negative_samples``: samples without a negative emotion, and a model that can answer one;
- ``signed_labels``: labels and answers of more than one sign of valence, and no valence ratings.
"""

PARTS = ("class", "dimension", "reason")
"""What a metric may be defined for each of: ``recall:<class>``, ``ccc:<dimension>``, ``failed:<reason>``."""

FIRST_OUTSIDE_ORDER = 1000
"""The lowest `MetricFacts.order` of metrics from other packages: they follow the harness's own."""

_MAX_NAME = 50


class Shown(IntEnum):
    """Where a metric is shown. Each place also shows the metrics of all levels listed after it."""

    RESULTS = 0
    """In the results table only."""
    CLASSES = 1
    """In the report's table of single classes, and in MLflow after the others."""
    REPORT = 2
    """In the report's table of all samples, and in MLflow if there is room."""
    TRACKED = 3
    """In MLflow."""
    TERMINAL = 4
    """In the terminal; if it cannot be measured, the results say why."""
    HEADLINE = 5
    """Plotted if its chance level is known, and logged to MLflow with its interval."""


@dataclass(frozen=True)
class Chance:
    """The chance level of a metric: its value for answers that do not depend on the sample.

    Attributes:
        text: the chance level in words.
        baseline: the baseline model that attains it, if it depends on the data.
        of_classes: the chance level as a function of the number of classes, if it depends on that alone.
    """

    text: str
    baseline: str | None = None
    of_classes: Callable[[int], float] | None = None

    @classmethod
    def always(cls, value: float) -> Chance:
        """The same for all data."""
        return cls(f"{value:g}", of_classes=lambda _: value)


@dataclass(frozen=True, kw_only=True)
class MetricFacts:
    """The facts of one metric, or of one for each class, dimension or reason.

    Attributes:
        name: its name in results, such as ``uar``, or the pattern of its names, such as ``recall:<class>``.
        title: its name in reports.
        meaning: a one-line explanation.
        low: its lowest possible value; minus infinity if there is none.
        high: its highest; infinity if there is none or it depends on the data.
        better: which direction is better; None if neither is.
        chance: its chance level; None if there is none.
        needs: what it requires.
        compared: whether groups are compared on it, unless the study names its metrics.
        mean_over_classes: whether it is a mean over classes, so that groups are only comparable if both have
            samples of every class.
        squared: whether it is on a squared scale: the general tolerance is squared for it, and its slope, and so
            its standard error, vanishes near the optimum.
        size_bias: why groups with unequal numbers of samples are not comparable on it, and which metric to use
            instead; None if they are comparable.
        always_permuted: whether critical values come from permutations even with many subjects: sums of absolute
            or squared terms are too far from normal for Student's t.
        binned: whether it depends on bins or thresholds computed from the run.
        shows_correctness: whether a value above chance shows that answers are right at all; a difference is only
            ``met`` in groups where this holds.
        in_every_cell: whether it is always measured in the cells of an intersection, and shown for groups that are
            not compared, whatever metrics the study compares.
        shown: where it is shown.
        order: its position among other metrics, ascending. In other packages at least `FIRST_OUTSIDE_ORDER`.
        lead: its position among the figures at the top of the report; None if it is not one of them.

    Raises:
        ValueError: the name is not of the form ``name`` or ``name:<part>``, or the range is empty.
    """

    name: str
    title: str
    meaning: str
    low: float = 0.0
    high: float = 1.0
    better: Direction | None = None
    chance: Chance | None = None
    needs: tuple[Need, ...] = ()
    compared: bool = False
    mean_over_classes: bool = False
    squared: bool = False
    size_bias: str | None = None
    always_permuted: bool = False
    binned: bool = False
    shows_correctness: bool = False
    in_every_cell: bool = False
    shown: Shown = Shown.REPORT
    order: int = FIRST_OUTSIDE_ORDER
    lead: int | None = None

    def __post_init__(self) -> None:
        if not (_is_plain(self.base) and self.name in (self.base, *(f"{self.base}:<{part}>" for part in PARTS))):
            raise ValueError(
                f"a metric cannot be named {self.name[:80]!r}: expected at most {_MAX_NAME} small letters, digits "
                f"and _, beginning with a letter, and at the end where there are several :<{'>, :<'.join(PARTS)}>"
            )
        if not self.low < self.high:
            raise ValueError(f"metric {self.name}: a range from {self.low:g} to {self.high:g} is empty")

    @property
    def base(self) -> str:
        """The name without its part: ``recall`` of ``recall:<class>``."""
        return self.name.partition(":")[0]

    @property
    def each(self) -> str | None:
        """What it is defined for each of: ``class``, ``dimension`` or ``reason``; None if there is only one."""
        return self.name.partition(":")[2].strip("<>") or None

    @property
    def widest(self) -> float:
        """The largest possible difference between two values; infinite if it is unbounded."""
        return self.high - self.low

    @property
    def is_bounded(self) -> bool:
        """Whether it has both bounds."""
        return math.isfinite(self.widest)

    @property
    def range(self) -> str:
        """The range in words."""
        if self.is_bounded:
            return f"{self.low:g} to {self.high:.3g}"
        return "any" if math.isinf(self.low) else f"{self.low:g} and up"


def _is_plain(name: str) -> bool:
    return len(name) <= _MAX_NAME and name.isascii() and name.isidentifier() and name.islower() and name[0] != "_"
