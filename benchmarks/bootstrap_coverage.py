"""How often do 95 % intervals hold the truth? Kinds of subject-level interval compared by simulation.

Subjects are drawn from a known population: 50 clips each, four classes whose mix varies by subject, recalls that
vary by subject (beta-binomial, intra-class correlation 0.1), and a dimension with a bias of each subject's own.
Each line of the output is a kind of interval, with the share of runs whose interval holds the value of the
population, in percent, and the median width. `harness.statistics.jackknife` is what ``measure`` uses.

    python benchmarks/bootstrap_coverage.py [--runs 1000] [--subjects 3,5,8,10,20,30,100]
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from harness.metrics import categorical, dimensional
from harness.statistics.intervals import Range
from harness.statistics.jackknife import jackknife_intervals
from harness.statistics.resampling import subject_weights
from harness.statistics.tail_quantiles import expanded_tail

Floats = npt.NDArray[np.float64]
CLIPS, RESAMPLES, LEVEL, ICC = 50, 1000, 0.95, 0.1
RECALLS = np.array([0.85, 0.7, 0.55, 0.4])
NUM_CLASSES = len(RECALLS)
MIX_CONCENTRATION = 20.0
"""A subject's class shares are Dirichlet: each about 0.25 ± 0.09."""
CCC_SLOPE, CCC_BIAS_SD, CCC_NOISE_SD, TRUTH_SD, SUBJECT_MEAN_SD = 0.7, 0.15, 0.2, 0.35, 0.15


@dataclass(frozen=True)
class CheckedSystem:
    """A metric, its range, its statistics of S subjects and their samples, and its value in the population."""

    name: str
    value: Callable[[Floats], Floats]
    draw: Callable[[np.random.Generator, int], Floats]
    truth: float
    low: float = 0.0
    size: Callable[[Floats], Floats] = lambda per_subject: np.full(len(per_subject), float(CLIPS))


@dataclass(frozen=True)
class Resamples:
    """What every kind of interval is made from.

    Attributes:
        case: the metric.
        value: on all subjects.
        resampled: ``[B]``.
        left_out: ``[S]``, without each subject.
        sizes: ``[S]``, the samples of each subject.
        errors: ``[B]``, the jackknife standard error of each resample on the logit scale.
    """

    case: CheckedSystem
    value: float
    resampled: Floats
    left_out: Floats
    sizes: Floats
    errors: Floats


def cases() -> Iterator[CheckedSystem]:
    expected = _answers(np.full(NUM_CLASSES, 1 / NUM_CLASSES), RECALLS)
    functions = {
        "accuracy": categorical.accuracy,
        "uar": categorical.uar,
        "macro_f1": categorical.macro_f1,
        "recall": lambda counts: categorical.recalls(counts)[..., NUM_CLASSES - 1],
    }
    for name, value in functions.items():
        case = CheckedSystem(name, value, draw_counts, float(value(expected)))
        yield replace(case, size=_size_of_last) if name == "recall" else case
    var_y = TRUTH_SD**2 + SUBJECT_MEAN_SD**2
    var_p = CCC_SLOPE**2 * var_y + CCC_BIAS_SD**2 + CCC_NOISE_SD**2
    yield CheckedSystem("ccc", dimensional.ccc, draw_moments, 2 * CCC_SLOPE * var_y / (var_y + var_p), low=-1.0)


def _size_of_last(counts_SC4: Floats) -> Floats:
    """The samples of the class whose recall is looked at."""
    return counts_SC4[:, NUM_CLASSES - 1, categorical.OF_CLASS]


def draw_counts(rng: np.random.Generator, num_subjects: int) -> Floats:
    """Counts ``[S, C, 4]`` of new subjects; wrong answers fall on the next class."""
    mix_SC = rng.dirichlet(np.full(NUM_CLASSES, MIX_CONCENTRATION / NUM_CLASSES), num_subjects)
    spread = 1 / ICC - 1
    recall_SC = rng.beta(RECALLS * spread, (1 - RECALLS) * spread, (num_subjects, NUM_CLASSES))
    truth_SC = rng.multinomial(CLIPS, mix_SC)
    right_SC = rng.binomial(truth_SC, recall_SC)
    return _table(right_SC, truth_SC)


