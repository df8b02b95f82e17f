"""The cases that are drawn again from a run, and from its tables without names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from review_made import drawn, person, write_run

from harness.errors import HarnessError
from harness.evidence.public_tables import validated_tables
from harness.evidence.run_folder import RunFolder
from harness.packs.public_run import write_public_run
from harness.review.drawn_cases import drawn_again, people_of
from harness.review.review_document import ReviewDocument, RuleFacts


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run (``run``), and what a pack has of it (``public``)."""
    folder = tmp_path_factory.mktemp("drawn")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HARNESS_HOME", str(folder / "home"))
        write_run(folder)
        write_public_run(RunFolder(folder / "run"), folder / "public")
    return folder


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"by": None, "select": ["calm"]},
        {"num_cases": 1000},  # more than there are
        {"num_cases": 6, "seed": 2**32 - 1},
        {"select": ["fear>=0.123", "anger>=1"]},
    ],
)
def test_a_run_and_its_pack_give_the_same_cases(place: Path, tmp_path: Path, choices: dict[str, Any]) -> None:
    document = drawn(place, tmp_path / "review", **choices)
    for name in ("run", "public"):
        assert drawn_again(RunFolder(place / name), document) == document


def test_people_are_numbered_as_they_first_occur(place: Path) -> None:
    samples, _ = validated_tables(RunFolder(place / "run"))
    assert people_of(samples)[:3] == [person(0), person(7), person(14)]
    assert len(people_of(samples)) == 20


def test_rules_that_the_run_cannot_follow_are_refused(place: Path, tmp_path: Path) -> None:
    document = drawn(place, tmp_path / "review")
    changed: ReviewDocument = document.model_copy(update={"rules": [RuleFacts(label="joy", least=None)]})
    with pytest.raises(HarnessError, match="does not have the labels or scores"):
        drawn_again(RunFolder(place / "run"), changed)


def test_whoever_has_no_subject_is_one_of_their_own() -> None:
    samples = pa.table({"sample_id": ["a", "b", "c", "d"], "subject_id": pa.array(["p", None, "p", None])})
    assert people_of(samples) == ["p", "b", "d"]
