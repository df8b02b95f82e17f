"""Coverage within films: the share of frames to which the system has no answer, such as where it found no face.

A film has an answer as soon as one of its frames has one: coverage over films hides what is missing within them.

Shapes: N samples, n of them films with an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.attributes.groups import Groups
from harness.measurement.result_rows import OVERALL, Scope
from harness.statistics.subject_means import SHARE, mean_over_subjects
from harness.tables.curves import Curve
from harness.tables.schemas import CLEAN
from harness.tables.subject_numbers import subject_numbers


def frame_coverage(
    frames: pa.Table,
    samples: pa.Table,
    axes: Sequence[Groups],
    *,
    dataset: str,
    model: str,
    level: float,
    min_subjects: int,
) -> Iterator[Curve]:
    """The mean over films, then over those of each group of enough subjects; clean media.

    Args:
        frames: schema `harness.tables.film_frames.FRAMES`, validated.
        samples: of the study, or drawn from it.
        axes: single attributes.
        dataset: its name in the rows.
        model: whose frames are counted.
        level: of the intervals.
        min_subjects: a group with fewer is left out.
    """
    own = frames.filter((pc.field("model") == model) & (pc.field("condition") == CLEAN))
    place_n = pc.index_in(own["sample_id"], value_set=samples["sample_id"].combine_chunks()).to_numpy()
    lacking_n = 1.0 - own["answered"].to_numpy() / own["frames"].to_numpy()
    subject_n = subject_numbers(samples)[0][place_n]

    def row(scope: Scope, at: Ints) -> Curve:
        share, interval = mean_over_subjects(lacking_n[at], subject_n[at], level, SHARE)
        return Curve(
            dataset=dataset,
            model=model,
            condition=CLEAN,
            curve="frames_without_answer",
            axis=scope.axis,
            attributes=scope.attributes,
            group=scope.group.name,
            group_values=scope.group.values,
            y=share,
            lo=interval.lo,
            hi=interval.hi,
            n_samples=len(at),
            n_subjects=len(np.unique(subject_n[at])),
        )

    if not len(place_n):
        return
    yield row(OVERALL, np.arange(len(place_n)))
    for groups in axes:
        for code, group in enumerate(groups.groups):
            at = np.flatnonzero(groups.index[place_n] == code)
            if len(np.unique(subject_n[at])) >= min_subjects:
                yield row(Scope.on(groups, group), at)
