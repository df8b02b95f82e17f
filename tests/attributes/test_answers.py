"""What answers mean: each kind of attribute with the spellings that tables have, worked out by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.attributes.answers import Meaning, meaning
from harness.attributes.grouping import Bands, Grouping

DEFAULTS = Grouping().bands
EDGES = (18, 30, 50, 65)


def read(attribute: str, *answers: str, bands: Bands | None = None) -> Meaning:
    return meaning(attribute, Counter(answers), DEFAULTS | (bands or {}))


def grouped(attribute: str, *answers: str, bands: Bands | None = None) -> list[str | None]:
    means = read(attribute, *answers, bands=bands)
    grouping = Grouping(bands={attribute: means.banding}, spellings={attribute: dict(means.spellings)})
    return [grouping.group_of(attribute, answer) for answer in answers]


@pytest.mark.parametrize("attribute", ["sex", "gender", "Gender", "sex at birth", "Biological_Sex"])
def test_one_sex_is_one_group_however_it_is_spelled(attribute: str) -> None:
    men, women = ["Male", "M", "male", "m", "MALE", "man", " MÄNNLICH"], ["F", "female", "Woman", "w", "FEM"]
    assert grouped(attribute, *men) == ["male"] * 7
    assert grouped(attribute, *women) == ["female"] * 5
    assert grouped(attribute, "Non-binary", "nonbinary", "agender", "N/B") == [
        *["non-binary"] * 2,
        "agender",
        "N/B",
    ]
    assert grouped(attribute, "prefer not to say", "Undisclosed") == ["not disclosed"] * 2
    assert grouped(attribute, "0", "1", "2") == ["0", "1", "2"]  # which is which is not known


@pytest.mark.parametrize(
    ("answers", "groups"),
    [
        (("H", "M"), ["H", "M"]),  # hombre, mujer
        (("v", "m"), ["v", "m"]),  # vrouw, man; or varón, mujer
        (("M.", "h."), ["M.", "h."]),
        (("H", "M", "mujer"), ["H", "M", "female"]),
        (("M", "F"), ["male", "female"]),
        (("m", "w", "d"), ["male", "female", "d"]),
        (("F", "M", "X"), ["female", "male", "X"]),
        (("M", "X"), ["male", "X"]),
        (("K", "M"), ["K", "male"]),  # kvinna, man; kobieta, mężczyzna
        (("h", "f"), ["h", "female"]),  # homme, femme
        (("vrouw", "man", "m"), ["female", "male", "male"]),
    ],
)
def test_m_is_no_man_where_it_may_be_a_woman(answers: tuple[str, ...], groups: list[str]) -> None:
    assert grouped("sex", *answers) == groups


def test_what_may_be_short_for_two_words_is_said() -> None:
    assert read("sex", "V", "M", "female").notes == (
        "M kept as given: it may be short for two words. Write the words out",
    )


def test_what_was_folded_is_said() -> None:
    assert read("sex", "M", "Male", "male", "F", "other").notes == ("counted M, Male and male as 'male'",)
    assert read("sex", "M", "F").notes == ()


@pytest.mark.parametrize("attribute", ["fitzpatrick", "Fitzpatrick type", "FST", "phototype", "skin_type"])
def test_fitzpatrick_types(attribute: str) -> None:
    spelled = ["Fitzpatrick IV", "4", "IV", "type 4", "fitz_4", "iv", "FST-4", "4.0", "Skin type IV", "Ⅳ"]
    assert grouped(attribute, *spelled) == ["IV"] * 10
    assert read(attribute, *spelled).banding == "fitzpatrick"


@pytest.mark.parametrize("attribute", ["monk", "MST", "Monk Skin Tone", "skin_tone_mst", "skin tone"])
def test_monk_tones(attribute: str) -> None:
    spelled = ["MST 5", "monk_05", "Monk 5", "5", "5 (Monk)", "mst-05", "Monk scale: 5"]
    assert grouped(attribute, *spelled) == ["monk_05"] * 7
    assert grouped(attribute, "MST 1", "Prefer not to say", "declined") == ["monk_01", *["not disclosed"] * 2]
    assert read(attribute, *spelled).banding == "monk_10"


def test_a_skin_tone_says_its_scale_or_must_be_told() -> None:
    assert read("skin_tone", "MST 5", "7", "Monk 2").banding == "monk_10"
    assert read("skin_colour", "IV", "2", "type VI").banding == "fitzpatrick"
    assert read("skin_tone", "light", "dark", "Light").banding is None
    assert grouped("skin_tone", "light", "dark", "Light", "light") == ["light", "dark", "light", "light"]
    with pytest.raises(ValueError, match="does not say on which scale it is") as refused:
        read("skin_tone", "3", "5")
    assert str(refused.value) == (
        "'3' does not say on which scale it is. Say so with 'attributes.bands={skin_tone: monk_10}' (or one of "
        "monk_3, monk_6, fitzpatrick; or null for the values as they are)"
    )
    assert read("skin_tone", "3", "5", bands={"skin_tone": "monk_3"}).banding == "monk_3"
    assert grouped("skin_tone", "3", "5", bands={"skin_tone": None}) == ["3", "5"]


@pytest.mark.parametrize(
    "answers", [("Monk 5", "Fitzpatrick IV"), ("MST-1", "III"), ("monk_10", "4", "type 4"), ("fitz_2", "9 (Monk)")]
)
def test_two_scales_are_never_one_axis(answers: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"two scales, .*attr\.monk and attr\.fitzpatrick"):
        read("skin_tone", *answers)


def test_conditions_stay_apart_and_are_yes_or_no() -> None:
    assert grouped("autism", "Yes", "y", "ASD", "No", "0", "none") == ["yes", "yes", "yes", "no", "no", "no"]
    assert grouped("ADHD", "1", "0", "TRUE", "false") == ["yes", "no", "yes", "no"]
    assert grouped("neurotype", "autistic", "ASD", "ADD", "NT", "Dyslexia", "dyslexia", "dyslexia") == [
        *["autism", "autism", "ADHD", "none reported"],
        *["dyslexia"] * 3,
    ]


def test_other_answers_are_spelled_as_most_people_do() -> None:
    assert grouped("race", "Asian", "asian", "Asian", "BLACK", "Black", "Black") == [
        *["Asian"] * 3,
        *["Black"] * 3,
    ]
    assert grouped("ethnicity", "not hispanic", "Not-Hispanic", "not_hispanic") == ["Not-Hispanic"] * 3
    assert grouped("grade", "A+", "A", "a", ">5", "<5", "5") == ["A+", "A", "A", ">5", "<5", "5"]
    assert grouped("site", "1", "01", "1a", "1 A") == ["1", "01", "1a", "1 A"]


def test_chosen_groups_are_spelled_as_they_were_chosen() -> None:
    chosen: Bands = {"race": ("Asian", "Black")}
    assert grouped("race", "asian", "ASIAN", "black", "White", bands=chosen) == [
        "Asian",
        "Asian",
        "Black",
        "White",
    ]
    assert grouped("sex", "M", "f", bands={"sex": ("Female", "Male")}) == ["Male", "Female"]


@pytest.mark.parametrize("attribute", ["age", "Age (years)", "age_group"])
def test_ranges_of_ages_are_the_groups_unless_they_lie_within_the_bands(attribute: str) -> None:
    assert read(attribute, "18-29", "20", "65+").banding == EDGES
    ranges = ["25-34", "25\u201334", "65+", "<18", "18 to 24", "30"]
    assert read(attribute, *ranges).banding == ("<18", "18-24", "25-34", "65+")
    assert grouped(attribute, *ranges) == ["25-34", "25-34", "65+", "<18", "18-24", "25-34"]
    assert read(attribute, "20", "30.5").banding == EDGES


def test_ages_in_words_alone_are_groups_and_among_numbers_a_slip() -> None:
    assert grouped("age", "young", "Old", "old", "old", "prefer not to say") == [
        *("young", "old", "old", "old", "not disclosed")
    ]
    assert read("age", "young", "34").banding == EDGES
    assert read("age", "young", "12-Mar").banding == EDGES
    assert read("age", "young", "old", bands={"age": (40,)}).banding == (40,)


def test_chosen_edges_stay_and_ranges_must_fit_them() -> None:
    assert read("age", "25-34", bands={"age": (25, 35)}).banding == (25, 35)
    assert grouped("age", "25-34", "40", bands={"age": (25, 35)}) == ["25-34", "35+"]


def test_ranges_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="the ranges '20-30' and '30-40' overlap"):
        read("age", "20-30", "30-40")


def test_ranges_of_anything_are_put_in_one_spelling() -> None:
    assert grouped("years_of_education", "0-9", "10 to 12", "10\u201312", "13+") == [
        "0-9",
        "10-12",
        "10-12",
        "13+",
    ]
    assert read("codes", "1-2", "B").banding is None


@pytest.mark.parametrize(
    "answers", [("12-Mar", "13+"), ("2025-12-03", "13-17"), ("Mar-34", "0-2"), ("12-Mar", "5")]
)
def test_a_date_among_ranges_is_noticed(answers: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="is a date, which a spreadsheet probably made of"):
        read("years_of_education", *answers)


def test_dates_alone_are_dates() -> None:
    assert grouped("visit", "2025-12-03", "2025-12-04") == ["2025-12-03", "2025-12-04"]
    assert grouped("cohort", "Mar-24", "Apr-24") == ["Mar-24", "Apr-24"]


def test_free_text_is_not_searched_for_spellings() -> None:
    assert read("note", *(f"{case}{i}" for i in range(600) for case in ("n", "N"))).spellings == {}


@pytest.mark.parametrize("attribute", ["age", "sex", "monk", "neurodivergence", "site"])
def test_what_says_nothing_is_unknown(attribute: str) -> None:
    answers = ["?", "-", "Missing", "not known"]
    assert grouped(attribute, *answers) == [None] * 4
    assert read(attribute, *answers).notes == ("counted -, ?, Missing and not known as 'unknown'",)
