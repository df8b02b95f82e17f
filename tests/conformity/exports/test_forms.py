from __future__ import annotations

import json
from typing import Any

import pytest
from example_studies import Study
from measured_runs import STATED, measured_run

from harness.conformity.exports.export import Export
from harness.conformity.exports.field_table import field_table
from harness.conformity.exports.forms import form_export, markdown
from harness.conformity.exports.run_facts import run_facts
from harness.conformity.measured_run import Deviation, MeasuredRun, Registration, Signer
from harness.wording import FIXED_LINE


def items(export: Export) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in json.loads(export.content)["items"]}


def of_form(name: str, run: MeasuredRun) -> Export:
    return form_export(field_table(name), run, run_facts(run))


def test_items_keep_what_is_stated_apart_from_what_the_run_says(gap_study: Study) -> None:
    texts = {"annex_iv": {"3": "It errs in the dark.", "5": "See the file of risks."}}
    found = items(of_form("annex_iv", measured_run(gap_study, {**STATED, "texts": texts})))
    assert found["3"]["stated"] == "It errs in the dark."
    assert "It reads one still picture and no context." in found["3"]["from_run"]
    assert found["3"]["missing"] is None
    assert (found["5"]["stated"], found["5"]["from_run"]) == ("See the file of risks.", [])
    assert (found["4"]["stated"], found["4"]["missing"]) == (None, "dossier: texts.annex_iv.4")
    assert found["8"]["missing"] == "beside the pack"
    assert found["2(a)"]["urns"] == ["urn:nl:aivt:tr:td:1.0:2.a"]
    assert "urns" not in found["1(g)"]


def test_what_a_person_says_otherwise_stands_alone(gap_study: Study) -> None:
    texts = {"annex_iv": {"7": "None, see the solutions in chapter 4."}}
    found = items(of_form("annex_iv", measured_run(gap_study, {**STATED, "texts": texts})))
    assert found["7"]["stated"] == "None, see the solutions in chapter 4."
    assert "from_run" not in found["7"]


def test_the_head_says_of_which_run_and_what_the_law_says(run: MeasuredRun) -> None:
    head = json.loads(of_form("fria", run).content)
    assert head["statement"] == FIXED_LINE
    assert (head["pack"], head["plan_sha256"]) == (run.pack_id, run.plan_sha256)
    assert head["scope"]["heading"] == "High-risk under Annex III 1(c)."
    assert head["scope"]["as_of"] == head["as_of"] == "2026-11-27"


def test_signed_plans_and_deviations_stand_in_item_2g(gap_study: Study) -> None:
    signer = Signer("Bo", "test engineer", "Lab BV")
    changed = measured_run(
        gap_study,
        registered=Registration("f" * 64, "2026-11-01", signer),
        deviations=[Deviation("measure.tolerance", "0.02", "0.05", who="Bo", when="2026-11-02")],
    )
    told = items(of_form("annex_iv", changed))["2(g)"]["from_run"]
    assert f"The plan {'f' * 64} was signed on 2026-11-01 by Bo, test engineer, Lab BV." in told
    assert (
        "Deviation from the signed plan: measure.tolerance was 0.02 and is 0.05; Bo, 2026-11-02: no reason given."
        in told
    )
    assert "Tolerances are derived: default from the gap between human raters." in told
    assert "Groups were compared on: Accuracy, UAR, ECE." in told


def test_the_notice_prints_no_heading_without_a_text(gap_study: Study) -> None:
    texts = {"exposure_notice_nl": {"why": "Om te zien of de rij te lang is."}}
    run = measured_run(gap_study, {**STATED, "texts": texts})
    dutch, english = of_form("exposure_notice_nl", run), of_form("exposure_notice", run)
    text = dutch.content.decode()
    assert text.startswith("# Dit systeem herkent emoties\n\n## Wat wordt bekeken\n\nGezichten\n")
    assert "## Wie gebruikt het systeem\n\nShops BV\n" in text
    assert "## Waarom\n\nOm te zien of de rij te lang is.\n" in text
    assert "## Hoe kunt u bezwaar maken" not in text
    assert "## Why" not in english.content.decode()
    assert [one.key for one in dutch.missing] == ["consequences", "rights", "data_protection"]
    assert text.rstrip().endswith(run.pack_id)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>", "\\<b\\>"),
        ("[x](http://y)", "\\[x\\](http://y)"),
        ("# a\nb_c", "\\# a\n\nb\\_c"),
        ("a\x1b[2J\u202eb", "a\ufffd\\[2J\ufffdb"),
    ],
)
def test_text_of_others_stays_text_in_markdown(text: str, shown: str) -> None:
    assert markdown(text) == shown
