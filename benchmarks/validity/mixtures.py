"""Groups that are alike, but whose samples are mixed differently: are they found to differ?

Three kinds of study. ``sentences``: negative assignment is equal in every sentence, but some groups read only some
of them. ``classes``: recalls are equal, but the classes are mixed differently. ``axes``: only age matters, but the
groups are of different ages. Each is measured as a user would, from tables, and the share of studies in which some
interval of a pair of groups excludes zero is counted, as the groups are and with the same mix on both sides. With
``--difference`` one group is truly worse in every stratum: the power.

    OMP_NUM_THREADS=1 python benchmarks/validity/mixtures.py --runs 400
    OMP_NUM_THREADS=1 python benchmarks/validity/mixtures.py --runs 200 --difference 0.1
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from harness.attributes.grouping import Grouping
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

DRAWS, CLIPS, ICC_SHIFT = 399, 20, 0.4
SENTENCES = {"dogs": 0.1, "door": 0.25, "kids": 0.4, "rain": 0.6}
RECALLS = {"anger": 0.9, "happiness": 0.6, "neutral": 0.45}
BY_AGE = {"young": 0.8, "old": 0.55}
MIXES = ((0.6, 0.2, 0.2), (0.2, 0.3, 0.5), (0.34, 0.33, 0.33))
READ = (tuple(SENTENCES), ("dogs",), ("dogs", "door"))


@dataclass(frozen=True)
class Study:
    """One kind of study.

    Attributes:
        what: ``sentences``, ``classes`` or ``axes``.
        sizes: the people in each group.
        metrics: that are compared.
        kind: of the rows with the same mix.
    """

    what: str
    sizes: tuple[int, ...]
    metrics: tuple[str, ...]
    kind: str


SIZES = ((10, 10), (20, 20), (50, 50), (10, 40), (40, 10), (15, 15, 15), (12, 12, 12, 12, 12, 12))
STUDIES = (
    *(Study("sentences", sizes, ("negative_assignment",), "metric") for sizes in SIZES),
    *(Study("classes", sizes, ("accuracy", "macro_f1", "precision:happiness"), "standardised") for sizes in SIZES),
    *(
        Study("axes", sizes, ("accuracy", "uar"), "adjusted")
        for sizes in ((20, 20), (50, 50), (20, 80), (40, 40, 40))
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--difference", type=float, default=0.0, help="by how much the first group is truly worse")
    parser.add_argument("--only", help="one kind of study")
    arguments = parser.parse_args()
    print("| study | people | metric | as they are | with the same mix | not possible | s |")
    print(f"{'|---' * 7}|")
    for study in STUDIES:
        if arguments.only in (None, study.what):
            print_study(study, arguments.runs, arguments.difference)


def print_study(study: Study, runs: int, difference: float) -> None:
    start, found = time.process_time(), Counter[tuple[str, str]]()
    for run in range(runs):
        found.update(outcomes(study, run, difference))
    seconds = (time.process_time() - start) / runs
    for metric in study.metrics:
        shares = [f"{100 * found[metric, what] / runs:.1f} %" for what in ("raw", "same", "none")]
        raw, same, none = shares if study.kind != "metric" else ("-", *shares[1:])
        people = ", ".join(map(str, study.sizes))
        print(f"| {study.what} | {people} | {metric} | {raw} | {same} | {none} | {seconds:.2f} |", flush=True)


def outcomes(study: Study, run: int, difference: float) -> list[tuple[str, str]]:
    """Per metric whether some interval of a pair excludes zero, and whether no pair could be compared."""
    rng = np.random.default_rng([run, *study.sizes])
    simulate = {"sentences": sentences, "classes": classes, "axes": axes}[study.what]
    tables = simulate(rng, study.sizes, difference)
    settings = MeasureSettings(
        resamples=100,
        permutations=DRAWS,
        search_depth=0,
        seed=run,
        gaps=study.metrics,
        match_on=["ctx.sentence"] if study.what == "sentences" else None,
        grouping=Grouping(axes=("group", "years") if study.what == "axes" else ("group",)),
    )
    rows = measure(*tables, dataset="simulated", settings=settings).to_pylist()
    found = []
    for metric in study.metrics:
        chosen = [
            row
            for row in rows
            if (row["metric"], row["statistic"], row["axis"]) == (metric, "difference", "group")
            and row["versus"] != "rest"
        ]
        for name, kind in (("raw", "metric"), ("same", study.kind)):
            known = [row for row in chosen if row["kind"] == kind and row["lo"] is not None]
            if any(row["lo"] > 0 or row["hi"] < 0 for row in known):
                found.append((metric, name))
            if name == "same" and not known:
                found.append((metric, "none"))
    return found


def sentences(rng: np.random.Generator, sizes: Sequence[int], difference: float) -> tuple[pa.Table, pa.Table]:
    rows = []
    for group, num in enumerate(sizes):
        for person in range(num):
            shift, read = rng.normal(0, ICC_SHIFT), READ[group % len(READ)]
            for clip in range(CLIPS):
                sentence = read[clip % len(read)]
                rate = shifted(SENTENCES[sentence] + difference * (group == 0), shift)
                answer = "anger" if rng.random() < rate else "neutral"
                rows.append((group, person, "neutral", answer, {"ctx.sentence": sentence}))
    return tables(rows, ("anger", "neutral"))


def classes(rng: np.random.Generator, sizes: Sequence[int], difference: float) -> tuple[pa.Table, pa.Table]:
    rows, names = [], tuple(RECALLS)
    for group, num in enumerate(sizes):
        for person in range(num):
            shift = rng.normal(0, ICC_SHIFT)
            for truth in rng.choice(3, CLIPS, p=MIXES[group % len(MIXES)]):
                rate = shifted(RECALLS[names[truth]] - difference * (group == 0), shift)
                answer = truth if rng.random() < rate else (truth + 1 + rng.integers(2)) % 3
                rows.append((group, person, names[truth], names[answer], {}))
    return tables(rows, names)


def axes(rng: np.random.Generator, sizes: Sequence[int], difference: float) -> tuple[pa.Table, pa.Table]:
    rows = []
    for group, num in enumerate(sizes):
        old = (0.8, 0.25, 0.5)[group % 3]
        for person in range(num):
            years, shift = ("young", "old")[int(rng.random() < old)], rng.normal(0, ICC_SHIFT)
            for clip in range(CLIPS):
                right = rng.random() < shifted(BY_AGE[years] - difference * (group == 0), shift)
                names = ("anger", "happiness")
                label = names[clip % 2]
                rows.append((group, person, label, names[clip % 2 ^ (not right)], {"attr.years": years}))
    return tables(rows, ("anger", "happiness"))


def shifted(rate: float, shift: float) -> float:
    """A rate of one person, shifted on the logit scale."""
    odds = rate / (1 - rate) * np.exp(shift)
    return float(odds / (1 + odds))


def tables(
    rows: Sequence[tuple[int, int, str, str, dict[str, Any]]], labels: Sequence[str]
) -> tuple[pa.Table, pa.Table]:
    samples = samples_table(
        [
            {
                "sample_id": str(index),
                "subject_id": f"{group}-{person}",
                "attr.group": f"g{group}",
                "label": label,
                "modality": "voice",
                "label_source": "acted",
                **more,
            }
            for index, (group, person, label, _, more) in enumerate(rows)
        ]
    )
    return samples, predictions_table(
        model="system",
        labels=labels,
        sample_id=samples["sample_id"].to_pylist(),
        label=[answer for *_, answer, _ in rows],
        outcome=["scored"] * len(rows),
        reason=[None] * len(rows),
    )


if __name__ == "__main__":
    main()
