"""Calls with known answers, and systems that listen to one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import pyarrow as pa
from sounds_made import RATE_HZ, level_db, voice

from harness.cards.taxonomy import canonical
from harness.conditions.condition import Condition
from harness.errors import Unscored
from harness.metrics.assignment import NEGATIVE
from harness.practice_tests.customer_service.calls import Calls, Meanings, calls_of
from harness.signals.f0_track import f0_track
from harness.signals.media import Audio
from harness.study.assembly import open_condition
from harness.tables.predictions import concat_predictions, predictions_table
from harness.tables.samples import samples_table

LABELS = ("anger", "happiness", "neutral", "sadness")
MEANINGS = Meanings(canonical, NEGATIVE, ("neutral", "calm"))
LEVEL_DB = dict(zip(LABELS, (-12.0, -18.0, -24.0, -30.0), strict=True))
F0_HZ = dict(zip(LABELS, (260.0, 200.0, 150.0, 115.0), strict=True))
LENGTH_S = dict(zip(LABELS, (0.5, 0.7, 0.9, 1.1), strict=True))
NEXT = dict(zip(LABELS, (*LABELS[1:], LABELS[0]), strict=True))
PEOPLE = 12
ROWS = [(f"p{person:02d}", label) for person in range(PEOPLE) for label in LABELS]

System = Callable[[Audio], str]


def nearest(value: float, values: Mapping[str, float]) -> str:
    return min(values, key=lambda label: abs(values[label] - value))


def by_level(audio: Audio) -> str:
    return nearest(level_db(audio.waveform), LEVEL_DB)


def by_pitch(audio: Audio) -> str:
    return nearest(
        np.log(f0_track(audio.waveform, audio.sample_rate).median_hz), {k: np.log(v) for k, v in F0_HZ.items()}
    )


def by_length(audio: Audio) -> str:
    return nearest(len(audio.waveform) / RATE_HZ, LENGTH_S)


def by_most(audio: Audio) -> str:
    """What two of three cues say, so that it can do without any one of them."""
    said = [by_level(audio), by_pitch(audio), by_length(audio)]
    return max(said, key=said.count)


def clip(label: str, person: int) -> Audio:
    made = voice(LENGTH_S[label], F0_HZ[label] * (1 + 0.002 * person))
    gain_db = LEVEL_DB[label] - level_db(made.waveform)
    return Audio((made.waveform * 10 ** (gain_db / 20)).astype(np.float32), RATE_HZ)


def table_of(rows: Sequence[tuple[str, str]]) -> pa.Table:
    """Samples of (person, label)."""
    return samples_table(
        [
            {
                "sample_id": f"s{number:04d}",
                "modality": "voice",
                "uri": None,
                "subject_id": person,
                "label": label,
                "label_source": "acted",
            }
            for number, (person, label) in enumerate(rows)
        ]
    )


def answered_calls(
    rows: Sequence[tuple[str, str]],
    answers: Mapping[str, Sequence[str | None]],
    roles: Sequence[str | None] | None = None,
) -> Calls:
    """Calls of (person, label) with the answers under each condition; None: the condition cannot change it."""
    samples = table_of(rows)
    if roles is not None:
        samples = samples.append_column("ctx.role", pa.array(roles, pa.string()))
    tables = [
        predictions_table(
            model="made",
            labels=sorted({label for _, label in rows} | set(NEGATIVE)),
            sample_id=samples["sample_id"].to_pylist(),
            outcome=["failed" if one is None else "scored" for one in given],
            reason=["not_applicable: as it is" if one is None else None for one in given],
            label=list(given),
            condition=condition,
        )
        for condition, given in answers.items()
    ]
    role_column = None if roles is None else "ctx.role"
    return calls_of("d", "made", samples, concat_predictions(tables), MEANINGS, role_column)


@cache
def under(condition: str) -> list[Audio | None]:
    """All clips under a condition; None: it cannot change the clip."""
    changed = open_condition(condition)
    return [_applied(changed, clip(label, int(person[1:])), number) for number, (person, label) in enumerate(ROWS)]


def _applied(condition: Condition, audio: Audio, number: int) -> Audio | None:
    try:
        changed = condition.apply(audio, np.random.default_rng(number))
    except Unscored:
        return None
    assert isinstance(changed, Audio)
    return changed


def heard_by(system: System, conditions: Sequence[str]) -> Calls:
    """Calls as a system answers them under conditions, with one in seven taken for the next label."""

    def answered(condition: str) -> list[str | None]:
        said = [None if one is None else system(one) for one in under(condition)]
        return [one if one is None or number % 7 else NEXT[one] for number, one in enumerate(said)]

    return answered_calls(ROWS, {condition: answered(condition) for condition in ("clean", *conditions)})
