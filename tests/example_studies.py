"""A study in small: tables with failures, groups and baselines, and the run folder that holds them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from rows_in_short import sides

from harness.attributes.grouping import Grouping
from harness.attributes.groups import axes_of, group_samples
from harness.cards.facts import Attribute, Claim, DatasetCard, Licence, ModelCard, Weights
from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash, sha256_file
from harness.measurement.curve_rows import count_samples, model_curves, sample_curves, training_curves
from harness.measurement.measure import measure, usable
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import count_model
from harness.measurement.result_rows import RowFactory
from harness.report.run_page import Report
from harness.tables.alignment import align
from harness.tables.curves import curves_table
from harness.tables.parquet_files import write_csv, write_parquet
from harness.tables.predictions import concat_predictions, model_conditions, predictions_table
from harness.tables.samples import samples_table
from harness.tables.schemas import RESULTS

SYSTEM = "fer_mini_xception"
FOLD = {
    "name": "loso:subject_003",
    "train_subjects": ["subject_001", "subject_002"],
    "test_subjects": ["subject_003"],
    "num_train": 42,
}
EMOTIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
FAILURES = (("abstained", "no_face"), ("failed", "unreadable: the header of 17.png is cut"), ("failed", "timeout"))


@dataclass
class Study:
    """What a report and a tracked run are made from."""

    samples: pa.Table
    predictions: pa.Table
    results: pa.Table
    plan: dict[str, Any]


def build_study(
    *,
    num_subjects: int = 40,
    per_class: int = 3,
    classes: Sequence[str] = EMOTIONS,
    skill: float = 0.62,
    failed: float = 0.06,
    groups: bool = True,
    title: str = "simulated_faces",
    seed: int = 1,
) -> Study:
    """Make a study with known numbers; `skill` is the chance that an answer follows the label."""
    rng = np.random.default_rng(seed)
    rows = [_row(i, s, label, groups) for i, (s, label) in enumerate(_design(num_subjects, per_class, classes))]
    samples = samples_table(rows)
    truth = [row["label"] for row in rows]
    answers = [str(rng.choice(classes)) if rng.random() > skill else label for label in truth]
    unscored = [FAILURES[rng.integers(3)] if rng.random() < failed else None for _ in truth]
    stacks = [
        _predictions("fer_mini_xception", classes, rows, answers, unscored),
        _predictions("majority", classes, rows, [classes[0]] * len(rows), [None] * len(rows)),
        _predictions(
            "stratified_random", classes, rows, [str(rng.choice(classes)) for _ in rows], [None] * len(rows)
        ),
    ]
    predictions = concat_predictions(stacks)
    results = measure(
        samples,
        predictions,
        dataset=title,
        settings=MeasureSettings(resamples=200, permutations=200, min_subjects=4),
    )
    return Study(samples, predictions, results, _plan(title, num_subjects, len(rows), classes))


def build_dimensional_study(num_subjects: int = 12, seed: int = 2) -> Study:
    """A study whose labels and predictions are valence and arousal only."""
    rng = np.random.default_rng(seed)
    rows = [_row(i, i % num_subjects, "", True) | {"label": None} for i in range(num_subjects * 6)]
    truth = {name: rng.uniform(-1, 1, len(rows)) for name in ("valence", "arousal")}
    rows = [row | {name: float(values[i]) for name, values in truth.items()} for i, row in enumerate(rows)]
    samples = samples_table(rows)
    predictions = predictions_table(
        model="fer_mini_xception",
        labels=[],
        sample_id=[row["sample_id"] for row in rows],
        outcome=["scored"] * len(rows),
        reason=[None] * len(rows),
        label=[None] * len(rows),
        dimensions={name: (0.7 * values + 0.1).tolist() for name, values in truth.items()},
    )
    plan = _plan("simulated_faces", num_subjects, len(rows), ())
    plan["baselines"], plan["cards"]["models"] = [], plan["cards"]["models"][:1]
    results = measure(
        samples,
        predictions,
        dataset="simulated_faces",
        settings=MeasureSettings(resamples=200, permutations=200, min_subjects=4),
    )
    return Study(samples, predictions, results, plan)


HOSTILE = "<script>alert(1)</script>\"' onload=x \u202egnitset\x07"
AXES = ("sex", "age", "skin_tone", "sex*age")


def build_gap_study(*, hostile: str = "", **options: Any) -> Study:
    """A study whose results also hold gaps, indices, shrunken levels, a search, raters and findings.

    The levels are measured; what follows from them is made up in the shape that the report is promised.
    """
    study = build_study(**options)
    settings = MeasureSettings(resamples=200, min_subjects=4, gaps=(), grouping=Grouping(axes=AXES))
    measured = measure(study.samples, study.predictions, dataset="simulated_faces", settings=settings)
    levels = [row for row in measured.to_pylist() if (row["statistic"], row["kind"]) == ("level", "metric")]
    rows = [*levels, *_gap_rows(levels), *_index_rows(levels), *_shrunken_rows(levels), *_rater_rows(levels)]
    rows += [*_search_rows(hostile or "sex=female & age=65+"), *_check_rows(hostile)]
    return replace(study, results=pa.Table.from_pylist(rows, measured.schema))


def _gap_rows(levels: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every pair of tested groups of the system; intervals as if the groups were independent."""
    for (metric, axis), members in _tested(levels).items():
        for a, b in combinations(members, 2):
            half = 1.5 * float(np.hypot(a["hi"] - a["lo"], b["hi"] - b["lo"])) / 2
            yield _gap_row(a, b, metric, axis, half)
            if b is members[-1]:
                yield _gap_row(a, b, metric, axis, 0.8 * half) | {"versus": "rest", "versus_values": None}


