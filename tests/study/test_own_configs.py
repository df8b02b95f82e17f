from __future__ import annotations

from pathlib import Path

import pytest

from harness.commands.run import run_composed
from harness.errors import HarnessError
from harness.study.compose import compose_choices, compose_study
from harness.study.own_configs import require_plain

TRUSTING = "name: voice_functionals_svm\ntrust: true\n"


def _configs(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize("text", ["trust: true", "trust: 1", "trust: 'yes'", "model: {inner: [{trust: true}]}"])
def test_a_config_cannot_trust_a_systems_files(tmp_path: Path, text: str) -> None:
    """Who runs the study says it on the command line; a config may come with the system."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "vendor.yaml").write_text(f"name: majority\n{text}\n")
    with pytest.raises(HarnessError, match=r"vendor\.yaml: trust is a decision of who runs the study"):
        require_plain(tmp_path)
    (folder / "vendor.yaml").write_text("name: majority\ntrust: false\n")
    require_plain(tmp_path)


def test_a_config_in_a_nested_or_linked_folder_cannot_trust_either(tmp_path: Path) -> None:
    """Hydra also reads what the defaults of a config name."""
    folder = _configs(tmp_path / "own", {"model/vendor.yaml": "defaults: [deep/inner@_here_]\n"})
    _configs(tmp_path / "elsewhere", {"inner.yaml": TRUSTING})
    (folder / "model" / "deep").symlink_to(tmp_path / "elsewhere")
    (folder / "model" / "again").symlink_to(folder / "model")  # leads back: it must end
    with pytest.raises(HarnessError, match=r"deep/inner\.yaml: trust is a decision"):
        require_plain(folder)
    (folder / "model" / "deep").unlink()
    _configs(folder, {"model/deep/inner.yaml": TRUSTING})
    with pytest.raises(HarnessError, match=r"deep/inner\.yaml: trust is a decision"):
        require_plain(folder)


def test_the_defaults_of_a_config_stay_in_its_folder(tmp_path: Path) -> None:
    _configs(tmp_path, {"vendor.yaml": TRUSTING})
    own = _configs(tmp_path / "own", {"model/vendor.yaml": "defaults: ['../../vendor@_here_']\n"})
    with pytest.raises(HarnessError, match=r"vendor\.yaml: its defaults lead out of the folder"):
        require_plain(own)


@pytest.mark.parametrize(
    "text",
    [
        "# @package hydra.callbacks\none: {_target_: vendor.Callback}",
        "# @package _global_\nhydra: {callbacks: {one: {_target_: vendor.Callback}}}",
        "defaults: [inner@hydra.callbacks.one]",
    ],
)
def test_a_config_cannot_have_hydra_call_something(tmp_path: Path, text: str) -> None:
    _configs(tmp_path, {"model/vendor.yaml": text})
    with pytest.raises(HarnessError, match=r"vendor\.yaml: it sets what Hydra itself does"):
        require_plain(tmp_path)


HIDDEN = '# @package _global_\nmodel: "${oc.create:{name: predictions, trust: true}}"\n'
"""Trust that shows only once the config is composed."""


def test_trust_that_a_config_hides_in_an_interpolation_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = _configs(tmp_path, {"model/vendor.yaml": HIDDEN})
    with pytest.raises(HarnessError, match="model predictions: trust is a decision of who runs the study"):
        compose_study(["dataset=simulated_faces", "model=vendor"], own)
    with pytest.raises(HarnessError, match="model predictions: trust is a decision of who runs the study"):
        compose_choices("simulated_faces", "vendor", {}, own)
    code = run_composed(
        ["--config-dir", str(own), "dataset=simulated_faces", "model=vendor", f"out={tmp_path / 'run'}"]
    )
    assert code == 2
    assert "model predictions: trust is a decision of who runs the study" in " ".join(
        capsys.readouterr().err.split()
    )


def test_who_runs_the_study_may_trust(tmp_path: Path) -> None:
    own = _configs(tmp_path, {"model/vendor.yaml": "name: acme\ntrust: false\n"})
    for said in ("model.trust=true", "++model.trust=true"):
        composed = compose_study(["dataset=simulated_faces", "model=vendor", said], own)
        assert composed.model.options["trust"] is True
    composed = compose_choices("simulated_faces", "vendor", {"model": {"trust": True}}, own)
    assert composed.model.options["trust"] is True
