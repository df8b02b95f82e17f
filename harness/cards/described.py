"""A schema as YAML to fill in: every key with what it means, from the schema itself.

So that a template cannot differ from what is read, descriptions, defaults and choices are taken from the pydantic
models that validate what is filled in.
"""

from __future__ import annotations

import inspect
import re
import textwrap
import types
from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

TO_FILL = "???"
"""What stands for a value that somebody has to give; in configs Hydra and OmegaConf read it so, too."""

_WIDTH = 96
_TYPES = {"Path": "a path", "float": "a number", "int": "a whole number", "bool": "true or false"}


def template_lines(
    schema: type[BaseModel],
    given: Mapping[str, Any] = MappingProxyType({}),
    sections: Mapping[str, type[BaseModel]] = MappingProxyType({}),
    *,
    optional: Literal["live", "in comments"] = "live",
    without: Collection[str] = (),
) -> Iterator[str]:
    """The lines of a YAML document with every key of a schema.

    A key without a default is `TO_FILL`. One with a default has it, or stands in a comment, to be taken out of it;
    a field may state another value for templates: ``Field(…, json_schema_extra={"template": "???"})``.

    Args:
        schema: of the document.
        given: key → its value.
        sections: key → the schema of what stands below it; a section without keys is left out.
        optional: where keys with a default stand.
        without: keys that are left out.
    """
    meanings = descriptions(schema)
    for name, field in schema.model_fields.items():
        section = sections.get(name) or (_schema(field.annotation) if field.is_required() else None)
        if name in without or (section is not None and not section.model_fields):
            continue
        yield from _explained(meanings.get(name), field.annotation if section is None else None)
        if section is not None:
            yield f"{name}:"
            yield from (f"  {line}" for line in template_lines(section, given.get(name, {})))
        elif name in given:
            yield f"{name}: {_flow(given[name])}"
        elif (value := _for_templates(field)) is not None:
            yield f"{name}: {_flow(value)}"
        else:
            yield f"{'#' if optional == 'in comments' else ''}{name}: {_flow(_default(field))}"


def descriptions(schema: type[BaseModel]) -> dict[str, str]:
    """What each field means: its description, or what the docstring of the class says below ``Attributes:``."""
    found: dict[str, str] = {}
    for parent in reversed(schema.__mro__):
        attributes = inspect.cleandoc(parent.__doc__ or "").partition("\nAttributes:\n")[2]
        for entry in re.split(r"\n(?=    \w)", "\n" + attributes):
            name, colon, meaning = entry.strip().partition(": ")
            if colon and name.isidentifier():
                found[name] = " ".join(meaning.split()).removesuffix(".")
    stated = {name: field.description for name, field in schema.model_fields.items() if field.description}
    return {name: text for name, text in (found | stated).items() if name in schema.model_fields}


def unfilled(document: object, key: str = "") -> list[str]:
    """The dotted keys of a document that are still to be filled in."""
    if document == TO_FILL:
        return [key]
    if isinstance(document, Mapping):
        return [found for name, value in document.items() for found in unfilled(value, f"{key}.{name}".strip("."))]
    if isinstance(document, list):
        return [found for value in document for found in unfilled(value, key)]
    return []


def _explained(meaning: str | None, annotation: Any) -> Iterator[str]:
    parts = [meaning, _expected(annotation)]
    if (section := _section(annotation)) is not None:
        keys = [f"{key}{'' if of.is_required() else ' (optional)'}" for key, of in section.model_fields.items()]
        parts.append(f"keys: {', '.join(keys)}")
    yield from comment("; ".join(part for part in parts if part))


def comment(text: str) -> list[str]:
    """A text as the lines of a comment."""
    return textwrap.wrap(
        text, _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False, break_long_words=False
    )


def _section(annotation: Any) -> type[BaseModel] | None:
    """The schema of a field that is or may be a section, or a list of such; None of any other."""
    if (schema := _schema(annotation)) is not None:
        return schema
    if get_origin(annotation) in (Union, types.UnionType, list, tuple):
        return next((found for part in get_args(annotation) if (found := _section(part)) is not None), None)
    return None


def _schema(annotation: Any) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _for_templates(field: FieldInfo) -> Any:
    """What the field states for templates; None where its default will do."""
    if field.is_required():
        return TO_FILL
    stated = field.json_schema_extra
    return stated.get("template") if isinstance(stated, dict) else None


def _default(field: FieldInfo) -> Any:
    return TypeAdapter(Any).dump_python(field.get_default(call_default_factory=True), mode="json")


def _flow(value: Any) -> str:
    """A value in one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
    return text.removesuffix("\n...\n").strip()


def _expected(annotation: Any) -> str:
    """What may stand there: choices, or what kind of value."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _expected(parts[0])
    if origin is Literal:
        return f"one of {', '.join(map(str, parts))}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return f"one of {', '.join(str(each.value) for each in annotation)}"
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(filter(None, map(_expected, parts))))
    if origin in (list, tuple, set, frozenset):
        inner = _expected(parts[0]) if parts else ""
        return f"a list, [a, b], each {inner}" if inner.startswith("one of") else "a list, [a, b]"
    if origin is not None or annotation is dict:
        return "keys with values, {a: b}"
    return _TYPES.get(getattr(annotation, "__name__", ""), "")
