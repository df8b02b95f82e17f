"""``harness check``: check a dataset on disk against its card."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from harness.cards.facts import validation_problems
from harness.commands.folded_lines import in_terminal
from harness.commands.json_answer import answer
from harness.commands.terminal import TerminalObserver, say, warn
from harness.datasets.layout_check import LayoutCheck
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError
from harness.plain_yaml import parse_yaml
from harness.report.numbers import one_line
from harness.study.assembly import open_reader
from harness.study.config import DatasetChoices
from harness.wording import quantity

SHOWN_PROBLEMS = 100


def check_dataset(name: str, arguments: list[str]) -> bool:
    """Check a dataset on disk against its card and print the result.

    Args:
        name: the dataset's name.
        arguments: ``root=PATH`` and the reader's options, as ``option=value``.

    Returns:
        Whether everything agrees with the card.

    Raises:
        HarnessError: an argument does not have this form, or the folder cannot be read as this dataset.
    """
    observer = TerminalObserver()
    with observer:
        reader = reader_of(name, arguments)
        observer.stage(f"checking {name}")
        found = reader.check(observer.progress)
    for remark in reader.remarks:
        say(in_terminal(remark))
    _print_check(name, found)
    answer(dataset=name, counts=found.counts, per_label=found.per_label, problems=found.problems)
    return not found.problems


def reader_of(name: str, arguments: list[str]) -> Reader[ReaderOptions]:
    """The reader of a dataset that is named in arguments of a command; see `check_dataset`."""
    try:
        choices = DatasetChoices.model_validate({**_options(arguments), "name": name})
    except ValidationError as error:
        raise HarnessError(f"dataset {name}: {validation_problems(error)}") from None
    return open_reader(choices.name, choices.root, choices.options)


def _options(arguments: list[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for argument in arguments:
        key, sign, value = argument.removeprefix("dataset.").partition("=")
        if not sign or not key:
            raise HarnessError(f"{argument!r} does not have the form option=value, such as root=PATH.")
        try:
            options[key] = value if key == "root" else parse_yaml(value)
        except ValueError:
            raise HarnessError(
                f"{argument!r}: the value is not readable as YAML. Quote it: {key}='\"…\"'."
            ) from None
    return options


def _print_check(name: str, found: LayoutCheck) -> None:
    for what, count in found.counts.items():
        say(f"{what}: {count:,}")
    for label, count in found.per_label.items():
        say(f"  {one_line(label)}: {count:,}")
    for problem in found.problems[:SHOWN_PROBLEMS]:
        warn(in_terminal(f"- {one_line(problem)}"))
    if len(found.problems) > SHOWN_PROBLEMS:
        warn(f"- and {len(found.problems) - SHOWN_PROBLEMS:,} more")
    if found.problems:
        say(f"{name}: {quantity(len(found.problems), 'difference')} from the card.")
    else:
        say(f"{name}: everything agrees with the card.")
