"""Composes the validated config of one study from Hydra configs and overrides, without a command line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.errors import HydraException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.cards.stated_facts import StatedDataset, StatedSystem
from harness.errors import HarnessError
from harness.files import require_reachable
from harness.resources import config_dir, configs_beside_cards, package_dirs, run_config
from harness.study.config import StudyConfig, study_config
from harness.study.grants import require_granted, stated_options
from harness.study.own_configs import require_plain

_MAX_MESSAGE = 500

_NO_MODEL = "You must specify 'model'"
"""Of Hydra's message about a default that nothing chooses."""

HYDRA_BASE: Mapping[str, str] = {"version_base": "1.3"} if hydra.__version__.startswith("1.3.") else {}
"""Hydra 1.3 without it behaves as 1.1 did; 1.4 warns of it."""

COMPOSING_FAILS = (
    *(HydraException, OmegaConfBaseException, yaml.YAMLError),
    *(ValueError, TypeError, LookupError, AttributeError, RecursionError),
)
"""What Hydra raises or lets through for overrides and configs that it cannot compose. Catch it around Hydra alone,
as a fault of our own may be one of these, too."""


def compose_study(overrides: list[str], own_configs: Path | None = None) -> StudyConfig:
    """Compose one study's config as ``harness run`` would.

    Args:
        overrides: as on the command line, such as ``seed=7``.
        own_configs: a folder of the user's own configs, or of cards and configs: `configs_beside_cards`.

    Raises:
        HarnessError: the overrides do not compose or a value is invalid.
    """
    return chosen_study(composed_run(overrides, own_configs), stated_options(overrides))


def composed_run(overrides: list[str], own_configs: Path | None = None) -> DictConfig:
    """What `compose_study` composes, before its values are validated.

    Args:
        overrides: see `compose_study`.
        own_configs: see `compose_study`.

    Raises:
        HarnessError: the overrides do not compose.
    """
    return _composed([*with_facts_quoted(with_open_maps(overrides)), *config_sources(own_configs)])


def names_model(overrides: list[str], own_configs: Path | None = None) -> bool:
    """Whether overrides choose a system, by themselves or by a config that they add, such as ``+study=first``.

    Args:
        overrides: see `compose_study`.
        own_configs: see `compose_study`.

    Raises:
        HarnessError: ``own_configs`` is not a folder, or holds a config that cannot be read.
    """
    if any(re.match(r"\+{0,2}model=", override) for override in overrides):
        return True
    try:
        _composed([*with_facts_quoted(with_open_maps(overrides)), *config_sources(own_configs)])
    except HarnessError as error:  # of another kind is told where the study is composed
        return _NO_MODEL not in str(error)
    return True


def compose_choices(
    dataset: str,
    model: str,
    choices: Mapping[str, Any],
    own_configs: Path | None = None,
    arguments: Sequence[str] = (),
) -> StudyConfig:
    """Compose one study's config from Python values.

    Args:
        dataset: its name.
        model: the system's name.
        choices: sections and keys of ``configs/run.yaml``; ``dataset`` and ``model`` hold their options.
        own_configs: a folder of the user's own configs, or of cards and configs: `configs_beside_cards`.
        arguments: what else the function takes that was called; it may have been meant.

    Raises:
        HarnessError: there is no such config, or a value is unknown or invalid.
    """
    for what, name in (("dataset", dataset), ("model", model)):
        if not isinstance(name, str) or not re.fullmatch(r"[\w.-]+", name):
            raise HarnessError(f"{what}: {name!r} is not a valid name. `harness list {what}s` shows all names.")
    config = _composed([f"dataset={dataset}", f"model={model}", *config_sources(own_configs)])
    _require_known(choices, [*map(str, config), *arguments])
    OmegaConf.set_struct(config, False)
    try:
        for key, value in choices.items():
            OmegaConf.update(config, key, _plain(value), merge=True)
    except OmegaConfBaseException as error:
        raise HarnessError(explained(error)) from None
    return chosen_study(config, set(choices.get("model", {})))


def chosen_study(config: DictConfig, stated: Collection[str]) -> StudyConfig:
    """The validated config of a study, in which a system gets no more than the user grants.

    Args:
        config: as composed.
        stated: the options of the system that the user stated.

    Raises:
        HarnessError: a value is invalid, or a config grants what only the user grants.
    """
    chosen = study_config(plain_values(config))
    require_granted(chosen.model, stated)
    return chosen


def _require_known(choices: Mapping[str, Any], known: Sequence[str]) -> None:
    """Python's names of choices, and of the keys within a section of ``configs/run.yaml``."""
    sections = {top: keys for top, value in _run_config().items() if (keys := _inner(value))}
    within = {key: f"{top}={{{key!r}: …}}" for top, keys in sections.items() for key in keys}
    written = {name: name for name in known} | within
    for name, value in choices.items():
        if name not in known:
            hint = _names_like(name, written) or f" There are: {', '.join(_run_config())}."
            raise HarnessError(f"There is no choice {name!r}.{hint}")
        keys = sections.get(name, [])
        for key in value if keys and isinstance(value, Mapping) else ():
            if key not in keys:
                hint = _names_like(str(key), {key: repr(key) for key in keys})
                raise HarnessError(f"{name}={{{key!r}: …}}: there is no such key.{hint}")


