"""Pictures whose brightness is their label, a service that reads it, and the card of that service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from fault_server import Asked, Handler

LABELS = ("anger", "neutral")
CARD: dict[str, Any] = {
    "name": "acme",
    "title": "Acme Faces",
    "kind": "http",
    "modalities": ["face"],
    "description": "A service of the tests.",
    "licence": {"name": "proprietary"},
    "purpose": "tests",
    "labels": list(LABELS),
    "training": "pretrained",
    "limitations": ["It knows two labels."],
    "input": {"encoding": "file"},
    "output": {"label": "label", "scores": "scores", "version": "model", "refused_status": [415]},
}
OPTIONS: dict[str, Any] = {
    "name": "acme",
    "url": None,
    "concurrency": 4,
    "attempts": 5,
    "wait_s": 0.01,
    "max_wait_s": 60,
    "give_up_after": 20,
    "cache": False,
}


REACHED = "model.allow_hosts=[127.0.0.1]"
"""The user's word, without which a server of the tests is not asked."""


def write_pictures(folder: Path, num: int) -> Path:
    """Small pictures of `num` people in turn, dark for anger, bright for neutral, and their table."""
    folder.mkdir(parents=True)
    rows = ["sample_id,subject_id,uri,label,modality,ctx.sentence,attr.sex"]
    for n in range(num):
        label = LABELS[n % 2]
        cv2.imwrite(str(folder / f"{n}.png"), np.full((8, 8, 3), (40 if n % 2 == 0 else 200) + n % 7, np.uint8))
        rows.append(f"s{n:04d},p{n % 10},{n}.png,{label},face,sentence {n},{'f' if n % 4 < 2 else 'm'}")
    (folder / "samples.csv").write_text("\n".join(rows) + "\n")
    return folder


def write_card(folder: Path, url: str, **changes: Any) -> dict[str, Any]:
    """A card below ``cards`` and a config below ``configs``; sections given as mappings are merged."""
    card = {**CARD, "connection": {"url": url}}
    for key, value in changes.items():
        card[key] = {**card.get(key, {}), **value} if isinstance(value, dict) else value
    for path, document in (
        (folder / "cards" / "models" / "acme" / "card.yaml", card),
        (
            folder / "configs" / "model" / "acme.yaml",
            OPTIONS,
        ),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(document))
    return card


def reading(handler: Handler, asked: Asked) -> None:
    """What an honest service says of the picture in a form or in the body."""
    start = asked.body.find(b"\x89PNG")
    pixels = cv2.imdecode(np.frombuffer(asked.body[start:], np.uint8), cv2.IMREAD_GRAYSCALE)
    handler.answer(said_of(pixels))


def said_of(pixels: np.ndarray) -> dict[str, Any]:
    """The answer to a picture."""
    neutral = float(pixels.mean()) / 255.0
    return {
        "label": LABELS[neutral > 0.5],
        "scores": {"anger": 1.0 - neutral, "neutral": neutral},
        "model": "acme-2026-11-01",
        "usage": {"in": 100, "out": 10},
    }


def truth(predictions: Any) -> list[bool]:
    """Whether each row of the predictions names its picture rightly."""
    return [
        label == LABELS[int(sample_id[1:]) % 2]
        for sample_id, label in zip(
            predictions["sample_id"].to_pylist(), predictions["label"].to_pylist(), strict=True
        )
    ]


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()
