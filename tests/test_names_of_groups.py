"""Groups of any name go unharmed through a study, its terminal, report, CSV and MLflow, and a comparison."""

from __future__ import annotations

import csv
import json
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlflow.utils.validation import _validate_metric_name, _validate_param_name
from silent import Silent

from harness.attributes.group import Group
from harness.commands.compare import show_comparison
from harness.commands.study_tables import show_study
from harness.comparison.compare_runs import RunComparison, compare_runs
from harness.report.numbers import MAX_SHOWN_NAME
from harness.report.ranked_gaps import gaps
from harness.scoring.score_run import score
from harness.study.compose import compose_study
from harness.study.run_study import Study, run
from harness.tables.parquet_files import read_parquet
from harness.tracking.tracked_values import metrics, parameters
from harness.wording import printable

NAMES = (
    "a",
    "a - b",
    "b - c",
    "c",
    "rest",
    "all",
    "x,y",
    "x*y",
    "back\\slash",
    'say "yes"',
    "it's; =SUM(A1)",
    "two\nlines\tand a tab",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "[bold]rich[/bold]",
    "\x1b[31mred\u202egnitset",
    ("word " * 200 + "!")[1:],
)
HARMED = ("b - c", "rest", "x*y", "two\nlines\tand a tab")
"""The groups that the system is nearly always wrong for."""

LABELS = ("anger", "happiness")
PEOPLE, CLIPS = 10, 6
AXES = "[town,'quoted, \"name\"',town*side]"


