"""What the plan says on attributes: the choices, who says what, and how many people each group has.

Known before the first prediction, and enough to group the samples again.

Shapes: N samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from harness.arrays import Ints
from harness.attributes.column_names import meant_axis, meant_keys
from harness.attributes.estimate_errors import ErrorChoice, planned_errors
from harness.attributes.grouping import MAX_ATTRIBUTES, MAX_GROUPS, Axes, Bands, Grouping
from harness.attributes.groups import PREFIX, Groups, axes_of, group_samples
from harness.attributes.origins import Origin
from harness.attributes.people import People
from harness.attributes.understanding import understood
from harness.cards.facts import Attribute, AttributeSource, validation_problems
from harness.errors import HarnessError


def attribute_plan(
    people: People,
    *,
    card: Mapping[str, Attribute],
    axes: Axes | None,
    bands: Bands,
    sources: Mapping[str, AttributeSource],
    errors: Mapping[str, ErrorChoice] | None = None,
) -> dict[str, Any]:
    """The plan's section on attributes, as JSON values.

    Args:
        people: the samples, with what a file of people added.
        card: what the dataset's card says on its attributes.
        axes: the study's choice; None takes every attribute alone.
        bands: the study's choice.
        sources: the study's word on who says what, before the card's.
        errors: the study's choice of what estimated attributes are held against, see `planned_errors`.

    Returns:
        ``axes``, ``bands``, ``declared``, ``spellings`` and ``shared``, which `Grouping.of` reads back;
        ``sources``, which `harness.attributes.origins.origins` reads back; ``file_sha256``; ``notes``, how the
        answers were understood; per axis the ``groups`` with their subjects and samples; and, where it is known
        how an estimated axis errs, ``errors``, which `harness.attributes.estimate_errors` reads back.

    Raises:
        HarnessError: a choice names an attribute that the samples do not have; a value is not on its scale.
    """
    known = axes_of(people.samples)
    _require_few(known, axes)
    usual = Grouping().bands
    chosen = {name: choice for name, choice in bands.items() if name not in usual or choice != usual[name]}
    defaults = {name: choice for name, choice in bands.items() if name not in chosen}
    bands = defaults | meant_keys(chosen, known, "attributes.bands")
    sources = meant_keys(sources, known, "attributes.sources")
    axes = known if axes is None else tuple(meant_axis(axis, known, "attributes.axes") for axis in axes)
    declared = {
        name: tuple(attribute.values)
        for name, attribute in card.items()
        if name in known and name not in people.attributes and attribute.values
    }
    try:
        grouping = Grouping(axes=axes, bands=bands, declared=declared)
    except ValidationError as error:
        raise HarnessError(
            f"attributes: {validation_problems(error)[:1000]}. Choose some with attributes.axes."
        ) from None
    origins = {name: _origin(name, people, card, sources) for name in known}
    stored = {name: origin.model_dump() for name, origin in origins.items()}
    section = _section(people.samples, grouping, stored, people.file_sha256)
    choices = meant_keys(errors or {}, known, "attributes.errors")
    found = planned_errors(choices, origins, people.samples, Grouping.of(section))
    return section | _errors({name: one.model_dump(mode="json") for name, one in found.items()})


def attribute_plan_of(section: Mapping[str, Any], samples: pa.Table) -> dict[str, Any]:
    """The section for other samples of the same study, such as those that are left when people have withdrawn.

    Args:
        section: of a plan.
        samples: with the same attributes.

    Raises:
        KeyError, TypeError, ValueError: the section is malformed.
    """
    stated = Grouping.of(section)
    grouping = Grouping(axes=stated.axes, bands=stated.bands, declared=stated.declared)
    made = _section(samples, grouping, section["sources"], section["file_sha256"])
    return made | _errors(section.get("errors", {}))


def _errors(errors: Mapping[str, Any]) -> dict[str, Any]:
    return {"errors": dict(errors)} if errors else {}


def _section(
    samples: pa.Table, grouping: Grouping, origins: Mapping[str, Any], file_sha256: str | None
) -> dict[str, Any]:
    grouping, notes = understood(samples, grouping)
    return {
        **grouping.plain(),
        "sources": dict(origins),
        "file_sha256": file_sha256,
        "notes": [f"{PREFIX}{name}: {note}." for name, of in notes.items() for note in of],
        "groups": {axis: _group_sizes(samples, axis, grouping) for axis in grouping.axes or ()},
    }


def _require_few(known: Sequence[str], axes: Axes | None) -> None:
    if axes is not None and not axes:
        raise HarnessError(
            "attributes.axes=[] names nothing to group people by, so that no differences would be measured. Leave "
            f"it out for every attribute alone, or choose among {', '.join(known[:20]) or 'none'}."
        )
    if len(known) > MAX_ATTRIBUTES:
        raise HarnessError(f"samples: {len(known):,} columns {PREFIX}*; at most {MAX_ATTRIBUTES:,} can be read.")


def _origin(
    name: str, people: People, card: Mapping[str, Attribute], sources: Mapping[str, AttributeSource]
) -> Origin:
    if name in people.estimated:
        return Origin(source="estimated", origin="signal")
    if name in people.attributes:
        return Origin(
            source=sources.get(name, "not_stated"), origin="file", replaces_dataset=name in people.replaced
        )
    stated: AttributeSource = card[name].source if name in card else "not_stated"
    return Origin(source=sources.get(name, stated), origin="dataset")


def _group_sizes(samples: pa.Table, axis: str, grouping: Grouping) -> dict[str, Any]:
    """The groups of an axis, with their subjects and samples; only how many there are if they are too many."""
    groups = group_samples(samples, axis, grouping)
    subjects = pc.dictionary_encode(samples["subject_id"].combine_chunks())
    subject_N = subjects.indices.to_numpy().astype(np.int64)
    too_many = len(groups.names) > MAX_GROUPS
    note = f"{len(groups.names):,} groups; at most {MAX_GROUPS} can be compared" if too_many else groups.note
    return {
        "groups": [] if too_many else _sizes(groups, subject_N),
        "subjects_in_several": groups.num_in_several(subject_N),
        "note": note,
    }


def _sizes(groups: Groups, subject_N: Ints) -> list[dict[str, Any]]:
    num_groups = len(groups.names)
    pairs = np.unique(subject_N * num_groups + groups.index)
    num_subjects = np.bincount(pairs % num_groups, minlength=num_groups).tolist()
    num_samples = np.bincount(groups.index, minlength=num_groups).tolist()
    return [
        {
            "group": group.name,
            "values": list(group.values or ()),
            "subjects": num_subjects[index],
            "samples": num_samples[index],
        }
        for index, group in enumerate(groups.groups)
    ]
