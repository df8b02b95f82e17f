from __future__ import annotations

from pathlib import Path

from harness.cards.datasets_page import COLUMNS, datasets_page
from harness.cards.facts import card_names

PAGE = Path(__file__).parents[2] / "docs" / "datasets.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == datasets_page(), "run: make docs/datasets.md"


def test_every_dataset_has_one_line_with_every_fact() -> None:
    lines = [line for line in datasets_page().splitlines() if line.startswith("| `")]
    assert [line.split("`")[1] for line in lines] == card_names("datasets")
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(cells) == len(COLUMNS), line
        assert all(cells), line


def test_what_a_card_says_stands_in_its_line() -> None:
    line = next(line for line in datasets_page().splitlines() if line.startswith("| `ravdess`"))
    assert line == (
        "| `ravdess` | voice, face, audiovisual, video | 8: neutral, calm, happy, sad, angry, fearful, disgust, "
        "surprised | acted | 1,440 | 24 | sex | en | [CC BY-NC-SA 4.0](https://creativecommons.org/licenses/by-nc-sa/4.0/)"
        "; not commercial |"
    )
