"""A practice test by its name, and its options as a command line gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from harness.cards import registry
from harness.cards.described import template_lines
from harness.cards.facts import validation_problems
from harness.errors import HarnessError
from harness.plain_yaml import parse_yaml
from harness.practice_tests.practice_interface import PracticeOptions, PracticeTest
from harness.wording import did_you_mean


def open_practice(name: str) -> PracticeTest[Any]:
    """The practice test of that name; ``language-models`` is ``language_models``.

    Raises:
        HarnessError: there is none.
    """
    registered = name.replace("-", "_")
    kind: type[PracticeTest[Any]] = registry.find("practice_tests", registered)
    return kind(registered)


def practice_options(test: PracticeTest[Any], arguments: Sequence[str]) -> PracticeOptions:
    """The options of a test.

    Args:
        test: whose options they are.
        arguments: ``option=value``; a value is YAML, and for a path or a text plain text will do. A dot leads into
            a section: ``columns.score=stress``.

    Raises:
        HarnessError: an argument has another form, or an option is unknown or out of range.
    """
    given: dict[str, Any] = {}
    for argument in arguments:
        key, sign, text = argument.partition("=")
        if not sign or not key or key.startswith("-"):
            raise HarnessError(
                f"{argument!r} does not have the form option=value. `harness practice {test.name} --help` shows "
                "the options."
            )
        _put(given, key, text, argument)
    schema = test.Options
    if unknown := sorted(set(given) - set(schema.model_fields)):
        meant = did_you_mean(unknown[0], schema.model_fields)
        raise HarnessError(
            f"practice test {test.name}: there is no option {unknown[0]!r}.{meant} `harness practice {test.name} "
            "--help` shows the options."
        )
    try:
        return schema.model_validate(given)
    except ValidationError as error:
        raise HarnessError(f"practice test {test.name}: {validation_problems(error)}") from None


def _put(given: dict[str, Any], key: str, text: str, argument: str) -> None:
    *parts, last = key.split(".")
    for part in parts:
        given = given.setdefault(part, {})
        if not isinstance(given, dict):
            raise HarnessError(f"{argument!r}: {part} has a value already and is no section.")
    try:
        given[last] = parse_yaml(text)
    except ValueError:
        given[last] = text


def explained_options(test: PracticeTest[Any]) -> str:
    """Every option of a test with its meaning and its default, as YAML."""
    sections: dict[str, type[BaseModel]] = {
        name: field.annotation
        for name, field in test.Options.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    return "\n".join(template_lines(test.Options, sections=sections))
