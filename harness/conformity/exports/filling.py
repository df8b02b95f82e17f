"""Filling in a format: facts of the run, and what people have written for it.

What nobody states stays empty and is listed: the harness writes no text that only a person can write. What a
person wrote is used as it is or refused; of what was measured, as many sentences are taken as there is room for.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from harness.conformity.exports.field_table import FieldTable, FormField
from harness.errors import HarnessError

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
        value = built.get(field.key) if field.built else _value(field, own, measured[field.key])
        if value is not None:
            values[field.key] = value
        if value is None or (field.by == "both" and own is None):
            missing.append(Missing(field.key, field.title, field.required, _where(table, field)))
    return Filled(values, measured, tuple(missing), asked)


def _require_fitting(table: FieldTable, field: FormField, own: Any) -> None:
    """What a person wrote is used as it is, or refused: never shortened."""
    problem = next(_problems(field, own), None)
    if problem is not None:
        raise HarnessError(f"dossier: texts.{table.name}.{field.key} ({field.title}): {problem}.")


def _problems(field: FormField, own: Any) -> Iterator[str]:
    if field.type == "entries":
        yield from _entry_problems(field, own)
    elif field.type == "list":
        if not isinstance(own, list) or not all(isinstance(each, str) for each in own):
            yield "a list of texts is expected"
        elif field.choices and (wrong := [each for each in own if each not in field.choices]):
            yield f"{wrong[0]!r} is none of {', '.join(field.choices)}"
    elif not isinstance(own, str):
        yield "a text is expected"
    elif field.choices and own not in field.choices:
        yield f"{own!r:.80} is none of {', '.join(field.choices)}"
    else:
        yield from _text_problems(field, own)


def _text_problems(field: FormField, own: str) -> Iterator[str]:
    num = len(_as_text(field, [own]))
    if field.max is not None and num > field.max:
        yield f"{num:,} characters, at most {field.max:,} are allowed"
    if field.min is not None and num < field.min:
        yield f"{num:,} characters, at least {field.min:,} are expected"
    if field.pattern is not None and not re.fullmatch(field.pattern, own):
        yield f"{own!r:.80} is not of the form {field.pattern}"


def _entry_problems(field: FormField, own: Any) -> Iterator[str]:
    if not isinstance(own, list) or not all(isinstance(each, dict) for each in own):
        yield f"a list of entries with {', '.join(field.parts)} is expected"
        return
    for entry in own:
        if unknown := sorted(set(entry) - set(field.parts)):
            yield f"an entry has no {unknown[0]!r}; it may have {', '.join(field.parts)}"
        for name, part in field.parts.items():
            if part.required and name not in entry:
                yield f"an entry lacks {name}"
            if part.max is not None and len(entry.get(name, "")) > part.max:
                yield f"{name} has {len(entry[name]):,} characters, at most {part.max:,} are allowed"


def _measured(field: FormField, facts: RunFacts) -> list[str]:
    if field.const is not None:
        return [field.const]
    found = [text for name in field.takes for text in facts[name]]
    return [field.words[text] for text in found if text in field.words] if field.words else found


def _value(field: FormField, own: Any, measured: Sequence[str]) -> Any:
    """What stands in a field; None if it is empty."""
    if own is not None and (field.type in ("entries", "list") or field.by != "both"):
        return _as_text(field, [own]) if isinstance(own, str) else own
    if not measured and own is None:
        return None
    if field.type == "list":
        return list(measured)
    return _as_text(field, [*([own] if own is not None else []), *measured])


def _as_text(field: FormField, texts: Sequence[str]) -> str:
    """Paragraphs as one text. Of what was measured as many sentences are taken as the field has room for."""
    kept = ""
    for number, text in enumerate(texts):
        shown = html.escape(text, quote=False).replace("\n", "<br>") if field.html else text
        longer = f"{kept}{'<br>' if field.html else chr(10)}{shown}" if kept else shown
        if number and field.max is not None and len(longer) > field.max:
            break
        kept = longer
    return kept


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
