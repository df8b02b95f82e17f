"""Answers that only one person gave do not leave the machine: alone, they would tell who it is.

The groups of a scale, of bands and of a card are listed whether anybody is in them or not, and stay. Any other
group is named only if at least two people are in it and it is not the name of a subject, session or sample.

Shapes: N samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.group import OTHER, UNKNOWN
from harness.attributes.grouping import Grouping
from harness.attributes.groups import PREFIX, group_samples
from harness.attributes.scales import SCALES
from harness.attributes.vocabulary import NOT_DISCLOSED, kind_of
from harness.errors import HarnessError, Reason
from harness.tables.samples import with_subjects

MIN_PEOPLE = 2
IDS = ("sample_id", "subject_id", "session_id")
MAX_SHARED = 1000
"""With more groups than this nothing is compared, and none is named."""


def shared_values(values: Sequence[Any], people: Sequence[str]) -> set[Any]:
    """The values that at least two people have; None is no value.

    Args:
        values: ``[N]``.
        people: ``[N]``, whose value it is.
    """
    holders: dict[Any, set[str]] = {}
    for value, person in zip(values, people, strict=True):
        if value is not None:
            holders.setdefault(value, set()).add(person)
    return {value for value, who in holders.items() if len(who) >= MIN_PEOPLE}


def public_codes(codes: Sequence[str | None], people: Sequence[str]) -> set[str]:
    """The codes of reasons that may be named: the harness's own, and those that at least two people have.

    Args:
        codes: ``[N]``; None where there is no reason.
        people: ``[N]``, whose sample it is.
    """
    return shared_values(codes, people) | {str(reason) for reason in Reason}


def shared_groups(samples: pa.Table, attribute: str, grouping: Grouping) -> tuple[str, ...] | None:
    """The groups of an attribute that may be named; None if all may.

    Args:
        samples: the samples table.
        attribute: without ``attr.``.
        grouping: the choices of the study, which say nothing yet on shared groups of the attribute.

    Raises:
        HarnessError: a value is not on the attribute's scale.
    """
    groups = group_samples(samples, attribute, grouping)
    people = with_subjects(samples)["subject_id"].combine_chunks()
    subjects = pc.dictionary_encode(people).indices.to_numpy().astype(np.int64)
    pairs = np.unique(subjects * len(groups.names) + groups.index)
    people_of = np.bincount(pairs % len(groups.names), minlength=len(groups.names)).tolist()
    public = {*grouping.listed(attribute), *_known_words(attribute), OTHER, NOT_DISCLOSED, UNKNOWN}
    named_after = _names_among(groups.names, samples, attribute)
    may_be_named = {
        name: name in public or (num >= MIN_PEOPLE and name not in named_after)
        for name, num in zip(groups.names, people_of, strict=True)
    }
    if all(may_be_named.values()):
        return None
    kept = tuple(name for name, may in may_be_named.items() if may and name != UNKNOWN)
    return kept if len(kept) <= MAX_SHARED else tuple(grouping.listed(attribute))


def public_answers(samples: pa.Table, attribute: str, grouping: Grouping) -> pa.Array:
    """``[N]``, for tables that leave the machine: the group instead of the answer, null where there is no answer.

    A group is its own group, so that these answers fall into the same groups as the true ones.
    """
    answered_N = samples[PREFIX + attribute].combine_chunks().is_valid()
    try:
        if attribute not in grouping.shared and (kept := shared_groups(samples, attribute, grouping)) is not None:
            grouping = grouping.with_shared({attribute: kept})
        groups = group_samples(samples, attribute, grouping)
        names = pa.array(groups.names, pa.string()).take(pa.array(groups.index))
    except HarnessError:  # of an attribute that is no axis: what the answers mean was never decided
        names = pa.array([OTHER] * samples.num_rows, pa.string())
    return pc.if_else(answered_N, names, pa.scalar(None, pa.string()))


def _known_words(attribute: str) -> tuple[str, ...]:
    kind = kind_of(attribute)
    return SCALES[kind.spellings].groups if kind is not None and kind.spellings else ()


def _names_among(groups: Sequence[str], samples: pa.Table, attribute: str) -> set[str]:
    """Groups that are called as a subject, session or sample; a number is so called only by coincidence."""
    if not pa.types.is_string(samples.schema.field(PREFIX + attribute).type):
        return set()
    names = pa.array(groups, pa.string()).drop_null()
    found = [
        samples[column].filter(pc.is_in(samples[column], value_set=names)).to_pylist()
        for column in IDS
        if column in samples.column_names
    ]
    return {name for of in found for name in of}
