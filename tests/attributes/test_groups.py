from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.group import EVERYBODY, THE_REST, Group
from harness.attributes.grouping import Grouping
from harness.attributes.groups import Groups, axes_of, group_samples
from harness.errors import HarnessError

RNG = np.random.default_rng(7)
PEOPLE = pa.table(
    {
        "attr.sex": RNG.choice(["female", "male", ""], 300, p=[0.6, 0.3, 0.1]),
        "attr.age": np.where(RNG.random(300) < 0.1, np.nan, RNG.integers(18, 60, 300)),
        "attr.skin_tone": RNG.choice(["1", "monk_06", "MST 9"], 300),
    }
)


def named(groups: Groups) -> list[str]:
    """The name of every sample's group."""
    return [groups.names[i] for i in groups.index]


def groups_of(values: pa.Array, axis: str = "skin_tone") -> tuple[tuple[str, ...], list[int]]:
    groups = group_samples(pa.table({f"attr.{axis}": values}), axis)
    return groups.names, groups.index.tolist()


def test_text_is_a_group_and_nothing_is_unknown() -> None:
    assert groups_of(pa.array(["monk_10", None, "monk_2", "monk_10"])) == (
        ("monk_2", "monk_10", "unknown"),
        [1, 2, 0, 1],
    )


def test_ages_are_banded_and_stand_by_age() -> None:
    ages = pa.array([80.0, 5.0, 20.0, float("nan"), 19.0, None])
    names, index = groups_of(ages, "age")
    assert names == ("<18", "18-29", "30-49", "50-64", "65+", "unknown")
    assert index == [4, 0, 1, 5, 1, 5]


def test_unknown_as_text_and_as_nothing_are_one_group() -> None:
    assert groups_of(pa.array(["unknown", None, "", "Unknown "])) == (("unknown",), [0, 0, 0, 0])


def test_chunks_with_dictionaries_of_their_own_are_one_column() -> None:
    column = pa.chunked_array([["b", "a"], ["c", "a"]])
    assert groups_of(column) == (("a", "b", "c"), [1, 0, 2, 0])


def test_a_column_of_nulls_is_unknown() -> None:
    assert groups_of(pa.array([None, None], pa.string())) == (("unknown",), [0, 0])


@pytest.mark.parametrize("values", [["1²", "12", "1"], ["a1", "1a", "a", "٣"]])
def test_any_text_can_be_ordered(values: list[str]) -> None:
    names, index = groups_of(pa.array(values))
    assert sorted(names) == sorted(values)
    assert [names[i] for i in np.array(index)] == values


def test_numbers_spelled_in_two_ways_stand_in_one_order() -> None:
    names = ["1", "01", "1.0", "001"]
    assert groups_of(pa.array(names))[0] == groups_of(pa.array(names[::-1]))[0] == ("001", "01", "1", "1.0")


def test_axes_are_the_attributes_without_their_prefix() -> None:
    table = pa.table({"sample_id": ["a"], "attr.sex": ["f"], "ctx.snr": [1.0], "attr.age": [3.0]})
    assert axes_of(table) == ("sex", "age")


def test_an_attribute_that_is_not_there_is_named() -> None:
    with pytest.raises(HarnessError, match=r"no attribute 'race'.*sex"):
        group_samples(pa.table({"attr.sex": ["f"]}), "race")


def test_a_name_that_would_read_as_an_intersection_is_refused() -> None:
    for name in ("sex*age", "overall", " sex", ""):
        with pytest.raises(HarnessError, match=r"cannot name an attribute"):
            axes_of(pa.table({f"attr.{name}": ["f"]}))


def test_declared_groups_are_listed_in_their_order_and_change_no_sample() -> None:
    bare = group_samples(PEOPLE, "sex")
    full = group_samples(PEOPLE, "sex", Grouping(declared={"sex": ("intersex", "male", "unknown")}))
    assert bare.names == ("female", "male", "unknown")
    assert full.names == ("intersex", "male", "female", "unknown")
    assert named(full) == named(bare)


