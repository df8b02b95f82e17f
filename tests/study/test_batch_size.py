from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from silent import Silent

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.inference import fitting_batch
from harness.study.compose import compose_study
from harness.study.run_study import Study, run

VOICES = ["dataset=simulated_voices", "dataset.subjects=5", "dataset.samples_per_class=1", "device=cpu"]
FAST = ["workers=0", "tracking.enabled=false", "checks.enabled=false", "baselines=[]"]
FAST += ["measure.resamples=100", "measure.permutations=100"]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The upper bounds that the memory was measured up to; each measurement finds half of its bound."""
    bounds: list[int] = []

    def half(model: Any, largest: Any, memory: Any, *, most: int) -> int:
        bounds.append(most)
        return most // 2

    monkeypatch.setattr(fitting_batch, "fitting_batch_size", half)
    return bounds


def study(*overrides: str, model: str = "voice_functionals_svm", observer: Silent | None = None) -> Study:
    short = ["model.max_duration_s=3"] if model == "voice_functionals_svm" else []
    return run(compose_study([*VOICES, *FAST, f"model={model}", *short, *overrides]), observer or Silent())


def test_the_plan_states_the_number_that_was_measured(tmp_path: Path) -> None:
    observer = Silent()
    found = study("batch_size=auto", f"out={tmp_path / 'auto'}", observer=observer)
    size = found.plan["batch_size"]
    assert size == 8, "the largest power of two that divides the clips into four batches or more"
    assert 4 * size <= found.plan["dataset"]["num_samples"] < 8 * size
    assert any(note.startswith("batch_size=auto: 8, by the memory of cpu") for note in observer.notes)
    stated = study(f"batch_size={size}", f"out={tmp_path / 'stated'}")
    assert stated.plan == found.plan
    files = [(tmp_path / name / "predictions.parquet").read_bytes() for name in ("auto", "stated")]
    assert files[0] == files[1]


def test_a_run_in_a_folder_keeps_its_size(
    tmp_path: Path, measured: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = ("batch_size=auto", f"out={tmp_path / 'run'}")
    with monkeypatch.context() as broken:
        broken.setattr("harness.study.ask_system.predict", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            study(*place)
    assert measured == [8]
    monkeypatch.setattr(fitting_batch, "fitting_batch_size", _another)
    observer = Silent()
    assert study(*place, observer=observer).plan["batch_size"] == 4
    assert f"batch_size=auto: 4, as the plan in {tmp_path / 'run'} states." in observer.notes
    assert study(*place).was_finished


def test_a_run_without_a_folder_is_found_again(
    tmp_path: Path, measured: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = study("batch_size=auto")
    assert study("batch_size=auto").was_finished
    other = study("batch_size=16")
    (other.folder / "run.json").unlink()
    continued = study("batch_size=auto")
    assert continued.folder.path == other.folder.path != first.folder.path, "what is unfinished is continued"
    assert measured == [8], "measured once"


def test_a_system_without_such_a_memory_has_the_usual_size(tmp_path: Path, measured: list[int]) -> None:
    observer = Silent()
    found = study("batch_size=auto", f"out={tmp_path}", model="majority", observer=observer)
    assert found.plan["batch_size"] == 32
    assert measured == []
    assert [
        note for note in observer.notes if note.startswith("batch_size=auto: 32, the usual size, as the memory")
    ]


def test_a_plan_that_was_changed_is_refused(tmp_path: Path, measured: list[int]) -> None:
    study("batch_size=auto", f"out={tmp_path}")
    plan = tmp_path / "plan.yaml"
    plan.write_text(plan.read_text().replace("batch_size: 4", "batch_size: 5"))
    with pytest.raises(HarnessError, match="the plan was changed after it was written"):
        study("batch_size=auto", f"out={tmp_path}")
    assert measured == [8]


def test_a_plan_with_a_size_that_cannot_be_is_another_plan(tmp_path: Path, measured: list[int]) -> None:
    folder = RunFolder(tmp_path)
    plan = study("batch_size=auto", f"out={tmp_path}").plan
    for size in ("4", -5, 0, True, 10**9, None):
        (folder / "plan.yaml").unlink()
        folder.write_plan({**plan, "batch_size": size})
        with pytest.raises(HarnessError, match=r"another plan \(different: batch_size\)"):
            study("batch_size=auto", f"out={tmp_path}")
    assert measured == [8] * 7


@pytest.mark.parametrize("wrong", ["AUTO", "0", "-1", "65537", "1.5", "null", "automatic"])
def test_other_words_and_numbers_are_refused(wrong: str) -> None:
    with pytest.raises(HarnessError, match=r"^config: batch_size: expected [^:]* or 'auto' \(found"):
        compose_study([*VOICES, "model=majority", f"batch_size={wrong}"])


def _interrupted(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def _another(*_: Any, **__: Any) -> int:
    return 1
