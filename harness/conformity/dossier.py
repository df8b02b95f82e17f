"""The dossier: what only people can state about a system, its use and its test, as YAML.

A document that law or a laboratory asks for needs more than a run can measure: a purpose, addresses, a sampling
plan, who says what. It is stated here, once, and every document takes it from here. Nothing is mandatory but the
purpose: what is not stated is listed as missing wherever it is asked for, and is never filled in by the harness.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationError

from harness.cards.described import TO_FILL, unfilled
from harness.cards.facts import Facts, validation_problems
from harness.conformity.written_texts import require_known_texts
from harness.errors import HarnessError
from harness.plain_yaml import read_yaml

Construct = Literal["emotion", "intention", "physical_state", "expression_only"]

Domain = Literal[
    "workplace",
    "education",
    "healthcare",
    "customer_service",
    "law_enforcement",
    "migration",
    "public_space",
    "retail",
    "entertainment",
    "road_safety",
    "research",
    "other",
]

ExposedPeople = Literal[
    "workers",
    "job_applicants",
    "students",
    "patients",
    "customers",
    "public",
    "children",
    "suspects",
    "migrants",
    "drivers",
    "users",
    "research_participants",
    "other",
]


def _require_shown(text: str) -> str:
    """Raise what pydantic takes for a wrong value: such characters would move a cursor or turn words around."""
    for character in text:
        if (
            unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
            and character not in "\n\t\u200d\u200c"
        ):
            raise ValueError(f"the character U+{ord(character):04X} cannot be shown")
    return text


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_require_shown)
]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), AfterValidator(_require_shown)
]


def _as_written(value: object) -> object:
    """A number or a date as it was written: YAML reads 7 and 2026-11-27 as such, unless they stand in quotes."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value.isoformat() if isinstance(value, date) else str(value) if is_number else value


FieldKey = Annotated[Line, BeforeValidator(_as_written)]
"""The key of a field, such as the number of an item."""

MAX_ENTRIES = 200
"""No list in a dossier is longer."""

Lines = Annotated[list[Line], Field(max_length=MAX_ENTRIES)]

Entry = Annotated[
    Text | Annotated[list[Line | dict[Line, Text]], Field(max_length=MAX_ENTRIES)], BeforeValidator(_as_written)
]
"""What may stand in a field of an export: a text, or entries where the field takes several."""


_NONE_AS_EMPTY = BeforeValidator(lambda stated: {} if stated is None else stated)
"""A section of which every line is still in its comment states nothing."""

Texts = Annotated[dict[FieldKey, Entry], _NONE_AS_EMPTY]
"""Field → text."""


class Justification(Facts):
    """Why something applies."""

    reason: Text = Field(description="in full sentences; it is printed with the outcome")


class Purpose(Facts):
    """What the system is intended for. From it follows what the law says of it."""

    statement: Text = Field(description="the intended purpose, in the provider's words")
    infers: Construct = Field(description="what is inferred about people")
    domain: Domain = Field(description="where it is used")
    deployer: Line = Field(description="who uses it: the kind of organisation, or its name")
    exposed: Text = Field(description="on whom it is used, and in what situation")
    exposed_people: Annotated[list[ExposedPeople], Field(min_length=1)] = Field(
        description="the same, as categories"
    )
    text_only: bool = Field(default=False, description="reads written text alone: no face, voice, body or signal")
    medical_or_safety: Justification | None = Field(
        default=None, description="used for medical or safety reasons; null: not claimed"
    )
    personal_training: Justification | None = Field(
        default=None,
        description="used only for workers' own training, with results that nobody else sees and that cannot "
        "affect their work; null: not claimed",
    )


class Party(Facts):
    """A person or an organisation."""

    name: Line | None = Field(default=None, description="of the organisation or person")
    address: Text | None = Field(default=None, description="street, place, country")
    contact: Line | None = Field(default=None, description="e-mail address or telephone number")


class Laboratory(Party):
    """Who carried out the test."""

    place_of_activity: Text | None = Field(
        default=None, description="where the test was done, if elsewhere: at the customer's, remotely, …"
    )
    accreditation: Line | None = Field(default=None, description="by whom, for what scope, its number")


