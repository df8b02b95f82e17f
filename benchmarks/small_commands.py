"""Seconds of `harness` on a hundred answers from a file: by the clock, and of processors, with all its processes.

    python benchmarks/small_commands.py [REPEATS]

The least of several turns, as whatever else the machine does only adds to it; from the second on, modules have
their bytecode, as in an installation. Answers of 20 people to 4 labels, with scores, two attributes, the default
settings, all cores. Linux only, see `small_run.py`.
"""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from figures import as_users_do, take_down
from small_run import COMMAND, PR_SET_CHILD_SUBREAPER, processor_s

LABELS = ("anger", "happiness", "neutral", "sadness")


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["HARNESS_HOME"] = str(folder / "home")
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        write_tables(folder)
        data = ["dataset=table", f"dataset.root={folder}", "dataset.modality=voice", "dataset.label_source=acted"]
        study = [*data, "model=predictions", f"model.file={folder / 'answers.csv'}", f"out={folder / 'run'}"]
        commands = {
            "run, with MLflow": ["run", *study],
            "run, without MLflow": ["run", *study, "tracking.enabled=false"],
            "score": ["score", str(folder / "run")],
            "plan": ["plan", *data],
            **{f"list {kind}": ["list", kind] for kind in ("models", "readers", "checks", "metrics")},
            "run --help": ["run", "--help"],
        }
        for title, arguments in commands.items():
            turns = [seconds(arguments, folder) for _ in range(repeats)]
            wall_s, of_processors_s = map(min, zip(*turns, strict=True))
            print(f"{title:22}{wall_s:8.2f} s{of_processors_s:8.2f} s of processors", flush=True)
            take_down(f"{title}, s", wall_s)


def write_tables(folder: Path) -> None:
    """A hundred samples, and answers that are mostly right."""
    rng = random.Random(0)
    samples, answers = (
        ["sample_id,subject_id,label,attr.sex,attr.age"],
        ["sample_id,label," + ",".join(f"score.{label}" for label in LABELS)],
    )
    for i in range(100):
        subject, label = i // 5, i % len(LABELS)
        samples.append(f"s{i},p{subject},{LABELS[label]},{('male', 'female')[subject % 2]},{20 + 2 * subject}")
        scores = [rng.random() + 0.5 * (place == label) for place in range(len(LABELS))]
        shares = [score / sum(scores) for score in scores]
        answer = LABELS[shares.index(max(shares))]
        answers.append(f"s{i},{answer}," + ",".join(f"{share:.4f}" for share in shares))
    (folder / "samples.csv").write_text("\n".join(samples) + "\n")
    (folder / "answers.csv").write_text("\n".join(answers) + "\n")


def seconds(arguments: list[str], folder: Path) -> tuple[float, float]:
    """By the clock until the command has ended, and of processors, of one turn; a run is made anew."""
    if arguments[0] == "run":
        shutil.rmtree(folder / "run", ignore_errors=True)
    start, started = processor_s(), time.perf_counter()
    command = [sys.executable, "-c", COMMAND, *arguments]
    subprocess.run(command, check=True, capture_output=True, env=as_users_do())
    wall_s = time.perf_counter() - started
    with suppress(ChildProcessError):
        while True:
            os.wait()
    return wall_s, processor_s() - start


if __name__ == "__main__":
    main()
