"""Choices (``out=DIR``), as ``harness run`` takes them, where a command has options (``--into DIR``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    there = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    written = [
        f"{name}={value} is written {option} {value}"
        if (option := _option(name, there))
        else f"{name}={value} is no choice of this command"
        for name, value in choices
    ]
    return f"{', '.join(written)}."


def _option(name: str, there: set[str]) -> str | None:
    """The option that a choice stands for, if the command has it."""
    named = f"--{name.rpartition('.')[2].replace('_', '-')}"
    return next((option for option in (named, _SAME.get(name)) if option in there), None)
