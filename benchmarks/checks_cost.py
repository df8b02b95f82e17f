"""What the checks on the test itself cost beside the predictions that they check.

    OMP_NUM_THREADS=1 python benchmarks/checks_cost.py [--data ../shared/data]

Runs of `harness run` with the default checks, without tracking: of simulated data, and of real ones where they
are. The seconds are those of `run.json`: predictions are opening, waiting, computing and concluding.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from figures import take_down
from small_run import COMMAND, SYSTEMS

PREDICTING = ("opening", "waiting", "computing", "concluding")
REAL = {
    "facial_expressions": "fer_mini_xception",
    "ravdess": "voice_functionals_svm",
    "stress_predict": "wearable_stress",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the datasets")
    parser.add_argument("--subjects", type=int, default=24, help="of the simulated ones")
    arguments = parser.parse_args()
    cases = {name: (model, [f"dataset.subjects={arguments.subjects}"]) for name, model in SYSTEMS.items()}
    if arguments.data:
        cases |= {name: (model, [f"dataset.root={arguments.data / name}"]) for name, model in REAL.items()}
    print("| dataset | samples | predictions | checks | checks / predictions |\n|---|---|---|---|---|", flush=True)
    shares = {}
    for dataset, (model, choices) in cases.items():
        predicting, checking, num_samples = seconds(dataset, model, choices)
        shares[dataset] = checking / predicting
        cells = f"{num_samples:,} | {predicting:.2f} s | {checking:.2f} s | {shares[dataset]:.2f}"
        print(f"| {dataset} | {cells} |", flush=True)
    worst = max(shares, key=lambda name: shares[name])
    take_down("checks / predictions", shares[worst], f"its predictions ({worst}, the largest of {len(shares)})")


def seconds(dataset: str, model: str, choices: list[str]) -> tuple[float, float, int]:
    """Of the predictions and of the checks, and how many samples there were."""
    with tempfile.TemporaryDirectory() as folder:
        words = [f"dataset={dataset}", f"model={model}", *choices, "tracking.enabled=false", f"out={folder}/run"]
        subprocess.run([sys.executable, "-c", COMMAND, "run", *words], check=True, stdout=subprocess.DEVNULL)
        spent = json.loads(Path(folder, "run", "run.json").read_text(encoding="utf-8"))["seconds"]
        num_samples = pq.read_metadata(Path(folder, "run", "samples.parquet")).num_rows
    return sum(spent[part] for part in PREDICTING), spent["checking"], num_samples


if __name__ == "__main__":
    main()
