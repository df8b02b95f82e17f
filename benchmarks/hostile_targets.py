"""What hostile inputs are tried on: small folders, the files that are damaged, and commands that read them.

Everything lies in one template folder. A case works in a copy of its target's part, so paths are relative to it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import rfc8785
import soundfile as sf
import yaml

from harness.datasets.stress_predict_workbooks import PERIODS
from harness.files import canonical_hash, sha256_file

Command = Callable[[Sequence[str], Path], int]
"""Runs ``harness`` with arguments in a folder; the exit code."""

QUICK = (
    *("tracking.enabled=false", "workers=0", "baselines=[majority]"),
    *("measure.resamples=100", "measure.permutations=100", "measure.search_depth=0"),
)
TABLE = ("dataset=table", "dataset.root=data", "dataset.modality=face", "dataset.label_source=acted")
PEOPLE = ("attributes.file=people.csv", "attributes.sources={sex: self_report, tone: observer}")
PREDICTIONS = (*TABLE, *PEOPLE, *QUICK, "model=predictions")
OTHERS = ("json", "jsonl", "xlsx", "tsv")
"""What is also read wherever a table is, beside CSV and Parquet."""

DOSSIER = """\
purpose:
  statement: Shows how visitors of a museum feel about exhibits, as an average per hour.
  infers: emotion
  domain: entertainment
  deployer: museums
  exposed: visitors in front of an exhibit, who are told by a sign
  exposed_people: [public]
