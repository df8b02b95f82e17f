from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from documented_runs import Document, documented_run
from example_studies import SYSTEM, Study
from measured_runs import STATED

from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.public_content import PublicContent
from harness.conformity.documents.public_layer import public_layer
from harness.conformity.documents.public_words import LANGUAGES, PublicWords, of_100
from harness.conformity.measured_run import MeasuredRun
from harness.wording import FIXED_LINE

CONSTANT = {100, 10, 1}
""""Of every 100", "skin colour 3 of 10", "1 is lightest"."""


def page(run: MeasuredRun, language: str = "en") -> Document:
    return Document(public_layer(DocumentFacts(run), language))


def rows(run: MeasuredRun) -> list[dict[str, Any]]:
    return [row for row in run.results.to_pylist() if row["model"] == SYSTEM]


def shares(run: MeasuredRun) -> set[int]:
    found: set[int] = set()
    for row in rows(run):
        for column in ("value", "lo", "hi", "chance", "own_value", "versus_value"):
            if row[column] is not None and 0 <= row[column] <= 1:
                found |= {of_100(row[column]), of_100(1 - row[column])}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_comes_from_the_results(documented: MeasuredRun, language: str) -> None:
    found = page(documented, language)
    counts = {row[column] for row in rows(documented) for column in ("n_samples", "n_subjects")}
    lines = set(range(1, documented.results.num_rows + 1))
    for name in ("whom", "worse", "unknown", "right", "groups", "three", "meaning", "rights"):
        text = re.sub(
            r"\b\d+-\d+\b|\b\d+ (and older|of 10|van 10|jaar)|(under|onder) \d+", "", found.section(name)
        )
        text = re.sub(r"(Line|Regel) \d+", "", text)
        numbers = {int(number) for number in re.findall(r"\d+", text)}
        assert numbers <= counts | shares(documented) | CONSTANT, name
    cited = {int(number) for number in re.findall(r'id="row-(\d+)"', found.source)}
    assert cited
    assert cited <= lines


def test_the_shares_are_those_of_the_rows(documented: MeasuredRun) -> None:
    facts = DocumentFacts(documented)
    right = facts.right
    assert right is not None
    said = page(documented).section("right")
    assert f"right for {of_100(right['value'])} of every 100 recordings" in said
    assert f"between {of_100(right['lo'])} and {of_100(right['hi'])} of every 100" in said
    assert page(documented).source.count('<i class="on">') == of_100(right["value"])


def test_the_first_screen_says_what_on_whom_for_whom_worse_and_what_is_not_known(documented: MeasuredRun) -> None:
    found = page(documented)
    assert "mini-XCEPTION, trained on FER2013" in found.section("tested")
    assert "Simulated people: 40. Simulated recordings: 840." in found.section("whom")
    assert "For women who are also people of 65 and older" in found.section("worse")
    assert "The test used simulated data, not real people." in found.section("unknown")
    assert "The data do not say anything about: race" in found.section("unknown")


@pytest.mark.parametrize("language", LANGUAGES)
def test_small_groups_never_appear_with_numbers(documented: MeasuredRun, language: str) -> None:
    found, words = page(documented, language), PublicWords(language)
    content = PublicContent(DocumentFacts(documented), words)
    small = [name for axis in content.axes for name in axis.suppressed]
    assert len(small) == 5  # nobody under 18, and four skin colours of three people each
    for name in small:
        assert name in found.section("groups")
        assert f">{name}</th>" not in found.source.replace("&lt;", "<")
    fewest = min(row["n_subjects"] for axis in content.axes for _, row in axis.groups)
    assert fewest >= documented.min_subjects


