"""Percentiles of the time that answers took, how many came in a second, and how often they had to be asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats, Ints

PERCENTILES = (0.50, 0.95, 0.99)


@dataclass(frozen=True)
class Latency:
    """Seconds for the samples of one group.

    Attributes:
        axis: the attribute; None over all samples.
        group: its name; None over all samples.
        num_samples: that were timed.
        p50: the median.
        p95: 95 % took less.
        p99: 99 % took less.
        per_second: samples per second, one after another; None where they took no time.
        attempts: requests per sample, at least 1; None where samples were not asked about one by one.
        throughput: samples per second by the clock, with several under way at once; None for a group, and where it
            was not measured.
    """

    axis: str | None
    group: str | None
    num_samples: int
    p50: float
    p95: float
    p99: float
    per_second: float | None
    attempts: float | None = None
    throughput: float | None = None


def latency(
    seconds_n: Floats, attempts_n: Ints | None = None, *, axis: str | None = None, group: str | None = None
) -> Latency:
    """The percentiles of at least one time; they do not depend on the order of the samples."""
    ordered_n = np.sort(seconds_n)
    total, num = float(ordered_n.sum()), len(ordered_n)
    p50, p95, p99 = np.quantile(ordered_n, PERCENTILES).tolist()
    attempts = None if attempts_n is None else float(attempts_n.mean())
    return Latency(axis, group, num, p50, p95, p99, num / total if total > 0.0 else None, attempts)
