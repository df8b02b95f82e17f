"""How often do the 95 % intervals of levels hold the truth? Simulated, metric by metric.

Three kinds of studies: calibration errors of systems that are calibrated, or off by a known error
(`calibrated.py`), all other metrics of systems that answer with probabilities or on a dimension (`scored_people`,
`rated_people`), and RMSE of people who differ more or less in their errors. Beside the interval that is reported
stands the one that was reported before: expanded percentiles of resamples, and below six subjects Student's t with
the jackknife.

    OMP_NUM_THREADS=1 python benchmarks/validity/levels.py [--studies 300] [--subjects 3,5]
        [--part calibration,others,errors] > table.md

*Printed*: there is an interval; what follows is about the studies with one. *Above*: it lies above the truth;
*below*: below it. All in percent of studies; the width is the median.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from calibrated import calibration_tally, clips_of
from scipy import stats

from harness.cards.taxonomy import map_labels
from harness.measurement.model_counts import count_model
from harness.metrics.dimensional import dimensional, rmse
from harness.metrics.tally import Functions, Tally
from harness.statistics.estimates import MetricEstimate, estimates
from harness.statistics.intervals import ALL_ALIKE, Interval
from harness.statistics.resampling import ResampledSums, subject_weights
from harness.statistics.tail_quantiles import expanded_tail, tail_quantiles
from harness.tables.alignment import Aligned

Floats = npt.NDArray[np.float64]
RESAMPLES, LEVEL, ROUNDING = 1000, 0.95, 1e-9
FEW_SUBJECTS = 6

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
OTHERS = (
    *((3, "equal", 50), (5, "equal", 50), (6, "geometric", 50), (8, "equal", 50), (8, "geometric", 50)),
    *((10, "equal", 50), (15, "equal", 15), (15, "geometric", 50), (30, "equal", 15), (30, "equal", 50)),
    *((30, "geometric", 50), (60, "equal", 50), (100, "equal", 50)),
)
OF_SETS = "conformal_coverage"
"""Its truth is what is found on average: it is about sets that so many people calibrate."""
MEASURED = (
    *("accuracy", "uar", "macro_f1", "recall", "precision", "f1", "auc", "log_loss", "brier", "aurc"),
    *("risk_at_80", OF_SETS, "ccc", "pearson", "rmse", "bias"),
)
PEOPLE = {
    "differ little": (0.05, 0.0),
    "differ much": (0.3, 0.0),
    "differ in spread": (0.1, 0.4),
}
"""The standard deviation of their biases, and of the logarithm of the spread of their other errors."""

POPULATION = 20_000
"""People of whom the truth is computed: its error is under a tenth of the half-width of any interval here."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--part", default="calibration,others,errors")
    parser.add_argument("--subjects", help="only studies of so many subjects")
    arguments = parser.parse_args()
    chosen = None if arguments.subjects is None else set(map(int, arguments.subjects.split(",")))
    for part in arguments.part.split(","):
        lines = {"calibration": calibration_lines, "others": other_lines, "errors": error_lines}[part]
        for line in lines(arguments.studies, chosen):
            print(line, flush=True)


def calibration_lines(studies: int, chosen: Container[int] | None) -> Iterator[str]:
    """The table of calibration errors."""
    names = ("ece", "calibration_error_sq")
    yield (
        "| subjects | clips | ICC | off by | "
        + " | ".join(f"{name}: held | above | below | width | before: held" for name in names)
        + " |"
    )
    yield f"|{'---|' * 14}"
    for size in SIZES:
        for error in ERRORS if chosen is None or size[0] in chosen else ():
            held = coverage(
                calibration_estimates(size, error, studies), {"ece": error, "calibration_error_sq": error**2}
            )
            cells = [
                " | ".join([*_percent(held[name]), _percent(held.get(f"{name} before", held[name]))[0]])
                for name in names
            ]
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
        yield named([tally], study)


