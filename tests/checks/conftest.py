"""Cases for checks: one system on samples that are made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from harness.attributes.groups import axes_of, group_samples
from harness.cards.facts import ModelCard, model_card
from harness.checks.checked_system import CheckedSystem
from harness.tables.alignment import align
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

MakeSystem = Callable[..., CheckedSystem]


@pytest.fixture
def make_system() -> MakeSystem:
    return build_case


def build_case(
    subject: Sequence[object],
    label: Sequence[str | None],
    answer: Sequence[str | None],
    *,
    labels: Sequence[str] | None = None,
    scores: npt.NDArray[np.float64] | None = None,
    columns: Mapping[str, Sequence[Any]] | None = None,
    card: Mapping[str, Any] | None = None,
    seed: int = 0,
    min_subjects: int = 5,
) -> CheckedSystem:
    """A case; an answer of None is a sample that failed. Subjects, columns and answers are per sample."""
    labels = sorted({a for a in answer if a is not None}) if labels is None else labels
    rows = [
        {
            "sample_id": f"s{index:06d}",
            "modality": "face",
            "subject_id": f"p{person}",
            "label": of_sample,
            "label_source": "acted",
            **{name: values[index] for name, values in (columns or {}).items()},
        }
        for index, (person, of_sample) in enumerate(zip(subject, label, strict=True))
    ]
    samples = samples_table(rows)
    predictions = predictions_table(
        model="toy",
        labels=labels,
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["failed" if a is None else "scored" for a in answer],
        reason=["unreadable" if a is None else None for a in answer],
        label=answer,
        scores=None
        if scores is None
        else [None if a is None else s for a, s in zip(answer, scores.tolist(), strict=True)],
    )
    return CheckedSystem(
        dataset="toys",
        model="toy",
        condition="clean",
        card=toy_card(**(card or {})),
        samples=samples,
        labels=tuple(labels),
        aligned=align(samples, predictions, model="toy", condition="clean", merge={}),
        axes=tuple(group_samples(samples, axis) for axis in axes_of(samples)),
        seed=seed,
        level=0.95,
        min_subjects=min_subjects,
    )


def toy_card(**facts: Any) -> ModelCard:
    """The card of a real model with other facts."""
    return model_card("fer_mini_xception").model_copy(update=facts)
