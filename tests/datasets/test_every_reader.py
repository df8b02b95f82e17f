"""What every reader of a folder has to do, on a small folder in the genuine layout of its dataset."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from harness.cards.facts import card_names, dataset_card
from harness.cards.registry import find
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError, Unscored
from harness.study.assembly import open_reader
from harness.tables.split_names import people_on_both_sides
from tests.datasets.made_folders import MANY, made_folders

MADE = made_folders()
LISTED = [name for name, made in MADE.items() if made.many is not None]
FEW, MANY_COPIES = 30, 100
SECONDS = 2.0
REPEATED = ("ravdess",)
"""Ten thousand files of which most are copies: their names allow no more."""


def reader(name: str, root: Path, **options: Any) -> Reader[ReaderOptions]:
    if package := MADE[name].package:
        pytest.importorskip(package)
    return open_reader(name, root, {**MADE[name].options, **options})


def test_every_dataset_on_disk_is_made() -> None:
    on_disk = [name for name in card_names("datasets") if find("readers", dataset_card(name).reader).needs_root]
    assert sorted(MADE) == on_disk


@pytest.mark.parametrize("name", MADE)
def test_samples_are_the_same_wherever_and_whenever_they_are_listed(name: str, tmp_path: Path) -> None:
    for place in ("one", "another place"):
        (tmp_path / place).mkdir()
        MADE[name].write(tmp_path / place)
    first = reader(name, tmp_path / "one").samples()
    assert first.equals(reader(name, tmp_path / "one").samples())
    assert first.equals(reader(name, tmp_path / "another place").samples())
    ids = first["sample_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    assert not any(part in one for one in ids for part in (str(tmp_path), "\\"))


@pytest.mark.parametrize("name", MADE)
def test_people_labels_and_splits_are_as_the_card_says(name: str, tmp_path: Path) -> None:
    MADE[name].write(tmp_path)
    made = reader(name, tmp_path)
    rows = made.samples().to_pylist()
    stands_alone = [row["sample_id"] for row in rows if row["subject_id"] == row["sample_id"]]
    named_alone = {"facial_expressions", "mesd", "msp_podcast"}
    assert not stands_alone or made.card.rows_independent or name in named_alone, (
        "somebody, or declared to be nobody"
    )
    if labels := made.card.labels:
        assert {row["label"] for row in rows} <= {*labels, None}
    assert {row["modality"] for row in rows} <= set(made.card.modalities)
    if not made.card.rows_independent:
        assert people_on_both_sides({(row["subject_id"], row["split"]) for row in rows}) == set()
    stated = {key.removeprefix("attr.") for row in rows for key in row if key.startswith("attr.")}
    if made.card.labels:
        assert stated <= set(made.card.attributes), "what is known of people is an attribute of the card"


@pytest.mark.parametrize("name", MADE)
def test_check_says_in_lines_where_a_copy_deviates(name: str, tmp_path: Path) -> None:
    MADE[name].write(tmp_path)
    found = reader(name, tmp_path).check()
    assert found.counts["samples"] == sum(found.per_label.values()) > 0
    assert all(problem and "\n" not in problem for problem in found.problems)
    expected = dataset_card(name).expected
    if expected.samples and not MADE[name].options:
        assert any(problem.startswith("samples: found ") for problem in found.problems)


@pytest.mark.parametrize("copies", [FEW, pytest.param(MANY_COPIES, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", MADE)
def test_no_corrupted_copy_ends_in_an_error_of_python(name: str, copies: int, tmp_path: Path) -> None:
    chance = random.Random(name)
    MADE[name].write(tmp_path)
    whole = reader(name, tmp_path).samples()
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    refused = 0
    for _ in range(copies):
        with damaged(chance.choice(files), chance):
            try:
                use(reader(name, tmp_path))
            except HarnessError:
                refused += 1
    assert reader(name, tmp_path).samples().equals(whole), "every copy was mended"
    assert refused < copies, "damage to one file is not always the end"


def use(made: Reader[ReaderOptions]) -> None:
    """List, check and load: a sample that cannot be read has a reason."""
    samples = made.samples()
    made.layout_problems(samples)
    with suppress(Unscored):
        made.load(samples.to_pylist()[0])


ODD = (b"\x00", b"\xff\xfe", b",", b";", b"\t", b"\n", b'"', b"-", b"9" * 20, b"nan", "é".encode(), b"{")


@contextmanager
def damaged(path: Path, chance: random.Random) -> Iterator[None]:
    """One file cut, emptied, gone or under another name, or with bytes in it that were not there."""
    data = path.read_bytes()
    place, odd = chance.randrange(len(data) + 1), chance.choice(ODD)
    behind = data[place:] if chance.random() < 0.5 else data[place + len(odd) :]
    changed = chance.choice([data[:place], b"", data[:place] + odd + behind, data[:place] + odd + behind])
    other = path.with_name(chance.choice(["x", "é", "9", "_"]).join(path.name.split(chance.choice(path.name))))
    file = chance.choice([path, path, path, other])
    path.unlink()
    if chance.random() < 0.9:
        file.write_bytes(changed if file == path else data)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        path.write_bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTED)
def test_ten_thousand_samples_are_listed_in_two_seconds(name: str, in_memory: Path) -> None:
    many = MADE[name].many
    assert many is not None
    many(in_memory)
    made = reader(name, in_memory, **MADE[name].dense)
    seconds, num = listing(made)
    assert num >= MANY or name in REPEATED
    taken = [seconds]
    while taken[-1] >= SECONDS and len(taken) < 3:  # a machine with more to do is slower, even in its own time
        taken.append(listing(made)[0])
    assert min(taken) < SECONDS


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder that is gone after the test, in memory where there is such: empty files are made faster there."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


def listing(made: Reader[ReaderOptions]) -> tuple[float, int]:
    """The time that it takes, and the number of samples."""
    start = time.process_time()
    num = made.samples().num_rows
    return time.process_time() - start, num
