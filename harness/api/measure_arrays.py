"""`harness.measure`: labels and answers in, a report out."""

from __future__ import annotations

import re
import shutil
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from harness.api.array_tables import ArrayLike, Columns, array_tables
from harness.api.measurement_report import MeasurementReport
from harness.api.observers import watched
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.cards.facts import DatasetCard
    from harness.study.config import StudyConfig

ALLOWED_NAME = re.compile(r"[\w.+-]{1,80}")
UNSTATED = "not_stated"
STAND_INS = ("table", "predictions")
"""The dataset and the model that the composed choices name; the arrays take their place."""


def measure(
    y_true: ArrayLike | None = None,
    y_pred: ArrayLike | None = None,
    *,
    subject: ArrayLike,
    scores: ArrayLike | None = None,
    labels: Sequence[str] | None = None,
    dimensions: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    groups: Columns | None = None,
    context: Columns | None = None,
    votes: Columns | None = None,
    sample_id: ArrayLike | None = None,
    reason: ArrayLike | None = None,
    system: str = "system",
    dataset: str = "arrays",
    modality: str = UNSTATED,
    label_source: str = UNSTATED,
    progress: bool | None = None,
    **choices: Any,
) -> MeasurementReport:
    """Measure a system's answers: every metric with its interval over subjects, by group, and gaps between groups.

    What holds one value per sample may be a list, a NumPy array, a pandas Series or an Arrow array. The majority
    class and random answers are measured beside the system and, with ``votes``, the raters.

    Args:
        y_true: the true label of each sample; empty (None, NaN) where it is not known.
        y_pred: the system's answer; empty where it gave none, which counts as wrong. By default the label with the
            highest score.
        subject: who each sample is of. Samples of one person resemble each other, so intervals are taken over
            subjects, not samples. If every sample is of another person, number them.
        scores: ``[N, L]``, one column per label, such as probabilities; or ``[N]``, the probability of the second
            of two labels; rows of NaN where there are none.
        labels: the labels of the columns of ``scores``; by default the columns of a DataFrame, or all labels
            sorted, as scikit-learn has them.
        dimensions: ``{"valence": (truth, predicted), …}``, also arousal and dominance, from -1 to 1.
        groups: ``{"sex": sex, "age": age}`` or a DataFrame: what people are compared by. Ages are put into bands.
        context: the same of what else may matter, such as the sentence or the camera; for checks and matching.
        votes: how many raters chose each label, one column per label.
        sample_id: a name for each sample; needed to compare reports on some of the same samples.
        reason: why there is no answer, where there is none, such as ``no_face``.
        system: what the system is called.
        dataset: what the data are called.
        modality: face, voice, wearable, …; for the record.
        label_source: who says what the truth is: self_report, observer, acted, …; for the record.
        progress: show progress bars; by default in a notebook and nowhere else.
        **choices: any of ``configs/run.yaml`` but the dataset and the model, such as ``seed=7``,
            ``measure={"tolerance": 0.1}`` or ``attributes={"axes": ["sex", "age", "sex*age"]}``.

    Raises:
        HarnessError: arrays do not fit each other, or a choice is unknown.

    Example:
        >>> import harness
        >>> truth = ["joy", "anger"] * 50
        >>> answers = ["joy", "anger", "joy", "joy"] * 25
        >>> speaker = [f"p{i // 10}" for i in range(100)]
        >>> report = harness.measure(truth, answers, subject=speaker)
        >>> report["uar"].overall
        0.750 [0.710, 0.790]
    """
    _require_name(system, "system")
    _require_name(dataset, "dataset")
    tables = array_tables(
        y_true,
        y_pred,
        subject=subject,
        scores=scores,
        labels=labels,
        dimensions=dimensions,
        groups=groups,
        context=context,
        votes=votes,
        sample_id=sample_id,
        reason=reason,
        system=system,
        modality=modality,
        label_source=label_source,
    )
    from harness.api.given_arrays import ArraysReader, GivenPredictions
    from harness.models.model import RunSettings
    from harness.study.run_study import run_opened

    scratch = Path(mkdtemp(prefix="harness-measure-"))
    weakref.finalize(tables, shutil.rmtree, scratch, ignore_errors=True)
    config = _config(scratch / "run", choices)
    reader = ArraysReader(_dataset_card(dataset, label_source), tables.samples)
    answers = GivenPredictions(system, tables.predictions, RunSettings(seed=config.seed))
    with watched(progress) as observer:
        study = run_opened(config, reader, answers, observer)
    return MeasurementReport(study.results, system, dataset, study.folder.path, tables)


def _require_name(name: str, argument: str) -> None:
    if not ALLOWED_NAME.fullmatch(name):
        raise HarnessError(f"{argument}={name!r}: give a name of up to 80 letters, digits and any of . _ + -")


def _config(out: Path, choices: Mapping[str, Any]) -> StudyConfig:
    from harness.study.compose import compose_choices

    for name in ("dataset", "model", "out"):
        if name in choices:
            raise HarnessError(f"measure(…, {name}=…) takes no such choice: the arrays are what is measured.")
    chosen = {"tracking": {"enabled": False}, "device": "cpu", "out": str(out), **choices}
    return compose_choices(*STAND_INS, chosen)


def _dataset_card(name: str, label_source: str) -> DatasetCard:
    from harness.cards.facts import DatasetCard, Licence

    return DatasetCard(
        name=name,
        title=name,
        reader="arrays",
        modalities=[],
        description="Arrays that were measured from Python.",
        licence=Licence(name="not stated"),
        labels=[],
        label_source=None if label_source == UNSTATED else label_source,
        elicitation="not_stated",
        limitations=["Nothing is known of the data but the arrays."],
    )
