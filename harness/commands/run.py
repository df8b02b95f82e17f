"""``harness run``: Hydra composes the config and launches one study or a sweep."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, cast

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException
from omegaconf import DictConfig, OmegaConf

from harness.commands.json_answer import answer, note_error
from harness.commands.study_tables import show_study
from harness.commands.sweep import (
    ENDED,
    NAMED,
    NUMBER,
    SWEPT,
    Place,
    StudiesLostError,
    ended_studies,
    headline,
    show_overview,
    sweep_name,
    track_overview,
)
from harness.commands.terminal import PrintableStream, TerminalObserver, say, warn
from harness.errors import ExitCode, HarnessError, ending, without_head
from harness.resources import config_dir, configs_beside_cards
from harness.study.compose import (
    COMPOSING_FAILS,
    HYDRA_BASE,
    chosen_study,
    composed_run,
    config_sources,
    explained,
    with_facts_quoted,
    with_open_maps,
)
from harness.study.grants import stated_options
from harness.study.own_configs import require_plain
from harness.study.sweep_notes import Ended, forget_servers, read_notes

_SWEEPER = "hydra.sweeper._target_=hydra_plugins.harness_sweeper.StudySweeper"

_KILLED = 128
"""Exit codes above it name the signal that ended the process."""


def run_composed(arguments: list[str]) -> int:
    """Run the study or the sweep that the arguments ask for.

    Returns:
        0 if all studies succeeded, otherwise the highest exit code; that of an interruption if it was stopped.
    """
    if any(argument.startswith("-") or "hydra" in argument for argument in arguments):
        return _run_by_hydra(arguments)
    # Hydra's own command composes the config twice, first to see whether it asks for a sweep.
    ended = _study(composed_run(arguments), arguments, Place())
    return ended.code or 0


def _run_by_hydra(arguments: list[str]) -> int:
    """Pass the arguments to Hydra.

    Every study of a sweep is run even if others fail, until somebody stops the sweep. Launchers may run them in
    other processes, so how they ended is collected in a file.

    Returns:
        0 if all studies succeeded, otherwise the highest exit code; that of an interruption if it was stopped.
    """
    started_s = time.time()
    with tempfile.TemporaryDirectory(prefix="harness-ended-") as notes:
        os.environ[ENDED] = notes  # the sweeper names a folder that stays
        os.environ["HYDRA_FULL_ERROR"] = "1"  # errors are raised, to be shown in one sentence
        arguments = list(_with_cards(arguments))
        for folder in _own_configs(arguments):
            require_plain(folder)
        in_sweep = bool({"-m", "--multirun"} & set(arguments))
        ordered = with_facts_quoted(_overrides_first(arguments), in_sweep=in_sweep)
        given = _options_of_choices(with_open_maps(ordered), in_sweep=in_sweep)
        searches = any(argument.startswith("hydra.searchpath=") for argument in given)
        swept = list(_swept(given)) if in_sweep else []
        os.environ[SWEPT], os.environ[NAMED] = ",".join(swept), sweep_name(swept, arguments)
        other_sweeper = any(argument.startswith("hydra/sweeper=") for argument in given)
        sweeper = [_SWEEPER] if in_sweep and not other_sweeper else []
        sys.argv = ["harness run", *([] if searches else config_sources()), *sweeper, *given]
        cause: BaseException | None = None
        try:
            with _printable_output():
                _job()
        except (KeyboardInterrupt, StudiesLostError) as error:
            cause = error
        except COMPOSING_FAILS as error:
            raise HarnessError(explained(error)) from None
        except SystemExit as exit_:
            if isinstance(exit_.code, int) and exit_.code > _KILLED:
                raise
            if exit_.code:  # Hydra has printed its usage
                note_error("Error [choices]: wrong use of the command; standard error says how it is used.")
                return ExitCode.WRONG_USE
        finally:
            noted = Path(os.environ[ENDED])
            del os.environ[ENDED], os.environ[SWEPT], os.environ[NAMED]
        ended = list(ended_studies(read_notes(noted), cause))
    stopped = isinstance(cause, KeyboardInterrupt)
    if in_sweep and ended:
        forget_servers(noted)
        folder = Path(ended[0].sweep_dir)
        show_overview(ended, folder)
        answer(studies=[asdict(one) for one in ended], overview=folder / "overview.html")
        _note_failed(ended)
        if not stopped:
            track_overview(ended, folder, started_s)
    return ExitCode.INTERRUPTED if stopped else max((one.code or 0 for one in ended), default=0)


def _note_failed(ended: list[Ended]) -> None:
    """Studies that failed; those of this process are noted already, and come first."""
    for one in ended:
        if one.code:
            note_error(f"Error: {one.why} [study {one.number + 1}: {one.name}]")


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


def _with_cards(arguments: list[str]) -> Iterator[str]:
    """Let ``--config-dir`` also name a folder with cards and configs: see `configs_beside_cards`."""
    is_folder = False
    for argument in arguments:
        option, sign, value = argument.partition("=")
        if is_folder:
            yield str(configs_beside_cards(Path(argument)))
        elif sign and _is_config_dir(option):
            yield f"{option}={configs_beside_cards(Path(value))}"
        else:
            yield argument
        is_folder = not is_folder and not sign and _is_config_dir(option)


def _is_config_dir(option: str) -> bool:
    return option == "-cd" or (option.startswith("--config-d") and "--config-dir".startswith(option))


def _is_config_path(option: str) -> bool:
    return option == "-cp" or (option.startswith("--config-p") and "--config-path".startswith(option))


def _own_configs(arguments: list[str]) -> Iterator[Path]:
    """The folders that ``--config-dir DIR``, ``--config-path DIR`` and ``hydra.searchpath=[file://DIR]`` name."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        option, sign, value = argument.partition("=")
        if _is_config_dir(option) or _is_config_path(option):
            yield Path(value if sign else following)
        elif option.lstrip("+") == "hydra.searchpath":
            named = (text.strip(" '\"") for text in value.strip(" []").split(","))
            yield from (Path(text.removeprefix("file://")) for text in named if not text.startswith("pkg://"))


def _overrides_first(arguments: list[str]) -> list[str]:
    """Put overrides first: Hydra's parser accepts them on only one side of its options."""
    overrides = [argument for argument in arguments if "=" in argument and not argument.startswith("-")]
    return [*overrides, *(argument for argument in arguments if argument not in overrides)]


def _options_of_choices(arguments: list[str], *, in_sweep: bool) -> list[str]:
    """Allow options of datasets in sweeps over them: ``-m dataset=a,b dataset.root=…``.

    Before a sweep Hydra composes a config without the swept choices, in which ``dataset.root`` is not a key yet.
    ``++`` adds it; readers refuse unknown options.
    """
    if not in_sweep:
        return arguments
    return [f"++{a}" if re.match(r"(dataset|bias)\.[\w.]+=", a) else a for a in arguments]


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


@hydra.main(config_path=str(config_dir()), config_name="run", **HYDRA_BASE)
def _job(config: DictConfig) -> None:
    try:
        with _own_output():
            said = OmegaConf.to_container(HydraConfig.get().overrides.task, resolve=False)  # as it was written
            notes = Path(os.environ[ENDED])
            ended = _study(config, cast(list[str], said), _place(), notes)
            ended.write(notes)
    except COMPOSING_FAILS as error:  # of our own: a study's errors are told where it is run
        raise RuntimeError("a study has not ended as studies do") from error
    if ended.code == ExitCode.INTERRUPTED:  # Hydra's launchers would go on with the next study
        raise KeyboardInterrupt


def _study(config: DictConfig, overrides: list[str], place: Place, notes: Path | None = None) -> Ended:
    """Run one study, and say how it ended.

    Args:
        config: as composed.
        overrides: as they were written.
        place: of the study in a sweep.
        notes: the folder for the note that it has begun; None where nobody asks for it.
    """
    from harness.study.run_study import run

    if place.name:
        say(place.header)
    observer = TerminalObserver()
    tracking: dict[str, Any] | None = None
    try:
        with observer:
            chosen = chosen_study(config, stated_options(overrides))
            tracking = chosen.tracking.model_dump(exclude={"enabled"}) if chosen.tracking.enabled else None
            study = run(chosen, observer, None if notes is None else partial(_note_begun, place, notes))
        if study.part is None:
            show_study(study)
        else:
            say(f"part {study.part} is answered: {study.folder.path}")
            say("when all parts are: harness merge PART1 PART2 … out=DIR, and the choices of this study")
    except (Exception, KeyboardInterrupt) as error:
        code, message = ending(error)
        if code is ExitCode.INTERNAL_ERROR:
            traceback.print_exc()
        if code is not ExitCode.INTERRUPTED:  # shown once, at the end
            warn(place.located(message))
            note_error(place.located(message))
        return place.ended(code, why=without_head(message), tracking=tracking)
    metrics, tracking = (headline(study), tracking) if study.part is None else (None, None)
    return place.ended(0, folder=str(study.folder.path), metrics=metrics, tracking=tracking)


def _note_begun(place: Place, notes: Path, folder: Path) -> None:
    place.begun(str(folder)).write(notes)


def _place() -> Place:
    if not os.environ[SWEPT]:
        return Place()
    hydra_config = HydraConfig.get()
    number = int(os.environ.get(NUMBER, hydra_config.job.num))  # other sweepers than ours do not set it
    return Place.of(number, hydra_config.overrides.task, hydra_config.sweep.dir)
