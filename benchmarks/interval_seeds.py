"""How much the ends of bootstrap intervals depend on the seed: order statistics beside the smoothed ends.

Answers of subjects in seven classes, twenty clips each; the 25 metrics of `harness.metrics.categorical`. For each
number of subjects, the standard deviation of an end over 40 seeds as a share of the half-width: the median of all
metrics and both ends, and the 90 % quantile. *Difference* is the distance between the means of the two kinds of
ends, as the same share, at the 90 % quantile: it is large for metrics that take few values.

    OMP_NUM_THREADS=1 python benchmarks/interval_seeds.py
"""

from __future__ import annotations

import argparse

import numpy as np

from harness.arrays import Floats
from harness.metrics.categorical import categorical
from harness.metrics.tally import Functions, Tally
from harness.statistics.resampling import (
    FEWEST_RESAMPLES,
    MOST_RESAMPLES,
    ResampledSums,
    affordable_draws,
    subject_weights,
)
from harness.statistics.tail_quantiles import expanded_tails, tail_quantiles

CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
CLIPS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=40)
    arguments = parser.parse_args()
    print("| subjects | resamples | order statistics | 90 % | smoothed | 90 % | difference |")
    print("|---|---|---|---|---|---|---|")
    for num_subjects in (8, 24, 60, 200, 1000):
        tally = answers(num_subjects)
        default = affordable_draws(MOST_RESAMPLES, num_subjects * len(tally.metrics), least=FEWEST_RESAMPLES)
        for resamples in sorted({2000, default}):
            plain, smoothed, difference = seeds(tally, resamples, arguments.seeds)
            cells = [f"{share:.1%}" for spread in (plain, smoothed) for share in np.quantile(spread, [0.5, 0.9])]
            of_values = f"{np.quantile(difference, 0.9):.1%}"
            print(f"| {num_subjects:,} | {resamples:,} | {' | '.join(cells)} | {of_values} |", flush=True)


def answers(num_subjects: int) -> Tally:
    """People differ in how often they are answered rightly, and in their mix of classes."""
    rng = np.random.default_rng(num_subjects)
    subject = np.repeat(np.arange(num_subjects), CLIPS)
    mix = rng.dirichlet(np.ones(len(CLASSES)), num_subjects)[subject]
    truth = (rng.random((len(subject), 1)) > mix.cumsum(1)).sum(1).clip(0, len(CLASSES) - 1)
    right = rng.random(len(subject)) < rng.beta(6, 4, num_subjects)[subject]
    answer = np.where(right, truth, rng.integers(0, len(CLASSES), len(subject)))
    return categorical(subject, truth, answer, num_rows=num_subjects, classes=CLASSES, per_class=True)


def seeds(tally: Tally, resamples: int, num: int) -> tuple[Floats, Floats, Floats]:
    """Per metric and end: the spread of order statistics and of smoothed ends over seeds, and their difference."""
    plain, smoothed = (
        np.stack(ends) for ends in zip(*(both(tally, resamples, seed) for seed in range(num)), strict=True)
    )
    half = (plain.mean(0)[1] - plain.mean(0)[0]) / 2
    spreads = [ends.std(0, ddof=1).ravel() / np.tile(half, 2) for ends in (plain, smoothed)]
    return *spreads, np.abs(smoothed.mean(0) - plain.mean(0)).ravel() / np.tile(half, 2)


def both(tally: Tally, resamples: int, seed: int) -> tuple[Floats, Floats]:
    """The ends ``[2, M]`` of every metric with one seed, as order statistics and smoothed."""
    sums, values = ResampledSums(tally.sums), Functions(metric.value for metric in tally.metrics)
    chunks = [values(sums(weights), 2) for weights in subject_weights(len(tally.sums), resamples, seed)]
    ordered = np.sort(np.concatenate(chunks, axis=1), axis=1)
    tail = float(expanded_tails(0.025, np.array(len(tally.sums))))
    defined = np.isfinite(ordered).sum(1)
    smoothed = tail_quantiles(ordered, defined, np.full(len(ordered), tail))
    return np.nanquantile(ordered, [tail, 1 - tail], axis=1), np.stack(smoothed)


if __name__ == "__main__":
    main()
