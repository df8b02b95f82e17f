"""Pages that are written from configs, cards and committed results."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from site_hooks_loaded import generated_pages

ROOT = Path(__file__).parents[2]


def test_every_key_of_a_study_is_listed_with_its_default_and_its_comment() -> None:
    page = generated_pages.config_keys()
    config = yaml.safe_load((ROOT / "configs" / "run.yaml").read_text(encoding="utf-8"))
    top = [
        name for name, value in config.items() if name not in ("defaults", "hydra") and not isinstance(value, dict)
    ]
    below = [
        f"{name}.{key}" for name, of in config.items() if isinstance(of, dict) and name != "hydra" for key in of
    ]
    listed = dict(re.findall(r"^\| `([\w.]+)` \| `(.*?)` \| ", page.partition("## Of a dataset")[0], re.MULTILINE))
    assert [name for name in (*top, *below) if name not in listed and name != "attributes.bands"] == []
    assert yaml.safe_load(listed["measure.level"]) == config["measure"]["level"]
    assert "| `seed` | `0` | seed of all random draws |" in page
    assert "| `face` |  | face detection: part of the system under test |" in page
    assert "hydra" not in listed


def test_a_value_that_holds_a_mark_of_comments_or_of_tables_stays_whole() -> None:
    rows = generated_pages._key_table('sign: "#a"  # a | b\nlist: [1, 2]\nof:\n  deep: {x: 1}\n')
    assert rows[2:] == ['| `sign` | `"#a"` | a \\| b |', "| `list` | `[1, 2]` |  |", "| `of.deep.x` | `1` |  |"]


def test_options_of_datasets_and_systems_are_listed_and_names_are_not() -> None:
    page = generated_pages.config_keys()
    voices = page.partition("### simulated_voices")[2].partition("###")[0]
    assert "| `dataset.subjects` | `60` | how many people |" in voices
    assert "dataset.name" not in page


def test_every_card_is_a_row_of_the_systems() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", generated_pages.systems(), re.MULTILINE)
    assert rows == sorted(path.parent.name for path in (ROOT / "models").glob("*/card.yaml"))


def test_links_of_simulations_stay_on_the_site() -> None:
    pages = generated_pages.SIMULATIONS
    for name in pages.values():
        text = generated_pages.simulation(name)
        links = re.findall(r"\]\(([^)#\s]+)", text)
        assert [link for link in links if not link.startswith(("http", "../")) and link not in pages] == []