def _gap_row(a: dict[str, Any], b: dict[str, Any], metric: str, axis: str, half: float) -> dict[str, Any]:
    value = a["value"] - b["value"]
    lo, hi = value - half, value + half
    verdict = "not_met" if lo > 0.05 or hi < -0.05 else "met" if lo > -0.05 and hi < 0.05 else "inconclusive"
    return a | {
        "statistic": "difference",
        "metric": metric,
        "axis": axis,
        "versus": b["group"],
        "versus_values": b["group_values"],
        "value": value,
        "lo": lo,
        "hi": hi,
        "null_lo": -0.8 * half,
        "null_hi": 0.8 * half,
        "threshold": 0.05,
        "n_subjects": a["n_subjects"] + b["n_subjects"],
        "verdict": verdict,
        "reason": "about 330 subjects per group would decide" if verdict == "inconclusive" else None,
    }


def _index_rows(levels: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    empty: dict[str, Any] = {
        "group": "all",
        "group_values": None,
        "lo": None,
        "hi": None,
        "level": None,
        "method": None,
        "verdict": None,
        "reason": None,
    }
    for (metric, axis), members in _tested(levels).items():
        values = [row["value"] for row in members]
        found = {"max_min_difference": max(values) - min(values), "garbe": 0.04}
        for name, value in found.items():
            row = members[0] | empty | {"statistic": "index", "metric": metric, "axis": axis}
            yield row | {"index": name, "value": value, "null_mean": 0.12, "null_lo": 0.01, "null_hi": 0.3}
        yield row | {"index": "global_test_p", "value": 0.31}
        yield row | {"index": "global_test_p_corrected", "value": 1.0}


def _shrunken_rows(levels: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in levels:
        if row["model"] == SYSTEM and row["axis"] == "sex*age" and row["metric"] in ("accuracy", "uar"):
            value = None if row["value"] is None else 0.5 * row["value"] + 0.3
            yield row | {"kind": "shrunken", "value": value, "method": "shrunken"}


def _rater_rows(levels: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the difference from human raters looks like: overall, in a group, and of a gap."""
    (overall,) = [r for r in levels if (r["model"], r["metric"], r["axis"]) == (SYSTEM, "accuracy", "overall")]
    row = overall | {"versus_model": "human_raters", "statistic": "difference", "value": -0.11}
    row |= {"lo": -0.16, "hi": -0.06, "null_lo": -0.04, "null_hi": 0.04}
    yield row
    on_sex = row | {"axis": "sex", "attributes": ["sex"]}
    yield on_sex | sides("female") | {"value": -0.15, "lo": -0.22, "hi": -0.08}
    yield on_sex | sides("female - male") | {"value": -0.07, "lo": -0.13, "hi": -0.01}
    raters = {
        "model": "human_raters",
        "versus_model": None,
        "value": 0.02,
        "lo": -0.03,
        "hi": 0.07,
    }
    yield on_sex | sides("female - male") | raters


def _search_rows(cell: str) -> Iterator[dict[str, Any]]:
    row = dict.fromkeys(RESULTS.names) | {"dataset": "simulated_faces", "model": SYSTEM, "condition": "clean"}
    row |= {"kind": "search", "metric": "accuracy", "statistic": "difference", "axis": "search"}
    row |= {"attributes": ["sex", "age"], "group": cell, "group_values": ["female", "65+"], "versus": "rest"}
    row |= {"value": -0.21, "null_lo": -0.16, "null_hi": 0.16, "n_samples": 105, "n_subjects": 5, "n_unscored": 3}
    yield row | {"reason": "of 63 cells looked at, the most different one is beyond this with p = 0.01"}
    figures = ("group_values", "versus", "null_lo", "null_hi")
    counted = {"statistic": "index", "index": "cells", "attributes": [], "group": "all", "value": 63.0}
    yield row | dict.fromkeys(figures) | counted | {"reason": "accuracy in combinations of up to 2 attributes"}


def _check_rows(hostile: str) -> Iterator[dict[str, Any]]:
    row = dict.fromkeys(RESULTS.names) | {"dataset": "simulated_faces", "model": SYSTEM, "condition": "clean"}
    row |= {"kind": "check", "statistic": "index", "axis": "overall", "attributes": [], "group": "all"}
    row |= {"n_samples": 840, "n_subjects": 40, "n_unscored": 50}
    yield row | {
        "metric": "batch_invariance",
        "verdict": "met",
        "reason": "Scores agree to 1e-6.",
        "value": 0.0,
    }
    yield row | {"metric": "near_duplicates", "verdict": "not_tested", "reason": "The media are not there."}
    yield row | {
        "metric": "label_order",
        "verdict": "not_met",
        "value": 0.54,
        "null_lo": 0.1,
        "null_hi": 0.19,
        "reason": "UAR rises from 0.46 to 0.54 when anger and disgust change places. "
        "Remedy: compare the label list of the card with that of the model's training.",
    }
    yield row | {
        "metric": "proxy_leakage",
        "verdict": "inconclusive",
        "reason": "Too few.",
        "threshold": 0.5,
    }
    if hostile:
        yield row | {"metric": f"{hostile}", "group": hostile, "verdict": "not_met", "reason": hostile}


def _tested(levels: Sequence[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The system's tested groups by compared metric and axis."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in levels:
        compared = row["axis"] != "overall" and row["metric"] in ("accuracy", "uar", "ece")
        if row["model"] == SYSTEM and compared and row["verdict"] is None and row["lo"] is not None:
            found.setdefault((row["metric"], row["axis"]), []).append(row)
    return found


def report_of(study: Study, *, folds: Mapping[str, Any] | None = None, **changes: Any) -> Report:
    """The report's input, as the study's own run would make it."""
    made = replace(study, **changes)
    return Report(
        plan=made.plan,
        plan_sha256=canonical_hash(made.plan),
        results=made.results,
        curves=_curves(made, folds or {}),
    )


def _curves(study: Study, folds: Mapping[str, Any]) -> pa.Table:
    """As `harness.measurement.measure.measure_run` makes them, without the results."""
    settings = MeasureSettings(min_subjects=4, system=study.plan["model"]["name"])
    names = [*axes_of(study.samples), *([AXES[-1]] if "attr.sex" in study.samples.column_names else [])]
    axes = [group_samples(study.samples, axis) for axis in names]
    rows = list(sample_curves("d", count_samples(study.samples)))
    for model, condition in model_conditions(study.predictions):
        aligned = align(study.samples, study.predictions, model=model, condition=condition, merge={})
        of_model = count_model(aligned, usable(axes))
        rows += model_curves(RowFactory("d", model, condition, settings), of_model, usable(axes))
    return curves_table([*rows, *training_curves("d", folds)])


@pytest.fixture(scope="session")
def study() -> Study:
    return build_study()


@pytest.fixture(scope="session")
def dimensional_study() -> Study:
    return build_dimensional_study()


@pytest.fixture(scope="session")
def gap_study() -> Study:
    return build_gap_study()


@pytest.fixture(scope="session")
def make_gap_study() -> Callable[..., Study]:
    return build_gap_study


@pytest.fixture(scope="session")
def make_study() -> Callable[..., Study]:
    return build_study


@pytest.fixture(scope="session")
def make_report() -> Callable[..., Report]:
    return report_of


@pytest.fixture
def write_run() -> Callable[[Study, Path], Path]:
    return _write_run


def _write_run(study: Study, out: Path) -> Path:
    folder = RunFolder(out)
    for name in ("samples", "predictions", "results"):
        write_parquet(getattr(study, name), out / f"{name}.parquet")
    dataset = study.plan["dataset"] | {"samples_sha256": sha256_file(out / "samples.parquet")}
    folder.write_plan(study.plan | {"dataset": dataset})
    write_csv(study.results, out / "results.csv")
    (out / "folds.json").write_text(json.dumps({SYSTEM: [FOLD]}))
    (out / "report.html").write_text("<!doctype html><title>report</title>")
    git = {"commit": "a" * 40, "dirty": False}
    folder.write_run({"plan_sha256": "b" * 64, "status": "complete", "git": git})
    return out


def _design(num_subjects: int, per_class: int, classes: Sequence[str]) -> list[tuple[int, str]]:
    return [(s, label) for s in range(num_subjects) for label in classes for _ in range(per_class)]


def _row(index: int, subject: int, label: str, groups: bool) -> dict[str, Any]:
    attributes = {
        "attr.sex": ("female", "male")[subject % 2],
        "attr.age": float(18 + (subject * 7) % 60),
        "attr.skin_tone": f"monk_{1 + subject % 10:02d}" if subject % 13 else None,
    }
    return {
        "sample_id": f"subject_{subject:03d}/{index}.png",
        "modality": "face",
        "uri": f"subject_{subject:03d}/{index}.png",
        "subject_id": f"subject_{subject:03d}",
        "label": label,
        "label_source": "acted",
        **(attributes if groups else {}),
    }


def _predictions(model: str, classes: Sequence[str], rows: Any, answers: Any, unscored: Any) -> pa.Table:
    return predictions_table(
        model=model,
        labels=list(classes),
        sample_id=[row["sample_id"] for row in rows],
        outcome=[why[0] if why else "scored" for why in unscored],
        reason=[why[1] if why else None for why in unscored],
        label=[None if why else answer for why, answer in zip(unscored, answers, strict=True)],
        scores=[None if why else _scores(classes, answer) for why, answer in zip(unscored, answers, strict=True)],
    )


def _scores(classes: Sequence[str], answer: str) -> list[float]:
    rest = 0.4 / (len(classes) - 1)
    return [0.6 if label == answer else rest for label in classes]


def _plan(dataset: str, num_subjects: int, num_samples: int, classes: Sequence[str]) -> dict[str, Any]:
    models = [_model_card(name, classes) for name in ("fer_mini_xception", "majority", "stratified_random")]
    return {
        "harness": "0.1.0",
        "dataset": {
            "name": dataset,
            "options": {"subjects": num_subjects, "seed": 0},
            "simulated": True,
            "num_samples": num_samples,
            "num_subjects": num_subjects,
            "samples_sha256": "0123456789abcdef" * 4,
            "limit": None,
        },
        "model": {
            "name": models[0].name,
            "options": {"flip": True, "crop": {"size": 64, "resize": None}},
            "facts": {"weights_sha256": "c" * 64},
            "notes": [],
        },
        "baselines": [{"name": card.name, "options": {}, "facts": {}, "notes": []} for card in models[1:]],
        "face": {"detector": "haar", "margin": 0.1},
        "seed": 0,
        "device": "cpu",
        "precision": "float32",
        "batch_size": 32,
        "labels": {"merge": {}, "only": None},
        "attributes": _attributes(),
        "measure": {
            "resamples": 200,
            "level": 0.95,
            "min_subjects": 4,
            "min_above_chance": 0.0,
            "metrics": ["uar"],
        },
        "cards": {
            "dataset": _dataset_card(dataset, classes).model_dump(mode="json"),
            "models": [card.model_dump(mode="json") for card in models],
        },
    }


def _attributes() -> dict[str, Any]:
    said = {"sex": "simulated", "age": "not_stated", "skin_tone": "estimated"}
    sources = {
        name: {"source": source, "origin": "file" if name == "skin_tone" else "dataset", "replaces_dataset": False}
        for name, source in said.items()
    }
    return {**Grouping().plain(), "sources": sources, "file_sha256": None, "groups": {}}


def _dataset_card(name: str, classes: Sequence[str]) -> DatasetCard:
    return DatasetCard(
        name=name,
        title="Simulated faces",
        reader=name,
        modalities=["face"],
        description="Schematic faces drawn from known shapes, seven expressions with intensity.",
        url="https://example.org/simulated-faces",
        licence=Licence(name="Apache-2.0", url="https://example.org/licence", commercial_use=True),
        labels=list(classes),
        label_source="acted",
        elicitation="simulated",
        attributes={"sex": Attribute(source="simulated"), "skin_tone": Attribute(source="simulated")},
        simulated=True,
        limitations=["Drawn faces are not people: a system may do better or worse on photographs."],
    )


def _model_card(name: str, classes: Sequence[str]) -> ModelCard:
    own = name == "fer_mini_xception"
    licence = Licence(name="MIT", url="https://example.org/mit", note="Terms of the training data are not stated.")
    weights = Weights(source="url", sha256="c" * 64, url="https://example.org/weights", licence=licence)
    return ModelCard(
        name=name,
        title="mini-XCEPTION, trained on FER2013" if own else name.replace("_", " ").capitalize(),
        kind="mini_xception" if own else name,
        modalities=["face"] if own else [],
        description="A small convolutional network that sorts a grey face into seven emotions.",
        licence=licence if own else Licence(name="Apache-2.0"),
        purpose="Facial expression recognition from images.",
        labels=list(classes),
        weights=weights if own else None,
        training="pretrained" if own else "none",
        training_data="FER2013" if own else None,
        baseline=not own,
        claims=[Claim(metric="accuracy", value=0.66, dataset="FER2013", source="the model's README")]
        if own
        else [],
        limitations=["It reads one still picture and no context."] if own else [],
    )
