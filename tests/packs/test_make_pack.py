"""A pack holds what others need to verify a run, and nothing that names people or files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from forged_packs import change_results, fit_record
from packs_made import DOSSIER, SUBJECTS, Packed, opened, public
from verified_packs import broken, statuses

from harness.conformity.measured_run import Signer
from harness.errors import HarnessError
from harness.files import sha256_file
from harness.packs.made_files import crate_bytes
from harness.packs.make_pack import Pack, read_manifest
from harness.packs.sign_pack import add_signatures
from harness.packs.verify_pack import verify
from harness.tables.versions import read_table


def _texts(pack: Path) -> str:
    """Everything that can be read in a pack: files as they are, tables as their cells and metadata."""
    texts = []
    for path in pack.rglob("*"):
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            texts += [str(table.to_pylist()), str(table.schema.metadata)]
        elif path.is_file():
            texts.append(path.read_text())
    return "\n".join(texts)


def test_a_pack_names_neither_people_nor_files_nor_places(
    made: Pack, finished_run: Path, packs_home: Path
) -> None:
    texts = _texts(made.path)
    private = [*SUBJECTS, "Elm Street", "clip0", ".wav", "met in room", str(finished_run.parent), str(packs_home)]
    assert [name for name in private if name in texts] == []
    assert "Elm Street" in _texts(finished_run)  # what is looked for is there


def test_results_and_record_are_those_of_the_run(made: Pack, finished_run: Path) -> None:
    for name in ("results.parquet", "results.csv", "curves.parquet", "run.json"):
        assert sha256_file(made.path / "run" / name) == sha256_file(finished_run / name)
    assert made.manifest.run.run_sha256 == sha256_file(finished_run / "run.json")


def test_the_manifest_names_every_file_with_its_hash_and_says_what_was_measured(made: Pack) -> None:
    named = {file.path: (file.bytes, file.sha256) for file in made.manifest.files}
    there = {
        path.relative_to(made.path).as_posix(): (path.stat().st_size, sha256_file(path))
        for path in made.path.rglob("*")
        if path.is_file()
    }
    beside = {name for name in there if name == "manifest.json" or name.startswith("signatures/")}
    assert named == {name: there[name] for name in there if name not in beside}
    assert (made.manifest.dataset.num_samples, made.manifest.dataset.num_subjects) == (72, 12)
    assert (made.manifest.anonymity.k, made.manifest.anonymity.attributes) == (6, ["sex"])


def test_predictions_are_complete_under_pseudonyms(made: Pack, finished_run: Path) -> None:
    hidden = read_table(made.path / "run" / "predictions.parquet", "predictions").table
    own = read_table(finished_run / "predictions.parquet", "predictions").table
    assert hidden.drop_columns("sample_id").to_pylist() == own.drop_columns("sample_id").to_pylist()
    assert len(set(hidden["sample_id"].to_pylist())) == len(set(own["sample_id"].to_pylist()))


def test_a_pack_is_never_overwritten(made: Pack, packed: Packed, finished_run: Path) -> None:
    with pytest.raises(HarnessError, match="A pack is not overwritten"):
        packed(finished_run, into=made.path)


@pytest.mark.parametrize("name", ["samples.parquet", "results.parquet", "run.json"])
def test_a_run_that_lacks_something_is_not_packed(name: str, run: Path, packed: Packed, tmp_path: Path) -> None:
    (run / name).unlink()
    with pytest.raises(HarnessError, match=str(run)):
        packed(run)
    assert not list(tmp_path.glob("*other*"))


def test_results_that_do_not_follow_from_the_tables_are_not_packed(run: Path, packed: Packed) -> None:
    """Also if the hashes of the record were made to fit."""
    change_results(run, metric="accuracy", value=0.99)
    with pytest.raises(HarnessError, match=r"results\.parquet is missing, or not what the run wrote"):
        packed(run)
    fit_record(run)
    with pytest.raises(HarnessError, match=r"1 row of the results do not follow .*accuracy, overall: all"):
        packed(run)


def test_a_secret_is_not_packed(finished_run: Path, packed: Packed, tmp_path: Path) -> None:
    leaking = tmp_path / "leaking.yaml"
    leaking.write_text(DOSSIER.replace("museums", "museums, AKIAABCDEFGHIJKLMNOP"))
    with pytest.raises(HarnessError, match=r"must not leave this machine: .*a key of AWS") as error:
        packed(finished_run, dossier=leaking)
    assert "AKIAABCDEFGHIJKLMNOP" not in str(error.value)
    assert not (tmp_path / "other").exists()


def test_of_two_packs_at_once_the_second_to_be_whole_is_refused(
    finished_run: Path, packed: Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first(*of: object) -> bytes:
        (tmp_path / "other" / "of-another-process").mkdir(parents=True)
        return crate_bytes(*of)  # type: ignore[arg-type]

    monkeypatch.setattr("harness.packs.make_pack.crate_bytes", first)
    with pytest.raises(HarnessError, match=r"other exists\. A pack is not overwritten"):
        packed(finished_run)
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["of-another-process"]
    assert not list(tmp_path.glob("*.part"))


def test_a_text_that_no_manifest_could_hold_is_refused(made: Pack, finished_run: Path, packed: Packed) -> None:
    with pytest.raises(HarnessError, match="Why there is a new pack: reason: "):
        packed(finished_run, previous=made.path, reason="x" * 2001)


@pytest.mark.parametrize("told", [SUBJECTS[3], SUBJECTS[3].replace(" ", "_") + ".wav"])
def test_a_text_that_names_a_person_of_the_dataset_is_not_packed(
    told: str, finished_run: Path, packed: Packed, tmp_path: Path
) -> None:
    leaking = tmp_path / "leaking.yaml"
    leaking.write_text(DOSSIER.replace("museums", f"museums, as {told} asked for it"))
    with pytest.raises(HarnessError, match=r"the name of a person .*\(in dossier\.yaml, ") as error:
        packed(finished_run, dossier=leaking)
    assert told not in str(error.value)
    assert not (tmp_path / "other").exists()


def test_too_little_anonymity_is_refused_on_request(finished_run: Path, packed: Packed) -> None:
    with pytest.raises(HarnessError, match=r"the fewest are 6, and 7 are demanded"):
        packed(finished_run, min_anonymity=7)
    packed(finished_run, min_anonymity=6)


def test_several_people_sign_one_after_another(finished_run: Path, packed: Packed, keys: dict[str, Path]) -> None:
    ann = Signer("Ann Lee", "tester", "ACME")
    pack = packed(finished_run, keys=[opened(keys["jo"])], also_sign=[ann])
    both = [public(keys["jo"]), public(keys["ann"])]
    assert "still to come from Ann Lee" in "\n".join(line.text for line in verify(pack, both))
    before = read_manifest(pack)
    now = datetime.now(UTC)
    add_signatures(pack, [opened(keys["ann"])], now)
    assert read_manifest(pack) == before
    assert statuses(pack, *both)["Signature"] == ["holds", "holds"]
    with pytest.raises(HarnessError, match="Ann Lee has signed this pack with this key"):
        add_signatures(pack, [opened(keys["ann"])], now)


def test_packs_of_one_system_are_a_chain(finished_run: Path, packed: Packed) -> None:
    first = packed(finished_run, "first")
    second = packed(finished_run, "second", previous=first, reason="a label was corrected")
    third = packed(finished_run, "third", previous=second, reason="and another")
    assert statuses(third, previous=[first, second])["Chain"] == ["holds"]
    assert statuses(third, previous=[second])["Chain"] == ["holds", "open"]
    assert "none of the packs before this one" in str(broken(second, previous=[third]))
    assert read_manifest(third).previous.reason == "and another"  # type: ignore[union-attr]


def test_a_killed_pack_leaves_nothing_in_its_place(finished_run: Path, dossier: Path, tmp_path: Path) -> None:
    """Whenever it is killed: the pack is there as a whole, or not at all."""
    command = [sys.executable, "-m", "harness.commands.main", "pack", str(finished_run), "--dossier", str(dossier)]
    for number, seconds in enumerate((1.0, 1.8, 2.6)):
        into = tmp_path / f"killed{number}"
        process = subprocess.Popen([*command, "--into", str(into)], env=os.environ, stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not into.exists() or broken(into) is None
