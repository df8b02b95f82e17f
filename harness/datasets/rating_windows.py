"""How recordings with rating traces are cut into windows, and what the raters said of each window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
from pydantic import Field

from harness.cards.facts import LabelSource
from harness.datasets.cut_windows import WindowOptions, windows
from harness.datasets.rating_delay import MAX_DELAY_S
from harness.datasets.rating_gold import Gold, gold_standard
from harness.datasets.rating_trace_files import Trace, mean_between


class RatingTracesOptions(WindowOptions):
    """How clips are cut, and what is their truth.

    Attributes:
        gold: ``mean`` of the raters, or ``ewe``: weighted by how far each goes with the mean of all.
        delay_s: raters say so much later what a window shows; `harness check dataset` estimates it.
        scale: the ends of the raters' scale, which become -1 and 1.
        people: a table with the columns ``clip`` and ``subject_id``, where people have several clips; without one,
            every clip is a person of its own.
        annotations: the folder of the dimensions' folders.
        media: the folder of the recordings.
        label_source: who rated, which the files do not say.
    """

    window_s: float = Field(default=4.0, ge=0.1, le=3600)
    stride_s: float = Field(default=4.0, ge=0.04, le=3600)
    gold: Gold = "mean"
    delay_s: float = Field(default=0.0, ge=0.0, le=MAX_DELAY_S)
    scale: tuple[float, float] = (-1.0, 1.0)
    people: str | None = None
    annotations: str = "annotations"
    media: str = "recordings"
    modality: Literal["voice"] = "voice"
    label_source: LabelSource = "observer"


def within_scale(trace: Trace, scale: tuple[float, float]) -> Trace:
    """The same trace.

    Raises:
        ValueError: a rating is beyond the ends of the scale.
    """
    low, high = scale
    if not ((trace.ratings >= low) & (trace.ratings <= high) | np.isnan(trace.ratings)).all():
        raise ValueError(f"ratings beyond {low:g} to {high:g}. State their scale: dataset.scale=[LOWEST,HIGHEST]")
    return trace


def rated_windows(uri: str, traces: Mapping[str, Trace], options: RatingTracesOptions) -> Iterator[dict[str, Any]]:
    """Rows of the windows of a recording that every trace covers, without whose they are.

    Args:
        uri: of the recording.
        traces: dimension → what was said of it, at least one; its gold standard goes from -1 to 1.
        options: how clips are cut, and what is their truth.
    """
    gold = {name: gold_standard(trace.ratings, options.gold) for name, trace in traces.items()}
    delay_s, (low, high) = options.delay_s, options.scale
    first = max(0.0, max(trace.time_s[0] for trace in traces.values()) - delay_s)
    last = min(trace.time_s[-1] for trace in traces.values()) - delay_s
    for start_ms, end_ms in windows(first, last, options):
        values = {
            name: mean_between(trace.time_s, gold[name], start_ms / 1e3 + delay_s, end_ms / 1e3 + delay_s)
            for name, trace in traces.items()
        }
        if np.isnan(list(values.values())).any():
            continue
        yield {
            "sample_id": f"{uri}#{start_ms}-{end_ms}",
            "modality": options.modality,
            "uri": uri,
            "start_s": start_ms / 1e3,
            "end_s": end_ms / 1e3,
            "label_source": options.label_source,
            **{name: float(2 * (value - low) / (high - low) - 1) for name, value in values.items()},
        }
