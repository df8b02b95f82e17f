"""Language models whose defect is known: cards, stimuli, and the scripts by which a chat endpoint answers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import soundfile
import yaml
from chat_server import Asked

LABELS = ("anger", "calm", "fear")
LEVELS = {"anger": 60, "calm": 130, "fear": 200}
"""Label → the grey of a face, or of a background."""

TONES_HZ = {"anger": 500.0, "calm": 1000.0, "fear": 2000.0}
"""Label → the tone that stands for words."""

LOUDNESS = {"anger": 0.8, "calm": 0.2, "fear": 0.05}
"""Label → the amplitude that stands for a voice."""

NUM_PEOPLE = 16


def card(folder: Path, name: str, url: str, modality: str, claims: Sequence[Mapping[str, Any]] = ()) -> None:
    """Write the card and the config of a model into a folder of cards and configs."""
    content = {
        "name": name,
        "title": name,
        "kind": "chat",
        "modalities": [modality],
        "description": "A scripted model.",
        "licence": {"name": "proprietary"},
        "purpose": "To be tested.",
        "labels": list(LABELS),
        "training": "pretrained",
        "claims": list(claims),
        "limitations": ["It is scripted."],
        "input": {"encoding": "png" if modality == "face" else "wav"},
        "connection": {"url": url, "model": "scripted-2026-01-01"},
    }
    for path, text in {
        f"models/{name}/card.yaml": yaml.safe_dump(content),
        f"models/{name}/prompt.md": "---\nversion: 1\n---\nOne of {labels}?",
        f"configs/model/{name}.yaml": f"name: {name}\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def faces(folder: Path) -> Path:
    """Pictures of everybody with every label, each before two backgrounds."""
    rng = np.random.default_rng(0)
    lines = ["file,label,subject,attr.sex,ctx.pair"]
    for person in range(NUM_PEOPLE):
        for label in LABELS:
            for number, behind in enumerate(rng.permutation(LABELS)[:2].tolist()):
                pixels = np.full((48, 48), LEVELS[behind], np.uint8)
                pixels[12:36, 12:36] = LEVELS[label] + rng.integers(-9, 10, (24, 24))
                name = f"{person}-{label}-{number}.png"
                folder.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / name), pixels)
                lines.append(f"{name},{label},p{person:02},{'mf'[person % 2]},{person}-{label}")
    (folder / "samples.csv").write_text("\n".join(lines))
    return folder


def voices(folder: Path) -> Path:
    """Sounds whose loudness is the voice and whose tone is the words: neutral, matching and conflicting."""
    lines = ["file,label,subject,ctx.text,ctx.words_label"]
    time_s = np.arange(4800) / 16_000
    folder.mkdir(parents=True, exist_ok=True)
    for person in range(NUM_PEOPLE):
        for index, label in enumerate(LABELS):
            for words in ("", label, LABELS[(index + 1) % 3]):
                tone_hz = TONES_HZ.get(words, 3000.0) + person
                name = f"{person}-{label}-{words or 'none'}.wav"
                soundfile.write(folder / name, LOUDNESS[label] * np.sin(2 * np.pi * tone_hz * time_s), 16_000)
                lines.append(f"{name},{label},p{person:02},{f'words of {words}' if words else 'the door'},{words}")
    (folder / "samples.csv").write_text("\n".join(lines))
    return folder


def of_face(asked: Asked) -> str:
    """The label that the middle of the picture shows."""
    return _nearest(LEVELS, float(asked.pixels()[20:28, 20:28].mean()))


def of_background(asked: Asked) -> str:
    """The label that its corner shows."""
    return _nearest(LEVELS, float(asked.pixels()[:8, :8].mean()))


def of_voice(asked: Asked) -> str | None:
    """The label that the loudness shows; None in silence."""
    sound, _ = soundfile.read(io.BytesIO(asked.medium))
    peak = float(np.abs(sound).max(initial=0.0))
    return (
        None if peak < 0.01 else _nearest({name: np.log(value) for name, value in LOUDNESS.items()}, np.log(peak))
    )


def of_words(asked: Asked) -> str | None:
    """The label that the words show, given as text or heard; None if they say nothing."""
    told = re.search(r"words of (\w+)", asked.text)
    if told is not None:
        return told[1]
    sound, rate = soundfile.read(io.BytesIO(asked.medium))
    if not len(sound) or np.abs(sound).max() < 0.01:
        return None
    heard_hz = float(np.abs(np.fft.rfft(sound)).argmax() * rate / len(sound))
    return None if heard_hz > 2700 else _nearest(TONES_HZ, heard_hz)


def _nearest(known: Mapping[str, float], value: float) -> str:
    return min(known, key=lambda name: abs(known[name] - value))


Reads = Callable[[Asked], str | None]


def answering(*reads: Reads) -> Callable[[Asked], str]:
    """Answer what the first of these reads; if none reads anything, that one cannot tell."""

    def script(asked: Asked) -> str:
        found = next((label for read in reads if (label := read(asked)) is not None), None)
        return f"Answer: {found or 'cannot tell'}"

    return script
