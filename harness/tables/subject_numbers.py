"""Subjects as numbers: by the rank of their ids, so that nothing random depends on the order of the rows.

Resampling weights and permutations fall on subjects by number. If subjects were numbered as they appear, sorting a
table would give other intervals. Ids are ordered as text, by code point: ``p10`` comes before ``p2``, and the
number 10 is the same subject as the text ``10``. Pseudonyms are in no meaningful order, so pseudonymised samples
have the rank of the original id in the column `SUBJECT_RANK`.

Shapes: N rows, S subjects.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.tables.schemas import SUBJECT_RANK


def subject_numbers(rows: pa.Table) -> tuple[Ints, int]:
    """The number of each row's subject ``[N]``, 0 … S - 1, and S.

    Args:
        rows: with ``subject_id``, and `SUBJECT_RANK` if the ids are pseudonyms.
    """
    encoded = pc.dictionary_encode(rows["subject_id"].combine_chunks())
    code_N = encoded.indices.to_numpy().astype(np.int64)
    order_S = pc.sort_indices(encoded.dictionary).to_numpy().astype(np.int64)
    if SUBJECT_RANK in rows.column_names:
        order_S = order_S[np.argsort(_ranks(rows, code_N, len(order_S))[order_S], kind="stable")]
    number_S = np.empty(len(order_S), dtype=np.int64)
    number_S[order_S] = np.arange(len(order_S))
    return number_S[code_N], len(order_S)


def appear_in_order(rows: pa.Table) -> bool:
    """Whether the subjects first appear in the order of their numbers."""
    number_N, _ = subject_numbers(rows)
    first_S = np.unique(number_N, return_index=True)[1]
    return bool((np.diff(first_S) > 0).all())


def _ranks(rows: pa.Table, code_N: Ints, num_subjects: int) -> Ints:
    """The rank of each subject ``[S]``; the smallest if its rows disagree, the last without any."""
    last = np.iinfo(np.int64).max
    rank_S = np.full(num_subjects, last)
    np.minimum.at(rank_S, code_N, pc.fill_null(rows[SUBJECT_RANK], last).to_numpy())
    return rank_S
