"""The gallery: every page plants a defect, asserts the finding and draws. `make docs` runs their code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from forked_python import python
from site_hooks_loaded import executed_pages

GALLERY = Path(__file__).parents[2] / "docs" / "gallery"
PAGES = sorted(page for page in GALLERY.glob("*.md") if page.stem != "index")
CODE = re.compile(r'```python exec="true" session="(\w+)"[^\n]*\n(.*?)```', re.DOTALL)
OF_ARRAYS = ("single_room", "swapped_labels", "dropped_faces")
"""Pages that measure arrays in about a second: their code runs here as well."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_plants_a_defect_asserts_what_is_found_and_says_what_to_do(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    code = "\n".join(part for _, part in CODE.findall(text))
    assert {session for session, _ in CODE.findall(text)} == {page.stem}
    assert re.search(r"# (the defect|no group is in it)", code)
    assert re.search(r'^assert .*(not_met|inconclusive|"search")', code, re.MULTILINE)
    assert f'"{page.stem}",' in code, "it draws a picture under its own name"
    assert "**What it means.**" in text
    assert "**What to do.**" in text


def test_the_cover_has_every_page_and_its_picture() -> None:
    cover = (GALLERY / "index.md").read_text(encoding="utf-8")
    assert sorted(executed_pages.PLACE.findall(cover)) == [page.stem for page in PAGES]
    assert sorted(re.findall(r'href="(\w+)\.html"', cover)) == [page.stem for page in PAGES]


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_the_code_of_a_page_finds_its_defect(name: str, tmp_path: Path) -> None:
    (shown, *_), *_ = [CODE.findall((GALLERY / f"{name}.md").read_text(encoding="utf-8"))]
    run = python("-c", shown[1], cwd=tmp_path)
    assert run.returncode == 0, run.stderr


def test_without_the_defect_the_page_fails(tmp_path: Path) -> None:
    text = (GALLERY / "swapped_labels.md").read_text(encoding="utf-8")
    code = CODE.findall(text)[0][1].replace("[:, [1, 0, 2, 3]]", "")
    run = python("-c", code, cwd=tmp_path)
    assert run.returncode != 0
    assert "AssertionError" in run.stderr
