"""Would the tests notice a fault? A random sample of mutants of four rooms, each run against its room's tests.

    python benchmarks/mutation_study.py [--per-room 105] [--again] [--report]

mutmut (``pip install -e '.[benchmarks]'``) makes the mutants: each is one change to one expression, such as ``<``
for ``<=``, 3 for 2, None for an argument. Two thirds of all that it can make put None for something or drop an
argument, and nearly all of these end in a TypeError. So the sample is drawn from each kind of change in turn.
Sentences stay as they are: a test that repeats one would only be the sentence twice.

Every mutant is finished once: its row in ``mutation.csv`` is taken over by a later call, as long as the module has
not changed. ``--again`` runs the survivors anew, for when tests were added. ``mutation_explained.csv`` says of
survivors why they are no faults (written by hand). ``mutation.md`` is the result; ``--report`` writes it from what
is there.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import hashlib
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
RESULTS, EXPLAINED, REPORT = (ROOT / "benchmarks" / f"mutation{end}" for end in (".csv", "_explained.csv", ".md"))
ROOMS = ("metrics", "statistics", "measurement", "checks")
COPIED = ("harness", "tests", "configs", "datasets", "models", "benchmarks", "docs", "pyproject.toml", "README.md")

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
    ),
    "number": ("Integer", "Float", "Name"),
    "argument": ("Call",),
    "assignment": ("Assign", "AnnAssign", "Lambda"),
    "text": ("SimpleString",),
}
"""What mutmut changes, by the node of the syntax tree. Of names it changes only True and False."""


IMPORTED = (
    *("fairlearn.metrics", "hydra", "jinja2", "pandas", "pyarrow.parquet", "pydantic", "rich", "sklearn.metrics"),
    *("harness.attributes.people", "harness.cards.facts", "harness.tables.alignment", "harness.tables.results"),
)
"""What all tests import and no mutant changes: once here, and not for every mutant."""


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


@dataclass(frozen=True)
class Finished:
    """What came of a mutant: ``killed``, ``timeout`` or ``survived``."""

    mutant: Mutant
    outcome: str
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-room", type=int, default=105)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rooms", nargs="+", choices=ROOMS, default=ROOMS)
    parser.add_argument("--again", action="store_true", help="run survivors anew")
    parser.add_argument("--report", action="store_true", help="run nothing, write the table")
    options = parser.parse_args()
    os.chdir(ROOT)
    samples = {room: sample(room, options.per_room, options.seed) for room in ROOMS}
    if not options.report:
        run([mutant for room in options.rooms for mutant in samples[room]], again=options.again)
    finished = read_results()
    REPORT.write_text(report([finished[m] for room in ROOMS for m in samples[room] if m in finished]))


def sample(room: str, number: int, seed: int) -> list[Mutant]:
    """So many mutants of the room, as even over `KINDS` as there are."""
    by_kind: dict[str, list[tuple[Path, int]]] = {kind: [] for kind in KINDS}
    kind_of = {node: kind for kind, nodes in KINDS.items() for node in nodes}
    for module in sorted(Path("harness", room).rglob("*.py")):
        for place, mutation in enumerate(_mutations(module)[1]):
            kind = kind_of[type(mutation.original_node).__name__]
            if kind != "text" or " " not in mutation.original_node.value:
                by_kind[kind].append((module, place))
    rng = random.Random(f"{seed}:{room}")
    for of_kind in by_kind.values():
        rng.shuffle(of_kind)
    drawn: list[Mutant] = []
    while len(drawn) < number and any(by_kind.values()):
        drawn += [_mutant(room, kind, *by_kind[kind].pop()) for kind in KINDS if by_kind[kind]]
    return drawn[:number]


def _mutant(room: str, kind: str, module: Path, number: int) -> Mutant:
    code = module.read_text()
    source = hashlib.sha256(code.encode()).hexdigest()[:12]
    return Mutant(room, str(module), source, number, kind, *_difference(code, mutated(module, number)))


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


def run(chosen: Sequence[Mutant], *, again: bool) -> None:
    """Run what is not finished, and add it to `RESULTS` one by one."""
    finished = read_results()
    open_ = [m for m in chosen if m not in finished or (again and finished[m].outcome == "survived")]
    if not open_:
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy(copy)
        _import_once(copy)
        limits = {room: _limit(copy, room) for room in dict.fromkeys(mutant.room for mutant in open_)}
        sys.dont_write_bytecode = True  # what the modules as they are have compiled stays
        for place, mutant in enumerate(open_, 1):
            finished[mutant] = _run_one(copy, mutant, limits[mutant.room])
            write_results(finished.values())
            print(
                f"{place}/{len(open_)} {finished[mutant].outcome:9}{mutant.module}:{mutant.line}  {mutant.after}"
            )


def _copy(copy: Path) -> None:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, copy / name)


def _import_once(copy: Path) -> None:
    sys.path.insert(0, str(copy))
    for name in IMPORTED:
        importlib.import_module(name)
    assert not [name for name in sys.modules if name.startswith(tuple(f"harness.{room}" for room in ROOMS))]


def _limit(copy: Path, room: str) -> float:
    """Seconds that a mutant may take: much more than the tests take of the code as it is, which have to pass."""
    start = time.monotonic()
    if _tested(copy, sorted(Path("tests", room).rglob("test_*.py")), 3600.0) != "survived":
        sys.exit(f"The tests of {room} fail before anything is changed: pytest tests/{room}")
    return 30.0 + 3.0 * (time.monotonic() - start)


def _run_one(copy: Path, mutant: Mutant, limit: float) -> Finished:
    module = copy / mutant.module
    stat = module.stat()
    original = module.read_text()
    changed = mutated(Path(mutant.module), mutant.number)
    start = time.monotonic()
    try:
        module.write_text(changed)
        mirrored, others = _tests_of(mutant)
        outcome = _tested(copy, mirrored, limit) if mirrored else "survived"
        if outcome == "survived":
            outcome = _tested(copy, others, limit)
    finally:
        module.write_text(original)
        os.utime(module, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return Finished(mutant, outcome, round(time.monotonic() - start, 1))


def _tests_of(mutant: Mutant) -> tuple[list[Path], list[Path]]:
    """The mirrored tests of the module, and the others of its room."""
    within = Path(mutant.module).relative_to("harness")
    mirrored = Path("tests", within.parent, f"test_{within.name}")
    room = sorted(Path("tests", mutant.room).rglob("test_*.py"))
    return [path for path in room if path == mirrored], [path for path in room if path != mirrored]


def _tested(copy: Path, tests: Sequence[Path], limit: float) -> str:
    """Run tests in a child that has imported all but the rooms that are changed."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        _run_as_child(copy, ["-x", "-q", "-p", "no:cacheprovider", *map(str, tests)])
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "timeout"


