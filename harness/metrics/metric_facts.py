"""The facts that a metric declares where it is defined. All other code reads them from there."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Literal, get_args

Direction = Literal["higher", "lower", "zero"]
"""Which way is better; ``zero`` for a signed error."""

Need = Literal[
    "labels",
    "scores",
    "probabilities",
    "two_classes",
    "dimensions",
    "non_negative_samples",
    "signed_labels",
    "unsupported_labels",
    "clean_answers",
    "votes",
]
"""What a metric requires:

- ``labels``: of the samples and of the model;
- ``scores``: of the classes; ``probabilities``: scores that are not negative and sum to one;
- ``two_classes``: exactly two in the truth;
- ``dimensions``: valence, arousal or dominance, in the truth and in the answers;
- ``non_negative_samples``: samples without a negative emotion, and a model that can answer one;
- ``signed_labels``: labels and answers of more than one sign of valence, and no valence ratings;
- ``unsupported_labels``: labels that the system cannot answer, and others that it can;
- ``clean_answers``: those of the same model to the same samples on clean media, under another condition;
- ``votes``: of raters, and a model that is not the raters themselves.
"""

IntervalKind = Literal["student", "student_squares", "mirrored", "mirrored_squares"]
"""How the interval of a metric's value is made:

- ``student``: Student's t from the values without each subject (`harness.statistics.jackknife`);
- ``student_squares``: the same on the reciprocal scale, with fewer degrees of freedom. For the root of a mean of
  squares, which people with large errors decide: where they are absent, the value and its spread are both low;
- ``mirrored``: between two quantiles of its resamples, whichever lies farther from the value, on both sides of it
  (`harness.statistics.mirrored`). For a metric whose resamples lie above its value on average: a subject that is
  drawn twice agrees with itself;
- ``mirrored_squares``: the same of the squares. For a metric that is never negative and counts noise as error:
  its value does so once, its resamples twice.
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


ClassOf = Literal["label", "answer", "either"]
"""Of which samples a metric of one class is: those whose label, whose answer, or where either is that class."""


@dataclass(frozen=True, kw_only=True)
class MetricFacts:
    """The facts of one metric, or of one for each class, dimension or reason.

    Attributes:
        name: its name in results, such as ``uar``, or the pattern of its names, such as ``recall:<class>``.
        title: what it is called where people read it.
        meaning: what it is, in one line.
        low: the least value that it can take; minus infinity where there is none.
        high: the greatest; infinity where there is none, or where the data decide it.
        better: which way is better; None where neither is.
        chance: what is reached without looking at the sample, in words (`Metric.chance` is its value); None where
            there is no such value.
        needs: what it cannot be counted without.
        compared: whether groups are compared on it unless the study chooses its metrics.
        mean_over_classes: two groups are comparable on it only where both show every class.
        class_of: which samples it is of, where it is one of a class, see `ClassOf`; None for all.
        squared: whether it is the square of an error: two values are then compared by their roots, which are on
            the scale of the tolerance (`harness.measurement.compared_scale`).
        interval: how the interval of its value is made, see `IntervalKind`.
        no_interval: why its value has no interval; None where it has one.
        interval_samples: the fewest samples with which its value has an interval; of a mean over classes, in each
            of its classes.
        size_bias: why groups with unequal numbers of samples are not comparable on it, and on what they are; None
            where they are.
        always_permuted: whether the critical values of its differences are those of permutations however many
            subjects there are: sums of absolute or squared parts are too far from normal for Student's t.
        binned: whether it rests on bins or thresholds that are taken from the run.
        shows_correctness: whether a group in which it is above chance is one in which answers are right at all: a
            difference is only ``met`` there.
        in_every_cell: whether it is measured in every cell of an intersection, and shown of groups that nothing is
            compared on, whatever the study compares.
        shown: where it is shown.
        order: its position among other metrics, ascending. In other packages at least `FIRST_OUTSIDE_ORDER`.
        lead: its position among the figures at the top of the report; None if it is not one of them.

    Raises:
        ValueError: the name is not of the form ``name`` or ``name:<part>``; the range is empty, or has values
            below zero whose interval is one of squares; a fact is not of its type, or none of the words that it
            may be.
    """

    name: str
    title: str
    meaning: str
    low: float = 0.0
    high: float = 1.0
    better: Direction | None = None
    chance: str | None = None
    needs: tuple[Need, ...] = ()
    compared: bool = False
    mean_over_classes: bool = False
    class_of: ClassOf | None = None
    squared: bool = False
    interval: IntervalKind = "student"
    no_interval: str | None = None
    interval_samples: int = 0
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
        _require_types(self)
        if not self.low < self.high:
            raise ValueError(f"metric {self.name}: a range from {self.low:g} to {self.high:g} is empty")
        if self.low < 0 and self.interval in ("mirrored_squares", "student_squares"):
            raise ValueError(f"metric {self.name}: values below 0 have no interval of the kind {self.interval}")

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
        """The largest difference between two values that are compared; infinite if it is unbounded."""
        return math.sqrt(max(self.high, 0.0)) if self.squared else self.high - self.low

    @property
    def is_bounded(self) -> bool:
        """Whether it has both bounds."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def range(self) -> str:
        """The range in words."""
        if self.is_bounded:
            return f"{self.low:g} to {self.high:.3g}"
        return "any" if math.isinf(self.low) else f"{self.low:g} and up"


def _is_plain(name: str) -> bool:
    return len(name) <= _MAX_NAME and name.isascii() and name.isidentifier() and name.islower() and name[0] != "_"


_TYPES = {
    "str": str,
    "str | None": str | None,
    "float": int | float,
    "bool": bool,
    "int": int,
    "int | None": int | None,
    "Shown": Shown,
}
"""By the annotation of a fact."""


def _require_types(facts: MetricFacts) -> None:
    """Nothing else looks at the facts of another package, where a wrong one would show as a wrong number."""
    for field in fields(facts):
        value, expected = getattr(facts, field.name), _TYPES.get(str(field.type))
        is_truth = isinstance(value, bool) and field.type != "bool"  # Python counts truth among the numbers
        if expected is not None and (is_truth or not isinstance(value, expected)):
            raise ValueError(f"metric {facts.name}: {field.name} is {value!r}; expected {field.type}")
    for name, words, known in (
        ("better", (facts.better,), (None, *get_args(Direction))),
        ("needs", facts.needs, get_args(Need)),
        ("interval", (facts.interval,), get_args(IntervalKind)),
        ("class_of", (facts.class_of,), (None, *get_args(ClassOf))),
    ):
        unknown = [word for word in words if word not in known]
        if unknown:
            listed = ", ".join(str(word) for word in known)
            raise ValueError(f"metric {facts.name}: {name} is {unknown[0]!r}; expected one of {listed}")
