"""The template that ``harness new dossier`` writes is what is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cards.described import unfilled
from harness.commands.main import app
from harness.conformity.dossier import Dossier, Purpose, read_dossier
from harness.conformity.new_dossier import dossier_template
from harness.conformity.written_texts import written_texts
from harness.errors import HarnessError
from harness.plain_yaml import parse_yaml

FILLED = {"infers": "emotion", "domain": "retail", "exposed_people": "[customers]"}


def filled(text: str) -> str:
    return re.sub(
        r"(?m)^(  )(\w+): \?\?\?$", lambda found: f"  {found[2]}: {FILLED.get(found[2], 'A shop')}", text
    )


def test_only_the_purpose_is_marked(tmp_path: Path) -> None:
    text = dossier_template()
    required = [f"purpose.{name}" for name, field in Purpose.model_fields.items() if field.is_required()]
    assert unfilled(parse_yaml(text)) == required
    path = tmp_path / "dossier.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(HarnessError, match="still to be filled in"):
        read_dossier(path)


def test_a_filled_purpose_makes_it_valid(tmp_path: Path) -> None:
    path = tmp_path / "dossier.yaml"
    path.write_text(filled(dossier_template()), encoding="utf-8")
    assert read_dossier(path) == Dossier(
        purpose=read_dossier(path).purpose, texts={name: {} for name in written_texts()}
    )


def test_every_key_of_the_schema_and_every_text_of_a_person_stands_in_it() -> None:
    text = dossier_template()
    assert [name for name in Dossier.model_fields if not re.search(rf"(?m)^{name}:", text)] == []
    for name, document in written_texts().items():
        section = text.partition(f"\n  {name}:\n")[2]
        wanted = [key for key in document.fields if key not in document.from_run]
        found = [key.strip('"') for key in re.findall(r"(?m)^    #(.+): \?\?\?$", section)]
        assert found[: len(wanted)] == wanted


def test_lines_can_be_taken_out_of_their_comments(tmp_path: Path) -> None:
    text = filled(dossier_template())
    text = text.replace("    #goal: ???", "    goal: Minder wachten.").replace(
        '    #"(d)": ???', '    "(d)": A person.'
    )
    text = text.replace("  #a: {statement: ???, by: ???}", "  a: {statement: Tried., by: 'Anna, engineer'}")
    path = tmp_path / "dossier.yaml"
    path.write_text(text, encoding="utf-8")
    dossier = read_dossier(path)
    assert dossier.texts["algoritmeregister"] == {"goal": "Minder wachten."}
    assert dossier.texts["article_13"] == {"(d)": "A person."}
    assert dossier.special_categories["a"].by == "Anna, engineer"


def test_the_command_writes_it_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "dossier.yaml"
    done = CliRunner().invoke(app, ["new", "dossier", str(path)])
    assert (done.exit_code, path.read_text(encoding="utf-8")) == (0, dossier_template())
    again = CliRunner().invoke(app, ["new", "dossier", str(path)])
    assert isinstance(again.exception, HarnessError)
    assert "exists already" in str(again.exception)
