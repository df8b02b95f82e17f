"""The files that ``harness new model`` writes are those that the kind reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cards import registry
from harness.cards.described import descriptions
from harness.cards.facts import ModelCard, Weights, model_card
from harness.errors import HarnessError
from harness.models.granted import granted_options
from harness.models.model import Model, ModelOptions, RunSettings
from harness.resources import configs_beside_cards
from harness.study.assembly import open_model
from harness.study.compose import compose_study
from harness.study.new_model import write_new_model

KINDS = sorted(registry.BUILT_IN["models"])
MODALITY = {
    **dict.fromkeys(("sklearn", "wearable_features"), "wearable"),
    **dict.fromkeys(("voice_functionals", "opensmile_functionals"), "voice"),
}
"""Kinds that read no pictures."""

FILLED: dict[str, Any] = {
    "labels": ["anger", "fear"],
    "limitations": [],
    "sha256": "a" * 64,
    "range": [0, 1],
    "colour": "rgb",
    **dict.fromkeys(("width", "height"), 64),
    "sample_rate_hz": 16_000,
    "channels": ["eda"],
    "scores": "logits",
    "url": "https://example.org/v1",
    "label": "label",
    "columns": [{"feature": "eda.level"}],
}
"""What is put in the marked places; elsewhere a text."""


def filled(path: Path) -> None:
    """Fill in what is marked, and nothing else."""
    text = re.sub(
        r"(?m)^(\s*)(\w+): \?\?\?$",
        lambda found: (
            f"{found[1]}{found[2]}: {yaml.safe_dump(FILLED.get(found[2], 'x'), default_flow_style=True)}"
        ),
        path.read_text(encoding="utf-8").replace("...\n", ""),
    )
    path.write_text(text.replace("\n...\n", "\n"), encoding="utf-8")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CARDS", "")
    return tmp_path / "acme"


def adapter_of(kind: str) -> type[Model[ModelOptions]]:
    found: type[Model[ModelOptions]] = registry.find("models", kind)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_valid_once_the_marked_places_are_filled(kind: str, own: Path) -> None:
    written = write_new_model(kind, own, MODALITY.get(kind, "face"))
    card_path, config_path, *starters, readme = written.files
    assert {path.name: path.read_text() for path in starters} == adapter_of(kind).starter_files
    configs_beside_cards(own)
    with pytest.raises(HarnessError, match=r"still to be filled in \(\?\?\?\): title, description, licence\.name"):
        model_card("acme")
    for path in (card_path, config_path):
        filled(path)
    adapter, card = adapter_of(kind), model_card("acme")
    assert (card.kind, card.name) == (kind, "acme")
    adapter.input_schema(card).model_validate(card.input)
    adapter.Output.model_validate(card.output)
    adapter.Connection.model_validate(card.connection)
    options = yaml.safe_load(config_path.read_text(encoding="utf-8"))
    assert options.pop("name") == "acme"
    granted = granted_options(adapter.Options)
    assert set(options) == set(adapter.Options.model_fields) - set(granted)
    assert all(f"# model.{option}: " in config_path.read_text(encoding="utf-8") for option in granted)
    adapter.Options.model_validate(options)
    assert f"harness run --config-dir {own} " in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_kind_is_explained(kind: str) -> None:
    adapter = adapter_of(kind)
    card = ModelCard.model_construct(input={}, modalities=[MODALITY.get(kind, "face")])
    schemas = [ModelCard, Weights, adapter.Options, adapter.Output, adapter.Connection, adapter.input_schema(card)]
    unexplained = [
        f"{schema.__name__}.{name}"
        for schema in schemas
        for name in schema.model_fields
        if name not in descriptions(schema)
    ]
    assert unexplained == []


@pytest.mark.parametrize("kind", ["chat", "command", "http", "litert", "onnx", "torch"])
def test_a_filled_template_opens(kind: str, own: Path) -> None:
    written = write_new_model(kind, own)
    for path in written.files[:2]:
        filled(path)
    config = compose_study(["dataset=simulated_faces", "model=acme", *(["model.trust=true"] * written.trust)], own)
    opened = open_model("acme", config.model.options, RunSettings(seed=0))
    assert opened.labels_for(None) == ["anger", "fear"]  # type: ignore[arg-type]


def test_nothing_is_overwritten(own: Path) -> None:
    written = write_new_model("onnx", own)
    before = [path.read_bytes() for path in written.files]
    with pytest.raises(HarnessError, match=r"card\.yaml exists already"):
        write_new_model("command", own)
    assert [path.read_bytes() for path in written.files] == before
    assert write_new_model("command", own, name="other").files[0].is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), r"There is no model 'nothing' in the registry\. Known: .*command"),
        (("onnx", "smell"), r"There is no modality 'smell'\. Known: face, body, voice"),
        (("onnx", "face", "No Name"), r"'No Name' is no name for a model"),
        (("onnx", "face", "../up"), r"'\.\./up' is no name for a model"),
    ],
)
def test_wrong_arguments_are_told(arguments: tuple[str, ...], message: str, own: Path) -> None:
    kind, *rest = arguments
    with pytest.raises(HarnessError, match=message):
        write_new_model(kind, own, *rest)
    assert not own.exists()


def test_an_input_depends_on_the_modality(own: Path) -> None:
    write_new_model("onnx", own, "voice")
    document = yaml.safe_load((own / "models/acme/card.yaml").read_text(encoding="utf-8"))
    assert document["modalities"] == ["voice"]
    assert document["input"]["sample_rate_hz"] == "???"


@pytest.mark.parametrize(("kind", "modality"), [("onnx", "wearable"), ("sklearn", None)])
def test_a_system_on_recordings_names_its_columns(kind: str, modality: str | None, own: Path) -> None:
    card = write_new_model(kind, own, modality).files[0].read_text(encoding="utf-8")
    assert "modalities: [wearable]" in card
    assert "columns:" in card
    assert "width:" not in card


def test_a_file_of_predictions_is_named_as_its_card(own: Path) -> None:
    write_new_model("predictions", own / "acme")
    config = yaml.safe_load((own / "acme/configs/model/acme.yaml").read_text())
    assert (config["name"], config["system"]) == ("acme", "acme")


@pytest.mark.parametrize(
    ("kind", "modality", "layout"),
    [
        ("litert", "face", "channels_last"),
        ("litert", "voice", "time"),
        ("onnx", "face", "channels_first"),
        ("torch", "face", "channels_first"),
    ],
)
def test_the_layout_is_that_of_most_files_of_the_kind(kind: str, modality: str, layout: str, own: Path) -> None:
    """TensorFlow has the channels last, from which nearly all TFLite files come; PyTorch has them first."""
    card = write_new_model(kind, own, modality).files[0].read_text(encoding="utf-8")
    assert yaml.safe_load(card)["input"]["layout"] == layout
