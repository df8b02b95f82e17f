"""``harness run``: Hydra composes the config and launches the study, once or as a sweep."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import hydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.config import StudyConfig, study_config
from harness.console import TerminalObserver, show_study, warn
from harness.errors import HarnessError, storage_problem
from harness.resources import config_dir

WRONG_USE, INTERNAL_ERROR, INTERRUPTED = 2, 70, 130
_CODES = "HARNESS_EXIT_CODES"


def compose_study(overrides: list[str]) -> StudyConfig:
    """Compose one study's config as ``harness run`` would, for use within Python.

    Raises:
        HarnessError: the overrides do not compose or a value is invalid.
    """
    try:
        with hydra.initialize_config_dir(str(config_dir()), version_base="1.3"):
            config = hydra.compose("run", overrides)
    except (HydraException, OmegaConfBaseException) as error:
        raise HarnessError(f"config: {error}") from None
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
        sys.argv = ["harness run", *arguments]
        try:
            _job()
        except SystemExit as exit_:
            if exit_.code:  # Hydra has printed what it could not compose
                return WRONG_USE
        finally:
            os.environ.pop(_CODES)
        return max((int(line) for line in Path(codes.name).read_text().split()), default=0)


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
    except HarnessError as error:
        warn(f"Error: {error}")
        return WRONG_USE
    except KeyboardInterrupt:
        warn("Stopped. What was finished is kept; the same command continues.")
        return INTERRUPTED
    except Exception as error:
        problem = storage_problem(error) if isinstance(error, OSError) else None
        if problem:
            warn(f"Error: {problem}")
            return WRONG_USE
        traceback.print_exc()
        warn("Internal error: this is a fault of the harness, please report it with the lines above.")
        return INTERNAL_ERROR
    show_study(study)
    return 0


def _resolved(config: DictConfig) -> dict[str, Any]:
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise HarnessError(f"config: {error}") from None
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}
