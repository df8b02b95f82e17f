"""Every comparison of speed in one run, and one table: what was measured, beside which peer, is the goal met?

    python benchmarks/all.py [--data ../shared/data] [--only NAME …] [--quick] [--out benchmarks/speed.md]

Each script runs by itself, one after another, with one thread for numeric libraries, and prints its own table. A
comparison whose peer is not installed, whose data are absent, or that needs a GPU where none is, is listed as not
measured. `--quick` takes small sizes: to see that everything runs, not to compare. Without it, a hundred million
rows are written and read, which takes most of the time, and 4 GB of disk. Ends with 1 if a script failed.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from figures import FILE, read_figures

HERE = Path(__file__).parent
Figures = Mapping[str, tuple[float, str, float | None]]


class Study(NamedTuple):
    """A script with its arguments; `quick` in their place where it is to be fast."""

    script: str
    arguments: Sequence[str] = ()
    quick: Sequence[str] = ()


class Goal(NamedTuple):
    """A figure, and what it must be at least or at most: a number, or the same figure of a peer in the same run.

    With none of these it stands beside its peer alone.
    """

    figure: str
    at_least: float | None = None
    at_most: float | None = None
    needs: str = ""
    at_most_of: str = ""

    def wanted(self) -> str:
        """In words."""
        if self.at_most_of:
            return f"≤ {self.at_most_of}"
        if self.at_most is not None:
            return f"≤ {self.at_most:,g}"
        return f"≥ {self.at_least:,g}" if self.at_least is not None else ""

    def verdict(self, value: float, peer: str, peer_value: float | None) -> str:
        """Whether it is met; nothing where the peer was not measured."""
        at_most = (peer_value if peer == self.at_most_of else None) if self.at_most_of else self.at_most
        if self.at_least is None and at_most is None:
            return ""
        met = value >= self.at_least if self.at_least is not None else value <= (at_most or 0.0)
        return "yes" if met else "**no**"


GOALS = (
    *(
        Goal(f"{name}: share of the rate from memory", at_least=0.97, needs="a GPU")
        for name in ("face, resnet50", "face, vit", "voice, wav2vec2")
    ),
    Goal("face, tiny: share of the rate from memory"),
    Goal("voice, tiny: share of the rate from memory"),
    Goal("face, tiny, 2 workers: samples / s"),
    Goal("voice, tiny, 2 workers: samples / s"),
    Goal("face, tiny: s to the first batch", at_most=1.5),
    Goal("voice, tiny: s to the first batch", at_most=1.5),
    Goal("fer_mini_xception, 2 workers: samples / s", needs="--data"),
    Goal("voice_functionals_svm, 2 workers: samples / s", needs="--data"),
    Goal("voice features, times as fast as openSMILE", at_least=3.2, needs="opensmile"),
    Goal("voice features, calls of torch / batch"),
    Goal("voice features on a GPU, ms / clip", at_most=0.3, needs="a GPU"),
    Goal("spectrum, ms / clip", at_most_of="librosa"),
    Goal("HRV windows / s"),
    Goal("run, without MLflow, s", at_most=1.5),
    Goal("run, with MLflow, s", at_most=4.0),
    Goal("run of 1,000,000 rows, s", at_most=10.0),
    Goal("run of 1,000,000 rows, GB", at_most=1.5),
    Goal("score of 1,000,000 rows, s", at_most=5.0),
    Goal("score of 1,000,000 rows, GB", at_most=1.5),
    Goal("streamed rows / processor second", at_least=3e6),
    Goal("score of 100,000,000 rows: rows / processor second", at_least=3e6),
    Goal("groups compared, s"),
    Goal("checks / predictions", at_most=0.2),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the datasets; only simulated ones without it")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="scripts, such as hrv_speed")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, help="write the table there as well")
    arguments = parser.parse_args()
    known = studies(arguments.data.absolute() if arguments.data else None)
    chosen = [one for one in known if not arguments.only or Path(one.script).stem in arguments.only]
    if not chosen:
        parser.error(f"--only: none of {', '.join(Path(one.script).stem for one in known)}")
    table, failed = measured(chosen, quick=arguments.quick)
    print(f"\n{table}", end="")
    if arguments.out:
        arguments.out.write_text(table, encoding="utf-8")
    sys.exit(1 if failed else 0)


def studies(data: Path | None) -> list[Study]:
    """All of them, with what is at hand here."""
    gpu = ["--device", "cuda"] if has_gpu() else []
    on_gpu = [*gpu, "--networks", "tiny", "resnet50", "vit", "wav2vec2"] if has_gpu() else []
    real = ["--data", str(data)] if data else []
    clips = ["--clips", str(data / "ravdess")] if data else []
    beats = ["--intervals", str(data / "hrv" / "nn_intervals_1000.txt")] if data else []
    throughput = [
        Study("harness_throughput.py", [*real, "--passes", "2"], [*real, "--passes", "1", "--repeats", "1"])
    ]
    return [
        Study("loader_rates.py", on_gpu, [*on_gpu, "--samples", "200", "--turns", "1"]),
        *(throughput if data else []),
        Study("voice_features_speed.py", [*clips, *gpu], [*clips, *gpu, "--num-clips", "4", "--repeats", "1"]),
        Study("hrv_speed.py", beats, [*beats, "--repeats", "3"]),
        Study("small_commands.py", ["5"], ["1"]),
        Study("million_rows.py", [], ["--rows", "10000", "--subjects", "100"]),
        Study("disparity_speed.py"),
        Study("disparity_speed.py", ["--stream", "5000000"], ["--stream", "100000"]),
        Study("checks_cost.py", real, ["--subjects", "6"]),
        Study("hundred_million.py", [], ["--copies", "2"]),
    ]


def has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def measured(chosen: Sequence[Study], *, quick: bool) -> tuple[str, int]:
    """Run the studies; the table of their figures, and how many studies failed."""
    failed, loads = [], [os.getloadavg()[0]]
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder, "figures.jsonl")
        single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        for study in chosen:
            words = [study.script, *(study.quick if quick else study.arguments)]
            print(f"\n== {' '.join(words)}", flush=True)
            done = subprocess.run(
                [sys.executable, *words], cwd=HERE, env={**os.environ, **single, FILE: str(figures)}, check=False
            )
            failed += [f"`{' '.join(words)}` ended with {done.returncode}."] if done.returncode else []
            loads.append(os.getloadavg()[0])
        found = read_figures(figures)
    minutes = (time.monotonic() - start) / 60
    about = (
        f"{machine()}; {time.strftime('%Y-%m-%d')}; {minutes:.0f} min; load {min(loads):.1f} to {max(loads):.1f}"
        f"{'; small sizes, not to compare' if quick else ''}."
    )
    table = "\n".join(["# Speed", "", about, "", *rows(found), "", *failed]).rstrip() + "\n"
    return table, len(failed)


def machine() -> str:
    """The machine in words."""
    processor = platform.processor() or platform.machine()
    path = Path("/proc/cpuinfo")
    if path.is_file():
        named = (line.partition(":")[2].strip() for line in path.read_text().splitlines() if "model name" in line)
        processor = next(named, processor)
    gpu = ""
    if has_gpu():
        import torch

        gpu = f", {torch.cuda.get_device_name()}"
    return f"{processor}, {os.cpu_count()} cores{gpu}, Python {platform.python_version()}"


def rows(found: Figures) -> list[str]:
    """The goals with what was measured, then the figures of which none is a goal."""
    lines = ["| figure | measured | goal | beside it | met |", "|---|---|---|---|---|"]
    known = {goal.figure for goal in GOALS}
    for goal in [*GOALS, *(Goal(name) for name in found if name not in known)]:
        wanted = goal.wanted()
        if goal.figure not in found:
            why = f"not measured (needs {goal.needs})" if goal.needs else "not measured"
            lines.append(f"| {goal.figure} | {why} | {wanted} | | |")
            continue
        value, peer, peer_value = found[goal.figure]
        beside = f"{peer}: {shown(peer_value)}" if peer_value is not None else peer
        verdict = goal.verdict(value, peer, peer_value)
        lines.append(f"| {goal.figure} | {shown(value)} | {wanted} | {beside} | {verdict} |")
    return lines


def shown(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
