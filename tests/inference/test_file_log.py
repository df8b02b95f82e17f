"""What a run remembers of the files that it has read, also when it was killed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import toy

from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.datasets.recorded_files import hashed, note
from harness.errors import HarnessError
from harness.inference.engine import collect
from harness.inference.file_log import FileLog
from harness.inference.inference_settings import InferenceSettings
from harness.signals.media import Media
from harness.tables.file_table import FileRead

ONE = FileRead("sub/ä.wav", 3, "a" * 64)
ABSENT = FileRead("b.wav", None, None, "missing_file")


def test_what_was_noted_is_found_again(tmp_path: Path) -> None:
    FileLog(tmp_path / "journal" / "files.jsonl").add([ONE, ABSENT, ONE])
    log = FileLog(tmp_path / "journal" / "files.jsonl")
    assert log.files == [ONE, ABSENT]
    assert log.table()["path"].to_pylist() == ["b.wav", "sub/ä.wav"]
    log.add([ONE])
    assert len((tmp_path / "journal" / "files.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("before", [True, False])
def test_a_file_with_other_contents_is_named(tmp_path: Path, before: bool) -> None:
    log = FileLog(tmp_path / "files.jsonl")
    other = FileRead(ONE.path, 3, "b" * 64)
    if before:
        log.add([ONE])
    with pytest.raises(HarnessError, match=r"sub/ä\.wav changed while the run read it: first SHA-256 aaaa.*bbbb"):
        log.add([ABSENT, other] if before else [ONE, other])
    with pytest.raises(HarnessError, match=r"then missing_file"):
        log.add([ONE, FileRead(ONE.path, None, None, "missing_file")])


def test_a_line_that_a_kill_cut_off_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "files.jsonl"
    FileLog(path).add([ONE])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-7])
    log = FileLog(path)
    assert log.files == [ONE]
    log.add([ABSENT])
    assert FileLog(path).files == [ONE, ABSENT]


@pytest.mark.parametrize(
    "line",
    [
        *("", "no json", "{}", '{"path": "x", "bytes": 3}', "[1]"),
        *('{"path": [1], "size": 1, "sha256": "x"}', '{"path": 1, "size": 1, "sha256": "x"}'),
        f'{{"path": "x", "size": "1", "sha256": "{"0" * 64}"}}',
        f'{{"path": "../x", "size": 1, "sha256": "{"0" * 64}"}}',
    ],
)
def test_a_damaged_log_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "files.jsonl").write_text(f"{line}\n")
    with pytest.raises(HarnessError, match="damaged"):
        FileLog(tmp_path / "files.jsonl")


@pytest.mark.parametrize("changes", [False, True])
def test_the_engine_notes_files_before_their_answers(tmp_path: Path, changes: bool) -> None:
    (tmp_path / "a").write_bytes(b"one")

    def load(sample: Sample) -> Media:
        if changes and sample["sample_id"] == "s000005":
            (tmp_path / "a").write_bytes(b"two, swapped while it is read")
        note(tmp_path, "a")
        note(tmp_path, sample["sample_id"])
        return toy.load(sample)

    log = FileLog(tmp_path / "files.jsonl")
    model, journal = toy.ToyModel(), tmp_path / "journal"
    settings = InferenceSettings(batch_size=4, workers=0, flush_s=0.0)
    samples = toy.toy_samples(["ok", "broken"] * 4)
    if not changes:
        collect(samples, load, model, journal=journal, plan_hash=toy.PLAN, settings=settings, files=log)
        assert [file.path for file in log.files] == ["a", *(f"s{i:06d}" for i in range(8))]
        return
    with pytest.raises(HarnessError, match="a changed while the run read it"):
        collect(samples, load, model, journal=journal, plan_hash=toy.PLAN, settings=settings, files=log)
    assert [file.path for file in FileLog(tmp_path / "files.jsonl").files] == [
        "a",
        *(f"s{i:06d}" for i in range(4)),
    ]
    assert len(list(journal.glob("shard-*"))) == 1, "the answers that rest on the changed file are not kept"


def test_a_file_that_only_a_worker_does_not_find_is_no_fact_of_the_samples(tmp_path: Path) -> None:
    (tmp_path / "here.wav").write_bytes(b"sound")
    reader = SimpleNamespace(root=tmp_path, hashed=partial(hashed, tmp_path))
    log = FileLog(tmp_path / "log.jsonl", cast(Reader[ReaderOptions], reader))
    log.add([FileRead("gone.wav", None, None, "missing_file")])
    with pytest.raises(HarnessError, match=r"here\.wav could not be read by a worker \(missing_file\), and can"):
        log.add([FileRead("here.wav", None, None, "missing_file")])
