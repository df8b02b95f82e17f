"""Which rows a query chooses, in which order, and how many of each kind.

Shapes: N samples, n chosen ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Ints
from harness.viewer.answer_columns import ABSENT, STATUSES, AnswerColumns
from harness.viewer.listing import PAIRS, Listing
from harness.viewer.query import BadQuery, Query
from harness.viewer.verdict_samples import VerdictSamples

MAX_KEPT = 8
"""So many orders of rows are kept: whoever scrolls asks for pages of one of them."""

_SEARCHED = ("sample_id", "subject_id", "session_id")


@dataclass(frozen=True)
class ChosenRows:
    """The rows of a query.

    Attributes:
        order: ``[n]``, the samples in the order that is asked for.
        counts: status or, of two, who was right → how many, if all others of the query hold.
        num_subjects: how many people the chosen samples are of.
        by_group: axis → group → the same counts, of two; empty otherwise.
    """

    order: Ints
    counts: dict[str, int]
    num_subjects: int
    by_group: dict[str, dict[str, dict[str, int]]]


class Chooser:
    """Chooses rows of a listing; the last choices are kept."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self._subject_N = pc.dictionary_encode(listing.samples["subject_id"].combine_chunks()).indices.to_numpy()
        self._verdicts = VerdictSamples(listing.runs[0])
        self._kept = lru_cache(MAX_KEPT)(self._choose)

    def choose(self, query: Query) -> ChosenRows:
        """The rows of a query.

        Raises:
            BadQuery: it names what is not there.
        """
        return self._kept(query)

    def _choose(self, query: Query) -> ChosenRows:
        listing = self.listing
        columns = listing.columns(query.answers)
        kinds: Sequence[str]
        others_N = self._chosen(query, columns)
        if query.against is None:
            kind_N, kinds, wanted = columns.status, STATUSES, query.statuses
        else:
            kind_N, kinds, wanted = listing.pairs(query.answers, query.against), PAIRS, query.pairs
            others_N &= (columns.status != ABSENT) & (listing.columns(query.against).status != ABSENT)
        counts = _counts(kind_N[others_N], kinds)
        chosen_N = others_N & np.isin(kind_N, [kinds.index(name) for name in wanted]) if wanted else others_N
        rows = np.flatnonzero(chosen_N)
        by_group = {} if query.against is None else self._by_group(kind_N, others_N)
        return ChosenRows(
            order=rows[self._sorted(query, columns, kind_N, rows)],
            counts=counts,
            num_subjects=len(np.unique(self._subject_N[rows])),
            by_group=by_group,
        )

    def _chosen(self, query: Query, columns: AnswerColumns) -> Bools:
        """All that the query asks for but status and who was right."""
        chosen_N = np.ones(self.listing.samples.num_rows, dtype=bool)
        for axis, names in query.groups:
            groups = self.listing.runs[0].groups.get(axis)
            if groups is None or not set(names) <= set(groups.names):
                raise BadQuery(f"{axis}: there is no such axis, or no such group on it.")
            chosen_N &= np.isin(groups.index, [groups.names.index(name) for name in names])
        for codes, names in (
            ((columns.truth,), query.truths),
            ((columns.answer,), query.answered),
            ((columns.truth, columns.answer), query.about),
        ):
            if names:
                wanted = [columns.names.index(name) for name in names if name in columns.names]
                chosen_N &= np.any([np.isin(codes_N, wanted) for codes_N in codes], axis=0)
        if query.least is not None:
            chosen_N &= columns.confidence >= query.least
        if query.most is not None:
            chosen_N &= columns.confidence <= query.most
        if query.rows:
            chosen_N &= np.isin(np.arange(len(chosen_N)), query.rows)
        if query.behind is not None:
            chosen_N &= self._verdicts.behind(query.behind)
        return chosen_N & self._found(query.search) if query.search.strip() else chosen_N

    def _found(self, text: str) -> Bools:
        samples = self.listing.samples
        found = pa.array(np.zeros(samples.num_rows, dtype=bool))
        for name in _SEARCHED:
            holds = pc.match_substring(samples[name].combine_chunks(), text.strip(), ignore_case=True)
            found = pc.or_(found, pc.fill_null(holds, False))
        result: Bools = found.to_numpy(zero_copy_only=False)
        return result

    def _sorted(self, query: Query, columns: AnswerColumns, kind_N: Ints, rows: Ints) -> Ints:
        """The order of the chosen rows ``[n]``; equal ones stay as they are, unknown ones come last."""
        if query.sort == "row":
            return np.arange(len(rows))[:: -1 if query.descending else 1]
        if query.sort in ("sample", "subject"):
            texts = self.listing.samples[f"{query.sort}_id"].take(pa.array(rows)).combine_chunks()
            key_n = pc.rank(texts, tiebreaker="dense").to_numpy().astype(np.float64)
        else:
            key_N = kind_N if query.sort in ("status", "pair") else getattr(columns, query.sort)
            key_n = key_N[rows].astype(np.float64)
        if query.sort in ("truth", "answer"):
            key_n[key_n < 0] = np.nan
        order: Ints = np.argsort(-key_n if query.descending else key_n, kind="stable")
        return order

    def _by_group(self, kind_N: Ints, chosen_N: Bools) -> dict[str, dict[str, dict[str, int]]]:
        return {
            axis: {
                name: _counts(kind_N[chosen_N & (groups.index == number)], PAIRS)
                for number, name in enumerate(groups.names)
            }
            for axis, groups in self.listing.runs[0].groups.items()
        }


def _counts(kind_n: Ints, kinds: Sequence[str]) -> dict[str, int]:
    return dict(zip(kinds, np.bincount(kind_n, minlength=len(kinds)).tolist(), strict=True))
