"""The viewer serves the report of its run, each verdict with a link to the samples that it rests on."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from viewed_runs import HOSTILE_LABEL, Place

from harness.viewer.chosen_rows import Chooser
from harness.viewer.listing import Listing
from harness.viewer.media_source import MediaSource
from harness.viewer.pages import NotFound, Pages
from harness.viewer.query import BadQuery, read_query
from harness.viewer.verdict_rows import query_behind
from harness.viewer.viewed_run import read_viewed_run


def pages(folder: Path) -> Pages:
    run = read_viewed_run(folder)
    return Pages(Listing(run), MediaSource(run, []))


def page_of(folder: Path) -> str:
    media_type, body = pages(folder).answer("report", {})
    assert media_type == "text/html"
    return body.decode()


def test_every_link_of_the_report_leads_to_samples(pictures: Place) -> None:
    listing = Listing(read_viewed_run(pictures.run))
    chooser, results = Chooser(listing), listing.runs[0].table("results")
    assert results is not None
    rows = results.to_pylist()
    numbers = set(re.findall(r'href="\./#result=(\d+)"', page_of(pictures.run)))
    assert numbers
    counted = 0
    for number in numbers:
        row, found = (
            rows[int(number)],
            chooser.choose(read_query(query_behind(listing, number), len(listing.sides))),
        )
        assert row["verdict"] is not None
        if row["kind"] == "metric" and row["metric"] in ("accuracy", "coverage", "uar") and row["n_samples"]:
            assert len(found.order) == row["n_samples"], row
            counted += 1
    assert counted


def test_hostile_names_stay_text_in_the_served_report(hostile_pictures: Place) -> None:
    page = page_of(hostile_pictures.run)
    assert HOSTILE_LABEL not in page
    assert "&lt;img src=x onerror=" in page
    assert "<script" not in page


def test_a_run_that_is_not_finished_has_no_report(pictures: Place, tmp_path: Path) -> None:
    shutil.copytree(pictures.run, tmp_path / "run")
    (tmp_path / "run" / "results.parquet").unlink()
    unfinished = pages(tmp_path / "run")
    assert not unfinished.has_report
    with pytest.raises(NotFound):
        unfinished.answer("report", {})
    with pytest.raises(BadQuery, match="no results yet"):
        unfinished.answer("result", {"row": ["0"]})


@pytest.mark.parametrize("number", ["", "-1", "x", "999999"])
def test_a_number_of_no_row_is_refused(pictures: Place, number: str) -> None:
    with pytest.raises(BadQuery, match="result is no number below"):
        pages(pictures.run).answer("result", {"row": [number]})
