"""Fewer samples of as many subjects as possible, for trying things out.

Shapes: N samples.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.tables.samples import with_subjects


def spread_over_subjects(samples: pa.Table, num: int) -> pa.Table:
    """As many samples, in the order of the table: one of every subject before a second of any.

    Which subjects and which of their samples is drawn at random, because tables are often sorted by label or by
    sex, but always alike: with a larger ``num`` the same samples are taken, and more.

    Args:
        samples: the samples table; rows without a subject stand alone.
        num: how many samples, at least 1; all if there are fewer.
    """
    if num >= samples.num_rows:
        return samples
    drawn_N = np.random.default_rng(0).permutation(samples.num_rows)
    people = pc.dictionary_encode(with_subjects(samples)["subject_id"].combine_chunks())
    subject_N = people.indices.to_numpy()
    by_subject = drawn_N[np.argsort(subject_N[drawn_N], kind="stable")]
    starts = np.flatnonzero(np.diff(subject_N[by_subject], prepend=-1))
    turn_N = np.empty(samples.num_rows, dtype=np.int64)
    turn_N[by_subject] = np.arange(samples.num_rows) - np.repeat(starts, np.diff(starts, append=samples.num_rows))
    chosen = drawn_N[np.argsort(turn_N[drawn_N], kind="stable")][:num]
    return samples.take(pa.array(np.sort(chosen)))
