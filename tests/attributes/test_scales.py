from __future__ import annotations

import pytest

from harness.attributes.scales import SCALES


@pytest.mark.parametrize("spelling", ["monk_07", "monk_7", "Monk 7", "MST-7", "mst07", "7", "07", "7.0", 7.0, 7])
def test_monk_tones_are_spelled_in_many_ways(spelling: float | str) -> None:
    assert SCALES["monk_10"].group(spelling) == "monk_07"
    assert SCALES["monk_3"].group(spelling) == "dark"
    assert SCALES["monk_6"].group(spelling) == "monk_07-08"


def test_bands_of_monk_tones() -> None:
    assert [SCALES["monk_3"].group(tone) for tone in range(1, 11)] == ["light"] * 3 + ["medium"] * 3 + ["dark"] * 4
    assert [SCALES["monk_6"].group(tone)[5:] for tone in range(1, 11)] == (
        ["01-02", "01-02", "03", "04-05", "04-05", "06", "07-08", "07-08", "09-10", "09-10"]
    )


def test_the_six_bands_split_the_three() -> None:
    for group in SCALES["monk_6"].groups:
        tones = [tone for tone in range(1, 11) if SCALES["monk_6"].group(tone) == group]
        assert len({SCALES["monk_3"].group(tone) for tone in tones}) == 1


@pytest.mark.parametrize(
    "spelling", ["IV", "iv", "4", 4.0, "Type IV", "type_4", "FST IV", "fst4", "Fitzpatrick type-IV"]
)
def test_fitzpatrick_types_are_roman(spelling: float | str) -> None:
    assert SCALES["fitzpatrick"].group(spelling) == "IV"


@pytest.mark.parametrize(
    ("spelling", "group"),
    [
        ("none", "none reported"),
        ("Neurotypical", "none reported"),
        ("autistic", "autism"),
        ("ASD", "autism"),
        ("adhd", "ADHD"),
        ("Attention-Deficit/Hyperactivity Disorder", "ADHD"),
        ("prefer not to say", "not disclosed"),
        ("not_disclosed", "not disclosed"),
        ("Other", "other"),
        ("dyslexia", "dyslexia"),
    ],
)
def test_neurodivergence(spelling: str, group: str) -> None:
    assert SCALES["neurodivergence"].group(spelling) == group


@pytest.mark.parametrize("name", SCALES)
def test_a_group_is_its_own_group(name: str) -> None:
    assert [SCALES[name].group(group) for group in SCALES[name].groups] == list(SCALES[name].groups)


@pytest.mark.parametrize(
    ("scale", "value"),
    [
        ("monk_3", "VI"),
        ("monk_10", 11),
        ("monk_10", 0),
        ("monk_10", 2.5),
        ("fitzpatrick", 7),
        ("monk_6", "brown"),
        ("monk_3", ""),
    ],
)
def test_what_is_not_on_the_scale_is_refused(scale: str, value: float | str) -> None:
    with pytest.raises(
        ValueError, match=r"is not on the scale; its groups are .*Correct the cell or leave it empty"
    ):
        SCALES[scale].group(value)