"""

EMOTIONS = ("anger", "happiness", "neutral")
RATE = 16_000
SESSION_START = 1_644_840_000


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
RUN_VOICES = ("run", "dataset=table", "dataset.root=.", "model=voice_functionals_svm", *QUICK, "out=out")
STORED = ("run/plan.yaml", "run/run.json", "run/folds.json", "run/*.parquet")
BOTH = (*STORED, *(name.replace("run/", "other/") for name in STORED))
SCORE = (("score", "run"), ("score", "run", "--into", "again"))
COMPARE = (("compare", "run", "other", "--into", "compared"), ("compare", "other", "run", "--into", "compared"))
TRACK = ("track", "run")
SENT = (*TRACK, "--timeout", "1")
"""All files are read before anything is sent, and the sender takes longer than a second to start."""

PACKED = ("evidence/*.*", "evidence/*/*.*")
VERIFY = ("verify", "evidence", "--key", "jo.pub")

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
    "track, database": Target("stored", ("home/*.db", "home/*/*"), (TRACK,), 0.2),
    "check, sounds": Target(
        "media", ("*.wav", "*.flac", "*.ogg", "*.mp3"), (("check", "dataset", "table", "root=."),), 8
    ),
    "check, pictures": Target(
        "media", ("*.png", "*.jpg", "*.bmp", "*.webp"), (("check", "dataset", "table", "root=."),), 8
    ),
    "check, films": Target("media", ("*.mp4", "*.avi"), (("check", "dataset", "table", "root=."),), 2),
    "check, recordings": Target("media", ("rec.*",), (("check", "dataset", "table", "root=."),), 5),
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


def write_template(folder: Path, harness: Command) -> None:
    """Write every target's part of the template.

    Args:
        folder: a new one.
        harness: for the runs that are scored, compared and tracked.
    """
    _write_tables(folder / "tables")
    _write_cards(folder / "cards")
    _write_media(folder / "media")
    _write_wristband(folder / "wristband")
    _write_cremad(folder / "cremad")
    _write_voices(folder / "voices")
    _write_killed(folder / "killed", folder / "voices")
    stored = folder / "stored"
    shutil.copytree(folder / "tables", stored)
    for out, system in (("run", "acme"), ("other", "peer")):
        command = ("run", *PREDICTIONS, "model.file=preds.csv", f"model.system={system}", f"out={out}")
        assert harness(command, stored) == 0, "the template's run failed"
    harness(("track", "run"), stored)  # for its database; a busy machine may take longer than a delivery may
    (stored / "run" / "tracking.json").unlink(missing_ok=True)
    _write_arguments(folder / "arguments", stored)
    _write_pack(folder / "packed", stored, harness)


def _write_pack(folder: Path, stored: Path, harness: Command) -> None:
    """A pack of a run, and the public key of whoever signed it."""
    (stored / "dossier.yaml").write_text(DOSSIER)
    name = ("--name", "Jo Smith", "--role", "head of laboratory", "--organisation", "ACME")
    assert harness(("keys", "new", "jo", *name), stored) == 0, "the template's key failed"
    pack = ("pack", "run", "--dossier", "dossier.yaml", "--key", "jo", "--into", "evidence")
    assert harness(pack, stored) == 0, "the template's pack failed"
    for made in ("evidence", "jo", "jo.pub", "dossier.yaml"):
        folder.mkdir(exist_ok=True)
        shutil.move(stored / made, folder / made)


def files_of(target: Target, case: Path) -> list[Path]:
    """The files of a case that may be damaged."""
    return sorted({path for pattern in target.files for path in case.glob(pattern) if path.is_file()})


def _write_arguments(folder: Path, stored: Path) -> None:
    """Command lines, one argument in each line, beside what they name."""
    shutil.copytree(stored, folder)
    for arguments in (
        ("run", *PREDICTIONS, "model.file=preds.csv", "labels.merge={anger: neutral}", "out=out"),
        ("plan", *TABLE, *PEOPLE, "power.icc=0.2", "measure.tolerances={uar: 0.1}", "attributes.axes=[sex,tone]"),
        ("check", "dataset", "table", "root=data", "modality=face", "label_source=acted"),
        ("score", "run", "--into", "again"),
        (
            "compare",
            "run",
            "other",
            "--into",
            "compared",
            "--on",
            "sample_id",
            "--tolerance",
            "0.1",
            "--seed",
            "1",
        ),
        ("track", "run", "--uri", "http://127.0.0.1:9/", "--experiment", "mine"),
        ("show", "dataset", "ravdess"),
        ("attributes", "template", *TABLE, "--out", "new.csv"),
    ):
        (folder / f"{arguments[0]}.txt").write_text("".join(f"{argument}\n" for argument in arguments))


def _write_tables(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    draw = np.random.default_rng(0)
    rows = list(_samples(draw))
    _write_rows(folder / "data" / "samples.csv", rows)
    pq.write_table(pa.Table.from_pylist(rows), folder / "data" / "samples.parquet")
    predictions = list(_predictions(rows, draw))
    _write_rows(folder / "preds.csv", predictions)
    pq.write_table(pa.Table.from_pylist(predictions), folder / "preds.parquet")
    _write_otherwise(folder / "data" / "samples", rows)
    _write_otherwise(folder / "preds", predictions)
    people = [
        {"subject_id": f"p{p:02}", "sex": "fm"[p % 2], "age": 20 + 3 * p, "tone": ("light", "dark")[p // 6]}
        for p in range(12)
    ]
    _write_rows(folder / "people.csv", people)
    pq.write_table(pa.Table.from_pylist(people), folder / "people.parquet")
    _write_otherwise(folder / "people", people)
    for kind, options in (
        ("dataset", {"root": "data", "modality": "face", "label_source": "acted", "name": "table"}),
        ("model", {"file": "preds.csv", "name": "predictions", "system": "acme-2.1"}),
    ):
        path = folder / "configs" / kind / "mine.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(yaml.safe_dump(options))


def _samples(draw: np.random.Generator) -> Iterator[dict[str, object]]:
    for number in range(72):
        yield {
            "sample_id": f"{number:03}.png",
            "uri": f"{number:03}.png",
            "subject_id": f"p{number // 6:02}",
            "label": EMOTIONS[number % 3],
            "split": "test",
            "valence": round(float(draw.uniform(-1, 1)), 3),
            "votes.anger": int(draw.integers(5)),
            "votes.neutral": int(draw.integers(5)),
            "ctx.light": ("day", "night")[number % 2],
        }


def _predictions(rows: Sequence[dict[str, object]], draw: np.random.Generator) -> Iterator[dict[str, object]]:
    for row in rows:
        scores = np.round(draw.dirichlet(np.ones(3) + 2 * np.array([e == row["label"] for e in EMOTIONS])), 4)
        scores[0] = 1 - scores[1:].sum()
        yield {
            "sample_id": row["sample_id"],
            "label": EMOTIONS[int(scores.argmax())],
            **{f"score.{name}": float(score) for name, score in zip(EMOTIONS, scores, strict=True)},
            "valence": 0.5,
        }


def _write_rows(path: Path, rows: Sequence[dict[str, object]]) -> None:
    path.write_text("".join(",".join(map(str, cells)) + "\n" for cells in _with_header(rows)))


def _write_otherwise(path: Path, rows: Sequence[dict[str, object]]) -> None:
    """The same table in every format of `OTHERS`."""
    path.with_suffix(".json").write_text(json.dumps(rows))
    path.with_suffix(".jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    path.with_suffix(".tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in _with_header(rows)))
    book = openpyxl.Workbook()
    for row in _with_header(rows):
        book.active.append(row)
    book.save(path.with_suffix(".xlsx"))


def _with_header(rows: Sequence[dict[str, object]]) -> Iterator[list[object]]:
    yield from ([*rows[0]], *([*row.values()] for row in rows))


def _write_cards(folder: Path) -> None:
    root = Path(__file__).resolve().parents[1]
    for kind, name in (("datasets", "ravdess"), ("models", "fer_mini_xception")):
        target = folder / "cards" / kind / "mine"
        shutil.copytree(root / kind / name, target)
        card = (target / "card.yaml").read_text().replace(f"name: {name}", "name: mine", 1)
        (target / "card.yaml").write_text(card)


def _write_media(folder: Path) -> None:
    folder.mkdir()
    tone = 0.1 * np.sin(np.arange(RATE) / 20)
    picture = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    for suffix in ("wav", "flac", "ogg", "mp3"):
        sf.write(folder / f"sound.{suffix}", tone, RATE)
    sf.write(folder / "float.wav", tone, RATE, subtype="FLOAT")
    for suffix in ("png", "jpg", "bmp", "webp"):
        cv2.imwrite(str(folder / f"picture.{suffix}"), picture)
    for suffix, codec in (("mp4", "mp4v"), ("avi", "MJPG")):
        writer = cv2.VideoWriter(str(folder / f"film.{suffix}"), cv2.VideoWriter_fourcc(*codec), 30, (64, 48))
        for _ in range(9):
            writer.write(picture)
        writer.release()
    signals = pa.table(
        {"time_s": np.arange(256) / 64, "bvp": np.sin(np.arange(256) / 9), "eda": np.full(256, 0.5)}
    )
    pyarrow.csv.write_csv(signals, folder / "rec.csv")
    pq.write_table(signals, folder / "rec.parquet")
    modality = {"rec": "wearable", "film": "face", "picture": "face"}
    rows = [
        {
            "uri": path.name,
            "subject_id": f"p{number}",
            "label": "neutral",
            "modality": modality.get(path.stem, "voice"),
            "label_source": "acted",
        }
        for number, path in enumerate(sorted(folder.iterdir()))
    ]
    _write_rows(folder / "samples.csv", rows)


def _write_wristband(folder: Path) -> None:
    raw = folder / "Raw_data" / "S01"
    raw.mkdir(parents=True)
    for file, rate, row in (
        ("BVP.csv", 64, "1.5"),
        ("EDA.csv", 4, "0.3"),
        ("TEMP.csv", 4, "33.1"),
        ("HR.csv", 1, "71.2"),
        ("ACC.csv", 32, "3,-12,62"),
    ):
        cells = len(row.split(","))
        head = [",".join([str(value)] * cells) for value in (SESSION_START, rate)]
        (raw / file).write_text("\n".join([*head, *[row] * (rate * 700)]) + "\n")
    beats = "\n".join(f"{second},0.8" for second in range(1, 600))
    (raw / "IBI.csv").write_text(f"{SESSION_START}, IBI\n{beats}\n")
    (raw / "tags_S01.csv").write_text(f"{SESSION_START + 60}\n{SESSION_START + 360}\n")
    (folder / "Processed_data").mkdir()
    _write_log(folder / "Processed_data" / "Time_logs.xlsx")
    scores = openpyxl.Workbook()
    for name in ("STAI Score", "PSS Score"):
        page = scores.create_sheet(name)
        for row in ([None, "S01", None], [], [None, "Before", "After"], [1, 1, 2], [2, 2, 2], ["Total", 3, 4]):
            page.append(row)
    scores.save(folder / "Processed_data" / "Questionnaires_scores.xlsx")


def _write_log(path: Path) -> None:
    book = openpyxl.Workbook()
    titles = ["S. ID.", "Session ID", "Start time", "End time"]
    for title in PERIODS.values():
        titles += [title, ""]
    book.active.append([*titles, "Date"])
    book.active.append([])
    row: list[object] = ["S01", 1, time(12, 0), time(12, 12)]
    for name in PERIODS:
        row += [time(12, 1), time(12, 6)] if name == "stroop" else [None, None]
    book.active.append([*row, datetime(2022, 2, 14)])
    book.save(path)


def _write_cremad(folder: Path) -> None:
    (folder / "processedResults").mkdir(parents=True)
    (folder / "SentenceFilenames.csv").write_text(
        '"Stimulus_Number","Filename"\n1,"1001_IEO_ANG_HI"\n2,"1002_DFA_NEU_XX"\n'
    )
    (folder / "VideoDemographics.csv").write_text(
        '"ActorID","Age","Sex","Race","Ethnicity"\n1001,51,"Male","Caucasian","Not Hispanic"\n'
        '1002,21,"Female","Asian","Not Hispanic"\n'
    )
    for name in ("tabulatedVotes", "summaryTable"):
        (folder / "processedResults" / f"{name}.csv").write_text(
            '"","A","D","F","H","N","S","fileName","numResponses"\n100001,8,0,0,0,2,0,"1001_IEO_ANG_HI",10\n'
            '200001,1,0,0,0,9,0,"1002_DFA_NEU_XX",10\n'
        )


def _write_voices(folder: Path) -> None:
    folder.mkdir()
    draw = np.random.default_rng(0)
    rows = []
    for number in range(12):
        name, label = f"{number}.wav", EMOTIONS[number % 2]
        pitch = 20 if number % 2 else 35
        sf.write(
            folder / name, 0.1 * np.sin(np.arange(RATE // 2) / pitch) + draw.normal(0, 0.001, RATE // 2), RATE
        )
        source = {"modality": "voice", "label_source": "acted"}
        rows.append({"uri": name, "subject_id": f"p{number // 3}", "label": label} | source)
    _write_rows(folder / "samples.csv", rows)


def _write_killed(folder: Path, voices: Path) -> None:
    """A run that was killed when all was answered and nothing measured, so that its journal is whole."""
    shutil.copytree(voices, folder)
    code = (
        "import os, harness.study.run_study as flow, harness.commands.main as command\n"
        "flow.score = lambda *_, **__: os._exit(0)\n"
        "command.main()\n"
    )
    environment = {**os.environ, "HARNESS_HOME": str(folder / "home"), "HARNESS_CARDS": ""}
    subprocess.run(
        [sys.executable, "-c", code, *RUN_VOICES], cwd=folder, env=environment, check=True, capture_output=True
    )
    assert any((folder / "out" / ".journal").rglob("shard-*.parquet")), "the template's run left no journal"


def set_surroundings(case: Path) -> None:
    """The environment of a case: its own data folder, and the cards that lie in it."""
    os.environ["HARNESS_HOME"] = str(case / "home")
    os.environ["HARNESS_CARDS"] = str(case / "cards") if (case / "cards").is_dir() else ""
    os.chdir(case)
