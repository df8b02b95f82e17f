"""How a corpus names its files: the grammar in ``details.file_names`` of its card."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from harness.cards.facts import DatasetCard, Facts, validation_problems
from harness.cards.modality import Modality
from harness.datasets.layout import listed_files
from harness.errors import HarnessError


def whole_path(pattern: str) -> re.Pattern[str]:
    """The pattern of a whole path: any folders, the name as a group, the suffix."""
    return re.compile(rf"(?:.*?/)?(?P<_name>{pattern})\.[^./]+", re.DOTALL)


def _require_groups(pattern: str) -> str:
    try:
        groups = whole_path(pattern).groupindex
    except re.error as error:
        raise ValueError(f"not a regular expression ({error})") from None
    if "label" not in groups:
        raise ValueError("expected a group named label: (?P<label>…)")
    return pattern


class FileNames(Facts):
    """How a corpus names its files."""

    pattern: Annotated[str, AfterValidator(_require_groups)] = Field(
        max_length=1_000,
        description="regular expression of the end of a path without its suffix, with the groups label, "
        "subject, session, split, one for each attribute of the card that names state (attr.*), others (ctx.*)",
    )
    example: str = Field(description="a path that it fits")
    codes: dict[str, dict[str, str | None]] = Field(
        default={},
        description="group: what its codes mean; null: unknown. A group without codes stands for itself",
    )
    people: dict[str, dict[str, str | int]] = Field(
        default={}, description="subject: attributes that the corpus' documentation states"
    )


def file_names(card: DatasetCard) -> FileNames:
    """The grammar in a card.

    Raises:
        HarnessError: it is missing or contradicts itself.
    """
    where = f"dataset {card.name}: details.file_names of its card"
    try:
        names = FileNames.model_validate(card.details.get("file_names", {}))
    except ValidationError as error:
        raise HarnessError(f"{where}: {validation_problems(error)}.") from None
    groups = whole_path(names.pattern).groupindex
    if stray := sorted(set(names.codes) - set(groups)):
        raise HarnessError(f"{where}: the pattern has no group {listed_files(stray)}, for which there are codes.")
    if card.modalities not in ([Modality.FACE], [Modality.VOICE]):
        raise HarnessError(f"{where}: such a corpus has one modality, face or voice; the card has others.")
    if not card.rows_independent and "subject" not in groups:
        raise HarnessError(
            f"{where}: the pattern has no group subject. Add one, or state rows_independent: true in the card."
        )
    return names
