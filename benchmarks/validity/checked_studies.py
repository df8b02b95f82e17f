"""Studies for the checks on the test itself: people, clips, scores and recordings without any fault.

People differ in how well they are read and in how the system scores them; the first two classes are confused more
often than others, as anger and disgust are. Sex, age, site and sentence have nothing to do with anything.

Shapes: S subjects, N samples, U classes, F numbers of a fingerprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.attributes.groups import axes_of, group_samples
from harness.cards.facts import ModelCard, model_card
from harness.checks.checked_system import CheckedSystem
from harness.probing.chosen import spread
from harness.tables.alignment import align
from harness.tables.predictions import predictions_table
from harness.tables.probe_tables import FINGERPRINT_WIDTH, MEDIA, PROBES
from harness.tables.samples import samples_table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
TWO = ("rest", "stress")
SITES = 4
MAX_INPUTS = 256
SENTENCES = 10


@dataclass(frozen=True)
class Size:
    """How large a study is.

    Attributes:
        subjects: S.
        clips: of every class by every subject.
        classes: U.
    """

    subjects: int
    clips: int
    classes: int

    def __str__(self) -> str:
        return f"{self.subjects} people, {self.classes} classes, {self.clips} clips each"


@dataclass
class Study:
    """One study; faults are planted by changing it.

    Attributes:
        size: see `Size`.
        subject: ``[N]``.
        shown: ``[N]``, the class that the person shows.
        label: ``[N]``, the class that the table says.
        logits: ``[N, U]``, of the system.
        columns: further columns of the samples, per sample.
        media: columns of the media table, per sample.
        fingerprints: ``[N, F]``.
        card: facts of the system's card.
        folds: the system's trainings.
        scores: ``[N, U]`` in place of the softmax of ``logits``.
        other_input: by probe and variant the answers ``[N]`` to other input.
    """

    size: Size
    subject: Ints
    shown: Ints
    label: Ints
    logits: Floats
    columns: dict[str, Any]
    media: dict[str, Floats]
    fingerprints: npt.NDArray[np.int8]
    card: dict[str, Any] = field(default_factory=dict)
    folds: list[dict[str, Any]] = field(default_factory=list)
    scores: Floats | None = None
    other_input: dict[tuple[str, str], Ints] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """``[U]``."""
        return TWO if self.size.classes == 2 else CLASSES[: self.size.classes]


def clean_study(size: Size, rng: np.random.Generator, skill: float = 2.0) -> Study:
    """A study in which nothing is wrong.

    Args:
        size: see `Size`.
        rng: draws everything.
        skill: how far the score of the right class lies above the others, in standard deviations.
    """
    subject = np.repeat(np.arange(size.subjects), size.clips * size.classes)
    shown = np.tile(np.repeat(np.arange(size.classes), size.clips), size.subjects)
    num = len(subject)
    reading = np.clip(rng.normal(skill, 0.5, size.subjects), 0.3, None)
    logits = rng.normal(size=(num, size.classes)) + rng.normal(0, 0.4, (size.subjects, size.classes))[subject]
    logits += reading[subject, None] * np.eye(size.classes)[shown]
    if size.classes > 2:
        logits[shown == 0, 1] += 0.7
        logits[shown == 1, 0] += 0.7
    person = rng.normal(size=(size.subjects, 3))
    recording = rng.normal(size=(num, 3)) + person[subject]
    of_subject = {
        "attr.sex": np.array(["female", "male"])[rng.permutation(size.subjects) % 2],
        "attr.age": rng.integers(18, 80, size.subjects).astype(float),
        "ctx.site": np.array([f"site {index}" for index in range(SITES)])[rng.permutation(size.subjects) % SITES],
    }
    columns = {name: values[subject].tolist() for name, values in of_subject.items()}
    columns["ctx.sentence"] = [f"sentence {index}" for index in rng.integers(0, SENTENCES, num)]
    columns["label_source"] = ["elicited"] * num
    return Study(
        size=size,
        subject=subject,
        shown=shown,
        label=shown.copy(),
        logits=logits,
        columns=columns,
        media={
            "duration_s": 3 + 0.3 * recording[:, 0],
            "loudness_db": -25 + 4 * recording[:, 1],
            "num_bytes": np.round(90_000 + 9_000 * recording[:, 0] + 500 * recording[:, 2]),
        },
        fingerprints=np.clip(rng.normal(0, 40, (num, FINGERPRINT_WIDTH)), -120, 120).astype(np.int8),
    )


def checked_system(study: Study, seed: int) -> CheckedSystem:
    """What the checks are given of a study."""
    names = np.array(study.names)
    samples = _samples(study, names)
    scores = study.scores
    if scores is None:
        exponent = np.exp(study.logits - study.logits.max(1, keepdims=True))
        scores = exponent / exponent.sum(1, keepdims=True)
    predictions = predictions_table(
        model="toy",
        labels=study.names,
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["scored"] * len(study.subject),
        reason=[None] * len(study.subject),
        label=names[study.logits.argmax(1)].tolist(),
        scores=scores.astype(np.float32).tolist(),
    )
    return CheckedSystem(
        dataset="toys",
        model="toy",
        condition="clean",
        card=_card(study.card),
        samples=samples,
        labels=study.names,
        aligned=align(samples, predictions, model="toy", condition="clean", merge={}),
        axes=tuple(group_samples(samples, axis) for axis in axes_of(samples)),
        seed=seed,
        level=0.95,
        min_subjects=5,
        folds=study.folds,
        media=_media(study, samples),
        probes=_probes(study, samples, names) if study.other_input else None,
    )


def _samples(study: Study, names: npt.NDArray[np.str_]) -> pa.Table:
    columns = {"subject_id": [f"p{index}" for index in study.subject], "label": names[study.label].tolist()}
    columns |= study.columns
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    fixed = {"modality": "voice"}
    return samples_table([{"sample_id": f"s{index:06d}", **fixed, **row} for index, row in enumerate(rows)])


def _media(study: Study, samples: pa.Table) -> pa.Table:
    num = len(study.subject)
    columns: dict[str, Any] = {
        "sample_id": samples["sample_id"].to_pylist(),
        "kind": ["audio"] * num,
        "content": [row.tobytes().hex()[:12] for row in study.fingerprints],
        "fingerprint": study.fingerprints.tolist(),
        **study.media,
    }
    return pa.table(
        [pa.array(columns.get(column.name, [None] * num), column.type) for column in MEDIA], schema=MEDIA
    )


def _probes(study: Study, samples: pa.Table, names: npt.NDArray[np.str_]) -> pa.Table:
    """The answers to other input, of as many samples as the harness asks about, spread over people and labels."""
    asked = spread(samples, np.arange(len(study.subject)), MAX_INPUTS, 0)
    rows = [
        {
            "sample_id": samples["sample_id"][int(sample)].as_py(),
            "probe": probe,
            "variant": variant,
            "outcome": "scored",
            "label": str(names[answer[sample]]),
        }
        for (probe, variant), answer in study.other_input.items()
        for sample in asked
    ]
    return pa.Table.from_pylist(rows, schema=PROBES)


def _card(facts: Mapping[str, Any]) -> ModelCard:
    return model_card("fer_mini_xception").model_copy(update=dict(facts))
