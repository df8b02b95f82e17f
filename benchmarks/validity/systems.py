"""One system on samples that are made up, as a check sees it.

Shapes: N samples, U classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.attributes.groups import Groups
from harness.cards.facts import ModelCard, model_card
from harness.cards.taxonomy import map_labels
from harness.checks.checked_system import CheckedSystem
from harness.tables.alignment import Aligned
from harness.tables.schemas import SAMPLES

Ints = npt.NDArray[np.int64]


def system_of(
    subject: Ints,
    truth: Ints,
    answer: Ints,
    num_classes: int,
    *,
    scored: npt.NDArray[np.bool_] | None = None,
    scores: npt.NDArray[np.float64] | None = None,
    axes: Sequence[Groups] = (),
) -> CheckedSystem:
    """A system with these answers.

    Args:
        subject: ``[N]``, 0 and up.
        truth: ``[N]``, codes of the classes ``l0``, ``l1`` and so on.
        answer: ``[N]``, the same; -1 where it gave none.
        num_classes: U.
        scored: ``[N]``; all are if not given.
        scores: ``[N, U]``, if it gives any.
        axes: the groups.
    """
    names = pa.array(class_names(num_classes))
    columns = {
        "sample_id": numbered("s", np.arange(len(subject))),
        "modality": pa.repeat("face", len(subject)),
        "subject_id": numbered("p", subject),
        "label": names.take(pa.array(truth)),
        "label_source": pa.repeat("acted", len(subject)),
    }
    arrays = [columns.get(field.name, pa.nulls(len(subject), field.type)) for field in SAMPLES]
    return CheckedSystem(
        dataset="toys",
        model="toy",
        condition="clean",
        card=card(),
        samples=pa.table(arrays, schema=SAMPLES),
        labels=tuple(class_names(num_classes)),
        aligned=aligned_of(subject, truth, answer, num_classes, scored=scored, scores=scores),
        axes=tuple(axes),
        seed=0,
        level=0.95,
        min_subjects=5,
    )


def aligned_of(
    subject: Ints,
    truth: Ints,
    answer: Ints,
    num_classes: int,
    *,
    scored: npt.NDArray[np.bool_] | None = None,
    scores: npt.NDArray[np.float64] | None = None,
) -> Aligned:
    """Labels and answers alone, see `system_of`; samples without a score failed."""
    names = class_names(num_classes)
    is_scored = np.ones(len(subject), np.bool_) if scored is None else scored
    return Aligned(
        mapping=map_labels(names, names),
        num_subjects=int(subject.max()) + 1,
        subject=subject,
        scored=is_scored,
        outcome=np.where(is_scored, 0, 2),
        reason=np.where(is_scored, -1, 0),
        reasons=() if is_scored.all() else ("failed:timeout",),
        stratum=None,
        strata=(),
        truth=truth,
        answer=answer,
        class_scores=scores,
        label_scores=scores,
        dimensions={},
    )


@cache
def card() -> ModelCard:
    """A card; the checks that are studied do not read it."""
    return model_card("fer_mini_xception")


def numbered(letter: str, number: Ints) -> pa.Array:
    """Ids such as ``s000012``."""
    every = pa.array([f"{letter}{each:06d}" for each in range(int(number.max()) + 1)])
    return every.take(pa.array(number))


def class_names(num_classes: int) -> list[str]:
    """``l0``, ``l1`` and so on."""
    return [f"l{code}" for code in range(num_classes)]