def draw_moments(rng: np.random.Generator, num_subjects: int) -> Floats:
    """Moments ``[S, 7]`` of new subjects."""
    shape = (num_subjects, CLIPS)
    mean_S1 = rng.normal(0, SUBJECT_MEAN_SD, (num_subjects, 1))
    truth = mean_S1 + rng.normal(0, TRUTH_SD, shape)
    bias_S1 = rng.normal(0, CCC_BIAS_SD, (num_subjects, 1))
    predicted = CCC_SLOPE * truth + bias_S1 + rng.normal(0, CCC_NOISE_SD, shape)
    subject = np.repeat(np.arange(num_subjects), CLIPS)
    return dimensional.moments(subject, truth.ravel(), predicted.ravel(), num_subjects)


def prepare(case: CheckedSystem, per_subject: Floats, seed: int) -> Resamples:
    """Resample, leave each subject out, and give every resample a jackknife standard error of its own."""
    num_subjects = len(per_subject)
    total = per_subject.sum(0)
    (weights_BS,) = subject_weights(num_subjects, RESAMPLES, seed)
    sums_B = np.tensordot(weights_BS, per_subject, axes=1)
    transformed = _logit(case, case.value(sums_B[:, None] - per_subject[None]))
    centre_B = (weights_BS * transformed).sum(1) / num_subjects
    variance_B = (weights_BS * (transformed - centre_B[:, None]) ** 2).sum(1) * (num_subjects - 1) / num_subjects
    return Resamples(
        case=case,
        value=float(case.value(total)),
        resampled=case.value(sums_B),
        left_out=case.value(total - per_subject),
        sizes=case.size(per_subject),
        errors=np.sqrt(variance_B),
    )


def percentile(of: Resamples) -> tuple[float, float]:
    return _quantiles(of, (1 - LEVEL) / 2)


def ours(of: Resamples) -> tuple[float, float]:
    (found,) = jackknife_intervals(
        np.array([of.value]),
        of.left_out[None],
        of.sizes[None],
        level=LEVEL,
        within=[Range(of.case.low, 1.0)],
        kinds=["student"],
    )
    assert found.bounds is not None
    return found.bounds


def expanded_percentile(of: Resamples) -> tuple[float, float]:
    return _quantiles(of, expanded_tail((1 - LEVEL) / 2, len(of.left_out)))


def bca(of: Resamples) -> tuple[float, float]:
    return _bca(of, (1 - LEVEL) / 2)


def expanded_bca(of: Resamples) -> tuple[float, float]:
    return _bca(of, expanded_tail((1 - LEVEL) / 2, len(of.left_out)))


def jackknife_t(of: Resamples) -> tuple[float, float]:
    return _student(of, lambda _case, values: values, lambda _case, values: values)


def logit_jackknife_t(of: Resamples) -> tuple[float, float]:
    return _student(of, _logit, _expit)


def studentised(of: Resamples) -> tuple[float, float]:
    """Bootstrap-t on the logit scale."""
    centre = _logit(of.case, np.array(of.value))
    error = _jackknife_error(_logit(of.case, of.left_out))
    varied = of.errors > 0
    if not varied.any():
        return of.value, of.value
    t_B = (_logit(of.case, of.resampled[varied]) - centre) / of.errors[varied]
    low, high = np.quantile(t_B, [(1 + LEVEL) / 2, (1 - LEVEL) / 2])
    bounds = _expit(of.case, np.array([centre - low * error, centre - high * error]))
    return float(bounds[0]), float(bounds[1])


