"""The pack of a practice test: that it holds, names nobody, and that no forgery of it does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from forged_practice import fit
from packs_made import DOSSIER, opened, public
from silent import Silent
from typer.testing import CliRunner

from harness.commands.main import app
from harness.conformity.measured_run import Signer
from harness.errors import HarnessError
from harness.files import sha256_file
from harness.packs.attestation import signed_of
from harness.packs.common_choices import CommonChoices
from harness.packs.lines import Status
from harness.packs.manifest import MANIFEST
from harness.packs.received_pack import BrokenPackError
from harness.packs.signing_keys import new_key
from harness.practice_tests.opened_practice import open_practice, practice_options
from harness.practice_tests.packs.practice_pack import make_practice_pack
from harness.practice_tests.packs.verify_practice import sign_practice_pack, verify_practice
from harness.practice_tests.practice_folder import run_practice
from harness.tables.parquet_files import write_csv
from harness.tables.versions import read_table, write_table

PEOPLE = [f"Person-{number:02d} of Elm Street" for number in range(8)]
COLUMNS = ["columns.device=device", "columns.moving=moving", "columns.stressor=stressor", "columns.report=report"]


def write_scores(path: Path, device: str = "watch") -> None:
    """Thirty moments of eight people on a day of 2026, in an order in which names are not sorted."""
    rng, lines = np.random.default_rng(0), ["subject,time,device,score,moving,stressor,report"]
    for person in reversed(PEOPLE):
        for minute in range(30):
            score, report = rng.normal(50, 10), rng.normal()
            moving, stressor = int(rng.random() < 0.4), minute % 2
            lines.append(
                f"{person},2026-03-05T10:{minute:02d}:00,{device},{score:.2f},{moving},{stressor},{report:.2f}"
            )
    path.write_text("\n".join(lines))


def scored(folder: Path, *more: str) -> Path:
    """The folder of a test of scores of the folder."""
    test = open_practice("wearables")
    given = [f"scores={folder / 'scores.csv'}", *COLUMNS, f"out={folder / 'out'}", *more]
    return run_practice(test, practice_options(test, given), Silent())[0]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished test, a key and a dossier."""
    folder = tmp_path_factory.mktemp("practice")
    write_scores(folder / "scores.csv")
    scored(folder)
    new_key(folder / "jo", Signer("Jo Smith", "head of laboratory", "ACME"), None)
    new_key(folder / "ann", Signer("Ann Lee", "tester", "ACME"), None)
    (folder / "dossier.yaml").write_text(DOSSIER)
    return folder


@pytest.fixture(scope="module")
def made(place: Path) -> Path:
    choices = CommonChoices(dossier=place / "dossier.yaml", keys=[opened(place / "jo")])
    return make_practice_pack(place / "out", choices, datetime.now(UTC)).path


@pytest.fixture
def pack(made: Path, tmp_path: Path) -> Path:
    """A copy of the pack, to be changed."""
    shutil.copytree(made, tmp_path / "pack")
    return tmp_path / "pack"


def broken(pack: Path) -> str | None:
    """The promise that is broken; None if none is."""
    return next((line.text for line in verify_practice(pack) if line.status is Status.BROKEN), None)


def test_it_holds_and_says_who_signed(place: Path, made: Path) -> None:
    found = {line.text.partition(":")[0]: line for line in verify_practice(made, [public(place / "jo")])}
    shown = ("Files", "Signature", "Dates", "Results", "Summaries")
    assert {name: found[name].status for name in shown} == dict.fromkeys(shown, Status.HOLDS)
    assert "measured again from what was observed (people: 8): equal to the last bit" in found["Results"].text
    stranger = list(verify_practice(made, [public(place / "ann")]))
    assert stranger[-1].text.startswith("no signature is of a key that you gave")


def test_nobody_is_named_in_it_and_no_day(made: Path) -> None:
    for path in made.rglob("*"):
        if path.suffix == ".parquet":
            text = json.dumps(pyarrow.parquet.read_table(path).to_pylist())
        else:
            text = path.read_text() if path.is_file() and path.suffix != ".dsse" else ""
        assert "Elm Street" not in text
        assert "2026-03" not in text
        assert str(made.parent.parent) not in text, path
    moments = pyarrow.parquet.read_table(made / "practice/observed/moments.parquet")
    assert moments["subject"].to_pylist()[:31] == [0] * 30 + [1]
    assert moments["time_s"].to_pylist()[:2] == [0.0, 60.0]
    assert json.loads((made.parent / "people.json").read_text())[0] == PEOPLE[-1]
    assert not list(made.rglob("people.json"))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "practice/results.parquet",
            "practice/results.csv",
            "practice/practice.json",
            "practice/summary.nl.html",
        ),
        *("practice/observed/moments.parquet", "practice/observed/facts.json", "README.md", "dossier.yaml"),
    ],
)
def test_a_file_that_was_changed_or_taken_away_is_found(pack: Path, name: str) -> None:
    (pack / name).write_bytes((pack / name).read_bytes() + b" ")
    assert name in str(broken(pack))
    (pack / name).unlink()
    assert f"{name} is missing" in str(broken(pack))


