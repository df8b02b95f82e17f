"""Does the practice test of wearables name the right defect of a device, and none of one without?

Devices whose defect is known are worn by 10, 20 or 40 simulated people (20 moments in a laboratory with known
stressors, 80 in daily life). A defect is found if its question is answered `not_met`; another `not_met` is a false
alarm. Then devices that are exactly at a limit: half of the estimates lie beyond it, and at most 5 % of tests may
say so.

    OMP_NUM_THREADS=1 python benchmarks/validity/worn_devices.py     (prints the tables of worn_devices.md)
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from printed_table import print_head, print_row

from harness.practice_tests.questions import answered
from harness.practice_tests.wearables.constructed_devices import DEFECTS, constructed
from harness.practice_tests.wearables.device_agreement import agreement_questions
from harness.practice_tests.wearables.measurements import Measurements
from harness.practice_tests.wearables.movement import availability_question
from harness.practice_tests.wearables.quality import QualityRule
from harness.practice_tests.wearables.score_questions import score_rows
from harness.practice_tests.wearables.scores import Scores
from harness.practice_tests.wearables.wearables_options import Limits

PEOPLE = (10, 20, 40)
LEAST, LEVEL = 5, 0.95


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=300, help="tests of each device and number of people")
    runs = parser.parse_args().runs
    start = time.process_time()
    print("### Devices whose defect is known, in percent of tests\n")
    print_head(["device", "people", "all defects found", "a false alarm", "exactly right", "left open"])
    for device, defects in DEFECTS.items():
        for people in PEOPLE:
            verdicts = [verdicts_on(constructed(device, people, seed)) for seed in range(runs)]
            faults = [{name for name, verdict in found.items() if verdict == "not_met"} for found in verdicts]
            left_open = [sum(verdict == "inconclusive" for verdict in found.values()) for found in verdicts]
            print_row(
                [
                    device.replace("_", " "),
                    people,
                    *(
                        _percent(np.mean(each))
                        for each in zip(*(_right(found, defects) for found in faults), strict=True)
                    ),
                    f"{np.mean(left_open):.1f} of {len(verdicts[0])}",
                ]
            )
    print("\n### Devices at the limit, in percent of tests\n")
    print_head(["limit", "people", "`not_met`", "`met`"])
    for title, verdict_at in (("scores lost when moving: 10 %", _at_loss), ("mean error: 10 %", _at_error)):
        for people in PEOPLE:
            found = [verdict_at(people, seed) for seed in range(4 * runs)]
            print_row(
                [
                    title,
                    people,
                    *(_percent(np.mean([one == verdict for one in found])) for verdict in ("not_met", "met")),
                ]
            )
    print(
        f"\n{time.process_time() - start:.0f} s of processor time, {runs} tests of each (at the limit {4 * runs})."
    )


def verdicts_on(scores: Scores) -> dict[str, str]:
    """Question → verdict of one test of one device."""
    rows = score_rows(scores, None, Limits(), alarms={}, align_s=60.0, least=LEAST, level=LEVEL)
    return {row.metric: str(row.verdict) for row in rows if row.judgement is not None}


def _right(faults: set[str], defects: frozenset[str]) -> tuple[bool, bool, bool]:
    """All defects found, something else called a fault, and exactly the defects called faults."""
    return faults >= defects, bool(faults - defects), faults == defects


def _at_loss(people: int, seed: int) -> str:
    """A device that loses 10 % of its scores in movement: of some people all, of most few."""
    rng = np.random.default_rng([seed, people])
    scores = constructed("clean", people, seed)
    lost_S = rng.beta(0.5, 4.5, people)
    score_n = scores.reports["report"].copy()  # known in daily life, where people move
    score_n[(scores.moving_n == 1) & (rng.random(len(score_n)) < lost_S[scores.subject_n])] = np.nan
    daily = replace(scores, score_n=score_n).within(np.isfinite(scores.reports["report"]))
    (row,) = answered([availability_question(daily, 0.1, LEAST)], LEVEL)
    return str(row.verdict)


def _at_error(people: int, seed: int) -> str:
    """A device whose absolute error is 10 % on average: for a few people three times as much as for most."""
    rng = np.random.default_rng([seed, people])
    situations = np.array(["sitting", "standing", "arithmetic"])
    true_n = rng.uniform(60, 90, people * 3)
    size_S = np.where(rng.random(people) < 0.2, 3.0, 1.0) * rng.lognormal(0, 0.3, people)
    error_n = np.repeat(size_S, 3) * rng.exponential(1.0, people * 3)
    mean = (0.2 * 3.0 + 0.8) * np.exp(0.3**2 / 2)
    measured_n = true_n * (1 + 0.1 * error_n / mean)
    both = Measurements(
        *("made", "ecg", np.tile(np.repeat(np.arange(people).astype(str), 3), 2)),
        *(np.repeat(["ecg", "watch"], people * 3), np.tile(situations, 2 * people)),
        {"mean_hr": np.concatenate([true_n, measured_n])},
        *(np.full(people * 6, 300.0), np.full(people * 6, np.nan), {"mean_hr": "bpm"}),
    )
    asked = [
        one for one in agreement_questions(both, QualityRule(), [], (0.1, 0.1), LEAST) if "mape" in one.metric
    ]
    return str(answered(asked[:1], LEVEL)[0].verdict)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


if __name__ == "__main__":
    main()
