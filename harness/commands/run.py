"""``harness run``: Hydra composes the config and launches one study or a sweep."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException
from omegaconf import DictConfig

from harness.commands.sweep import Ended, headline, read_ended, show_overview
from harness.commands.terminal import PrintableStream, TerminalObserver, say, show_study, warn
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

_ENDED = "HARNESS_ENDED"
"""The file to which every study adds a line."""

_SWEPT = "HARNESS_SWEPT"
"""The keys that a sweep varies."""

_KILLED = 128
"""Exit codes above it name the signal that ended the process."""


def run_composed(arguments: list[str]) -> int:
    """Pass the arguments to Hydra.

    Every study of a sweep is run even if others fail. Launchers may run them in other processes, so how they ended
    is collected in a file.

    Returns:
        0 if all studies succeeded, otherwise the highest exit code.
    """
    with tempfile.NamedTemporaryFile(prefix="harness-", suffix=".ended") as file:
        os.environ[_ENDED] = file.name
        os.environ["HYDRA_FULL_ERROR"] = "1"  # errors are raised, to be shown in one sentence
        for folder in _own_configs(arguments):
            require_plain(folder)
        in_sweep = bool({"-m", "--multirun"} & set(arguments))
        ordered = with_facts_quoted(_overrides_first(arguments), in_sweep=in_sweep)
        given = _options_of_choices(with_open_maps(ordered), in_sweep=in_sweep)
        searches = any(argument.startswith("hydra.searchpath=") for argument in given)
        os.environ[_SWEPT] = ",".join(_swept(given)) if in_sweep else ""
        sys.argv = ["harness run", *([] if searches else config_sources()), *given]
        try:
            with _printable_output():
                _job()
        except COMPOSING_FAILS as error:
            raise HarnessError(explained(error)) from None
        except SystemExit as exit_:
            if isinstance(exit_.code, int) and exit_.code > _KILLED:
                raise
            if exit_.code:  # Hydra has printed its usage
                return ExitCode.WRONG_USE
        finally:
            del os.environ[_ENDED], os.environ[_SWEPT]
        ended = read_ended(Path(file.name))
    if in_sweep and ended:
        show_overview(ended, Path(ended[0].sweep_dir))
    return max((one.code for one in ended), default=0)


def _swept(arguments: list[str]) -> Iterator[str]:
    """The keys of overrides that have several values, as in ``seed=1,2``."""
    for argument in arguments:
        if "=" in argument and not argument.startswith("-"):
            try:
                override = OverridesParser.create().parse_override(argument)
            except OverrideParseException:
                continue  # Hydra itself reports it
            if override.is_sweep_override():
                yield override.key_or_group


def _own_configs(arguments: list[str]) -> Iterator[Path]:
    """The folders that ``--config-dir DIR``, ``-cd DIR`` and ``hydra.searchpath=[file://DIR]`` name."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        option, sign, value = argument.partition("=")
        if option == "-cd" or (option.startswith("--config-d") and "--config-dir".startswith(option)):
            yield Path(value if sign else following)
        elif option == "hydra.searchpath":
            yield from map(Path, re.findall(r"file://([^,'\"\]]+)", value))


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


@contextlib.contextmanager
def _printable_output() -> Iterator[None]:
    """What Hydra prints, such as a config or a complaint about an argument, is `printable`."""
    with (
        contextlib.redirect_stdout(PrintableStream(sys.stdout)),
        contextlib.redirect_stderr(PrintableStream(sys.stderr)),
    ):
        yield


@contextlib.contextmanager
def _own_output() -> Iterator[None]:
    """A study writes to the terminal itself, with colours and a bar that moves."""
    out, err = (getattr(stream, "stream", stream) for stream in (sys.stdout, sys.stderr))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield


@hydra.main(version_base="1.3", config_path=str(config_dir()), config_name="run")
def _job(config: DictConfig) -> None:
    try:
        with _own_output():
            _study(config).append_to(Path(os.environ[_ENDED]))
    except COMPOSING_FAILS as error:  # of our own: a study's errors are told where it is run
        raise RuntimeError("a study has not ended as studies do") from error


def _study(config: DictConfig) -> Ended:
    from harness.study.run_study import run

    place = _Place.of_this_job()
    if place.name:
        say(f"\nstudy {place.number + 1}: {place.name}")
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
            warn(f"{message} [study {place.number + 1}: {place.name}]" if place.name else message)
        return place.ended(code, why=message.removeprefix("Error: "))
    return place.ended(0, folder=str(study.folder.path), metrics=headline(study))


@dataclass(frozen=True)
class _Place:
    """The place of this study in a sweep: its number, what it is called, and the folder of the sweep."""

    number: int = 0
    name: str = ""
    sweep_dir: str = "."

    @classmethod
    def of_this_job(cls) -> _Place:
        """A study on its own has no name."""
        keys = [key for key in os.environ[_SWEPT].split(",") if key]
        if not keys:
            return cls()
        hydra_config = HydraConfig.get()
        given = dict(override.lstrip("+").split("=", maxsplit=1) for override in hydra_config.overrides.task)
        name = " ".join(f"{key}={given[key]}" for key in keys if key in given)
        return cls(int(hydra_config.job.num), name or f"number {hydra_config.job.num}", hydra_config.sweep.dir)

    def ended(
        self, code: int, *, why: str = "", folder: str = "", metrics: dict[str, float] | None = None
    ) -> Ended:
        return Ended(self.number, self.name, int(code), why, folder, metrics, self.sweep_dir)
