"""Raters' votes of samples as arrays: how many raters chose each class.

Shapes: N samples, V classes that somebody voted for in the whole run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats
from harness.cards.taxonomy import class_of, is_no_label
from harness.errors import HarnessError
from harness.tables.encoded_texts import as_array

MAX_VOTED = 200
"""The most distinct labels that votes may name; more are probably free text."""

_ENTRIES = pa.list_(pa.struct([("key", pa.string()), ("value", pa.int64())]))


def voted_labels(votes: pa.ChunkedArray) -> set[str]:
    """The labels that at least one rater chose, as they are spelt.

    Args:
        votes: the column of the samples or of a part of them.

    Raises:
        HarnessError: a number of votes is negative.
    """
    _, labels, counts = _entries(votes)
    if (pc.min(counts).as_py() or 0) < 0:
        raise HarnessError(f"samples: a label has {pc.min(counts).as_py()} votes. Expected 0 or more.")
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
        votes: the column of the samples or of a part of them.
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
    weights = votes_E.to_numpy().astype(np.float64)[known_E]
    counts = np.bincount(cell_E, weights=weights, minlength=len(votes) * len(names))
    return counts.astype(np.float64).reshape(len(votes), len(names))


def _entries(votes: pa.ChunkedArray) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Of every vote that is counted: the row of its sample, the label, and how many raters chose it."""
    lists = as_array(votes).cast(_ENTRIES)
    entries = pc.list_flatten(lists)
    counts = pc.fill_null(pc.struct_field(entries, "value"), 0)
    return pc.list_parent_indices(lists), pc.struct_field(entries, "key"), counts
