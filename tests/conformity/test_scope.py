"""The decision tree on the cases that guidelines, supervisors and recitals name."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from harness.cards.modality import Modality
from harness.conformity.dossier import Construct, Domain, ExposedPeople, Purpose
from harness.conformity.scope import LegalProfile, Scope, decide_scope, legal_profile
from harness.errors import HarnessError
from harness.plain_yaml import read_yaml
from harness.resources import config_dir

EMOTIONS = ["angry", "happy", "neutral"]


def purpose(domain: Domain, *exposed: ExposedPeople, infers: Construct = "emotion", **more: Any) -> Purpose:
    stated = {"statement": "To measure.", "deployer": "A company", "exposed": "People"}
    return Purpose.model_validate(
        {**stated, "domain": domain, "exposed_people": list(exposed), "infers": infers, **more}
    )


def decided(stated: Purpose, answers: list[str] | None = None, modalities: tuple[str, ...] = ("voice",)) -> Scope:
    return decide_scope(stated, answers=EMOTIONS if answers is None else answers, modalities=modalities)


REASON = {"reason": "To notice when a pilot panics."}

CASES: list[tuple[str, Purpose, str]] = [
    ("call centre: tone of the employees", purpose("customer_service", "workers"), "prohibited"),
    ("call centre: anger of the customers", purpose("customer_service", "customers"), "high_risk"),
    ("call centre: both", purpose("customer_service", "customers", "workers"), "prohibited"),
    ("hybrid meetings: tone of the team", purpose("workplace", "workers"), "prohibited"),
    ("recruitment", purpose("other", "job_applicants"), "prohibited"),
    ("supermarket: its staff", purpose("retail", "workers"), "prohibited"),
    ("supermarket: its customers", purpose("retail", "customers"), "high_risk"),
    ("attention in class", purpose("education", "students"), "prohibited"),
    ("exams at home", purpose("other", "students"), "prohibited"),
    ("work, for a medical reason", purpose("workplace", "workers", medical_or_safety=REASON), "high_risk"),
    ("school, for a medical reason", purpose("education", "students", medical_or_safety=REASON), "high_risk"),
    ("own training, for nobody else", purpose("workplace", "workers", personal_training=REASON), "high_risk"),
    ("training of applicants", purpose("workplace", "job_applicants", personal_training=REASON), "prohibited"),
    ("training of students", purpose("education", "students", personal_training=REASON), "prohibited"),
    ("a therapist's patients", purpose("healthcare", "patients"), "high_risk"),
    ("nurses", purpose("healthcare", "workers"), "prohibited"),
    ("interrogation", purpose("law_enforcement", "suspects"), "high_risk"),
    ("at the border", purpose("migration", "migrants"), "high_risk"),
    ("a toy", purpose("entertainment", "children"), "high_risk"),
    ("cameras in a street", purpose("public_space", "public"), "high_risk"),
    ("intentions of passers-by", purpose("public_space", "public", infers="intention"), "high_risk"),
    ("a study at a university", purpose("research", "research_participants"), "out_of_scope"),
    ("reviews of customers", purpose("retail", "customers", text_only=True), "undecided"),
]


@pytest.mark.parametrize(("stated", "outcome"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_cases_of_systems_whose_answers_name_emotions(stated: Purpose, outcome: str) -> None:
    scope = decided(stated)
    assert scope.outcome == outcome
    assert scope.conformity_route == (outcome == "high_risk")


OTHER_ANSWERS = [
    ("pain of a patient", "healthcare", "patients", "physical_state", ["pain", "no pain"]),
    ("fatigue of a pilot at work", "workplace", "workers", "physical_state", ["fatigue", "alert"]),
    ("sleepy drivers", "road_safety", "drivers", "physical_state", ["drowsy", "awake"]),
    ("a smile, and nothing from it", "public_space", "public", "expression_only", ["smile", "frown", "none"]),
    ("a whisper at work", "workplace", "workers", "expression_only", ["whisper", "loud voice"]),
]


@pytest.mark.parametrize(("domain", "exposed", "construct", "answers"), [case[1:] for case in OTHER_ANSWERS])
def test_states_and_expressions_are_out_of_scope(
    domain: Domain, exposed: ExposedPeople, construct: Construct, answers: list[str]
) -> None:
    scope = decided(purpose(domain, exposed, infers=construct), answers)
    assert (scope.outcome, scope.conformity_route) == ("out_of_scope", False)
    assert "Recital 18" in [provision.name for provision in scope.provisions]


@pytest.mark.parametrize("construct", ["physical_state", "expression_only"])
def test_answers_that_name_emotions_contradict_another_construct(construct: Construct) -> None:
    stated = purpose("public_space", "public", infers=construct)
    assert decided(stated, ["smile", "Wut"]).outcome == "out_of_scope"
    assert decided(stated, ["smile", "ANGRY"]).outcome == "undecided"
    assert decide_scope(stated, dimensions=["valence"]).outcome == "undecided"


def test_stress_is_disputed() -> None:
    state = purpose("healthcare", "patients", infers="physical_state")
    assert decided(state, ["stressed", "calm"]).outcome == "undecided"
    assert decided(purpose("healthcare", "patients"), ["stressed", "calm"]).outcome == "high_risk"


def test_text_alone_is_no_biometric_data() -> None:
    stated = purpose("retail", "customers", text_only=True)
    scope = decided(stated, modalities=())
    assert (scope.outcome, scope.heading.partition(":")[0]) == ("out_of_scope", "Out of scope")
    assert decided(stated, modalities=("voice",)).outcome == "undecided"


def test_text_alone_at_work_is_not_prohibited_by_this_article() -> None:
    assert decided(purpose("workplace", "workers", text_only=True), modalities=()).outcome == "out_of_scope"


def test_intentions_at_work_are_undecided_unless_answers_name_emotions() -> None:
    stated = purpose("workplace", "workers", infers="intention")
    assert decided(stated, ["leaves", "stays"]).outcome == "undecided"
    assert decided(stated).outcome == "prohibited"
    with_reason = purpose("workplace", "workers", infers="intention", medical_or_safety=REASON)
    assert decided(with_reason, ["leaves", "stays"]).outcome == "high_risk"


def test_a_prohibited_system_has_no_route_and_says_so() -> None:
    scope = decided(purpose("workplace", "workers"))
    assert scope.heading == "Prohibited practice under Art. 5(1)(f): no conformity route."
    assert [step.id for step in scope.path] == ["input", "research", "construct", "area", "reason"]
    assert [step.answer for step in scope.path] == ["Yes", "No", "Emotions", "Yes", "No"]
    assert scope.provisions[0].applies_from == date(2025, 2, 2)
    assert (scope.assessed_by, scope.register, scope.notice) == (None, None, False)


def test_authorities_are_assessed_and_registered_otherwise() -> None:
    street, police = decided(purpose("public_space", "public")), decided(purpose("law_enforcement", "suspects"))
    assert (street.register, street.notice) == ("public", True)
    assert (police.register, police.notice) == ("not public", False)
    assert street.assessed_by is not None
    assert "notified body" in street.assessed_by
    assert police.assessed_by is not None
    assert "market surveillance authority" in police.assessed_by.lower()
    assert "Art. 49(4)" in [provision.name for provision in police.provisions]


def test_exceptions_that_are_claimed_are_named_beside_the_outcome() -> None:
    scope = decided(purpose("workplace", "workers", medical_or_safety=REASON))
    assert [remark for remark in scope.remarks if "medical or safety reason" in remark]
    assert "Art. 5(1)(f)" in [provision.name for provision in scope.provisions]
    outside = decided(purpose("healthcare", "patients", medical_or_safety=REASON))
    assert not [remark for remark in outside.remarks if "medical or safety reason" in remark]


def test_children_bring_their_article() -> None:
    assert "Art. 9(9)" in [each.name for each in decided(purpose("entertainment", "children")).provisions]
    assert "Art. 9(9)" not in [each.name for each in decided(purpose("entertainment", "public")).provisions]


def test_every_domain_and_every_kind_of_people_ends_somewhere() -> None:
    for domain in get_args(Domain):
        for exposed in get_args(ExposedPeople):
            for construct in get_args(Construct):
                assert decided(purpose(domain, exposed, infers=construct)).heading


def test_dates_are_those_after_the_omnibus() -> None:
    law = legal_profile()
    assert law.provisions["annex_iii_1_c"].applies_from == date(2027, 12, 2)
    assert law.provisions["art_50_3"].applies_from == date(2026, 8, 2)
    assert law.as_of == date(2026, 11, 27)


def test_every_modality_but_the_unknown_one_is_biometric() -> None:
    assert set(legal_profile().biometric_modalities) == set(Modality) - {Modality.NOT_STATED}


def document() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(config_dir() / "legal" / "eu_ai_act.yaml")
    return found


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda law: law["questions"]["area"]["answers"].pop(), "must hold always"),
        (lambda law: law["questions"]["authority"]["answers"][-1].update(outcome=None, ask="area"), "asked twice"),
        (lambda law: law["questions"]["area"]["answers"][-1].update(ask="nowhere"), "nowhere is missing"),
        (lambda law: law["questions"]["authority"]["answers"][-1].update(outcome="fine"), "one known outcome"),
        (lambda law: law["outcomes"]["high_risk"]["provisions"].append("art_99"), "no such provision: art_99"),
        (lambda law: law["also"][0]["outcomes"].append("low_risk"), "no such outcome: low_risk"),
        (lambda law: law["also"][0]["when"].append({"sector": ["x"]}), "no such fact: sector"),
    ],
)
def test_a_tree_that_does_not_end_is_refused(change: Any, problem: str) -> None:
    law = document()
    change(law)
    with pytest.raises(ValidationError, match=problem):
        LegalProfile.model_validate(law)


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(HarnessError, match=r"atlantis\.yaml.*no such legal profile"):
        legal_profile("atlantis")
