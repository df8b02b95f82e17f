"""``harness run`` around Hydra: sweeps in other processes, what Hydra prints, and whose fault an error is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from forked_python import python

from harness.commands import run as command
from harness.commands.run import _with_cards, run_composed
from harness.commands.sweep import Place
from harness.errors import ExitCode, HarnessError, ending

JOBLIB = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
SMALL = [
    *("dataset=simulated_wearables", "dataset.subjects=4", "tracking.enabled=false"),
    *("measure.resamples=100", "measure.permutations=100"),
]


@pytest.mark.slow
def test_a_sweep_in_other_processes_runs_every_study_and_reports_the_worst(tmp_path: Path) -> None:
    """One study has no config, another cannot work (it reads voice); the last one starts workers of its own."""
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="the extra sweeps is not installed")
    models = "model=majority,nonexistent,voice_functionals_svm,wearable_stress"
    swept = python("-m", "harness.commands.main", "run", "-m", *JOBLIB, *SMALL, models, cwd=tmp_path)
    assert swept.returncode == 2, swept.stderr
    assert swept.stderr.count("reads voice") == 1
    assert "[study 3: model=voice_functionals_svm]" in swept.stderr
    assert swept.stderr.count("Could not find 'model/nonexistent'") == 1
    assert "[study 2: model=nonexistent]" in swept.stderr
    assert "2 done, 2 failed" in swept.stdout
    assert "Traceback" not in swept.stderr
    folders = {path.parent.name.rsplit("-", 1)[0] for path in (tmp_path / "outputs").glob("*/run.json")}
    assert folders == {"simulated_wearables-majority", "simulated_wearables-wearable_stress"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["model.version='a\x1b[31mb\u202e'", "--cfg", "job", "--package", "model.version"],
        ["model.version='\u202eb'", "--cfg", "job"],
        ["--cfg", "job", "--package", "a\x1b[31m"],
        ["--zz\x1b[31m"],
    ],
)
def test_what_hydra_prints_holds_no_control_characters(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = run_composed([*SMALL, "model=predictions", *arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    printed = "".join(capsys.readouterr())
    assert code in (0, 1, 2)
    assert "\ufffd" in printed
    assert not {"\x1b", "\u202e"} & set(printed)


@pytest.mark.parametrize("option", ["--config-d={}", "--config-dir={}", "-cd={}", "hydra.searchpath=[file://{}]"])
def test_a_config_that_multiplies_is_refused_wherever_it_is_named(option: str, tmp_path: Path) -> None:
    """Its thirty lines would fill the memory."""
    aliases = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30))]
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "mine.yaml").write_text("\n".join(aliases))
    with pytest.raises(HarnessError, match=r"mine\.yaml: not a readable config \(aliases"):
        run_composed(["dataset=mine", "model=majority", option.format(tmp_path)])


@pytest.mark.parametrize("of_hydra", [[], ["hydra.run.dir=."]])
@pytest.mark.parametrize("error", [ValueError("ours"), TypeError("ours"), KeyError("ours")])
def test_a_fault_of_our_own_is_not_blamed_on_the_config(
    error: Exception, of_hydra: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.commands.run.TerminalObserver", fails)
    with pytest.raises(RuntimeError if of_hydra else type(error)) as caught:
        run_composed([*SMALL, "model=majority", *of_hydra])
    assert ending(caught.value)[0] is ExitCode.INTERNAL_ERROR


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--config-dir", "{acme}", "seed=1"], ["--config-dir", "{acme}/configs", "seed=1"]),
        (["-cd", "{acme}/configs"], ["-cd", "{acme}/configs"]),
        (["--config-dir={acme}"], ["--config-dir={acme}/configs"]),
        (["out=--config-dir", "{acme}"], ["out=--config-dir", "{acme}"]),
    ],
)
def test_a_folder_of_cards_and_configs_may_be_given(
    given: list[str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CARDS", "")
    for part in ("models", "configs"):
        (tmp_path / "acme" / part).mkdir(parents=True)
    acme = str(tmp_path / "acme")
    assert list(_with_cards([each.format(acme=acme) for each in given])) == [
        each.format(acme=acme) for each in expected
    ]
    assert os.environ["HARNESS_CARDS"] == ("" if given[0].startswith("out") else acme)


@pytest.mark.parametrize(
    ("arguments", "once"),
    [
        (["dataset=table", "model=majority"], True),
        ([], True),
        (["model=majority", "hydra.mode=MULTIRUN"], False),
        (["++hydra.mode=MULTIRUN"], False),
        (["hydra.searchpath=['file:///own']", "model=majority"], False),
        (["model=majority", "--config-dir", "own"], False),
    ],
)
def test_only_who_may_ask_for_a_sweep_in_a_config_goes_through_hydra(
    arguments: list[str], once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: list[str] = []
    monkeypatch.setattr(command, "_run_by_hydra", lambda _: ways.append("hydra") or 0)
    monkeypatch.setattr(command, "composed_run", lambda _: ways.append("composed once"))
    monkeypatch.setattr(command, "_study", lambda *_: Place().ended(0))
    assert run_composed(arguments) == 0
    assert ways == ["composed once" if once else "hydra"]


def test_a_run_without_choices_says_what_is_missing() -> None:
    with pytest.raises(HarnessError, match="You must specify"):
        run_composed([])