def other_lines(studies: int, chosen: Container[int] | None) -> Iterator[str]:
    """The table of all other metrics."""
    yield (
        "| classes | subjects | clips | metric | truth | printed | held | above | below | width "
        "| before: held | width |"
    )
    yield f"|{'---|' * 12}"
    for kind, priors in PRIORS.items():
        population = other_tallies(priors, POPULATION, "equal", 50, 0)
        truth = {
            metric.name: float(metric.value(tally.sums.sum(0))) for tally in population for metric in tally.metrics
        }
        for subjects, clips, mean in OTHERS:
            if chosen is not None and subjects not in chosen:
                continue
            found = [named(other_tallies(priors, subjects, clips, mean, study), study) for study in range(studies)]
            truth[OF_SETS] = float(np.mean([study[OF_SETS].value for study in found]))
            held = coverage(found, truth)
            for name in held:
                if not _is_shown(name, f"c{len(priors) - 1}"):
                    continue
                shown, of_before = (
                    " | ".join([f"{100 * held[name][4]:.0f}", *_percent(held[name])]),
                    _percent(held.get(f"{name} before", held[name])),
                )
                yield (
                    f"| {kind} | {subjects} | {clips} {mean} | {name} | {truth[name]:.3f} | {shown} "
                    f"| {of_before[0]} | {of_before[3]} |"
                )


def error_lines(studies: int, chosen: Container[int] | None) -> Iterator[str]:
    """The table of RMSE."""
    yield "| people | subjects | clips | truth | printed | held | above | below | width | before: held | width |"
    yield f"|{'---|' * 11}"
    name = "rmse:valence"
    for people in PEOPLE:
        truth = float(rmse(errors_of(people, (POPULATION, "equal", 50), 0).sums.sum(0)))
        for size in OTHERS:
            if chosen is not None and size[0] not in chosen:
                continue
            found = (named([errors_of(people, size, study)], study) for study in range(studies))
            held = coverage(found, {name: truth})
            subjects, clips, mean = size
            shown, of_before = (_percent(held.get(which, held[name])) for which in (name, f"{name} before"))
            yield (
                f"| {people} | {subjects} | {clips} {mean} | {truth:.3f} | {100 * held[name][4]:.0f} "
                f"| {' | '.join(shown)} | {of_before[0]} | {of_before[3]} |"
            )


def errors_of(people: str, size: tuple[int, str, int], study: int) -> Tally:
    """What is counted for the RMSE of one study."""
    subjects, clips, mean = size
    rng = np.random.default_rng(np.random.SeedSequence([study, subjects, mean]))
    tally = rated_people(rng, clips_of(clips, mean, subjects, rng), *PEOPLE[people])
    return replace(tally, metrics=tuple(metric for metric in tally.metrics if metric.name.startswith("rmse")))


def _is_shown(name: str, rarest: str) -> bool:
    """Whether it is in the table: of classes only the rarest one."""
    metric, _, part = name.partition(":")
    return metric in MEASURED and part in ("", rarest, "valence")


def other_tallies(priors: tuple[float, ...], subjects: int, clips: str, mean: int, study: int) -> list[Tally]:
    """What is counted of one study."""
    rng = np.random.default_rng(np.random.SeedSequence([study, subjects, mean, len(priors)]))
    clips_S = clips_of(clips, mean, subjects, rng)
    return [*count_model(scored_people(rng, clips_S, priors), [], outside=()).tallies, rated_people(rng, clips_S)]


