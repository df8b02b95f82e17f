from __future__ import annotations

from collections import Counter

from harness.attributes.scales import SCALES
from harness.attributes.vocabulary import is_age, is_not_disclosed, kind_of, vocabulary
from harness.wording import plain_words


def test_a_name_is_of_one_kind_and_written_plainly() -> None:
    names = [name for kind in vocabulary().kinds.values() for name in kind.names]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert [name for name in names if name != plain_words(name)] == []


def test_the_scales_of_the_kinds_exist() -> None:
    for kind in vocabulary().kinds.values():
        for scale in (kind.bands, kind.spellings, *kind.scale_of):
            assert scale in (None, "edges", *SCALES)
        assert kind.family is None or kind.family in vocabulary().kinds


def test_a_spelling_is_of_one_group() -> None:
    for scale in vocabulary().scales.values():
        spellings = [spelling for of in scale.groups.values() for spelling in of]
        assert len(spellings) == len(set(spellings))


def test_kinds_by_name() -> None:
    assert kind_of("AGE (Years)") == vocabulary().kinds["age"]
    assert kind_of("Ethnicity") == vocabulary().kinds["race"]
    assert kind_of("language") is None
    of_sex = [
        kind_of(name) == vocabulary().kinds["sex"] for name in ("sex2", "Speaker's gender", "sex_self_reported")
    ]
    assert of_sex == [True] * 3
    assert [kind_of(name) for name in ("speaker", "2", "skin conductance", "first language", "dosage")] == [
        None
    ] * 5
    assert [is_age(name) for name in ("age", "Age group", "dosage")] == [True, True, False]
    assert [is_not_disclosed(text) for text in ("Prefer not to say", "undisclosed", "no")] == [True, True, False]
