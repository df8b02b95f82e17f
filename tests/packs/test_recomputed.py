"""Results are compared row by row with those that the tables give."""

from __future__ import annotations

from pathlib import Path

import pytest
from forged_packs import change_results, change_table
from packs_made import Packed

from harness.evidence.run_folder import RunFolder
from harness.packs.make_pack import Pack
from harness.packs.recomputed import recompute
from harness.scoring.score_run import score
from harness.tables import drawn_samples
from harness.tables.results import select
from harness.tables.versions import read_table


def test_equal_results_are_equal_to_the_last_bit(made: Pack) -> None:
    found = recompute(RunFolder(made.path / "run"))
    num_withheld = sum(metric in found.differing_checks for metric in found.results["metric"].to_pylist())
    assert found.exact
    assert (found.differing, found.curves_differ) == ((), None)
    assert found.num_equal == found.results.num_rows - num_withheld


def test_a_run_of_which_only_a_part_is_checked_is_packed_with_the_same_part(
    run: Path, packed: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pack ids are pseudonyms, which stand in another order."""
    monkeypatch.setattr(drawn_samples, "MAX_DRAWN", 30)
    folder = RunFolder(run)
    score(folder)
    folder.write_run(folder.read_run() or {})
    findings = select(read_table(run / "results.parquet", "results").table, kind="check")["reason"].to_pylist()
    assert any("of 72 samples" in (reason or "") for reason in findings), findings
    found = recompute(RunFolder(packed(run) / "run"))
    assert found.exact
    assert (found.differing, found.curves_differ) == ((), None)


@pytest.mark.parametrize("by_other_code", [False, True])
def test_a_value_that_does_not_follow_is_named(by_other_code: bool, pack: Path) -> None:
    change_results(pack / "run", "uar", 0.123)
    found = recompute(RunFolder(pack / "run"), by_other_code=by_other_code)
    assert found.differing == ("uar, overall: all (majority, clean)",)


def test_rows_that_an_earlier_version_did_not_compute_are_no_difference(pack: Path) -> None:
    """Neither a check nor a metric nor a curve; but those that it has must follow."""
    new = ("support", "macro_f1")
    change_table(pack / "run", "results", lambda rows: [row for row in rows if row["metric"] not in new])
    change_table(pack / "run", "curves", lambda rows: [row for row in rows if row["curve"] != "risk_coverage"])
    run = RunFolder(pack / "run")
    strict = recompute(run)
    assert "support" in strict.differing_checks
    assert strict.differing
    assert strict.curves_differ is not None
    found = recompute(run, by_other_code=True)
    assert "support" not in found.differing_checks
    assert (found.differing, found.curves_differ) == ((), None)
