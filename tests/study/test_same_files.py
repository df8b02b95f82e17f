"""A run that is repeated or goes on over other files says so by name, and a finished one is kept as it is."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from harness.commands.main import main
from harness.comparison.compare_runs import compare_runs
from harness.errors import HarnessError, Unscored
from harness.evidence.media_identity import media_identity
from harness.evidence.run_folder import DERIVED, RunFolder
from harness.inference.file_log import FileLog
from harness.models.voice_svm import VoiceSvmModel
from harness.study.assembly import open_reader
from harness.study.compose import compose_study
from harness.study.run_study import Study, run
from harness.study.same_files import note_unreported
from harness.tables.file_table import FileRead, files_of
from harness.tables.samples import samples_table
from harness.tables.versions import read_table

SUBJECTS, TAKES, RATE = 6, 2, 16_000
PITCH_HZ = {"angry": 320.0, "sad": 110.0}


class Quiet:
    def __init__(self, *warnings: str) -> None:
        self.stages: list[str] = []
        self.steps: list[tuple[int, int]] = []
        self.expected = list(warnings)

    def stage(self, text: str) -> None:
        self.stages.append(text)

    def progress(self, done: int, total: int) -> None:
        self.steps.append((done, total))

    def share(self, done: float) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def warn(self, text: str) -> None:
        assert self.expected, text
        assert self.expected.pop(0) in text


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of clips whose pitch says the label, and one file that the table names and nobody has."""
    root = tmp_path_factory.mktemp("made") / "data"
    (root / "clips").mkdir(parents=True)
    rows = ["uri,subject_id,label,attr.sex"]
    rng = np.random.default_rng(0)
    time_s = np.arange(RATE * 6 // 10) / RATE
    for subject in range(SUBJECTS):
        for label, pitch in PITCH_HZ.items():
            for take in range(TAKES):
                tone = sum(np.sin(2 * np.pi * k * (pitch + subject + take) * time_s) / k for k in range(1, 6))
                name = f"clips/p{subject}-{label}-{take}.wav"
                sf.write(root / name, 0.1 * tone + 0.001 * rng.normal(size=len(time_s)), RATE)
                rows.append(f"{name},p{subject},{label},{'fm'[subject % 2]}")
    rows.append("clips/absent.wav,p0,sad,f")
    (root / "samples.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data"))


def arguments(data: Path, out: Path, *more: str) -> list[str]:
    return [
        *("dataset=table", f"dataset.root={data}", "dataset.modality=voice", "dataset.label_source=acted"),
        *("model=voice_functionals_svm", "tracking.enabled=false", "measure.resamples=100"),
        *("measure.permutations=100", "checks.enabled=false", "workers=0", f"out={out}", *more),
    ]


def study(data: Path, out: Path, *more: str, observer: Quiet | None = None) -> Study:
    return run(compose_study(arguments(data, out, *more)), observer or Quiet())


def uar(of: Study) -> float:
    rows = of.results.to_pylist()
    name = of.plan["model"]["name"]
    return next(r["value"] for r in rows if (r["model"], r["metric"], r["axis"]) == (name, "uar", "overall"))


