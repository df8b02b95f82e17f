"""Filling in a format: facts of the run, and what people have written for it.

What nobody states stays empty and is listed: the harness writes no text that only a person can write. What a
person wrote is used as it is or refused; of what was measured, as many sentences are taken as there is room for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from harness.conformity.exports.field_table import FieldTable, FormField
from harness.conformity.exports.fitting import as_text, problems, text_problems
from harness.errors import HarnessError
from harness.wording import quantity

RunFacts = Mapping[str, Sequence[str]]
"""Name of a fact → its sentences or entries; none where nobody states it."""


@dataclass(frozen=True)
class Missing:
    """A field that is empty.

    Attributes:
        key: of the field.
        title: of the field.
        required: whether the format asks for it.
        where: where it is to be stated.
    """

    key: str
    title: str
    required: bool
    where: str

    def __str__(self) -> str:
        required = "required, " if self.required else ""
        return f"{self.title} ({required}{self.where})"


@dataclass(frozen=True)
class Filled:
    """The fields of a format as far as they are filled.

    Attributes:
        values: key → text, choice, list or entries, in the order of the table.
        measured: key → the sentences of the harness alone.
        missing: what is not stated.
        asked: all fields that count.
    """

    values: Mapping[str, Any]
    measured: Mapping[str, Sequence[str]]
    missing: tuple[Missing, ...]
    asked: tuple[FormField, ...]


def fill(
    table: FieldTable,
    facts: RunFacts,
    written: Mapping[str, Any],
    *,
    built: Mapping[str, Any] = MappingProxyType({}),
    public: bool = True,
) -> Filled:
    """Fill in a format from facts of the run and what people have written for it.

    Args:
        table: of the format.
        facts: of the run.
        written: what the dossier has for this format, by field.
        built: what the module of the format puts together itself, by field; None where it cannot.
        public: whether it goes into a public section; some fields are only for such a one.

    Raises:
        HarnessError: a text is too long, too short, or not one of the choices.
    """
    values: dict[str, Any] = {}
    measured: dict[str, Sequence[str]] = {}
    missing: list[Missing] = []
    asked = tuple(field for field in table.fields if public or not field.public_only)
    for field in asked:
        measured[field.key] = _measured(field, facts)
        own = written.get(field.key)
        if own is not None:
            _require_fitting(table, field, own)
        answer = _Answer(built.get(field.key)) if field.built else _answer(field, own, measured[field.key])
        if answer.value is not None:
            values[field.key] = answer.value
        if answer.value is None or answer.problem or (field.by == "both" and own is None):
            where = ": ".join(filter(None, (_where(table, field), answer.problem)))
            missing.append(Missing(field.key, field.title, field.required, where))
    return Filled(values, measured, tuple(missing), asked)


def _require_fitting(table: FieldTable, field: FormField, own: Any) -> None:
    """What a person wrote is used as it is, or refused: never shortened."""
    problem = next(problems(field, own), None)
    if problem is not None:
        raise HarnessError(f"dossier: texts.{table.name}.{field.key} ({field.title}): {problem}.")


def _measured(field: FormField, facts: RunFacts) -> list[str]:
    if field.const is not None:
        return [field.const]
    found = [text for name in field.takes for text in facts[name]]
    return [field.words[text] for text in found if text in field.words] if field.words else found


@dataclass(frozen=True)
class _Answer:
    """What stands in a field, and what is wrong with it although something is stated."""

    value: Any
    problem: str | None = None


def _answer(field: FormField, own: Any, measured: Sequence[str]) -> _Answer:
    if own is not None and (field.type in ("entries", "list") or field.by != "both"):
        return _Answer(as_text(field, [own]) if isinstance(own, str) else own)
    if field.type == "list":
        return _Answer(list(measured) or None)
    texts = [*([own] if own is not None else []), *measured]
    if not texts:
        return _Answer(None)
    fitting = _fitting(field, texts)
    value = as_text(field, fitting)
    if own is None and (problem := next(text_problems(field, value), None)):
        return _Answer(None, problem)
    left_out = len(texts) - len(fitting)
    if not left_out:
        return _Answer(value)
    return _Answer(
        value, f"no room for {quantity(left_out, 'measured sentence')} (at most {field.max:,} characters)"
    )


def _fitting(field: FormField, texts: Sequence[str]) -> Sequence[str]:
    """The first of some paragraphs, and as many more as the field has room for."""
    num = len(texts)
    while num > 1 and field.max is not None and len(as_text(field, texts[:num])) > field.max:
        num -= 1
    return texts[:num]


_HOLDERS = {"dossier": "dossier", "model": "model card", "dataset": "dataset card", "run": "run.json"}


def _where(table: FieldTable, field: FormField) -> str:
    """Where a field that is empty is to be stated."""
    if field.by == "outside":
        return "beside the pack"
    if field.by != "harness" or not field.takes:
        return f"dossier: texts.{table.name}.{field.key}"
    holder, _, key = field.takes[0].partition(".")
    key = key.removesuffix(".whole").replace(".email", ".contact")
    return f"{_HOLDERS.get(holder, holder)}: {key}"
