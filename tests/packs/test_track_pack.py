"""A pack arrives whole and once, or not at all; one that does not verify is never sent."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from forked_python import python
from lying_server import lying
from packs_made import Packed, opened
from verified_packs import broken

from harness.errors import HarnessError
from harness.files import sha256_file
from harness.packs.make_pack import Pack, read_manifest
from harness.packs.sign_pack import add_signatures
from harness.packs.track_pack import track_pack

pytestmark = [
    pytest.mark.usefixtures("forked_sender"),
    pytest.mark.filterwarnings("ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning"),
]


def _client(uri: str) -> Any:
    from mlflow.tracking import MlflowClient

    return MlflowClient(uri)


def _runs(client: Any, experiment: str) -> list[Any]:
    found = client.get_experiment_by_name(experiment)
    return (
        []
        if found is None
        else [client.get_run(run.info.run_id) for run in client.search_runs([found.experiment_id])]
    )


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_whole_pack_arrives_byte_for_byte(made: Pack, database: str, tmp_path: Path) -> None:
    before = _contents(made.path)
    tracked = track_pack(made.path, uri=database, experiment="whole")
    client = _client(database)
    run = client.get_run(tracked.run_id)
    assert run.info.status == "FINISHED"
    client.download_artifacts(tracked.run_id, "", str(tmp_path))
    assert _contents(tmp_path) == {f"evidence/{name}": data for name, data in before.items()}
    assert broken(tmp_path / "evidence") is None
    digest = sha256_file(made.path / "manifest.json")
    told = {name.removeprefix("harness."): value for name, value in run.data.tags.items()}
    assert told["manifest_sha256"] == digest
    assert told["pack_id"] == made.manifest.pack_id
    assert told["packed_run_sha256"] == sha256_file(made.path / "run" / "run.json")
    assert told["signers"] == "Jo Smith (head of laboratory, ACME)"
    assert told["scope"] == "high_risk"
    assert "previous_pack" not in told
    assert "`evidence/run/report.html`" in told["mlflow.note.content"]
    assert told["verdict.sex"] in ("met", "inconclusive", "not_tested", "not_met")
    assert 0 <= run.data.metrics["group/sex/female/uar"] <= 1
    (link,) = run.inputs.model_inputs
    assert client.get_logged_model(link.model_id).tags[f"harness.pack.{made.manifest.pack_id}"] == digest
    assert _contents(made.path) == before


def test_twice_is_once_and_a_signature_that_came_later_is_added(
    pack: Path, keys: dict[str, Path], database: str, tmp_path: Path
) -> None:
    first = track_pack(pack, uri=database, experiment="twice")
    assert track_pack(pack, uri=database, experiment="twice") == first
    (signature,) = add_signatures(pack, [opened(keys["ann"])], datetime.now(UTC))
    assert track_pack(pack, uri=database, experiment="twice") == first
    client = _client(database)
    (run,) = _runs(client, "twice")
    signers = {"Ann Lee (tester, ACME)", "Jo Smith (head of laboratory, ACME)"}
    assert set(run.data.tags["harness.signers"].split("; ")) == signers
    client.download_artifacts(first.run_id, "evidence", str(tmp_path))
    assert (tmp_path / "evidence" / "signatures" / signature.name).read_bytes() == signature.read_bytes()
    assert len(client.get_metric_history(first.run_id, "uar")) == 1
    assert len(run.inputs.dataset_inputs) == len(run.inputs.model_inputs) == 1


def test_a_pack_of_the_same_run_is_a_run_of_its_own_that_names_the_one_before(
    made: Pack, run: Path, packed: Packed, database: str
) -> None:
    track_pack(made.path, uri=database, experiment="chain")
    second = packed(run, previous=made.path, reason="a word in the dossier")
    tracked = track_pack(second, uri=database, experiment="chain")
    client = _client(database)
    assert len(_runs(client, "chain")) == 2
    later = client.get_run(tracked.run_id)
    assert later.data.tags["harness.previous_pack"] == made.manifest.pack_id
    assert later.data.tags["harness.signers"] == "nobody"


def _changed(pack: Path) -> None:
    path = pack / "run" / "report.html"
    path.write_bytes(path.read_bytes().replace(b"<h1", b"<h2", 1))


def _one_more(pack: Path) -> None:
    (pack / "run" / "notes.txt").write_text("the private key of this machine")


def _linked(pack: Path) -> None:
    kept = pack.parent / "kept"
    (pack / "dossier.yaml").rename(kept)
    (pack / "dossier.yaml").symlink_to(kept)


def _linked_signature(pack: Path) -> None:
    (signature,) = (pack / "signatures").iterdir()
    kept = pack.parent / "kept"
    signature.rename(kept)
    signature.symlink_to(kept)


def _linked_manifest(pack: Path) -> None:
    (pack / "manifest.json").rename(pack.parent / "kept")
    (pack / "manifest.json").symlink_to(pack.parent / "kept")


def _forged_signature(pack: Path) -> None:
    (signature,) = (pack / "signatures").iterdir()
    signature.write_bytes(signature.read_bytes().replace(b'"sig": "', b'"sig": "0'))


def _long_signature(pack: Path) -> None:
    with (pack / "signatures" / "long.dsse.json").open("wb") as file:
        file.truncate(10**10)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_changed, "run/report.html was changed"),
        (_one_more, "not in the manifest: run/notes.txt"),
        (_linked, "dossier.yaml: a link"),
        (_linked_signature, "a link"),
        (_linked_manifest, "manifest.json: a link"),
        (_forged_signature, "not what it says"),
        (_long_signature, "long.dsse.json is larger than any such file"),
    ],
)
def test_what_does_not_verify_is_not_sent(damage: Any, message: str, pack: Path) -> None:
    damage(pack)
    with lying("nothing") as server:
        with pytest.raises(HarnessError, match="not sent") as failure:
            track_pack(pack, uri=server.uri)
        assert server.asked == []
    assert message in str(failure.value)
    assert str(failure.value).startswith(f"{pack}: ")
    assert "harness-track" not in str(failure.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "timeout_s"),
    [
        *(("takes no values", 40), ("takes no files", 40), ("made the run, says it failed", 40)),
        ("keeps the files waiting", 15),  # until the time is over
    ],
)
def test_a_pack_that_was_begun_is_taken_back(kind: str, timeout_s: float, made: Pack) -> None:
    with lying(kind) as server:
        with pytest.raises(HarnessError, match="did not accept"):
            track_pack(made.path, uri=server.uri, timeout_s=timeout_s)
        assert server.num_made == 1
        assert not server.runs


@pytest.mark.slow
def test_a_command_killed_in_the_middle_leaves_nothing_on_the_server(made: Pack) -> None:
    command = [sys.executable, "-m", "harness.commands.main", "track", str(made.path), "--timeout", "15"]
    with lying("keeps the files waiting") as server:
        process = subprocess.Popen([*command, "--uri", server.uri])
        while not server.runs and process.poll() is None:
            time.sleep(0.05)
        process.kill()
        process.wait()
        assert server.num_made == 1
        deadline = time.monotonic() + 20
        while server.runs and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not server.runs


def test_what_a_killed_process_left_is_replaced(made: Pack, database: str) -> None:
    client = _client(database)
    place = client.create_experiment("left")
    digest = sha256_file(made.path / "manifest.json")
    left = client.create_run(place, tags={"harness.manifest_sha256": digest}).info.run_id
    tracked = track_pack(made.path, uri=database, experiment="left")
    assert [run.info.run_id for run in _runs(client, "left")] == [tracked.run_id]
    assert client.get_run(left).info.lifecycle_stage == "deleted"


@pytest.mark.slow
def test_the_command_takes_runs_and_packs(made: Pack, finished_run: Path, database: str) -> None:
    command = ["-m", "harness.commands.main", "track", "--uri", database, "--experiment", "both"]
    for folder in (made.path, finished_run):
        ended = python(*command, str(folder))
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.startswith("logged as MLflow run ")
    tags = [set(run.data.tags) for run in _runs(_client(database), "both")]
    assert sorted("harness.pack_id" in of_run for of_run in tags) == [False, True]
    assert read_manifest(made.path) == made.manifest
    (finished_run / "tracking.json").unlink()
