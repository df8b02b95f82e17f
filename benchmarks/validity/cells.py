"""The studies that `gaps.py` simulates: one `Cell` each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

METRICS = ("accuracy", "uar", "macro_f1", "coverage", "ece", "ccc")
OTHERS = ("auc", "brier", "log-loss", "recall", "precision")
"""Metrics with fewer cells."""
GEOMETRIC = "geometric"


@dataclass(frozen=True)
class Cell:
    """One kind of study.

    Attributes:
        part: the table that it belongs to.
        metric: a name in `populations.POPULATIONS`.
        sizes: subjects per group; where each has all groups, their number is the first.
        clips: per subject: 50 (``equal``), 1 and up with a mean of 50 (``geometric``), or 15 in the first half of
            the groups and 100 in the others (``by group``).
        icc: intra-class correlation, used by the groups in turn.
        balanced: classes.
        effect: what is added to the metric, per group; 0 where none is given.
        design: ``pairs`` or each group against the ``rest``; with ``crossed``, every subject has rows in all
            groups; with ``mixed``, half of them have rows in two.
        method: ``shipped``, or ``permuted`` or ``student`` with however many subjects.
        alternatives: also run the other methods.
        verdicts: on the largest true difference, taken as the tolerance.
    """

    part: str
    metric: str
    sizes: tuple[int, ...]
    clips: str = "equal"
    icc: tuple[float, ...] = (0.1,)
    balanced: bool = True
    effect: tuple[float, ...] = ()
    design: str = "pairs"
    method: str = "shipped"
    alternatives: bool = False
    verdicts: bool = False

    @property
    def key(self) -> str:
        """What tells it from the others."""
        return "; ".join(f"{name}={value}" for name, value in asdict(self).items())

    def effects(self) -> list[float]:
        """One for each group."""
        return [*self.effect, *[0.0] * (len(self.sizes) - len(self.effect))]


def cells() -> Iterator[Cell]:
    """All of them, part by part."""
    yield from _alike()
    yield from _unlike_spread()
    yield from _different()
    yield from _designs()
    yield from _few_subjects()
    yield from _student()
    yield from _at_the_tolerance()
    yield from _calibration()
    yield from _choice()


def _alike() -> Iterator[Cell]:
    """Tally-wise error: easy, and with unequal clips, imbalanced classes, weak and strong subject effects."""
    for metric in METRICS:
        for num_groups, num_subjects in ((2, 10), (6, 10), (12, 10), (6, 20), (6, 30), (12, 30), (6, 100)):
            cell = Cell("alike", metric, (num_subjects,) * num_groups)
            yield cell
            for icc in (0.02, 0.3):
                yield replace(cell, icc=(icc,), clips=GEOMETRIC, balanced=False)
    for metric in OTHERS:
        for num_groups, num_subjects in ((2, 10), (6, 10), (6, 30)):
            cell = Cell("alike", metric, (num_subjects,) * num_groups)
            yield from (cell, replace(cell, icc=(0.3,), clips=GEOMETRIC, balanced=False))


def _unlike_spread() -> Iterator[Cell]:
    """Groups of different sizes and spreads whose metric is the same."""
    for metric in (*METRICS, *OTHERS):
        for sizes in ((40, 20, 20, 10, 10, 8), (8, 10, 10, 20, 20, 40)):
            yield Cell("unlike spread", metric, sizes, clips=GEOMETRIC, icc=(0.3, 0.1, 0.1, 0.02, 0.02, 0.02))
        for sizes in ((8, 40), (10, 40), (20, 80)):
            yield Cell("unlike spread", metric, sizes, clips=GEOMETRIC, icc=(0.3, 0.02))
        yield Cell("unlike spread", metric, (10, 10, 10, 10, 10, 200), clips=GEOMETRIC)


def _different() -> Iterator[Cell]:
    """Coverage and power where groups differ."""
    for metric in METRICS:
        down = -0.1 if metric != "ece" else -0.08
        yield Cell("different", metric, (10, 10), effect=(down,))
        yield Cell("different", metric, (10,) * 6, effect=(1.5 * down,))
        yield Cell("different", metric, (30,) * 6, effect=(down,))
        yield Cell("different", metric, (30,) * 6, effect=(1.5 * down,), clips=GEOMETRIC, balanced=False)
        yield Cell("different", metric, (40, 20, 20, 10, 10, 8), effect=(0, 0, 0.5 * down, down, 0, 1.5 * down))
        for sizes in ((60, 60, 6), (10, 100), (10, 40)):
            yield Cell("different", metric, sizes, effect=(down,))
    for metric in OTHERS:
        yield Cell("different", metric, (30,) * 6, effect=(-0.1,))
        yield Cell("different", metric, (10, 40), effect=(-0.1,))


def _designs() -> Iterator[Cell]:
    """Against the rest, and groups that subjects are in more than once."""
    for metric in ("accuracy", "macro_f1", "ece", "ccc"):
        for design in ("rest", "crossed", "mixed"):
            for sizes in ((10,) * 3, (10,) * 6, (30,) * 6):
                yield Cell("designs", metric, sizes, clips=GEOMETRIC, design=design)
            yield Cell("designs", metric, (20,) * 4, clips=GEOMETRIC, design=design, effect=(-0.08,))


def _few_subjects() -> Iterator[Cell]:
    for metric in ("accuracy", "coverage", "coverage 0.98", "uar", "ece", "ccc"):
        for num_subjects in (3, 4, 5, 6, 8):
            yield Cell("few subjects", metric, (num_subjects,) * 6, clips=GEOMETRIC)
            yield Cell("few subjects", metric, (num_subjects, 30), clips=GEOMETRIC, icc=(0.3, 0.02))
    for metric in ("coverage 0.98", "coverage 0.995"):
        for num_subjects in (5, 10, 30, 100):
            yield Cell("few errors", metric, (num_subjects,) * 6)
            yield Cell("few errors", metric, (num_subjects,) * 2, effect=(-0.05,))


def _student() -> Iterator[Cell]:
    """From how many subjects on is Student's t enough?"""
    for metric in METRICS:
        for num_subjects in (50, 100, 200, 400):
            cell = Cell("student", metric, (num_subjects,) * 6, method="student")
            yield replace(cell, clips=GEOMETRIC, balanced=False, icc=(0.3,))
    for metric in OTHERS:
        yield Cell("student", metric, (200,) * 6, method="student", clips=GEOMETRIC, balanced=False, icc=(0.3,))
    yield Cell("student", "ece", (200,) * 12, method="student", clips=GEOMETRIC, icc=(0.3,))
    for num_subjects in (100, 200, 400):
        yield Cell("student", "coverage 0.98", (num_subjects,) * 6, method="student", clips=GEOMETRIC)


