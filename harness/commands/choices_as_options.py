"""Choices (``out=DIR``), as ``harness run`` takes them, where a command has options (``--into DIR``)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import typer

_CHOICE = re.compile(r"([A-Za-z_][\w.-]*)=(.*)", re.DOTALL)
_SAME = {"out": "--into"}
"""What `harness run` calls a choice → what commands that read finished runs call the option."""

_Given = TypeVar("_Given", Path, list[Path])


def refuse_choices(context: typer.Context, given: _Given) -> _Given:
    """For the callback of an argument of paths: what is written like a choice, and is no path, is refused.

    Args:
        context: of the command that was called.
        given: the argument.

    Raises:
        typer.BadParameter: one of the paths is a choice.
    """
    for path in given if isinstance(given, list) else [given]:
        if (told := as_options(context.command, [str(path)])) and not exists(str(path)):
            raise typer.BadParameter(told, ctx=context)
    return given


def exists(argument: str) -> bool:
    """Whether an argument is the path of something; what no path can be is none."""
    try:
        return Path(argument).exists()
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


def as_options(command: Any, given: Iterable[str]) -> str:
    """How choices are written as options of a command; empty where nothing given is a choice.

    Args:
        command: that was called, as Typer knows it.
        given: its arguments.
    """
    choices = [match.groups() for text in given if (match := _CHOICE.fullmatch(text))]
    if not choices:
        return ""
    takes_value = {option: not getattr(one, "is_flag", False) for one in command.params for option in one.opts}
    return f"{', '.join(f'{name}={value} is {_as_option(name, value, takes_value)}' for name, value in choices)}."


def _as_option(name: str, value: str, takes_value: Mapping[str, bool]) -> str:
    """How a choice is written, if the command has an option for it."""
    named = f"--{name.rpartition('.')[2].replace('_', '-')}"
    option = next((option for option in (named, _SAME.get(name)) if option in takes_value), None)
    if option is None:
        return "no choice of this command"
    return f"written {option} {shlex.quote(value)}" if takes_value[option] else f"{option}, given or left out"
