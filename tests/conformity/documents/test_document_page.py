from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from documented_runs import Document, documented_run
from example_studies import HOSTILE
from measured_runs import STATED

from harness.conformity.all_documents import documents
from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.document_page import identification
from harness.conformity.measured_run import MeasuredRun, Signer
from harness.wording import FIXED_LINE

NAMES = ("test_report", "biometric_view", "deployer", "supervisor", "public.en", "public.nl")


@pytest.fixture(scope="module")
def hostile_pages(make_gap_study: Any) -> dict[str, bytes]:
    party = {"name": HOSTILE.replace("\u202e", "").replace("\x07", "")}
    stated = {**STATED, "provider": party, "customer": party, "laboratory": party}
    run = documented_run(make_gap_study(hostile=HOSTILE), stated, signers=(Signer(HOSTILE, HOSTILE, HOSTILE),))
    plan = run.plan
    cards = {"dataset": plan["cards"]["dataset"] | {"title": HOSTILE, "description": HOSTILE}}
    cards["models"] = [card | {"title": HOSTILE, "limitations": [HOSTILE]} for card in plan["cards"]["models"]]
    named = replace(run, plan={**plan, "cards": {**plan["cards"], **cards}})
    return {path: content for path, content in documents(named).items() if path.endswith(".html")}


@pytest.mark.parametrize("name", NAMES)
def test_what_others_wrote_is_shown_and_never_acts(hostile_pages: dict[str, bytes], name: str) -> None:
    page = Document(hostile_pages[f"documents/{name}.html"])
    assert "alert(1)" in page.text
    assert page.all("script") == []
    assert not any(key.startswith("on") for _, given in page.elements for key in given)
    assert "\u202e" not in page.source
    assert "\x07" not in page.source


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_of_the_network(pages: dict[str, bytes], name: str) -> None:
    page = Document(pages[f"documents/{name}.html"])
    (policy,) = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert (policy or "").startswith("default-src 'none'")
    assert page.all("img") == page.all("link") == page.all("iframe") == []
    assert "url(" not in page.source
    assert "@import" not in page.source


@pytest.mark.parametrize("name", NAMES)
def test_every_link_within_a_document_leads_somewhere(pages: dict[str, bytes], name: str) -> None:
    page = Document(pages[f"documents/{name}.html"])
    ids = [given["id"] for _, given in page.elements if given.get("id")]
    assert len(ids) == len(set(ids))
    targets = {(one["href"] or "") for one in page.all("a")}
    assert {target[1:] for target in targets if target.startswith("#")} <= set(ids)
    beside = {target for target in targets if not target.startswith(("#", "http"))}
    assert {f"documents/{target}" for target in beside} <= set(pages)


@pytest.mark.parametrize("name", NAMES)
def test_screen_readers_find_their_way(pages: dict[str, bytes], name: str) -> None:
    page = Document(pages[f"documents/{name}.html"])
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.all("main")) == 1
    assert page.all("html")[0]["lang"] in ("en", "nl")
    assert all(one.get("scope") for one in page.all("th"))
    boxes = [one for one in page.all("div") if one.get("class") == "box"]
    assert all(
        one.get("aria-label") and one.get("role") == "region" and one.get("tabindex") == "0" for one in boxes
    )
    labels = [one["aria-label"] for one in boxes]
    assert len(labels) == len(set(labels)), "regions are told apart by their names"


@pytest.mark.parametrize("name", NAMES)
def test_each_has_the_fixed_line_its_id_and_an_end(
    pages: dict[str, bytes], documented: MeasuredRun, name: str
) -> None:
    page = Document(pages[f"documents/{name}.html"])
    assert FIXED_LINE in page.text
    assert "presumption of conformity" not in page.text.lower()
    assert page.text.count(documented.pack_id) >= 2
    assert f'content: "{documented.pack_id}"' in page.source
    assert len(pages[f"documents/{name}.html"]) < 2_000_000


@pytest.mark.parametrize("wrong", ['"; } body { display: none', "ABCDEF12", "", "12345678\n"])
def test_an_id_that_could_change_the_style_sheet_is_refused(documented: MeasuredRun, wrong: str) -> None:
    with pytest.raises(ValueError, match="made of hexadecimal digits"):
        identification(DocumentFacts(replace(documented, pack_id=wrong)))
