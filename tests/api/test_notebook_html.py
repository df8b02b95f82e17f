"""The parts of a report in a notebook."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from harness.api.notebook_html import fragment, list_html, page_html, table_html


def test_a_table_sets_numbers_apart_and_escapes_names() -> None:
    frame = pd.DataFrame({"<name>": ["a&b", None], "value": [0.12345, None], "subjects": [1200, 7]})
    assert table_html(frame) == (
        "<table><thead><tr><th>&lt;name&gt;</th><th class='number'>value</th><th class='number'>subjects</th></tr>"
        "</thead><tbody>\n"
        "<tr><td>a&amp;b</td><td class='number'>0.123</td><td class='number'>1,200</td></tr>\n"
        "<tr><td>-</td><td class='number'>-</td><td class='number'>7</td></tr>\n"
        "</tbody></table>"
    )


def test_sentences_and_paths_are_escaped() -> None:
    assert list_html(["<b>", "c"]) == "<ul><li>&lt;b&gt;</li><li>c</li></ul>"
    assert page_html(Path("/<x>")) == "<p>Report: <code>/&lt;x&gt;</code></p>"


def test_everything_stands_in_one_box_that_scrolls() -> None:
    html = fragment("<p>a</p>", "<p>b</p>")
    assert html.endswith("<div class='harness-report'>\n<p>a</p>\n<p>b</p>\n</div>")
    assert ".harness-report{overflow-x:auto}" in html
