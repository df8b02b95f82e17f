"""Does any input end a command with an internal error, hang it, or fill the memory?

    OMP_NUM_THREADS=1 nice python benchmarks/hostile_inputs.py [--cases 10000] [--minutes 60] [--case NUMBER]

Every case is a small folder in which one file is damaged (`hostile_mutations`), and a command that reads it
(`hostile_targets`). Both are drawn from the number of the case, so ``--case 17`` repeats one, with what it prints.
A case fails if the command ends with another exit code than 0, 1 or 2, prints a traceback or a control character,
takes longer than `MAX_SECONDS` or more memory than `MAX_MEMORY` beyond what Python's modules take.

Modules are imported once, and every case runs in a fork. Results: ``hostile_inputs.csv`` with the failures,
``hostile_inputs.md`` with the figures per target. Linux only.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import itertools
import math
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from hostile_mutations import copy_folder, mutate
from hostile_targets import TARGETS, files_of, set_surroundings, write_template

HERE = Path(__file__).resolve().parent
MAX_SECONDS = 30.0
MAX_MEMORY = 2**30
ALLOWED_CODES = (0, 1, 2)
MAX_ARGUMENTS = 2**17
"""Bytes of one argument that Linux passes on."""

LIMIT_S, LIMIT_BYTES = 60, 6 * 2**30
"""Where a case is ended from outside."""

IMPORTED = (
    *("harness.commands.run", "harness.commands.listing", "harness.commands.plan", "harness.commands.score"),
    *("harness.commands.compare", "harness.comparison.compare_runs", "harness.study.run_study", "mlflow.tracking"),
    *("harness.tracking.track_run", "harness.datasets.table", "harness.datasets.stress_predict", "sklearn.svm"),
    *("harness.datasets.cremad", "harness.models.predictions_file", "harness.models.voice_functionals", "pandas"),
)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--case", type=int, help="repeat this one, show what it prints, keep its folder")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no case after so many minutes")
    parser.add_argument("--target", help="only cases of this target")
    options = parser.parse_args()
    if options.case is not None:
        kept = Path(tempfile.mkdtemp(prefix=f"hostile-{options.case}-"))
        (case,) = tried([options.case], kept)
        print(case, (kept / "printed").read_text(errors="replace"), kept, sep="\n")
        return
    end = time.monotonic() + 60 * options.minutes
    numbers = range(options.first, options.first + options.cases)
    until = itertools.takewhile(lambda _: time.monotonic() < end, numbers)
    _write(list(_shown(tried(n for n in until if options.target in (None, _drawn(n)[1])))))


def tried(numbers: Iterable[int], folder: Path | None = None) -> Iterator[Case]:
    """Run the cases of these numbers, each in a fork of this process.

    Args:
        numbers: of the cases.
        folder: where the last case is kept; by default none is.
    """
    for module in IMPORTED:
        importlib.import_module(module)
    with tempfile.TemporaryDirectory() as scratch:
        template = Path(scratch) / "template"
        write_template(template, lambda arguments, place: _ended(arguments, place, Path(scratch) / "log")[0])
        for number in numbers:
            yield run_case(number, template, folder or Path(scratch) / "case")


def run_case(number: int, template: Path, folder: Path) -> Case:
    """Damage a file in a fresh copy, and run the command on it."""
    draw, name = _drawn(number)
    target = TARGETS[name]
    shutil.rmtree(folder, ignore_errors=True)
    copy_folder(template / target.folder, folder)
    path = draw.choice(files_of(target, folder))
    mutation = mutate(path, draw)
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
    where = path.relative_to(folder).as_posix()
    return Case(number, name, arguments[0], where, mutation, code, round(seconds, 2), used >> 20, problem)


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


def _ended(arguments: Sequence[str], folder: Path, log: Path) -> tuple[int, float, int]:
    """Exit code, processor or wall seconds (the larger of processor time and a limit that was met), bytes."""
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        _child(arguments, folder, log)
    with _limit(pid):
        _, status, used = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    if code == -signal.SIGKILL:
        seconds = max(seconds, LIMIT_S)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return code, seconds, max(0, used.ru_maxrss - base) * 1024


class _limit:  # noqa: N801 (used as a verb)
    """Kills a process that does not end."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def __enter__(self) -> None:
        signal.signal(signal.SIGALRM, lambda *_: os.kill(self._pid, signal.SIGKILL))
        signal.alarm(4 * LIMIT_S)  # other programs may have the processor

    def __exit__(self, *_: object) -> None:
        signal.alarm(0)


def _child(arguments: Sequence[str], folder: Path, log: Path) -> None:
    """Run the command line in this process, which ends with it."""
    code = 70
    try:
        with log.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        os.close(0)
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + LIMIT_BYTES, size + LIMIT_BYTES))
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
        os._exit(code)


def _expanded(arguments: Sequence[str]) -> list[str]:
    """``@FILE`` as its lines; no system can pass a zero byte."""
    files = [Path(a[1:]) if a.startswith("@") else None for a in arguments]
    lines = [
        f.read_text(errors="surrogateescape").replace("\0", "").splitlines() if f else [a]
        for f, a in zip(files, arguments, strict=True)
    ]
    return [line for part in lines for line in part]


def _shown(cases: Iterable[Case]) -> Iterator[Case]:
    for done, case in enumerate(cases, start=1):
        if case.problem:
            print(f"{case.number}: {case.target}: {case.file}, {case.mutation}: {case.problem}", flush=True)
        if done % 250 == 0:
            print(f"{done:,} cases", time.strftime("%H:%M:%S"), flush=True)
        yield case


def _write(cases: Sequence[Case]) -> None:
    with (HERE / "hostile_inputs.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Case)], lineterminator="\n")
        table.writeheader()
        table.writerows(asdict(case) for case in cases if case.problem)
    lines = [
        f"{len(cases):,} cases, numbers {cases[0].number:,} to {cases[-1].number:,}.",
        "",
        "| target | cases | exit 0 | exit 1 | exit 2 | failed | median s | most s | most MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in (*TARGETS, None):
        of = [case for case in cases if name in (None, case.target)]
        if of:
            codes = [sum(case.code == code for case in of) for code in ALLOWED_CODES]
            seconds = sorted(case.seconds for case in of)
            failed = sum(bool(case.problem) for case in of)
            cells = (name or "all", f"{len(of):,}", *(f"{n:,}" for n in codes), str(failed))
            figures = (
                f"{seconds[len(of) // 2]:.2f}",
                f"{seconds[-1]:.1f}",
                str(max(case.megabytes for case in of)),
            )
            lines.append(f"| {' | '.join((*cells, *figures))} |")
    (HERE / "hostile_inputs.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
