"""The declared facts of all built-in metrics, in the order in which they are shown."""

from __future__ import annotations

from harness.metrics import (
    assignment,
    calibration,
    categorical,
    conformal,
    dimensional,
    invariance,
    outcomes,
    probabilistic,
    ranking,
    selective,
    soft_labels,
    supported,
    votes,
)

BUILT_IN_FACTS = tuple(
    sorted(
        (
            *categorical.FACTS,
            *supported.FACTS,
            *outcomes.FACTS,
            *invariance.FACTS,
            *assignment.FACTS,
            *probabilistic.FACTS,
            *calibration.FACTS,
            *selective.FACTS,
            *conformal.FACTS,
            *ranking.FACTS,
            *dimensional.FACTS,
            *votes.FACTS,
            *soft_labels.FACTS,
        ),
        key=lambda facts: facts.order,
    )
)
