"""``harness run``: Hydra composes the config and launches one study or a sweep."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import hydra
from omegaconf import DictConfig

from harness.commands.terminal import TerminalObserver, show_study, warn
from harness.errors import ExitCode, HarnessError, ending
from harness.resources import config_dir
from harness.study.compose import (
    COMPOSING_FAILS,
    config_sources,
    explained,
    plain_values,
    require_plain,
    with_facts_quoted,
    with_open_maps,
)
from harness.study.config import study_config

_CODES = "HARNESS_EXIT_CODES"
_KILLED = 128
"""Exit codes above it name the signal that ended the process."""


def run_composed(arguments: list[str]) -> int:
    """Pass the arguments to Hydra.

    Every study of a sweep is run even if others fail. Launchers may run them in other processes, so exit codes are
    collected in a file.

    Returns:
        0 if all studies succeeded, otherwise the highest exit code.
    """
    with tempfile.NamedTemporaryFile(prefix="harness-", suffix=".codes") as codes:
        os.environ[_CODES] = codes.name
        os.environ["HYDRA_FULL_ERROR"] = "1"  # errors are raised, to be shown in one sentence
        for folder in _own_configs(arguments):
            require_plain(folder)
        in_sweep = bool({"-m", "--multirun"} & set(arguments))
        ordered = with_facts_quoted(_overrides_first(arguments), in_sweep=in_sweep)
        given = _options_of_choices(with_open_maps(ordered), in_sweep=in_sweep)
        searches = any(argument.startswith("hydra.searchpath=") for argument in given)
        sys.argv = ["harness run", *([] if searches else config_sources()), *given]
        try:
            _job()
        except COMPOSING_FAILS as error:
            raise HarnessError(explained(error)) from None
        except SystemExit as exit_:
            if isinstance(exit_.code, int) and exit_.code > _KILLED:
                raise
            if exit_.code:  # Hydra has printed its usage
                return ExitCode.WRONG_USE
        finally:
            os.environ.pop(_CODES)
        return max((int(line) for line in Path(codes.name).read_text().split()), default=0)


def _own_configs(arguments: list[str]) -> Iterator[Path]:
    """The folder that ``--config-dir DIR`` or ``-cd DIR`` names."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        option, sign, value = argument.partition("=")
        if option in ("--config-dir", "-cd"):
            yield Path(value if sign else following)


def _overrides_first(arguments: list[str]) -> list[str]:
    """Put overrides first: Hydra's parser accepts them on only one side of its options."""
    overrides = [argument for argument in arguments if "=" in argument and not argument.startswith("-")]
    return [*overrides, *(argument for argument in arguments if argument not in overrides)]


def _options_of_choices(arguments: list[str], *, in_sweep: bool) -> list[str]:
    """Allow options of datasets or models in sweeps over them: ``-m dataset=a,b dataset.root=…``.

    Before a sweep Hydra composes a config without the swept choices, in which ``dataset.root`` is not a key yet.
    ``++`` adds it; readers and models refuse unknown options.
    """
    if not in_sweep:
        return arguments
    return [f"++{a}" if re.match(r"(dataset|model|bias)\.[\w.]+=", a) else a for a in arguments]


@hydra.main(version_base="1.3", config_path=str(config_dir()), config_name="run")
def _job(config: DictConfig) -> None:
    code = _study(config)
    with Path(os.environ[_CODES]).open("a") as codes:
        codes.write(f"{code}\n")


def _study(config: DictConfig) -> int:
    from harness.study.run_study import run

    observer = TerminalObserver()
    try:
        with observer:
            study = run(study_config(plain_values(config)), observer)
        show_study(study)
    except (Exception, KeyboardInterrupt) as error:
        code, message = ending(error)
        if code is ExitCode.INTERNAL_ERROR:
            traceback.print_exc()
        if code is not ExitCode.INTERRUPTED:  # shown once, at the end
            warn(message)
        return code
    return 0
