"""What follows from a system's purpose under a legal profile: a dated decision tree, which is data.

The tree stands in ``configs/legal/<profile>.yaml`` with the provisions, their dates and the date on which it was
checked. Nothing of the law is in this module: it computes the facts that the tree asks for, and walks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from harness.cards.facts import Facts, validation_problems
from harness.cards.taxonomy import canonical
from harness.conformity.dossier import Purpose
from harness.errors import HarnessError
from harness.plain_yaml import read_yaml
from harness.resources import config_dir

DEFAULT_PROFILE = "eu_ai_act"

ScopeOutcome = Literal["out_of_scope", "prohibited", "high_risk", "undecided"]

Value = str | bool
When = list[dict[str, list[Value]]]
"""Alternatives, in each of which every fact must have one of the values."""


FACTS = frozenset(
    {"infers", "domain", "exposed_people", "text_only", "medical_or_safety", "personal_training"}
    | {"answers", "modalities", "area"}
)
"""What a condition of the tree may ask for."""


@dataclass(frozen=True)
class Step:
    """One question of the tree and its answer.

    Attributes:
        id: of the question in the profile.
        question: in words.
        answer: in words.
    """

    id: str
    question: str
    answer: str


class Provision(Facts):
    """An article, annex or recital."""

    name: str = Field(description="as it is cited")
    says: str = Field(description="in our words")
    applies_from: date | None = Field(description="null: does not apply by itself, such as a recital")
    verified: Literal["primary", "secondary", "memory"] = Field(description="how its text was checked")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What the law says of a system with this purpose.

    Attributes:
        outcome: out of scope, prohibited, high-risk or undecided.
        heading: the first line of every document.
        path: the questions on the way to the outcome.
        provisions: on which it rests.
        remarks: what limits it.
        conformity_route: whether conformity documents and register entries are made at all.
        assessed_by: who assesses conformity; None without a route.
        register: in which section of the register it belongs; None: in none.
        notice: whether exposed people must be told.
        profile: the name of the legal profile.
        title: the law, with its amendments.
        as_of: the day on which the profile was checked.
    """

    outcome: ScopeOutcome
    heading: str
    path: tuple[Step, ...]
    provisions: tuple[Provision, ...]
    remarks: tuple[str, ...]
    conformity_route: bool
    assessed_by: str | None
    register: Literal["public", "not public"] | None
    notice: bool
    profile: str
    title: str
    as_of: date


def decide_scope(
    purpose: Purpose,
    *,
    answers: Sequence[str] = (),
    dimensions: Sequence[str] = (),
    modalities: Sequence[str] = (),
    profile: str = DEFAULT_PROFILE,
) -> Scope:
    """Decide what a purpose means under a legal profile.

    Args:
        purpose: as the dossier states it.
        answers: the labels that the system answers: they may contradict the purpose.
        dimensions: valence, arousal or dominance, if it answers these.
        modalities: of the samples on which it was measured.
        profile: the name of a file in ``configs/legal``.
    """
    law = legal_profile(profile)
    facts = _facts(law, purpose, answers, dimensions, modalities)
    path, name = _walk(law, facts)
    outcome = law.outcomes[name]
    also = [each for each in law.also if name in each.outcomes and _holds(each.when, facts)]
    ids = dict.fromkeys([*outcome.provisions, *(provision for each in also for provision in each.provisions)])
    return Scope(
        outcome=outcome.outcome,
        heading=outcome.heading,
        path=path,
        provisions=tuple(law.provisions[each] for each in ids),
        remarks=tuple(each.remark for each in also),
        conformity_route=outcome.conformity_route,
        assessed_by=outcome.assessed_by,
        register=outcome.register_section,
        notice=outcome.notice,
        profile=law.profile,
        title=law.title,
        as_of=law.as_of,
    )


class Outcome(Facts):
    """What the tree may end in."""

    outcome: ScopeOutcome
    heading: str
    conformity_route: bool
    provisions: list[str]
    assessed_by: str | None = None
    register_section: Literal["public", "not public"] | None = Field(default=None, alias="register")
    notice: bool = False


class Remark(Facts):
    """What is said beside some outcomes."""

    when: When
    outcomes: list[str]
    remark: str
    provisions: list[str]


class Answer(Facts):
    """One answer to a question, and where it leads: to another question, or to an outcome."""

    when: When | None = None
    answer: str
    ask: str | None = None
    outcome: str | None = None


class Question(Facts):
    """A question; its first answer that holds counts, and the last one always does."""

    question: str
    answers: list[Answer] = Field(min_length=1)


