from __future__ import annotations

from pathlib import Path

import pytest

from harness.cards.label_codes import coding
from harness.errors import HarnessError
from harness.measurement.choices import LabelChoices
from harness.study.compose import compose_study
from harness.study.label_merge import read_merge

GERMAN = {"wut": "anger", "0": "neutral"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.yaml", "wut: anger\n0: neutral\n"),
        ("m.json", '{"wut": "anger", "0": "neutral"}'),
        ("m.csv", "german,english,note\nwut,anger,x\n0,neutral,\n"),
        ("m.tsv", "a\tb\nwut\tanger\n0.0\tneutral\n"),
    ],
)
def test_a_file_is_read_as_if_it_were_given(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    config = compose_study(["dataset=table", "model=majority", f"labels.merge={tmp_path / name}"])
    assert config.labels.merge == GERMAN
    given = compose_study(["dataset=table", "model=majority", "labels.merge={wut: anger, 0: neutral}"])
    assert given.labels == config.labels


def test_a_corpus_is_named() -> None:
    assert compose_study(["dataset=table", "model=majority", "labels.merge=emodb"]).labels.merge == coding("emodb")
    assert compose_study(["dataset=table", "model=majority"]).labels.merge is None


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("absent.yaml", None, "cannot be read"),
        ("absent.csv", None, "no such table"),
        ("m.yaml", "- a\n", "is no mapping of labels"),
        ("m.yaml", "a: [b]\n", "is no mapping of labels"),
        ("m.yaml", "a: b: c\n", "cannot be read"),
        ("m.yaml", "a:\n", "is no mapping of labels"),
        ("m.csv", "a\nb\n", "has one column"),
        ("m.csv", "a,b\nc,\n", "a cell is empty"),
        ("m.csv", "a,b\nc,d\nc,e\n", "stands in two rows"),
        ("nobody", None, "neither a file nor the codes of a corpus"),
    ],
)
def test_what_is_no_mapping_is_refused(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(HarnessError, match=message):
        read_merge(name if name == "nobody" else str(tmp_path / name))


def test_a_stored_plan_names_no_file(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("wut: anger\n")
    with pytest.raises(ValueError, match="valid dictionary"):
        LabelChoices.model_validate({"merge": str(tmp_path / "m.yaml"), "only": None})
