"""Pictures with a known emotion, the sentence that goes with each, and the card of a model that is shown them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

LABELS = ("anger", "fear", "happiness", "neutral")
COLOURS = {"anger": (200, 30, 30), "fear": (30, 200, 30), "happiness": (30, 30, 200), "neutral": (200, 200, 30)}
"""Of the square in the middle, RGB."""

PROMPT = """---
version: 7
---
The person says: "{ctx.sentence}"
Which emotion does the face show? Answer with one of: {labels}.
"""


GRANTED = ("model.allow_hosts=[127.0.0.1]", "model.environment=[SEEING_KEY]")
"""The user's word, without which a server of the tests is not asked, and gets no key."""


def write_pictures(folder: Path, num_subjects: int = 8, repeats: int = 1) -> None:
    """One picture of each emotion per person, with a border of the person's own."""
    folder.mkdir(parents=True)
    rows = []
    for subject in range(num_subjects):
        for place, label in enumerate(LABELS * repeats):
            pixels = np.full((32, 32, 3), 60 + 5 * subject, np.uint8)
            pixels[8:24, 8:24] = COLOURS[label]
            pixels[0, 0] = place  # no two files are alike
            name = f"{subject}_{place}.png"
            cv2.imwrite(str(folder / name), pixels[:, :, ::-1])
            rows.append([name, f"p{subject}", label, "face", f"I feel {label}." if place % 2 else "It is eleven."])
    with (folder / "samples.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["uri", "subject_id", "label", "modality", "ctx.sentence"], *rows])


def seen(pixels: np.ndarray) -> str | None:
    """The emotion of a picture; None for one without any."""
    middle = pixels[16, 16].astype(int)
    distance = {label: int(np.abs(middle - colour).max()) for label, colour in COLOURS.items()}
    label = min(distance, key=lambda name: distance[name])
    return label if distance[label] < 20 else None


def write_card(folder: Path, url: str, **sections: Any) -> None:
    """A card, a config and a prompt for a model at this URL."""
    card: dict[str, Any] = {
        "name": "seeing",
        "title": "A model that sees",
        "kind": "chat",
        "modalities": ["face"],
        "description": "A scripted server.",
        "licence": {"name": "MIT"},
        "purpose": "Tests.",
        "labels": list(LABELS),
        "training": "pretrained",
        "limitations": [],
        "connection": {
            "url": url,
            "model": "seeing-2026-01-01",
            "headers": {"Authorization": "Bearer ${env:SEEING_KEY}"},
        },
        "output": {"labels": {"angry": "anger", "happy": "happiness", "wütend": "anger"}},
    }
    home = folder / "models" / "seeing"
    home.mkdir(parents=True)
    (home / "card.yaml").write_text(yaml.safe_dump({**card, **sections}), encoding="utf-8")
    (home / "prompt.md").write_text(PROMPT, encoding="utf-8")
    configs = folder / "configs" / "model"
    configs.mkdir(parents=True)
    options = {"name": "seeing", "temperature": 0.0, "max_tokens": 1_000, "concurrency": 4}
    (configs / "seeing.yaml").write_text(yaml.safe_dump(options), encoding="utf-8")