class LegalProfile(Facts):
    """A law, as far as it matters here, on a certain day."""

    profile: str
    as_of: date
    title: str
    sources: list[str]
    provisions: dict[str, Provision]
    biometric_modalities: list[str]
    emotions: list[str]
    disputed: list[str]
    special_categories: dict[str, str]
    outcomes: dict[str, Outcome]
    also: list[Remark]
    areas: dict[str, When]
    start: str
    questions: dict[str, Question]

    @model_validator(mode="after")
    def _require_whole(self) -> Self:
        """Every walk ends, and everything that is named exists."""
        self._require_end(self.start, ())
        if facts := {fact for when in self._conditions() for each in when for fact in each} - FACTS:
            raise ValueError(f"no such fact: {min(facts)}")
        lists = [*(each.provisions for each in self.outcomes.values()), *(each.provisions for each in self.also)]
        cited = [name for names in lists for name in names]
        if unknown := sorted(set(cited) - set(self.provisions)):
            raise ValueError(f"no such provision: {unknown[0]}")
        if unknown := sorted({name for each in self.also for name in each.outcomes} - set(self.outcomes)):
            raise ValueError(f"no such outcome: {unknown[0]}")
        return self

    def _conditions(self) -> Iterator[When]:
        yield from self.areas.values()
        yield from (each.when for each in self.also)
        yield from (each.when for one in self.questions.values() for each in one.answers if each.when is not None)

    def _require_end(self, name: str, before: tuple[str, ...]) -> None:
        if name in before or name not in self.questions:
            raise ValueError(f"the question {name} is {'asked twice' if name in before else 'missing'}")
        answers = self.questions[name].answers
        if [each.when is None for each in answers] != [False] * (len(answers) - 1) + [True]:
            raise ValueError(f"the last answer to {name}, and no other, must hold always")
        for answer in answers:
            if (answer.ask is None) == (answer.outcome is None) or not {answer.outcome} <= {None, *self.outcomes}:
                raise ValueError(f"an answer to {name} must lead to one question or one known outcome")
            if answer.ask is not None:
                self._require_end(answer.ask, (*before, name))


@cache
def legal_profile(name: str = DEFAULT_PROFILE) -> LegalProfile:
    """A legal profile from ``configs/legal``.

    Raises:
        HarnessError: there is none of that name, or it does not fit the schema.
    """
    path = config_dir() / "legal" / f"{name}.yaml"
    try:
        return LegalProfile.model_validate(read_yaml(path))
    except OSError as error:
        raise HarnessError(f"{path}: {error.strerror}. There is no such legal profile.") from None
    except ValidationError as error:
        raise HarnessError(f"{path}: {validation_problems(error)}") from None


Known = Mapping[str, frozenset[Value]]
"""Fact → its values: several where several categories of people are exposed."""


def _facts(
    law: LegalProfile,
    purpose: Purpose,
    answers: Sequence[str],
    dimensions: Sequence[str],
    modalities: Sequence[str],
) -> Known:
    named = {canonical(answer) for answer in answers}
    kinds = {
        "emotions": bool(dimensions) or not named.isdisjoint(law.emotions),
        "disputed": not named.isdisjoint(law.disputed),
    }
    biometric = not set(modalities).isdisjoint(law.biometric_modalities)
    facts: dict[str, frozenset[Value]] = {
        "infers": frozenset({purpose.infers}),
        "domain": frozenset({purpose.domain}),
        "exposed_people": frozenset(purpose.exposed_people),
        "text_only": frozenset({purpose.text_only}),
        "medical_or_safety": frozenset({purpose.medical_or_safety is not None}),
        "personal_training": frozenset({purpose.personal_training is not None}),
        "answers": frozenset(kind for kind, is_named in kinds.items() if is_named),
        "modalities": frozenset({"biometric"} if biometric else ()),
    }
    return facts | {"area": frozenset(area for area, when in law.areas.items() if _holds(when, facts))}


def _walk(law: LegalProfile, facts: Known) -> tuple[tuple[Step, ...], str]:
    """The questions from the start to an outcome, and its name."""
    path: list[Step] = []
    name: str | None = law.start
    while name is not None:
        question = law.questions[name]
        answer = next(each for each in question.answers if each.when is None or _holds(each.when, facts))
        path.append(Step(name, question.question, answer.answer))
        name, outcome = answer.ask, answer.outcome
    assert outcome is not None
    return tuple(path), outcome


def _holds(when: When, facts: Known) -> bool:
    return any(
        all(not facts[fact].isdisjoint(values) for fact, values in alternative.items()) for alternative in when
    )
