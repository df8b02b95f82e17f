"""What a practice test writes, and that hostile names stay text."""

from __future__ import annotations

import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import pyarrow.parquet
import pytest
import yaml
from pydantic import BaseModel
from silent import Silent

from harness.errors import HarnessError
from harness.practice_tests.observed import Observed
from harness.practice_tests.practice_folder import RECORDED, run_practice
from harness.practice_tests.practice_interface import (
    Figure,
    PracticeOptions,
    PracticeResult,
    PracticeTable,
    PracticeTest,
    Said,
    Section,
)
from harness.practice_tests.practice_words import PracticeWords
from harness.practice_tests.questions import Question, answered
from harness.practice_tests.reasons import reason
from harness.practice_tests.summary_page import summary_page
from harness.statistics.intervals import Interval
from harness.tables.results import Result

HOSTILE = "<script>alert(1)</script>"
WORDS = {
    "title": "A test",
    "headings": {"part": "Part {name}"},
    "sentences": {"tested": "Of {name}.", "limit": "Not {name}."},
    "captions": {"table": "Table"},
    "verdicts": {"error": {"not_met": "{model} is off by {value:percent}.", "met": "{model} keeps to it."}},
}


class Made(PracticeTest[PracticeOptions]):
    """Of given rows."""

    folder: ClassVar[Path]

    @property
    def words(self) -> Path:
        return self.folder

    def observe(self, options: PracticeOptions, out: Path, observer: object) -> Observed:
        return Observed({}, {}, ["Jo Smith"])

    def measure(self, observed: Observed, options: PracticeOptions) -> PracticeResult:
        columns = {"dataset": "d", "n_samples": 3, "n_subjects": 2, "n_unscored": 0}
        asked = [
            Question(
                "error",
                0.1,
                "lower",
                lambda _: (0.3, Interval(0.2, 0.4, "t")),
                columns={**columns, "model": model},
            )
            for model in (HOSTILE, "b")
        ]
        level = Result(metric="x", value=1.5, lo=1.0, hi=2.0, kind="practice", model="b", **columns)
        nothing = Result(metric="y", value=None, kind="practice", model="b", **columns)
        table = PracticeTable(Said("table"), ("name", "value"), [["a", Figure(level)], ["b", Figure(nothing)]])
        section = Section(Said("part", {"name": HOSTILE}), [], [table])
        rows = [*answered(asked, 0.95, self.progress), level, nothing]
        return PracticeResult(rows, [Said("tested", {"name": "b"})], [section], [Said("limit", {"name": 2})])


@pytest.fixture
def made(tmp_path: Path) -> Made:
    for language in ("en", "nl"):
        (tmp_path / f"made.{language}.yaml").write_text(yaml.safe_dump(WORDS))
    Made.folder = tmp_path
    return Made("made")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_rows_record_and_a_page_per_language(made: Made, tmp_path: Path) -> None:
    out, _ = run_practice(made, PracticeOptions(out=tmp_path / "out", seed=5), Silent())
    assert {path.name for path in out.iterdir()} == {
        *("results.parquet", "results.csv", "practice.json", "summary.en.html", "summary.nl.html"),
        *("observed", "people.json"),
    }
    assert pyarrow.parquet.read_table(out / "results.parquet")["metric"].to_pylist() == [
        "error",
        "error",
        "x",
        "y",
    ]
    record = json.loads((out / "practice.json").read_text())
    assert record["options"] == {"level": 0.95, "seed": 5}
    assert record.keys() == RECORDED
    assert [(one["line"], one["model"], one["verdict"]) for one in record["verdicts"]] == [
        (1, HOSTILE, "not_met"),
        (2, "b", "not_met"),
    ]
    page = Tags()
    page.feed((out / "summary.en.html").read_text())
    assert "script" not in page.tags
    assert HOSTILE in page.text
    assert "b is off by 30\N{NO-BREAK SPACE}%." in page.text
    assert "1.5001.000 to 2.000" in page.text.replace("\n", "")
    assert "fault: 2" in page.text
    dutch = (out / "summary.nl.html").read_text()
    assert '<html lang="nl">' in dutch
    assert "1,500" in dutch
    assert "http" not in dutch.replace("http-equiv", "")


