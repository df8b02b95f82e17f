"""A sweep: a header per study, and an overview of all."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from harness.commands.sweep import Ended, read_ended, show_overview

COMMAND = [
    *(sys.executable, "-m", "harness.commands.main", "run", "-m", "dataset=simulated_wearables"),
    *("dataset.subjects=4", "tracking.enabled=false", "measure.resamples=100", "measure.permutations=100"),
]


def test_a_sweep_ends_with_an_overview(tmp_path: Path) -> None:
    swept = subprocess.run(
        [*COMMAND, "model=majority,voice_functionals_svm", "attributes.axes=[sex,age]"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
    )
    assert swept.returncode == 2
    assert "\nstudy 1: model=majority\n" in swept.stdout
    assert "\nstudy 2: model=voice_functionals_svm\n" in swept.stdout
    assert "[study 2: model=voice_functionals_svm]" in swept.stderr
    assert "1 done, 1 failed" in swept.stdout
    assert "1 failed (model=voice_functionals_svm): model voice_functionals_svm reads voice" in swept.stdout
    (overview,) = (tmp_path / "outputs").rglob("overview.html")
    assert {path.name for path in overview.parent.iterdir()} == {"overview.html", "multirun.yaml"}
    page = overview.read_text()
    (link,) = re.findall(r'href="([^"]+)"', page)
    report = overview.parent / link
    assert report.is_file()
    rows = pq.read_table(report.with_name("results.parquet")).to_pylist()
    (uar,) = [
        row["value"]
        for row in rows
        if (row["model"], row["metric"], row["axis"], row["statistic"]) == ("majority", "uar", "overall", "level")
    ]
    assert f'<td class="num" data-label="UAR">{uar:.3f}</td>' in page
    assert f" {uar:.3f} " in swept.stdout.partition("1 done")[2]


def test_a_study_on_its_own_has_neither(tmp_path: Path) -> None:
    alone = subprocess.run(
        [*COMMAND[:4], *COMMAND[5:], "model=voice_functionals_svm"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
    )
    assert alone.returncode == 2
    assert alone.stdout == ""
    assert "[study" not in alone.stderr
    assert not (tmp_path / "outputs").exists()


def test_the_page_of_a_sweep_escapes_what_it_shows(tmp_path: Path) -> None:
    ended = [
        Ended(1, "seed=<b>", 0, folder=str(tmp_path / 'a b#"c'), metrics={"uar": 0.5}),
        Ended(0, "x=<script>", 2, why="<script>alert(1)</script>"),
    ]
    show_overview(ended, tmp_path)
    page = (tmp_path / "overview.html").read_text()
    assert "<script>" not in page
    assert "seed=&lt;b&gt;" in page
    assert 'href="a%20b%23%22c/report.html"' in page
    assert '<th scope="col" class="num">UAR</th>' in page
    assert '<td class="num" data-label="UAR">0.500</td>' in page


def test_studies_are_listed_in_the_order_of_the_sweep(tmp_path: Path) -> None:
    path = tmp_path / "ended"
    path.touch()
    for number in (2, 0, 1):
        Ended(number, f"seed={number}", 0).append_to(path)
    assert [one.number for one in read_ended(path)] == [0, 1, 2]
