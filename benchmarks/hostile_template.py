"""The folders that hostile inputs are tried in: tables, runs, packs, media, reviews, all small and sound.

Everything lies in one template folder, a part per kind; `hostile_targets` says which files of a part are damaged.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, time
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import soundfile as sf
import yaml

from harness.datasets.stress_predict_workbooks import PERIODS
from harness.files import sha256_file

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

POLICY = """\
require:
  - {metric: uar, axis: overall, min: 0.2}
  - {metric: uar, axis: sex, accept: [met, inconclusive, not_tested]}
checks: {must_not_fail: [label_order]}
"""

EMOTIONS = ("anger", "happiness", "neutral")
RATE = 16_000
SESSION_START = 1_644_840_000

MADE_OF = {
    **dict.fromkeys(("killed", "noise", "reviewed"), ("voices",)),
    **dict.fromkeys(("tracked", "arguments", "packed"), ("stored", "tables")),
    "stored": ("tables",),
}
"""Parts that others are made of."""

RUN_VOICES = ("run", "dataset=table", "dataset.root=.", "model=voice_functionals_svm", *QUICK, "out=out")


def write_template(folder: Path, harness: Command, parts: Collection[str]) -> None:
    """Write these parts of the template.

    Args:
        folder: a new one.
        harness: for the runs that are scored, compared and tracked.
        parts: the folders that targets name.
    """
    tables, voices, stored = (folder / part for part in ("tables", "voices", "stored"))
    writers: dict[str, Callable[[Path], None]] = {
        "tables": _write_tables,
        "cards": _write_cards,
        "media": _write_media,
        "wristband": _write_wristband,
        "cremad": _write_cremad,
        "voices": _write_voices,
        "killed": lambda part: _write_killed(part, voices),
        "stored": lambda part: _write_runs(part, tables, harness),
        "tracked": lambda part: _write_database(part, stored, harness),
        "arguments": lambda part: _write_arguments(part, stored),
        "packed": lambda part: _write_pack(part, stored, harness),
        "practice": lambda part: _write_practice(part, harness),
        "noise": lambda part: _write_noise(part, voices),
        "reviewed": lambda part: _write_review(part, voices, harness),
    }
    needed = {*parts, *(source for part in parts for source in MADE_OF.get(part, ()))}
    for part, write in writers.items():
        if part in needed:
            write(folder / part)


def _write_runs(folder: Path, tables: Path, harness: Command) -> None:
    """Two runs of predictions, beside the tables that they were made of."""
    shutil.copytree(tables, folder)
    for out, system in (("run", "acme"), ("other", "peer")):
        command = ("run", *PREDICTIONS, "model.file=preds.csv", f"model.system={system}", f"out={out}")
        assert harness(command, folder) == 0, "the template's run failed"


def _write_database(folder: Path, stored: Path, harness: Command) -> None:
    """The runs beside a database that one of them was sent to."""
    shutil.copytree(stored, folder)
    harness(("track", "run"), folder)  # for its database; a busy machine may take longer than a delivery may
    (folder / "run" / "tracking.json").unlink(missing_ok=True)


def _write_pack(folder: Path, stored: Path, harness: Command) -> None:
    """A pack of a run, and the public key of whoever signed it."""
    (stored / "dossier.yaml").write_text(DOSSIER)
    name = ("--name", "Jo Smith", "--role", "head of laboratory", "--organisation", "ACME")
    assert harness(("keys", "new", "jo", *name), stored) == 0, "the template's key failed"
    pack = ("pack", "run", "--dossier", "dossier.yaml", "--key", "jo", "--into", "evidence")
    assert harness(pack, stored) == 0, "the template's pack failed"
    shutil.copytree(stored, folder)
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "leave.csv").write_text("subject_id\np03\np07\n")
    for made in ("evidence", "jo", "jo.pub", "dossier.yaml"):
        shutil.rmtree(stored / made) if (stored / made).is_dir() else (stored / made).unlink()


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
            "ctx.quality_snr": number % 20 + 1,
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


def _write_practice(folder: Path, harness: Command) -> None:
    """What devices and a reference measured, a watch's scores, a diary, and what the watch's maker discloses."""
    folder.mkdir()
    draw = np.random.default_rng(0)
    measured = [
        {
            "subject": f"p{person}",
            "device": device,
            "situation": situation,
            "beats": int(draw.integers(280, 320)),
            "mean_hr": round(float(draw.normal(70, 5)), 2),
            "rmssd": round(float(draw.uniform(20, 60)), 2),
        }
        for person in range(8)
        for device in ("ecg", "watch")
        for situation in ("sitting", "walking")
    ]
    scores = [
        {
            "subject": f"p{person}",
            "time": 60 * minute,
            "score": "" if minute % 7 == 0 else round(float(draw.uniform(0, 100)), 1),
            "moving": minute % 2,
            "stressor": int(minute > 10),
            "heart_rate": round(float(draw.normal(70, 5)), 1),
        }
        for person in range(8)
        for minute in range(20)
    ]
    diary = [
        {"subject": f"p{person}", "time": 300 * answer + 10}
        | {name: int(draw.integers(1, 8)) for name in ("report", "positive", "negative")}
        for person in range(8)
        for answer in range(4)
    ]
    for name, rows in (("measured", measured), ("scores", scores), ("diary", diary)):
        _write_rows(folder / f"{name}.csv", rows)
        pq.write_table(
            pa.Table.from_pylist([{k: str(v) for k, v in row.items()} for row in rows]), folder / f"{name}.parquet"
        )
        _write_otherwise(folder / name, rows)
    checklist = folder / "checklist.yaml"
    harness(
        ("practice", "wearables", "scores=scores.csv", "checklist=checklist.yaml"), folder
    )  # writes an empty one
    answers = checklist.read_text().replace("disclosed: ???", 'disclosed: "yes"')
    checklist.write_text(answers.replace("???", "somebody"))


def _write_noise(folder: Path, voices: Path) -> None:
    """Voices, and recordings that a condition adds to them."""
    shutil.copytree(voices, folder)
    (folder / "babble").mkdir()
    for number, suffix in enumerate(("wav", "flac", "ogg")):
        sf.write(
            folder / "babble" / f"{number}.{suffix}", np.random.default_rng(number).normal(0, 0.1, RATE), RATE
        )


def _write_review(folder: Path, voices: Path, harness: Command) -> None:
    """A review of a run of voices, and what two people judged."""
    shutil.copytree(voices, folder)
    assert harness(RUN_VOICES, folder) == 0, "the template's run of voices failed"
    drawn = ("review", "sample", "out", "--select", EMOTIONS[0], "--cases", "8", "--into", "review")
    assert harness((*drawn, "dataset.root=."), folder) == 0, "the template's review failed"
    for reviewer in ("R1", "R2"):
        judged = [
            {"case": case, "blind": EMOTIONS[case % 2], "after": EMOTIONS[0], "seconds": 4.5}
            for case in range(1, 7)
        ]
        answers = {
            "schema": 1,
            "review": sha256_file(folder / "review" / "review.json"),
            "reviewer": reviewer,
            "judgements": judged,
        }
        (folder / f"{reviewer}.json").write_text(json.dumps(answers))


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
