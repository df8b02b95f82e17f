"""No forged pack is called genuine, and no changed byte passes."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from forged_packs import change_results, change_table, fit_manifest, fit_record, rows_of, score_again
from packs_made import DOSSIER, LABELS, Packed, opened, public
from verified_packs import broken, statuses

from harness.conformity.measured_run import Signer, pack_id
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import sha256_file
from harness.packs.make_pack import Pack, read_manifest
from harness.packs.sign_pack import write_signature
from harness.packs.signing_keys import new_key
from harness.packs.verdict_summary import signed_verdicts
from harness.packs.verify_pack import LIMITS, Status, verify
from harness.tables.parquet_files import write_csv
from harness.tables.versions import read_table

SEVERAL = 5


def test_a_genuine_pack_holds_whoever_verifies_it(
    made: Pack, keys: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with another data folder, in which there is no key of pseudonyms."""
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "elsewhere"))
    expected = {"Files", "Signature", "Plan", "Registration", "Results", "System", "Report and documents", "Chain"}
    known = statuses(made.path, public(keys["jo"]))
    assert expected <= known.keys()
    assert known["Signature"] == ["holds"]
    assert known["Registration"] == ["open"]
    assert known["System"] == ["open"]  # a file of answers was not asked again
    assert broken(made.path, public(keys["jo"])) is None
    assert statuses(made.path)["Signature"] == ["open"]
    texts = [line.text for line in verify(made.path) if line.status is Status.LIMIT]
    assert texts == list(LIMITS)
    assert not (tmp_path / "elsewhere" / "pseudonym.key").exists()


def _relabel(run: Path) -> None:
    """The labels become what the system answered."""
    answers = {row["sample_id"]: row["label"] for row in rows_of(run, "predictions")}
    change_table(run, "samples", lambda rows: [row | {"label": answers[row["sample_id"]]} for row in rows])


def _better_answers(run: Path) -> None:
    """Some answers become right."""
    change_table(run, "predictions", lambda rows: [row | {"label": LABELS[0]} for row in rows])


def _fewer_rows(run: Path) -> None:
    """Nothing is left of some samples."""
    kept = {row["sample_id"] for row in rows_of(run, "samples")[:60]}
    for name in ("samples", "predictions", "timings"):
        change_table(run, name, lambda rows: [row for row in rows if row["sample_id"] in kept])


def _record(**changes: Any) -> Callable[[Path], None]:
    return lambda run: fit_record(run, **changes)


