"""``harness run``: Hydra composes the config and launches the study, once or as a sweep."""

from __future__ import annotations

import difflib
import os
import re
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.errors import HydraException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.config import StudyConfig, study_config
from harness.console import TerminalObserver, show_study, warn
from harness.errors import ExitCode, HarnessError, ending
from harness.resources import config_dir

_CODES = "HARNESS_EXIT_CODES"
_MAX_MESSAGE = 500
_KILLED = 128
"""Exit codes above it name the signal that ended the process."""


def compose_study(overrides: list[str]) -> StudyConfig:
    """Compose one study's config as ``harness run`` would, for use within Python.

    Raises:
        HarnessError: the overrides do not compose or a value is invalid.
    """
    try:
        with hydra.initialize_config_dir(str(config_dir()), version_base="1.3"):
            config = hydra.compose("run", _open_maps(overrides))
    except (HydraException, OmegaConfBaseException) as error:
        raise HarnessError(explained(error)) from None
    return study_config(_resolved(config))


def run_composed(arguments: list[str]) -> int:
    """Hand the arguments to Hydra.

    Every study of a sweep is run, whatever becomes of the others. Launchers may run them in other processes, so
    their exit codes come back through a file.

    Returns:
        0 if all studies are done, else the highest exit code among them.
    """
    with tempfile.NamedTemporaryFile(prefix="harness-", suffix=".codes") as codes:
        os.environ[_CODES] = codes.name
        os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come here, to be told in one sentence
        sys.argv = ["harness run", *_options_of_choices(_open_maps(_overrides_first(arguments)))]
        try:
            _job()
        except (HydraException, OmegaConfBaseException) as error:
            raise HarnessError(explained(error)) from None
        except SystemExit as exit_:
            if isinstance(exit_.code, int) and exit_.code > _KILLED:
                raise
            if exit_.code:  # Hydra has printed its usage
                return ExitCode.WRONG_USE
        finally:
            os.environ.pop(_CODES)
        return max((int(line) for line in Path(codes.name).read_text().split()), default=0)


def explained(error: HydraException | OmegaConfBaseException) -> str:
    """Hydra's or OmegaConf's message of many lines as one sentence; for an unknown key, with the keys like it."""
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


def _overrides_first(arguments: list[str]) -> list[str]:
    """Hydra's parser takes overrides on one side of its options only."""
    overrides = [argument for argument in arguments if "=" in argument and not argument.startswith("-")]
    return [*overrides, *(argument for argument in arguments if argument not in overrides)]


def _open_maps(arguments: list[str]) -> list[str]:
    """Let an override add keys to the maps whose keys are the user's: ``attributes.bands={skin_tone: monk_3}``."""
    return [
        f"++{a}" if re.match(r"(attributes\.(bands|sources)|measure\.tolerances)[.=]", a) else a for a in arguments
    ]


def _options_of_choices(arguments: list[str]) -> list[str]:
    """Let a sweep over datasets or models take their options: ``-m dataset=a,b dataset.root=…``.

    Before a sweep Hydra composes a config without the choices that are swept, in which ``dataset.root`` is no key
    yet. ``++`` adds it; readers and models refuse options that they do not have.
    """
    if not {"-m", "--multirun"} & set(arguments):
        return arguments
    return [f"++{a}" if re.match(r"(dataset|model|bias)\.[\w.]+=", a) else a for a in arguments]


@hydra.main(version_base="1.3", config_path=str(config_dir()), config_name="run")
def _job(config: DictConfig) -> None:
    code = _study(config)
    with Path(os.environ[_CODES]).open("a") as codes:
        codes.write(f"{code}\n")


def _study(config: DictConfig) -> int:
    from harness.study import run

    observer = TerminalObserver()
    try:
        with observer:
            study = run(study_config(_resolved(config)), observer)
    except (Exception, KeyboardInterrupt) as error:
        code, message = ending(error)
        if code is ExitCode.INTERNAL_ERROR:
            traceback.print_exc()
        if code is not ExitCode.INTERRUPTED:  # told once, at the very end
            warn(message)
        return code
    show_study(study)
    return 0


def _resolved(config: DictConfig) -> dict[str, Any]:
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise HarnessError(explained(error)) from None
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}
