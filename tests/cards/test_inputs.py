from __future__ import annotations

from typing import Any

import pytest

from harness.cards import registry
from harness.cards.facts import ModelCard, card_names, model_card, validation_problems
from harness.cards.inputs import ModelInput, NetworkSoundInput, PictureInput, RecordingInput, SentInput, SoundInput
from harness.errors import HarnessError
from harness.models.model import Model, RunSettings
from harness.models.programs.command_model import CommandOptions
from harness.study import assembly
from harness.study.assembly import open_model

FACE = {"width": 64, "height": 64, "colour": "grey", "range": [-1, 1]}


@pytest.mark.parametrize("name", card_names("models"))
def test_every_card_fits_the_schema_of_its_kind(name: str) -> None:
    card = model_card(name)
    kind: type[Model[Any]] = registry.find("models", card.kind)
    found = kind.input_schema(card).model_validate(card.input)
    assert (type(found) is ModelInput) == (not card.modalities)


@pytest.mark.parametrize(
    ("schema", "values", "message"),
    [
        (PictureInput, FACE | {"size": 3}, "size: there is no such key"),
        (PictureInput, FACE | {"colour": "gray"}, "colour: expected 'grey', 'rgb' or 'bgr'"),
        (PictureInput, FACE | {"range": [1, -1]}, "range is"),
        (PictureInput, FACE | {"mean": [0.5]}, "mean and std come together"),
        (PictureInput, FACE | {"mean": [0.5], "std": [0.1, 0.1]}, "mean and std have 1 values for grey"),
        (PictureInput, FACE | {"mean": [0.5], "std": [0.0]}, "std is above 0"),
        (PictureInput, FACE | {"colour": "rgb", "channels": 1}, "channels is 3 for rgb"),
        (PictureInput, FACE | {"channels": 3, "mean": [0.5], "std": [0.1]}, "mean and std have 3 values for grey"),
        (SoundInput, {}, "sample_rate_hz: is missing"),
        (SoundInput, {"sample_rate_hz": 16_000, "longer": "mean"}, "longer: there is no such key"),
        (NetworkSoundInput, {"sample_rate_hz": 16_000, "longer": "mean"}, "padding and longer are about"),
        (
            NetworkSoundInput,
            {"sample_rate_hz": 16_000, "padding": "zeros"},
            "padding and longer are about",
        ),
        (NetworkSoundInput, {"sample_rate_hz": 16_000, "range": [1, -1]}, "range is [lowest, highest]"),
        (SoundInput, {"sample_rate_hz": 16_000, "channels": 2}, "channels: expected 1"),
        (RecordingInput, {"channels": []}, "channels: expected at least 1, found 0"),
        (RecordingInput, {"channels": ["eda"], "beats": ["device", "ecg"]}, "ecg is not among the channels"),
        (RecordingInput, {"channels": ["eda"], "units": {"Fz": "µV"}}, "Fz is not among the channels"),
        (RecordingInput, {"channels": ["eda"], "window_s": [60, 30]}, "window_s is"),
        (ModelInput, {"width": 64}, "width: there is no such key"),
        (PictureInput, FACE | {"width": 10**9}, "width: expected at most 8192"),
        (SentInput, {"encoding": "png", "width": 10**9, "height": 1}, "width: expected at most 8192"),
        (NetworkSoundInput, {"sample_rate_hz": 16_000, "window_s": 1e9}, "window_s: expected at most 86400"),
        (
            NetworkSoundInput,
            {"sample_rate_hz": 16_000, "max_duration_s": float("inf")},
            "max_duration_s: expected a finite number",
        ),
        (PictureInput, FACE | {"mean": [float("nan")], "std": [0.1]}, "mean.0: expected a finite number"),
        (PictureInput, FACE | {"range": [-1, float("inf")]}, "range.1: expected a finite number"),
        (CommandOptions, {"timeout_s": float("inf")}, "timeout_s: expected a finite number"),
    ],
)
def test_what_does_not_fit_is_named(schema: type[ModelInput], values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="validation error") as caught:
        schema.model_validate(values)
    assert message in validation_problems(caught.value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("fer_mini_xception", {"colour": "rgb"}, "mini-XCEPTION takes grey crops of faces"),
        ("fer_mini_xception", {"face": "whole"}, "mini-XCEPTION takes grey crops of faces"),
        ("fer_mini_xception", {"channels": 3}, "mini-XCEPTION takes grey crops of faces"),
        (
            "fer_mini_xception",
            {"size": 64},
            "model fer_mini_xception: input in its card: size: there is no such key",
        ),
        (
            "voice_functionals_svm",
            {"sample_rate_hz": 8_000},
            "its features are defined at 16000 Hz, its card says 8000",
        ),
        ("voice_functionals_svm", {"window_s": 3.0}, "it hears whole clips"),
        ("wearable_stress", {"features": ["eda"]}, "features=hrv, motion, temperature; the card has eda"),
        ("majority", {"width": 64}, "model majority: input in its card: width"),
    ],
)
def test_a_model_refuses_a_card_that_it_cannot_follow(
    monkeypatch: pytest.MonkeyPatch, name: str, given: dict[str, Any], message: str
) -> None:
    card = model_card(name)
    changed: ModelCard = card.model_copy(update={"input": card.input | given})
    monkeypatch.setattr(assembly, "model_card", lambda _: changed)
    with pytest.raises(HarnessError, match=message):
        open_model(name, {}, RunSettings())


def test_how_a_model_is_trained_is_said_by_its_card_and_its_kind_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = model_card("voice_functionals_svm").model_copy(update={"training": "pretrained"})
    monkeypatch.setattr(assembly, "model_card", lambda _: changed)
    with pytest.raises(HarnessError, match="its card says training: pretrained, which voice_functionals is not"):
        open_model("voice_functionals_svm", {}, RunSettings())