def rated_people(
    rng: np.random.Generator, clips_S: npt.NDArray[np.int64], bias_sd: float = 0.15, spread_sd: float = 0.0
) -> Tally:
    """Valence that a system rates with an error that each person has more or less of.

    Args:
        rng: draws them.
        clips_S: of each person.
        bias_sd: the standard deviation of their biases.
        spread_sd: that of the logarithm of the spread of their other errors.
    """
    subject_N = np.repeat(np.arange(len(clips_S)), clips_S)
    mean_S, bias_S = rng.normal(0.0, 0.15, (2, len(clips_S)))
    bias_S *= bias_sd / 0.15
    noise_S = 0.2 * np.exp(rng.normal(0.0, spread_sd, len(clips_S))) if spread_sd else np.full(len(clips_S), 0.2)
    truth_N = mean_S[subject_N] + rng.normal(0.0, 0.35, len(subject_N))
    rated_N = 0.7 * truth_N + bias_S[subject_N] + noise_S[subject_N] * rng.normal(size=len(subject_N))
    return dimensional("valence", subject_N, truth_N, rated_N, num_rows=len(clips_S))


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


def named(tallies: Sequence[Tally], seed: int) -> dict[str, MetricEstimate]:
    """The estimates that ``measure`` makes, by metric, and with the intervals of before."""
    found = {one.metric: one for one in estimates(tallies, resamples=RESAMPLES, level=LEVEL, seed=seed)}
    before = {
        f"{name} before": replace(found[name], interval=interval)
        for tally in tallies
        for name, interval in intervals_before(tally, seed).items()
        if found[name].interval.method not in (None, ALL_ALIKE)
    }
    return found | before


def intervals_before(tally: Tally, seed: int) -> dict[str, Interval]:
    """The interval of each metric as it was made before."""
    sums_SF, num_axes = tally.sums, tally.sums.ndim - 1
    value = Functions(metric.value for metric in tally.metrics)
    size_MS = Functions(metric.num_samples for metric in tally.metrics)(sums_SF, num_axes)
    value_M, left_out_MS = value(sums_SF.sum(0), num_axes), value(sums_SF.sum(0) - sums_SF, num_axes)
    resampled = ResampledSums(sums_SF)
    resampled_MB = np.concatenate(
        [value(resampled(weights), num_axes) for weights in subject_weights(len(sums_SF), RESAMPLES, seed)], axis=1
    )
    bounds = {}
    for metric, one, size_S, left_out_S, resampled_B in zip(
        tally.metrics, value_M.tolist(), size_MS, left_out_MS, resampled_MB, strict=True
    ):
        num = np.count_nonzero(size_S)
        if num < FEW_SUBJECTS:
            reach = stats.t.ppf((1 + LEVEL) / 2, num - 1) * np.sqrt((num - 1) * left_out_S[size_S > 0].var())
            lo, hi = one - reach, one + reach
        else:
            tail = expanded_tail((1 - LEVEL) / 2, num)
            defined_B = np.sort(resampled_B[np.isfinite(resampled_B)])
            (lo,), (hi,) = tail_quantiles(defined_B[None], np.array([len(defined_B)]), np.array([tail]))
        bounds[metric.name] = Interval(max(float(lo), metric.low), min(float(hi), metric.high), None)
    return bounds


def coverage(studies: Iterable[dict[str, MetricEstimate]], truth: dict[str, float]) -> dict[str, Floats]:
    """Per metric the shares held, above and below and the median width of intervals, and how many are printed."""
    bounds: dict[str, list[tuple[float, float]]] = {}
    for found in studies:
        for name, one in found.items():
            bounds.setdefault(name, []).append(one.interval.bounds or (np.nan, np.nan))
    shares = {}
    for name, pairs in bounds.items():
        if np.isnan(pairs).all():
            continue
        lo, hi = (printed := np.array([pair for pair in pairs if not np.isnan(pair[0])])).T
        of = truth[name.removesuffix(" before")]
        above, below = lo > of + ROUNDING, hi < of - ROUNDING
        held = 1 - (above | below).mean()
        shares[name] = np.array([held, above.mean(), below.mean(), np.median(hi - lo), len(printed) / len(pairs)])
    return shares


def _percent(shares: Floats) -> list[str]:
    return [*(f"{100 * share:.1f}" for share in shares[:3].tolist()), f"{shares[3]:.3f}"]


if __name__ == "__main__":
    main()
