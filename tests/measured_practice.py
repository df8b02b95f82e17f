"""That a finished practice test can be measured again from what it observed."""

from __future__ import annotations

import json
from pathlib import Path

from harness.practice_tests.measured_again import MeasuredAgain, measured_again
from harness.practice_tests.practice_identity import public_record


def again_without_a_difference(out: Path) -> MeasuredAgain:
    """What a test of a folder gives once more; fails if any of it is not the same to the last bit."""
    found = measured_again(out, public_record(json.loads((out / "practice.json").read_text())))
    assert (found.differing, found.differing_pages, found.exact) == ((), (), True)
    return found
