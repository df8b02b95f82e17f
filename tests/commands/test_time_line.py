from __future__ import annotations

from harness.commands.time_line import time_line
from harness.study.run_clock import STAGES

NOTHING = dict.fromkeys((*STAGES, "preparing", "reading"), 0.0)


def test_stages_are_named_in_their_order_with_what_workers_did() -> None:
    seconds = NOTHING | {"listing": 0.4, "waiting": 8.06, "computing": 1234.5, "measuring": 0.6, "preparing": 15.9}
    assert time_line(seconds) == (
        "Time: 1,243.6 s: listing samples 0.4, waiting for samples 8.1, computing 1,234.5, measuring 0.6; samples "
        "took 15.9 s to prepare"
    )
    assert time_line(seconds | {"reading": 9.04}).endswith("; samples took 15.9 s to prepare, 9.0 s of it to read")


def test_what_took_no_time_is_not_named() -> None:
    assert time_line(NOTHING | {"listing": 0.04, "measuring": 0.3}) == "Time: 0.3 s: measuring 0.3"
    assert time_line(NOTHING) == "Time: 0.0 s"
