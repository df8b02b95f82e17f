"""`harness.measure`: measures arrays of labels and answers."""

from __future__ import annotations

import re
import reprlib
import shutil
import weakref
from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from harness.api.array_columns import ArrayLike, Columns
from harness.api.array_tables import array_tables
from harness.api.measurement_report import MeasurementReport
from harness.api.observers import watched
from harness.cards.stated_facts import NAME
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.cards.facts import DatasetCard
    from harness.study.config import StudyConfig

ALLOWED_NAME = re.compile(NAME)
UNSTATED = "not_stated"
STAND_INS = ("table", "predictions")
"""The dataset and the model in the composed config; the arrays replace them."""


def measure(
    y_true: ArrayLike | None = None,
    y_pred: ArrayLike | None = None,
    *,
    subject: ArrayLike,
    scores: ArrayLike | Columns | None = None,
    labels: Sequence[Any] | None = None,
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
    facts: Mapping[str, str] | None = None,
    progress: bool | None = None,
    **choices: Any,
) -> MeasurementReport:
    """Measure a system's answers: every metric with its interval over subjects, by group, and gaps between groups.

    Arguments with one value per sample may be lists, NumPy arrays, pandas Series, Arrow arrays or tensors; those
    with several named columns dicts, DataFrames or Arrow tables. Rows are matched by position: pandas objects must
    have the same index. The majority class and stratified random answers are measured as baselines and, with
    ``votes``, the raters.

    Args:
        y_true: the true label of each sample; None or NaN if it is not known.
        y_pred: the system's answer; None or NaN if it gave none, which counts as wrong. By default the label with
            the highest score.
        subject: the person in each sample. Samples of one person are correlated, so intervals are computed over
            subjects, not samples. If every sample is of a different person, number them.
        scores: ``[N, L]``, one column per label, such as probabilities; or ``[N]``, the probability of the second
            of two labels; rows of NaN if there are none. The columns of a dict, a DataFrame or an Arrow table have
            the names of labels.
        labels: the labels of the columns of ``scores``; by default their names, or all labels sorted, as in
            scikit-learn (numbers as numbers). Without ``scores``, the labels that the system can answer.
        dimensions: ``{"valence": (truth, predicted), …}``, also arousal and dominance, from -1 to 1.
        groups: ``{"sex": sex, "age": age}`` or a DataFrame: the attributes of people to compare groups by. Ages
            are put into bands.
        context: other columns, such as the sentence or the camera, for checks and matching.
        votes: how many raters chose each label, one column per label.
        sample_id: a name for each sample; needed to compare reports that share only some samples.
        reason: the reason for each missing answer, such as ``no_face``.
        system: the name of the system.
        dataset: the name of the data.
        modality: face, voice, wearable, …; recorded in the plan.
        label_source: the source of the labels: self_report, observer, acted, …; recorded in the plan.
        facts: what plan and report state about the system and the data, with the names of the command line:
            ``model.version``, ``model.provider``, ``dataset.title``, ``dataset.version``, ``dataset.licence``,
            ``dataset.consent``, ``dataset.collection``, ``dataset.raters``. They change no number.
        progress: show progress bars; by default only in a notebook.
        **choices: any of ``configs/run.yaml`` but the dataset and the model, such as ``seed=7``,
            ``measure={"tolerance": 0.1}`` or ``attributes={"axes": ["sex", "age", "sex*age"]}``.

    Raises:
        HarnessError: the arrays do not match, or a choice is unknown.

    Example:
        >>> import harness
        >>> truth = ["joy", "anger"] * 50
        >>> answers = ["joy", "anger", "joy", "joy"] * 25
        >>> speaker = [f"p{i // 10}" for i in range(100)]
        >>> report = harness.measure(truth, answers, subject=speaker)
        >>> report["uar"].overall
        0.750 [0.710, 0.786]
    """
    _require_name(system, "system")
    _require_name(dataset, "dataset")
    config = _config(choices)
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
    from harness.api.given_arrays import ArraysReader, GivenPredictions, stated_facts
    from harness.models.model import RunSettings
    from harness.study.run_study import run_opened

    about_data, about_system = stated_facts(facts or {})
    scratch = Path(mkdtemp(prefix="harness-measure-"))
    weakref.finalize(tables, shutil.rmtree, scratch, ignore_errors=True)
    config = config.model_copy(update={"out": scratch / "run"})
    reader = ArraysReader(_dataset_card(dataset, label_source), tables.samples, about_data)
    answers = GivenPredictions(system, tables.predictions, RunSettings(seed=config.seed), about_system)
    with watched(progress) as observer:
        study = run_opened(config, reader, answers, observer)
    return MeasurementReport(study.results, system, dataset, study.folder.path, study.plan, tables)


def _require_name(name: str, argument: str) -> None:
    if not isinstance(name, str) or not ALLOWED_NAME.fullmatch(name):
        raise HarnessError(
            f"{argument}={reprlib.repr(name)}: give a name of up to 80 letters, digits, spaces and any of . _ + -"
        )


def _config(choices: Mapping[str, Any]) -> StudyConfig:
    from harness.study.compose import compose_choices

    for name in ("dataset", "model", "out"):
        if name in choices:
            raise HarnessError(f"measure(…, {name}=…): this choice is not possible, as arrays are measured.")
    chosen = {"tracking": {"enabled": False}, "device": "cpu", **choices}
    return compose_choices(*STAND_INS, chosen, arguments=list(signature(measure).parameters))


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
        simulated=None,
        limitations=["Nothing is known about the data except the arrays."],
    )
