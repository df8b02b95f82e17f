from __future__ import annotations

from collections.abc import Callable

from harness.checks.checked_system import CheckedSystem
from harness.checks.support import acted_only, support


def test_classes_and_groups_with_too_few_subjects_are_named(make_system: Callable[..., CheckedSystem]) -> None:
    people = [*range(8), *range(4)]
    truth = ["anger"] * 8 + ["fear"] * 4
    sex = ["female" if person < 6 else "male" for person in people]
    system = make_system(people, truth, truth, labels=["anger", "fear", "joy"], columns={"attr.sex": sex})
    whole, by_sex = support(system)
    assert (whole.verdict, whole.value, whole.group) == ("not_met", 2, "all")
    assert whole.reason is not None
    assert whole.reason.startswith("Fewer than 5 subjects: fear (4 subjects) and happiness (no sample).")
    assert (by_sex.verdict, by_sex.value, by_sex.group) == ("inconclusive", 2, "sex")
    assert by_sex.reason is not None
    assert "fear in female (4) and male (2 subjects)" in by_sex.reason


def test_enough_subjects_pass_and_unknown_is_no_group(make_system: Callable[..., CheckedSystem]) -> None:
    people = [*range(6), *range(6)]
    truth = ["anger"] * 6 + ["fear"] * 6
    sex = [None if person == 0 else "female" for person in people]
    findings = support(make_system(people, truth, truth, columns={"attr.sex": sex}))
    assert [finding.verdict for finding in findings] == ["met", "met"]


def test_a_group_with_just_enough_subjects_is_named_by_the_classes_that_lack_them(
    make_system: Callable[..., CheckedSystem],
) -> None:
    people = [*range(5), *range(4), *range(10, 14)]
    truth = ["anger"] * 5 + ["fear"] * 4 + ["anger"] * 4
    sex = ["female" if person < 10 else "male" for person in people]
    _, by_sex = support(make_system(people, truth, truth, columns={"attr.sex": sex}))
    assert (by_sex.metric, by_sex.value, by_sex.threshold) == ("support", 2, 0)
    assert (by_sex.reason or "").startswith("Fewer than 5 subjects: fear in female (4) and male (4 subjects). ")


def test_a_band_with_nobody_in_it_is_no_finding(make_system: Callable[..., CheckedSystem]) -> None:
    """The usual bands of age include children, and a study of adults is no worse for having none."""
    people, truth = [*range(12)] * 2, ["anger"] * 12 + ["fear"] * 12
    age = [20.0 if person < 6 else 40.0 for person in people]
    system = make_system(people, truth, truth, columns={"attr.age": age})
    assert "<18" in system.axes[0].names
    _, by_age = support(system)
    assert (by_age.verdict, by_age.value, by_age.group) == ("met", 0, "age")
    assert by_age.reason == "Every class has at least 5 subjects in every group with anybody in it."


def test_people_without_labels_are_a_group_with_few_subjects(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = [*range(6)] * 2 + [6, 7], ["anger"] * 6 + ["fear"] * 6 + [None, None]
    sex = ["female"] * 12 + ["male"] * 2
    _, by_sex = support(make_system(people, truth, ["fear", "anger"] * 7, columns={"attr.sex": sex}))
    assert (by_sex.verdict, by_sex.value) == ("inconclusive", 1)
    assert "male (0 subjects)" in (by_sex.reason or "")


def test_labels_that_were_all_acted_are_a_finding(make_system: Callable[..., CheckedSystem]) -> None:
    (acted,) = acted_only(make_system([0, 1], ["fear", "fear"], ["fear", "fear"]))
    assert (acted.verdict, acted.value) == ("not_met", 1.0)
    sources = {"label_source": ["acted", "observer"]}
    (mixed,) = acted_only(make_system([0, 1], ["fear", "fear"], ["fear", "fear"], columns=sources))
    assert (mixed.verdict, mixed.value) == ("met", 0.5)
    assert mixed.reason == "Labels come from: acted and observer."
    sources = {"label_source": ["acted", "not_stated"]}
    (unstated,) = acted_only(make_system([0, 1], ["fear", "fear"], ["fear", "fear"], columns=sources))
    assert (unstated.verdict, unstated.reason) == ("not_tested", "It is not stated who gave the labels.")
    assert {found.metric for found in (acted, mixed, unstated)} == {"acted_only"}
    assert (acted.threshold, mixed.threshold) == (1.0, 1.0)


def test_where_there_are_no_labels_none_was_acted(make_system: Callable[..., CheckedSystem]) -> None:
    (unlabelled,) = acted_only(make_system([0, 1], [None, None], ["fear", "fear"]))
    assert (unlabelled.verdict, unlabelled.reason) == ("not_tested", "There are no labels.")
    assert unlabelled.metric == "acted_only"
    rated = {"valence": [0.1, None], "arousal": [None, None], "dominance": [None, None]}
    (acted,) = acted_only(make_system([0, 1], [None, None], ["fear", "fear"], columns=rated))
    assert acted.verdict == "not_met"
