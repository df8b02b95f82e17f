"""How many people share their combination of exported attributes (k-anonymity; Sweeney 2002)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa

from harness.attributes.groups import PREFIX
from harness.errors import HarnessError
from harness.packs.manifest import Anonymity
from harness.wording import listed


def anonymity(samples: pa.Table, min_subjects: int) -> Anonymity:
    """The anonymity of people in a samples table.

    People are alike if they have the same answers in every column ``attr.*``; one whose answers change, as age
    does, is alike to people with the same set of answers.

    Args:
        samples: pseudonymised.
        min_subjects: people in a combination of fewer are counted.
    """
    names = [name for name in samples.column_names if name.startswith(PREFIX)]
    rows = samples.select(["subject_id", *names]).group_by(["subject_id", *names]).aggregate([])
    answers: dict[str, set[tuple[object, ...]]] = {}
    for subject, *answer in zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True):
        answers.setdefault(subject, set()).add(tuple(answer))
    sizes = Counter(frozenset(of_person) for of_person in answers.values())
    return Anonymity(
        attributes=[name.removeprefix(PREFIX) for name in names],
        k=min(sizes.values(), default=0),
        min_subjects=min_subjects,
        subjects_below=sum(size for size in sizes.values() if size < min_subjects),
    )


def require_anonymity(found: Anonymity, least: int, of: Path, advice: str) -> None:
    """Check that enough people share their exported attributes.

    Args:
        found: of the people.
        least: how many must share each combination.
        of: the folder whose pack is made.
        advice: what to do, as a sentence.

    Raises:
        HarnessError: they do not.
    """
    if found.k < least:
        raise HarnessError(
            f"{of}: {found.subjects_below:,} people share their attributes ({listed(found.attributes)}) with "
            f"fewer than {found.min_subjects}; the fewest are {found.k}, and {least} are demanded. {advice}"
        )
