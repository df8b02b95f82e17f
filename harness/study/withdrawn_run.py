"""A finished run without people who have withdrawn: its tables without their rows, measured again.

It is a new folder, written beside its place and moved there when it is whole; the run before stays as it is. The
plan says how many people and samples were withdrawn, and names none of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.attribute_plan import attribute_plan_of
from harness.attributes.grouping import Grouping
from harness.errors import HarnessError
from harness.evidence.media_identity import media_identity
from harness.evidence.names_in_plan import id_columns, plan_hiding
from harness.evidence.pseudonyms import load_pseudonym
from harness.evidence.run_folder import RunFolder
from harness.evidence.run_seconds import recorded_seconds
from harness.evidence.system_files import SECTION as SYSTEM_FILES
from harness.evidence.system_files import recorded_system_files
from harness.evidence.unchanged_evidence import record_of_unchanged
from harness.evidence.whole_folder import require_free, whole_folder
from harness.files import canonical_hash, sha256_bytes, write_bytes, write_json
from harness.models.model import RunSettings, TableModel
from harness.progress import UNSEEN, Share
from harness.scoring.score_run import score
from harness.statistics.power import Assumptions
from harness.study.answer_times import answer_times
from harness.study.assembly import kind_of, open_model
from harness.study.plan_power import power_plan
from harness.study.predict import in_pieces
from harness.study.shared_reasons import with_shared_reasons
from harness.study.training_media import MEDIA
from harness.study.withdrawn_people import read_people, require_untrained, rests_on_others, rows_without
from harness.tables.file_table import FileRead, files_of, files_table
from harness.tables.folds import Fold, folds_document, read_folds
from harness.tables.prediction_pieces import PredictionPieces, write_predictions
from harness.tables.predictions import rows_of
from harness.tables.samples import validate_samples
from harness.tables.versions import read_table, table_bytes, write_table

_NEEDED = ("plan.yaml", "samples.parquet", "predictions.parquet", "folds.json", "files.parquet", "timings.parquet")
_ROWS = ("repeats", "media", "probes", "answers", "timings", "frames")
WRITTEN = 0.15
"""The part of a withdrawal in which tables are written; in the rest of it they are measured."""

_TAKEN = "Give a new folder with --into DIR."
_KEPT_IN_RECORD = ("status", "started", "seconds", "seed", "workers", "environment", "git", SYSTEM_FILES, MEDIA)


@dataclass(frozen=True)
class Withdrawn:
    """A run without those who withdrew.

    Attributes:
        folder: of the new run.
        num_people: who withdrew.
        num_samples: theirs.
        num_left: people who are left.
    """

    folder: RunFolder
    num_people: int
    num_samples: int
    num_left: int


def withdraw(
    path: Path, people_file: Path, into: Path, reason: str, now: datetime, progress: Share = UNSEEN
) -> Withdrawn:
    """Write a finished run without some people.

    Args:
        path: of the run.
        people_file: who withdraw, see `harness.study.withdrawn_people.read_people`.
        into: the folder of the new run, which is absent.
        reason: why, for its record; without names.
        now: the date, with a time zone.
        progress: told of what is measured.

    Raises:
        HarnessError: the run is not finished or was changed; the file names somebody who is not in it; a system
            was trained on them within the study, or combines other runs; the place is taken.
    """
    require_free(into, _TAKEN)
    run = RunFolder(path)
    record = record_of_unchanged(run, _NEEDED)
    plan = run.read_plan().plan
    if rests_on_others(plan):
        raise HarnessError(
            f"{path}: its system combines other runs. Withdraw people from these, and run the fusion again."
        )
    samples = validate_samples(read_table(run / "samples.parquet", "samples").table, rows_independent=True)
    people = read_people(people_file, samples)
    if any(name in reason for name in people):
        raise HarnessError("--reason names somebody who withdraws. Say why without names: it is told in the pack.")
    folds = read_folds(run / "folds.json").folds
    require_untrained(folds, people, path)
    left = rows_without(samples, pa.array(people), "subject_id")
    gone = samples.filter(pc.is_in(samples["subject_id"], value_set=pa.array(people)))
    writing, measuring = progress.split(WRITTEN, 1.0 - WRITTEN)
    with whole_folder(into, _TAKEN) as beside:
        own = RunFolder(beside)
        files = _write_tables(run, own, plan, left, gone)
        write_json(folds_document(_folds_without(folds, people)), own / "folds.json")
        writing.end()
        _measure(own, _plan_without(plan, left, gone, len(people)), record, left, files, reason, now, measuring)
    num_left = len(left["subject_id"].unique())
    return Withdrawn(RunFolder(into), len(people), gone.num_rows, num_left)


def _write_tables(
    run: RunFolder, own: RunFolder, plan: Mapping[str, Any], left: pa.Table, gone: pa.Table
) -> Sequence[FileRead]:
    """Write every table without the rows of those who withdrew; the files that are left."""
    write_bytes(table_bytes(left, "samples"), own / "samples.parquet")
    names = gone["sample_id"].combine_chunks()
    stored = read_table(run / "predictions.parquet", "predictions").table
    write_predictions(_predictions(plan, rows_without(stored, names), left), left, own / "predictions.parquet")
    for name in _ROWS:
        if (run / f"{name}.parquet").is_file():
            rows = rows_without(read_table(run / f"{name}.parquet", name).table, names)
            write_table(rows, name, own / f"{name}.parquet")
    files = _files_without(files_of(read_table(run / "files.parquet", "files").table), left, gone)
    write_table(files_table(files), "files", own / "files.parquet")
    return files


def _predictions(plan: Mapping[str, Any], stored: pa.Table, left: pa.Table) -> list[PredictionPieces]:
    """The answers to the samples that are left, models and conditions in the order of the run."""
    cards = {model["name"]: model["card"] for model in (plan["model"], *plan["baselines"])}
    settings = RunSettings(seed=plan["seed"])
    pairs = dict.fromkeys(zip(stored["model"].to_pylist(), stored["condition"].to_pylist(), strict=True))
    return [
        PredictionPieces(name, condition, partial(in_pieces, _answers(cards[name], rows, left, settings)))
        for name, condition in pairs
        for rows in [rows_of(stored, name, condition)]
    ]


def _answers(card: str, stored: pa.Table, left: pa.Table, settings: RunSettings) -> pa.Table:
    """Those of one model; what looks at all samples, such as the most frequent label, is made again."""
    kind = kind_of(card)
    if not issubclass(kind, TableModel):
        return stored
    if kind.Options.model_fields:  # such as a file of answers
        return with_shared_reasons(stored, left)
    model = open_model(card, {}, settings)
    assert isinstance(model, TableModel)
    return with_shared_reasons(model.predict(left).predictions, left)


def _files_without(files: Sequence[FileRead], left: pa.Table, gone: pa.Table) -> list[FileRead]:
    """The files that were read, without those that only the samples of people who withdrew lie in."""
    own, theirs = ({_stem(uri) for uri in of["uri"].to_pylist() if uri} for of in (left, gone))
    only_theirs = theirs - own
    return [file for file in files if not _lies_in(file.path, only_theirs)]


def _stem(path: str) -> str:
    """Without the extension, as the sound of a film stands beside it."""
    return str(PurePosixPath(path).with_suffix(""))


def _lies_in(path: str, stems: set[str]) -> bool:
    """Whether a file is one of these, or in a folder that is."""
    return _stem(path) in stems or any(str(parent) in stems for parent in PurePosixPath(path).parents)


def _folds_without(folds: Mapping[str, Sequence[Fold]], people: Sequence[str]) -> dict[str, list[Fold]]:
    """Folds without people who were only tested."""
    gone = set(people)
    kept = {
        model: [(fold, tuple(name for name in fold.test_subjects if name not in gone)) for fold in of]
        for model, of in folds.items()
    }
    return {
        model: [
            Fold(fold.name, fold.train_subjects, test, fold.num_train, fold.weights) for fold, test in of if test
        ]
        for model, of in kept.items()
    }


def _plan_without(plan: Mapping[str, Any], left: pa.Table, gone: pa.Table, num_people: int) -> dict[str, Any]:
    """The plan for the samples that are left, in which nobody who withdrew is named."""
    attributes = attribute_plan_of(plan["attributes"], left)
    before = plan["dataset"].get("withdrawn") or {"subjects": 0, "samples": 0}
    power = power_plan(
        left,
        Grouping.of(attributes),
        assumed=Assumptions(**plan["power"]["assumed"]),
        tolerance=plan["measure"]["tolerance"],
        min_subjects=plan["measure"]["min_subjects"],
    )
    dataset = {
        **plan["dataset"],
        "num_samples": left.num_rows,
        "num_subjects": len(left["subject_id"].unique()),
        "samples_sha256": sha256_bytes(table_bytes(left, "samples")),
        "withdrawn": {
            "subjects": before["subjects"] + num_people,
            "samples": before["samples"] + gone.num_rows,
        },
    }
    changed = {**plan, "dataset": dataset, "attributes": attributes, "power": power.plain()}
    hidden = plan_hiding(changed, [id_columns(gone)], load_pseudonym())
    resolved: dict[str, Any] = json.loads(json.dumps(hidden))
    return resolved


def _measure(
    own: RunFolder,
    plan: dict[str, Any],
    record: Mapping[str, Any],
    left: pa.Table,
    files: Sequence[FileRead],
    reason: str,
    now: datetime,
    progress: Share,
) -> None:
    """Write plan, results and record."""
    own.write_plan(plan)
    whole: Mapping[str, Any] = next((one for one in record.get("latency") or () if one.get("axis") is None), {})
    times = answer_times(own, left, plan, whole.get("throughput"))
    system_files = recorded_system_files(record)
    seconds = partial(recorded_seconds, record)
    score(own, started=record["started"], times=times, seconds=seconds, files=system_files, progress=progress)
    own.write_run(
        {
            **{name: record[name] for name in _KEPT_IN_RECORD if name in record},
            "plan_sha256": canonical_hash(plan),
            "media": media_identity(files, simulated=bool(plan["dataset"]["simulated"])),
            "finished": now.isoformat(timespec="seconds"),
            "latency": [asdict(one) for one in times],
            "withdrawal": {"reason": reason, **plan["dataset"]["withdrawn"]},
        }
    )
