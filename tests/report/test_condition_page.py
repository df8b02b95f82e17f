"""The page of a condition: what is drawn, and that nothing gets out of it."""

from __future__ import annotations

import base64
import re

import pytest

from harness.report.condition_page import (
    DescribedCondition,
    Example,
    ShownMedium,
    Trace,
    Version,
    bounds,
    data_uri,
    plot,
    render_condition,
)

NAN = float("nan")


def example(sample: str = "a.wav", label: str | None = "anger") -> Example:
    loud, quiet = Trace("x", "V", [-0.5, -0.2], [0.5, 0.2]), Trace("x", "V", [-0.1, NAN], [0.1, NAN])
    versions = [
        Version("clean", ShownMedium(picture=b"png", sound=b"wav", traces=[loud])),
        Version("voice/gain@1", ShownMedium(traces=[quiet])),
        Version("voice/mask", None, "not applicable no mouth"),
    ]
    return Example(sample, label, versions)


def page(of: Example) -> str:
    described = DescribedCondition("voice/gain@1", "-6 dB", "assumed", "ITU-T P.56")
    return render_condition("voice/gain", "a quieter recording", [described], [of], "Voices")


def test_all_versions_of_a_sample_have_one_scale() -> None:
    assert bounds(example(), "x") == (-0.5, 0.5)
    assert bounds(example(), "y") == (0.0, 1.0)
    flat = Example("a", None, [Version("clean", ShownMedium(traces=[Trace("x", None, [2.0], [2.0])]))])
    assert bounds(flat, "x") == (1.0, 3.0)


def test_a_signal_is_drawn_between_its_bounds_and_a_gap_stays_empty() -> None:
    drawn = plot(Trace("x", None, [0.0, NAN, 1.0, 1.0], [1.0, NAN, 2.0, 1.0]), 0.0, 2.0)
    polygons = re.findall(r'points="([^"]*)"', drawn)
    assert polygons == ["125.0,50.00 125.0,98.00", "625.0,2.00 875.0,50.00 875.0,50.00 625.0,50.00"]


def test_pictures_and_sounds_are_in_the_page_and_nothing_is_asked_of_elsewhere() -> None:
    html = page(example())
    assert data_uri(b"png", "image/png") in html
    assert base64.b64decode(re.findall(r"data:audio/wav;base64,([^\"]*)", html)[0]) == b"wav"
    assert "default-src 'none'" in html
    assert not re.search(r"(src|href)=\"(?!data:)", html)
    assert "<script" not in html
    for text in ("anger", "-6 dB", "assumed", "ITU-T P.56", "not applicable no mouth", "Voices"):
        assert text in html


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=http://x>'])
def test_names_are_escaped(hostile: str) -> None:
    html = page(example(sample=hostile, label=hostile))
    assert hostile not in html