def test_a_small_group_cannot_be_worked_out_from_the_others(gap_study: Study) -> None:
    """Where one group alone is small, the next smallest is not shown either."""
    changed = []
    for row in gap_study.results.to_pylist():
        if row["axis"] == "age" and row["group"] == "65+" and row["statistic"] == "level":
            row |= {"n_subjects": 2, "value": None, "lo": None, "hi": None, "verdict": "not_tested"}
        changed.append(row)
    table = gap_study.results.from_pylist(changed, gap_study.results.schema)
    content = PublicContent(DocumentFacts(documented_run(replace(gap_study, results=table))), PublicWords("en"))
    (age,) = [axis for axis in content.axes if axis.name == "age"]
    assert age.suppressed == ["people under 18", "people aged 18-29", "people of 65 and older"]


def test_with_too_few_people_in_all_no_number_is_shown(gap_study: Study) -> None:
    run = documented_run(gap_study)
    plan = {**run.plan, "measure": {**run.plan["measure"], "min_subjects": 41}}
    found = page(replace(run, plan=plan))
    assert "So few people took part that we show no numbers." in found.section("whom")
    for name in ("whom", "right", "groups", "worse"):
        assert re.findall(r"\d", found.section(name)) == [], name


@pytest.mark.parametrize("worse", ["female", "male"])
def test_two_groups_are_compared_in_numbers_the_worse_first(gap_study: Study, worse: str) -> None:
    changed = []
    for row in gap_study.results.to_pylist():
        sides = (row["metric"], row["statistic"], row["group"], row["versus"], row["versus_model"])
        if sides == ("accuracy", "difference", "female", "male", None) and row["kind"] == "metric":
            own, other = (0.331, 0.602) if worse == "female" else (0.602, 0.331)
            value = own - other
            row |= {"value": value, "lo": value - 0.1, "hi": value + 0.1, "own_value": own, "versus_value": other}
            row |= {"verdict": "not_met"}
        changed.append(row)
    table = gap_study.results.from_pylist(changed, gap_study.results.schema)
    run = documented_run(replace(gap_study, results=table))
    who, other = ("women", "men") if worse == "female" else ("men", "women")
    said = page(run).section("worse")
    assert f"For {who} the system is wrong more often than for {other}." in said
    assert "It is right for 33 of every 100 recordings, against 60. difference too large" in said


def test_a_purpose_in_plain_words_takes_the_place_of_the_makers_text(gap_study: Study) -> None:
    plain = {**STATED, "texts": {"public": {"purpose_nl": "Zien of bezoekers lachen."}}}
    run = documented_run(gap_study, plain)
    assert "Zien of bezoekers lachen." in page(run, "nl").section("tested")
    assert "eigen tekst van de maker" not in page(run, "nl").section("tested")
    assert "To show how often visitors smile." in page(run, "en").section("tested")
    assert "the maker's own text" in page(run, "en").section("tested")


def test_a_system_that_may_be_guessing_is_said_to(make_gap_study: Any) -> None:
    run = documented_run(make_gap_study(skill=0.0))
    assert "Guessing could be just as good." in page(run).section("right")


def test_without_groups_nothing_is_said_of_them(make_study: Any) -> None:
    found = page(documented_run(make_study(groups=False)))
    assert "We do not know. The data do not say who the people are" in found.section("worse")


def test_a_system_that_answers_dimensions_only(dimensional_study: Study) -> None:
    found = page(documented_run(dimensional_study))
    assert "The answers follow the ratings of people for how pleasant something is" in found.section("right")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_and_the_fixed_line_are_there(documented: MeasuredRun, language: str) -> None:
    found = page(documented, language)
    assert found.all("html") == [{"lang": language}]
    assert found.text.strip().endswith(FIXED_LINE)
    assert PublicWords(language).word("fixed_line") in found.text


def test_exposed_people_learn_that_they_must_be_told(documented: MeasuredRun, gap_study: Study) -> None:
    assert "they must tell you" in page(documented).section("rights")
    police = {**STATED["purpose"], "domain": "law_enforcement", "exposed_people": ["suspects"]}
    run = documented_run(gap_study, {**STATED, "purpose": police})
    assert "they must tell you" not in page(run).section("rights")
