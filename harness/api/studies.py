"""Whole studies from Python: run, load, score, compare and plan, like the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from harness.api.comparison_report import ComparisonReport
from harness.api.folder_paths import folder_path
from harness.api.measurement_report import MeasurementReport
from harness.api.observers import watched
from harness.api.plan_report import PlanReport
from harness.cards.facts import validation_problems
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.measurement.choices import Choices
from harness.progress import Share
from harness.tables.versions import read_table

if TYPE_CHECKING:
    from harness.study.config import StudyConfig


class _ComparisonChoices(Choices):
    """What a comparison may be told; see `harness.comparison.compare_runs.compare_runs`."""

    on: str = "sample_id"
    tolerance: float | None = Field(default=None, gt=0, lt=1)
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    margin: float | None = Field(default=None, gt=0, le=1)
    against_first: bool = False


def run(
    dataset: str,
    model: str,
    *,
    out: str | Path | None = None,
    progress: bool | None = None,
    configs: str | Path | None = None,
    **choices: Any,
) -> MeasurementReport:
    """Measure a system on a dataset. The same as ``harness run``.

    An interrupted run is continued by the same call, a finished one is not repeated. The run is only logged to
    MLflow with ``tracking={"enabled": True}``.

    Samples are read in two worker processes (``workers=2``). They do not run the calling script again, unless the
    reader or the model is defined in it: then the script calls `run` below ``if __name__ == "__main__":``, and a
    notebook gives ``workers=0``, which reads them in the calling process.

    Args:
        dataset: its name, see ``harness list datasets``.
        model: the system's name, see ``harness list models``.
        out: the run's folder; by default one in ``outputs`` that is named after the plan.
        progress: show progress bars; by default only in a notebook.
        configs: a folder of your own cards and configs, like ``--config-dir`` of the command line.
        **choices: any value of ``configs/run.yaml``, such as ``seed=7`` or ``measure={"tolerance": 0.1}``; the
            path of the dataset as ``root="path"``; other options of the dataset and the model as
            ``dataset_options={…}`` and ``model_options={…}``.

    Raises:
        HarnessError: a choice is unknown, or the dataset or the model cannot be used; a part (``shard``) is asked
            for.

    Example:
        >>> import harness, tempfile
        >>> report = harness.run(
        ...     "simulated_wearables",
        ...     "majority",
        ...     out=tempfile.mkdtemp(),
        ...     dataset_options={"subjects": 6},
        ...     checks={"enabled": False},
        ...     workers=0,
        ... )
        >>> report.table.loc["uar", "value"].item()
        0.5
    """
    from harness.study.run_study import run as run_study

    config = _config(dataset, model, {"tracking": {"enabled": False}, "out": out} | choices, configs)
    if config.shard is not None:
        raise HarnessError(
            f"shard={config.shard}: a part of a study has no report. Answer it with `harness run`, and make one "
            "run of all parts with `harness merge` (docs/sweeps.md)."
        )
    with watched(progress) as observer:
        study = run_study(config, observer)
    return load(study.folder.path)


def load(folder: str | Path | MeasurementReport) -> MeasurementReport:
    """The report of a finished run, as it is stored.

    Args:
        folder: of the run.

    Raises:
        HarnessError: the folder is not that of a finished run, or a newer harness wrote it.

    Example:
        >>> import harness, tempfile
        >>> truth, speaker = ["joy", "anger"] * 50, [index // 10 for index in range(100)]
        >>> page = harness.measure(truth, truth, subject=speaker).save(tempfile.mkdtemp())
        >>> harness.load(page.parent)["uar"].overall
        1.000 [0.692, 1.000]
    """
    run_folder = RunFolder(_folder_of("folder", folder))
    plan = run_folder.read_plan().plan
    if run_folder.read_run() is None:
        raise HarnessError(f"{folder}: this run is not finished. Repeat its call to continue it.")
    results = read_table(run_folder / "results.parquet", "results").table
    return MeasurementReport(results, plan["model"]["name"], plan["dataset"]["name"], run_folder.path, plan)


def score(
    folder: str | Path | MeasurementReport, into: str | Path, *, progress: bool | None = None
) -> MeasurementReport:
    """Measure a run again from its stored tables, without model or data. The same as ``harness score``.

    Args:
        folder: of the run, or its report.
        into: where results, curves and report are written.
        progress: see `run`.

    Raises:
        HarnessError: a table is missing or does not match the plan.

    Example:
        >>> import harness, tempfile
        >>> truth, speaker = ["joy", "anger"] * 50, [index // 10 for index in range(100)]
        >>> report = harness.measure(truth, truth, subject=speaker)
        >>> harness.score(report, into=tempfile.mkdtemp()).results.equals(report.results)
        True
    """
    from harness.scoring.score_run import score as score_run

    run_folder, target = RunFolder(_folder_of("folder", folder)), folder_path("into", into)
    target.mkdir(parents=True, exist_ok=True)
    with watched(progress) as observer:
        observer.stage("measuring")
        scored = score_run(run_folder, target, progress=Share(observer.share))
    plan = run_folder.read_plan().plan
    return MeasurementReport(scored.results, plan["model"]["name"], plan["dataset"]["name"], target, plan)


def compare(
    runs: Sequence[str | Path | MeasurementReport],
    *,
    into: str | Path | None = None,
    progress: bool | None = None,
    **choices: Any,
) -> ComparisonReport:
    """Compare finished runs on the samples that they share. The same as ``harness compare``.

    Args:
        runs: at least two reports, or folders of runs.
        into: where tables and page are written; by default a folder in ``outputs``.
        progress: see `run`.
        **choices: ``on``, ``tolerance``, ``seed``, ``margin`` (also tests equivalence) and ``against_first``, see
            `harness.comparison.compare_runs.compare_runs`.

    Raises:
        HarnessError: a folder is not that of a finished run, the runs cannot be compared, or a choice is unknown.

    Example:
        >>> import harness, tempfile
        >>> truth, speaker = ["joy", "anger"] * 50, [index // 10 for index in range(100)]
        >>> right = harness.measure(truth, truth, subject=speaker, system="right")
        >>> wrong = harness.measure(truth, truth[::-1], subject=speaker, system="wrong")
        >>> found = harness.compare([right, wrong], into=tempfile.mkdtemp())
        >>> print(*found.differences.set_index("metric").loc["uar", ["first_value", "second_value", "worse"]])
        1.0 0.0 wrong
    """
    from harness.comparison.compare_runs import compare_runs

    if not isinstance(runs, Sequence) or isinstance(runs, str):
        raise HarnessError("compare: give a list of at least two reports or folders.")
    try:
        chosen = _ComparisonChoices.model_validate(choices).model_dump()
    except ValidationError as error:
        raise HarnessError(f"compare: {validation_problems(error)}.") from None
    folders = [_folder_of(f"run {number}", run) for number, run in enumerate(runs, 1)]
    place = None if into is None else folder_path("into", into)
    with watched(progress) as observer:
        observer.stage("comparing")
        return ComparisonReport(compare_runs(folders, into=place, progress=Share(observer.share), **chosen))


def plan(dataset: str, *, configs: str | Path | None = None, **choices: Any) -> PlanReport:
    """Compute before a run which gaps can be detected. The same as ``harness plan``; reads no media and no model.

    Args:
        dataset: its name.
        configs: see `run`.
        **choices: see `run`; also ``power={"rate": 0.6}``, the assumptions on the system.

    Raises:
        HarnessError: a choice is unknown, or the dataset cannot be listed.

    Example:
        >>> import harness
        >>> found = harness.plan("simulated_wearables", dataset_options={"subjects": 40})
        >>> found.groups.loc["sex", "subjects"].sum().item()
        40
    """
    from harness.study.preview import ANY_MODEL, preview

    return PlanReport(preview(_config(dataset, ANY_MODEL, choices, configs)))


def _folder_of(argument: str, run: object) -> Path:
    """A run's folder, given by its path or by the run's report."""
    return run.folder if isinstance(run, MeasurementReport) else folder_path(argument, run)


def _config(dataset: str, model: str, choices: Mapping[str, Any], configs: str | Path | None) -> StudyConfig:
    """The choices as the sections of ``configs/run.yaml``."""
    from harness.study.compose import compose_choices

    for name in ("dataset_options", "model_options"):
        if not isinstance(choices.get(name, {}), Mapping):
            raise HarnessError(f"{name}: give a dict of options, not {type(choices[name]).__name__}.")
    sections = dict(choices)
    of_dataset: dict[str, Any] = {**sections.pop("dataset_options", {}), "root": sections.pop("root", None)}
    sections["dataset"] = {name: value for name, value in of_dataset.items() if value is not None}
    sections["model"] = sections.pop("model_options", {})
    own = None if configs is None else folder_path("configs", configs)
    return compose_choices(dataset, model, sections, own, arguments=list(signature(run).parameters))