@dataclass(frozen=True)
class Finished:
    """A study of people from towns of all these names, and its system compared with another; what was shown."""

    study: Study
    rows: list[dict[str, Any]]
    shown: str
    page: str
    compared: RunComparison
    comparison: str
    comparison_page: str


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    root = tmp_path_factory.mktemp("names")
    samples = make_samples()
    pq.write_table(pa.Table.from_pylist(samples), root / "samples.parquet")
    studies = [
        study(root, "first", "human_raters", [0.85 if row["attr.town"] in HARMED else 0.1 for row in samples]),
        study(root, "second", "majority", [0.1] * len(samples)),
    ]
    compared = compare_runs([each.folder.path for each in studies], into=root / "compared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "400")  # names are not broken over lines
        with redirect_stdout(StringIO()) as shown:
            show_study(studies[0])
        with redirect_stdout(StringIO()) as comparison:
            show_comparison(compared)
    return Finished(
        studies[0],
        studies[0].results.to_pylist(),
        shown.getvalue(),
        (studies[0].folder / "report.html").read_text(encoding="utf-8"),
        compared,
        comparison.getvalue(),
        (root / "compared" / "comparison.html").read_text(encoding="utf-8"),
    )


def make_samples() -> list[dict[str, Any]]:
    return [
        {
            "sample_id": f"{town}-{person}-{clip}",
            "subject_id": f"{town}-{person}",
            "label": LABELS[clip % 2],
            "votes.anger": 2 - clip % 2,
            "votes.happiness": 1 + clip % 2,
            "attr.town": name,
            "attr.side": ("left*", "left")[person % 2],
            'attr.quoted, "name"': ("yes", "no")[town % 2],
        }
        for town, name in enumerate(NAMES)
        for person in range(PEOPLE)
        for clip in range(CLIPS)
    ]


def study(root: Path, system: str, baseline: str, wrong: list[float]) -> Study:
    """A system that answers each sample wrong with its probability."""
    samples = pq.read_table(root / "samples.parquet")
    is_wrong = np.random.default_rng(len(system)).random(len(wrong)) < wrong
    truth = [LABELS.index(label) for label in samples["label"].to_pylist()]
    answers = [LABELS[(label + flip) % 2] for label, flip in zip(truth, is_wrong, strict=True)]
    pq.write_table(pa.table({"sample_id": samples["sample_id"], "label": answers}), root / f"{system}.parquet")
    choices = f"""dataset=table dataset.root={root} dataset.file=samples.parquet dataset.modality=voice
        dataset.label_source=acted model=predictions model.file={root}/{system}.parquet model.system={system}
        baselines=[{baseline}] measure.resamples=100 measure.permutations=100 measure.gaps=[accuracy]
        measure.min_subjects=6 measure.search_depth=1 tracking.enabled=false workers=0 out={root}/{system}"""
    return run(compose_study([*choices.split(), f"attributes.axes={AXES}"]), Silent())


def as_shown(name: str) -> str:
    """A name as a page or a terminal shows it, on one line: cut, and without what would steer the reader."""
    cut = name if len(name) <= MAX_SHOWN_NAME else f"{name[: MAX_SHOWN_NAME - 1]}…"
    return " ".join(re.sub("[\x1b\u202e]", "\ufffd", cut).split())


def text_of(html: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


@pytest.mark.parametrize("name", NAMES)
def test_every_group_has_its_rows_and_its_values(finished: Finished, name: str) -> None:
    own = [row for row in finished.rows if row["axis"] == "town" and row["group_values"] == [name]]
    assert {row["group"] for row in own} == {name}
    (level,) = [
        row for row in own if (row["model"], row["metric"], row["statistic"]) == ("first", "accuracy", "level")
    ]
    assert level["n_subjects"] == PEOPLE
    against = [row for row in own if (row["versus"], row["versus_values"]) == ("rest", None)]
    assert {(row["model"], row["versus_model"]) for row in against} == {("first", None), ("first", "human_raters")}
    crossed = [
        row for row in finished.rows if row["axis"] == "town*side" and (row["group_values"] or [""])[0] == name
    ]
    assert {tuple(row["group_values"]) for row in crossed} == {(name, "left"), (name, "left*")}
    assert {row["group"] for row in crossed} == {Group.of(name, side).name for side in ("left", "left*")}


@pytest.mark.parametrize("name", NAMES)
def test_the_harmed_groups_and_no_others_are_named_as_worse_off(finished: Finished, name: str) -> None:
    ranked = gaps(finished.study.results, "first")
    said = [gap.worse for gap in ranked if gap.axis == "town" and gap.verdict == "not_met"]
    assert (Group.of(name) in said) == (name in HARMED)
    pair = [
        gap
        for gap in ranked
        if gap.axis == "town" and {gap.worse, gap.than} == {Group.of(name), Group.of("b - c")}
    ]
    assert [gap.worse for gap in pair] == (
        [Group.of("b - c")] if name not in HARMED else [gap.worse for gap in pair]
    )


@pytest.mark.parametrize("name", HARMED)
def test_terminal_report_and_comparison_show_who_is_worse_off(finished: Finished, name: str) -> None:
    assert as_shown(name) in re.sub(r"\s+", " ", finished.shown)
    assert f"{as_shown(name)} than" in text_of(finished.page)
    assert f"{as_shown(name)} (town):" in text_of(finished.page)
    (lines,) = [
        each
        for each in finished.compared.comparison.differences
        if each.scope.axis == "town" and each.scope.group == Group.of(name)
    ]
    assert lines.worse == "first"
    assert as_shown(name) in re.sub(r"\s+", " ", finished.comparison)


@pytest.mark.parametrize("name", NAMES)
def test_pages_show_every_name_and_run_none(finished: Finished, name: str) -> None:
    for page in (finished.page, finished.comparison_page):
        assert as_shown(name) in text_of(page)
        assert "<script" not in page
        assert not set("\x1b\u202e") & set(page)
        assert max(map(len, re.findall(r"\w+(?: \w+)*", text_of(page)))) < 5000


def test_terminals_are_not_steered(finished: Finished) -> None:
    for shown in (finished.shown, finished.comparison):
        assert not set("\x1b\u202e\t") & set(shown)
        assert "[bold]rich[/bold]" in shown
        assert len(shown) < 40_000


@pytest.mark.parametrize("name", NAMES)
def test_csv_gives_every_group_back_but_for_what_a_terminal_would_obey(finished: Finished, name: str) -> None:
    with (finished.study.folder.path / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(finished.rows)
    for as_text, row in zip(rows, finished.rows, strict=True):
        if [name] in (row["group_values"], row["versus_values"]):
            for column in ("group", "versus", "axis"):
                assert as_text[column] == printable(row[column] or "")
            for column in ("attributes", "group_values", "versus_values"):
                texts = json.loads(as_text[column]) if as_text[column] else None
                shown = [text.replace("\u202e", "\ufffd") for text in row[column] or []]
                assert texts == (shown if row[column] is not None else None)  # JSON escapes the others


def test_mlflow_is_told_under_names_that_it_takes(finished: Finished) -> None:
    sent = metrics(finished.study.results, "first")
    assert sent["gap/town/accuracy/max_min"] > 0.5
    assert [key for key in sent if re.fullmatch(r"gap/quoted_ _name_-[0-9a-f]{6}/accuracy/max_min", key)]
    for key in sent:
        _validate_metric_name(key)
    for key in parameters(finished.study.plan):
        _validate_param_name(key)


def test_scoring_again_gives_the_same_results(finished: Finished, tmp_path: Path) -> None:
    score(finished.study.folder, tmp_path)
    assert read_parquet(tmp_path / "results.parquet").equals(finished.study.results)
