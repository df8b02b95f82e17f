"""Cards of systems that only a test knows."""

from __future__ import annotations

from typing import Any

from harness.cards.facts import Licence, ModelCard


def bare_card(name: str, **facts: Any) -> ModelCard:
    """A card that says nothing but the name, and what is given."""
    said = {
        "name": name,
        "title": name,
        "kind": "",
        "modalities": ["face"],
        "description": "",
        "licence": Licence(name="none"),
        "purpose": "",
        "training": "pretrained",
        "limitations": [],
    }
    return ModelCard(**(said | facts))
