"""The pages of the practice tests: each test has one, with a command that needs no data, and its code runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cards import registry

ROOT = Path(__file__).parents[2]
PRACTICE = ROOT / "docs" / "practice"
TESTS = ("audit", "customer_service", "language_models", "wearables")
"""Those with a page of the same name; a review by people has docs/review.md."""


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [str(ROOT / "site_hooks"), *sys.path])
    yield
    for name in ("practice_pages", "gallery_pictures"):
        sys.modules.pop(name, None)


def test_every_practice_test_has_a_page() -> None:
    packaged = {name for name in registry.names("practice_tests") if name in (*TESTS, "human_review")}
    assert packaged == {*TESTS, "human_review"}
    index = (PRACTICE / "index.md").read_text(encoding="utf-8")
    assert {f"{name}.md" for name in (*TESTS, "evidence", "own")} <= set(re.findall(r"\]\(([\w./]+)\)", index))
    assert "](../review.md)" in index


@pytest.mark.parametrize("name", TESTS)
def test_a_page_says_how_to_try_and_read_it_and_what_it_cannot_say(name: str) -> None:
    text = (PRACTICE / f"{name}.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert {"Without data of your own", "How to read it", "What the test cannot say"} <= set(titles)
    tried = text[text.index("## Without data of your own") : text.index("## How to read it")]
    assert f"harness practice {name.replace('_', '-')} " in tried


def test_a_command_is_shown_with_what_it_prints(hooks: None) -> None:
    from practice_pages import draw_verdicts, ran

    device = ran("harness practice wearables simulate=drifting simulated_people=12 out=FOLDER")
    lines = device.shown.splitlines()
    assert lines[:2] == ["```", "$ harness practice wearables simulate=drifting simulated_people=12 out=FOLDER"]
    assert lines[-1] == "```"
    assert "summary: FOLDER/summary.en.html" in lines
    judged = [row for row in device.rows if row["verdict"] is not None]
    assert len([line for line in lines if re.match(r"(passes|fault|not clear|not tested): ", line)]) == len(judged)
    drawn = draw_verdicts(
        "page", {"drifting": device.rows}, {"drift": "stays", "none": "absent"}, "What is drawn."
    )
    assert ">not tested</text>" in drawn
    assert "What is drawn." in drawn


def test_a_command_that_fails_fails_the_build(hooks: None) -> None:
    from practice_pages import ran

    with pytest.raises(AssertionError):
        ran("harness practice wearables simulate=nothing out=FOLDER")
