"""Figures that a provider states in the card of a system."""

from __future__ import annotations

from typing import Any

STATED = {"metric": "accuracy", "value": 0.5, "dataset": "simulated_faces", "source": "paper"}


def with_claims(plan: dict[str, Any], stated: list[dict[str, Any]]) -> dict[str, Any]:
    """A plan in which the card of the system under test makes these claims."""
    system, *others = plan["cards"]["models"]
    return {**plan, "cards": {**plan["cards"], "models": [{**system, "claims": stated}, *others]}}
