"""That a finished practice test can be measured again from what it observed."""

from __future__ import annotations

import json
from pathlib import Path

from harness.evidence.run_folder import RunFolder
from harness.practice_tests.observed import read_observed
from harness.practice_tests.packs.measured_again import MeasuredAgain, measured_again, opened_again
from harness.practice_tests.packs.practice_identity import public_record


def again_without_a_difference(out: Path) -> MeasuredAgain:
    """What a test of a folder gives once more; fails if any of it is not the same to the last bit."""
    record = public_record(json.loads((out / "practice.json").read_text()))
    test, options = opened_again(record)
    studies = {name: RunFolder(out / name) for name in record["studies"]}
    observed = read_observed(out)
    found = measured_again(out, record, observed)
    again = test.observe_again(studies, observed, options)
    assert all(observed.table(name).equals(of) for name, of in again.tables.items())
    assert {name: observed.facts[name] for name in again.facts} == dict(again.facts)
    assert (found.differing, found.differing_pages, found.exact) == ((), (), True)
    return found