def test_declared_values_become_groups_of_the_scale() -> None:
    grouping = Grouping(declared={"neurodivergence": ("none", "adhd", "dyslexia"), "age": ("17", "70")})
    table = pa.table({"attr.neurodivergence": ["autistic", None], "attr.age": [30.0, 20.0]})
    assert group_samples(table, "neurodivergence", grouping).names == (
        *("none reported", "autism", "ADHD", "other", "not disclosed"),
        "dyslexia",
        "unknown",
    )
    assert group_samples(table, "age", grouping).names == ("<18", "18-29", "30-49", "50-64", "65+")


def test_groups_may_be_named_in_the_plan() -> None:
    grouping = Grouping(bands={"health": ("well", "ill")})
    table = pa.table({"attr.health": ["ill", "frail"]})
    assert group_samples(table, "health", grouping).names == ("well", "ill", "frail")


def test_text_that_is_a_number_falls_into_a_band() -> None:
    assert groups_of(pa.array(["25", "18-29", " 70", "nan"]), "age")[1] == [1, 1, 4, 5]


@pytest.mark.parametrize("word", ["elderly", "thirty", "18;29", "adult (18)"])
def test_a_word_fits_no_band(word: str) -> None:
    with pytest.raises(HarnessError) as refused:
        groups_of(pa.array(["25", word]), "age")
    assert str(refused.value) == (
        f"attr.age (attributes.bands={{age: [18, 30, 50, 65]}}): {word!r} is neither a number nor a range such as "
        "25-34, 65+ or <18. Correct the cell or leave it empty; if the answers are words, use null instead of "
        "bands: every answer is then a group."
    )


@pytest.mark.parametrize("age", [-1.0, 999.0])
def test_a_number_that_is_no_age_is_refused(age: float) -> None:
    with pytest.raises(HarnessError, match=r"attr\.age.*no age in years; leave the cell empty"):
        groups_of(pa.array([age, 20.0]), "age")


@pytest.mark.parametrize("age", ["inf", "-Infinity"])
def test_an_endless_age_is_refused(age: str) -> None:
    with pytest.raises(HarnessError, match=r"attr\.age.*lies in no band; leave the cell empty"):
        groups_of(pa.array([age, "20"]), "age")


def test_groups_may_be_called_what_results_call_everybody_or_all_others() -> None:
    groups = group_samples(pa.table({"attr.activity": ["walk", "rest", "all"]}), "activity")
    assert groups.groups == (Group.of("all"), Group.of("rest"), Group.of("walk"))
    assert not {EVERYBODY, THE_REST} & set(groups.groups)
    banded = group_samples(pa.table({"attr.x": ["a"]}), "x", Grouping(bands={"x": ("a", "rest")}))
    assert banded.names == ("a", "rest")


def test_a_value_that_is_not_on_the_scale_is_named() -> None:
    with pytest.raises(
        HarnessError, match=r"attr\.skin_tone \(attributes\.bands={skin_tone: monk_3}\): 'VI' is not on"
    ):
        group_samples(pa.table({"attr.skin_tone": ["VI"]}), "skin_tone", Grouping(bands={"skin_tone": "monk_3"}))


def test_an_intersection_is_the_product_of_its_parts() -> None:
    sex, age = group_samples(PEOPLE, "sex"), group_samples(PEOPLE, "age")
    both = group_samples(PEOPLE, "sex*age")
    assert both.axis == "sex*age"
    assert both.names == (*(f"{s}*{a}" for s in sex.names[:-1] for a in age.names[:-1]), "unknown")
    assert named(both) == [
        "unknown" if "unknown" in (s, a) else f"{s}*{a}" for s, a in zip(named(sex), named(age), strict=True)
    ]
    assert both.note is None


def test_of_too_many_combinations_those_that_occur_are_listed() -> None:
    bands = {"age": tuple(range(1, 40)), "skin_tone": "monk_10"}
    cells = group_samples(PEOPLE, "sex*age*skin_tone", Grouping(bands=bands))
    assert set(cells.names) == set(named(cells))
    assert cells.names[-1] == "unknown"
    assert cells.note == "800 combinations are possible; those that occur are listed"
    parts = [group_samples(PEOPLE, name, Grouping(bands=bands)) for name in ("sex", "age", "skin_tone")]
    expected = ["*".join(cell) for cell in zip(*map(named, parts), strict=True)]
    assert named(cells) == ["unknown" if "unknown" in cell else cell for cell in expected]
    order = [tuple(p.names.index(n) for p, n in zip(parts, c.split("*"), strict=True)) for c in cells.names[:-1]]
    assert order == sorted(order)