class Test(Facts):
    """How the test came about."""

    __test__ = False  # for pytest, which collects classes of this name

    received: date | None = Field(default=None, description="day on which the items to be tested were received")
    sampled: date | None = Field(default=None, description="day on which the sample was taken")
    sampling_plan: Text | None = Field(default=None, description="how the people and recordings were chosen")
    sampling_conditions: Text | None = Field(default=None, description="where and under which conditions")
    sample_chosen_by: Literal["customer", "laboratory"] | None = Field(
        default=None, description="who chose the sample"
    )
    received_items: Lines = Field(default=[], description="what was received from the customer")
    data_from_customer: Lines = Field(default=[], description="facts and data that the customer supplied")
    external_results: Lines = Field(
        default=[], description="results that others provided, such as annotations or predictions, and who"
    )
    method_remarks: Text | None = Field(
        default=None, description="additions to the method, and exclusions from it"
    )
    remarks: Text | None = Field(default=None, description="opinions and interpretations, apart from results")


class DecisionRule(Facts):
    """How a result becomes a statement of conformity."""

    specification: Line | None = Field(default=None, description="that is tested against: name, edition, clause")
    statement: Text | None = Field(default=None, description="of the rule as agreed with the customer")
    agreed_with: Line | None = Field(default=None, description="name and role")


class StatedBy(Facts):
    """A statement, and who makes it."""

    statement: Text = Field(description="in full sentences")
    by: Line = Field(description="name and role")


class AppliedStandard(Facts):
    """A standard that the provider applied."""

    name: Line = Field(description="with its number, such as ISO/IEC TS 4213")
    edition: Line | None = Field(default=None, description="year or edition")
    parts: Text | None = Field(default=None, description="that were applied; null: all")


class Dossier(Facts):
    """What people state about a system, its use and its test."""

    purpose: Purpose
    provider: Party = Field(default=Party(), description="who places the system on the market")
    authorised_representative: Party = Field(default=Party(), description="of a provider outside the Union")
    deployer: Party = Field(default=Party(), description="who uses the system, if it is one organisation")
    customer: Party = Field(default=Party(), description="who ordered the test")
    laboratory: Laboratory = Field(default=Laboratory(), description="who carried out the test")
    test: Test = Field(default=Test(), description="how the test came about")
    decision_rule: DecisionRule = Field(
        default=DecisionRule(), description="how results become statements of conformity"
    )
    special_categories: Annotated[dict[Literal["a", "b", "c", "d", "e", "f"], StatedBy], _NONE_AS_EMPTY] = Field(
        default={},
        description="the conditions for using special categories of personal data, each with who states it",
    )
    standards_applied: list[AppliedStandard] = Field(
        default=[], max_length=MAX_ENTRIES, description="that the provider applied"
    )
    tolerances_derived_from: dict[Line, Text] = Field(
        default={}, max_length=MAX_ENTRIES, description="metric, or default → where its tolerance comes from"
    )
    texts: dict[Line, Texts] = Field(
        default={}, description="document → field → what only a person can write for it"
    )

    def derived_from(self, metric: str) -> str | None:
        """Where the tolerance of a metric comes from; None if it is not stated.

        Args:
            metric: as in the results; ``recall:anger`` also finds what is stated for ``recall``.
        """
        stated: Mapping[str, str] = self.tolerances_derived_from
        return next((stated[key] for key in (metric, metric.partition(":")[0], "default") if key in stated), None)


def read_dossier(path: Path) -> Dossier:
    """Read a dossier, which is not trusted.

    Raises:
        HarnessError: it is absent or no such YAML, has unknown keys or texts for unknown fields, or something is
            still to be filled in.
    """
    try:
        document = read_yaml(path)
    except OSError as error:
        raise HarnessError(
            f"{path}: {error.strerror}. `harness new dossier {path}` writes a dossier to fill in."
        ) from None
    except ValueError as error:
        raise HarnessError(f"{path}: not valid YAML ({error}).") from None
    if missing := unfilled(document):
        raise HarnessError(f"{path}: still to be filled in ({TO_FILL}): {', '.join(missing)}.")
    try:
        dossier = Dossier.model_validate(document)
    except ValidationError as error:
        raise HarnessError(f"{path}: {validation_problems(error)}") from None
    require_known_texts(dossier.texts)
    return dossier
