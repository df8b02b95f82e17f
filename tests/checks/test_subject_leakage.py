from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.checks.checked_system import CheckedSystem
from harness.checks.subject_leakage import subject_leakage

PEOPLE = ["anna", "anna", "ben", "cleo"]
FOLD = {"name": "loso:panna", "train_subjects": ["pben", "pcleo"], "test_subjects": ["panna"], "num_train": 2}


def case_with(make_system: Callable[..., CheckedSystem], **facts: object) -> CheckedSystem:
    split = facts.pop("split", None)
    return make_system(
        PEOPLE, ["fear"] * 4, ["fear"] * 4, card=facts, columns={"split": split} if split is not None else None
    )


def test_folds_that_hold_nobody_twice_pass(make_system: Callable[..., CheckedSystem]) -> None:
    (finding,) = subject_leakage(replace(case_with(make_system, training="cross_fitted"), folds=[FOLD]))
    assert (finding.verdict, finding.value, finding.group) == ("met", 0, "folds")


def test_a_subject_on_both_sides_of_a_fold_is_named(make_system: Callable[..., CheckedSystem]) -> None:
    leaky = {**FOLD, "train_subjects": ["panna", "pben"]}
    (finding,) = subject_leakage(replace(case_with(make_system, training="cross_fitted"), folds=[FOLD, leaky]))
    assert (finding.verdict, finding.value) == ("not_met", 1)
    assert finding.reason == (
        "1 subject (first seen in row 0 of samples.parquet) is on both sides of a fold. Remedy: fold by subject."
    )


def test_a_fusion_is_looked_at_for_its_own_training_and_that_of_its_systems(
    make_system: Callable[..., CheckedSystem],
) -> None:
    fusion = case_with(make_system, training="pretrained", training_subjects=["panna"])
    own, of_systems = subject_leakage(replace(fusion, folds=[FOLD]))
    assert (own.verdict, own.group) == ("met", "folds")
    assert (of_systems.verdict, of_systems.value, of_systems.group) == ("not_met", 1, "training_subjects")


def test_every_fold_is_compared_with_its_own_training(make_system: Callable[..., CheckedSystem]) -> None:
    """To be trained on in one fold and tested in another is what folds are for."""
    people = {"panna", "pben", "pcleo"}
    folds = [
        {"train_subjects": sorted(people - {one}), "test_subjects": [one]} for one in ("panna", "pben", "pcleo")
    ]
    system = case_with(make_system, training="cross_fitted")
    (sound,) = subject_leakage(replace(system, folds=folds))
    assert (sound.verdict, sound.value, sound.n_subjects) == ("met", 0, 3)
    assert sound.reason == "3 trainings; none saw a subject that it was tested on."
    folds[2]["train_subjects"] = ["panna", "pcleo"]
    (leaky,) = subject_leakage(replace(system, folds=folds))
    assert (leaky.verdict, leaky.value) == ("not_met", 1)
    assert "first seen in row 3 of samples.parquet" in (leaky.reason or "")


def test_unknown_training_subjects_are_not_tested(make_system: Callable[..., CheckedSystem]) -> None:
    (finding,) = subject_leakage(case_with(make_system))
    assert finding.verdict == "not_tested"
    assert finding.reason is not None
    assert "training_subjects in the model's card" in finding.reason


def test_listed_training_subjects_are_looked_for(make_system: Callable[..., CheckedSystem]) -> None:
    (clean,) = subject_leakage(case_with(make_system, training_subjects=["pdora"]))
    assert (clean.verdict, clean.value) == ("met", 0)
    (leaked,) = subject_leakage(case_with(make_system, training_subjects=["pdora", "pben", "pcleo"]))
    assert (leaked.verdict, leaked.value) == ("not_met", 2)


