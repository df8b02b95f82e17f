"""What a whole report says of a fair system, and of one that is worse in one group.

Every study is measured by `harness.measurement.measure.measure` on nine metrics and four axes. Results are
appended to a file, one line of JSON a study; those already there are skipped.

    OMP_NUM_THREADS=1 python benchmarks/validity/whole_report.py --runs 200 --out reports.jsonl --share 1/2 &
    OMP_NUM_THREADS=1 python benchmarks/validity/whole_report.py --runs 200 --out reports.jsonl --share 2/2; wait
    python benchmarks/validity/whole_report.py --out reports.jsonl --table
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

LABELS = ("anger", "fear", "happiness", "neutral", "sadness")
AXES = {
    "sex": (0.5, 0.5),
    "age": (0.3, 0.3, 0.25, 0.15),
    "skin_tone": (0.5, 0.3, 0.2),
    "neurodivergence": (0.8, 0.2),
}
METRICS = (
    *("accuracy", "uar", "macro_f1", "coverage", "negative_assignment"),
    *("ece", "calibration_error_sq", "brier", "log_loss"),
)
SETTINGS = MeasureSettings(gaps=METRICS, resamples=100, permutations=1999, search_depth=0)
SUBJECTS = (60, 100, 200, 500)
MEAN_CLIPS = 40
SKILL, SKILL_SD, WORSE = 1.2, 0.5, 0.6
"""The mean distance of the right class's score, its spread over people, and what is taken from it in one group."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("reports.jsonl"))
    parser.add_argument("--share", default="1/1", help="which of how many processes this is")
    parser.add_argument("--table", action="store_true", help="print the table of what is in --out")
    arguments = parser.parse_args()
    if arguments.table:
        print(table([json.loads(line) for line in arguments.out.read_text().splitlines()]))
        return
    number, processes = map(int, arguments.share.split("/"))
    finished = {(each["subjects"], each["fair"], each["run"]) for each in _lines(arguments.out)}
    for subjects in SUBJECTS:
        for fair in (True, False):
            for run in range(number - 1, arguments.runs, processes):
                if (subjects, fair, run) not in finished:
                    line = {"subjects": subjects, "fair": fair, "run": run, **simulate(subjects, fair, run)}
                    with arguments.out.open("a") as file:
                        file.write(json.dumps(line) + "\n")


def simulate(subjects: int, fair: bool, run: int) -> dict[str, bool]:
    """What is in one report; every tenth is measured again with its rows in another order."""
    rng = np.random.default_rng([run, subjects, fair])
    samples, predictions = study(rng, subjects, fair)
    rows = differences(samples, predictions)
    tested = [row for row in rows if row["lo"] is not None]
    found = {
        "excludes": any(row["lo"] > 0 or row["hi"] < 0 for row in tested),
        "corrected": any(row["p_corrected"] <= 0.05 for row in tested),
        "outside": any(row["lo"] > row["threshold"] or row["hi"] < -row["threshold"] for row in tested),
        "not_met": any(row["verdict"] == "not_met" for row in rows),
    }
    if run % 10 == 0:
        shuffled = differences(*(part.take(rng.permutation(part.num_rows)) for part in (samples, predictions)))
        found["same_shuffled"] = shuffled == rows
    return found


def differences(samples: pa.Table, predictions: pa.Table) -> list[dict[str, Any]]:
    """The rows of differences between groups."""
    rows = measure(samples, predictions, dataset="simulated", settings=SETTINGS).to_pylist()
    return [row for row in rows if row["statistic"] == "difference" and row["kind"] == "metric"]


def study(rng: np.random.Generator, subjects: int, fair: bool) -> tuple[pa.Table, pa.Table]:
    """People in groups of the four axes independently of each other, with unequal numbers of clips.

    A fair system answers nobody's clips better because of a group. The other is worse in the last of the ages.
    """
    groups = {
        axis: rng.permutation(np.repeat(np.arange(len(shares)), _sizes(subjects, shares)))
        for axis, shares in AXES.items()
    }
    skill = rng.normal(SKILL, SKILL_SD, subjects)
    if not fair:
        skill -= WORSE * (groups["age"] == len(AXES["age"]) - 1)
    subject = np.repeat(np.arange(subjects), 5 + rng.geometric(1 / (MEAN_CLIPS - 5), subjects))
    truth = rng.integers(0, len(LABELS), len(subject))
    score = rng.normal(size=(len(subject), len(LABELS)))
    score[np.arange(len(subject)), truth] += skill[subject]
    share = np.exp(SKILL * score)
    share /= share.sum(axis=1, keepdims=True)
    unscored = rng.random(len(subject)) < rng.beta(1, 19, subjects)[subject]
    ids = [f"clip{index:06}" for index in range(len(subject))]
    samples = samples_table(
        [
            {
                "sample_id": sample_id,
                "modality": "face",
                "subject_id": f"person{person:04}",
                "label": LABELS[label],
                "label_source": "acted",
                **{f"attr.{axis}": f"{axis} {groups[axis][person]}" for axis in AXES},
            }
            for sample_id, person, label in zip(ids, subject.tolist(), truth.tolist(), strict=True)
        ]
    )
    predictions = predictions_table(
        model="m",
        labels=LABELS,
        sample_id=ids,
        outcome=np.where(unscored, "failed", "scored").tolist(),
        reason=np.where(unscored, "no_face", None).tolist(),
        label=[None if failed else LABELS[best] for failed, best in zip(unscored, share.argmax(1), strict=True)],
        scores=[None if failed else row for failed, row in zip(unscored, share.tolist(), strict=True)],
    )
    return samples, predictions


def table(lines: list[dict[str, Any]]) -> str:
    """Shares of reports in percent."""
    columns = {
        "excludes": "some interval excludes zero",
        "corrected": "the same after correction",
        "outside": "some interval lies outside the tolerance",
        "not_met": "`not_met`",
        "same_shuffled": "same rows for shuffled samples",
    }
    shown = [["subjects", "system", "reports", *columns.values()], ["---"] * (3 + len(columns))]
    for subjects in SUBJECTS:
        for fair, name in ((True, "fair"), (False, "worse in one age")):
            chosen = [line for line in lines if (line["subjects"], line["fair"]) == (subjects, fair)]
            if not chosen:
                continue
            known = [[line[name] for line in chosen if name in line] for name in columns]
            shares = [np.mean(of_column) if of_column else np.nan for of_column in known]
            shown.append([str(subjects), name, str(len(chosen)), *(f"{100 * share:.1f}" for share in shares)])
    return "\n".join("| " + " | ".join(row) + " |" for row in shown)


def _sizes(num: int, shares: tuple[float, ...]) -> list[int]:
    sizes = [round(num * share) for share in shares[1:]]
    return [num - sum(sizes), *sizes]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, path.read_text().splitlines() if path.exists() else ())


if __name__ == "__main__":
    main()
