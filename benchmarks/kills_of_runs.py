"""Whole commands killed at random moments: is every file of the run equal to the byte?

    python benchmarks/kills_of_runs.py [--kills 40] [--seed 0] [--only face …]

`harness run` measures a system on simulated people, faces and voices under a condition as well, with checks and
the report; SIGKILL ends it, or another of its processes, while it lists, predicts, checks, measures or writes.
The same command is started again with 0 to 3 workers, until it comes through. All files of its folder must be
those of a run that nobody disturbed, but for times: `run.json`, `timings.parquet`, and a section of the report.
Prints how many kills met which stage (by what it had written), how many commands failed whose other processes were
killed, how many runs came through and were equal, and how many processes were left a minute after a run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from kills import members, members_after, print_table

from harness.errors import ExitCode
from harness.files import sha256_bytes

SYSTEMS = {
    "face": ["dataset=simulated_faces", "model=fer_mini_xception", "conditions=[clean,face/brightness@3]"],
    "voice": ["dataset=simulated_voices", "model=voice_functionals_svm", "conditions=[clean,voice/gain@3]"],
    "wearable": ["dataset=simulated_wearables", "model=wearable_stress"],
    "eeg": ["dataset=simulated_eeg", "model=eeg_bandpower"],
}
SUBJECTS = 6
WITH_TIMES = ("run.json", "timings.parquet")
TIMES_OF_REPORT = re.compile(rb'<section id="stages">.*?</section>', re.DOTALL)
FILES = {"predicting": "samples.parquet", "checking": "predictions.parquet", "measuring": "probes.parquet"}
"""What is written when a stage begins."""

SECONDS = {
    "predicting": ("opening", "waiting", "computing", "concluding"),
    "checking": ("checking",),
    "measuring": ("measuring",),
}
"""Of `run.json`."""

STAGES = ("listing", *FILES)
COMMAND = "import sys; from harness.commands.main import main; sys.exit(main())"
THROUGH = (0, ExitCode.FAILED_CHECK)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=40, help="in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    arguments = parser.parse_args()
    print_table((*STAGES, "failed", "runs", "equal", "left"), arguments, killed)


def killed(name: str, num_kills: int, rng: random.Random, folder: Path) -> str:
    """One row of the table."""
    expected, seconds = undisturbed(name, folder / "undisturbed")
    met: Counter[str] = Counter()
    equal: list[bool] = []
    failed, left, out = 0, 0, folder / "run"
    while met.total() < num_kills or not equal:
        since = time.time()
        process = started(name, out, rng.randint(0, 3))
        if met.total() < num_kills:
            aim = rng.choice(STAGES)
            await_stage(process, out, aim, since)
            time.sleep(rng.random() * seconds[aim])
            stage = [stage for stage in STAGES if has_begun(out, stage, since)][-1]
            if process.pid in (victims := members(process.pid)):
                victim = process.pid if rng.random() < 0.7 else rng.choice(victims)
                met[stage] += kill(victim)
        if process.wait() in THROUGH:
            equal.append(contents(out) == expected)
            shutil.rmtree(out)
        elif process.returncode != -signal.SIGKILL:
            failed += 1
            assert failed <= num_kills, "the command does not come through"
        left += len(members_after(process.pid))
    stages = " | ".join(str(met[stage]) for stage in STAGES)
    return f"| {name} | {met.total()} | {stages} | {failed} | {len(equal)} | {sum(equal)} | {left} |"


def undisturbed(name: str, out: Path) -> tuple[dict[str, str], dict[str, float]]:
    """The files of a run with one worker, and how long each stage took, from the start of the command."""
    since, begun = time.time(), time.monotonic()
    process = started(name, out, 1)
    await_stage(process, out, "predicting", since)
    listing_s = time.monotonic() - begun
    assert process.wait() in THROUGH
    spent = json.loads((out / "run.json").read_text(encoding="utf-8"))["seconds"]
    seconds = {stage: sum(spent[part] for part in parts) for stage, parts in SECONDS.items()}
    return contents(out), {"listing": listing_s, **seconds}


def await_stage(process: subprocess.Popen[bytes], out: Path, stage: str, since: float) -> None:
    """Wait until a stage has begun, or the command has ended."""
    while process.poll() is None and not has_begun(out, stage, since):
        time.sleep(0.005)


def has_begun(out: Path, stage: str, since: float) -> bool:
    """Whether a stage of a command has begun, which was started then."""
    if stage not in FILES:
        return True
    try:
        return (out / FILES[stage]).stat().st_mtime >= since
    except OSError:
        return False


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
    """The hash of every file that holds no times, and of the report without them."""
    return {
        path.name: sha256_bytes(TIMES_OF_REPORT.sub(b"", path.read_bytes()))
        for path in folder.iterdir()
        if path.name not in WITH_TIMES
    }


if __name__ == "__main__":
    main()