def test_a_part_that_nobody_knows_leaves_unknown_alone() -> None:
    table = pa.table({"attr.sex": ["f", "m"], "attr.race": pa.array([None, None], pa.string())})
    cells = group_samples(table, "sex*race")
    assert (cells.names, cells.index.tolist()) == (("unknown",), [0, 0])


def test_combinations_never_share_a_name() -> None:
    table = pa.table({"attr.a": ["x*y", "x", "x\\"], "attr.b": ["z", "y*z", "*z"]})
    assert group_samples(table, "a").names == ("x", "x*y", "x\\")
    both = group_samples(table, "a*b")
    assert [both.groups[i].values for i in both.index] == [("x*y", "z"), ("x", "y*z"), ("x\\", "*z")]
    assert named(both) == [r"x\*y*z", r"x*y\*z", r"x\\*\*z"]
    assert len(set(both.names)) == len(both.names) == 9


def test_more_combinations_than_can_be_counted() -> None:
    texts = [str(i) for i in range(10_000)]
    names = list("abcde")
    nobody = {"attr.nobody": pa.array([None] * len(texts), pa.string())}
    with pytest.raises(HarnessError, match=r"e\*nobody has more"):
        group_samples(pa.table({f"attr.{name}": texts for name in names} | nobody), "*".join([*names, "nobody"]))
    with pytest.raises(HarnessError, match=r"a\*b\*c\*d\*e has more combinations than can be counted"):
        group_samples(pa.table({f"attr.{name}": texts for name in names}), "*".join(names))


@pytest.mark.parametrize("axis", ["sex", "age", "skin_tone", "sex*age", "sex*age*skin_tone"])
def test_the_order_of_samples_does_not_matter(axis: str) -> None:
    order = np.random.default_rng(1).permutation(len(PEOPLE))
    straight, shuffled = group_samples(PEOPLE, axis), group_samples(PEOPLE.take(order), axis)
    assert shuffled.names == straight.names
    np.testing.assert_array_equal(shuffled.index, straight.index[order])


def test_renaming_a_group_renames_its_intersections_alone() -> None:
    renamed = PEOPLE.set_column(
        0, "attr.sex", pa.array(["woman" if s == "female" else s for s in PEOPLE[0].to_pylist()])
    )
    before, after = group_samples(PEOPLE, "sex*age"), group_samples(renamed, "sex*age")
    assert named(after) == [name.replace("female", "woman") for name in named(before)]


def test_attributes_that_vary_within_a_subject() -> None:
    subject = np.array([0, 0, 1, 1, 2, 2, 2])
    lighting = group_samples(
        pa.table({"attr.lighting": ["day", "night", "day", "day", "night", None, "day"]}), "lighting"
    )
    sex = group_samples(pa.table({"attr.sex": ["f", "f", "m", "m", None, None, None]}), "sex")
    assert (lighting.num_in_several(subject), lighting.is_nested(subject)) == (2, False)
    assert (sex.num_in_several(subject), sex.is_nested(subject)) == (0, True)


def test_the_actors_of_crema_d_as_its_table_describes_them(shared_data: Path) -> None:
    with (shared_data / "cremad" / "VideoDemographics.csv").open(newline="") as file:
        actors = list(csv.DictReader(file))
    table = pa.table(
        {
            "attr.age": [float(actor["Age"]) for actor in actors],
            "attr.sex": [actor["Sex"] for actor in actors],
            "attr.race": [actor["Race"] for actor in actors],
        }
    )
    sex, age = group_samples(table, "sex"), group_samples(table, "age")
    assert Counter(named(sex)) == {"Male": 48, "Female": 43}
    assert Counter(named(age)) == {"18-29": 34, "30-49": 39, "50-64": 16, "65+": 2}
    assert Counter(named(group_samples(table, "race"))) == Counter(
        actor["Race"].replace("Unknown", "unknown") for actor in actors
    )
    older = [actor for actor in actors if int(actor["Age"]) >= 50 and actor["Sex"] == "Female"]
    both = Counter(named(group_samples(table, "sex*age")))
    assert both["Female*50-64"] + both["Female*65+"] == len(older)
