"""Where names stood in a plan: told to whoever makes a pack, and to whoever verifies it."""

from __future__ import annotations

from pathlib import Path

import pytest
from packs_made import SUBJECTS, Packed, write_tables
from silent import Silent

from harness.commands.pack import tell_pack
from harness.packs.make_pack import Pack, read_manifest
from harness.packs.names_in_plan import places_of_names
from harness.packs.verify_pack import verify
from harness.study.compose import compose_study
from harness.study.run_study import run as run_study

PSEUDONYM = f"sub-{'0' * 32}"


def test_every_place_is_named_once_with_the_keys_above_it() -> None:
    plan = {
        "seed": 7,
        "cards": {"dataset": {"details": {"example": f"sad/{PSEUDONYM}.jpg"}, "title": "Faces"}},
        "people": [PSEUDONYM, {"trained": [PSEUDONYM, PSEUDONYM]}],
        "ages": {PSEUDONYM: 30},
    }
    assert places_of_names(plan) == ["cards.dataset.details.example", "people", "people.trained", "ages"]
    assert places_of_names({"title": "sub-urban", "none": None}) == []


def test_maker_and_verifier_are_told_where_a_name_stood(
    tmp_path: Path, packed: Packed, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tables(tmp_path)
    choices = [
        *("dataset=table", f"dataset.root={tmp_path}", "dataset.file=samples.csv"),
        *("model=predictions", f"model.file={tmp_path / 'answers.csv'}", f"out={tmp_path / 'named'}"),
        f"dataset.consent=as {SUBJECTS[3]} did",
        *("tracking.enabled=false", "measure.permutations=100", "measure.resamples=1000"),
    ]
    run_study(compose_study(choices), Silent())
    pack = packed(tmp_path / "named")
    tell_pack(Pack(pack, read_manifest(pack)), is_signed=True)
    told = capsys.readouterr().err.replace("\n", " ")
    assert "consent" in told
    assert "take it out of the card, and measure again" in told
    (line,) = (line.text for line in verify(pack) if line.text.startswith("Plan:"))
    assert line.startswith("Plan: it names people or their files (")
    assert "consent" in line


def test_of_a_plan_without_names_nothing_is_told(made: Pack, capsys: pytest.CaptureFixture[str]) -> None:
    tell_pack(made, is_signed=True)
    assert "names people" not in capsys.readouterr().err
