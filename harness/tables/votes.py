"""Raters' votes of samples as arrays: how many raters chose each class, or the shares of votes.

Where they come from is named by a *source*: `VOTES`, the column of votes, or how the names of columns begin that
hold the share of the votes for one label each, such as ``ctx.share_`` with ``ctx.share_anger``. Shares do not say
how many voted: those of a sample are divided by their sum, so that they count as one vote. So are the votes of a
sample with more votes than raters (`RATERS`), as a rater who gave several is not left out by leaving out one vote.

Shapes: N samples, V classes that somebody voted for in the whole run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats
from harness.cards.taxonomy import class_of, is_no_label
from harness.errors import HarnessError
from harness.tables.encoded_texts import as_array

MAX_VOTED = 200
"""The most distinct labels that votes may name; more are probably free text."""

MAX_SHARE = 1e12
"""Shares may also be numbers of votes or percentages, but not what sums without meaning."""

SHARE_DIGITS = 6
"""Decimal places in which shares are compared: more are lost in single precision."""

VOTES = "votes"
SHARES = "ctx.share_"
"""How columns begin in which readers of ours put shares of votes."""

RATERS = "ctx.raters"
"""Of how many people the votes are, where one of them may give several."""

_MAPS = pa.map_(pa.string(), pa.float64())
_ENTRIES = pa.list_(pa.struct([("key", pa.string()), ("value", pa.float64())]))


def vote_columns(names: Sequence[str], source: str) -> list[str]:
    """The columns that votes come from.

    Args:
        names: of all columns of the samples.
        source: see above.

    Raises:
        HarnessError: none of them begins so.
    """
    if source == VOTES:
        return [VOTES, *(name for name in names if name == RATERS)]
    found = [name for name in names if name.startswith(source)]
    if not found:
        beside = ", ".join(name for name in names if name.startswith("ctx.")) or "none"
        raise HarnessError(f"measure.shares={source}: no column of the samples begins so. There are: {beside}.")
    return found


def votes_of(samples: pa.Table, source: str) -> pa.ChunkedArray:
    """The votes of every sample, as maps from label to number or share.

    Args:
        samples: with the `vote_columns`.
        source: see above.

    Raises:
        HarnessError: a column of shares has no numbers, or one that is no share.
    """
    if source == VOTES:
        return _of_raters(samples) if RATERS in samples.column_names else samples[VOTES]
    names = vote_columns(samples.column_names, source)
    for name in names:
        of_column = samples.schema.field(name).type
        if not (pa.types.is_floating(of_column) or pa.types.is_integer(of_column)):
            raise HarnessError(f"measure.shares={source}: the column {name} has no numbers.")
    shares_NL = np.column_stack([_shares(samples[name], f"measure.shares={source}: {name}") for name in names])
    total_N = shares_NL.sum(1, keepdims=True)
    shares_NL = np.divide(shares_NL, total_N, out=shares_NL, where=total_N > 0)
    labels = pa.array([name.removeprefix(source) for name in names]).take(
        pa.array(np.tile(np.arange(len(names)), len(shares_NL)))
    )
    offsets = np.arange(0, shares_NL.size + 1, len(names), dtype=np.int32)
    maps = pa.MapArray.from_arrays(pa.array(offsets), labels, pa.array(shares_NL.ravel()))
    return pa.chunked_array([maps.cast(_MAPS)])


def _of_raters(samples: pa.Table) -> pa.ChunkedArray:
    """The votes, of a sample with more votes than raters as shares; as they are where no number says who voted."""
    raters = samples[RATERS]
    if not (pa.types.is_floating(raters.type) or pa.types.is_integer(raters.type)):
        return samples[VOTES]
    row_E, labels, votes_E = _entries(samples[VOTES])
    row_E, counts_E = row_E.to_numpy(), votes_E.to_numpy()
    total_N = np.bincount(row_E, weights=counts_E, minlength=samples.num_rows)
    raters_N = raters.cast(pa.float64()).fill_null(np.inf).to_numpy()
    per_N = np.where(total_N > raters_N, total_N, 1.0)
    offsets = np.searchsorted(row_E, np.arange(samples.num_rows + 1)).astype(np.int32)
    maps = pa.MapArray.from_arrays(pa.array(offsets), labels, pa.array(counts_E / per_N[row_E]))
    return pa.chunked_array([maps.cast(_MAPS)])


def _shares(column: pa.ChunkedArray, where: str) -> Floats:
    numbers_N: Floats = column.cast(pa.float64()).fill_null(0.0).to_numpy()
    shares_N = np.where(np.isnan(numbers_N), 0.0, numbers_N)
    if wrong := shares_N[~((shares_N >= 0) & (shares_N <= MAX_SHARE))].tolist():
        raise HarnessError(f"{where} has the share {wrong[0]:g}. Expected 0 or more, such as 0.25 or 25.")
    return shares_N


def voted_labels(votes: pa.ChunkedArray) -> set[str]:
    """The labels that at least one rater chose, as they are spelt.

    Args:
        votes: see `votes_of`; of the samples or of a part of them.

    Raises:
        HarnessError: a number of votes is negative.
    """
    _, labels, counts = _entries(votes)
    if (pc.min(counts).as_py() or 0) < 0:
        raise HarnessError(f"samples: a label has {pc.min(counts).as_py():g} votes. Expected 0 or more.")
    return set(pc.unique(labels.filter(pc.greater(counts, 0))).to_pylist())


def classes_of_votes(labels: Iterable[str], merge: Mapping[str, str]) -> dict[str, str]:
    """Label of a vote → class, without votes for no label at all, such as ``xxx``.

    Args:
        labels: those that are voted for in the whole run.
        merge: the study's choice, as for labels.

    Raises:
        HarnessError: there are more than `MAX_VOTED`; see also `harness.cards.taxonomy.class_of`.
    """
    found, to_class = sorted(set(labels)), class_of(merge)
    if len(found) > MAX_VOTED:
        raise HarnessError(
            f"samples: the votes are for {len(found)} different labels, such as {found[0][:80]!r}; at most "
            f"{MAX_VOTED} can be measured. With measure.votes=false the votes are not measured."
        )
    return {label: to_class(label) for label in found if not is_no_label(to_class(label))}


def names_of_classes(classes: Mapping[str, str]) -> tuple[str, ...]:
    """The V classes of `classes_of_votes`, sorted: the columns of `count_votes`."""
    return tuple(sorted(set(classes.values())))


def count_votes(votes: pa.ChunkedArray, classes: Mapping[str, str]) -> Floats:
    """How many raters chose each class ``[N, V]``; zeros where nobody voted.

    Args:
        votes: see `votes_of`; of the samples or of a part of them.
        classes: see `classes_of_votes`; votes for other labels are not counted.
    """
    names = names_of_classes(classes)
    row_E, labels, votes_E = _entries(votes)
    texts = pc.dictionary_encode(labels)
    place = {name: index for index, name in enumerate(names)}
    of_text = [place.get(classes.get(label, ""), -1) for label in texts.dictionary.to_pylist()]
    column_E = np.array([*of_text, -1], dtype=np.int64)[texts.indices.fill_null(len(of_text)).to_numpy()]
    known_E = column_E >= 0
    cell_E = (row_E.to_numpy() * len(names) + column_E)[known_E]
    weights = votes_E.to_numpy()[known_E]
    counts = np.bincount(cell_E, weights=weights, minlength=len(votes) * len(names))
    return _tied(counts.astype(np.float64)).reshape(len(votes), len(names))


def _tied(counts: Floats) -> Floats:
    """Shares without what the order of adding leaves: 0.2 and 0.4 of labels that are merged tie with 0.6."""
    return np.where(counts == np.rint(counts), counts, np.round(counts, SHARE_DIGITS))


def _entries(votes: pa.ChunkedArray) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Of every vote that is counted: the row of its sample, the label, and how many raters chose it."""
    lists = as_array(votes).cast(_ENTRIES)
    entries = pc.list_flatten(lists)
    counts = pc.fill_null(pc.struct_field(entries, "value"), 0.0)
    return pc.list_parent_indices(lists), pc.struct_field(entries, "key"), counts
