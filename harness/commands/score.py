"""``harness score``: the results follow from the stored tables alone, and this shows it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from harness.commands.terminal import say, show_results, warn
from harness.evidence.run_folder import DERIVED, RunFolder
from harness.files import write_bytes
from harness.scoring.score_run import score


def rescore(path: Path, into: Path | None) -> bool:
    """Measure again and compare with what the run wrote.

    Args:
        path: the run's folder.
        into: write results and report there; else they are only written where the run has none.

    Returns:
        Whether the stored tables are what the run wrote and the results are equal to the byte.

    Raises:
        HarnessError: the folder holds no plan or no tables.
    """
    folder = RunFolder(path)
    plan = folder.read_plan()
    changed = [name for name in folder.changed_files() if name not in DERIVED]
    for name in changed:
        warn(f"{name} is not what the run wrote (its hash in run.json differs).")
    with tempfile.TemporaryDirectory(prefix="harness-score-") as scratch:
        target = into or Path(scratch)
        target.mkdir(parents=True, exist_ok=True)
        results = score(folder, target)
        differing = [name for name in DERIVED if not _equal(folder / name, target / name)]
        absent = [name for name in DERIVED if not (folder / name).exists()]
        for name in absent if into is None else []:
            write_bytes((target / name).read_bytes(), folder / name)
    system = plan["model"]["name"]
    show_results(results, f"{system} on {plan['dataset']['name']}", system)
    for name in differing:
        warn(f"{name}: {'was missing' if name in absent else 'differs from what the run wrote'}.")
    if not differing and not changed:
        say("Equal to the byte with what the run wrote.")
    return not changed and set(differing) <= set(absent)


def _equal(left: Path, right: Path) -> bool:
    return left.is_file() and left.read_bytes() == right.read_bytes()