def change_results(pack: Path) -> None:
    path = pack / "practice/results.parquet"
    table = read_table(path, "results").table
    rows = table.to_pylist()
    rows[-1]["value"] = 0.5
    changed = pa.Table.from_pylist(rows, table.schema)
    write_table(changed, "results", path)
    write_csv(changed, path.with_suffix(".csv"))


def change_observed(pack: Path) -> None:
    path = pack / "practice/observed/moments.parquet"
    table = pyarrow.parquet.read_table(path)
    place = table.column_names.index("score")
    pyarrow.parquet.write_table(table.set_column(place, "score", pa.array([50.0] * len(table))), path)


def change_summary(pack: Path) -> None:
    path = pack / "practice/summary.en.html"
    path.write_text(path.read_text().replace("fault", "passes"))


def add_file(pack: Path) -> None:
    (pack / "practice/letter.html").write_text("All is well.")


def add_table(pack: Path) -> None:
    shutil.copy(pack / "practice/results.parquet", pack / "practice/more.parquet")


FORGED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a number": (change_results, "results do not follow from what was observed"),
    "what was observed": (change_observed, "results do not follow from what was observed"),
    "a summary": (change_summary, "not what follows from the results: summary.en.html"),
    "a letter": (add_file, "no part of such a pack: practice/letter.html"),
    "a table": (add_table, "no part of such a pack: practice/more.parquet"),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forgery_whose_hashes_and_signature_fit_is_found(place: Path, pack: Path, what: str) -> None:
    forge, message = FORGED[what]
    fit(pack, place / "jo")
    assert broken(pack) is None
    forge(pack)
    fit(pack, place / "jo")
    assert message in str(broken(pack))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"num_subjects": 800}, "number of subjects"),
        ({"practice_test": "audit"}, "practice test"),
        ({"finished": "2026-01-01T00:00:00+00:00"}, "dates"),
        ({"inputs": {}}, "inputs"),
        ({"record": {"options": {"scores": "FILE", "limits": {"drift": 90}}}}, "results do not follow"),
        ({"record": {"verdicts": []}}, "facts or verdicts"),
        ({"record": {"facts": 3}}, "facts or verdicts"),
        ({"record": {"practice_test": 3}}, "practice test"),
        ({"record": {"files": 3}}, "malformed"),
    ],
)
def test_what_does_not_fit_together_is_found(place: Path, pack: Path, changes: dict[str, Any], what: str) -> None:
    fit(pack, place / "jo", **changes)
    assert what in str(broken(pack))


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"subject": list(range(8))}),
        pa.table({"subject": ["Jo"], "device": ["watch"]}),
        pa.table({"subject": [-5], "device": ["watch"]}),
        pa.table({"subject": [2**60], "device": ["watch"]}),
    ],
)
def test_a_table_that_is_none_breaks_the_pack(place: Path, pack: Path, table: pa.Table) -> None:
    pyarrow.parquet.write_table(table, pack / "practice/observed/moments.parquet")
    fit(pack, place / "jo")
    assert "observed: " in str(broken(pack))


def test_others_sign_what_they_verified_and_nothing_else(place: Path, pack: Path) -> None:
    shown: list[str] = []
    (path,) = sign_practice_pack(
        pack, [opened(place / "ann")], datetime.now(UTC), lambda line: shown.append(line.text)
    )
    assert path.is_file()
    assert any(text.startswith("Results: ") for text in shown)
    assert broken(pack) is None
    with pytest.raises(HarnessError, match="Ann Lee has signed this pack"):
        sign_practice_pack(pack, [opened(place / "ann")], datetime.now(UTC), lambda line: None)
    path.unlink()
    change_summary(pack)
    with pytest.raises(BrokenPackError, match=r"summary\.en\.html"):
        sign_practice_pack(pack, [opened(place / "ann")], datetime.now(UTC), lambda line: None)
    assert not path.exists()


def test_what_is_put_in_place_while_it_is_verified_is_not_signed(place: Path, pack: Path) -> None:
    verified = sha256_file(pack / MANIFEST)

    def exchange(line: object) -> None:
        (pack / MANIFEST).write_text("{}")

    (path,) = sign_practice_pack(pack, [opened(place / "ann")], datetime.now(UTC), exchange)
    assert signed_of(path.read_bytes()).statement.subject[0].digest.sha256 == verified


def packed(folder: Path, place: Path, **choices: Any) -> Path:
    asked = CommonChoices(**{"dossier": place / "dossier.yaml", **choices})
    return make_practice_pack(folder, asked, datetime.now(UTC)).path


