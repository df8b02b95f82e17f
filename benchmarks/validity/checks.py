"""What do the checks on the test itself find, and how often do they find what is not there?

Clean studies are simulated (`checked_studies.py`) and looked at by all checks. Then faults, and things that only
look like one, are planted (`planted_faults.py`), each for the check that looks for it. Results are appended to a
file, a line of JSON for each cell. Cells already there are skipped, so that the study can be interrupted, or
shared among processes.

    OMP_NUM_THREADS=1 python benchmarks/validity/checks.py --out checks.jsonl --share 1/2 &
    OMP_NUM_THREADS=1 python benchmarks/validity/checks.py --out checks.jsonl --share 2/2; wait
    python benchmarks/validity/checks.py --out checks.jsonl --table
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from checked_studies import Size, checked_system, clean_study
from planted_faults import FAULTS, LARGE, MIDDLE, SMALL, TWO_CLASSES, Fault

from harness.checks.run_checks import checks
from harness.verdicts.judge import VERDICTS

CLEAN_SIZES = (Size(12, 4, 4), SMALL, MIDDLE, TWO_CLASSES, Size(60, 6, 4), LARGE)
WEAK, USUAL = 1.2, 2.0
"""How far the right class stands out: accuracies of about 0.5 and 0.75 with four classes."""


@dataclass(frozen=True)
class Cell:
    """A kind of study that is simulated many times.

    Attributes:
        size: of the study.
        skill: of the system.
        fault: what is planted; None where all checks look at clean studies.
    """

    size: Size
    skill: float
    fault: Fault | None = None

    @property
    def key(self) -> str:
        """What it is called in the file."""
        planted = f"{self.fault.check}: {self.fault.what}" if self.fault else "clean"
        return f"{planted}; {self.size}; {self.skill:g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clean-runs", type=int, default=200, help="of every kind of clean study")
    parser.add_argument("--runs", type=int, default=100, help="of every planted fault")
    parser.add_argument("--out", type=Path, default=Path("checks.jsonl"))
    parser.add_argument("--share", default="1/1", help="which of how many processes this is")
    parser.add_argument("--only", help="only cells with this in their key")
    parser.add_argument("--table", action="store_true", help="print the tables of what is in --out")
    arguments = parser.parse_args()
    if arguments.table:
        print(report([json.loads(line) for line in arguments.out.read_text().splitlines()]))
        return
    number, processes = map(int, arguments.share.split("/"))
    wanted = [cell for cell in cells() if not arguments.only or arguments.only in cell.key]
    for cell in wanted[number - 1 :: processes]:
        runs = arguments.runs if cell.fault else arguments.clean_runs
        if _finished(arguments.out).get(cell.key, 0) >= runs:
            continue
        start = time.process_time()
        line = {"key": cell.key, "runs": runs, **(planted(cell, runs) if cell.fault else clean(cell, runs))}
        line["seconds"] = round(time.process_time() - start, 1)
        with arguments.out.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(f"{line['seconds']:6.1f} s  {cell.key}", flush=True)


def cells() -> Iterator[Cell]:
    """Every kind of study."""
    for size in CLEAN_SIZES:
        yield Cell(size, USUAL)
    yield Cell(SMALL, WEAK)
    yield Cell(MIDDLE, WEAK)
    for fault in FAULTS:
        for size in fault.sizes:
            yield Cell(size, USUAL, fault)


def clean(cell: Cell, runs: int) -> dict[str, Any]:
    """The share of studies, in percent, in which each check, and any of them, finds a fault."""
    found: Counter[str] = Counter()
    for run in range(runs):
        system = checked_system(clean_study(cell.size, _rng(cell, run), cell.skill), run)
        raised = {
            name for name, check in checks(()).items() if any(row.verdict == "not_met" for row in check(system))
        }
        found.update(raised)
        found["any"] += bool(raised)
    return {
        "clean": str(cell.size),
        "skill": cell.skill,
        **{name: 100 * num / runs for name, num in found.items()},
    }


def planted(cell: Cell, runs: int) -> dict[str, Any]:
    """The share of studies, in percent, that get each verdict from the check that looks for it."""
    fault = cell.fault
    assert fault is not None
    given: Counter[str] = Counter()
    for run in range(runs):
        rng = _rng(cell, run)
        study = clean_study(cell.size, rng, cell.skill)
        fault.plant(study, rng)
        findings = checks(())[fault.check](checked_system(study, run))
        given.update([next(str(row.verdict) for row in findings if row.group == fault.group)])
    shares = {verdict: 100 * given[verdict] / runs for verdict in VERDICTS}
    return {"check": fault.check, "what": fault.what, "is_fault": fault.is_fault, "size": str(cell.size), **shares}


def report(lines: Sequence[dict[str, Any]]) -> str:
    """The tables, in Markdown, in the order of the cells."""
    order = {cell.key: index for index, cell in enumerate(cells())}
    lines = sorted((line for line in lines if line["key"] in order), key=lambda line: order[line["key"]])
    of_clean = [line for line in lines if "clean" in line]
    names = [name for name in checks(()) if any(line.get(name) for line in of_clean)]
    parts = [
        "### Clean studies: found by",
        _table(
            ["study", "system", "studies", *names, "**any check**"],
            [
                [
                    line["clean"],
                    "weak" if line["skill"] == WEAK else "usual",
                    str(line["runs"]),
                    *(f"{line.get(name, 0):.1f}" for name in names),
                    f"**{line.get('any', 0):.1f}**",
                ]
                for line in of_clean
            ],
        ),
        _overall(of_clean),
    ]
    for is_fault, title in ((True, "Faults"), (False, "What only looks like a fault")):
        rows = [
            [
                *(str(line[name]) for name in ("check", "what", "size", "runs")),
                *(f"{line[verdict]:.0f}" for verdict in _SHOWN),
            ]
            for line in lines
            if line.get("is_fault") is is_fault
        ]
        parts += [f"### {title}", _table(["check", "planted", "study", "studies", *_SHOWN.values()], rows)]
    minutes = sum(line["seconds"] for line in lines) / 60
    num = sum(line["runs"] for line in lines)
    parts.append(f"{len(lines)} cells, {num:,} studies, {minutes:.0f} minutes of one processor.")
    return "\n\n".join(parts)


_SHOWN = {"not_met": "found", "inconclusive": "inconclusive", "met": "passed", "not_tested": "not tested"}


def _overall(of_clean: Sequence[dict[str, Any]]) -> str:
    num = sum(line["runs"] for line in of_clean)
    share = sum(line["runs"] * line.get("any", 0) for line in of_clean) / num
    error = float(np.sqrt(share * (100 - share) / num))
    return f"Any check finds a fault in {share:.1f} % of {num:,} clean studies (standard error {error:.1f})."


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def _rng(cell: Cell, run: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([run, *cell.key.encode()]))


def _finished(out: Path) -> dict[str, int]:
    """The studies of every cell that is there."""
    lines = out.read_text().splitlines() if out.exists() else []
    return {found["key"]: found["runs"] for found in map(json.loads, lines)}


if __name__ == "__main__":
    main()