FORGERIES: dict[str, Callable[[Path], None]] = {
    "better answers": _better_answers,
    "labels as they were answered": _relabel,
    "fewer rows": _fewer_rows,
    "another value": lambda run: change_results(run, "accuracy", 0.99),
    "another commit": _record(git={"commit": "a" * 40, "dirty": False}),
    "another seed": _record(seed=7),
    "another plan": _record(plan_sha256="0" * 64),
    "no files in the record": lambda run: (run / "run.json").write_text(
        json.dumps(json.loads((run / "run.json").read_text()) | {"files": {}})
    ),
    "no record": lambda run: (run / "run.json").unlink(),
    "another table of curves": lambda run: change_table(
        run, "curves", lambda rows: [row | {"y": 0.5} if row["y"] is not None else row for row in rows]
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_file_that_was_changed_is_named(name: str, pack: Path, keys: dict[str, Path]) -> None:
    FORGERIES[name](pack / "run")
    assert "run/" in str(broken(pack, public(keys["jo"])))


@pytest.mark.parametrize("name", [name for name in FORGERIES if name != "no record"])
def test_a_forged_pack_whose_hashes_were_made_to_fit_is_not_the_one_that_was_signed(
    name: str, pack: Path, keys: dict[str, Path]
) -> None:
    """Everything is computed again from the changed files: only the signature is left, and it does not fit."""
    run = pack / "run"
    FORGERIES[name](run)
    if name in ("better answers", "labels as they were answered", "fewer rows"):
        score_again(run)
    if name not in ("no files in the record", "another plan", "another seed", "another commit"):
        fit_record(run)
    fit_manifest(pack)
    assert "is the signature of something else" in str(broken(pack, public(keys["jo"])))
    shutil.rmtree(pack / "signatures")
    assert "nobody whom you know vouches" in str(broken(pack, public(keys["jo"])))


def test_a_forger_signs_under_another_name_or_key(pack: Path, keys: dict[str, Path], tmp_path: Path) -> None:
    """A consistent forgery with a key of its own holds together, but nobody who is known vouches for it."""
    run = pack / "run"
    _better_answers(run)
    score_again(run)
    fit_record(run)
    shutil.rmtree(pack / "signatures")
    identity = json.loads((pack / "manifest.json").read_text())["run"]
    fitting = pack_id(RunFolder(run).read_plan().sha256, read_table(run / "results.parquet", "results").table)
    fit_manifest(pack, run=identity | {"run_sha256": sha256_file(run / "run.json")}, pack_id=fitting)
    forger = tmp_path / "forger"
    new_key(forger, Signer("Jo Smith", "head of laboratory", "ACME"), None)
    _signed_as_it_is(pack, forger)
    assert "nobody whom you know vouches" in str(broken(pack, public(keys["jo"])))
    assert broken(pack) is None
    assert statuses(pack)["Signature"] == ["open"]


def test_the_signature_of_another_pack_is_refused(
    pack: Path, finished_run: Path, packed: Packed, keys: dict[str, Path]
) -> None:
    other = packed(finished_run, keys=[opened(keys["jo"])], reason="another")
    shutil.rmtree(pack / "signatures")
    shutil.copytree(other / "signatures", pack / "signatures")
    assert "is the signature of something else" in str(broken(pack, public(keys["jo"])))


def test_a_changed_byte_is_found_in_every_file(made: Pack, keys: dict[str, Path], tmp_path: Path) -> None:
    """At random places; the study in benchmarks/ changes a thousand."""
    random_places = random.Random(7)
    for path in sorted(path for path in made.path.rglob("*") if path.is_file()):
        name = path.relative_to(made.path)
        whole = path.read_bytes()
        for _ in range(SEVERAL):
            pack = tmp_path / "changed"
            shutil.copytree(made.path, pack)
            place = random_places.randrange(len(whole))
            changed = bytes([(whole[place] + random_places.randrange(1, 256)) % 256])
            (pack / name).write_bytes(whole[:place] + changed + whole[place + 1 :])
            assert broken(pack, public(keys["jo"])) is not None, (name, place)
            shutil.rmtree(pack)


@pytest.mark.parametrize("name", ["run/samples.parquet", "manifest.json", "run/plan.yaml", "README.md"])
def test_links_are_not_followed(name: str, pack: Path, tmp_path: Path) -> None:
    (pack / name).rename(tmp_path / "kept")
    (pack / name).symlink_to(tmp_path / "kept")
    assert "a link or a special file" in str(broken(pack))


def test_a_folder_that_is_a_link_is_not_entered(pack: Path, tmp_path: Path) -> None:
    (pack / "run").rename(tmp_path / "kept")
    (pack / "run").symlink_to(tmp_path / "kept")
    assert "not in the manifest: run" in str(broken(pack))


def test_other_files_are_named(pack: Path) -> None:
    (pack / "run" / "notes.txt").write_text("more")
    assert broken(pack) == "not in the manifest: run/notes.txt"


def test_what_is_verified_is_what_was_there_when_it_began(pack: Path, keys: dict[str, Path]) -> None:
    """Whoever can write into the folder meanwhile changes nothing: neither a file, nor a signature."""
    lines = verify(pack, [public(keys["jo"])])
    assert next(lines).text.startswith("Files:")
    shutil.rmtree(pack)
    (pack / "signatures").mkdir(parents=True)
    (pack / "signatures" / "other.dsse.json").write_text("{}")
    found = list(lines)
    assert [line.status for line in found if line.text.startswith("Signature:")] == [Status.HOLDS]
    assert not any(line.status is Status.BROKEN for line in found)


def test_a_huge_file_is_not_read(pack: Path) -> None:
    os.truncate(pack / "run" / "samples.parquet", 12 * 2**30)
    assert broken(pack) == "run/samples.parquet is larger than the manifest says"
    os.truncate(pack / "manifest.json", 12 * 2**30)
    assert "not a manifest" in str(broken(pack))


def test_what_is_broken_is_told_with_one_full_stop(pack: Path) -> None:
    (pack / "README.md").unlink()
    (pack / "README.md").symlink_to("/etc/hostname")
    of_a_link = list(verify(pack))[-1]
    (pack / "manifest.json").write_text("{}")
    of_a_manifest = list(verify(pack))[-1]
    for line in (of_a_link, of_a_manifest):
        assert line.status is Status.BROKEN
        assert line.sentence.endswith(".")
        assert not line.sentence.endswith("..")
    assert of_a_link.text.endswith("not a file that a run wrote.")


def test_a_file_that_is_gone_is_told_apart_from_one_that_grew(pack: Path) -> None:
    (pack / "run" / "timings.parquet").unlink()
    assert broken(pack) == "run/timings.parquet is missing"


def test_a_pipe_is_not_waited_for(pack: Path) -> None:
    (pack / "README.md").unlink()
    os.mkfifo(pack / "README.md")
    assert "a link or a special file" in str(broken(pack))


def test_what_is_no_pack_is_said(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="there is no such folder"):
        list(verify(tmp_path / "nothing"))
    with pytest.raises(HarnessError, match="so this is not a pack"):
        list(verify(tmp_path))
    (tmp_path / "manifest.json").write_text("[" * 10**6)
    assert "manifest.json" in str(broken(tmp_path))


def test_a_check_that_follows_from_the_pack_cannot_be_called_withheld(pack: Path, keys: dict[str, Path]) -> None:
    """Whoever holds a known key, too: the verdict of such a check would be their word alone."""
    change_table(
        pack / "run",
        "results",
        lambda rows: [row | {"verdict": "met"} if row["metric"] == "blind" else row for row in rows],
    )
    table = read_table(pack / "run" / "results.parquet", "results").table
    write_csv(table, pack / "run" / "results.csv")
    _sign_again(pack, keys["jo"], withheld=["blind", "recording_condition"])
    assert "do not: blind" in str(broken(pack, public(keys["jo"])))


def test_a_plan_that_names_nobody_is_the_one_that_the_run_recorded(pack: Path, keys: dict[str, Path]) -> None:
    plan = RunFolder(pack / "run").read_plan().plan
    changed = plan | {"dataset": plan["dataset"] | {"options": {}}, "seed": 7}
    (pack / "run" / "plan.yaml").unlink()
    RunFolder(pack / "run").write_plan(changed)
    _sign_again(pack, keys["jo"], seed=7)
    assert "is not the one that the run recorded" in str(broken(pack, public(keys["jo"])))


def test_a_statement_that_follows_from_nothing_is_no_part_of_a_pack(pack: Path, keys: dict[str, Path]) -> None:
    """Whoever holds a known key cannot add a certificate of their own to what was verified."""
    (pack / "documents" / "certificate.pdf").write_bytes(b"%PDF-1.7 Certified.")
    named = json.loads((pack / "manifest.json").read_text())["files"]
    _sign_again(pack, keys["jo"], files=[*named, {**named[0], "path": "documents/certificate.pdf"}])
    assert "files that are no part of a pack: documents/certificate.pdf" in str(broken(pack, public(keys["jo"])))


def test_the_id_on_every_page_follows_from_plan_and_results(pack: Path, keys: dict[str, Path]) -> None:
    _sign_again(pack, keys["jo"], pack_id="0" * 16)
    assert "not about one run: pack id" in str(broken(pack, public(keys["jo"])))


def test_a_remark_in_the_plan_is_found(pack: Path, keys: dict[str, Path]) -> None:
    plan = pack / "run" / "plan.yaml"
    written = json.loads((pack / "run" / "run.json").read_text())["files"]["plan.yaml"]
    plan.write_text(f"# Approved by the notified body\n{plan.read_text()}")
    _sign_again(pack, keys["jo"], written=written)
    assert "not about one run: plan.yaml" in str(broken(pack, public(keys["jo"])))


def test_a_time_stamp_of_nothing_is_named(pack: Path) -> None:
    (pack / "signatures" / "other.dsse.json.tsr").write_bytes(b"0")
    assert "signatures/other.dsse.json, which it would stamp, is missing" in str(broken(pack))


def _sign_again(pack: Path, key: Path, *, seed: int = 0, written: str | None = None, **changes: Any) -> None:
    """Everything made to fit, and signed by somebody who is known; `written`: the recorded hash of the plan."""
    run = pack / "run"
    fit_record(run, seed=seed)
    record = json.loads((run / "run.json").read_text())
    record["files"]["plan.yaml"] = written or record["files"]["plan.yaml"]
    (run / "run.json").write_text(json.dumps(record))
    shutil.rmtree(pack / "signatures")
    identity = json.loads((pack / "manifest.json").read_text())["run"]
    table = read_table(run / "results.parquet", "results").table
    fitting = {"pack_id": pack_id(RunFolder(run).read_plan().sha256, table)}
    fitting["run"] = identity | {"run_sha256": sha256_file(run / "run.json")}
    fit_manifest(pack, **{**fitting, **changes})
    _signed_as_it_is(pack, key)


def _signed_as_it_is(pack: Path, key: Path) -> None:
    """By somebody who does not verify it."""
    manifest, results = read_manifest(pack), read_table(pack / "run" / "results.parquet", "results").table
    write_signature(pack, manifest, signed_verdicts(manifest, results), opened(key), datetime.now(UTC))


def test_a_file_of_another_kind_is_no_part_of_a_pack(pack: Path) -> None:
    """Whoever makes a pack may not add an approval of their own to what is signed."""
    (pack / "documents" / "approval.html").write_text("approved")
    fit_manifest(pack, more=["documents/approval.html"])
    shutil.rmtree(pack / "signatures")
    assert broken(pack) == "files that are no part of a pack: documents/approval.html"


def test_pdfs_are_said_not_to_be_made_again(finished_run: Path, packed: Packed, tmp_path: Path) -> None:
    """Of research, which has a test report and no documents for those who are exposed."""
    pytest.importorskip("weasyprint", reason="the extra pdf is not installed")
    research = DOSSIER.replace("domain: entertainment", "domain: research").replace(
        "public]", "research_participants]"
    )
    (tmp_path / "research.yaml").write_text(research)
    pack = packed(finished_run, dossier=tmp_path / "research.yaml", pdf=True)
    assert (pack / "documents" / "test_report.pdf").read_bytes().startswith(b"%PDF-")
    assert broken(pack) is None
    assert statuses(pack)["PDF"] == ["open"]
