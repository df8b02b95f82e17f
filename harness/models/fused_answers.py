"""The answers of several finished runs to the samples of one study, side by side.

Shapes: N samples of the study, M runs, C classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.errors import HarnessError, reason_code
from harness.models.fused_run import FusedRun
from harness.tables.sample_keys import BY_FILE_NAME, key_column
from harness.tables.schemas import DIMENSIONS
from harness.wording import listed

NOT_IN_RUN = "not in its run"


@dataclass(frozen=True)
class FusedAnswers:
    """What every run says of every sample.

    Attributes:
        scores: ``[N, M, C]`` probabilities; NaN where there is no answer, and for classes that a system cannot
            answer.
        label: ``[N, M]``, index into the classes; -1 where there is none.
        dimensions: valence, arousal and dominance ``[N, M]``; NaN where there is none.
        row: ``[N, M]``, the row of the sample in each run; -1 if the run does not have it.
        abstained: ``[N, M]``, whether the system declined.
        why: per run the reason for each row of the run that is not scored, else None.
    """

    scores: Floats
    label: Ints
    dimensions: Mapping[str, Floats]
    row: Ints
    abstained: Bools
    why: Sequence[Sequence[str | None]]

    @property
    def answered(self) -> Bools:
        """Whether each system has an answer to each sample ``[N, M]``."""
        answered_NM: Bools = (self.label >= 0) | self._has_dimension
        return answered_NM

    @property
    def has_dimensions(self) -> Bools:
        """Whether any system gives a dimension for each sample ``[N]``."""
        has_N: Bools = np.any(self._has_dimension, axis=1)
        return has_N

    @property
    def _has_dimension(self) -> Bools:
        has_NM: Bools = np.any(np.isfinite(list(self.dimensions.values())), axis=0)
        return has_NM

    def reason(self, sample: int, names: Sequence[str]) -> str:
        """Why no system has an answer: ``face: no_face, voice: not in its run``."""
        rows = zip(names, self.row[sample], self.why, strict=True)
        told = (
            f"{name}: {NOT_IN_RUN if row < 0 else reason_code(why[row] or 'no label')}" for name, row, why in rows
        )
        return ", ".join(told)


def fused_answers(
    runs: Sequence[FusedRun],
    samples: pa.Table,
    join: Sequence[str],
    to_class: Callable[[str], str],
    classes: Sequence[str],
) -> FusedAnswers:
    """Find the answers of every run to the samples.

    Args:
        runs: at least one.
        samples: of the study.
        join: the columns by which samples of study and runs are matched; `BY_FILE_NAME` is one, too.
        to_class: label → class.
        classes: all that any of the systems can answer.

    Raises:
        HarnessError: a column is absent, empty or not unique; a run shares no sample with the study, or has
            another subject for one.
    """
    wanted = _keys(samples, join, "the study")
    rows = [_rows(run, wanted, samples, join) for run in runs]

    def of_study(values: Sequence[np.ndarray], absent: float) -> np.ndarray:
        found = [
            np.where((row_N >= 0).reshape(-1, *[1] * (of_run.ndim - 1)), of_run[row_N], absent)
            for row_N, of_run in zip(rows, values, strict=True)
        ]
        return np.stack(found, axis=1)

    outcomes = [np.array(run.answers["outcome"].to_pylist()) for run in runs]
    return FusedAnswers(
        scores=of_study([run.class_scores(to_class, classes) for run in runs], np.nan),
        label=of_study([run.class_labels(to_class, classes) for run in runs], -1).astype(np.int64),
        dimensions={name: of_study([_dimension(run, name) for run in runs], np.nan) for name in DIMENSIONS},
        row=np.stack(rows, axis=1),
        abstained=of_study([of_run == "abstained" for of_run in outcomes], False).astype(np.bool_),
        why=[run.answers["reason"].to_pylist() for run in runs],
    )


def _rows(run: FusedRun, wanted: Sequence[tuple[object, ...]], samples: pa.Table, join: Sequence[str]) -> Ints:
    """The row of each sample in a run ``[N]``, -1 if it is absent there."""
    place = {key: row for row, key in enumerate(_keys(run.samples, join, str(run.path)))}
    row_N: Ints = np.array([place.get(key, -1) for key in wanted], dtype=np.int64)
    shared_N = np.flatnonzero(row_N >= 0)
    if not len(shared_N):
        raise HarnessError(
            f"{run.path} has none of the study's samples by {' and '.join(join)}: the study has {wanted[0]}, the "
            f"run {next(iter(place))}. model.join=[COLUMN,…] joins on other columns of the samples, model.join="
            f"{BY_FILE_NAME} on the names of their files without folder and extension."
        )
    own = samples["subject_id"].take(pa.array(shared_N)).to_pylist()
    of_run = run.samples["subject_id"].take(pa.array(row_N[shared_N])).to_pylist()
    for sample, mine, other in zip(shared_N.tolist(), own, of_run, strict=True):
        if mine != other:
            raise HarnessError(
                f"{run.path}: sample {samples['sample_id'][sample].as_py()!r} is of subject {other!r} there and "
                f"of {mine!r} in the study. Fuse runs on the same people, with the same ids."
            )
    return row_N


def _keys(samples: pa.Table, join: Sequence[str], where: str) -> list[tuple[object, ...]]:
    absent = [name for name in join if name not in (BY_FILE_NAME, *samples.column_names)]
    if absent:
        raise HarnessError(
            f"model.join: the samples of {where} have no column {absent[0]!r}. They have: {BY_FILE_NAME}, "
            f"{listed(samples.column_names, most=30)}."
        )
    columns = [key_column(samples, name) for name in join]
    empty = [name for name, column in zip(join, columns, strict=True) if column.null_count]
    if empty:
        raise HarnessError(f"model.join: some samples of {where} have no {empty[0]}.")
    keys = list(zip(*(column.to_pylist() for column in columns), strict=True))
    if len(set(keys)) < len(keys):
        repeated = Counter(keys).most_common(1)[0][0]
        raise HarnessError(
            f"model.join: several samples of {where} have the same {' and '.join(join)}, such as {repeated}. Join "
            "on columns that tell all samples apart."
        )
    return keys


def _dimension(run: FusedRun, name: str) -> Floats:
    values_N: Floats = pc.fill_null(run.answers[name], float("nan")).to_numpy().astype(np.float64)
    return np.where(run.scored, values_N, np.nan)
