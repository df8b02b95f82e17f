"""The command line as a user meets it: exit codes, one clear message, sweeps, and kill -9."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from forked_python import python
from outside_packages import CHECK, METRIC, Install
from timeless_files import timeless

from harness.commands.main import main

HARNESS = [sys.executable, "-m", "harness.commands.main"]
SMALL = [
    *("dataset=simulated_wearables", "dataset.subjects=4", "tracking.enabled=false"),
    *("measure.resamples=100", "measure.permutations=100"),
]


def harness(*arguments: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "harness.commands.main", *arguments, cwd=cwd, env={**os.environ, **variables})


def test_help_answers_at_once() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert subprocess.run([*HARNESS, "--help"], capture_output=True).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Processor time: the clock on the wall also counts whatever else the machine does.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, harness.commands.main; "
        "print(sorted({'torch', 'numpy', 'pyarrow', 'hydra', 'rich'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ("datasets", "ravdess"),
        ("models", "fer_mini_xception"),
        ("readers", "Other packages can add a reader with an entry point in the group harness.readers"),
        ("metrics", "chance: one over the number of classes; needs: labels; compared between groups"),
        ("checks", "near_duplicates harness Whether media occur twice"),
        ("conditions", "clean harness"),
        ("executors", "can add an executor"),
        ("practice_tests", "can add a practice test with an entry point in the group harness.practice_tests"),
    ],
)
def test_lists(what: str, shown: str) -> None:
    found = harness("list", what, COLUMNS="200")
    assert found.returncode == 0
    assert shown in " ".join(found.stdout.split())


def test_lists_what_another_package_adds(install: Install) -> None:
    install(
        {"metrics": {"quiet": "own_metric:FAMILY"}, "checks": {"few_samples": "own_check:few_samples"}},
        own_metric=METRIC,
        own_check=CHECK,
    )
    path = os.pathsep.join(filter(None, [sys.path[0], os.environ.get("PYTHONPATH")]))
    metrics, checks = (harness("list", what, COLUMNS="200", PYTHONPATH=path) for what in ("metrics", "checks"))
    assert "needs: labels; compared between groups; package: own-things 1.2" in " ".join(metrics.stdout.split())
    assert "few_samples own-things 1.2 Whether there are fewer" in " ".join(checks.stdout.split())


def test_show_prints_the_card_and_its_readme() -> None:
    shown = harness("show", "dataset", "ravdess")
    assert shown.returncode == 0
    assert "CC BY-NC-SA 4.0" in shown.stdout
    assert "limitations:" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "dataset=ravdess", "model=majority"], "dataset.root=PATH"),
        (
            ["run", "dataset=ravdess", "dataset.root=/no/such/folder", "model=majority"],
            "/no/such/folder is not a folder",
        ),
        (["run", "dataset=nowhere", "model=majority"], "Could not find 'dataset/nowhere'"),
        (["run", "model=majority"], "You must specify 'dataset'"),
        (["run", *SMALL, "model=majority", "seed=-1"], "seed"),
        (["run", *SMALL, "model=majority", "sead=1"], "there is no key 'sead'. Did you mean seed or shard?"),
        (["run", *SMALL, "model=majority", "seed"], "'seed' is not readable. Write key=value"),
        (["run", *SMALL, "model=majority", "seed=[1"], "'seed=[1' is not readable"),
        (["run", *SMALL, "model=majority", "seed=${oc.env:PATH}"], "seed: expected a whole number"),
        (["run", *SMALL, "model=majority", "out=${now:}"], "config: out: TypeError raised while resolving"),
        (["run", *SMALL, "--config-dir", "/no/such", "model=majority"], "'/no/such' not found"),
        (["run", *SMALL, "model=wearable_stress", "device=cuda:99"], "cuda:99"),
        (["run", *SMALL, "model=predictions"], "model.file=preds.csv"),
        (["run", "-m", *SMALL, "model=majority", "labels.merge={\udc8a: calm}"], "this is not UTF-8"),
        (["withdraw", "run", "people.csv", "--reason", "\udc8a"], "this is not UTF-8"),
        (["score", "\udc8a"], "this is not UTF-8"),
        (["show", "dataset", "nowhere"], "There is no card datasets/nowhere"),
        (["check", "dataset", "ravdess"], "dataset.root=PATH"),
        (["check", "dataset", "ravdess", "/data"], "does not have the form option=value"),
        (["check", "dataset", "ravdess", "channel={a"], "not readable as YAML"),
        (["check", "model", "majority"], "no check for 'model'"),
        (["score", "/no/such/run"], "no plan.yaml"),
        (["score", "x" * 5000], "File name too long"),
        (["track", "/no/such/run"], "no plan.yaml"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(arguments: list[str], message: str, tmp_path: Path) -> None:
    failed = harness(*arguments, cwd=tmp_path)
    assert failed.returncode == 2, failed.stderr
    assert message in failed.stderr
    assert "Traceback" not in failed.stderr
    assert len([line for line in failed.stderr.splitlines() if line != "listing samples"]) == 1
    assert not list(tmp_path.rglob("run.json"))


@pytest.mark.parametrize("out", [".", "", "data/.."])
def test_a_run_is_not_mixed_into_other_files(out: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    failed = harness("run", *SMALL, "model=majority", f"out={out}", cwd=tmp_path)
    assert failed.returncode == 2
    assert "not empty and is not that of a run (it contains data)" in failed.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_sweep_into_one_folder_is_refused_after_the_first(tmp_path: Path) -> None:
    swept = harness("run", "-m", *SMALL, "model=majority", "seed=0,1", "out=one", cwd=tmp_path)
    assert swept.returncode == 2
    assert "another plan (different: seed)" in swept.stderr
    assert (tmp_path / "one" / "run.json").is_file()


def test_check_exits_1_with_a_list(tmp_path: Path) -> None:
    actor = tmp_path / "Actor_01"
    actor.mkdir()
    (actor / "03-01-01-01-01-01-01.wav").write_text("not a sound")
    checked = harness("check", "dataset", "ravdess", f"root={tmp_path}")
    assert checked.returncode == 1
    assert "unreadable" in checked.stderr
    assert "Actor_01/03-01-01-01-01-01-01.wav" in checked.stderr
    assert "no file of actor: 02, 03, 04 and 20 more" in checked.stderr
    assert "samples: found 1, the card says 1,440" in checked.stderr


@pytest.mark.slow
def test_a_sweep_runs_every_study_and_reports_the_worst(tmp_path: Path) -> None:
    models = "model=majority,voice_functionals_svm,stratified_random"
    swept = harness("run", "-m", *SMALL, models, cwd=tmp_path)
    assert swept.returncode == 2
    assert "reads voice" in swept.stderr
    folders = {path.parent.name.rsplit("-", 1)[0] for path in (tmp_path / "outputs").glob("*/run.json")}
    assert folders == {"simulated_wearables-majority", "simulated_wearables-stratified_random"}


@pytest.mark.slow
def test_a_sweep_over_datasets_takes_their_options(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "samples.csv").write_text("sample_id,subject_id,label\na,p,sad\nb,q,happy\n")
    ours = ["tracking.enabled=false", "measure.resamples=100", "measure.permutations=100", "model=majority"]
    table = ["dataset=table", "dataset.root=first,second", "dataset.modality=voice", "dataset.label_source=acted"]
    swept = harness("run", "-m", *ours, *table, "out=runs/${dataset.root}", cwd=tmp_path)
    assert swept.returncode == 0, swept.stderr
    assert {path.parent.name for path in (tmp_path / "runs").glob("*/run.json")} == {"first", "second"}
    both = ["dataset=simulated_voices,simulated_wearables", "dataset.subjects=4"]
    swept = harness("run", "-m", *ours, *both, "out=runs/${dataset.name}", cwd=tmp_path)
    assert swept.returncode == 0, swept.stderr
    assert len(list((tmp_path / "runs").glob("simulated_*/run.json"))) == 2
    refused = harness("run", "-m", *ours, *both, "dataset.sujbects=4", cwd=tmp_path)
    assert refused.returncode == 2
    assert "dataset simulated_voices: sujbects" in refused.stderr


def test_score_finds_changed_evidence(tmp_path: Path) -> None:
    assert harness("run", *SMALL, "model=majority", "out=run", cwd=tmp_path).returncode == 0
    same = harness("score", "run", cwd=tmp_path)
    assert same.returncode == 0
    assert "equal to those of the run, to the byte" in same.stdout
    results = tmp_path / "run" / "results.csv"
    results.write_text(results.read_text().replace("0.5", "0.9"))
    changed = harness("score", "run", cwd=tmp_path)
    assert changed.returncode == 1
    assert "results.csv: differs" in changed.stderr


@pytest.mark.slow
def test_killed_at_any_moment_a_run_ends_with_the_same_bytes(tmp_path: Path) -> None:
    command = [
        *SMALL,
        "dataset.subjects=30",
        "dataset.samples_per_class=4",
        "model=wearable_stress",
        "batch_size=8",
    ]
    assert harness("run", *command, "workers=2", "out=whole", cwd=tmp_path).returncode == 0
    for delay in (0.0, 0.3, 1.0):
        _kill_after_first_shard(command, tmp_path, delay)
    continued = harness("run", *command, "workers=1", "out=killed", cwd=tmp_path)
    assert continued.returncode == 0, continued.stderr
    for name in (
        "plan.yaml",
        "samples.parquet",
        "predictions.parquet",
        "results.parquet",
        "results.csv",
        "report.html",
    ):
        assert timeless(tmp_path / "killed" / name) == timeless(tmp_path / "whole" / name), name


@pytest.mark.parametrize(
    ("sent", "code"), [pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow), (signal.SIGINT, 130)]
)
def test_stopped_by_a_signal_a_run_says_so_by_its_exit_code(
    sent: signal.Signals, code: int, tmp_path: Path
) -> None:
    command = ["run", *SMALL, "dataset.subjects=300", "model=wearable_stress", "batch_size=8", "workers=2"]
    process = subprocess.Popen(
        [*HARNESS, *command, "out=stopped"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while process.poll() is None and not (tmp_path / "stopped" / ".journal").is_dir():
        time.sleep(0.01)
    os.kill(process.pid, sent) if sent is signal.SIGTERM else os.killpg(process.pid, sent)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert errors.count("Stopped.") == (sent is signal.SIGINT)
    assert not list(tmp_path.rglob("*.part"))


def test_every_verb_says_that_it_was_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.comparison.compare_runs.compare_runs", interrupted)
    monkeypatch.setattr("sys.argv", ["harness", "compare", "a", "b"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130
    assert capsys.readouterr().err.startswith("Stopped. Finished work is kept")


def _kill_after_first_shard(command: list[str], folder: Path, delay: float) -> None:
    process = subprocess.Popen(
        [*HARNESS, "run", *command, "out=killed"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    journal = folder / "killed" / ".journal"
    while process.poll() is None and not journal.is_dir():
        time.sleep(0.01)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
