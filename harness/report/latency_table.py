"""How long answers took, for the report and the terminal.

Times are no results: they differ from run to run. The report shows those of a system that was asked about its
samples one by one. Of one that is computed in batches an answer's time is a share of its batch's, which says more
of the machine than of the system: it is in ``run.json``, MLflow and the terminal alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.metrics.latency import Latency
from harness.report.numbers import ABSENT, SPACE

MAX_GROUPS = 60


@dataclass(frozen=True)
class LatencyTable:
    """Times of a system that was asked about its samples one by one.

    Attributes:
        rows: over all samples, then of groups of enough people; of these at most `MAX_GROUPS`.
        num_more: groups that are not shown.
    """

    rows: Sequence[Latency]
    num_more: int


def latency_table(times: Sequence[Latency]) -> LatencyTable | None:
    """The table; None for a system that is computed in batches, and where nothing was timed.

    Args:
        times: all samples first, then groups.
    """
    if not times or times[0].attempts is None:
        return None
    shown = times[: 1 + MAX_GROUPS]
    return LatencyTable(shown, len(times) - len(shown))


def latency_lines(times: Sequence[Latency]) -> Iterator[str]:
    """The times over all samples in a line, and what the clock says of all of them together in another."""
    if not times:
        return
    one = times[0]
    rate = "" if one.per_second is None else f", {three_digits(one.per_second)} per second one after another"
    under = f"95 % under {one.p95:.3g} s, 99 % under {one.p99:.3g} s"
    yield f"Time for an answer: median {one.p50:.3g} s, {under}{rate}"
    if one.attempts is not None:
        together = (
            f"{three_digits(one.throughput)} answers per second in all, " if one.throughput is not None else ""
        )
        attempts = f"{one.attempts:.3g}"
        yield f"Throughput: {together}{attempts} {'request' if attempts == '1' else 'requests'} per answer"


def three_digits(value: float | None) -> str:
    """A rate; a dash if there is none."""
    return ABSENT if value is None else f"{value:.3g}" if value < 999.5 else f"{value:,.0f}"


def seconds(value: float) -> str:
    """A time with three digits, in milliseconds below one second; whole seconds from 100 up."""
    if value < 0.9995:
        return f"{1000 * value:.3g}{SPACE}ms"
    return f"{value:.3g}{SPACE}s" if value < 99.95 else f"{value:,.0f}{SPACE}s"
