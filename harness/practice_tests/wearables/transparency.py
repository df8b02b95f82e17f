"""What a maker discloses about a score: a checklist that a person fills in, as YAML.

Whether something is disclosed is stated by who looked for it, with the place; nothing is filled in by the harness.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from harness.cards.described import TO_FILL, template_lines, unfilled
from harness.cards.facts import validation_problems
from harness.errors import HarnessError
from harness.files import write_bytes
from harness.plain_numbers import PlainNumbers
from harness.plain_yaml import read_yaml

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Disclosed = Literal["yes", "partly", "no"]


class Item(PlainNumbers):
    """Whether one thing is disclosed, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    disclosed: Disclosed = Field(description='"yes", partly or "no" (in quotes)')
    where: Line | None = Field(default=None, description="document and page, or address; null: nowhere")


class Checklist(PlainNumbers):
    """What should be known of a score before anybody relies on it (AI & Algorithms report 5, chapter 4)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: Line = Field(description="product and version of its software")
    checked_by: Line = Field(description="name and role")
    signals: Item = Field(description="which signals the score is made of")
    combination: Item = Field(description="how they are combined into the score")
    baseline: Item = Field(description="what a person's score is compared with: their own past, or other people")
    meaning: Item = Field(description="what the score does and does not mean; that a heart rate is not a feeling")
    movement: Item = Field(description="what happens to the score when people move")
    missing: Item = Field(description="when and how often there is no score")
    validation: Item = Field(description="a study of the score beside felt stress, by others than the maker")
    people: Item = Field(description="for whom it was tested: age, sex, skin tone, health")
    uncertainty: Item = Field(description="that every score has an error, and how large it is")
    changes: Item = Field(description="when the software changes, and what becomes of the score")

    @property
    def items(self) -> dict[str, Item]:
        """Name → item."""
        return {name: value for name, value in self if isinstance(value, Item)}


def read_checklist(path: Path) -> Checklist:
    """Read a filled-in checklist, which is not trusted.

    Raises:
        HarnessError: it was absent, and has been written to fill in; it is no such YAML; or something is still to
            be filled in.
    """
    if not path.exists():
        write_bytes(checklist_template().encode(), path)
        raise HarnessError(f"{path}: was absent. It has been written: fill it in and repeat the command.")
    try:
        document = read_yaml(path)
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: cannot be read ({error}).") from None
    if missing := unfilled(document):
        raise HarnessError(f"{path}: still to be filled in ({TO_FILL}): {', '.join(missing)}.")
    try:
        return Checklist.model_validate(_with_words(document))
    except ValidationError as error:
        raise HarnessError(f"{path}: {validation_problems(error)}") from None


def checklist_template() -> str:
    """The text of a checklist to fill in."""
    head = (
        f"# What the maker of a score discloses. Replace every {TO_FILL}; say where it stands, or leave null.\n\n"
    )
    return head + "".join(f"{line}\n" for line in template_lines(Checklist))


def _with_words(document: object) -> object:
    """YAML reads an unquoted yes and no as true and false."""
    if not isinstance(document, dict):
        return document
    words = {True: "yes", False: "no"}
    return {
        key: {**item, "disclosed": words.get(item["disclosed"], item["disclosed"])}
        if isinstance(item, dict) and isinstance(item.get("disclosed"), bool | str)
        else item
        for key, item in document.items()
    }
