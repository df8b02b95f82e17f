"""Would the tests notice a fault? A random sample of mutants of four rooms, each run against its folder's tests.

    python benchmarks/mutation_study.py [--per-room 105] [--again] [--report]

mutmut (``pip install -e '.[benchmarks]'``) makes the mutants: each is one change to one expression, such as ``<``
for ``<=``, 3 for 2, None for an argument. Two thirds of all that it can make put None for something or drop an
argument, and nearly all of these end in a TypeError. So the sample is drawn from each kind of change in turn.
Sentences stay as they are: a test that repeats one would only be the sentence twice.

Every mutant is finished once: its row in ``mutation.csv`` is taken over by a later call, as long as the module has
not changed. ``--again`` runs timeouts and survivors anew, for when tests were added, save those of which
``mutation_explained.csv`` says why they are no faults (written by hand; dropped once the line is gone or the tests
notice the mutant). ``mutation.md`` is the result; ``--report`` writes it from what is there.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NoReturn

import pytest
from mutants import Mutant, mutated, sample
from mutation_results import (
    REPORT,
    Finished,
    drop_explanations,
    explanations,
    read_results,
    report,
    write_results,
)

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("metrics", "statistics", "measurement", "checks")
COPIED = ("harness", "tests", "configs", "datasets", "models", "benchmarks", "docs", "pyproject.toml", "README.md")
IMPORTED = (
    *("fairlearn.metrics", "hydra", "jinja2", "pandas", "pyarrow.parquet", "pydantic", "rich", "sklearn.metrics"),
    *("harness.attributes.people", "harness.cards.facts", "harness.tables.alignment", "harness.tables.results"),
)
"""What all tests import and no mutant changes: once here, and not for every mutant."""

MAX_UNSURE = 20
"""So many mutants may be killed in a row before the tests are run on the code as it is. A survivor shows as well
that nothing else makes them fail."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-room", type=int, default=105)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rooms", nargs="+", choices=ROOMS, default=ROOMS)
    parser.add_argument("--again", action="store_true", help="run timeouts and unexplained survivors anew")
    parser.add_argument("--report", action="store_true", help="run nothing, write the table")
    options = parser.parse_args()
    os.chdir(ROOT)
    samples = {room: sample(room, options.per_room, options.seed) for room in ROOMS}
    if not options.report:
        run([mutant for room in options.rooms for mutant in samples[room]], again=options.again)
    finished = read_results()
    drop_explanations(finished.values())
    drawn = [mutant for room in ROOMS for mutant in samples[room]]
    REPORT.write_text(report([finished[mutant] for mutant in drawn if mutant in finished], len(drawn)))


def run(chosen: Sequence[Mutant], *, again: bool) -> None:
    """Run what is not finished, and add it to `RESULTS` one by one."""
    finished, why = read_results(), explanations()
    repeated = {m for m, one in finished.items() if again and one.outcome != "killed" and not one.is_among(why)}
    open_ = [m for m in chosen if m not in finished or m in repeated]
    if not open_:
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy(copy)
        _import_once(copy)
        sys.dont_write_bytecode = True  # what the modules as they are have compiled stays
        for folder, of_folder in groupby(sorted(open_, key=_folder), _folder):
            tests, unsure = _timed(copy, folder), []
            for mutant in of_folder:
                finished[mutant] = _run_one(copy, mutant, tests)
                write_results(finished.values())
                print(f"{finished[mutant].outcome:9}{mutant.module}:{mutant.line}  {mutant.after}")
                unsure = [] if finished[mutant].outcome == "survived" else [*unsure, mutant]
                if len(unsure) == MAX_UNSURE:
                    _require_passing(copy, tests, finished, unsure)
                    unsure = []
            _require_passing(copy, tests, finished, unsure)


def _folder(mutant: Mutant) -> Path:
    """Where the tests of a module and of those beside it are."""
    return Path("tests", Path(mutant.module).parent.relative_to("harness"))


@dataclass(frozen=True)
class _Tests:
    """The tests of a folder.

    Attributes:
        files: the quickest first, so that most mutants are killed before the slow ones are reached.
        limit: processor seconds that a mutant may take: much more than the code as it is.
    """

    files: tuple[Path, ...]
    limit: int


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


def _timed(copy: Path, folder: Path) -> _Tests:
    """Run the tests of a folder, as they were copied, on the code as it is: they have to pass."""
    seconds: dict[Path, float] = {}
    for file in sorted(path.relative_to(copy) for path in (copy / folder).glob("test_*.py")):
        before = _processor_seconds()
        if _tested(copy, [file], 3600, silent=False) != "survived":
            sys.exit(f"{file} fails before anything is changed.")
        seconds[file] = _processor_seconds() - before
    return _Tests(tuple(sorted(seconds, key=seconds.__getitem__)), 30 + 3 * round(sum(seconds.values())))


def _processor_seconds() -> float:
    """What all children have taken: unlike the time of day, the same on a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _require_passing(
    copy: Path, tests: _Tests, finished: dict[Mutant, Finished], unsure: Sequence[Mutant]
) -> None:
    """Forget the mutants that something else may have killed: the tests must pass on the code as it is."""
    if unsure and _tested(copy, tests.files, 3600, silent=False) != "survived":
        write_results(one for one in finished.values() if one.mutant not in unsure)
        sys.exit("The tests fail on the code as it is, too: the last mutants are not counted.")


def _run_one(copy: Path, mutant: Mutant, tests: _Tests) -> Finished:
    module = copy / mutant.module
    stat = module.stat()
    original = module.read_text()
    changed = mutated(Path(mutant.module), mutant.number)
    start = time.monotonic()
    try:
        module.write_text(changed)
        mirrored, others = _tests_of(mutant, tests)
        outcome = _tested(copy, mirrored, tests.limit) if mirrored else "survived"
        if outcome == "survived":
            outcome = _tested(copy, others, tests.limit)
    finally:
        module.write_text(original)
        os.utime(module, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return Finished(mutant, outcome, round(time.monotonic() - start, 1))


def _tests_of(mutant: Mutant, tests: _Tests) -> tuple[list[Path], list[Path]]:
    """The mirrored tests of the module, and the others of the folder."""
    within = Path(mutant.module).relative_to("harness")
    mirrored = Path("tests", within.parent, f"test_{within.name}")
    return [path for path in tests.files if path == mirrored], [path for path in tests.files if path != mirrored]


def _tested(copy: Path, tests: Sequence[Path], limit: int, *, silent: bool = True) -> str:
    """Run tests in a child that has imported all but the rooms that are changed."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 10))
        _run_as_child(copy, ["-x", "-q", "-p", "no:cacheprovider", *map(str, tests)], silent=silent)
    deadline = time.monotonic() + 20 * limit  # for one that waits without computing
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return "survived" if code == 0 else "timeout" if code == -signal.SIGXCPU else "killed"
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "timeout"


def _run_as_child(copy: Path, arguments: Sequence[str], *, silent: bool) -> NoReturn:
    code = 1
    try:
        os.environ.setdefault("HARNESS_DATA", str(ROOT.parent / "shared" / "data"))
        os.environ |= {"PYTHONPATH": str(copy), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        os.chdir(copy)
        if silent:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
        code = int(pytest.main([*arguments]))
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
