"""The practice test of a review by people: what it reads, and that it is measured again from what it observed."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet
import pytest
from measured_practice import again_without_a_difference
from review_made import counted, drawn, judged, person, write_run
from silent import Silent

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import sha256_file
from harness.practice_tests.human_review.review_tables import drawn_tables
from harness.practice_tests.opened_practice import open_practice, practice_options
from harness.review.drawn_cases import drawn_again
from harness.review.review_document import read_document
from harness.tables.versions import read_table


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run and a review of it."""
    folder = tmp_path_factory.mktemp("reviewed")
    write_run(folder)
    drawn(folder, folder / "review")
    return folder


def observed(review: Path, *files: Path, seed: int = 3) -> list[str]:
    """What the user is warned of."""
    test, observer = open_practice("human-review"), Silent()
    given = [f"review={review}", f"judgements=[{','.join(map(str, files))}]", f"seed={seed}"]
    test.observe(practice_options(test, given), review, observer)
    return observer.warnings


def test_a_review_is_a_practice_test_and_measured_again(place: Path, tmp_path: Path) -> None:
    files = [judged(place / "review", tmp_path / f"{name}.json", name) for name in ("Ann", "Bob")]
    out = counted(place / "review", files, tmp_path / "out")
    rows = read_table(out / "results.parquet", "results").table.to_pylist()
    assert [row["group"] for row in rows if row["axis"] == "reviewer"] == ["1"] * 3 + ["2"] * 3
    record = json.loads((out / "practice.json").read_text())
    assert record["studies"] == {"run": sha256_file(place / "run/run.json")}
    assert set(record["inputs"].values()) == {sha256_file(file) for file in files}
    people = json.loads((out / "people.json").read_text())
    assert sorted(people[:-2]) == [person(number) for number in range(20)]
    assert sorted(people[-2:]) == ["Ann", "Bob"]
    cases = pyarrow.parquet.read_table(out / "observed/cases.parquet").to_pylist()
    lines = (place / "samples.csv").read_text().splitlines()[1:]
    assert [lines[case["row"]].split(",")[2] for case in cases] == [people[case["subject"]] for case in cases]
    (out / "run").symlink_to(place / "run")
    assert again_without_a_difference(out).results.num_rows == len(rows)


def test_numbers_do_not_follow_the_order_of_names(place: Path, tmp_path: Path) -> None:
    """The command numbers by hashes; here the order is that of the option."""
    files = [judged(place / "review", tmp_path / f"{name}.json", name) for name in ("Ann", "Bob")]
    for order in (files, files[::-1]):
        test = open_practice("human_review")
        given = [f"review={place / 'review'}", f"judgements=[{','.join(map(str, order))}]", "seed=3"]
        found = test.observe(practice_options(test, given), tmp_path, Silent())
        assert list(found.people[-2:]) == [path.stem for path in order]


def test_a_review_is_read_as_it_was_drawn(place: Path, tmp_path: Path) -> None:
    file = judged(place / "review", tmp_path / "a.json", "Ann")
    assert observed(place / "review", file) == []
    with pytest.raises(HarnessError, match=r"drawn with the seed 3\. Give seed=3"):
        observed(place / "review", file, seed=0)
    old = tmp_path / "old"
    old.mkdir()
    text = (place / "review/review.json").read_text()
    (old / "review.json").write_text(text)
    assert "is not searched for their names" in observed(old, file)[0]
    (old / "review.json").write_text(f"{text} ")
    with pytest.raises(HarnessError, match="changed since it was drawn"):
        observed(old, judged(old, tmp_path / "b.json", "Ann"))


@pytest.mark.parametrize("given", ["judgements=[]", "judgements=3", "review=3"])
def test_options_that_are_none_are_named(given: str) -> None:
    with pytest.raises(HarnessError, match=f"{given.partition('=')[0]}: "):
        practice_options(open_practice("human_review"), ["review=a", "judgements=[b]", given])


def test_the_same_cases_are_drawn_again(place: Path) -> None:
    document, _ = read_document(place / "review")
    again = drawn_again(RunFolder(place / "run"), document)
    assert again == document
    assert drawn_tables(again).tables["cases"].equals(drawn_tables(document).tables["cases"])
