"""Whether the pack of a practice test is held against the packs of the runs that it rests on."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from forged_practice import measure_again
from packs_made import DOSSIER, opened, public
from silent import Silent

from harness.conformity.measured_run import Signer
from harness.packs.common_choices import CommonChoices
from harness.packs.lines import Line, Status
from harness.packs.make_pack import PackChoices, make_pack
from harness.packs.signing_keys import new_key
from harness.practice_tests.opened_practice import open_practice, practice_options
from harness.practice_tests.packs.practice_pack import make_practice_pack
from harness.practice_tests.packs.verify_practice import verify_practice
from harness.practice_tests.practice_folder import run_practice


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packs of an audit of forty people (``audit``), of its run (``run``), and of another run (``other``)."""
    folder = tmp_path_factory.mktemp("audit")
    lines, answers = ["sample_id,subject_id,attr.sex"], ["sample_id,label,score.anger,score.happiness"]
    for person in reversed(range(40)):
        lines.append(f"s{person},Person-{person} of Elm Street,{'fm'[person % 2]}")
        answers.append(f"s{person},anger,0.9,0.1" if person % 3 else f"s{person},happiness,0.2,0.8")
    (folder / "samples.csv").write_text("\n".join(lines))
    (folder / "answers.csv").write_text("\n".join(answers))
    new_key(folder / "jo", Signer("Jo Smith", "head of laboratory", "ACME"), None)
    (folder / "dossier.yaml").write_text(DOSSIER)
    audited(folder, "out", "audit", "run", seed=0)
    audited(folder, "again", "audit-again", "other", seed=1)
    return folder


def audited(folder: Path, out: str, pack: str, pack_of_run: str, seed: int) -> None:
    test = open_practice("audit")
    arguments = [
        *("model=predictions", f"model_options={{file: {folder / 'answers.csv'}}}", f"root={folder}"),
        *("dataset_options={modality: face}", f"out={folder / out}", f"seed={seed}"),
    ]
    run_practice(test, practice_options(test, arguments), Silent())
    choices = {"dossier": folder / "dossier.yaml", "keys": [opened(folder / "jo")]}
    make_practice_pack(folder / out, CommonChoices(**choices, into=folder / pack), datetime.now(UTC))
    make_pack(folder / out / "study", PackChoices(**choices, into=folder / pack_of_run), datetime.now(UTC))


@pytest.fixture
def pack(place: Path, tmp_path: Path) -> Path:
    """A copy of the audit's pack, to be changed."""
    shutil.copytree(place / "audit", tmp_path / "pack")
    return tmp_path / "pack"


def last(pack: Path, place: Path, *studies: str) -> Line:
    """What is found of the studies, or the promise that is broken."""
    found = verify_practice(pack, [public(place / "jo")], studies=[place / name for name in studies])
    return [line for line in found if line.status is not Status.LIMIT][-1]


def test_what_was_observed_follows_from_the_run_whose_pack_is_given(place: Path) -> None:
    assert last(place / "audit", place) == Line(
        Status.OPEN, "Studies: it rests on 1 run whose packs were not given (study): add them with --study DIR"
    )
    assert last(place / "audit", place, "run") == Line(
        Status.HOLDS,
        "Studies: the packs of 1 run that you gave hold; what was observed follows from them: answers",
    )


def test_answers_that_the_run_did_not_give_are_found(place: Path, pack: Path) -> None:
    path = pack / "practice/observed/answers.parquet"
    table = pyarrow.parquet.read_table(path)
    invented = table.set_column(table.column_names.index("negative"), "negative", pa.array([False] * len(table)))
    pyarrow.parquet.write_table(invented, path)
    measure_again(pack, place / "jo")
    assert last(pack, place).status is Status.OPEN  # it holds together
    assert last(pack, place, "run") == Line(
        Status.BROKEN, "what was observed does not follow from the packs of runs: answers"
    )


def test_another_run_and_a_pack_that_was_changed_are_found(place: Path, tmp_path: Path) -> None:
    assert "is of none of the runs that this test rests on" in last(place / "audit", place, "other").text
    shutil.copytree(place / "run", tmp_path / "run")
    report = tmp_path / "run/run/report.html"
    report.write_text(report.read_text() + " ")
    found = last(place / "audit", place, str(tmp_path / "run"))
    assert found.status is Status.BROKEN
    assert "run/report.html" in found.text
