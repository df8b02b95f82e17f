"""Scores and measurements as facts and tables without names, and what is measured of them.

Shapes: n moments or measurements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import ConfigDict, Field

from harness.plain_numbers import PlainNumbers
from harness.practice_tests.observed import Observed
from harness.practice_tests.observed_columns import (
    SUBJECT,
    number_column,
    numbered,
    numbers_in,
    subjects_in,
    text_column,
    texts_in,
)
from harness.practice_tests.practice_interface import PracticeResult, Said
from harness.practice_tests.wearables.agreement_summary import agreement_result
from harness.practice_tests.wearables.measurements import Measurements
from harness.practice_tests.wearables.score_summary import score_result
from harness.practice_tests.wearables.scores import NEGATIVE, POSITIVE, REPORT, Scores
from harness.practice_tests.wearables.transparency import Checklist
from harness.practice_tests.wearables.wearables_options import WearablesOptions
from harness.progress import UNSEEN, Share

MOMENTS, QUESTIONNAIRES, MEASUREMENTS = "moments", "questionnaires", "measurements"
_REPORTS = (REPORT, POSITIVE, NEGATIVE)
_NUMBERS = ("time_s", "score", "moving", "motion", "stressor")
_DOCUMENTED, _VALUE = "documented.", "value."


class _Facts(PlainNumbers):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    dataset: str


class _OfScores(_Facts):
    """What is known of scores besides their table."""

    alarms: dict[str, float] = Field(description="device → the score from which it says stress")
    about: dict[Literal["simulated", "detectors"], dict[str, str]] = Field(
        description="further sentences on what was tested, with what is filled in"
    )
    checklist: Checklist | None


class _OfMeasurements(_Facts):
    """What is known of measurements besides their table."""

    reference: str
    units: dict[str, str]


def observed_scores(
    scores: Scores,
    prompts: Scores | None,
    *,
    alarms: Mapping[str, float],
    checklist: Checklist | None,
    about: Sequence[Said] = (),
    people: Sequence[str] = (),
) -> Observed:
    """Scores, and answered questionnaires beside them; times become those since a person's first moment.

    The arguments are described at `harness.practice_tests.wearables.score_summary.score_result`.
    """
    facts = _OfScores(
        dataset=scores.dataset,
        alarms=dict(alarms),
        about={said.key: dict(said.values) for said in about},
        checklist=checklist,
    )
    parts = [scores] if prompts is None else [scores, prompts]
    tables = dict(zip((MOMENTS, QUESTIONNAIRES), map(_moments, _since_first(parts)), strict=False))
    return Observed(facts.model_dump(mode="json"), tables, people)


def observed_measurements(measured: Measurements) -> Observed:
    """Measurements of devices beside a reference."""
    facts = _OfMeasurements(dataset=measured.dataset, reference=measured.reference, units=dict(measured.units))
    subject_n, people = numbered(measured.subject_n.tolist())
    table = pa.table(
        {
            SUBJECT: subject_n,
            "device": text_column(measured.device_n),
            "situation": text_column(measured.situation_n),
            **{f"{_VALUE}{name}": number_column(values) for name, values in measured.values.items()},
            "num_beats": number_column(measured.num_beats_n),
            "num_artefacts": number_column(measured.num_artefacts_n),
        }
    )
    return Observed(facts.model_dump(mode="json"), {MEASUREMENTS: table}, people)


def wearables_result(observed: Observed, options: WearablesOptions, progress: Share = UNSEEN) -> PracticeResult:
    """Measure and summarise, and tell of every device.

    Raises:
        HarnessError: facts or tables are not those of such a test.
    """
    if MEASUREMENTS in observed.tables:
        return agreement_result(_measurements(observed), options, progress)
    facts = observed.facts_as(_OfScores)
    prompts = observed.tables.get(QUESTIONNAIRES)
    return score_result(
        _scores(facts.dataset, observed.table(MOMENTS)),
        None if prompts is None else _scores(facts.dataset, prompts),
        options,
        facts.alarms,
        facts.checklist,
        [Said(key, values) for key, values in facts.about.items()],
        progress,
    )


def _since_first(parts: Sequence[Scores]) -> list[Scores]:
    """The same with times since the first moment of each person: dates would tell who was there."""
    subject_n = np.concatenate([part.subject_n for part in parts])
    first_S = np.full(int(subject_n.max(initial=-1)) + 1, np.inf)
    np.minimum.at(first_S, subject_n, np.concatenate([part.time_s_n for part in parts]))
    return [replace(part, time_s_n=part.time_s_n - first_S[part.subject_n]) for part in parts]


def _moments(scores: Scores) -> pa.Table:
    columns = {name: number_column(getattr(scores, f"{name}_n")) for name in _NUMBERS}
    return pa.table(
        {
            SUBJECT: scores.subject_n,
            "device": text_column(scores.device_n),
            **columns,
            **{name: number_column(values) for name, values in scores.reports.items()},
            **{f"{_DOCUMENTED}{name}": number_column(values) for name, values in scores.documented.items()},
        }
    )


def _scores(dataset: str, table: pa.Table) -> Scores:
    documented = [column for column in table.column_names if column.startswith(_DOCUMENTED)]
    return Scores(
        dataset=dataset,
        subject_n=subjects_in(table),
        device_n=np.array(texts_in(table, "device"), np.str_),
        reports={column: numbers_in(table, column) for column in _REPORTS if column in table.column_names},
        documented={column.removeprefix(_DOCUMENTED): numbers_in(table, column) for column in documented},
        **{f"{column}_n": numbers_in(table, column) for column in _NUMBERS},
    )


def _measurements(observed: Observed) -> Measurements:
    facts, table = observed.facts_as(_OfMeasurements), observed.tables[MEASUREMENTS]
    values = [column for column in table.column_names if column.startswith(_VALUE)]
    return Measurements(
        dataset=facts.dataset,
        reference=facts.reference,
        subject_n=subjects_in(table).astype(np.str_),
        device_n=np.array(texts_in(table, "device"), np.str_),
        situation_n=np.array(texts_in(table, "situation"), np.str_),
        values={column.removeprefix(_VALUE): numbers_in(table, column) for column in values},
        num_beats_n=numbers_in(table, "num_beats"),
        num_artefacts_n=numbers_in(table, "num_artefacts"),
        units=facts.units,
    )
