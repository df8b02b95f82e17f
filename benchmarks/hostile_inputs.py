"""Does any input end a command with an internal error, hang it, or fill the memory?

    OMP_NUM_THREADS=1 nice python benchmarks/hostile_inputs.py [--cases 10000] [--minutes 60] [--case NUMBER]
    python benchmarks/hostile_inputs.py --summary

Every case is a small folder in which one file is damaged (`hostile_mutations`), and a command that reads it
(`hostile_targets`). Both are drawn from the number of the case, so ``--case 17`` repeats one, with what it prints.
A case fails if the command ends with another exit code than 0, 1 or 2, prints a traceback or a control character,
takes longer than `MAX_SECONDS` or more memory than `MAX_MEMORY` beyond what Python's modules take.

Modules are imported once, and every case runs in a fork. Each finished case is kept at once, under the hash of the
sources that it ran on, so that a study that was stopped goes on where it was; other sources begin anew. Results:
``hostile_inputs.csv`` with the failures, ``hostile_inputs.md`` with the figures per target and how many cases ran
on which sources. Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gc
import hashlib
import importlib
import itertools
import math
import mmap
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hostile_mutations import copy_folder, mutate
from hostile_targets import TARGETS, files_of
from hostile_template import set_surroundings, write_template
from hydra.core.override_parser.overrides_parser import OverridesParser

from harness.attributes.vocabulary import vocabulary as attribute_vocabulary
from harness.cards.taxonomy import vocabulary as label_vocabulary
from harness.errors import exit_on_signal
from harness.files import sha256_file, sha256_sources
from harness.resources import run_config
from harness.user_tables.known_columns import predictions_columns, samples_columns

HERE = Path(__file__).resolve().parent
KEPT = Path("outputs/hostile_inputs")
SHARED_MEMORY = Path("/dev/shm")
FULL_STUDY = 10_000
FEW_CASES = 3
"""So many of a target take less time than what it imports beforehand."""

MAX_SECONDS = 30.0
MAX_MEMORY = 2**30
ALLOWED_CODES = (0, 1, 2)
MAX_ARGUMENTS = 2**17
"""Bytes of one argument that Linux passes on."""

LIMIT_S, LIMIT_BYTES, LIMIT_FILE_BYTES = 60, 6 * 2**30, 2**30
"""Where a case is ended from outside; no file grows larger."""

IMPORTED = (
    *("harness.commands.run", "harness.commands.listing", "harness.commands.plan", "harness.commands.score"),
    *(
        "harness.commands.compare",
        "harness.commands.pack",
        "harness.comparison.compare_runs",
        "harness.study.run_study",
        "mlflow.tracking",
    ),
    *("harness.tracking.track_run", "harness.datasets.table", "harness.datasets.stress_predict", "sklearn.svm"),
    *("harness.datasets.cremad", "harness.models.predictions_file", "harness.models.voice_functionals", "pandas"),
)
COLUMNS = ("number", "target", "command", "file", "mutation", "code", "seconds", "megabytes", "problem")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Case:
    """A finished case; `problem` is empty if it did not fail."""

    number: int
    target: str
    command: str
    file: str
    mutation: str
    code: int
    seconds: float
    megabytes: int
    problem: str

    @classmethod
    def read(cls, row: dict[str, str]) -> Case:
        """From a row of a table of cases."""
        numbers = {name: int(row[name]) for name in ("number", "code", "megabytes")}
        return cls(**{**row, **numbers, "seconds": float(row["seconds"])})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=FULL_STUDY)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--case", type=int, help="repeat this one, show what it prints, keep its folder")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no case after so many minutes")
    parser.add_argument("--target", help="only cases of this target")
    parser.add_argument("--kept", type=Path, default=KEPT, help="the folder of finished cases")
    parser.add_argument("--summary", action="store_true", help="only write the results of the finished cases")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, exit_on_signal)  # so that a study that is stopped leaves no scratch behind
    if options.case is not None:
        kept = Path(tempfile.mkdtemp(prefix=f"hostile-{options.case}-"))
        (case,) = tried([options.case], kept)
        print(case, (kept / "printed").read_text(errors="replace"), kept, sep="\n")
        return
    kept = options.kept / f"{_sources()}.csv"
    if not options.summary:
        done = {case.number for case in _read(kept)}
        numbers = range(options.first, options.first + options.cases)
        left = [n for n in numbers if n not in done and options.target in (None, _drawn(n)[1])]
        _keep(tried(left, minutes=options.minutes), kept)
    _write(options.kept)


def tried(numbers: Sequence[int], folder: Path | None = None, minutes: float = math.inf) -> Iterator[Case]:
    """Run the cases of these numbers, each in a fork of this process.

    Args:
        numbers: of the cases.
        folder: where the last case is kept; by default none is.
        minutes: no case is begun later.
    """
    end = time.monotonic() + 60 * minutes
    for module in IMPORTED:
        importlib.import_module(module)
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as scratch:
        template = Path(scratch) / "template"
        log = Path(scratch) / "log"
        drawn = Counter(_drawn(number)[1] for number in numbers)
        parts = {TARGETS[name].folder for name in drawn}
        write_template(template, lambda arguments, place: _ended(arguments, place, log)[0], parts)
        _warm([name for name, times in drawn.items() if times > FEW_CASES], template, Path(scratch))
        for number in itertools.takewhile(lambda _: time.monotonic() < end, numbers):
            yield run_case(number, template, folder or Path(scratch) / "case")


def _warm(targets: Collection[str], template: Path, scratch: Path) -> None:
    """Import what these targets import when they need it, and keep what every case would build anew.

    No case sees what another has read: modules, our own vocabularies and the tables of Hydra's grammar are shared.
    """
    for target in (target for name, target in TARGETS.items() if name in targets):
        for arguments in {arguments[:2]: arguments for arguments in target.argument_lists}.values():
            folder = scratch / "warm"
            copy_folder(template / target.folder, folder)
            _ended(arguments, folder, scratch / "log", scratch / "modules")
            shutil.rmtree(folder)
            for module in (scratch / "modules").read_text().split():
                with contextlib.suppress(ImportError):
                    importlib.import_module(module)
    OverridesParser.create().parse_overrides(["a.b=[1,{c:d}]", "+a={b: 0.5}", "++a='x'", "~a", "a=1,2", "a@b=c"])
    for read in (attribute_vocabulary, label_vocabulary, samples_columns, predictions_columns, run_config):
        read()
    gc.collect()
    gc.freeze()  # else every collection in a fork copies the pages of all modules


def run_case(number: int, template: Path, folder: Path) -> Case:
    """Damage a file in a fresh copy, and run the command on it."""
    draw, name = _drawn(number)
    target = TARGETS[name]
    shutil.rmtree(folder, ignore_errors=True)
    copy_folder(template / target.folder, folder)
    path = draw.choice(files_of(target, folder))
    before = path.read_bytes() if target.must_notice else b""
    mutation = mutate(path, draw)
    unnoticed = target.must_notice and _has_other_bytes(path, before)
    if target.mend:
        target.mend(folder)
    naming = [a for a in target.argument_lists if a[-1].endswith(path.name)]
    arguments = draw.choice(naming or target.argument_lists)
    if arguments[0].startswith("@") and not (path.is_file() and path.stat().st_size < MAX_ARGUMENTS):
        path.unlink(missing_ok=True) if not path.is_dir() else path.rmdir()
        path.write_text("")  # no command line is like this
    code, seconds, used = _ended(arguments, folder, folder / "printed")
    printed = (folder / "printed").read_text(errors="surrogateescape")
    problem = _problem(code, seconds, used, printed)
    if unnoticed and not code:
        problem = problem or "the damage was not noticed"
    where = path.relative_to(folder).as_posix()
    return Case(number, name, arguments[0], where, mutation, code, round(seconds, 2), used >> 20, problem)


def _has_other_bytes(path: Path, before: bytes) -> bool:
    return path.is_symlink() or not path.is_file() or path.stat().st_size > 2**26 or path.read_bytes() != before


def _drawn(number: int) -> tuple[random.Random, str]:
    draw = random.Random(number)
    return draw, draw.choices(list(TARGETS), [target.share for target in TARGETS.values()])[0]


def _problem(code: int, seconds: float, used: int, printed: str) -> str:
    last = next(
        (line for line in reversed(printed.splitlines()) if re.match(r"[\w.]+(Error|Exception|Warning)", line)), ""
    )
    if code not in ALLOWED_CODES or "Traceback" in printed:
        return f"exit code {code}: {last}"
    if found := _CONTROL.search(printed):
        return f"prints {found[0]!r}"
    if seconds > MAX_SECONDS:
        return "too slow"
    return "too much memory" if used > MAX_MEMORY else ""


def _ended(
    arguments: Sequence[str], folder: Path, log: Path, modules: Path | None = None
) -> tuple[int, float, int]:
    """Exit code; processor seconds, or the limit where it was met; bytes beyond what the fork began with."""
    sys.stdout.flush()
    with mmap.mmap(-1, mmap.PAGESIZE) as begun:  # shared: a process that is killed reports nothing at its end
        pid = os.fork()
        if not pid:
            begun[:8] = _resident().to_bytes(8, "little")
            _child(arguments, folder, log, modules)
        with _limit(pid):
            _, status, used = os.wait4(pid, 0)
        base = int.from_bytes(begun[:8], "little")
    code = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    if code == -signal.SIGKILL:
        seconds = max(seconds, LIMIT_S)
    return code, seconds, max(0, used.ru_maxrss * 1024 - base)


def _resident() -> int:
    """Bytes that this process has in memory; a fork's own peak begins there."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class _limit:  # noqa: N801 (used as a verb)
    """Kills a process that does not end."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def __enter__(self) -> None:
        signal.signal(signal.SIGALRM, lambda *_: os.kill(self._pid, signal.SIGKILL))
        signal.alarm(2 * LIMIT_S)  # other programs may have the processor

    def __exit__(self, *_: object) -> None:
        signal.alarm(0)


def _child(arguments: Sequence[str], folder: Path, log: Path, modules: Path | None) -> None:
    """Run the command line in this process, which ends with it; `modules` gets the names of what it imported."""
    before = set(sys.modules)
    code = 70
    try:
        with log.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        os.close(0)
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + LIMIT_BYTES, size + LIMIT_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_FILE_BYTES, LIMIT_FILE_BYTES))
        set_surroundings(folder)
        from harness.commands.main import main as harness

        sys.argv = ["harness", *_expanded(arguments)]
        harness()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        if modules:
            modules.write_text("\n".join(name for name in sys.modules if name not in before))
        os._exit(code)


def _expanded(arguments: Sequence[str]) -> list[str]:
    """``@FILE`` as its lines; no system can pass a zero byte."""
    files = [Path(a[1:]) if a.startswith("@") else None for a in arguments]
    lines = [
        f.read_text(errors="surrogateescape").replace("\0", "").splitlines() if f else [a]
        for f, a in zip(files, arguments, strict=True)
    ]
    return [line for part in lines for line in part]


def _sources() -> str:
    """What the kept cases belong to: the commit and the hash of the harness and of the study that draws them."""
    own = [HERE / f"hostile_{part}.py" for part in ("inputs", "mutations", "targets", "template")]
    text = "".join([sha256_sources(HERE.parent / "harness"), *map(sha256_file, own)])
    command = ("git", "log", "-1", "--format=%h", "--", str(HERE.parent / "harness"), *map(str, own))
    commit = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False).stdout
    return f"{commit.strip() or 'unknown'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _keep(cases: Iterable[Case], kept: Path) -> None:
    """Append every case when it is finished."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with (
        contextlib.suppress(FileExistsError),
        kept.open("x", newline="") as file,
    ):  # another process may begin, too
        csv.DictWriter(file, COLUMNS, lineterminator="\n").writeheader()
    with kept.open("a", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        for done, case in enumerate(cases, start=1):
            table.writerow(asdict(case))
            file.flush()
            if case.problem:
                print(f"{case.number}: {case.target}: {case.file}, {case.mutation}: {case.problem}", flush=True)
            if done % 250 == 0:
                print(f"{done:,} cases", time.strftime("%H:%M:%S"), flush=True)


def _read(kept: Path) -> list[Case]:
    if not kept.is_file():
        return []
    with kept.open(newline="") as file:
        return sorted(map(Case.read, csv.DictReader(file)), key=lambda case: case.number)


def _write(folder: Path) -> None:
    """Write the results of all kept cases."""
    of_sources = {
        path: _read(path) for path in sorted(folder.glob("*.csv"), key=lambda path: path.stat().st_mtime)
    }
    cases = [case for found in of_sources.values() for case in found]
    with (HERE / "hostile_inputs.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["sources", *COLUMNS], lineterminator="\n")
        table.writeheader()
        for path, found in of_sources.items():
            table.writerows({"sources": path.stem, **asdict(case)} for case in found if case.problem)
    lines = [
        f"{len(cases):,} cases in all, of {FULL_STUDY:,} on one state of the sources that are the aim. By "
        "commit and hash of the sources:",
        "",
        "| commit-hash | cases | failed |",
        "|---|---|---|",
        *(
            f"| {path.stem} | {len(found):,} | {sum(bool(case.problem) for case in found)} |"
            for path, found in of_sources.items()
        ),
        "",
        "All of them by target:",
        "",
        "| target | cases | exit 0 | exit 1 | exit 2 | failed | median s | most s | most MB |",
        "|---|---|---|---|---|---|---|---|---|",
        *(line for name in (*TARGETS, None) if (line := _line(name, cases))),
    ]
    (HERE / "hostile_inputs.md").write_text("\n".join(lines) + "\n")


def _line(name: str | None, cases: Sequence[Case]) -> str:
    of = [case for case in cases if name in (None, case.target)]
    if not of:
        return ""
    codes = [sum(case.code == code for case in of) for code in ALLOWED_CODES]
    seconds = sorted(case.seconds for case in of)
    failed = sum(bool(case.problem) for case in of)
    most = max(case.megabytes for case in of)
    cells = (name or "all", f"{len(of):,}", *(f"{n:,}" for n in codes), failed, f"{seconds[len(of) // 2]:.2f}")
    return f"| {' | '.join(map(str, (*cells, f'{seconds[-1]:.1f}', most)))} |"


if __name__ == "__main__":
    main()