KINDS: dict[str, Callable[[Resamples], tuple[float, float]]] = {
    "percentile": percentile,
    "expanded percentile": expanded_percentile,
    "BCa": bca,
    "expanded BCa": expanded_bca,
    "jackknife, Student's t": jackknife_t,
    "the same on the logit scale": logit_jackknife_t,
    "studentised bootstrap, logit scale": studentised,
    "harness.statistics.jackknife": ours,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--subjects", default="3,5,8,10,20,30,100")
    arguments = parser.parse_args()
    error = 100 * math.sqrt(LEVEL * (1 - LEVEL) / arguments.runs)
    print(f"{arguments.runs} runs, {RESAMPLES} resamples, nominal {LEVEL:.0%}, Monte Carlo s.e. {error:.1f} %")
    for case in cases():
        for num_subjects in map(int, arguments.subjects.split(",")):
            print(f"\n{case.name}, {num_subjects} subjects (population: {case.truth:.3f})")
            for kind, (covered, width) in simulate(case, num_subjects, arguments.runs).items():
                print(f"  {kind:36s} {covered:5.1f} %   width {width:.3f}", flush=True)


def simulate(case: CheckedSystem, num_subjects: int, runs: int) -> dict[str, tuple[float, float]]:
    """The coverage in percent and the median width of every kind."""
    rng = np.random.default_rng(np.random.SeedSequence([num_subjects, *case.name.encode()]))
    bounds: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for run in range(runs):
        resamples = prepare(case, case.draw(rng, num_subjects), seed=run)
        for kind, function in KINDS.items():
            bounds[kind].append(function(resamples))
    return {kind: _summary(np.array(pairs), case.truth) for kind, pairs in bounds.items()}


def _summary(bounds_R2: Floats, truth: float) -> tuple[float, float]:
    held = (bounds_R2[:, 0] <= truth) & (truth <= bounds_R2[:, 1])
    return 100 * float(held.mean()), float(np.median(bounds_R2[:, 1] - bounds_R2[:, 0]))


def _answers(truth_C: Floats, recall_C: Floats) -> Floats:
    return _table(truth_C * recall_C, truth_C)


def _table(right: npt.NDArray[np.generic], truth: npt.NDArray[np.generic]) -> Floats:
    """The four counts of each class."""
    answered = right + np.roll(truth - right, 1, axis=-1)
    return np.stack([right, truth, answered, np.zeros_like(right)], axis=-1).astype(np.float64)


def _quantiles(of: Resamples, tail: float) -> tuple[float, float]:
    low, high = np.nanquantile(of.resampled, [tail, 1 - tail])
    return float(low), float(high)


def _bca(of: Resamples, tail: float) -> tuple[float, float]:
    """Bias-corrected and accelerated (Efron 1987, doi:10.1080/01621459.1987.10478410)."""
    below = (of.resampled < of.value).mean() + (of.resampled == of.value).mean() / 2
    bias = stats.norm.ppf(np.clip(below, 1e-3, 1 - 1e-3))
    deviation = of.left_out.mean() - of.left_out
    acceleration = (deviation**3).sum() / max(6 * (deviation**2).sum() ** 1.5, 1e-12)
    shifted = bias + stats.norm.ppf([tail, 1 - tail])
    tails = stats.norm.cdf(bias + shifted / np.maximum(1 - acceleration * shifted, 1e-3))
    low, high = np.nanquantile(of.resampled, tails)
    return float(low), float(high)


def _student(
    of: Resamples,
    forth: Callable[[CheckedSystem, Floats], Floats],
    back: Callable[[CheckedSystem, Floats], Floats],
) -> tuple[float, float]:
    quantile = stats.t.ppf((1 + LEVEL) / 2, len(of.left_out) - 1)
    centre = forth(of.case, np.array(of.value))
    half_width = quantile * _jackknife_error(forth(of.case, of.left_out))
    bounds = back(of.case, np.array([centre - half_width, centre + half_width]))
    return float(bounds[0]), float(bounds[1])


def _jackknife_error(values_S: Floats) -> float:
    return math.sqrt((len(values_S) - 1) * float(values_S.var()))


def _logit(case: CheckedSystem, values: Floats) -> Floats:
    share = np.clip((values - case.low) / (1 - case.low), 1e-6, 1 - 1e-6)
    return np.log(share / (1 - share))


def _expit(case: CheckedSystem, values: Floats) -> Floats:
    return case.low + (1 - case.low) * special.expit(values)


if __name__ == "__main__":
    main()
