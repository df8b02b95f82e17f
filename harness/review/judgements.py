"""What people judged: the files that the page of a review lets them save. They are not trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError

from harness.cards.facts import Sha256, validation_problems
from harness.errors import HarnessError
from harness.files import read_json
from harness.plain_numbers import PlainNumbers
from harness.review.review_document import MAX_CASES, ReviewDocument

NONE, UNCLEAR = "(none of these)", "(cannot tell)"
"""What people may answer besides the labels of the system."""

_Name = Annotated[str, Field(max_length=300)]
_Reviewer = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w .-]+$")]


class _Part(PlainNumbers):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Judged(_Part):
    """One case: what somebody said before and after they saw the system's answer.

    Attributes:
        case: its number on the page, from 1.
        blind: a label, `NONE` or `UNCLEAR`.
        after: likewise.
    """

    case: int = Field(ge=1)
    blind: _Name
    after: _Name


class _Timed(Judged):
    seconds: float = Field(ge=0, le=1e7, description="from seeing the case to the first judgement")

    def untimed(self) -> Judged:
        return Judged(case=self.case, blind=self.blind, after=self.after)


class _AnswersFile(_Part):
    schema_version: Literal[1] = Field(alias="schema")
    review: Sha256
    reviewer: _Reviewer
    judgements: list[_Timed] = Field(max_length=MAX_CASES)


@dataclass(frozen=True)
class Reviewer:
    """One person's judgements.

    Attributes:
        name: a code that they chose.
        judged: case number → what they said.
    """

    name: str
    judged: dict[int, Judged]


def read_answers(paths: Sequence[Path], document: ReviewDocument, digest: str) -> list[Reviewer]:
    """The judgements of every reviewer, in the order of the files.

    Args:
        paths: one file per reviewer.
        document: what was drawn.
        digest: SHA-256 of ``review.json``.

    Raises:
        HarnessError: a file is malformed, of another review, without judgements or holds unknown cases or labels;
            or two are by one reviewer.
    """
    reviewers = [_read(path, document, digest) for path in paths]
    names = [of.name for of in reviewers]
    if len(set(names)) < len(names):
        raise HarnessError(
            f"Two of the files are by {max(names, key=names.count)}. Give one file per reviewer, the last "
            "that each saved."
        )
    return reviewers


def reviewer_of(name: str, judgements: Sequence[Judged], document: ReviewDocument, where: str) -> Reviewer:
    """One person's judgements, if they are of a review.

    Args:
        name: of the person.
        judgements: at least one, of different cases.
        document: what was drawn.
        where: they stand, for messages.

    Raises:
        HarnessError: there are none, or a case or a label is not part of the review, or a case is judged twice.
    """
    allowed = {*document.labels, NONE, UNCLEAR}
    for one in judgements:
        if one.case > len(document.cases) or not {one.blind, one.after} <= allowed:
            raise HarnessError(f"{where}: case {one.case} or its label is not part of this review.")
    judged = {one.case: one for one in judgements}
    if len(judged) < len(judgements):
        raise HarnessError(f"{where}: a case is judged twice.")
    if not judged:
        raise HarnessError(f"{where}: nothing was judged.")
    return Reviewer(name, judged)


def _read(path: Path, document: ReviewDocument, digest: str) -> Reviewer:
    try:
        found = _AnswersFile.model_validate(read_json(path))
    except ValidationError as error:
        raise HarnessError(f"{path}: {validation_problems(error)}.") from None
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a file of judgements ({error}).") from None
    if found.review != digest:
        raise HarnessError(f"{path}: these judgements are of another review (its review.json has another hash).")
    return reviewer_of(found.reviewer, [one.untimed() for one in found.judgements], document, str(path))
