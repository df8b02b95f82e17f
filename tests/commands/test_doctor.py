"""The doctor finds what is broken, and sets torchaudio's extension aside only where it cannot work."""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from harness.commands import doctor


@pytest.fixture
def torchaudio_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    library = tmp_path / "torchaudio" / "lib"
    library.mkdir(parents=True)
    (library / "_torchaudio.abi3.so").touch()
    spec = ModuleSpec("torchaudio", None, origin=str(library.parent / "__init__.py"))
    monkeypatch.setattr(doctor, "find_spec", lambda name: spec)
    return library


def test_beside_a_cpu_torch_the_extension_is_set_aside(
    torchaudio_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    assert "set aside _torchaudio.abi3.so" in doctor.set_torchaudio_extension_aside()
    assert [path.name for path in torchaudio_folder.iterdir()] == ["_torchaudio.abi3.so.needs-cuda"]
    assert "nothing to do" in doctor.set_torchaudio_extension_aside()


def test_beside_a_cuda_torch_it_stays(torchaudio_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    assert "stays in place" in doctor.set_torchaudio_extension_aside()
    assert [path.name for path in torchaudio_folder.iterdir()] == ["_torchaudio.abi3.so"]


def test_a_healthy_machine_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.diagnose()
    shown = capsys.readouterr()
    assert "broken" not in shown.out + shown.err
    assert f"torch {version('torch')}" in shown.out


def test_what_is_broken_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(name: str) -> None:
        raise OSError("libcudart.so.13: cannot open shared object file")

    monkeypatch.setattr(doctor.importlib, "import_module", fail)
    assert not doctor.diagnose()
    assert "broken  torchaudio: its compiled extension needs CUDA" in capsys.readouterr().err


def test_a_data_folder_that_cannot_be_written_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "file"))
    assert not doctor.diagnose()
    assert "broken  data folder" in capsys.readouterr().err