def _run_as_child(copy: Path, arguments: Sequence[str]) -> NoReturn:
    code = 1
    try:
        os.environ.setdefault("HARNESS_DATA", str(ROOT.parent / "shared" / "data"))
        os.environ |= {"PYTHONPATH": str(copy), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        os.chdir(copy)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        code = int(pytest.main([*arguments]))
    finally:
        os._exit(code)


COLUMNS = [field.name for field in fields(Mutant)]


def read_results() -> dict[Mutant, Finished]:
    if not RESULTS.exists():
        return {}
    with RESULTS.open(newline="") as file:
        found = [_finished(row) for row in csv.DictReader(file)]
    return {one.mutant: one for one in found}


def _finished(row: dict[str, str]) -> Finished:
    mutant = Mutant(
        **{**{name: row[name] for name in COLUMNS}, "number": int(row["number"]), "line": int(row["line"])}
    )
    return Finished(mutant, row["outcome"], float(row["seconds"]))


def write_results(finished: Iterable[Finished]) -> None:
    new = RESULTS.with_suffix(".new")
    with new.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "outcome", "seconds"], lineterminator="\n")
        writer.writeheader()
        for one in finished:
            writer.writerow({**asdict(one.mutant), "outcome": one.outcome, "seconds": one.seconds})
    new.replace(RESULTS)


def explanations() -> dict[tuple[str, str, str], str]:
    """Why a survivor is no fault, by module and by what differs."""
    with EXPLAINED.open(newline="") as file:
        return {(row["module"], row["before"], row["after"]): row["why"] for row in csv.DictReader(file)}


def report(finished: Sequence[Finished]) -> str:
    """The tables of `REPORT`."""
    why = explanations()
    explained = {f for f in finished if f.outcome == "survived" and _key(f.mutant) in why}
    survivors = [f for f in finished if f.outcome == "survived"]
    text = [
        "# Would the tests notice a fault?",
        "",
        "`python benchmarks/mutation_study.py`: mutants made by mutmut, drawn evenly from each kind of change;",
        "each runs against the tests of its room alone. Survivors that nobody could notice are explained below.",
        "",
        *_counts("room", finished, explained, lambda f: f.mutant.room),
        "",
        *_counts("kind of change", finished, explained, lambda f: f.mutant.kind),
        "",
        "## Survivors",
        "",
        "| module | as it is | mutant | why it is no fault |",
        "|---|---|---|---|",
        *(_survivor_row(f.mutant, why.get(_key(f.mutant), "**not explained**")) for f in survivors),
        "",
    ]
    return "\n".join(text)


def _counts(
    name: str, finished: Sequence[Finished], explained: set[Finished], part: Callable[[Finished], str]
) -> Iterator[str]:
    yield f"| {name} | mutants | killed | timeout | survived | of these explained | killed or explained |"
    yield "|---|---|---|---|---|---|---|"
    parts = dict.fromkeys(map(part, finished))
    for label in [*parts, "all"]:
        chosen = [f for f in finished if label == "all" or part(f) == label]
        count = Counter(f.outcome for f in chosen)
        sound = len(chosen) - count["survived"] + sum(f in explained for f in chosen)
        yield (
            f"| {label} | {len(chosen)} | {count['killed']} | {count['timeout']} | {count['survived']} "
            f"| {sum(f in explained for f in chosen)} | {sound / max(1, len(chosen)):.1%} |"
        )


def _survivor_row(mutant: Mutant, why: str) -> str:
    before, after = (f"`{text.replace('|', chr(92) + '|')}`" for text in (mutant.before, mutant.after))
    return f"| `{mutant.module}:{mutant.line}` | {before} | {after} | {why} |"


def _key(mutant: Mutant) -> tuple[str, str, str]:
    return mutant.module, mutant.before, mutant.after


if __name__ == "__main__":
    main()
