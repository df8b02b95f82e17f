"""The columns of the tables that users give: our names, their synonyms, and what other columns may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.cards.taxonomy import spellings
from harness.plain_yaml import read_yaml
from harness.resources import config_dir
from harness.wording import plain_words


@dataclass(frozen=True)
class KnownColumns:
    """The columns of one kind of table.

    Attributes:
        option: the setting that maps columns, such as ``dataset.columns``.
        names: our name → its synonyms.
        prefixes: our prefix, such as ``score.`` → its synonyms.
        further: how a message calls what an unknown column may be.
        others: a word in the name of a column that is none of them → what it may be called, with ``{name}`` or
            ``{word}``; ``*`` for all others.
        doubtful: our names that mean something else where a synonym stands beside them, such as a ``label`` beside
            ``predicted``, which is the truth.
    """

    option: str
    names: Mapping[str, Sequence[str]]
    prefixes: Mapping[str, Sequence[str]]
    further: str
    others: Mapping[str, str]
    doubtful: Sequence[str] = ()


@cache
def samples_columns() -> KnownColumns:
    """The columns of a table of samples."""
    known = _vocabulary()
    kinds = read_yaml(config_dir() / "attributes.yaml")["kinds"].values()
    of_people = [*known["attributes"], *(name for kind in kinds for name in kind["names"])]
    attributes = {joined(name): "attr.{name}" for name in of_people}
    return KnownColumns(
        "dataset.columns", **known["samples"], further="attr. or ctx.", others={**attributes, "*": "ctx.{name}"}
    )


@cache
def predictions_columns() -> KnownColumns:
    """The columns of a file of predictions."""
    emotions = {joined(word): "score.{word}" for word in spellings()}
    known = _vocabulary()["predictions"]
    return KnownColumns("model.columns", **known, further="score.LABEL.", others=emotions, doubtful=("label",))


@cache
def recording_spellings() -> Mapping[str, str]:
    """The columns of a table of signals: every spelling, `joined` → our name."""
    names = _vocabulary()["recordings"]["names"]
    return {joined(word): ours for ours, synonyms in names.items() for word in (ours, *synonyms)}


def joined(name: str) -> str:
    """The words of a name in one, so that ``File Name``, ``file_name`` and ``filename`` are the same."""
    return plain_words(name).replace(" ", "")


def _vocabulary() -> Any:
    return read_yaml(config_dir() / "columns.yaml")