def _at_the_tolerance() -> Iterator[Cell]:
    """The true gap is just what is tolerated: neither ``met`` nor ``not_met`` is due."""
    for metric in METRICS:
        yield Cell("tolerance", metric, (200, 200), effect=(-0.05,), verdicts=True, icc=(0.05,))
        yield Cell("tolerance", metric, (30,) * 6, effect=(-0.15,), verdicts=True)
        yield Cell("tolerance", metric, (10, 10), effect=(-0.15,), verdicts=True, icc=(0.02,))


def _calibration() -> Iterator[Cell]:
    """ECE is biased upwards in small groups: what if groups differ in clips or subjects, not in calibration?"""
    for metric in ("ece", "ece, calibrated", "calibration_error_sq", "calibration_error_sq, calibrated"):
        for sizes in ((10,) * 6, (30,) * 6):
            yield Cell("calibration", metric, sizes)
            yield Cell("calibration", metric, sizes, clips="by group")
        yield Cell("calibration", metric, (10, 100))
        yield Cell("calibration", metric, (30,) * 6, effect=(-0.1,))


def _choice() -> Iterator[Cell]:
    """Beside other methods."""
    for metric in METRICS:
        for sizes in ((10,) * 6, (30,) * 6, (10,) * 12, (8, 10, 10, 20, 20, 40)):
            unlike = len(set(sizes)) > 1
            icc = (0.3, 0.1, 0.1, 0.02, 0.02, 0.02) if unlike else (0.1,)
            yield Cell("choice", metric, sizes, icc=icc, clips=GEOMETRIC, balanced=False, alternatives=True)
        yield Cell("choice", metric, (30,) * 6, effect=(-0.1,), alternatives=True)
