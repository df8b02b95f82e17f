from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np

from harness.report.drawn_curves import bounds, plot, svg_file
from harness.signals.curves import Curve

NAN = float("nan")


def curve(low: list[float], high: list[float], name: str = "x") -> Curve:
    return Curve(name, "µS", 5.0, np.array(low), np.array(high))


def test_one_scale_holds_all_values_and_is_never_empty() -> None:
    assert bounds([curve([0.0, NAN], [1.0, NAN]), curve([-2.0], [0.5])]) == (-2.0, 1.0)
    assert bounds([curve([2.0], [2.0])]) == (1.0, 3.0)
    assert bounds([curve([NAN], [NAN])]) == (0.0, 1.0)


def test_a_signal_is_drawn_between_its_bounds_and_a_gap_stays_empty() -> None:
    drawn = plot(curve([0.0, NAN, 1.0, 1.0], [1.0, NAN, 2.0, 1.0]), 0.0, 2.0)
    polygons = re.findall(r'points="([^"]*)"', drawn)
    assert polygons == ["125.0,50.00 125.0,98.00", "625.0,2.00 875.0,50.00 875.0,50.00 625.0,50.00"]


def test_a_file_says_what_it_shows_and_a_name_stays_text() -> None:
    drawing = ElementTree.fromstring(svg_file(curve([0.0, NAN, 4.0], [1.0, NAN, 4.0], name="<b>")))
    space = "{http://www.w3.org/2000/svg}"
    assert drawing.findtext(f"{space}title") == "<b> (µS), 0 to 4, 5 s"
    assert len(drawing.findall(f"{space}g/{space}polygon")) == 2
