"""Reading, checking and naming the finished runs that are compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.comparison.answered_samples import AnsweredSamples, read_answered
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder, StoredPlan
from harness.evidence.unchanged_evidence import record_of_unchanged, require_named
from harness.files import sha256_file
from harness.measurement.measure_settings import MeasureSettings
from harness.progress import UNSEEN, Share
from harness.scoring.stored_plan import measure_settings
from harness.tables.file_table import FileRead, files_of
from harness.tables.pieces import TableFile
from harness.tables.validation import conform
from harness.tables.versions import ANY_PREFIX, SCHEMAS, read_table, require_known

TABLES = ("samples.parquet", "predictions.parquet")
FILES_TABLE = "files.parquet"
MAX_OPTIONS_IN_NAME = 3
NOTHING = "null"
"""What a choice of nothing is called in configs."""

MAX_OPTION_TEXT = 40
_HASH_SHOWN = 8


@dataclass(frozen=True)
class FinishedRun:
    """A finished run.

    Attributes:
        path: its folder.
        plan: the plan, upgraded to this version of the harness.
        plan_sha256: the checked hash of the plan as it was written.
        settings: of the measurement, from the plan.
        files: the SHA-256 of its samples and predictions.
        answers: its samples with the predictions of the system under test, validated.
        media: the files that it read; None if it does not list them.
        media_root: their Merkle root.
    """

    path: Path
    plan: dict[str, Any]
    plan_sha256: str
    settings: MeasureSettings
    files: Mapping[str, str]
    answers: AnsweredSamples
    media: Sequence[FileRead] | None = None
    media_root: str | None = None

    @property
    def dataset(self) -> str:
        """The name of the dataset."""
        return str(self.plan["dataset"]["name"])

    @property
    def model(self) -> str:
        """The name of the system under test."""
        return str(self.plan["model"]["name"])

    @property
    def predictions_sha256(self) -> str:
        """Of the file of its predictions."""
        return self.files[TABLES[1]]


def read_finished_run(path: Path, progress: Share = UNSEEN) -> FinishedRun:
    """Read a finished run, and tell of every piece of its tables.

    Raises:
        HarnessError: the folder is not that of a finished run, its files were changed, or they do not match each
            other.
    """
    folder = RunFolder(path)
    stored = folder.read_plan()
    settings = measure_settings(stored.plan, folder / "plan.yaml")
    require_named(stored.plan, folder / "plan.yaml")
    record = record_of_unchanged(folder, TABLES)
    run = _opened(folder, stored, settings, {name: record["files"][name] for name in TABLES}, progress)
    listed = FILES_TABLE in record["files"]
    media = files_of(read_table(folder / FILES_TABLE, "files").table) if listed else None
    return replace(run, media=media, media_root=_media_root(record, path))


def read_public_run(path: Path, progress: Share = UNSEEN) -> FinishedRun:
    """Read the run of a pack: its tables have pseudonyms, and it lists no files.

    Args:
        path: its folder, of which every byte was verified.
        progress: told of every piece of its tables.

    Raises:
        HarnessError: the plan or a table is malformed.
    """
    folder = RunFolder(path)
    stored = folder.read_plan()
    settings = measure_settings(stored.plan, folder / "plan.yaml")
    require_named(stored.plan, folder / "plan.yaml")
    files = {name: sha256_file(folder / name) for name in TABLES}
    return _opened(folder, stored, settings, files, progress)


def _opened(
    folder: RunFolder,
    stored: StoredPlan,
    settings: MeasureSettings,
    files: Mapping[str, str],
    progress: Share = UNSEEN,
) -> FinishedRun:
    samples, predictions = (TableFile(folder / name) for name in TABLES)
    for name, file in (("samples", samples), ("predictions", predictions)):
        require_known(file.schema, name, file.path)
        conform(file.schema.empty_table(), SCHEMAS[name], str(file.path), extra_prefixes=ANY_PREFIX)
    return FinishedRun(
        path=folder.path,
        plan=stored.plan,
        plan_sha256=stored.sha256,
        settings=settings,
        files=files,
        answers=read_answered(samples, predictions, stored.plan["model"]["name"], progress),
    )


def names_of(finished: Sequence[FinishedRun]) -> list[str]:
    """A name for each run: its system, with the options that distinguish it if several have the same system.

    Options that choose nothing (null) are left out: ``fusion`` beside ``fusion (without=face)``. The names do not
    depend on the paths of the folders.
    """
    stated = [_stated(run.plan) for run in finished]
    names = []
    for run, own in zip(finished, stated, strict=True):
        alike = [s for other, s in zip(finished, stated, strict=True) if other.model == run.model]
        differing = _telling(alike)
        shown_options = ", ".join(
            f"{key}={own.get(key, 'absent')[:MAX_OPTION_TEXT]}"
            for key in differing[:MAX_OPTIONS_IN_NAME]
            if own.get(key) != NOTHING
        )
        names.append(f"{run.model} ({shown_options})" if shown_options else run.model)
    for mark in (_plan_mark, _files_mark, _predictions_mark):
        names = _marked(names, [mark(run) for run in finished])
    if len(set(names)) < len(names):
        raise HarnessError(
            "Two of the folders contain runs of one plan with the same predictions: nothing to compare."
        )
    return names


def _telling(alike: Sequence[Mapping[str, str]]) -> list[str]:
    """The choices in which runs differ; hashes only if the others do not tell all runs apart."""
    differing = [key for key in dict.fromkeys(k for s in alike for k in s) if len({s.get(key) for s in alike}) > 1]
    readable = [key for key in differing if not key.endswith("sha256")]
    told, all_told = (len({tuple(s.get(key) for key in keys) for s in alike}) for keys in (readable, differing))
    return readable if told == all_told else differing


def _marked(names: Sequence[str], marks: Sequence[str]) -> list[str]:
    """The names, with marks added if these distinguish runs of the same name."""
    pairs = list(zip(names, marks, strict=True))
    return [f"{name} {mark}" if len({m for n, m in pairs if n == name}) > 1 else name for name, mark in pairs]


def _plan_mark(run: FinishedRun) -> str:
    return run.plan_sha256[:8]


def _files_mark(run: FinishedRun) -> str:
    return f"(files {run.media_root[:8]})" if run.media_root else "(files not listed)"


def _predictions_mark(run: FinishedRun) -> str:
    """Runs of one plan may answer otherwise over unlisted files, or where a system is not deterministic."""
    return f"(predictions {run.predictions_sha256[:8]})"


def _media_root(record: Mapping[str, Any], path: Path) -> str | None:
    """The root that ``run.json`` states; None for a run from before files were listed."""
    media = record.get("media")
    root = media.get("merkle_root") if isinstance(media, dict) else None
    if (media is not None and not isinstance(root, str)) or (media is None) != (
        FILES_TABLE not in record["files"]
    ):
        raise HarnessError(f"{path}: run.json does not say which files were read, though it lists {FILES_TABLE}.")
    return root


def _stated(plan: Mapping[str, Any]) -> dict[str, str]:
    """The choices that can distinguish two runs of one system, flat, as short text."""
    flat: dict[str, str] = {}
    options = {"dataset": plan["dataset"]["options"], "model": plan["model"]["options"], "face": plan["face"]}
    leaves = {name: dict(_leaves(found)) for name, found in options.items()}
    times = Counter(key for found in leaves.values() for key in found)
    for name, found in leaves.items():
        for key, value in found.items():
            flat[key if times[key] == 1 else f"{name}.{key}"] = _text(value)
    flat |= {"dataset": _text(plan["dataset"]["name"]), "seed": _text(plan["seed"])}
    more = (
        {key: value for key, value in plan["model"].items() if key not in ("name", "options", "notes", "card")},
        {"labels": plan.get("labels"), "limit": plan["dataset"].get("limit")},
        {
            key: plan.get(key)
            for key in ("precision", "batch_size", "timeout_s", "conditions", "measure", "harness")
        },
    )
    for section in more:
        for key, value in _leaves(section):
            flat.setdefault(key, _text(value))
    return flat


def _leaves(section: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in section.items() if isinstance(section, dict) else ():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _text(value: object) -> str:
    if isinstance(value, dict):  # one of a list, such as a condition
        value = value.get("name", value)
    if value is None:
        return NOTHING
    text = "+".join(map(_text, value)) if isinstance(value, list) else str(value)
    return text[:_HASH_SHOWN] if re.fullmatch("[0-9a-f]{64}", text) else text
