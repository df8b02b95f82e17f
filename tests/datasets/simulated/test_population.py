from __future__ import annotations

from collections import Counter

import pytest

from harness.datasets.simulated.population import (
    Bias,
    Person,
    generator,
    population,
    require_group,
    shown,
)
from harness.errors import HarnessError
from harness.signals.monk_scale import MONK_SKIN_TONES

ANNA = Person("sim001", "monk_03", 80.0, "female", "autism")


def test_attributes_are_spread_evenly() -> None:
    people = population(60, seed=0)
    assert Counter(person.skin_tone for person in people) == dict.fromkeys(MONK_SKIN_TONES, 6)
    assert Counter(person.sex for person in people) == {"female": 30, "male": 30}
    assert Counter(person.neurodivergence for person in people) == {"none": 30, "autism": 15, "adhd": 15}
    assert len({person.subject_id for person in people}) == 60
    assert population(60, seed=0) == people != population(60, seed=1)


def test_a_row_describes_its_person() -> None:
    assert Person.of({"subject_id": ANNA.subject_id, **ANNA.attributes()}) == ANNA


@pytest.mark.parametrize(
    ("attribute", "group", "is_in"),
    [
        ("age", "65+", True),
        ("age", "50-64", False),
        ("skin_tone", "monk_03", True),
        ("sex", "male", False),
        ("neurodivergence", "autism", True),
    ],
)
def test_groups_of_a_person(attribute: str, group: str, is_in: bool) -> None:
    assert ANNA.is_in(attribute, group) is is_in


@pytest.mark.parametrize(("value", "group"), [("none", "none reported"), ("adhd", "ADHD")])
def test_a_group_may_be_named_as_the_dataset_or_as_the_results_do(value: str, group: str) -> None:
    person = Person("sim002", "monk_03", 30.0, "male", value)
    assert person.is_in("neurodivergence", value)
    assert person.is_in("neurodivergence", group)
    assert not person.is_in("neurodivergence", "autism")


def test_a_swap_shows_another_class_in_its_share_of_the_group() -> None:
    bias = Bias(attribute="sex", group="female", effect=0.3)
    seen = [shown(ANNA, "a", ("a", "b", "c"), bias, generator(0, str(i))).label for i in range(2000)]
    # The binomial standard deviation is 0.010: four of them on either side.
    assert 0.26 < 1 - seen.count("a") / 2000 < 0.34
    assert {"a", "b", "c"} == set(seen)


def test_weaken_scales_the_expression_and_others_are_left_alone() -> None:
    bias = Bias(attribute="sex", group="female", effect=0.3, mechanism="weaken")
    assert shown(ANNA, "a", ("a", "b"), bias, generator(0, "x")).strength == pytest.approx(0.7)
    other = Bias(attribute="sex", group="male", effect=1.0)
    assert shown(ANNA, "a", ("a", "b"), other, generator(0, "x")).label == "a"


@pytest.mark.parametrize(
    ("bias", "message"),
    [
        (Bias(attribute="sex"), "together"),
        (Bias(group="female"), "together"),
        (Bias(attribute="age", group="<18"), "nobody has age = '<18' among the 1 subjects"),
    ],
)
def test_a_bias_without_a_group_is_refused(bias: Bias, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        require_group([ANNA], bias)
