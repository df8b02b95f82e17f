"""Stimuli that are synthesised for the test: of a model that reads, it shows that it does not listen."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml
from chat_server import Asked as Request
from chat_server import chat_server
from piper_voices import needs_piper, write_voice
from scripted_models import answering, card
from silent import Silent

from harness.cards.facts import dataset_card
from harness.practice_tests.opened_practice import open_practice, practice_options
from harness.practice_tests.practice_folder import run_practice

LEVELS_DB = {"anger": -25.0, "happiness": -28.0, "neutral": -33.0, "sadness": -40.0}


def of_manner(asked: Request) -> str | None:
    """The manner whose level the sound has; None in silence."""
    sound, _ = soundfile.read(io.BytesIO(asked.medium))
    power = float(np.square(sound).mean()) if len(sound) else 0.0
    if power < 1e-8:
        return None
    return min(LEVELS_DB, key=lambda label: abs(LEVELS_DB[label] - 10 * np.log10(power)))


def of_text(asked: Request) -> str | None:
    """What the sentence expresses that is written in the prompt; None for neutral words, or none."""
    sentences = dataset_card("synthesised_speech").details["sentences"]
    emotional = {label: kinds for label, kinds in sentences.items() if label != "neutral"}
    for label, kinds in emotional.items():
        if any(text in asked.text for texts in kinds.values() for text in texts):
            return str(label)
    return None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "synthesiser"),
    [
        pytest.param(
            "espeak",
            "eSpeak NG",
            marks=pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="eSpeak NG is not on PATH"),
        ),
        pytest.param("piper", "Piper", marks=needs_piper),
    ],
)
def test_a_model_that_reads_is_told_from_one_that_hears_a_synthesiser(
    engine: str, synthesiser: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CARDS", "")
    voices = [str(write_voice(tmp_path / "hum.onnx", speakers=6))] if engine == "piper" else None
    stimuli = {"subjects": 6, "engine": engine, "voices": voices}
    test = open_practice("language-models")
    with chat_server(answering(of_text, of_manner)) as server:
        card(tmp_path / "own", "acme", server.url, "voice")
        path = tmp_path / "own/models/acme/card.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"labels": list(LEVELS_DB)}))
        arguments = [
            "models=[acme]",
            f"config_dir={tmp_path / 'own'}",
            "model_options={allow_hosts: [127.0.0.1]}",
            "voice.dataset=synthesised_speech",
            f"voice.options={json.dumps(stimuli)}",
            f"out={tmp_path / 'out'}",
            "repeats=1",
            "paraphrases=false",
        ]
        out, result = run_practice(test, practice_options(test, arguments), Silent())
    found = {row.metric: row for row in result.rows}
    assert found["words_share:given"].value == 1.0
    assert found["words_share:given"].n_subjects == 6
    assert float(found["words_share:heard"].value or 0.0) < 0.2  # of the sound alone it hears the manner
    assert float(found["accuracy:alone:conflicting"].value or 0.0) > 0.75
    assert found["accuracy:words:neutral"].value == found["accuracy:alone:neutral"].value
    assert found["words_accuracy:words_silent:conflicting"].value == 1.0
    plan = yaml.safe_load((out / "studies/acme/voice/alone/plan.yaml").read_text())["plan"]
    assert plan["dataset"]["facts"]["synthesiser"] == synthesiser
    assert plan["dataset"]["facts"]["version"][0].isdigit()
    assert json.loads((out / "practice.json").read_text())["facts"]["stimuli"] == {"voice": "synthesised_speech"}
