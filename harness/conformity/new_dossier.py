"""A dossier to fill in, with every key explained: written from the schema that reads it, so that none differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from harness.cards.described import TO_FILL, comment, template_lines
from harness.conformity.dossier import DecisionRule, Dossier, Laboratory, Party, Test
from harness.conformity.scope import legal_profile
from harness.conformity.written_texts import written_texts
from harness.errors import HarnessError
from harness.files import write_bytes

_HEAD = f"""\
# What people state about a system, its use and its test. Replace every {TO_FILL} under `purpose`: without it no
# documents are made. Anything else may stay empty; it is then listed as missing where a document asks for it. The
# harness never fills it in. Facts about the system belong into its card, about the data into that of the dataset.
"""

_SECTIONS: Mapping[str, type[BaseModel]] = {
    "provider": Party,
    "authorised_representative": Party,
    "deployer": Party,
    "customer": Party,
    "laboratory": Laboratory,
    "test": Test,
    "decision_rule": DecisionRule,
}


def write_new_dossier(path: Path) -> None:
    """Write a dossier to fill in.

    Raises:
        HarnessError: the file exists already.
    """
    if path.exists() or path.is_symlink():
        raise HarnessError(f"{path} exists already. Choose another file.")
    write_bytes(dossier_template().encode(), path)


def dossier_template() -> str:
    """The text of a dossier to fill in."""
    lines = [
        *template_lines(Dossier, sections=_SECTIONS, without={"special_categories", "texts"}),
        *_special_categories(),
        *_texts(),
    ]
    text = "".join(f"{line}\n" for line in lines)
    apart = re.sub(r"(?m)^(?!# )(.*\n)(?=# )", r"\1\n", text)
    return f"{_HEAD}\n{apart}"


def _special_categories() -> Iterator[str]:
    law = legal_profile()
    yield from comment("the conditions for special categories of personal data, where such attributes are used")
    yield "special_categories:"
    for key, text in law.special_categories.items():
        yield from (f"  {line}" for line in comment(text))
        yield f"  #{key}: {{statement: {TO_FILL}, by: {TO_FILL}}}"


def _texts() -> Iterator[str]:
    yield from comment(
        "what only a person can write, for each document: take the line out of its comment. A long text stands "
        "indented below `key: >-`"
    )
    yield "texts:"
    for name, document in written_texts().items():
        yield from (f"  {line}" for line in comment(document.title))
        yield f"  {name}:"
        for key, meaning in document.fields.items():
            if key not in document.from_run:
                yield from (f"    {line}" for line in comment(meaning))
                yield f"    #{_yaml_key(key)}: {TO_FILL}"


def _yaml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_][\w.-]*", key) else f'"{key}"'
