"""How often do the 95 % intervals of levels hold the truth? Simulated, metric by metric.

Two kinds of studies: calibration errors of systems that are calibrated, or off by a known error
(`calibrated.py`), and all other metrics of systems that answer with probabilities (`scored_people`). The first
show beside the interval that is reported the one that was reported before (of percentiles; below six subjects
the jackknife's).

    OMP_NUM_THREADS=1 python benchmarks/validity/levels.py [--studies 300] [--part calibration,others] > table.md

*Above*: the interval lies above the truth; *below*: below it. All in percent of studies; the width is the median.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from calibrated import calibration_tally, clips_of

from harness.cards.taxonomy import map_labels
from harness.measurement.model_counts import count_model
from harness.metrics.tally import Metric, Tally
from harness.statistics.estimates import MetricEstimate, estimates
from harness.tables.alignment import Aligned

Floats = npt.NDArray[np.float64]
RESAMPLES, LEVEL, ROUNDING = 1000, 0.95, 1e-9

SIZES = (
    (3, "equal", 50, 0.1),
    (5, "equal", 15, 0.02),
    (5, "geometric", 50, 0.3),
    (8, "equal", 15, 0.02),
    (8, "geometric", 50, 0.3),
    (15, "equal", 50, 0.02),
    (15, "geometric", 50, 0.1),
    (15, "equal", 50, 0.3),
    (30, "equal", 15, 0.02),
    (30, "equal", 50, 0.1),
    (30, "geometric", 50, 0.3),
    (100, "geometric", 15, 0.1),
    (100, "equal", 50, 0.02),
    (200, "equal", 30, 0.02),
    (200, "geometric", 50, 0.3),
)
"""Subjects, clips per subject and their mean, intra-class correlation."""
ERRORS = (0.0, 0.02, 0.05, 0.1, 0.2)

PRIORS = {"two classes": (0.5, 0.5), "four classes": (0.45, 0.3, 0.2, 0.05)}
OTHERS = ((8, "equal", 50), (15, "geometric", 50), (30, "equal", 15), (30, "equal", 50), (100, "equal", 50))
OF_SETS = ("conformal_coverage", "conformal_set_size")
"""Their truth is what is found on average: they are about sets that so many people calibrate."""
MEASURED = (
    *("accuracy", "uar", "macro_f1", "recall", "precision", "auc", "log_loss", "brier"),
    *("aurc", "risk_at_80", *OF_SETS),
)
POPULATION = 20_000
"""People of whom the truth is computed: its error is under a tenth of the half-width of any interval here."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--part", default="calibration,others")
    arguments = parser.parse_args()
    for part in arguments.part.split(","):
        for line in {"calibration": calibration_lines, "others": other_lines}[part](arguments.studies):
            print(line, flush=True)


def calibration_lines(studies: int) -> Iterator[str]:
    """The table of calibration errors."""
    names = ("ece", "calibration_error_sq")
    yield (
        "| subjects | clips | ICC | off by | "
        + " | ".join(f"{name}: held | above | below | width | before: held" for name in names)
        + " |"
    )
    yield f"|{'---|' * 14}"
    for size in SIZES:
        for error in ERRORS:
            held = coverage(
                calibration_estimates(size, error, studies), {"ece": error, "calibration_error_sq": error**2}
            )
            cells = [" | ".join([*_percent(held[name]), _percent(held[f"{name} before"])[0]]) for name in names]
            subjects, clips, mean, icc = size
            yield f"| {subjects} | {clips} {mean} | {icc:g} | {error:g} | {' | '.join(cells)} |"


def calibration_estimates(
    size: tuple[int, str, int, float], error: float, studies: int
) -> Iterator[dict[str, MetricEstimate]]:
    """Both calibration errors of each study; and with the intervals that were reported before."""
    subjects, clips, mean, icc = size
    for study in range(studies):
        rng = np.random.default_rng(np.random.SeedSequence([study, zlib.crc32(repr((size, error)).encode())]))
        tally = calibration_tally(rng, clips_of(clips, mean, subjects, rng), icc, np.full(subjects, error))
        before = replace(tally, metrics=tuple(map(_of_percentiles, tally.metrics)))
        yield named([tally], study) | {f"{name} before": one for name, one in named([before], study).items()}


def _of_percentiles(metric: Metric) -> Metric:
    return replace(metric, facts=replace(metric.facts, interval="percentile"))