def swap(data: Path) -> list[str]:
    """Swap angry and sad for half of the people, under the same names and with the same sizes and times."""
    swapped = []
    for subject in range(0, SUBJECTS, 2):
        for take in range(TAKES):
            pair = [data / "clips" / f"p{subject}-{label}-{take}.wav" for label in PITCH_HZ]
            contents, times = [p.read_bytes() for p in pair], [p.stat() for p in pair]
            for path, content, time in zip(pair, reversed(contents), times, strict=True):
                path.write_bytes(content)
                os.utime(path, ns=(time.st_atime_ns, time.st_mtime_ns))
                swapped.append(f"clips/{path.name}")
    return sorted(swapped)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def finished(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(made, tmp_path_factory.mktemp("finished") / "out", "workers=2")


def test_every_file_that_was_read_is_listed_with_its_hash(finished: Study, made: Path) -> None:
    files = files_of(read_table(finished.folder / "files.parquet", "files").table)
    names = sorted(path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())
    assert [file.path for file in files] == sorted([*names, "clips/absent.wav"])
    for file in files:
        if file.path == "clips/absent.wav":
            assert file == FileRead(file.path, None, None, "missing_file")
            continue
        data = (made / file.path).read_bytes()
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    record = json.loads((finished.folder / "run.json").read_text())
    assert record["media"] == media_identity(files)
    assert record["media"]["files"] == len(names)
    assert record["media"]["bytes"] == sum((made / name).stat().st_size for name in names)
    assert record["media"]["unread"] == 1
    assert "files.parquet" in record["files"]
    assert uar(finished) > 0.9


def test_swapped_contents_are_noticed_and_the_finished_run_is_kept(
    finished: Study, data: Path, tmp_path: Path
) -> None:
    """The files have the names, sizes and times that they had; a fresh folder gives another UAR."""
    out = Path(shutil.copytree(finished.folder.path, tmp_path / "out"))
    before = contents(out)
    same = Quiet()
    assert study(data, out, observer=same).was_finished
    assert same.stages[-1] == "checking that the files are those of the run"
    assert same.steps[-1] == (SUBJECTS * 2 * TAKES + 2, SUBJECTS * 2 * TAKES + 2)
    swapped = swap(data)
    with pytest.raises(HarnessError) as refused:
        study(data, out)
    assert (
        f"contains a finished run over different files of {data}: 12 changed ({', '.join(swapped[:5])} and 7 more)"
        in (str(refused.value))
    )
    assert "out=DIR" in str(refused.value)
    assert contents(out) == before
    fresh = study(data, tmp_path / "fresh")
    assert not fresh.was_finished
    assert uar(fresh) < 0.8 < uar(finished)
    compared = compare_runs([out, tmp_path / "fresh"], into=tmp_path / "compared")
    roots = [
        json.loads((f / "run.json").read_text())["media"]["merkle_root"][:8] for f in (out, fresh.folder.path)
    ]
    assert compared.names == [f"voice_functionals_svm (files {root})" for root in roots]
    assert "same plan, different files. 12 of the 26 files" in compared.notes[0]
    assert swapped[0] in compared.other_files[0].text
    assert swapped[0] not in (tmp_path / "compared" / "comparison.html").read_text()


def never_opened(_: object) -> None:
    raise AssertionError("nothing is predicted again")


@pytest.mark.parametrize("lost", DERIVED)
def test_a_finished_run_that_lost_what_follows_from_its_evidence_is_compared_with_the_files_all_the_same(
    finished: Study, data: Path, tmp_path: Path, lost: str
) -> None:
    out = Path(shutil.copytree(finished.folder.path, tmp_path / "out"))
    swap(data)
    (out / lost).unlink()
    before = contents(out)
    with pytest.raises(HarnessError, match=r"finished run over different files of .*: 12 changed"):
        study(data, out)
    assert contents(out) == before


def test_what_follows_from_the_evidence_of_a_finished_run_is_made_again_without_predicting(
    finished: Study, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(finished.folder.path, tmp_path / "out"))
    before = contents(out)
    for name in DERIVED[1:]:
        (out / name).unlink()
    (out / DERIVED[0]).write_bytes(b"other")
    monkeypatch.setattr(VoiceSvmModel, "open", never_opened)
    observer = Quiet(
        "gone or not what the run wrote: results.parquet, results.csv, curves.parquet and report.html"
    )
    assert not study(data, out, observer=observer).was_finished
    assert observer.expected == []
    assert contents(out) == before
    assert study(data, out).was_finished


@pytest.mark.parametrize("lost", ["samples.parquet", "files.parquet", "predictions.parquet", "folds.json"])
@pytest.mark.parametrize("how", ["gone", "changed"])
def test_evidence_of_a_finished_run_is_not_made_a_second_time(
    finished: Study, data: Path, tmp_path: Path, lost: str, how: str
) -> None:
    out = Path(shutil.copytree(finished.folder.path, tmp_path / "out"))
    if how == "gone":
        (out / lost).unlink()
    else:
        (out / lost).write_bytes(b"other")
    before = contents(out)
    with pytest.raises(HarnessError, match=rf"without all of its evidence \(gone or not what it wrote: {lost}\)"):
        study(data, out)
    assert contents(out) == before


def test_a_folder_that_lost_its_record_is_compared_with_the_files_that_it_lists(
    finished: Study, data: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(finished.folder.path, tmp_path / "out"))
    (out / "run.json").unlink()
    swap(data)
    with pytest.raises(HarnessError, match=r"interrupted run that has read different files of .*: 12 changed"):
        study(data, out)


def test_the_command_ends_with_a_message_and_exit_code_2(
    finished: Study,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = Path(shutil.copytree(finished.folder.path, tmp_path / "out"))
    swap(data)
    monkeypatch.setattr("sys.argv", ["harness", "run", *arguments(data, out)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert "12 changed (clips/p0-angry-0.wav, " in error
    assert "Traceback" not in error


def test_missing_and_added_files_are_named(finished: Study, data: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(finished.folder.path, tmp_path / "out"))
    shutil.copy(data / "clips" / "p0-sad-0.wav", data / "clips" / "absent.wav")
    (data / "clips" / "p1-sad-1.wav").unlink()
    with pytest.raises(HarnessError, match=r"1 missing \(clips/p1-sad-1\.wav\), 1 added \(clips/absent\.wav\)"):
        study(data, out)


def test_a_sample_that_is_listed_anew_is_named(finished: Study, data: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(finished.folder.path, tmp_path / "out"))
    table = (data / "samples.csv").read_text().replace("clips/absent.wav", "clips/other.wav")
    (data / "samples.csv").write_text(table)
    with pytest.raises(
        HarnessError,
        match=r"another plan \(different: dataset\.samples_sha256\).*"
        r"Samples no longer listed: clips/absent\.wav; new: clips/other\.wav\.$",
    ):
        study(data, out)


@pytest.fixture(scope="module")
def stopped(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was stopped when all clips had been read."""
    out = tmp_path_factory.mktemp("stopped") / "out"

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VoiceSvmModel, "conclude", stop)
        with pytest.raises(KeyboardInterrupt):
            study(made, out)
    return out


@pytest.fixture
def interrupted(stopped: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stopped, tmp_path / "out"))


def test_an_interrupted_run_goes_on_over_the_same_files(
    interrupted: Path, data: Path, finished: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(_: object) -> None:
        raise AssertionError("nothing is computed again")

    monkeypatch.setattr(VoiceSvmModel, "open", opened)
    assert not study(data, interrupted).was_finished
    for name in ("files.parquet", "predictions.parquet", "results.parquet"):
        assert (interrupted / name).read_bytes() == (finished.folder / name).read_bytes(), name


def test_answers_of_an_interrupted_run_are_taken_over_by_a_plan_that_only_measures_otherwise(
    interrupted: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VoiceSvmModel, "open", never_opened)
    with pytest.raises(
        HarnessError,
        match=r"different: power\.tolerance, measure\.tolerance\).* copy .*\.journal into the new folder",
    ):
        study(data, interrupted, "measure.tolerance=0.1")
    with pytest.raises(HarnessError, match=r"different: seed\)\. Choose another out=DIR.* per plan\.$"):
        study(data, interrupted, "seed=1")
    out = tmp_path / "new"
    shutil.copytree(interrupted / ".journal", out / ".journal")
    assert study(data, out, "measure.tolerance=0.1").plan["measure"]["tolerance"] == 0.1


def test_answers_that_were_taken_over_are_compared_with_the_files(
    interrupted: Path, data: Path, tmp_path: Path
) -> None:
    shutil.copytree(interrupted / ".journal", tmp_path / "new" / ".journal")
    named = _gone(data)
    with pytest.raises(HarnessError, match=f"interrupted run that has read different files of .*{named}"):
        study(data, tmp_path / "new", "measure.tolerance=0.1")


def _swapped(data: Path) -> str:
    swap(data)
    return r"12 changed \(clips/p0-angry-0\.wav"


def _gone(data: Path) -> str:
    (data / "clips" / "p1-sad-1.wav").unlink()
    return r"1 missing \(clips/p1-sad-1\.wav\)"


def _there_at_last(data: Path) -> str:
    shutil.copy(data / "clips" / "p0-sad-0.wav", data / "clips" / "absent.wav")
    return r"1 added \(clips/absent\.wav\)"


def _table_with_a_comment(data: Path) -> str:
    with (data / "samples.csv").open("a") as table:
        table.write("\n\n")
    return r"1 changed \(samples\.csv\)"


@pytest.mark.parametrize("change", [_swapped, _gone, _there_at_last, _table_with_a_comment])
def test_an_interrupted_run_over_other_files_is_refused(
    interrupted: Path, data: Path, change: Callable[[Path], str]
) -> None:
    named = change(data)
    before = contents(interrupted / ".journal")
    with pytest.raises(HarnessError, match=f"interrupted run that has read different files of .*{named}"):
        study(data, interrupted)
    assert contents(interrupted / ".journal") == before


def test_simulated_media_are_identified_by_the_plan(tmp_path: Path) -> None:
    config = compose_study(
        [
            *("dataset=simulated_wearables", "dataset.subjects=4", "dataset.samples_per_class=1"),
            *("model=wearable_stress", "tracking.enabled=false", "measure.resamples=100", "workers=0"),
            *("measure.permutations=100", "checks.enabled=false", f"out={tmp_path}"),
        ]
    )
    made = run(config, Quiet())
    assert files_of(read_table(made.folder / "files.parquet", "files").table) == []
    media = json.loads((tmp_path / "run.json").read_text())["media"]
    assert media["files"] == 0
    assert "made from the plan" in media["note"]
    assert run(config, Quiet()).was_finished


def test_a_run_of_before_files_were_listed_is_not_looked_at(finished: Study, data: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(finished.folder.path, tmp_path / "out"))
    (out / "files.parquet").unlink()
    record = json.loads((out / "run.json").read_text())
    del record["media"], record["files"]["files.parquet"]
    (out / "run.json").write_text(json.dumps(record))
    swap(data)
    assert study(data, out).was_finished
    assert RunFolder(out).changed_files() == []


def test_files_of_samples_that_ended_their_worker_are_noted(tmp_path: Path) -> None:
    for name in ("crashed.wav", "slow.wav", "sound.wav"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "BVP.csv").write_bytes(b"1")
    uris = ["crashed.wav", "slow.wav", "sound.wav", "folder", None, "crashed.wav", "../out"]
    rows = [
        {"sample_id": f"s{i}", "uri": uri, "modality": "voice", "subject_id": "p", "label_source": "acted"}
        for i, uri in enumerate(uris)
    ]
    reasons = ["crashed", "timeout", None, "crashed", "timeout", "timeout", "crashed"]
    reader = open_reader("table", tmp_path, {})
    with pytest.raises(Unscored):
        reader.path("../out")
    log = FileLog(tmp_path / "journal" / "files.jsonl")
    note_unreported(samples_table(rows), reasons, reader, log)
    assert [file.path for file in log.files] == ["crashed.wav", "slow.wav", "folder/BVP.csv"]
    assert log.files[0].sha256 == hashlib.sha256(b"crashed.wav").hexdigest()


def test_contents_that_are_permuted_under_the_same_names(shared_data: Path, tmp_path: Path) -> None:
    """B01: the clips keep their names, and most get the contents of another."""
    make = [
        sys.executable,
        str(shared_data / "cases" / "B01" / "make.py"),
        str(shared_data),
        str(tmp_path / "data"),
    ]
    subprocess.run(make, check=True)
    first = study(tmp_path / "data", tmp_path / "out")
    kept = contents(tmp_path / "out")
    subprocess.run([*make, "shuffle"], check=True)
    with pytest.raises(HarnessError, match=r"a finished run over different files of .*: 61 changed \(clips/"):
        study(tmp_path / "data", tmp_path / "out")
    assert contents(tmp_path / "out") == kept
    shuffled = study(tmp_path / "data", tmp_path / "other")
    assert uar(first) == pytest.approx(0.641, abs=5e-4)
    assert uar(shuffled) == pytest.approx(0.266, abs=5e-4)
