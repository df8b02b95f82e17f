"""A system that cannot be run here, measured from a file of its predictions.

Shapes: N rows, C labels of the system.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.cards.facts import Claim, ModelCard
from harness.cards.stated_facts import StatedSystem, SystemName, with_stated_system
from harness.cards.taxonomy import canonical
from harness.errors import HarnessError
from harness.files import UserPath, sha256_file
from harness.models.answered_table import SCORE_PREFIX, column_problems, read_answers, unscored_label
from harness.models.model import Conclusion, ModelOptions, RunSettings, TableModel
from harness.tables.predictions import label_orders, predictions_table, validate_predictions
from harness.tables.schemas import DIMENSIONS, OUTCOMES
from harness.tables.validation import require_same_ids
from harness.user_tables.cells import as_numbers, as_text
from harness.user_tables.label_places import LabelPlaces
from harness.user_tables.table_formats import UserTable
from harness.user_tables.user_columns import ColumnChoices

SCORED = "scored"
TEXTS = ("sample_id", "label", "outcome", "reason")


class PredictionsOptions(StatedSystem, ModelOptions):
    """The options of `PredictionsFile`, and what is stated about the system (`StatedSystem`).

    Attributes:
        file: CSV, Parquet, an Excel workbook, JSON or JSON Lines with the columns sample_id and label, and
            optionally score.<label>, valence, arousal, dominance, outcome, reason.
        columns: column of the file → one of these, or None to leave it out.
        system: the name of the system in tables and report.
        label_is_highest_score: require that the label is the one with the highest score.
        claims: what its provider states that it reaches; each stands beside what is measured.
    """

    file: UserPath | None = None
    columns: ColumnChoices = None
    system: SystemName = "predictions"
    label_is_highest_score: bool = True
    claims: tuple[Claim, ...] = ()


class PredictionsFile(TableModel[PredictionsOptions]):
    """Predictions from elsewhere, strictly validated: every sample once, with scores that fit the labels."""

    Options = PredictionsOptions

    def __init__(self, card: ModelCard, options: PredictionsOptions, settings: RunSettings) -> None:
        title = card.title if options.system == card.name else options.system
        card = with_stated_system(card, options, title)
        super().__init__(card.model_copy(update={"claims": list(options.claims)}), options, settings)
        if options.file is None:
            raise HarnessError("model=predictions needs its file: model.file=preds.csv")
        if not options.file.is_file():
            raise HarnessError(f"model.file: {options.file} is not a file.")
        self.file = options.file
        self._answers: pa.Table | None = None

    @property
    def name(self) -> str:
        """The name that the user gave the system."""
        return self.options.system

    def facts(self) -> dict[str, Any]:
        """The hash of the file."""
        return {"file_sha256": sha256_file(self.file)}

    def labels_for(self, listed: pa.Table) -> list[str]:
        """The labels of the file, which is read and validated for it.

        Raises:
            HarnessError: a column is missing or unknown; an id is unknown or repeated; a score is not a number; a
                label has no score column or does not have the highest score.
        """
        self._answers = self._read(listed)
        return label_orders(self._answers)[self.name]

    def own_problems(self) -> list[str]:
        """What is to be mended of the columns of its file."""
        return column_problems(self.file, self.options.columns)

    def require_answers(self, samples: pa.Table) -> None:
        """Check that the file has a row for each sample."""
        known = samples["sample_id"]
        found = self._answered(samples)["sample_id"]
        if not found.equals(known):
            require_same_ids(found.filter(pc.is_in(found, value_set=known)), known, str(self.file))

    def predict(self, samples: pa.Table) -> Conclusion:
        """The rows of the samples, in their order; rows of samples that the study leaves out are not used.

        Raises:
            HarnessError: as for `labels_for`; a sample has no row.
        """
        self.require_answers(samples)
        answers = self._answered(samples)
        self._answers = None  # once answered, they are in the run's own table: there may be gigabytes of them
        if answers["sample_id"].equals(samples["sample_id"]):
            return Conclusion(answers)
        return Conclusion(answers.take(pc.index_in(samples["sample_id"], answers["sample_id"])))

    def _answered(self, listed: pa.Table) -> pa.Table:
        """The rows of the file, which is read once, in the order of the samples that are listed."""
        if self._answers is None:
            self._answers = self._read(listed)
        return self._answers

    def _read(self, listed: pa.Table) -> pa.Table:
        table, place_N = read_answers(self.file, self.options.columns, listed["sample_id"])
        answers = _Answers.of(table).with_labels_of_scores()
        if self.options.label_is_highest_score:
            _require_highest(answers, self.file)
        remarks = [*table.remarks]
        if answers.label is None:
            answers = answers.with_highest()
            remarks.append("the label is that of the highest score")
        self.remarks = replace(table, remarks=tuple(remarks)).understood()
        _require_outcomes(answers, self.file)
        predictions = answers.predictions(self.name)
        self.label_places = LabelPlaces.of(self.file, _scored_labels(predictions))
        _require_known_labels(answers, self.label_places)
        return _in_order(predictions, place_N, listed)


@dataclass(frozen=True)
class _Answers:
    """The columns of a file.

    Attributes:
        texts: sample_id, outcome and reason ``[N]``.
        label: ``[N]``; None if the file has no such column but scores.
        labels: of the columns of scores.
        scores: ``[N, C]``, NaN in rows without scores.
        dimensions: ``[N]`` each.
    """

    texts: dict[str, pa.ChunkedArray]
    label: pa.ChunkedArray | None
    labels: list[str]
    scores: np.ndarray
    dimensions: dict[str, pa.ChunkedArray]

    @classmethod
    def of(cls, table: UserTable) -> _Answers:
        cells, path = table.cells, table.path
        absent = pa.chunked_array([pa.nulls(cells.num_rows, pa.string())])
        names = [name for name in cells.column_names if name.startswith(SCORE_PREFIX)]
        columns = [as_numbers(cells[name], name, path, infinite=True) for name in names]
        texts = {
            name: as_text(cells[name], name, path) if name in cells.column_names else absent for name in TEXTS
        }
        label = texts.pop("label")
        return cls(
            texts=texts,
            label=label if "label" in cells.column_names or not names else None,
            labels=_score_labels(names, path),
            scores=_whole(columns, texts["sample_id"], path),
            dimensions={n: as_numbers(cells[n], n, path) for n in DIMENSIONS if n in cells.column_names},
        )

    def with_labels_of_scores(self) -> _Answers:
        """With labels as their columns of scores spell them: ``Angry`` is ``angry`` where that is a column."""
        if self.label is None or not self.labels:
            return self
        spelled: dict[str, list[str]] = {}
        for label in self.labels:
            spelled.setdefault(canonical(label), []).append(label)
        found = self.label.unique().drop_null().to_pylist()
        other = {label: spelled.get(canonical(label), []) for label in found if label not in self.labels}
        known = {label: columns[0] for label, columns in other.items() if len(columns) == 1}
        place = pc.index_in(self.label, pa.array([*known], pa.string()))
        return replace(self, label=pc.coalesce(pa.array([*known.values()], pa.string()).take(place), self.label))

    def with_highest(self) -> _Answers:
        """With the label of the highest score in every row that has scores."""
        present_N = self._present_N()
        best_N = np.where(present_N, np.nan_to_num(self.scores, nan=-np.inf).argmax(axis=1), -1)
        labels = pa.array([*self.labels, None], pa.string()).take(pa.array(best_N % (len(self.labels) + 1)))
        return replace(self, label=pa.chunked_array([labels]))

    def predictions(self, model: str) -> pa.Table:
        """The table of predictions."""
        assert self.label is not None, "the label is the highest score's, or of the file"
        outcome = pc.fill_null(self.texts["outcome"], SCORED)
        answered = self.label.filter(pc.equal(outcome, SCORED))
        return predictions_table(
            model=model,
            labels=self.labels or sorted(pc.unique(answered.drop_null()).to_pylist()),
            sample_id=self.texts["sample_id"],
            outcome=outcome,
            reason=self.texts["reason"],
            label=self.label,
            scores=self._score_lists(),
            dimensions=self.dimensions,
        )

    def _present_N(self) -> np.ndarray:  # noqa: N802 (a shape)
        if not self.labels:
            return np.zeros(len(self.scores), dtype=bool)
        present_N: np.ndarray = np.isfinite(self.scores).all(axis=1)
        return present_N

    def _score_lists(self) -> pa.Array:
        present_N = self._present_N()
        offsets = np.concatenate([[0], np.cumsum(present_N) * len(self.labels)]).astype(np.int32)
        flat = pa.array(self.scores[present_N].astype(np.float32).ravel())
        return pa.ListArray.from_arrays(pa.array(offsets), flat, mask=pa.array(~present_N))


def _score_labels(names: list[str], path: Path) -> list[str]:
    bare = pa.array([name.removeprefix(SCORE_PREFIX) for name in names], pa.string())
    return list(as_text(bare, "score.<label>", path).to_pylist())


def _whole(columns: list[pa.ChunkedArray], sample_id: pa.ChunkedArray, path: Path) -> np.ndarray:
    """The scores as a matrix, after a check that each row has all of its scores or none."""
    if not columns:
        return np.empty((len(sample_id), 0))
    scores_NC = np.stack([column.to_numpy(zero_copy_only=False) for column in columns], axis=1)
    broken_N = ~np.isfinite(scores_NC).all(axis=1) & ~np.isnan(scores_NC).all(axis=1)
    if broken_N.any():
        sample = sample_id[int(broken_N.argmax())].as_py()
        raise HarnessError(
            f"{path}, sample {sample!r}: a score is empty or not finite. Give all scores of a row, or none."
        )
    return scores_NC


def _require_highest(answers: _Answers, path: Path) -> None:
    if answers.label is None or not answers.labels:
        return
    labels, scores_NC = answers.labels, answers.scores
    index_N = pc.fill_null(pc.index_in(answers.label, pa.array(labels, pa.string())), -1).to_numpy()
    scored_N = np.flatnonzero((index_N >= 0) & np.isfinite(scores_NC).all(axis=1))
    lower_N = scores_NC[scored_N, index_N[scored_N]] < scores_NC[scored_N].max(axis=1)
    if lower_N.any():
        row = int(scored_N[lower_N.argmax()])
        sample, best = answers.texts["sample_id"][row].as_py(), labels[int(scores_NC[row].argmax())]
        raise HarnessError(
            f"{path}, sample {sample!r}: the label is {labels[index_N[row]]!r} but the highest score is for "
            f"{best!r}. If the system decides in another way, say so with model.label_is_highest_score=false."
        )


def _require_outcomes(answers: _Answers, path: Path) -> None:
    """Check that every row has an answer, or an outcome that says why it has none."""
    outcome, reason = pc.fill_null(answers.texts["outcome"], SCORED), answers.texts["reason"]
    scored = pc.equal(outcome, SCORED)
    for bad, problem in (
        (pc.invert(pc.is_in(outcome, pa.array(OUTCOMES))), f"; expected one of {', '.join(OUTCOMES)}"),
        (
            pc.and_(scored, pc.invert(_answered(answers))),
            ", with neither a label nor a dimension. Give the answer, or as outcome 'failed' or 'abstained' and a "
            "reason",
        ),
        (pc.and_(pc.invert(scored), pc.is_null(reason)), ", without a reason. Give one, such as 'no face'"),
    ):
        row = pc.index(bad, True).as_py()
        if row >= 0:
            sample, found = answers.texts["sample_id"][row].as_py(), outcome[row].as_py()
            raise HarnessError(f"{path}, row {row + 1}, sample {sample!r}: outcome is {found!r}{problem}.")


def _answered(answers: _Answers) -> pa.ChunkedArray:
    assert answers.label is not None, "the label is the highest score's, or of the file"
    answered = pc.is_valid(answers.label)
    for values in answers.dimensions.values():
        answered = pc.or_(answered, pc.is_valid(values))
    return answered


def _scored_labels(predictions: pa.Table) -> pa.ChunkedArray:
    scored = pc.equal(predictions["outcome"], SCORED)
    return pc.if_else(scored, predictions["label"], pa.scalar(None, pa.string()))


def _in_order(predictions: pa.Table, place_N: Ints, listed: pa.Table) -> pa.Table:
    """The predictions in the order of the listed samples, validated; not every sample has one."""
    is_answered = np.bincount(place_N, minlength=listed.num_rows) > 0
    if np.count_nonzero(is_answered) == len(place_N):  # each sample once: its row is known without sorting
        row_of_place = np.empty(listed.num_rows, dtype=np.int64)
        row_of_place[place_N] = np.arange(len(place_N))
        order_N = row_of_place[is_answered]
    else:
        order_N = np.argsort(place_N, kind="stable")
    answered = listed.select(["sample_id"]).filter(pa.array(is_answered))
    return validate_predictions(predictions.take(order_N).combine_chunks(), answered)


def _require_known_labels(answers: _Answers, places: LabelPlaces) -> None:
    """Check that every label has a column of scores, where there are any."""
    problem = unscored_label(answers.texts["sample_id"], places, answers.labels)
    if problem:
        raise HarnessError(problem)
