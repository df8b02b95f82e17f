"""Scores from a table that a user gives, and the questionnaires beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.arrays import Floats, Ints
from harness.errors import HarnessError
from harness.practice_tests.observed_columns import numbered
from harness.practice_tests.wearables.measurements import Texts
from harness.practice_tests.wearables.scores import NEGATIVE, POSITIVE, REPORT, Scores
from harness.practice_tests.wearables.user_cells import (
    flags,
    flags_or_numbers,
    names,
    numbers,
    optional,
    required,
    seconds,
)
from harness.practice_tests.wearables.wearables_options import ScoreColumns, WearablesOptions
from harness.user_tables.table_formats import UserTable, read_user_table

REPORTS = (REPORT, POSITIVE, NEGATIVE)
NO_NAME = "device"
"""Of the only device of a table."""
MOVING_FROM = 0.5


def scores_of_table(options: WearablesOptions) -> tuple[Scores, Scores | None, Sequence[str]]:
    """The scores of a user's table, the answered questionnaires if they stand in a table of their own, and people.

    Raises:
        HarnessError: a table cannot be read, a column is absent, a cell is not what it should be, or the
            questionnaires share nobody, or no time, with the scores.
    """
    assert options.scores is not None
    table, columns = read_user_table(options.scores), options.columns
    own = names(table, required(table, columns.subject, "columns.subject"))
    prompts = None if options.questionnaires is None else read_user_table(options.questionnaires)
    others = None if prompts is None else names(prompts, required(prompts, columns.subject, "columns.subject"))
    number_n, people = numbered([*own.tolist(), *([] if others is None else others.tolist())])
    moving_n, motion_n = _movement(table, options)
    scores = Scores(
        dataset=table.path.stem,
        subject_n=number_n[: len(own)],
        device_n=_devices(table, columns),
        time_s_n=seconds(table, required(table, columns.time, "columns.time")),
        score_n=numbers(table, required(table, columns.score, "columns.score")),
        moving_n=moving_n,
        motion_n=motion_n,
        stressor_n=flags(table, columns.stressor, "columns.stressor"),
        reports={} if prompts is not None else _reports(table, columns),
        documented={
            name: numbers(table, required(table, name, "columns.documented")) for name in columns.documented
        },
    )
    _require_once(scores, table.path, people, "scores of {device}")
    if prompts is None or others is None:
        return scores, None, people
    if not set(own.tolist()) & set(others.tolist()):
        raise HarnessError(f"{prompts.path}: nobody of {table.path} is in it. Check columns.subject.")
    asked = _prompts(prompts, columns, number_n[len(own) :], scores.dataset)
    _require_once(asked, prompts.path, people, "answered questionnaires")
    _require_shared_times(scores, asked, options, prompts.path)
    return scores, asked.in_time_order(), people


def _movement(table: UserTable, options: WearablesOptions) -> tuple[Floats, Floats]:
    """Whether people move, and how much where the column says that.

    Raises:
        HarnessError: it says only whether, and ``moving_from`` is not between the two.
    """
    name, given = options.columns.moving, options.moving_from
    motion_n = flags_or_numbers(table, name, "columns.moving")
    known_n, moving_from = np.isfinite(motion_n), MOVING_FROM if given is None else given
    is_level = bool((known_n & ~np.isin(motion_n, (0.0, 1.0))).any())
    if known_n.any() and not is_level and not 0 < moving_from <= 1:
        raise HarnessError(
            f"{table.path}, column {name}: says only who moves and who does not, and moving_from={moving_from:g} "
            "would take all of them for the same. Leave moving_from out."
        )
    moving_n = np.where(known_n, motion_n >= moving_from, np.nan)
    return moving_n, motion_n if is_level else np.full(len(motion_n), np.nan)


def _devices(table: UserTable, columns: ScoreColumns) -> Texts:
    if columns.device is None:
        return np.full(table.cells.num_rows, NO_NAME)
    return names(table, required(table, columns.device, "columns.device"))


def _reports(table: UserTable, columns: ScoreColumns) -> dict[str, Floats]:
    return {
        name: optional(table, getattr(columns, name), f"columns.{name}")
        for name in REPORTS
        if getattr(columns, name) is not None
    }


def _prompts(table: UserTable, columns: ScoreColumns, subject_n: Ints, dataset: str) -> Scores:
    """A moment per answered questionnaire, in the order of the table."""
    nothing = np.full(table.cells.num_rows, np.nan)
    return Scores(
        dataset=dataset,
        subject_n=subject_n,
        device_n=np.full(table.cells.num_rows, NO_NAME),
        time_s_n=seconds(table, required(table, columns.time, "columns.time")),
        score_n=nothing,
        moving_n=nothing,
        motion_n=nothing,
        stressor_n=nothing,
        reports=_reports(table, columns),
    )


def _require_shared_times(scores: Scores, asked: Scores, options: WearablesOptions, path: Path) -> None:
    """Milliseconds beside seconds, or local times beside those of another zone, share none."""
    for person in np.intersect1d(scores.subject_n, asked.subject_n):
        time_s, asked_s = (np.sort(of.time_s_n[of.subject_n == person]) for of in (scores, asked))
        around_s, place = np.concatenate([[-np.inf], time_s, [np.inf]]), np.searchsorted(time_s, asked_s)
        if (np.minimum(asked_s - around_s[place], around_s[place + 1] - asked_s) <= options.align_s).any():
            return
    raise HarnessError(
        f"{path}: no questionnaire lies within {options.align_s:g} s of a moment of the same person in "
        f"{options.scores}. Check the times of both (ISO dates and times, or seconds), and align_s."
    )


def _require_once(scores: Scores, path: Path, people: Sequence[str], what: str) -> None:
    keys = list(zip(scores.subject_n.tolist(), scores.device_n.tolist(), scores.time_s_n.tolist(), strict=True))
    if len(set(keys)) == len(keys):
        return
    seen = set()
    for row, key in enumerate(keys, 1):
        if key in seen:
            twice = what.format(device=key[1])
            raise HarnessError(f"{path}, row {row}: {people[key[0]]} has two {twice} at one time. Give one.")
        seen.add(key)
