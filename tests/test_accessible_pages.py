"""Pages that the harness writes keep nobody out, as far as axe-core sees: light and dark, wide and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from axe_core import needs_axe
from driven_browser import Browser, browser, needs_browser
from example_studies import Study, report_of
from typer.testing import CliRunner
from viewed_runs import Place, measured_numbers, measured_pictures

from harness.commands.main import app
from harness.report.run_page import render_run
from harness.report.sweep_page import SweptStudy, render_sweep
from harness.viewer.listing import Listing
from harness.viewer.media_source import MediaSource
from harness.viewer.pages import Pages
from harness.viewer.server import ViewServer
from harness.viewer.viewed_run import read_viewed_run

pytestmark = [needs_browser, needs_axe, pytest.mark.slow]
SIZES = ((1280, 900), (390, 844))


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as one:
        yield one


def barriers(window: Browser, url: str, until: str = "true", done: str = "true") -> list[str]:
    """What keeps people from a page, in any of the ways in which it is looked at.

    Args:
        window: the browser.
        url: of the page.
        until: holds when the page is there.
        done: in it, before it is looked at.
    """
    found = []
    for width, height in SIZES:
        for dark in (False, True):
            window.screen(width, height, dark=dark)
            window.open(url)
            window.until(until)
            window.run(done)
            how = f"{width} px, {'dark' if dark else 'light'}"
            found += [f"{how}: {barrier}" for barrier in window.barriers()]
            found += [f"{how}: scrolls sideways"] if window.is_too_wide() else []
    return found


def written(*arguments: object) -> None:
    """Run a command of the harness."""
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output


def test_a_page_with_barriers_is_told(window: Browser, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><body><img src='data:,'><p style='width: 3000px; color: #999'>Grey.</p></body></html>")
    found = barriers(window, page.as_uri())
    for what in ("image-alt", "color-contrast", "html-has-lang", "scrolls sideways"):
        assert len([one for one in found if what in one]) == 4, what


@pytest.mark.parametrize("kind", ["study", "dimensional_study", "gap_study"])
def test_report(window: Browser, tmp_path: Path, request: pytest.FixtureRequest, kind: str) -> None:
    study: Study = request.getfixturevalue(kind)
    page = tmp_path / "report.html"
    page.write_text(render_run(report_of(study)), encoding="utf-8")
    assert barriers(window, page.as_uri()) == []


def test_sweep(window: Browser, tmp_path: Path) -> None:
    page = tmp_path / "overview.html"
    studies = [
        SweptStudy("seed=0", "", "0/report.html", {"uar": 0.5}),
        SweptStudy("seed=1", "no such folder", None, {}),
    ]
    page.write_text(render_sweep(studies, ["uar"]), encoding="utf-8")
    assert barriers(window, page.as_uri()) == []


def test_comparison(window: Browser, pictures: Place, tmp_path: Path) -> None:
    other = measured_pictures(pictures.root, "beside", wrong=5)
    written("compare", pictures.run, other.run, "--equivalence", "--into", tmp_path / "compared")
    assert barriers(window, (tmp_path / "compared" / "comparison.html").as_uri()) == []


@pytest.mark.parametrize("name", ["face/grey", "voice/gain@1", "wearable/missing"])
def test_conditions(window: Browser, tmp_path: Path, name: str) -> None:
    written("conditions", "show", name, tmp_path / "shown", "--samples", 1)
    assert barriers(window, (tmp_path / "shown" / "index.html").as_uri()) == []


def test_review(window: Browser, pictures: Place, tmp_path: Path) -> None:
    of = ("--select", "anger", "--into", tmp_path / "review")
    written("review", "sample", pictures.run, f"dataset.root={pictures.root}", *of)
    page = (tmp_path / "review" / "review.html").as_uri()
    assert barriers(window, page) == []
    begin = "document.querySelector('#who').value = 'r1', document.querySelector('#start').click()"
    judge = "document.querySelector('#blind input').click(), document.querySelector('#keep').click()"
    assert barriers(window, page, done=f"({begin})") == []
    assert window.run("!document.querySelector('#case').hidden")
    assert barriers(window, page, done=f"({begin}, {judge})") == []
    assert window.run("!document.querySelector('#second').hidden")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_practice_summary(window: Browser, pictures: Place, tmp_path: Path, language: str) -> None:
    answers = f"model_options={{file: {pictures.root / 'run.csv'}}}"
    into = (
        "dataset_options={modality: face, label_source: acted}",
        f"root={pictures.root}",
        f"out={tmp_path / 'audit'}",
    )
    written("practice", "audit", "model=predictions", answers, *into, "min_subjects=2")
    assert barriers(window, (tmp_path / "audit" / f"summary.{language}.html").as_uri()) == []


def test_served_report(window: Browser, pictures: Place) -> None:
    require_no_barriers(window, pictures, "report", "document.querySelector('a.behind') !== null", keys=False)


LIST, SAMPLE = (
    "document.querySelector('.lines .truth') !== null",
    "document.querySelector('#sample-name') !== null",
)


@pytest.mark.parametrize(
    ("hash_", "until"),
    [
        ("", LIST),
        ("#sample=3", f"{LIST} && {SAMPLE}"),
        ("#view=verdicts", "document.querySelector('.verdict-list li') !== null"),
        ("#against=1&view=groups", "document.querySelector('#groups table') !== null"),
        ("#against=1&sample=4", f"{LIST} && {SAMPLE}"),
        ("#behind=99999", "document.querySelector('#total').textContent.includes('is no verdict')"),
    ],
)
def test_viewer(window: Browser, pictures: Place, hash_: str, until: str) -> None:
    require_no_barriers(window, pictures, hash_, until)


@pytest.mark.parametrize("hash_", ["", "#sample=3"])
def test_viewer_of_numbers(window: Browser, tmp_path: Path, hash_: str) -> None:
    require_no_barriers(window, measured_numbers(tmp_path), hash_, f"{LIST} && {SAMPLE}" if hash_ else LIST)


def require_no_barriers(window: Browser, place: Place, hash_: str, until: str, *, keys: bool = True) -> None:
    run = read_viewed_run(place.run)
    media = MediaSource(run, [f"dataset.root={place.root}"])
    with ViewServer(Pages(Listing(run), media)) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            assert barriers(window, server.url + hash_, until) == []
            if keys:
                window.press("?")
                window.until("document.querySelector('#keys').open")
                assert window.barriers() == []
        finally:
            server.shutdown()