class Watching(Silent):
    """Remembers stages, and the shares of the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.stages: list[str] = []
        self.shares: list[float] = []

    def stage(self, text: str) -> None:
        self.stages.append(text)
        self.shares.clear()

    def share(self, done: float) -> None:
        self.shares.append(done)


def test_it_is_told_what_is_measured(made: Made, tmp_path: Path) -> None:
    observer = Watching()
    run_practice(made, PracticeOptions(out=tmp_path / "out"), observer)
    assert observer.stages == ["reading", "measuring"]
    assert observer.shares == [0.5, 1.0]  # two questions


def test_a_finished_test_is_not_overwritten(made: Made, tmp_path: Path) -> None:
    options = PracticeOptions(out=tmp_path / "out")
    run_practice(made, options, Silent())
    with pytest.raises(HarnessError, match="holds a finished practice test"):
        run_practice(made, options, Silent())
    (tmp_path / "file").write_text("")
    with pytest.raises(HarnessError, match="this is a file"):
        run_practice(made, PracticeOptions(out=tmp_path / "file"), Silent())


class Given(PracticeOptions):
    """Options that name a file, a folder, several files and nothing, one of them in a section."""

    class Part(BaseModel):
        table: Path | None = None

    scores: Path | None = None
    root: Path | None = None
    part: Part = Part()
    answers: tuple[Path, ...] = ()


def test_what_it_rests_on_and_what_it_wrote_can_be_recognised(made: Made, tmp_path: Path) -> None:
    table = tmp_path / "scores.csv"
    table.write_text("a,b\n")
    study = tmp_path / "out" / "studies" / "acme" / "voice"
    study.mkdir(parents=True)
    (study / "run.json").write_text("{}")
    options = Given(out=tmp_path / "out", scores=table, root=tmp_path, part=Given.Part(table=table))
    options = options.model_copy(update={"answers": (table, tmp_path / "absent", table)})
    out, _ = run_practice(made, options, Silent())
    record = json.loads((out / "practice.json").read_text())
    digest = hashlib.sha256(b"a,b\n").hexdigest()
    assert record["inputs"] == dict.fromkeys(("scores", "part.table", "answers.1", "answers.3"), digest)
    assert record["studies"] == {"studies/acme/voice": hashlib.sha256(b"{}").hexdigest()}
    assert set(record["files"]) == {
        *("observed/facts.json", "results.parquet", "results.csv", "summary.en.html", "summary.nl.html"),
    }
    for name, found in record["files"].items():
        assert found == hashlib.sha256((out / name).read_bytes()).hexdigest()


@pytest.mark.parametrize(("num", "folded"), [(6, False), (7, True)])
def test_many_questions_that_were_not_tested_are_folded(tmp_path: Path, num: int, folded: bool) -> None:
    """The page stays one of what was found; every sentence is on it."""
    verdicts = {"error": {"not_tested": "{model} was not tested ({reason}).", "met": "{model} keeps to it."}}
    (tmp_path / "own.nl.yaml").write_text(yaml.safe_dump({"title": "Own", "verdicts": verdicts}))
    columns = {"dataset": "d", "n_samples": 3, "n_subjects": 2, "n_unscored": 0}
    asked = [
        Question("error", 0.1, "lower", None, reason("no_votes"), {**columns, "model": f"m{number}"})
        for number in range(num)
    ]
    kept = Question(
        "error", 0.1, "lower", lambda _: (0.0, Interval(0.0, 0.05, "t")), None, {**columns, "model": "k"}
    )
    result = PracticeResult(answered([*asked, kept], 0.95), [], [], [])
    page = summary_page(result, PracticeWords("own", tmp_path, "nl")).decode()
    before, _, after = page.partition("<details>")
    assert bool(after) == folded
    assert "k keeps to it." in before
    where = after if folded else before
    assert all(
        f"m{number} was not tested (niemand heeft deze opnames beoordeeld)." in where for number in range(num)
    )
    assert f"niet getest: {num}" in page
