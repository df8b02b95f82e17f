"""The viewer's page in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import cv2
import numpy as np
import pyarrow.compute as pc
import pytest
from driven_browser import Browser, browser, needs_browser
from viewed_runs import HOSTILE_GROUP, HOSTILE_LABEL, Place, measured_numbers, measured_pictures

from harness.tables.versions import write_table
from harness.viewer.listing import Listing
from harness.viewer.media_source import MediaSource
from harness.viewer.pages import Pages
from harness.viewer.server import ViewServer
from harness.viewer.viewed_run import read_viewed_run

pytestmark = needs_browser
Serve = Callable[..., str]


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def served(*places: Place) -> str:
            runs = [read_viewed_run(place.run) for place in places]
            media = MediaSource(runs[0], [f"dataset.root={places[0].root}"])
            server = stack.enter_context(ViewServer(Pages(Listing(*runs), media)))
            Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(server.shutdown)
            return server.url

        yield served


def names(window: Browser) -> list[str]:
    found: list[str] = window.run("[...document.querySelectorAll('.lines .sample')].map((one) => one.textContent)")
    return found


SHOWN = "document.querySelector('.lines .truth') !== null"
PICTURE = "document.querySelector('#sample img.face')?.complete"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_keys_lead_through_samples_and_show_pictures(
    window: Browser, serve: Serve, pictures: Place, width: int, height: int, dark: bool
) -> None:
    window.screen(width, height, dark=dark)
    window.open(serve(pictures))
    window.until(SHOWN)
    in_sight = names(window)
    assert in_sight == [f"{number:02}.png" for number in range(len(in_sight))]
    assert len(in_sight) >= 8
    paper = window.run("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(20, 24, 29)" if dark else "rgb(255, 255, 255)")
    assert window.run("document.documentElement.scrollWidth <= innerWidth")
    window.run("document.querySelector('#grid').focus()")
    window.press("j", "j", "ArrowDown")
    window.until("location.hash === '#sample=2'")
    window.until(PICTURE)
    window.until("document.querySelector('#sample-name').textContent === '02.png'")
    assert "blur" in window.run("getComputedStyle(document.querySelector('#sample img.face')).filter")
    window.press("b")
    window.until("getComputedStyle(document.querySelector('#sample img.face')).filter === 'none'")
    window.press("Escape")
    window.until("document.querySelector('#sample').hidden && location.hash === ''")
    assert window.complaints() == []


def test_filters_are_links_and_links_are_filters(window: Browser, serve: Serve, pictures: Place) -> None:
    window.screen(1280, 800, dark=False)
    url = serve(pictures)
    window.open(f"{url}#status=wrong&in.sex=male&sample=9")
    window.until(SHOWN)
    assert names(window) == ["03.png", "09.png"]
    assert window.run("document.querySelector('[name=\"in.sex\"]').value") == "male"
    assert window.until("document.querySelector('[aria-selected=true] .sample')?.textContent") == "09.png"
    window.run("[...document.querySelectorAll('#counts button')].find((one) => one.className === 'wrong').click()")
    window.until("document.querySelectorAll('.lines .sample').length === 6")
    window.press("/", "0", "7")
    window.until("document.querySelectorAll('.lines .sample').length === 1")
    assert "search=07" in window.run("location.hash")
    window.press("Escape", "Tab")
    window.run("document.querySelector('#grid').focus()")
    window.press("c")
    window.until("document.querySelectorAll('.lines .sample').length === 12")
    window.run("document.querySelector('.heads .confidence button').click()")
    window.until("document.querySelector('.lines .sample').textContent === '11.png'")


def test_a_verdict_leads_to_its_rows(window: Browser, serve: Serve, pictures: Place) -> None:
    window.screen(1280, 800, dark=False)
    window.open(f"{serve(pictures)}#view=verdicts")
    window.until("document.querySelector('.verdict-list a') !== null")
    name = "Accuracy, sex: female \N{MINUS SIGN} male"
    text = f"[...document.querySelectorAll('.verdict-list a')].find((one) => one.textContent === '{name}')"
    if not window.run(f"{text} !== undefined"):
        window.run("[...document.querySelectorAll('#verdicts .counts button')].at(-1).click()")
    window.until(f"{text} !== undefined")
    window.run(f"{text}.click()")
    window.until("location.hash.includes('in.sex=female&in.sex=male')")
    window.until("document.querySelectorAll('.lines .sample').length === 12")


def test_the_report_leads_to_the_samples_of_each_verdict(window: Browser, serve: Serve, pictures: Place) -> None:
    results = read_viewed_run(pictures.run).table("results")
    assert results is not None
    rows = results.to_pylist()
    window.screen(1280, 800, dark=False)
    url = serve(pictures)
    window.open(url)
    window.until(SHOWN)
    window.run("document.querySelector('#report').click()")
    window.until("location.pathname.endsWith('/report') && document.querySelector('a.behind') !== null")
    assert window.run("getComputedStyle(document.body).fontVariantNumeric") == "tabular-nums"
    links = window.run("[...document.querySelectorAll('a.behind')].map((one) => one.getAttribute('href'))")
    numbers = [int(link.removeprefix("./#result=")) for link in links]
    levels = {"accuracy", "uar"}
    at = next(
        n for n, number in enumerate(numbers) if rows[number]["metric"] in levels and rows[number]["n_samples"]
    )
    window.run(f"document.querySelectorAll('a.behind')[{at}].closest('details')?.setAttribute('open', '')")
    window.run(f"document.querySelectorAll('a.behind')[{at}].click()")
    window.until("document.querySelector('#total')?.textContent.startsWith('12 samples')")
    assert rows[numbers[at]]["n_samples"] == 12
    assert window.run("location.href").startswith(f"{url}#")
    assert "in.sex=female&in.sex=male" in window.run("location.hash")
    window.run("history.back()")
    window.until("location.pathname.endsWith('/report')")
    assert window.complaints() == []


def test_a_row_of_the_results_that_is_not_there_is_told(window: Browser, serve: Serve, pictures: Place) -> None:
    window.screen(1280, 800, dark=False)
    window.open(f"{serve(pictures)}#result=999999")
    window.until("document.querySelector('#total').textContent.includes('result is no number below')")
    window.run("document.querySelector('#clear').click()")
    window.until(SHOWN)
    assert all("400" in message for message in window.complaints())


def test_a_link_that_means_nothing_is_told_and_shows_no_rows(
    window: Browser, serve: Serve, pictures: Place
) -> None:
    window.screen(1280, 800, dark=False)
    url = serve(pictures)
    window.open(f"{url}#behind=99999")
    window.until("document.querySelector('#total').textContent.includes('is no verdict')")
    assert window.run("document.querySelector('#grid').hidden")
    window.run("document.querySelector('#clear').click()")
    window.until(SHOWN)
    assert not window.run("document.querySelector('#grid').hidden")
    assert all("400" in message for message in window.complaints())


def test_two_runs_show_disagreements_first(window: Browser, serve: Serve, pictures: Place) -> None:
    window.screen(1280, 800, dark=False)
    other = measured_pictures(pictures.root, "other", wrong=5)
    window.open(serve(pictures, other))
    window.until(SHOWN)
    shown = "[...document.querySelectorAll('.lines .pair')].map((one) => one.textContent)"
    assert window.run(shown) == [
        *["≠ only A right"] * 2,
        *["≠ only B right"] * 3,
        "✕ both wrong, alike",
        *["✓ both right"] * 6,
    ]
    window.press("g")
    window.until("document.querySelector('#groups table') !== null")
    words = "row.innerText.split(/\\s+/).filter(Boolean)"
    cells = f"[...document.querySelectorAll('#groups tbody tr')].map((row) => {words})"
    assert window.run(cells) == [["female", "1", "1", "0", "1", "3", "0"], ["male", "1", "2", "0", "0", "3", "0"]]


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_numbers_are_off_by_something_and_neither_right_nor_without_label(
    window: Browser, serve: Serve, tmp_path: Path, width: int, height: int
) -> None:
    window.screen(width, height, dark=False)
    window.open(serve(measured_numbers(tmp_path)))
    window.until(SHOWN)
    first = "[...document.querySelectorAll('.lines .{}')].map((one) => one.textContent).slice(0, 2)"
    assert window.run("document.querySelector('#counts').innerText.trim()") == "answered 12"
    assert window.run(first.format("truth")) == ["valence 0.00, arousal 0.00", "valence 0.05, arousal -0.05"]
    assert window.run(first.format("distance")) == ["0.00", "0.01"]
    fits = "((one) => one.scrollWidth <= one.clientWidth)(document.querySelector('.lines .truth'))"
    assert window.run(fits)
    for absent in ("[name=answer]", "[name=truth]", "[name=least]", ".confidence"):
        assert window.run(f"document.querySelector('{absent}')") is None
    window.run("document.querySelector('.heads .distance button').click()")
    window.until("document.querySelector('.lines .distance').textContent === '0.11'")
    assert "sort=distance&down=1" in window.run("location.hash")
    window.run("document.querySelector('.lines .item').click()")
    window.until("document.querySelector('.verdict-line') !== null")
    assert window.run("document.querySelector('.verdict-line').innerText").startswith(
        "valence 0.66, arousal -0.66 \N{EN DASH} answered off by 0.11 label: valence 0.55, arousal -0.55"
    )
    assert not window.is_too_wide()
    assert window.complaints() == []


def test_hostile_labels_groups_and_names_stay_text(window: Browser, serve: Serve, hostile_pictures: Place) -> None:
    window.screen(1280, 800, dark=False)
    url = serve(hostile_pictures)
    for hash_ in ("#sample=1", "#sample=2&against=1&view=groups", "#view=verdicts", "#sample=4&against=1"):
        window.open(url + hash_)
        window.until("document.querySelector('.lines .truth, .verdict-list li, #groups table') !== null")
        window.until(f"{PICTURE} || !location.hash.includes('sample') || location.hash.includes('view')")
        assert window.run("document.title") != "hacked"
        assert (
            window.run("document.querySelectorAll('img:not(.face), svg:not(.boxes), script:not([src])').length")
            == 0
        )
    assert HOSTILE_LABEL in window.run("document.querySelector('#sample').textContent")
    assert HOSTILE_GROUP in window.run("document.querySelector('#filters').textContent")
    assert "\u202e" not in window.run("document.body.textContent")
    assert window.complaints() == []


def total(window: Browser) -> str:
    return str(window.run("document.querySelector('#total').textContent"))


def test_what_is_said_of_the_list_is_that_of_its_address(window: Browser, serve: Serve, pictures: Place) -> None:
    window.screen(1280, 800, dark=False)
    window.open(f"{serve(pictures)}#rows=3&rows=5&rows=7&sample=3")
    window.until(PICTURE)
    said = "3 samples of 2 subjects, chosen by their rows in samples.parquet"
    assert total(window) == said
    window.run("document.querySelector('#grid').focus()")
    window.press("j", "j")
    window.until(
        "location.hash.endsWith('sample=7') && document.querySelector('#sample-name').textContent === '07.png'"
    )
    assert total(window) == said
    window.run("(location.hash = '#status=nice')")
    window.until("document.querySelector('#total').textContent.startsWith('status is one of')")
    window.run("history.back()")
    window.until(f"document.querySelector('#total').textContent === '{said}'")


@pytest.mark.parametrize(
    "hash_", ["#answers=99&sample=3", "#answers=x&sample=3", "#view=groups", "#against=9&view=groups"]
)
def test_an_address_that_means_nothing_is_told_in_words(
    window: Browser, serve: Serve, pictures: Place, hash_: str
) -> None:
    window.screen(1280, 800, dark=False)
    window.open(serve(pictures) + hash_)
    window.until("document.querySelector('#total').textContent !== ''")
    window.until(
        "location.hash.includes('view') || document.querySelector('#sample-name')?.textContent === '03.png'"
    )
    assert "12 samples" in total(window) or "is no number below" in total(window)
    assert [text for text in window.complaints() if "400" not in text] == []


@pytest.mark.parametrize("sample", ["12", "-1", "__proto__", "9" * 30])
def test_a_link_to_no_sample_leaves_the_list(window: Browser, serve: Serve, pictures: Place, sample: str) -> None:
    window.screen(1280, 800, dark=False)
    window.open(f"{serve(pictures)}#status=wrong&sample={sample}")
    window.until("document.querySelector('#sample .notice')?.textContent === 'row is no number below 12.'")
    window.until("document.querySelectorAll('.lines .truth').length === 3")


def test_a_link_to_another_sample_moves_the_list_as_well(window: Browser, serve: Serve, pictures: Place) -> None:
    window.screen(1280, 800, dark=False)
    window.open(serve(pictures) + "#sample=2")
    window.until(PICTURE)
    window.run("(location.hash = '#sample=9')")
    window.until("document.querySelector('[aria-selected=true] .sample')?.textContent === '09.png'")
    window.run("document.querySelector('#grid').focus()")
    window.press("j")
    window.until("location.hash === '#sample=10'")


def test_buttons_keep_the_focus_when_they_are_pressed(window: Browser, serve: Serve, pictures: Place) -> None:
    window.screen(1280, 800, dark=False)
    window.open(serve(pictures))
    window.until(SHOWN)
    focused = "document.activeElement.dataset.key"
    for box, key, done in (
        ("counts", "wrong", "location.hash === '#status=wrong'"),
        ("heads", "confidence", "location.hash.includes('sort=confidence')"),
        ("views", "verdicts", "document.querySelector('.verdict-list a') !== null"),
    ):
        window.run(f"document.querySelector('#{box} [data-key={key}]').focus()")
        window.press("Enter")
        window.until(done)
        window.until(f"document.querySelector('#{box} [data-key={key}]') === document.activeElement")
        assert window.run(focused) == key
    assert window.run("[...document.querySelectorAll('#heads button')].every((one) => one.tabIndex === 0)")


def test_what_is_typed_is_kept_when_another_field_is_changed_at_once(
    window: Browser, serve: Serve, pictures: Place
) -> None:
    window.screen(1280, 800, dark=False)
    window.open(serve(pictures))
    window.until(SHOWN)
    typed = "Object.assign(document.querySelector('#search'), { value: '1' }).dispatchEvent(input)"
    chosen = "Object.assign(document.querySelector('[name=truth]'), { value: 'calm' }).dispatchEvent(input)"
    window.run(f"(() => {{ const input = new Event('input', {{ bubbles: true }}); {typed}; {chosen}; }})()")
    window.until("location.hash === '#search=1&truth=calm'")


def test_large_pictures_are_blurred_as_much_as_small_ones(
    window: Browser, serve: Serve, pictures: Place, tmp_path: Path
) -> None:
    shutil.copytree(pictures.root, tmp_path / "pictures")
    place = Place(tmp_path / "pictures", tmp_path / "pictures" / pictures.run.name)
    cv2.imwrite(str(place.root / "03.png"), np.full((1200, 1200, 3), 128, np.uint8))
    window.screen(1920, 1200, dark=False)
    url = serve(place)
    blurred = "parseFloat(getComputedStyle(image).filter.match(/blur\\((.*)px/)[1]) / image.clientWidth"
    for row in (2, 3):
        window.open(f"{url}#sample={row}")
        window.until(f"{PICTURE} && document.querySelector('#sample img.face').style.length > 0")
        window.until(f"((image) => {blurred})(document.querySelector('#sample img.face')) > 0.1")


def test_samples_of_only_one_run_are_counted(
    window: Browser, serve: Serve, pictures: Place, tmp_path: Path
) -> None:
    run = read_viewed_run(pictures.run)
    shutil.copytree(pictures.run, tmp_path / "run")
    fewer = run.samples.slice(0, 9)
    write_table(fewer, "samples", tmp_path / "run" / "samples.parquet")
    kept = pc.is_in(run.predictions["sample_id"], value_set=fewer["sample_id"].combine_chunks())
    write_table(run.predictions.filter(kept), "predictions", tmp_path / "run" / "predictions.parquet")
    small = Place(pictures.root, tmp_path / "run")
    window.screen(1280, 800, dark=False)
    for places, note in (
        ((small, pictures), "3 samples of B are not in A, and not shown."),
        ((pictures, small), "9 of 12 samples of A are in B; compared are these."),
    ):
        window.open(serve(*places))
        window.until(SHOWN)
        assert note in window.run("document.querySelector('#notes').textContent")