def _names_like(name: str, known: Mapping[str, str]) -> str:
    """A question whether something else was meant; ``known`` says how each name is written."""
    close = difflib.get_close_matches(name, known)
    return f" Did you mean {' or '.join(known[found] for found in close)}?" if close else ""


def _plain(value: Any) -> Any:
    """The values of other libraries as Python's own, which configs are made of."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list | tuple | set):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


def config_sources(own_configs: Path | None = None) -> list[str]:
    """An override that adds the user's own configs and those of installed packages, if there are any.

    Raises:
        HarnessError: ``own_configs`` is not a folder, or holds a config that cannot be read.
    """
    if own_configs is not None and not own_configs.is_dir():
        require_reachable(own_configs)
        raise HarnessError(f"--config-dir: {own_configs} is not a folder.")
    if own_configs is not None:
        own_configs = configs_beside_cards(own_configs)
        require_plain(own_configs)
    of_packages = [folder / "configs" for folder in package_dirs() if (folder / "configs").is_dir()]
    folders = [*([] if own_configs is None else [own_configs.resolve()]), *of_packages]
    quoted = [str(folder).replace("'", "\\'") for folder in folders]
    listed = ",".join(f"'file://{path}'" for path in quoted)
    return [f"hydra.searchpath=[{listed}]"] if quoted else []


def _composed(overrides: list[str]) -> DictConfig:
    try:
        with hydra.initialize_config_dir(str(config_dir()), **HYDRA_BASE):
            config: DictConfig = hydra.compose("run", overrides)
    except COMPOSING_FAILS as error:
        raise HarnessError(explained(error)) from None
    return config


def explained(error: Exception) -> str:
    """Hydra's or OmegaConf's multi-line message as one sentence; for an unknown key, with similar keys."""
    lines = [line.removeprefix("In 'run': ") for line in str(error).splitlines() if line.strip()]
    unknown = re.match(r"Could not override '([^']+)'", lines[0]) if lines else None
    if unknown:
        return (
            f"config: there is no key {unknown[1]!r}.{_keys_like(unknown[1])} `harness run … --cfg job` shows all."
        )
    if isinstance(error, OverrideParseException):
        return f"config: {error.override!r} is not readable. Write key=value, and quote a text: key='\"a, b\"'."
    if isinstance(error, OmegaConfBaseException):
        return f"config: {error.full_key or ''}: {lines[0] if lines else type(error).__name__}"[:_MAX_MESSAGE]
    end = next((i for i, line in enumerate(lines) if line.startswith(("Config search path", "See https"))), None)
    said = [line.strip() for line in lines[:end] if not line.startswith("\t")]
    options = [line.strip() for line in lines[:end] if line.startswith("\t")]
    return f"config: {'; '.join(said)}"[:_MAX_MESSAGE] + (f" {', '.join(options)}" if options else "")


def _keys_like(key: str) -> str:
    known = [
        name for top, value in _run_config().items() for name in (top, *(f"{top}.{k}" for k in _inner(value)))
    ]
    return _names_like(key, dict(zip(known, known, strict=True)))


def _run_config() -> dict[str, Any]:
    """``configs/run.yaml`` without what Hydra alone reads."""
    return {key: value for key, value in run_config().items() if key not in ("defaults", "hydra")}


def _inner(value: object) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def with_open_maps(arguments: list[str]) -> list[str]:
    """Let overrides add keys to maps with free keys, such as ``attributes.bands={skin_tone: monk_3}``.

    The options of a system are such keys: its config states some of them, and its kind knows which there are.
    """
    free = re.compile(r"((attributes\.(bands|sources|errors)|measure\.tolerances)[.=]|model\.[\w.]+=)")
    return [f"++{argument}" if free.match(argument) else argument for argument in arguments]


_FACT = re.compile(
    rf"(?P<key>\+{{0,2}}(?:dataset\.(?:{'|'.join(StatedDataset.model_fields)})"
    rf"|model\.(?:system|{'|'.join(StatedSystem.model_fields)})))=(?P<text>[^'\"\s].*)",
    re.DOTALL,
)


def with_facts_quoted(arguments: list[str], *, in_sweep: bool = False) -> list[str]:
    """Quote stated facts, which are free text: ``model.version=2.10`` is no number.

    Args:
        arguments: of the command line; texts that are quoted already, and null, stay as they are.
        in_sweep: a comma separates the values of a sweep, so a text with a comma stays as it is.
    """
    return [_fact_quoted(argument, in_sweep=in_sweep) for argument in arguments]


def _fact_quoted(argument: str, *, in_sweep: bool) -> str:
    found = _FACT.fullmatch(argument)
    if found is None or found["text"] == "null" or (in_sweep and "," in found["text"]):
        return argument
    # Within quotes, Hydra reads a backslash as itself unless it stands before a quote.
    text = re.sub(r'(\\*)("|$)', lambda end: end[1] * 2 + (f"\\{end[2]}" if end[2] else ""), found["text"])
    return f'{found["key"]}="{text}"'


def plain_values(config: DictConfig) -> dict[str, Any]:
    """A composed config without interpolations, as plain values.

    Raises:
        HarnessError: a value is missing or an interpolation cannot be resolved.
    """
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise HarnessError(explained(error)) from None
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}
