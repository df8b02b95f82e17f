from __future__ import annotations

import pytest
from documented_runs import Document
from markupsafe import Markup

from harness.conformity.documents.glossary import Term, _plain_terms, _terms, glossary

NAMES = (
    "test_report.html",
    "biometric_view.html",
    "deployer.html",
    "supervisor.html",
    "public.en.html",
    "public.nl.html",
)


def known(name: str) -> tuple[Term, ...]:
    return _plain_terms(name.split(".")[1]) if name.startswith("public") else _terms()


@pytest.mark.parametrize("name", NAMES)
def test_a_document_explains_exactly_the_terms_that_it_uses(pages: dict[str, bytes], name: str) -> None:
    page = Document(pages[f"documents/{name}"])
    explained = page.section("glossary")
    used = page.source.partition("<main>")[2]
    text = str(Markup(used.partition('<section id="glossary">')[0]).striptags()) + explained
    listed = {term.name for term in known(name) if f"<dt>{term.name}</dt>" in page.source}
    assert listed == {term.name for term in known(name) if term.pattern.search(text)}
    assert listed


def test_meanings_are_searched_for_terms_too() -> None:
    names = [term.name for term in glossary(Markup("<p>What the verdict says.</p>"))]
    assert names == sorted(names, key=str.casefold)
    assert {"verdict", "tolerance", "inconclusive", "interval"} <= set(names)
    assert "power" not in names


def test_only_whole_words_count_and_abbreviations_only_in_capitals() -> None:
    assert glossary(Markup("planted seeding uar unmet")) == []
    assert "UAR" in {term.name for term in glossary(Markup("UAR"))}


def test_tags_are_no_text() -> None:
    assert glossary(Markup('<p class="verdict" id="sample">Nothing.</p>')) == []


def test_a_metric_is_explained_by_its_own_meaning() -> None:
    (term,) = [term for term in glossary(Markup("UAR")) if term.name == "UAR"]
    assert term.meaning.startswith("unweighted average recall")
