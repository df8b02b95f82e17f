"""A log of clock times placed in unix time; the readings of the real log are tested in `test_stress_predict`."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from harness.datasets.stress_predict_periods import Period, place
from harness.datasets.stress_predict_workbooks import LogRow

ZONE = ZoneInfo("Europe/Dublin")
DAY = date(2021, 11, 2)


def at(hour: int, minute: int, second: int = 0) -> float:
    return datetime(2021, 11, 2, hour, minute, second, tzinfo=ZONE).timestamp()


def row(**periods: tuple[tuple[int, int], tuple[int, int]]) -> LogRow:
    given = {name: (time(*start), time(*end)) for name, (start, end) in periods.items()}
    return LogRow("S02", None, DAY, None, given)


LOG = row(baseline=((1, 50), (2, 0)), stroop=((2, 0), (2, 6)), relax_1=((2, 6), (2, 16)))


def test_periods_are_numbered_in_order_of_time() -> None:
    assert place(LOG, at(14, 5), ZONE) == [
        Period("baseline", 1, at(13, 50), at(14, 0)),
        Period("stroop", 2, at(14, 0), at(14, 6)),
        Period("relax_1", 3, at(14, 6), at(14, 16)),
    ]
    assert place(LOG, at(3, 0), ZONE)[0] == Period("baseline", 1, at(1, 50), at(2, 0))


def test_a_tasks_edges_move_to_the_presses_and_the_others_make_way() -> None:
    """Begun 40 s late and ended 30 s late: the baseline lasts longer, the rest begins later."""
    found = place(LOG, at(14, 5), ZONE, presses=(at(14, 0, 40), at(14, 6, 30)))
    assert found == [
        Period("baseline", 1, at(13, 50), at(14, 0)),
        Period("stroop", 2, at(14, 0, 40), at(14, 6, 30)),
        Period("relax_1", 3, at(14, 6, 30), at(14, 16)),
    ]
    early = place(LOG, at(14, 5), ZONE, presses=(at(13, 59, 20), at(14, 5, 50)))
    assert early == [
        Period("baseline", 1, at(13, 50), at(13, 59, 20)),
        Period("stroop", 2, at(13, 59, 20), at(14, 5, 50)),
        Period("relax_1", 3, at(14, 6), at(14, 16)),
    ]


@pytest.mark.parametrize(("late_s", "moves"), [(180, True), (181, False)])
def test_a_press_counts_within_three_minutes(late_s: int, moves: bool) -> None:
    (stroop,) = [p for p in place(LOG, at(14, 5), ZONE, presses=(at(14, 6) + late_s,)) if p.name == "stroop"]
    assert (stroop.start_s, stroop.end_s) == (at(14, 0), at(14, 6) + late_s * moves)


def test_a_period_ends_where_the_next_begins_and_one_of_no_length_is_left_out() -> None:
    overlapping = row(baseline=((1, 50), (2, 5)), stroop=((2, 0), (2, 6)), relax_1=((2, 6), (2, 6)))
    assert [(p.name, p.index, p.end_s) for p in place(overlapping, at(14, 5), ZONE)] == [
        ("baseline", 1, at(14, 0)),
        ("stroop", 2, at(14, 6)),
    ]
