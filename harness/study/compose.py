"""Composes the validated config of one study from Hydra configs and overrides, without a command line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.errors import HydraException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.errors import HarnessError
from harness.resources import config_dir, package_dirs
from harness.study.config import StudyConfig, study_config

_MAX_MESSAGE = 500


def compose_study(overrides: list[str], own_configs: Path | None = None) -> StudyConfig:
    """Compose one study's config as ``harness run`` would.

    Args:
        overrides: as on the command line, such as ``seed=7``.
        own_configs: a folder of the user's own configs.

    Raises:
        HarnessError: the overrides do not compose or a value is invalid.
    """
    return study_config(plain_values(_composed([*with_open_maps(overrides), *config_sources(own_configs)])))


def compose_choices(
    dataset: str, model: str, choices: Mapping[str, Any], own_configs: Path | None = None
) -> StudyConfig:
    """Compose one study's config from Python values.

    Args:
        dataset: its name.
        model: the system's name.
        choices: sections and keys of ``configs/run.yaml``; ``dataset`` and ``model`` hold their options.
        own_configs: a folder of the user's own configs.

    Raises:
        HarnessError: there is no such config, or a value is unknown or invalid.
    """
    for what, name in (("dataset", dataset), ("model", model)):
        if not re.fullmatch(r"[\w.-]+", name):
            raise HarnessError(f"{what}: {name!r} is not a valid name. `harness list {what}s` shows all names.")
    config = _composed([f"dataset={dataset}", f"model={model}", *config_sources(own_configs)])
    OmegaConf.set_struct(config, False)
    for key, value in choices.items():
        OmegaConf.update(config, key, value, merge=True)
    return study_config(plain_values(config))


def config_sources(own_configs: Path | None = None) -> list[str]:
    """An override that adds the user's own configs and those of installed packages, if there are any.

    Raises:
        HarnessError: ``own_configs`` is not a folder.
    """
    if own_configs is not None and not own_configs.is_dir():
        raise HarnessError(f"--config-dir: {own_configs} is not a folder.")
    of_packages = [folder / "configs" for folder in package_dirs() if (folder / "configs").is_dir()]
    folders = [*([] if own_configs is None else [own_configs.resolve()]), *of_packages]
    quoted = [str(folder).replace("'", "\\'") for folder in folders]
    listed = ",".join(f"'file://{path}'" for path in quoted)
    return [f"hydra.searchpath=[{listed}]"] if quoted else []


def _composed(overrides: list[str]) -> DictConfig:
    try:
        with hydra.initialize_config_dir(str(config_dir()), version_base="1.3"):
            config: DictConfig = hydra.compose("run", overrides)
    except (HydraException, OmegaConfBaseException) as error:
        raise HarnessError(explained(error)) from None
    return config


def explained(error: HydraException | OmegaConfBaseException) -> str:
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
    config = yaml.safe_load((config_dir() / "run.yaml").read_text(encoding="utf-8"))
    known = [name for top, value in config.items() for name in (top, *(f"{top}.{k}" for k in _inner(value)))]
    close = difflib.get_close_matches(key, [name for name in known if not name.startswith(("defaults", "hydra"))])
    return f" Did you mean {' or '.join(close)}?" if close else ""


def _inner(value: object) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def with_open_maps(arguments: list[str]) -> list[str]:
    """Let overrides add keys to maps with free keys, such as ``attributes.bands={skin_tone: monk_3}``."""
    return [
        f"++{a}" if re.match(r"(attributes\.(bands|sources)|measure\.tolerances)[.=]", a) else a for a in arguments
    ]


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
