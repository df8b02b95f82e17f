"""A hundred thousand samples: the first rows are there within a second, and so is any other choice."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Thread

import numpy as np
import pyarrow as pa
import pytest
from driven_browser import browser, needs_browser

from harness.tables.predictions import predictions_table
from harness.tables.schemas import SAMPLES
from harness.tables.versions import write_table
from harness.viewer.chosen_rows import Chooser
from harness.viewer.listing import Listing
from harness.viewer.media_source import MediaSource
from harness.viewer.pages import Pages
from harness.viewer.query import Query
from harness.viewer.row_pages import row_page
from harness.viewer.server import ViewServer
from harness.viewer.viewed_run import read_viewed_run

NUM = 100_000
GOLDEN = Path(__file__).parents[1] / "golden" / "v1" / "table"


@pytest.fixture(scope="module")
def chooser(tmp_path_factory: pytest.TempPathFactory) -> Chooser:
    """The plan of a small run, over many samples that every second answer is right about."""
    place = tmp_path_factory.mktemp("large")
    (place / "plan.yaml").write_bytes((GOLDEN / "plan.yaml").read_bytes())
    small = read_viewed_run(GOLDEN)
    number = np.arange(NUM)
    ids = pa.array([f"part/{n:06}.wav" for n in range(NUM)])
    labels = pa.array(["anger", "sadness"]).take(pa.array(number % 2))
    given = {
        "sample_id": ids,
        "modality": pa.repeat("voice", NUM),
        "subject_id": pa.array([f"p{n % 500:03}" for n in range(NUM)]),
        "label": labels,
        "label_source": pa.repeat("acted", NUM),
    }
    columns = {field.name: given.get(field.name, pa.nulls(NUM, field.type)) for field in SAMPLES}
    for name in small.samples.column_names:
        if name.startswith("attr."):
            values = small.samples[name].combine_chunks()
            columns[name] = values.take(pa.array(number % len(values)))
    share = (number % 1000) / 1000
    predictions = predictions_table(
        model=small.system,
        labels=["anger", "sadness"],
        sample_id=ids,
        outcome=pa.repeat("scored", NUM),
        reason=pa.nulls(NUM, pa.string()),
        label=pa.array(["anger", "sadness"]).take(pa.array(number // 2 % 2)),
        scores=pa.FixedSizeListArray.from_arrays(
            pa.array(np.stack([share, 1 - share], axis=1).ravel().astype(np.float32)), 2
        ),
    )
    write_table(pa.table(columns), "samples", place / "samples.parquet")
    write_table(predictions, "predictions", place / "predictions.parquet")
    return Chooser(Listing(read_viewed_run(place)))


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(statuses=("wrong",), sort="confidence", descending=True),
        Query(search="99.wav", sort="sample", descending=True),
        Query(least=0.6, most=0.9, truths=("anger",), sort="subject"),
    ],
)
def test_a_page_is_there_within_a_second(chooser: Chooser, query: Query) -> None:
    begun = time.perf_counter()
    page = row_page(chooser, query, 0, 100)
    assert time.perf_counter() - begun < 1.0
    assert len(page["rows"]) == 100
    assert page["counts"]["right"] + page["counts"]["wrong"] == page["total"] or query.statuses


def test_rows_are_sorted_and_counted_over_all_pages(chooser: Chooser) -> None:
    query = Query(statuses=("wrong",), sort="confidence", descending=True)
    last = row_page(chooser, query, NUM // 2 - 100, 100)
    assert (last["total"], last["subjects"], len(last["rows"])) == (NUM // 2, 250, 100)
    assert {row["status"] for row in last["rows"]} == {"wrong"}
    confidences = [row["confidence"] for row in last["rows"]]
    assert confidences == sorted(confidences, reverse=True)


@needs_browser
def test_the_page_holds_the_rows_in_sight_alone(chooser: Chooser) -> None:
    listing = chooser.listing
    with (
        ViewServer(Pages(listing, MediaSource(listing.runs[0]))) as server,
        browser() as window,
    ):
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        window.screen(1280, 800, dark=False)
        window.open(f"{server.url}#sort=row")
        window.until("document.querySelector('.lines .truth') !== null")
        assert window.run("performance.now()") < 5000  # a second where nothing else runs
        window.run("document.querySelector('#grid').focus()")
        window.press("End")
        window.until(f"location.hash.endsWith('sample={NUM - 1}')")
        window.until("document.querySelector('[aria-selected=true] .sample')?.textContent === 'part/099999.wav'")
        assert window.run("document.querySelectorAll('.lines .item').length") < 40
        assert window.run("document.querySelector('#grid').getAttribute('aria-rowcount')") == str(NUM + 1)
        server.shutdown()
