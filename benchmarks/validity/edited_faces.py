"""Is a system that rests on brightness, or flips with any edit of the skin, told from one that rests on its tone?

Brightness: half of the people have dark skin and are photographed darker, 20 pictures of each. Systems read fewer
pictures rightly where it is dark (brightness alone), or fewer of people with dark skin (tone alone), or neither.
Measured as a run is: the gap as it is, and at equal brightness (``equal_quality``; ``matched_quality``).

Sham edits: 6 pictures of each person under an edit of the tone and a sham edit of the same size. Answers flip
under neither, under the edit alone, or under both, more often for some people than for others (intra-class
correlation 0.3). `at the limit`: 5 % flip under the sham, all of them of one person in five.

    OMP_NUM_THREADS=1 python benchmarks/validity/edited_faces.py     (prints the tables of edited_faces.md)
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from printed_table import percent, print_head, print_row

from harness.attributes.groups import axes_of, group_samples
from harness.cards.facts import model_card
from harness.checks.checked_system import CheckedSystem
from harness.checks.sham_edit import sham_edit
from harness.measurement.measure import measure_run
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.quality.quality_rows import quality_rows
from harness.tables.alignment import align
from harness.tables.predictions import concat_predictions, predictions_table
from harness.tables.quality_columns import grades
from harness.tables.results import Result
from harness.tables.samples import samples_table

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

LABELS = ("fear", "joy")
DARKER, SPREAD, LOSS, GAP, ICC = 25.0, 25.0, 0.006, 0.15, 0.1
"""By how much dark skin is photographed darker, of 255; its spread; accuracy lost per step; by tone."""
SETTINGS = MeasureSettings(gaps=["accuracy"], system="made", permutations=200, min_subjects=5)
EDIT, SHAM = "face/skin_tone@3", "face/skin_tone_sham@3"
READS = {"reads all alike": (0.0, 0.0), "brightness alone": (LOSS, 0.0), "tone alone": (0.0, GAP)}
FLIPS: Mapping[str, tuple[float, float]] = {
    "flips under neither": (0.01, 0.01),
    "flips with the tone": (0.3, 0.01),
    "flips with the sham edit, too": (0.3, 0.3),
    "flips more with the tone": (0.5, 0.2),
}
AT_LIMIT = "at the limit"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=300)
    runs = parser.parse_args().runs
    start = time.process_time()
    columns = ["gap found", "at equal brightness", "matched", "explained by brightness"]
    print_head(["system", "people", *columns, "matched: explained"])
    for system, loss in READS.items():
        for people in (40, 80, 160):
            found = [_gaps(people, *loss, np.random.default_rng([seed, people])) for seed in range(runs)]
            print_row([system, people, *(percent(sum(column), runs) for column in zip(*found, strict=True))])
    print()
    print_head(["system", "people", "sham named", "cleared", "left open", "tone shown beyond the sham"])
    for system in (*FLIPS, AT_LIMIT):
        for people in (30, 90, 200):
            shams = [_sham(system, people, np.random.default_rng([seed, people])) for seed in range(runs)]
            verdicts = [str(one.verdict) for one in shams]
            counts = [verdicts.count(verdict) for verdict in ("not_met", "met", "inconclusive")]
            shown = sum("is due to what" in str(one.reason) or "Only the" in str(one.reason) for one in shams)
            print_row([system, people, *(percent(count, runs) for count in (*counts, shown))])
    print(f"\n{runs} studies of each, {(time.process_time() - start) / 60:.0f} minutes of one processor.")


def _gaps(people: int, loss: float, gap: float, rng: np.random.Generator) -> tuple[bool, ...]:
    """Whether intervals exclude zero: of the gap, of it at equal brightness and matched, of what these explain."""
    person_N = np.repeat(np.arange(people), 20)
    dark_N = person_N % 2 == 0
    light_N = rng.normal(128.0, SPREAD, len(person_N)) - DARKER * dark_N
    rate_N = np.clip(0.75 + loss * (light_N - 128.0 + DARKER / 2) - gap * dark_N, 0.02, 0.98)
    own_S = rng.normal(0.0, np.sqrt(ICC * 0.2), people)
    right_N = rng.random(len(person_N)) < np.clip(rate_N + own_S[person_N], 0.0, 1.0)
    grade_N = grades(light_N, better="higher")
    tone_N = ["dark" if dark else "light" for dark in dark_N]
    samples = _samples(person_N, {"attr.tone": tone_N, "ctx.quality_brightness": grade_N.tolist()})
    drawn = measure_run(samples, _predictions(samples, ~right_N, "clean"), dataset="made", settings=SETTINGS).drawn
    assert drawn is not None
    rows = list(quality_rows(drawn, dataset="made", settings=SETTINGS))
    equal, matched = (_one(rows, kind, "difference") for kind in ("equal_quality", "matched_quality"))
    changes = [_one(rows, kind, "index") for kind in ("equal_quality", "matched_quality")]
    raw = _raw_gap(samples, right_N, rng)
    return (raw, *(_excludes_zero(row) for row in (equal, matched, *changes)))


def _raw_gap(samples: pa.Table, right_N: Bools, rng: np.random.Generator) -> bool:
    """Whether the gap as it is is beyond chance: people's means, exchanged between the tones."""
    _, code_N = np.unique(samples["subject_id"].to_pylist(), return_inverse=True)
    mean_S = np.bincount(code_N, weights=right_N) / np.bincount(code_N)
    dark_S = np.bincount(code_N, weights=np.array(samples["attr.tone"].to_pylist()) == "dark") > 0
    gap = abs(mean_S[dark_S].mean() - mean_S[~dark_S].mean())
    drawn = [rng.permutation(dark_S) for _ in range(199)]
    return sum(abs(mean_S[side].mean() - mean_S[~side].mean()) >= gap for side in drawn) < 10


