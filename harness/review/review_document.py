"""What was drawn for a review: ``review.json``, by which answers are counted. It holds no names of samples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.cards.facts import Sha256, validation_problems
from harness.errors import HarnessError
from harness.files import json_bytes, read_json, sha256_bytes, sha256_file, write_bytes
from harness.review.drawing import Status

DOCUMENT = "review.json"
SCORED = "score"
"""What was found, as a folder in that of the review."""
MAX_CASES = 10_000
MAX_IN_RUN = 10**12
"""More samples than any run has; exact limits are counted with whole numbers of 64 bits."""
_Name = Annotated[str, Field(max_length=300)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class StratumFacts(_Part):
    """See `harness.review.drawing.Stratum`."""

    status: Status
    group: _Name | None
    num_cases: int = Field(ge=1, le=MAX_IN_RUN)
    num_drawn: int = Field(ge=1)


class Case(_Part):
    """One case that people judge; its number is its place in the list, from 1.

    Attributes:
        row: of ``samples.parquet`` of the run, from 0.
        stratum: index.
        subject: a number for the person in the sample, from 0.
        answer: the system's label; None if it gave none.
        score: of that label.
        truth: the label of the dataset; None if it has none.
    """

    row: int = Field(ge=0, lt=MAX_IN_RUN)
    stratum: int = Field(ge=0)
    subject: int = Field(ge=0, lt=MAX_IN_RUN)
    answer: _Name | None
    score: float | None
    truth: _Name | None


class RuleFacts(_Part):
    """See `harness.review.selection.Rule`."""

    label: _Name
    least: float | None


class ReviewDocument(_Part):
    """What was drawn, from which run, by which rule."""

    schema_version: Literal[1] = Field(alias="schema")
    run_sha256: Sha256 = Field(description="of the run's run.json")
    dataset: _Name
    system: _Name
    labels: list[_Name] = Field(min_length=2, max_length=1000)
    rules: list[RuleFacts] = Field(min_length=1, max_length=1000)
    by: _Name | None = Field(description="the axis whose groups are drawn from alike")
    seed: int = Field(ge=0)
    strata: list[StratumFacts] = Field(min_length=1, max_length=3000)
    cases: list[Case] = Field(min_length=1, max_length=MAX_CASES)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if any(case.stratum >= len(self.strata) for case in self.cases):
            raise ValueError("a case is of a stratum that is not in the list")
        drawn = [0] * len(self.strata)
        for case in self.cases:
            drawn[case.stratum] += 1
        if drawn != [of.num_drawn for of in self.strata] or any(of.num_drawn > of.num_cases for of in self.strata):
            raise ValueError("the numbers of the strata are not those of their cases")
        if len({case.row for case in self.cases}) < len(self.cases):
            raise ValueError("a case is in the list twice")
        if not self.positive <= set(self.labels):
            raise ValueError("a rule is for a label that the system does not have")
        return self

    @property
    def positive(self) -> frozenset[str]:
        """The labels that the system selects for."""
        return frozenset(rule.label for rule in self.rules)


def write_document(document: ReviewDocument, folder: Path) -> str:
    """Write ``review.json``; its SHA-256."""
    write_bytes(_bytes(document), folder / DOCUMENT)
    return document_sha256(document)


def document_sha256(document: ReviewDocument) -> str:
    """The SHA-256 of ``review.json``, which every file of judgements names."""
    return sha256_bytes(_bytes(document))


def _bytes(document: ReviewDocument) -> bytes:
    return json_bytes(document.model_dump(mode="json", by_alias=True))


def read_document(folder: Path) -> tuple[ReviewDocument, str]:
    """The document of a review and its SHA-256.

    Raises:
        HarnessError: there is none, or it is malformed.
    """
    path = folder / DOCUMENT
    try:
        return ReviewDocument.model_validate(read_json(path)), sha256_file(path)
    except OSError:
        raise HarnessError(f"{folder}: there is no {DOCUMENT}. Make it with harness review sample.") from None
    except ValidationError as error:
        raise HarnessError(f"{path}: {validation_problems(error)}.") from None
    except ValueError as error:
        raise HarnessError(f"{path}: {error}.") from None
