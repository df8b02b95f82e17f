"""A system that cannot be run here, measured from a file of its predictions.

Shapes: N rows, C labels of the system.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from pydantic import Field

from harness.cards.facts import ModelCard
from harness.cards.stated_facts import NAME, StatedSystem, with_stated_system
from harness.errors import HarnessError
from harness.files import UserPath, sha256_file
from harness.models.model import Conclusion, ModelOptions, RunSettings, TableModel
from harness.tables.parquet_files import read_parquet
from harness.tables.predictions import predictions_table, validate_predictions
from harness.tables.schemas import DIMENSIONS, PREDICTIONS

SCORE_PREFIX = "score."
FILE_COLUMNS = ("sample_id", "label", "outcome", "reason", *DIMENSIONS)


class PredictionsOptions(StatedSystem, ModelOptions):
    """The options of `PredictionsFile`, and what is stated about the system (`StatedSystem`).

    Attributes:
        file: CSV or Parquet with the columns sample_id and label, and optionally score.<label>, valence, arousal,
            dominance, outcome, reason.
        system: the name of the system in tables and report.
        label_is_highest_score: require that the label is the one with the highest score.
    """

    file: UserPath | None = None
    system: str = Field(default="predictions", pattern=NAME, coerce_numbers_to_str=True)
    label_is_highest_score: bool = True


class PredictionsFile(TableModel[PredictionsOptions]):
    """Predictions from elsewhere, strictly validated: every sample once, with scores that fit the labels."""

    Options = PredictionsOptions

    def __init__(self, card: ModelCard, options: PredictionsOptions, settings: RunSettings) -> None:
        title = card.title if options.system == card.name else options.system
        super().__init__(with_stated_system(card, options, title), options, settings)
        if options.file is None:
            raise HarnessError("model=predictions needs its file: model.file=preds.csv")
        if not options.file.is_file():
            raise HarnessError(f"model.file: {options.file} is not a file.")
        self.file = options.file

    @property
    def name(self) -> str:
        """The name that the user gave the system."""
        return self.options.system

    def facts(self) -> dict[str, Any]:
        """The hash of the file."""
        return {"file_sha256": sha256_file(self.file)}

    def predict(self, samples: pa.Table) -> Conclusion:
        """Read and validate the file, and sort it in the order of the samples.

        Raises:
            HarnessError: a column is missing or unknown; an id is unknown, missing or repeated; a score is not a
                number; a label has no score column or does not have the highest score.
        """
        table = _read(self.file)
        labels = [name.removeprefix(SCORE_PREFIX) for name in table.column_names if name.startswith(SCORE_PREFIX)]
        scores_NC = _scores(table, labels, self.file)
        if labels and self.options.label_is_highest_score:
            _require_highest(table, labels, scores_NC, self.file)
        predictions = self._predictions(table, labels, scores_NC)
        validate_predictions(predictions, samples)
        order = pc.index_in(samples["sample_id"], predictions["sample_id"])
        return Conclusion(predictions.take(order))

    def _predictions(self, table: pa.Table, labels: list[str], scores_NC: np.ndarray) -> pa.Table:
        has_scores = np.isfinite(scores_NC).all(axis=1) if labels else np.zeros(table.num_rows, dtype=bool)
        outcome = _column(table, "outcome")
        return predictions_table(
            model=self.name,
            labels=labels or sorted({label for label in _column(table, "label") if label is not None}),
            sample_id=table["sample_id"].to_pylist(),
            outcome=["scored" if value is None else value for value in outcome],
            reason=_column(table, "reason"),
            label=_column(table, "label"),
            scores=[row.tolist() if ok else None for row, ok in zip(scores_NC, has_scores, strict=True)],
            dimensions={name: _column(table, name) for name in DIMENSIONS},
        )


def _read(path: Path) -> pa.Table:
    if path.suffix.lower() == ".parquet":
        table = read_parquet(path)
    else:
        text = dict.fromkeys(("sample_id", "label", "outcome", "reason"), pa.string())
        options = pyarrow.csv.ConvertOptions(column_types=text, strings_can_be_null=True)
        try:
            table = pyarrow.csv.read_csv(path, convert_options=options)
        except pa.ArrowException as error:
            raise HarnessError(f"{path}: not a readable CSV file ({error}).") from None
    if len(set(table.column_names)) < table.num_columns:
        raise HarnessError(f"{path}: the header names a column twice: {', '.join(table.column_names)}.")
    if not table.num_rows:
        raise HarnessError(f"{path}: no rows.")
    unknown = [
        name for name in table.column_names if name not in FILE_COLUMNS and not name.startswith(SCORE_PREFIX)
    ]
    if unknown:
        raise HarnessError(
            f"{path}: unknown column {unknown[0]!r}. Known: {', '.join(FILE_COLUMNS)}, score.<label>."
        )
    if "sample_id" not in table.column_names:
        raise HarnessError(f"{path}: there is no column sample_id.")
    return table


def _column(table: pa.Table, name: str) -> list[Any]:
    if name not in table.column_names:
        return [None] * table.num_rows
    try:
        return list(table[name].cast(PREDICTIONS.field(name).type).to_pylist())
    except pa.ArrowException as error:
        raise HarnessError(f"column {name}: {error}.") from None


def _scores(table: pa.Table, labels: list[str], path: Path) -> np.ndarray:
    scores_NC = np.empty((table.num_rows, len(labels)))
    for index, label in enumerate(labels):
        try:
            scores_NC[:, index] = table[SCORE_PREFIX + label].cast(pa.float64()).to_numpy()
        except pa.ArrowException:
            raise HarnessError(
                f"{path}: column {SCORE_PREFIX}{label} contains something that is not a number."
            ) from None
    _require_whole(table, scores_NC, path)
    return scores_NC


def _require_whole(table: pa.Table, scores_NC: np.ndarray, path: Path) -> None:
    """Check that each row has all of its scores or none."""
    broken_N = ~np.isfinite(scores_NC).all(axis=1) & ~np.isnan(scores_NC).all(axis=1)
    if broken_N.any():
        sample = table["sample_id"][int(broken_N.argmax())].as_py()
        raise HarnessError(
            f"{path}, sample {sample!r}: a score is empty or not finite. Give all scores of a row, or none."
        )


def _require_highest(table: pa.Table, labels: list[str], scores_NC: np.ndarray, path: Path) -> None:
    given = pa.array(_column(table, "label"), pa.string())
    index_N = pc.fill_null(pc.index_in(given, pa.array(labels, pa.string())), -1).to_numpy()
    scored_N = np.flatnonzero((index_N >= 0) & np.isfinite(scores_NC).all(axis=1))
    lower_N = scores_NC[scored_N, index_N[scored_N]] < scores_NC[scored_N].max(axis=1)
    if lower_N.any():
        row = int(scored_N[lower_N.argmax()])
        raise HarnessError(
            f"{path}, sample {table['sample_id'][row].as_py()!r}: the label is {labels[index_N[row]]!r} but the "
            f"highest score is for {labels[int(scores_NC[row].argmax())]!r}. If the system decides in another "
            "way, say so with model.label_is_highest_score=false."
        )
