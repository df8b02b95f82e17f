from __future__ import annotations

import pstats
import time
from pathlib import Path

from harness.study.profiled_run import profiled, write_profile


def slow_step() -> None:
    """What is to be found."""
    time.sleep(0.2)


def test_the_page_has_the_stages_and_the_functions_that_took_longest(tmp_path: Path) -> None:
    with profiled() as profile:
        slow_step()
    page = write_profile(profile, {"listing": 1234.5, "measuring": 0.25}, tmp_path / "run")
    assert page == tmp_path / "run.profile.txt"
    lines = page.read_text().splitlines()
    assert [line.split() for line in lines[:2]] == [["listing", "1,234.500", "s"], ["measuring", "0.250", "s"]]
    rows = [line.split() for line in lines if "test_profiled_run.py" in line and "(slow_step)" in line]
    assert len(rows) == 2
    assert all(float(row[3]) >= 0.2 for row in rows)
    assert any("slow_step" in function for _, _, function in pstats.Stats(str(tmp_path / "run.pstats")).stats)


def test_what_comes_after_is_not_in_it(tmp_path: Path) -> None:
    with profiled() as profile:
        pass
    slow_step()
    assert "slow_step" not in write_profile(profile, {}, tmp_path / "run").read_text()
