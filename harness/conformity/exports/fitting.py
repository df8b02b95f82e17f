"""Whether a text fits the field of a format, and how it is written there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

from harness.conformity.exports.field_table import FormField


def problems(field: FormField, own: Any) -> Iterator[str]:
    """What is wrong with what a person wrote for a field."""
    if own == []:
        yield "it is empty; leave it out"
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
        yield from text_problems(field, as_text(field, [own]))


def text_problems(field: FormField, shown: str) -> Iterator[str]:
    """What is wrong with a text as it would stand in the field."""
    num = len(shown)
    if field.max is not None and num > field.max:
        yield f"{num:,} characters, at most {field.max:,} are allowed"
    if field.min is not None and num < field.min:
        yield f"{num:,} characters, at least {field.min:,} are expected"
    if field.pattern is not None and not re.fullmatch(field.pattern, shown):
        yield f"{shown!r:.80} is not of the form {field.pattern}"


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
            if part.choices and name in entry and entry[name] not in part.choices:
                yield f"{name} is {entry[name]!r:.80}, none of {', '.join(part.choices)}"
            if part.max is not None and len(entry.get(name, "")) > part.max:
                yield f"{name} has {len(entry[name]):,} characters, at most {part.max:,} are allowed"


def as_text(field: FormField, texts: Sequence[str]) -> str:
    """Paragraphs as one text; of rich text with the signs of HTML escaped."""
    if field.html:
        return "<br>".join(html.escape(text, quote=False).replace("\n", "<br>") for text in texts)
    return "\n".join(texts)
