"""Do the comparisons of groups hold? Tally-wise error, coverage, power and verdicts by simulation.

Every cell is a kind of study (`cells.py`), simulated many times from people whose true differences are known
(`populations.py`), and measured by `harness.statistics.max_t`. Results are appended to a file, one line of JSON a
cell; cells already there are skipped, so that the study can be interrupted, or shared among processes.

    OMP_NUM_THREADS=1 python benchmarks/validity/gaps.py --runs 500 --out gaps.jsonl --share 1/2 &
    OMP_NUM_THREADS=1 python benchmarks/validity/gaps.py --runs 500 --out gaps.jsonl --share 2/2; wait
    python benchmarks/validity/gaps.py --out gaps.jsonl --table
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unittest import mock

import alternatives
import numpy as np
import numpy.typing as npt
from cells import Cell, cells
from populations import POPULATIONS, Subjects
from report import report

from harness.attributes.group import THE_REST
from harness.attributes.groups import Groups
from harness.measurement.compared_scale import on_compared_scale
from harness.measurement.flattened import flattened_statistics
from harness.measurement.groups.group_comparison import GroupComparison, Side
from harness.measurement.groups.simultaneous_bounds import simultaneous_bounds
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import Metric, Tally
from harness.statistics import max_t
from harness.statistics.contrasts import Contrasts
from harness.statistics.design import Design
from harness.statistics.relabelling import AmongSubjects
from harness.statistics.sides import Rows
from harness.verdicts.judge import is_within

Floats = npt.NDArray[np.float64]
LEVEL, DRAWS, STUDENT_DRAWS, MEAN_CLIPS = 0.95, 399, 1999, 50
ROUNDING = 1e-9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--out", type=Path, default=Path("gaps.jsonl"))
    parser.add_argument("--share", default="1/1", help="which of how many processes this is")
    parser.add_argument("--parts", help="only these, separated by commas")
    parser.add_argument("--table", action="store_true", help="print the tables of what is in --out")
    arguments = parser.parse_args()
    if arguments.table:
        order = {cell.key: index for index, cell in enumerate(cells())}
        lines = [json.loads(line) for line in arguments.out.read_text().splitlines()]
        print(report(sorted(lines, key=lambda line: order.get(line["key"], len(order)))))
        return
    number, processes = map(int, arguments.share.split("/"))
    wanted = [cell for cell in cells() if not arguments.parts or cell.part in arguments.parts.split(",")]
    for cell in wanted[number - 1 :: processes]:
        if cell.key in _finished(arguments.out, arguments.runs):
            continue
        start = time.process_time()
        line = {"key": cell.key, "runs": arguments.runs, **asdict(cell), **simulate(cell, arguments.runs)}
        line["seconds"] = round(time.process_time() - start, 1)
        with arguments.out.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(f"{line['seconds']:6.1f} s  {cell.key}", flush=True)


def simulate(cell: Cell, runs: int) -> dict[str, Any]:
    """Shares of runs, in percent."""
    truth_K = _true_contrasts(cell)
    known_K, differs_K = np.isfinite(truth_K), np.abs(np.nan_to_num(truth_K)) > 1e-9
    values, bounds, others = [], [], []
    for run in range(runs):
        rows, statistics = study(cell, run)
        found = compare(cell, statistics, rows, run)
        values.append(found.value)
        bounds.append(intervals(cell, found, rows))
        if cell.alternatives:
            others.append(_others(cell, statistics, rows, run))
    value = np.array(values)
    lo, hi = np.array(bounds).swapaxes(0, 1)
    held = ((lo - ROUNDING <= truth_K) & (truth_K <= hi + ROUNDING)) | ~known_K
    beyond = (lo > 0) | (hi < 0)
    summary: dict[str, Any] = {
        "flagged": _percent(beyond.any(1)),
        "held": _percent(held.all(1)),
        "held_least": float(100 * held.mean(0).min()),
        "false": _percent((beyond & ~differs_K & known_K).any(1)),
        "wrong_sign": _percent((beyond & differs_K & (np.sign(value) != np.sign(truth_K))).any(1)),
        "bias": float(np.nanmax(np.abs(value.mean(0) - truth_K))),
        "reach": float(np.median(hi - lo)) / 2,
    }
    if differs_K.any():
        summary |= {"found": _percent((beyond & differs_K).any(1)), "oracle": oracle(cell, value, runs)}
    if cell.verdicts:
        summary |= _verdicts(float(np.abs(truth_K).max()), lo, hi, truth_K)
    for name in others[0] if others else ():
        summary[name] = _percent(np.array([other[name] for other in others]))
    return summary


def study(cell: Cell, run: int) -> tuple[Rows, Floats]:
    """One study's rows and statistics."""
    rng = np.random.default_rng(np.random.SeedSequence([run, *cell.key.encode()]))
    subject_R, label_R = layout(cell, rng)
    icc_G = np.resize(cell.icc, len(cell.sizes))
    clips_R = clips(cell, label_R, rng)
    subjects = Subjects(subject_R, clips_R, icc_G[label_R], np.array(cell.effects())[label_R], cell.balanced)
    rows = Rows(subject_R, label_R, int(subject_R.max()) + 1, len(cell.sizes), clips_R.astype(np.float64))
    return rows, POPULATIONS[cell.metric].draw(rng, subjects)


def compare(cell: Cell, statistics: Floats, rows: Rows, run: int) -> Contrasts:
    """The comparison that ``measure`` makes."""
    student = cell.method == "student"
    with mock.patch.object(max_t, "MANY_SUBJECTS", 2 if student else max_t.MANY_SUBJECTS):
        (found,) = max_t.contrasts_of(
            [flattened_statistics(Tally(statistics, ()), metric_of(cell))],
            rows,
            design(cell),
            AmongSubjects(rows.subject, rows.label),
            draws=STUDENT_DRAWS if student else DRAWS,
            seed=run,
            always_permute=cell.method == "permuted",
        )
    return found


