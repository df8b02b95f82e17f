"""What hostile inputs are tried on: the files that are damaged, and commands that read them.

A case works in a copy of its target's part of the template (`hostile_template`), so paths are relative to it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import rfc8785
import yaml
from hostile_template import OTHERS, PEOPLE, PREDICTIONS, QUICK, RUN_VOICES, TABLE

from harness.files import canonical_hash, sha256_file


@dataclass(frozen=True)
class Target:
    """One way in.

    Attributes:
        folder: the part of the template that is copied.
        files: patterns of the files that are damaged, one in each case.
        argument_lists: the commands; one is drawn in each case. ``@FILE`` stands for the lines of a file.
        share: how often it is drawn.
        mend: afterwards, so that damage is not only found by its hash.
        must_notice: whether a command that succeeds has failed, if the file has other bytes than before.
    """

    folder: str
    files: tuple[str, ...]
    argument_lists: tuple[tuple[str, ...], ...]
    share: float
    mend: Callable[[Path], None] | None = None
    must_notice: bool = False


def mend_manifest(case: Path) -> None:
    """State sizes and hashes of the files as they are now in the manifest of a pack, and remove signatures."""
    pack = case / "evidence"
    try:
        document = json.loads((pack / "manifest.json").read_text())
        for file in document["files"]:
            path = pack / file["path"]
            if path.is_file() and not path.is_symlink() and path.stat().st_size < 2**30:
                file |= {"bytes": path.stat().st_size, "sha256": sha256_file(path)}
        (pack / "manifest.json").write_bytes(rfc8785.dumps(document))
        shutil.rmtree(pack / "signatures")
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return  # then it stays as damaged as it is


def mend_hashes(case: Path) -> None:
    """State the hashes of the files as they are now in ``run.json`` and ``plan.yaml`` of both runs."""
    for run in (case / "run", case / "other"):
        _mend_hashes(run)


def _mend_hashes(run: Path) -> None:
    try:
        document = yaml.safe_load((run / "plan.yaml").read_text())
        document["sha256"] = canonical_hash(document["plan"])
        (run / "plan.yaml").write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
        record = json.loads((run / "run.json").read_text())
        for name in record["files"]:
            if (run / name).is_file() and not (run / name).is_symlink() and (run / name).stat().st_size < 2**30:
                record["files"][name] = sha256_file(run / name)
        (run / "run.json").write_text(json.dumps(record))
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError, yaml.YAMLError):
        return  # then it stays as damaged as it is


def reopen(case: Path) -> None:
    """An interrupted run: everything is there but ``run.json`` and what is computed."""
    for name in ("run.json", "results.parquet", "results.csv", "curves.parquet", "report.html"):
        (case / "run" / name).unlink(missing_ok=True)


RUN_CSV = ("run", *PREDICTIONS, "model.file=preds.csv", "out=out")
AGAIN = ("run", *PREDICTIONS, "model.file=preds.csv", "model.system=acme", "out=run")
RUN_PARQUET = ("run", *PREDICTIONS, "model.file=preds.parquet", "dataset.file=samples.parquet", "out=out")
STORED = ("run/plan.yaml", "run/run.json", "run/folds.json", "run/*.parquet")
BOTH = (*STORED, *(name.replace("run/", "other/") for name in STORED))
SCORE = (("score", "run"), ("score", "run", "--into", "again"))
COMPARE = (("compare", "run", "other", "--into", "compared"), ("compare", "other", "run", "--into", "compared"))
TRACK = ("track", "run")
SENT = (*TRACK, "--timeout", "1")
"""All files are read before anything is sent, and the sender takes longer than a second to start."""

PACKED = ("evidence/*.*", "evidence/*/*.*")
SIGNED = ("--key", "jo.pub")
VERIFY = ("verify", "evidence", *SIGNED)
PACK = ("pack", "run", "--dossier", "dossier.yaml", "--key", "jo", "--into", "new")
NOISY = (*RUN_VOICES, "conditions=[clean,voice/babble@3]", "condition_files={voice/babble: babble}")

QUALITY = ("plan", "dataset=table", "dataset.root=.", "attributes.estimate=[signal_quality]")

DEVICES = ("practice", "wearables", "out=out")
MEASURED = (*DEVICES, "reference=ecg")
SCORED = (
    *(*DEVICES, "checklist=checklist.yaml", "columns.moving=moving", "columns.stressor=stressor"),
    *("columns.report=report", "columns.positive=positive", "columns.negative=negative", "stress_from=60"),
    *("columns.documented=[heart_rate]", "align_s=60"),
)
ANY_TABLE = ("csv", "parquet", *OTHERS)

TEMPLATES = (
    ("attributes", "template", "data", "--out", "new.csv"),
    ("attributes", "template", "run", "--out", "new.csv"),
    ("attributes", "template", *TABLE, *PEOPLE, "--out", "new.csv"),
)

TARGETS: dict[str, Target] = {
    "run, tables in CSV": Target("tables", ("data/samples.csv", "preds.csv", "people.csv"), (RUN_CSV,), 16),
    "run, tables in Parquet": Target("tables", ("data/samples.parquet", "preds.parquet"), (RUN_PARQUET,), 10),
    "run, other tables": Target(
        "tables", ("preds.[jtx]*",), tuple((*RUN_CSV, f"model.file=preds.{s}") for s in OTHERS), 8
    ),
    "run, samples in other tables": Target(
        "tables", ("data/samples.[jtx]*",), tuple((*RUN_CSV, f"dataset.file=samples.{s}") for s in OTHERS), 8
    ),
    "plan, people in other tables": Target(
        "tables",
        ("people.[jptx]*",),
        tuple(("plan", *TABLE, *PEOPLE, f"attributes.file=people.{s}") for s in (*OTHERS, "parquet")),
        8,
    ),
    "attributes": Target(
        "stored", ("data/samples.csv", "people.csv", "run/*.parquet", "run/*.yaml"), TEMPLATES, 5
    ),
    "plan": Target("tables", ("data/samples.csv", "people.csv"), (("plan", *TABLE, *PEOPLE),), 8),
    "run, configs": Target(
        "tables",
        ("configs/dataset/mine.yaml", "configs/model/mine.yaml"),
        (("run", "--config-dir", "configs", "dataset=mine", "model=mine", *QUICK, "out=out"),),
        4,
    ),
    "cards": Target(
        "cards",
        ("cards/datasets/mine/*", "cards/models/mine/*"),
        (("list", "datasets"), ("list", "models"), ("show", "dataset", "mine"), ("show", "model", "mine")),
        6,
    ),
    "run, a repeated run": Target("stored", STORED, (AGAIN,), 4),
    "run, an interrupted run": Target("stored", STORED, (AGAIN,), 4, reopen),
    "score": Target("stored", STORED, SCORE, 4),
    "score, hashes made to fit": Target("stored", STORED, SCORE, 12, mend_hashes),
    "compare": Target("stored", BOTH, COMPARE, 3),
    "compare, hashes made to fit": Target("stored", BOTH, COMPARE, 8, mend_hashes),
    "verify": Target("packed", PACKED, (VERIFY,), 6, must_notice=True),
    "verify, hashes made to fit": Target("packed", PACKED, (("verify", "evidence"),), 6, mend_manifest),
    "track": Target("stored", STORED, (SENT,), 1),
    "track, hashes made to fit": Target("stored", (*STORED, "run/report.html"), (SENT,), 2, mend_hashes),
    "track, database": Target("tracked", ("home/*.db", "home/*/*"), (TRACK,), 0.2),
    "check, sounds": Target(
        "media", ("*.wav", "*.flac", "*.ogg", "*.mp3"), (("check", "dataset", "table", "root=."),), 8
    ),
    "check, pictures": Target(
        "media", ("*.png", "*.jpg", "*.bmp", "*.webp"), (("check", "dataset", "table", "root=."),), 8
    ),
    "check, films": Target("media", ("*.mp4", "*.avi"), (("check", "dataset", "table", "root=."),), 2),
    "check, recordings": Target("media", ("rec.*",), (("check", "dataset", "table", "root=."),), 5),
    "plan, quality of signals": Target("media", ("*.*",), (QUALITY,), 6),
    "check, wristbands": Target(
        "wristband",
        ("Raw_data/S01/*", "Processed_data/*.xlsx"),
        (("check", "dataset", "stress_predict", "root=."),),
        8,
    ),
    "check, tables of a corpus": Target(
        "cremad", ("*.csv", "processedResults/*"), (("check", "dataset", "cremad", "root=."),), 4
    ),
    "command lines": Target(
        "arguments",
        ("*.txt",),
        tuple(
            (f"@{name}.txt",)
            for name in ("run", "plan", "check", "score", "compare", "track", "show", "attributes")
        ),
        4,
    ),
    "practice, devices": Target(
        "practice", ("measured.*",), tuple((*MEASURED, f"measurements=measured.{s}") for s in ANY_TABLE), 5
    ),
    "practice, scores": Target(
        "practice",
        ("scores.*", "checklist.yaml"),
        tuple((*SCORED, "questionnaires=diary.csv", f"scores=scores.{s}") for s in ANY_TABLE),
        3,
    ),
    "practice, diaries": Target(
        "practice",
        ("diary.*",),
        tuple((*SCORED, "scores=scores.csv", f"questionnaires=diary.{s}") for s in ANY_TABLE),
        3,
    ),
    "review": Target(
        "reviewed", ("review/*", "R1.json"), (("review", "score", "review", "R1.json", "R2.json"),), 8
    ),
    "review, a run": Target(
        "reviewed",
        ("out/*.yaml", "out/*.json", "out/*.parquet", "*.wav"),
        (("review", "sample", "out", "--select", "anger", "--cases", "8", "--into", "new", "dataset.root=."),),
        4,
    ),
    "pack": Target("packed", ("dossier.yaml", "jo", *STORED), (PACK,), 5),
    "gate": Target(
        "packed", ("policy.yaml", "jo.pub"), (("gate", "evidence", "--policy", "policy.yaml", *SIGNED),), 4
    ),
    "reproduce, hashes made to fit": Target(
        "packed",
        ("evidence/run/*.yaml", "evidence/run/*.json", "people.csv"),
        (
            (
                "reproduce",
                "evidence",
                "dataset.root=data",
                "model.file=preds.csv",
                "attributes.file=people.csv",
                "--into",
                "again",
            ),
        ),
        2,
        mend_manifest,
    ),
    "withdraw": Target(
        "packed",
        ("leave.csv", *STORED),
        (("withdraw", "run", "leave.csv", "--reason", "asked", "--into", "left"),),
        4,
    ),
    "run, recordings of a condition": Target("noise", ("babble/*",), (NOISY,), 2),
    "run, a killed run": Target(
        "killed", ("out/.journal/files.jsonl", "out/.journal/**/*.parquet"), (RUN_VOICES,), 4
    ),
    "run, voices": Target(
        "voices",
        ("*.wav", "samples.csv"),
        (RUN_VOICES,),
        1,
    ),
}


def files_of(target: Target, case: Path) -> list[Path]:
    """The files of a case that may be damaged."""
    return sorted({path for pattern in target.files for path in case.glob(pattern) if path.is_file()})
