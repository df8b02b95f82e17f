"""Mutants of the project's modules, as mutmut makes them: a random sample, even over the kinds of change.

Every mutant has a random rank of its own, so that a change to one module leaves those drawn from the others.

Paths are relative to the root, where the study runs.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

KINDS = {
    "operator": ("BinaryOperation", "UnaryOperation", "AugAssign"),
    "condition": (
        "ComparisonTarget",
        "BooleanOperation",
        "IfExp",
        "Is",
        "IsNot",
        "In",
        "NotIn",
        "Break",
        "Continue",
        "Match",
    ),
    "number": ("Integer", "Float", "Name"),
    "argument": ("Call",),
    "assignment": ("Assign", "AnnAssign", "Lambda"),
    "text": ("SimpleString",),
}
"""What mutmut changes, by the node of the syntax tree. Of names it changes only True and False."""


@dataclass(frozen=True)
class Mutant:
    """One changed module.

    Attributes:
        room: such as ``metrics``.
        module: its path, from the root.
        source: the start of the SHA-256 of the module as it is.
        number: which of mutmut's mutants of this module.
        kind: one of `KINDS`.
        line: the first that differs.
        before: what differs, as it is.
        after: and as it is in the mutant.
    """

    room: str
    module: str
    source: str
    number: int
    kind: str
    line: int
    before: str
    after: str


def sample(room: str, number: int, seed: int) -> list[Mutant]:
    """So many mutants of the room, as even over `KINDS` as there are."""
    by_kind: dict[str, list[tuple[str, Path, int]]] = {kind: [] for kind in KINDS}
    kind_of = {node: kind for kind, nodes in KINDS.items() for node in nodes}
    for module in sorted(Path("harness", room).rglob("*.py")):
        for place, (mutation, rank) in enumerate(zip(_mutations(module)[1], _ranks(module, seed), strict=True)):
            kind = kind_of[type(mutation.original_node).__name__]
            if kind != "text" or " " not in mutation.original_node.value:
                by_kind[kind].append((rank, module, place))
    for of_kind in by_kind.values():
        of_kind.sort(reverse=True)
    drawn: list[Mutant] = []
    while len(drawn) < number and any(by_kind.values()):
        drawn += [_mutant(room, kind, *by_kind[kind].pop()[1:]) for kind in KINDS if by_kind[kind]]
    return drawn[:number]


def _ranks(module: Path, seed: int) -> list[str]:
    """A random rank of every mutant, from what is changed, not from where it stands."""
    tree, mutations = _mutations(module)
    seen: Counter[str] = Counter()
    ranks = []
    for mutation in mutations:
        change = f"{tree.code_for_node(mutation.original_node)}\0{tree.code_for_node(mutation.mutated_node)}"
        seen[change] += 1
        ranks.append(hashlib.sha256(f"{seed}\0{module}\0{change}\0{seen[change]}".encode()).hexdigest())
    return ranks


def _mutant(room: str, kind: str, module: Path, number: int) -> Mutant:
    difference = _difference(module.read_text(), mutated(module, number))
    return Mutant(room, str(module), source_of(module), number, kind, *difference)


@cache
def source_of(module: Path) -> str:
    """The start of the SHA-256 of a module; empty where there is none."""
    return hashlib.sha256(module.read_bytes()).hexdigest()[:12] if module.exists() else ""


def mutated(module: Path, number: int) -> str:
    """The module with one change."""
    tree, mutations = _mutations(module)
    changed: str = tree.deep_replace(mutations[number].original_node, mutations[number].mutated_node).code
    return changed


@cache
def _mutations(module: Path) -> tuple[Any, Sequence[Any]]:
    """A module's syntax tree, and everything that mutmut can change in it."""
    from mutmut.mutation.file_mutation import create_mutations

    tree, mutations, _, _ = create_mutations(str(module), module.read_text())
    return tree, mutations


def _difference(before: str, after: str) -> tuple[int, str, str]:
    """The first line that differs, counted from 1, and the lines that differ on both sides."""
    lines = before.splitlines(), after.splitlines()
    codes = [c for c in difflib.SequenceMatcher(None, *lines, autojunk=False).get_opcodes() if c[0] != "equal"]
    left = " ".join(line.strip() for _, i, j, _, _ in codes for line in lines[0][i:j])
    right = " ".join(line.strip() for _, _, _, i, j in codes for line in lines[1][i:j])
    return codes[0][1] + 1, left, right
