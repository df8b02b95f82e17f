"""The shares of measuring in its progress, by what each part costs in comparison with the others.

Costs are seconds of one processor, measured with a million predictions with scores of seven classes, by ten
thousand people on three axes. Only their ratios are used, and no result depends on them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyarrow.parquet import read_metadata

from harness.measurement.groups.planned_comparison import MANY_ROWS
from harness.measurement.measure_settings import MeasureSettings
from harness.progress import Share
from harness.statistics.max_t import MANY_SUBJECTS
from harness.tables.schemas import CLEAN

SAMPLES_READ, PREDICTIONS_READ = 0.4, 0.05
"""The first pass over a million samples; over a million predictions."""

BOUNDS, COUNTED = 0.5, 0.8
"""A million answers of a model: bin edges and thresholds; tallies."""

AT_ONCE, OF_PEOPLE = 0.05, 0.45
"""Every metric with its interval on one axis; ten thousand people."""

WITHOUT_SCORES = 0.15
"""Of all this, for a model without scores."""

ALONE = 1.5
"""How much longer work takes beside which nothing else is done, where there are several cores."""

COMPARED, PERMUTED, SEARCHED = 0.1, 3.0, 0.8
"""The groups of an axis compared, without and with permutations; cells searched."""

MANY_PERMUTED = 800
"""People from whom on permutations cost the same, as there are fewer of them."""

VERSUS_CLEAN, PERMUTED_VERSUS_CLEAN = 0.2, 20.0
"""A condition compared with clean media, over the whole or on one axis, without and with permutations."""

SAMPLES_PER_PERSON = 50
"""Before people are counted."""


@dataclass(frozen=True)
class BlockShares:
    """Of one model under one condition: the bounds of its scores, its answers counted, and its results."""

    bounds: Share
    counting: Share
    rows: Share


@dataclass(frozen=True)
class MeasureShares:
    """Of measuring, once the samples are known: every model under every condition, and conditions versus clean."""

    blocks: Sequence[BlockShares]
    versus_clean: Share


def split_first_pass(progress: Share, num_samples: int, num_predictions: int, num_axes: int) -> list[Share]:
    """The shares of reading the samples, of reading the predictions, and of all that follows."""
    samples, predictions = num_samples / 1e6, num_predictions / 1e6
    rest = measuring_cost(num_samples, num_predictions, num_samples // SAMPLES_PER_PERSON, num_axes)
    return progress.split(ALONE * samples * SAMPLES_READ, ALONE * predictions * PREDICTIONS_READ, rest)


def measuring_cost(num_samples: int, num_predictions: int, num_people: int, num_axes: int) -> float:
    """What measuring costs once tables are read, as far as can be said before."""
    num_models = max(num_predictions // max(num_samples, 1), 1)
    one, system = (sum(parts_of_rows(num_people, [3] * num_axes, compares=compares)) for compares in (False, True))
    return num_predictions / 1e6 * (BOUNDS + COUNTED) + (num_models - 1) / 2 * one + system


def measure_shares(
    progress: Share,
    asked: Sequence[tuple[str, str]],
    *,
    num_samples: int,
    num_people: int,
    num_groups: Sequence[int],
    settings: MeasureSettings,
    unscored: Collection[str] = (),
) -> MeasureShares:
    """Divide what follows the first pass.

    Args:
        progress: of all of it.
        asked: the models and conditions, in the order in which they are measured.
        num_samples: of each of them.
        num_people: behind the samples.
        num_groups: of each axis along which groups are compared.
        settings: the choices.
        unscored: the models that are known to give no scores.
    """
    sizes: list[float] = []
    for model, condition in asked:
        much = (WITHOUT_SCORES if model in unscored else 1.0) * (1.0 if sizes else ALONE)
        passes = 1 if condition == CLEAN else 2  # the second one over the answers on clean media
        rows = parts_of_rows(num_people, num_groups, compares=settings.system in (None, model))
        counting = [BOUNDS * num_samples / 1e6, COUNTED * passes * num_samples / 1e6]
        sizes += [much * size for size in (*counting, sum(rows))]
    num_changed = sum(condition != CLEAN for _, condition in asked)
    changes = [VERSUS_CLEAN, *(_change_cost(num_people, num) for num in num_groups)]
    *shares, versus_clean = progress.split(*sizes, num_changed * sum(changes))
    blocks = [BlockShares(*shares[start : start + 3]) for start in range(0, len(shares), 3)]
    return MeasureShares(blocks, versus_clean)


def models_without_scores(file: Path, firsts: Mapping[str, int]) -> set[str]:
    """The models that seem to give no scores, as the metadata of a file of predictions tell.

    Args:
        file: Parquet.
        firsts: model → the first row of its answers.
    """
    metadata = read_metadata(file)
    paths = [metadata.schema.column(index).path for index in range(metadata.num_columns)]
    scores = next((index for index, path in enumerate(paths) if path.startswith("scores.")), None)
    if scores is None or not metadata.num_row_groups:
        return set()
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    starts = np.cumsum([0, *(group.num_rows for group in groups[:-1])])
    chosen = {model: groups[np.searchsorted(starts, first, "right") - 1] for model, first in firsts.items()}
    return {model for model, group in chosen.items() if group.column(scores).num_values <= group.num_rows}


def parts_of_rows(num_people: int, num_groups: Sequence[int], *, compares: bool) -> list[float]:
    """What the results of a model cost: overall, along each axis, the gaps, the search.

    Args:
        num_people: that are measured.
        num_groups: of each axis.
        compares: whether groups are compared.
    """
    levels = AT_ONCE + num_people / 1e4 * OF_PEOPLE
    gaps = sum(_gaps_cost(num_people, num) for num in num_groups)
    return [levels, *[levels] * len(num_groups), *((gaps, SEARCHED) if compares else (0.0, 0.0))]


def _change_cost(num_people: int, num_groups: int) -> float:
    """What comparing a condition with clean media on an axis costs."""
    if num_people >= MANY_SUBJECTS * num_groups:
        return VERSUS_CLEAN
    return PERMUTED_VERSUS_CLEAN * min(1.0, num_people / MANY_PERMUTED)


def _gaps_cost(num_people: int, num_groups: int) -> float:
    """What comparing the groups of an axis costs."""
    if MANY_ROWS < num_people >= MANY_SUBJECTS * num_groups:
        return COMPARED
    return PERMUTED * min(1.0, num_people / MANY_PERMUTED)