def test_what_is_not_trained_cannot_leak_but_recorded_answers_can(
    make_system: Callable[..., CheckedSystem],
) -> None:
    (untrained,) = subject_leakage(case_with(make_system, training="none", kind="chance"))
    assert (untrained.verdict, untrained.value) == ("met", 0)
    assert subject_leakage(case_with(make_system, training="none", kind="predictions"))[0].verdict == "not_tested"


def test_a_split_through_a_subject_is_found(make_system: Callable[..., CheckedSystem]) -> None:
    system = case_with(make_system, split=["train", "test", "train", "test"])
    _, finding = subject_leakage(system)
    assert (finding.group, finding.verdict, finding.value) == ("split", "not_met", 1)


def test_measuring_the_training_split_is_questioned(make_system: Callable[..., CheckedSystem]) -> None:
    _, finding = subject_leakage(case_with(make_system, split=["train", "train", "test", "test"]))
    assert (finding.verdict, finding.value) == ("inconclusive", 1)
    assert len(subject_leakage(case_with(make_system, split=["test"] * 4))) == 1


@pytest.mark.parametrize("written", ["PBEN", "p ben", "toys:pben", "p-ben "])
def test_training_subjects_written_in_another_way_are_found(
    make_system: Callable[..., CheckedSystem], written: str
) -> None:
    (finding,) = subject_leakage(case_with(make_system, training_subjects=[written, "pdora"]))
    assert (finding.verdict, finding.value) == ("not_met", 1)
    assert "(1 of them written in another way there)" in (finding.reason or "")
    assert "first seen in row 2 of" in (finding.reason or "")


@pytest.mark.parametrize("trained_on", [["0", "1"], ["toy2:pben"], ["s17"]])
def test_ids_that_are_built_differently_clear_nobody(
    make_system: Callable[..., CheckedSystem], trained_on: list[str]
) -> None:
    (finding,) = subject_leakage(case_with(make_system, training_subjects=trained_on))
    assert finding.verdict == "inconclusive"
    assert "does not show that nobody is in both" in (finding.reason or "")


def test_one_person_under_two_spellings_in_a_fold_is_questioned(make_system: Callable[..., CheckedSystem]) -> None:
    system = make_system(["1", "01", "2"], ["fear"] * 3, ["fear"] * 3, card={"training": "cross_fitted"})
    fold = {"train_subjects": ["p01", "p2"], "test_subjects": ["p1"]}
    (finding,) = subject_leakage(replace(system, folds=[fold]))
    assert (finding.verdict, finding.value) == ("inconclusive", 1)
    assert "leading zeros mean one person" in (finding.reason or "")


@pytest.mark.parametrize("training", ["Train", "training", "train_set"])
def test_a_training_split_is_known_by_any_usual_name(
    make_system: Callable[..., CheckedSystem], training: str
) -> None:
    _, shared = subject_leakage(case_with(make_system, split=[training, "test", training, "Test"]))
    assert (shared.group, shared.verdict, shared.value) == ("split", "not_met", 1)
    _, seen = subject_leakage(case_with(make_system, split=[training, training, "test", "dev"]))
    assert (seen.group, seen.verdict, seen.value) == ("split", "inconclusive", 1)


def test_splits_whose_names_say_nothing_are_listed(make_system: Callable[..., CheckedSystem]) -> None:
    _, finding = subject_leakage(case_with(make_system, split=["fold1", "fold1", "B", None]))
    assert (finding.group, finding.verdict, finding.value) == ("names of splits", "inconclusive", 2)
    assert "whether they are for training: B and fold1." in (finding.reason or "")


def test_a_subject_in_two_folds_of_the_datasets_split_is_found(
    make_system: Callable[..., CheckedSystem],
) -> None:
    _, finding = subject_leakage(case_with(make_system, split=["fold:1", "fold:2", "fold:1", "fold:2"]))
    assert (finding.group, finding.verdict, finding.value) == ("split", "not_met", 1)
    assert "in two folds of the dataset's split" in str(finding.reason)
    assert len(subject_leakage(case_with(make_system, split=["fold:1", "fold:1", "fold:2", "fold:2"]))) == 1