def _one(rows: list[Result], kind: str, statistic: str) -> Result:
    index = None if statistic == "difference" else "raw_less_equal"
    return next(row for row in rows if (row.kind, row.statistic, row.index) == (kind, statistic, index))


def _excludes_zero(row: Result) -> bool:
    return row.lo is not None and row.hi is not None and not row.lo <= 0 <= row.hi


def _sham(system: str, people: int, rng: np.random.Generator) -> Result:
    """The finding about one system."""
    person_N = np.repeat(np.arange(people), 6)
    samples = _samples(person_N, {})
    if system == AT_LIMIT:
        prone_S = np.where(rng.random(people) < 0.2, 0.25, 0.0)
        flip = {EDIT: prone_S, SHAM: prone_S}
    else:
        flip = {name: _prone(share, people, rng) for name, share in zip((EDIT, SHAM), FLIPS[system], strict=True)}
    tables = [_predictions(samples, np.zeros(len(person_N), np.bool_), "clean")]
    for name, prone_S in flip.items():
        tables.append(_predictions(samples, rng.random(len(person_N)) < prone_S[person_N], name))
    checked = CheckedSystem(
        dataset="made",
        model="made",
        condition="clean",
        card=model_card("fer_mini_xception"),
        samples=samples,
        labels=LABELS,
        aligned=align(samples, tables[0], model="made", condition="clean", merge={}),
        axes=tuple(group_samples(samples, axis) for axis in axes_of(samples)),
        seed=0,
        level=0.95,
        min_subjects=5,
    )
    (found,) = sham_edit(replace(checked, predictions=concat_predictions(tables)))
    return found


def _prone(share: float, people: int, rng: np.random.Generator) -> Floats:
    """How often the answers of each person flip."""
    spread = (1 - 0.3) / 0.3
    return rng.beta(share * spread, (1 - share) * spread, people)


def _samples(person_N: npt.NDArray[np.int64], columns: Mapping[str, list[str] | list[float]]) -> pa.Table:
    return samples_table(
        [
            {
                "sample_id": f"s{index:06d}",
                "modality": "face",
                "subject_id": f"p{person:04d}",
                "label": LABELS[index % 2],
                "label_source": "acted",
                **{name: values[index] for name, values in columns.items()},
            }
            for index, person in enumerate(person_N.tolist())
        ]
    )


def _predictions(samples: pa.Table, flipped_N: Bools, condition: str) -> pa.Table:
    label_N = samples["label"].to_pylist()
    return predictions_table(
        model="made",
        labels=LABELS,
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["scored"] * len(label_N),
        reason=[None] * len(label_N),
        label=[
            LABELS[1 - LABELS.index(label)] if flipped else label
            for label, flipped in zip(label_N, flipped_N.tolist(), strict=True)
        ],
        condition=condition,
    )


if __name__ == "__main__":
    main()
