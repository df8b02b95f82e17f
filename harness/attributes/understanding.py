"""The samples' attributes → how they are grouped: what their answers mean, and which groups may be named.

Shapes: N samples.
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from harness.attributes.answers import Meaning, meaning
from harness.attributes.bands import plain
from harness.attributes.group import OTHER, UNKNOWN
from harness.attributes.grouping import Grouping, parts
from harness.attributes.groups import PREFIX, axes_of
from harness.attributes.shared_answers import shared_groups
from harness.cards.facts import validation_problems
from harness.errors import HarnessError
from harness.tables.samples import with_subjects

_WITHHELD = f"answers that only one person gave are counted together as {OTHER!r}, and do not leave the machine"


def understood(samples: pa.Table, grouping: Grouping) -> tuple[Grouping, dict[str, list[str]]]:
    """The choices of a study, completed by what the answers mean, and per attribute what was understood.

    Args:
        samples: the samples table.
        grouping: the study's choices.

    Raises:
        HarnessError: the answers on an attribute cannot be understood. One that is on no axis is then taken as it
            is, for the checks.
    """
    compared = {name for axis in grouping.axes or () for name in parts(axis)}
    notes = {}
    for name in axes_of(samples):
        try:
            grouping, notes[name] = _bounded(samples, name, grouping)
        except HarnessError:
            if name in compared:
                raise
            as_they_are = replace(grouping, bands={**grouping.bands, name: None})
            grouping, notes[name] = _bounded(samples, name, as_they_are)
    return grouping, {name: of for name, of in notes.items() if name in compared}


def _bounded(samples: pa.Table, attribute: str, grouping: Grouping) -> tuple[Grouping, list[str]]:
    """As `_decided`; answers that are too long to be groups, or too many, are the table's fault."""
    try:
        return _decided(samples, attribute, grouping)
    except ValidationError as error:
        raise HarnessError(
            f"{PREFIX}{attribute}: its answers cannot be groups: {validation_problems(error)[:500]}. "
            "Shorten them, or leave the column out."
        ) from None


def _decided(samples: pa.Table, attribute: str, grouping: Grouping) -> tuple[Grouping, list[str]]:
    """The choices with what was decided on one attribute, and what was understood."""
    means = _meaning(samples, attribute, grouping)
    if means.banding is not None:
        grouping = replace(grouping, bands={**grouping.bands, attribute: means.banding})
    if means.spellings:
        grouping = replace(grouping, spellings={**grouping.spellings, attribute: dict(means.spellings)})
    kept = shared_groups(samples, attribute, grouping)
    if kept is None:
        return grouping, list(means.notes)
    named = {answer: group for answer, group in means.spellings.items() if group in (*kept, UNKNOWN)}
    grouping = replace(
        grouping, spellings={**grouping.spellings, **({attribute: named} if means.spellings else {})}
    )
    return grouping.with_shared({attribute: kept}), [*means.notes, _WITHHELD]


def _meaning(samples: pa.Table, attribute: str, grouping: Grouping) -> Meaning:
    try:
        return meaning(attribute, _people_of(samples, attribute), grouping.bands)
    except ValueError as error:
        chosen = f" ({grouping.choice(attribute)})" if attribute in grouping.bands else ""
        raise HarnessError(f"{PREFIX}{attribute}{chosen}: {error}.") from None


def _people_of(samples: pa.Table, attribute: str) -> dict[str, int]:
    """Answer, numbers as text → how many people give it."""
    answers = (
        with_subjects(samples).select(["subject_id", PREFIX + attribute]).rename_columns(["person", "answer"])
    )
    counted = answers.group_by("answer").aggregate([("person", "count_distinct")])
    texts = [(answer if isinstance(answer, str) else plain(answer), num) for answer, num in _known(counted)]
    return {text: num for text, num in texts if text.strip().lower() not in ("", UNKNOWN)}


def _known(counted: pa.Table) -> list[tuple[str | float, int]]:
    known = counted.filter(pc.is_valid(counted["answer"]))
    pairs = zip(known["answer"].to_pylist(), known["person_count_distinct"].to_pylist(), strict=True)
    return [(answer, num) for answer, num in pairs if answer == answer]
