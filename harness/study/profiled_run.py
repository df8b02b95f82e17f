"""``profile=true``: what the main process spent its time on, function by function."""

from __future__ import annotations

import cProfile
import io
import pstats
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.files import write_bytes

_LINES = 60


@contextmanager
def profiled() -> Iterator[cProfile.Profile]:
    """Take down what this thread does. What workers do is not seen: ``workers=0`` has it done here."""
    profile = cProfile.Profile()
    profile.enable()
    try:
        yield profile
    finally:
        profile.disable()


def write_profile(profile: cProfile.Profile, seconds: Mapping[str, float], run: Path) -> Path:
    """Write the profile beside the folder of a run, as a page of text and for tools such as SnakeViz.

    Args:
        profile: of the whole run.
        seconds: of its stages, see `harness.study.run_clock.RunClock.seconds`.
        run: its folder.

    Returns:
        The page: ``RUN.profile.txt``, beside which is ``RUN.pstats``.
    """
    page = io.StringIO()
    for stage, took in seconds.items():
        page.write(f"{stage:<12}{took:>12,.3f} s\n")
    statistics = pstats.Stats(profile, stream=page)
    for order in ("cumulative", "tottime"):
        statistics.sort_stats(order).print_stats(_LINES)
    run = run.absolute()
    path = run.with_name(f"{run.name}.profile.txt")
    write_bytes(page.getvalue().encode(), path)
    statistics.dump_stats(run.with_name(f"{run.name}.pstats"))
    return path
