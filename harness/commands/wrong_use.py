"""What is said where a command is called in a way that it does not have."""

from __future__ import annotations

import re
from typing import Any

import typer

from harness.commands.choices_as_options import as_options
from harness.wording import printable


def show_wrong_use(error: Exception) -> str | None:
    """Say on standard error how the command is used, and what is wrong with how it was called.

    Args:
        error: what a command raised; those of Typer know the command that was called.

    Returns:
        The message, with the code that every error has; None if it is none of Typer's, and nothing is said.
    """
    explain = getattr(error, "format_message", None)
    if explain is None:
        return None
    told = str(explain())
    if not told or told.startswith("Usage:"):  # it was called without anything to do, and this is its help
        typer.echo(told, err=True)
        return "Error [choices]: wrong use of the command; standard error says how it is used."
    message = printable(f"Error [choices]: {told.replace(_OF_A_PARSER, '')}")
    context: Any = getattr(error, "ctx", None)
    if context is not None:
        if (extra := _EXTRA.fullmatch(told)) and (written := as_options(context.command, extra[1].split(" "))):
            message += f". {printable(written)}"
        typer.echo(context.get_usage(), err=True)
        typer.echo(f"Try '{context.command_path} --help' for help.\n", err=True)
    typer.echo(message, err=True)
    return message


_EXTRA = re.compile(r"Got unexpected extra argument\S* \((.+)\)", re.DOTALL)
"""What Typer says of arguments that a command does not take."""

_OF_A_PARSER = "Value error, "
"""What Typer's parser of values puts before the words of its own."""
