"""Whole studies from Python: run, load, score, compare and plan, like the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.api.comparison_report import ComparisonReport
from harness.api.measurement_report import MeasurementReport
from harness.api.observers import watched
from harness.api.plan_report import PlanReport
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.tables.versions import read_table

if TYPE_CHECKING:
    from harness.study.config import StudyConfig


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
        configs: a folder of your own configs, like ``--config-dir`` of the command line.
        **choices: any value of ``configs/run.yaml``, such as ``seed=7`` or ``measure={"tolerance": 0.1}``; the
            path of the dataset as ``root="path"``; other options of the dataset and the model as
            ``dataset_options={…}`` and ``model_options={…}``.

    Raises:
        HarnessError: a choice is unknown, or the dataset or the model cannot be used.
    """
    from harness.study.run_study import run as run_study

    config = _config(dataset, model, {"tracking": {"enabled": False}, "out": out} | choices, configs)
    with watched(progress) as observer:
        study = run_study(config, observer)
    return load(study.folder.path)


def load(folder: str | Path) -> MeasurementReport:
    """The report of a finished run, as it is stored.

    Raises:
        HarnessError: the folder is not that of a finished run, or a newer harness wrote it.
    """
    run_folder = RunFolder(Path(folder))
    plan = run_folder.read_plan().plan
    if run_folder.read_run() is None:
        raise HarnessError(f"{folder}: this run is not finished. Repeat its call to continue it.")
    results = read_table(run_folder / "results.parquet", "results").table
    return MeasurementReport(results, plan["model"]["name"], plan["dataset"]["name"], run_folder.path)


def score(folder: str | Path, into: str | Path) -> MeasurementReport:
    """Measure a run again from its stored tables, without model or data. The same as ``harness score``.

    Args:
        folder: of the run.
        into: where results, curves and report are written.

    Raises:
        HarnessError: a table is missing or does not match the plan.
    """
    from harness.scoring.score_run import score as score_run

    run_folder, target = RunFolder(Path(folder)), Path(into)
    target.mkdir(parents=True, exist_ok=True)
    scored = score_run(run_folder, target)
    plan = run_folder.read_plan().plan
    return MeasurementReport(scored.results, plan["model"]["name"], plan["dataset"]["name"], target)


def compare(folders: Sequence[str | Path], *, into: str | Path | None = None, **choices: Any) -> ComparisonReport:
    """Compare finished runs on the samples that they share. The same as ``harness compare``.

    Args:
        folders: of at least two runs, such as a report's ``folder``.
        into: where tables and page are written; by default a folder in ``outputs``.
        **choices: ``on``, ``tolerance`` and ``seed``, see `harness.comparison.compare_runs.compare_runs`.

    Raises:
        HarnessError: a folder is not that of a finished run, or the runs cannot be compared.
    """
    from harness.comparison.compare_runs import compare_runs

    target = None if into is None else Path(into)
    return ComparisonReport(compare_runs([Path(folder) for folder in folders], into=target, **choices))


def plan(dataset: str, *, configs: str | Path | None = None, **choices: Any) -> PlanReport:
    """Compute before a run which gaps can be detected. The same as ``harness plan``; reads no media and no model.

    Args:
        dataset: its name.
        configs: see `run`.
        **choices: see `run`; also ``power={"rate": 0.6}``, the assumptions on the system.

    Raises:
        HarnessError: a choice is unknown, or the dataset cannot be listed.
    """
    from harness.study.preview import ANY_MODEL, preview

    return PlanReport(preview(_config(dataset, ANY_MODEL, choices, configs)))


def _config(dataset: str, model: str, choices: Mapping[str, Any], configs: str | Path | None) -> StudyConfig:
    """The choices as the sections of ``configs/run.yaml``."""
    from harness.study.compose import compose_choices

    sections: dict[str, Any] = {k: str(v) if isinstance(v, Path) else v for k, v in choices.items()}
    of_dataset: dict[str, Any] = {**sections.pop("dataset_options", {}), "root": sections.pop("root", None)}
    sections["dataset"] = {name: value for name, value in of_dataset.items() if value is not None}
    sections["model"] = sections.pop("model_options", {})
    return compose_choices(dataset, model, sections, None if configs is None else Path(configs))