def other_lines(studies: int) -> Iterator[str]:
    """The table of all other metrics."""
    yield "| classes | subjects | clips | metric | truth | held | above | below | width |"
    yield f"|{'---|' * 9}"
    for kind, priors in PRIORS.items():
        truth = {
            name: one.value for name, one in next(other_estimates(priors, POPULATION, "equal", 50, 1, 1)).items()
        }
        for subjects, clips, mean in OTHERS:
            found = list(other_estimates(priors, subjects, clips, mean, studies, RESAMPLES))
            sets = {name: float(np.mean([study[name].value for study in found])) for name in OF_SETS}
            for name, held in coverage(found, truth | sets).items():
                shown = " | ".join(_percent(held))
                yield f"| {kind} | {subjects} | {clips} {mean} | {name} | {(truth | sets)[name]:.3f} | {shown} |"


def other_estimates(
    priors: tuple[float, ...], subjects: int, clips: str, mean: int, studies: int, resamples: int
) -> Iterator[dict[str, MetricEstimate]]:
    """All metrics of each study, of classes the rarest one."""
    rarest = f":c{len(priors) - 1}"
    for study in range(studies):
        rng = np.random.default_rng(np.random.SeedSequence([study, subjects, mean, len(priors)]))
        aligned = scored_people(rng, clips_of(clips, mean, subjects, rng), priors)
        found = named(count_model(aligned, [], outside=()).tallies, study, resamples)
        yield {
            name: one
            for name, one in found.items()
            if name.partition(":")[0] in MEASURED and (":" not in name or name.endswith(rarest))
        }


def scored_people(rng: np.random.Generator, clips_S: npt.NDArray[np.int64], priors: tuple[float, ...]) -> Aligned:
    """People whom a system answers with probabilities.

    Each has a mix of classes of their own, is read better or worse than others, and looks more like some
    classes than others.
    """
    num_subjects, num_classes = len(clips_S), len(priors)
    subject_N = np.repeat(np.arange(num_subjects), clips_S)
    mix_SC = rng.dirichlet(20 * np.array(priors), num_subjects)
    truth_N = (rng.random(len(subject_N))[:, None] > mix_SC.cumsum(1)[subject_N, :-1]).sum(1)
    skill_S, looks_SC = rng.normal(2.0, 0.7, num_subjects), rng.normal(0.0, 0.5, (num_subjects, num_classes))
    logit_NC = looks_SC[subject_N] + rng.normal(0.0, 1.2, (len(subject_N), num_classes))
    logit_NC[np.arange(len(subject_N)), truth_N] += skill_S[subject_N]
    scores_NC = np.exp(logit_NC + np.log(priors))
    scores_NC /= scores_NC.sum(1, keepdims=True)
    classes = [f"c{index}" for index in range(num_classes)]
    return Aligned(
        mapping=map_labels(classes, classes),
        num_subjects=num_subjects,
        subject=subject_N,
        scored=np.ones(len(subject_N), dtype=np.bool_),
        outcome=np.zeros(len(subject_N), dtype=np.int64),
        reason=np.full(len(subject_N), -1),
        reasons=(),
        stratum=None,
        strata=(),
        truth=truth_N,
        answer=scores_NC.argmax(1),
        class_scores=scores_NC,
        label_scores=scores_NC,
        dimensions={},
    )


def named(tallies: Sequence[Tally], seed: int, resamples: int = RESAMPLES) -> dict[str, MetricEstimate]:
    """The estimates that ``measure`` makes, by metric."""
    return {one.metric: one for one in estimates(tallies, resamples=resamples, level=LEVEL, seed=seed)}


def coverage(studies: Iterable[dict[str, MetricEstimate]], truth: dict[str, float]) -> dict[str, Floats]:
    """Per metric the shares held, above and below, of the intervals that are printed, and their median width."""
    bounds: dict[str, list[tuple[float, float]]] = {}
    for found in studies:
        for name, one in found.items():
            bounds.setdefault(name, []).append(one.interval.bounds or (np.nan, np.nan))
    shares = {}
    for name, pairs in bounds.items():
        lo, hi = np.array([pair for pair in pairs if not np.isnan(pair[0])]).T
        of = truth[name.removesuffix(" before")]
        above, below = lo > of + ROUNDING, hi < of - ROUNDING
        shares[name] = np.array([1 - (above | below).mean(), above.mean(), below.mean(), np.median(hi - lo)])
    return shares


def _percent(shares: Floats) -> list[str]:
    return [*(f"{100 * share:.1f}" for share in shares[:3].tolist()), f"{shares[3]:.3f}"]


if __name__ == "__main__":
    main()
