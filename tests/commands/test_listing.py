from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import yaml

from harness.cards import registry
from harness.cards.facts import dataset_card, model_card
from harness.commands import listing
from harness.commands.catalogue import Listing
from harness.commands.listing import list_cards, list_kinds, list_metrics, show_card
from harness.metrics.built_in_facts import BUILT_IN_FACTS
from harness.resources import share_dir
from harness.study.new_model import write_new_model


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")


@pytest.mark.parametrize("kind", ["datasets", "models"])
def test_every_card_has_one_line(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    list_cards(kind)
    heading, *lines = capsys.readouterr().out.splitlines()
    of_models = ["name", "modality", "kind", "title", "licence", "trained", "on"]
    assert heading.split() == (of_models if kind == "models" else ["name", "modality", "title", "licence"])
    assert [line.split()[0] for line in lines] == sorted(
        path.parent.name for path in share_dir().glob(f"{kind}/*/card.yaml")
    )


@pytest.mark.parametrize("kind", ["datasets", "models"])
def test_cards_are_listed_without_arrays_or_tables(kind: str) -> None:
    code = f"""
import sys
from harness.commands.listing import list_cards
list_cards({kind!r})
assert not {{"numpy", "pyarrow", "scipy"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_every_metric_is_shown_with_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    list_metrics()
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["name", "range", "what", "it", "is"]
    named = [line for line in lines if line[:1].strip() and line.split()[0] in {f.name for f in BUILT_IN_FACTS}]
    facts = sorted(BUILT_IN_FACTS, key=lambda each: each.order)
    assert [line.split()[0] for line in named] == [each.name for each in facts]
    assert all(each.meaning in line for each, line in zip(facts, named, strict=True))


def test_a_model_is_listed_with_its_kind_and_what_it_was_trained_on(capsys: pytest.CaptureFixture[str]) -> None:
    list_cards("models")
    lines = {line.split()[0]: line.rstrip() for line in capsys.readouterr().out.splitlines()}
    assert "mini_xception" in lines["fer_mini_xception"].split()
    assert lines["fer_mini_xception"].endswith("FER2013")
    assert lines["wearable_stress"].endswith("the study's other subjects")
    assert lines["majority"].endswith("nothing")


def test_a_model_is_shown_with_what_its_kind_is(capsys: pytest.CaptureFixture[str]) -> None:
    show_card("model", "fer_mini_xception")
    shown = capsys.readouterr().out
    assert "\nkind: Kind mini_xception: the FER2013 network" in shown
    assert "\ntrained on: FER2013\n" in shown


def test_a_card_is_shown_with_its_readme(capsys: pytest.CaptureFixture[str]) -> None:
    show_card("model", "majority")
    shown = capsys.readouterr().out
    assert shown.startswith("name: majority\n")
    assert (share_dir() / "models/majority/README.md").read_text(encoding="utf-8").rstrip() in shown


def test_the_kinds_are_listed_with_their_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    list_kinds()
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["name", "there", "are", "command"]
    listed = {line.split()[0]: line.split()[1:] for line in lines}
    assert set(listed) == {kind.value for kind in Listing}
    assert listed["metrics"] == [str(len(BUILT_IN_FACTS)), "harness", "list", "metrics"]
    assert listed["executors"] == ["2", "harness", "list", "executors"]


@pytest.mark.parametrize("kind", ["datasets", "models"])
def test_no_name_is_broken_in_a_narrow_terminal(
    kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    list_cards(kind)
    shown = capsys.readouterr().out.split()
    assert {path.parent.name for path in share_dir().glob(f"{kind}/*/card.yaml")} <= set(shown)


@pytest.mark.parametrize("width", [34, 60])
@pytest.mark.parametrize("kind", ["dataset", "model"])
def test_a_card_is_folded_between_words_and_says_the_same(
    kind: Literal["dataset", "model"], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "folding_width", lambda: width)
    for name in sorted(path.parent.name for path in share_dir().glob(f"{kind}s/*/card.yaml")):
        printed: list[str] = []
        monkeypatch.setattr(listing, "say", printed.append)
        show_card(kind, name)
        card = dataset_card(name) if kind == "dataset" else model_card(name)
        assert yaml.safe_load(printed[0]) == card.model_dump(mode="json", exclude_none=True)
        too_wide = [line for line in printed[0].splitlines() if len(line) > width and " " in line.strip(" -")]
        assert [line for line in too_wide if not line.endswith(":")] == [], name  # a key keeps its line


@pytest.mark.parametrize("kind", [kind for kind in Listing if kind.value in registry.NOUNS])
def test_what_is_said_of_a_name_is_no_code(kind: str) -> None:
    for name in registry.BUILT_IN[kind]:
        summary = registry.summary(kind, name)
        assert not re.search(r"[A-Z]+_[A-Z]+|[a-z]_[a-z]|^The \w+ \w+\.$", summary.replace(name, "")), (
            name,
            summary,
        )


def test_a_card_that_is_not_filled_in_yet_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_new_model("litert", tmp_path / "draft")
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path / "draft"))
    list_cards("models")
    shown = capsys.readouterr()
    names = [line.split()[0] for line in shown.out.splitlines()]
    assert "majority" in names
    assert "draft" not in names
    assert "Not listed:" in shown.err
    assert "still to be filled in (???): title, description" in " ".join(shown.err.split())
