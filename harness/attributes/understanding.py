"""The samples' attributes → how they are grouped: what their answers mean, and which groups may be named.

Shapes: N samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.answers import Meaning, meaning
from harness.attributes.bands import plain
from harness.attributes.group import OTHER, UNKNOWN
from harness.attributes.grouping import Grouping, parts
from harness.attributes.groups import PREFIX
from harness.attributes.shared_answers import shared_groups
from harness.errors import HarnessError
from harness.tables.samples import with_subjects

_WITHHELD = f"answers that only one person gave are counted together as {OTHER!r}, and do not leave the machine"


def understood(samples: pa.Table, grouping: Grouping) -> tuple[Grouping, dict[str, list[str]]]:
    """The choices of a study, completed by what the answers mean, and per attribute what was understood.

    Args:
        samples: the samples table.
        grouping: the study's choices; only attributes on its axes are read.

    Raises:
        HarnessError: the answers on an attribute cannot be understood.
    """
    attributes = list(dict.fromkeys(name for axis in grouping.axes or () for name in parts(axis)))
    means = {name: _meaning(samples, name, grouping) for name in attributes}
    bands = {name: of.banding for name, of in means.items() if of.banding is not None or name in grouping.bands}
    spellings = {name: dict(of.spellings) for name, of in means.items() if of.spellings}
    grouping = replace(grouping, bands={**grouping.bands, **bands}, spellings=spellings)
    notes = {name: list(of.notes) for name, of in means.items()}
    shared = {}
    for name in attributes:
        kept = shared_groups(samples, name, grouping)
        if kept is not None:
            shared[name] = kept
            notes[name].append(_WITHHELD)
    named = {name: _named(of, shared.get(name)) for name, of in spellings.items()}
    return replace(grouping, spellings=named).with_shared(shared), notes


def _meaning(samples: pa.Table, attribute: str, grouping: Grouping) -> Meaning:
    try:
        return meaning(attribute, _people_of(samples, attribute), grouping.bands)
    except ValueError as error:
        raise HarnessError(f"{PREFIX}{attribute} ({grouping.choice(attribute)}): {error}.") from None


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


def _named(spellings: Mapping[str, str], shared: tuple[str, ...] | None) -> dict[str, str]:
    """Without the spellings of groups that are not named."""
    return {answer: group for answer, group in spellings.items() if shared is None or group in shared}
