"""The page of a condition: what is drawn, and that nothing gets out of it."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest

from harness.report.condition_page import (
    DescribedCondition,
    Example,
    ShownMedium,
    Version,
    data_uri,
    render_condition,
    same_scale,
)
from harness.signals.curves import Curve


def example(sample: str = "a.wav", label: str | None = "anger") -> Example:
    loud = Curve("x", "V", 2.0, np.array([-0.5, -0.2]), np.array([0.5, 0.2]))
    quiet = Curve("x", "V", 2.0, np.array([-0.1, np.nan]), np.array([0.1, np.nan]))
    versions = [
        Version("clean", ShownMedium(picture=b"png", sound=b"wav", spectrogram=b"levels", curves=[loud])),
        Version("voice/gain@1", ShownMedium(curves=[quiet])),
        Version("voice/mask", None, "not applicable no mouth"),
    ]
    return Example(sample, label, versions)


def page(of: Example) -> str:
    described = DescribedCondition("voice/gain@1", "-6 dB", "assumed", "ITU-T P.56")
    return render_condition("voice/gain", "a quieter recording", [described], [of], "Voices")


def test_all_versions_of_a_sample_have_one_scale() -> None:
    assert same_scale(example(), "x") == (-0.5, 0.5)
    assert same_scale(example(), "y") == (0.0, 1.0)


def test_pictures_and_sounds_are_in_the_page_and_nothing_is_asked_of_elsewhere() -> None:
    html = page(example())
    assert data_uri(b"png", "image/png") in html
    assert data_uri(b"levels", "image/png") in html
    assert "x, from \N{MINUS SIGN}0.500 to 0.500 V, 2.000 s" in html
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
