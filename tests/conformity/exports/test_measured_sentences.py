from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from example_studies import Study
from measured_runs import measured_run

from harness.conformity.exports import measured_sentences as measured
from harness.conformity.exports.measured_sentences import LANGUAGES, LanguageCode, sentences
from harness.conformity.measured_run import MeasuredRun
from harness.tables.schemas import RESULTS


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", ["1,234.500", "0.050", "0.000", "-1.250"]), ("nl", ["1.234,500", "0,050", "0,000", "-1,250"])],
)
def test_numbers_are_written_as_the_language_does(language: LanguageCode, written: list[str]) -> None:
    words = sentences(language)
    assert [words.number(value) for value in (1234.5, 0.05, -0.0001, -1.25)] == written
    assert words.number(12345, 0) == ("12,345" if language == "en" else "12.345")


def test_both_languages_have_the_same_sentences_with_the_same_places() -> None:
    english, dutch = (sentences(language).model_dump() for language in LANGUAGES)
    for name, text in english.items():
        if isinstance(text, str) and isinstance(dutch[name], str) and name != "findings":
            places = [sorted(part.partition("}")[0] for part in one.split("{")[1:]) for one in (text, dutch[name])]
            assert places[0] == places[1], name


def of_rows(run: MeasuredRun, *rows: dict[str, Any]) -> MeasuredRun:
    return replace(run, results=pa.Table.from_pylist(list(rows), RESULTS))


def level(group: str = "all", value: float = 0.7047, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(RESULTS.names) | {"dataset": "d", "model": "fer_mini_xception"}
    row |= {"condition": "clean", "kind": "metric", "metric": "accuracy", "statistic": "level", "value": value}
    row |= {"axis": "overall" if group == "all" else "sex", "attributes": [] if group == "all" else ["sex"]}
    row |= {"group": group, "group_values": None if group == "all" else [group]}
    row |= {"lo": 0.6757, "hi": 0.7323, "level": 0.95, "chance": 1 / 7}
    return row | {"n_samples": 420, "n_subjects": 20, "n_unscored": 0} | more


def gap(verdict: str, value: float = -0.1234, group: str = "female", versus: str = "male") -> dict[str, Any]:
    sides = {"versus": versus, "versus_values": [versus], "own_value": 0.6, "versus_value": 0.7}
    return level(group, value, statistic="difference", verdict=verdict, threshold=0.05, **sides)


def test_performance_says_on_whom_how_well_and_what_chance_would_reach(run: MeasuredRun) -> None:
    one = of_rows(run, level())
    assert measured.performance(one, "en") == [
        "mini-XCEPTION, trained on FER2013 was tested on 840 recordings of 40 people (dataset: Simulated faces).",
        "The recordings were made by a computer. They say nothing about real people.",
        "Accuracy: 0.705, with 95 % confidence between 0.676 and 0.732.",
        "Without looking at the recordings 0.143 would be reached.",
    ]
    assert measured.performance(one, "nl")[2:] == [
        "Aandeel goede antwoorden: 0,705. Met 95 % zekerheid ligt dit tussen 0,676 en 0,732.",
        "Zonder naar de opnames te kijken zou 0,143 worden gehaald.",
    ]


def test_groups_names_for_whom_it_works_worse_and_counts_the_rest(run: MeasuredRun) -> None:
    sexes = [level(group) for group in ("female", "male", "other")]
    gaps = [gap("not_met"), gap("met", 0.01, "male", "other"), gap("inconclusive", -0.06, "female", "other")]
    assert measured.groups(of_rows(run, *sexes, *gaps), "en") == [
        "It works worse for female (sex) than for male: Accuracy differs by 0.123; 0.050 was allowed.",
        "Comparisons between groups: 3. Within what was allowed: 1. Not within it: 1. Undecided, most often "
        "because too few people were tested: 1.",
    ]
    dutch = measured.groups(of_rows(run, *sexes, *gaps), "nl")[0]
    assert dutch == (
        "Het systeem werkt slechter voor vrouwen (geslacht) dan voor mannen: het verschil in aandeel goede "
        "antwoorden is 0,123; 0,050 was toegestaan."
    )


def test_a_gap_of_a_small_group_is_not_told(run: MeasuredRun) -> None:
    sexes = [level("female"), level("male", n_subjects=2), level("other")]
    assert measured.groups(of_rows(run, *sexes, gap("not_met")), "en") == ["No groups were compared."]


def test_no_more_than_five_are_named(run: MeasuredRun) -> None:
    names = [f"g{number}" for number in range(8)]
    rows = [*map(level, names), *(gap("not_met", -0.1 - n / 100, names[n], "g7") for n in range(7))]
    told = measured.groups(of_rows(run, *rows), "en")
    assert len(told) == 7
    assert told[5] == "Further differences that are larger than allowed: 2."


def test_untested_groups_are_named_without_numbers(run: MeasuredRun) -> None:
    rows = [level("female"), level("male", verdict="not_tested", n_subjects=2)]
    assert measured.not_tested(of_rows(run, *rows), "en") == [
        "Not tested, because nobody or too few people took part: male (sex)."
    ]
    assert measured.not_tested(of_rows(run, level("female")), "nl") == [
        "Elke groep die het testplan noemt, is getest."
    ]


def test_where_nothing_is_known_of_groups_nothing_is_said_to_be_tested(run: MeasuredRun) -> None:
    assert measured.not_tested(of_rows(run, level()), "en") == [
        "For whom it works better or worse is not known. The test knows nothing about groups of people."
    ]


def test_conditions_and_weaknesses(run: MeasuredRun, gap_study: Study) -> None:
    noisy = level(condition="face/grey", value=0.5)
    plan = {**run.plan, "conditions": [{"name": "clean"}, {"name": "face/grey"}]}
    assert measured.robustness(replace(of_rows(run, level(), noisy), plan=plan), "en") == [
        "Under the condition face/grey, Accuracy is 0.500."
    ]
    assert measured.robustness(run, "en") == [sentences("en").no_conditions]
    assert measured.weaknesses(run, "en") == [
        "The test itself has a weakness: UAR rises from 0.46 to 0.54 when anger and disgust change places."
    ]
    assert measured.weaknesses_in_short(run, "en") == [
        "Weaknesses that the checks on the test itself found: 1 (label order)."
    ]
    assert measured.weaknesses(run, "nl") == [
        "Zwakke plekken die bij de controle van de test zelf zijn gevonden: 1."
    ]


def test_whether_it_learns_is_said_where_its_card_does(run: MeasuredRun, gap_study: Study) -> None:
    assert measured.changes(run, "nl") == []
    cards = gap_study.plan["cards"]
    frozen = cards | {"models": [cards["models"][0] | {"changes": "frozen"}, *cards["models"][1:]]}
    study = replace(gap_study, plan=gap_study.plan | {"cards": frozen})
    assert measured.changes(measured_run(study), "nl") == [
        "Het systeem is niet zelflerend. Het verandert niet tijdens het gebruik."
    ]
    assert measured.answers(run, "nl")[0].startswith("Het systeem kiest uit deze antwoorden: boosheid, walging")
    assert measured.input_media(run, "nl") == ["Gezichten"]