def intervals(cell: Cell, found: Contrasts, rows: Rows) -> tuple[Floats, Floats]:
    """The bounds ``[K]`` that ``measure`` gives."""
    pairs = tuple((int(weights.argmax()), int(weights.argmin())) for weights in design(cell).weights)
    members = [np.flatnonzero(labels[rows.label]) for labels in design(cell).sides]
    sides = tuple(Side(THE_REST, (), 0, 0, np.unique(rows.subject[chosen]), None) for chosen in members)
    axis = Groups(("simulated",), (), rows.label)
    return simultaneous_bounds(GroupComparison(axis, metric_of(cell), sides, len(sides), pairs, found, {}), LEVEL)


def metric_of(cell: Cell) -> Metric:
    """The metric as ``measure`` compares it: of a square the root."""
    facts = MetricFacts(
        name="simulated",
        title="Simulated",
        meaning="as the cell says",
        low=-1.0 if cell.metric.startswith(("ccc", "calibration")) else 0.0,
        high=np.inf if cell.metric == "log-loss" else 1.0,
        squared=cell.metric.startswith("calibration"),
    )
    of = POPULATIONS[cell.metric]
    metric = Metric(facts=facts, value=of.value, num_samples=_none, num_unscored=_none, gradient=of.derivative)
    return on_compared_scale(metric)


def _none(sums: Floats) -> Floats:
    return np.zeros(sums.shape[:-1])


def design(cell: Cell) -> Design:
    num = len(cell.sizes)
    groups = np.eye(num, dtype=bool)
    if cell.design == "rest":
        return Design(np.concatenate([groups, ~groups]), np.concatenate([np.eye(num), -np.eye(num)], axis=1))
    first, second = np.triu_indices(num, 1)
    return Design(groups, np.eye(num)[first] - np.eye(num)[second])


def layout(cell: Cell, rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Subject and group of every row."""
    label = np.repeat(np.arange(len(cell.sizes)), cell.sizes)
    subject = np.arange(len(label))
    if cell.design == "crossed":
        return np.tile(np.arange(cell.sizes[0]), len(cell.sizes)), label
    if cell.design == "mixed":
        again = subject[::2]
        other = (label[again] + rng.integers(1, len(cell.sizes), len(again))) % len(cell.sizes)
        return np.concatenate([subject, again]), np.concatenate([label, other])
    return subject, label


def clips(cell: Cell, label_R: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    if cell.clips == "geometric":
        return rng.geometric(1 / MEAN_CLIPS, len(label_R))
    if cell.clips == "by group":
        return np.where(label_R < len(cell.sizes) // 2, 15, 100)
    return np.full(len(label_R), MEAN_CLIPS)


def oracle(cell: Cell, value_NK: Floats, runs: int) -> float:
    """Power of the same test where standard errors and critical value are known, from the spread over runs."""
    alike = replace(cell, effect=())
    weights_KU, sides_UL = design(cell).weights, design(cell).sides.astype(float)
    metric = metric_of(alike).value
    null = []
    for run in range(runs):
        rows, statistics = study(alike, run)
        member_LR = (rows.label == np.arange(rows.num_labels)[:, None]).astype(float)
        null.append(weights_KU @ metric(sides_UL @ member_LR @ statistics))
    largest = np.abs(np.array(null) / np.std(null, axis=0)).max(1)
    return _percent(np.abs(value_NK / value_NK.std(0)).max(1) > np.quantile(largest, LEVEL))


def _others(cell: Cell, statistics: Floats, rows: Rows, run: int) -> dict[str, bool]:
    metric = POPULATIONS[cell.metric].value
    flags = alternatives.flags(statistics, metric, rows.label, draws=DRAWS, level=LEVEL, seed=run)
    if cell.metric in ("accuracy", "coverage"):
        flags["chi-square of rows"] = alternatives.rows_flag(*statistics.T, rows.label, level=LEVEL)
    return flags


def _verdicts(tolerance: float, lo: Floats, hi: Floats, truth_K: Floats) -> dict[str, float]:
    """How often some contrast gets a verdict that its true value forbids, and how often the others are ``met``."""
    given = [[is_within(*pair, tolerance) for pair in zip(*run, strict=True)] for run in zip(lo, hi, strict=True)]
    met, not_met = (np.array([[one is wanted for one in run] for run in given]) for wanted in (True, False))
    beyond = np.abs(truth_K) >= tolerance - ROUNDING
    within = np.abs(truth_K) <= tolerance + ROUNDING
    return {
        "wrongly_met": _percent((met & beyond).any(1)),
        "wrongly_not_met": _percent((not_met & within).any(1)),
        "met": _percent(met[:, ~beyond]) if (~beyond).any() else 0.0,
    }


def _true_contrasts(cell: Cell) -> Floats:
    """NaN where the others, taken together, are not alike: their common value is not known."""
    truth = POPULATIONS[cell.metric].truth
    value_G = np.array([truth(effect, cell.balanced) for effect in cell.effects()])
    if cell.design != "rest":
        return design(cell).weights @ value_G
    others = [np.delete(value_G, index) for index in range(len(value_G))]
    return value_G - np.array([other[0] if np.ptp(other) == 0 else np.nan for other in others])


def _finished(out: Path, runs: int) -> set[str]:
    lines: Iterator[str] = iter(out.read_text().splitlines() if out.exists() else ())
    return {found["key"] for found in map(json.loads, lines) if found["runs"] == runs}


def _percent(happened: npt.NDArray[Any]) -> float:
    return float(100 * np.mean(happened))


if __name__ == "__main__":
    main()