def test_a_test_that_is_not_finished_or_was_changed_is_not_packed(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "out", tmp_path / "out", ignore=shutil.ignore_patterns("evidence"))
    (tmp_path / "out/practice.json").rename(tmp_path / "record")
    with pytest.raises(HarnessError, match="is not finished"):
        packed(tmp_path / "out", place)
    (tmp_path / "record").rename(tmp_path / "out/practice.json")
    summary = tmp_path / "out/summary.en.html"
    summary.write_text(summary.read_text() + " ")
    with pytest.raises(HarnessError, match=r"summary.en.html is missing, or not what the test wrote"):
        packed(tmp_path / "out", place)
    assert not (tmp_path / "out/evidence").exists()


def test_a_summary_that_does_not_follow_is_not_packed(place: Path, tmp_path: Path) -> None:
    """As one that another version made, whose record fits."""
    shutil.copytree(place / "out", tmp_path / "out", ignore=shutil.ignore_patterns("evidence"))
    summary, path = tmp_path / "out/summary.en.html", tmp_path / "out/practice.json"
    summary.write_text(summary.read_text() + " ")
    record = json.loads(path.read_text())
    record["files"]["summary.en.html"] = sha256_file(summary)
    path.write_text(json.dumps(record))
    with pytest.raises(HarnessError, match=r"do not follow from what it observed \(summary\.en\.html\)"):
        packed(tmp_path / "out", place)


def test_a_person_who_is_named_is_not_packed(place: Path, tmp_path: Path) -> None:
    write_scores(tmp_path / "scores.csv", device=PEOPLE[0])
    out = scored(tmp_path)
    with pytest.raises(HarnessError, match="the name of a person who was tested"):
        packed(out, place)
    assert not (out / "evidence").exists()
    (tmp_path / "dossier.yaml").write_text(DOSSIER.replace("museums", f"the museum of {PEOPLE[0]}"))
    with pytest.raises(HarnessError, match=r"name of a person who was tested.*dossier\.yaml"):
        packed(place / "out", place, dossier=tmp_path / "dossier.yaml", into=tmp_path / "pack")


def test_a_device_that_is_called_after_who_wears_it_is_not_packed(place: Path, tmp_path: Path) -> None:
    names = dict(zip(PEOPLE, ("anna", "bob", "carla", "dora", "eve", "finn", "gita", "hans"), strict=True))
    write_scores(tmp_path / "scores.csv", device="watch of anna")
    text = (tmp_path / "scores.csv").read_text()
    for name, short in names.items():
        text = text.replace(name, short)
    (tmp_path / "scores.csv").write_text(text)
    out = scored(tmp_path)
    with pytest.raises(HarnessError, match=r"what a person is called \(in column device of moments\)"):
        packed(out, place)
    assert not (out / "evidence").exists()


def test_few_people_and_a_place_that_is_taken_are_refused(place: Path, made: Path, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="the fewest are 8, and 9 are demanded"):
        packed(place / "out", place, into=tmp_path / "pack", min_anonymity=9)
    with pytest.raises(HarnessError, match=r"exists\. A pack is not overwritten"):
        packed(place / "out", place)


def test_the_same_commands_make_verify_and_sign_it(place: Path, tmp_path: Path) -> None:
    def harness(*arguments: str) -> tuple[int, str]:
        found = CliRunner().invoke(app, list(arguments))
        return found.exit_code, f"{found.output}{found.exception or ''}"

    into, key = str(tmp_path / "pack"), str(place / "jo")
    dossier = ["--dossier", str(place / "dossier.yaml"), "--into", into]
    code, text = harness("pack", str(place / "out"), *dossier, "--reason", "new")
    assert (code, "--reason: for the pack of a run" in text) == (1, True)
    assert harness("pack", str(place / "out"), *dossier, "--key", key)[0] == 0
    code, text = harness("verify", into, "--key", f"{key}.pub")
    assert code == 0
    assert "✓ Results: " in text
    assert harness("sign", into, "--key", str(place / "ann"))[0] == 0
    change_summary(tmp_path / "pack")
    assert harness("verify", into)[0] == 1


def test_a_test_by_an_older_version_is_to_be_run_again(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "out", tmp_path / "out", ignore=shutil.ignore_patterns("evidence"))
    record = json.loads((tmp_path / "out/practice.json").read_text())
    del record["code_sha256"]
    (tmp_path / "out/practice.json").write_text(json.dumps(record))
    with pytest.raises(HarnessError, match="Run it again in a new folder"):
        packed(tmp_path / "out", place)


def test_a_record_that_names_files_elsewhere_is_none(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "out", tmp_path / "out", ignore=shutil.ignore_patterns("evidence"))
    (tmp_path / "letter").write_text("All is well.")
    record = json.loads((tmp_path / "out/practice.json").read_text())
    for name in ("../letter", str(tmp_path / "letter")):
        record["files"] = {name: sha256_file(tmp_path / "letter")}
        (tmp_path / "out/practice.json").write_text(json.dumps(record))
        with pytest.raises(HarnessError, match="not the record of a practice test"):
            packed(tmp_path / "out", place)
