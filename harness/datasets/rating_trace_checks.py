"""What is told of raters who followed clips over time: agreement, who goes against the others, a likely delay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from harness.datasets.rating_delay import estimated_delay, loudness, resampled
from harness.datasets.rating_gold import Gold, agreement, gold_standard
from harness.datasets.rating_trace_files import Trace
from harness.signals.media import Audio

NOTABLE_S, NOTABLE_CORRELATION = 0.5, 0.2
"""A delay is told of if it differs by so much from the option, and ratings go so well with the loudness."""


def agreement_facts(of_clips: Iterable[Trace]) -> dict[str, Any]:
    """The clips of a dimension, how many raters they have, and the mean CCC of all pairs."""
    traces = list(of_clips)
    pairwise = [agreement(trace.ratings).pairwise for trace in traces]
    known = [value for value in pairwise if not np.isnan(value)]
    return {
        "clips": len(traces),
        "raters": sorted({trace.ratings.shape[1] for trace in traces}),
        "pairwise_ccc": round(float(np.mean(known)), 6) if known else None,
    }


def odd_raters(dimension: str, of_clips: Mapping[str, Trace]) -> Iterator[str]:
    """Raters whose course goes against the mean of the others, one line each."""
    for clip, trace in of_clips.items():
        for number, value in enumerate(agreement(trace.ratings).with_others, start=1):
            if value < 0:
                yield f"{dimension} of {clip}: rater {number} goes against the others (CCC {value:.2f})"


def unlike_delay(heard: Iterable[tuple[Audio, Trace]], gold: Gold, delay_s: float) -> Iterator[str]:
    """A line if arousal follows the loudness of the recordings, and not at the delay that is chosen.

    Args:
        heard: recordings with their traces; one is held at a time.
        gold: how raters become one course.
        delay_s: that is chosen.
    """
    levels, ratings = [], []
    for sound, trace in heard:
        levels.append(loudness(sound))
        ratings.append(resampled(trace.time_s, gold_standard(trace.ratings, gold)))
    found = estimated_delay(levels, ratings)
    if found is None or found.correlation < NOTABLE_CORRELATION:
        return
    if abs(found.seconds - delay_s) >= NOTABLE_S:
        yield (
            f"arousal goes best with the loudness {found.seconds:g} s before (correlation "
            f"{found.correlation:.2f}, {len(levels)} clips), and dataset.delay_s is {delay_s:g}"
        )
