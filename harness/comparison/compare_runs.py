"""Compares finished runs: reads them, selects the shared samples, compares the models, writes the results.

A comparison is a measurement, not a check: it succeeds whatever it finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness import __version__
from harness.attributes.groups import axes_of
from harness.cards.stated_facts import stated_title
from harness.comparison.answer_pairs import answer_pairs
from harness.comparison.count_runs import count_runs
from harness.comparison.differing_files import OtherFiles, other_files, other_predictions
from harness.comparison.finished_runs import FinishedRun, names_of, read_finished_run
from harness.comparison.other_classes import other_classes
from harness.comparison.shared_samples import shared_samples
from harness.errors import HarnessError
from harness.evidence.own_folder import taken
from harness.evidence.pseudonyms import matched_on_groups
from harness.files import canonical_hash, own_sources_sha256, write_bytes, write_json
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.models.comparison_rows import comparison_results
from harness.measurement.models.conclusions import conclusions
from harness.measurement.models.equivalence import Equivalence, equivalence, in_words
from harness.measurement.models.model_comparison import ModelComparison, compare_models
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.shares import BOUNDS, COUNTED, SAMPLES_PER_PERSON, parts_of_rows
from harness.progress import UNSEEN, Share
from harness.report.comparison_page import render_comparison
from harness.tables.parquet_files import write_csv
from harness.tables.versions import KEY, schema_version, write_table

WRITTEN = ("compare.json", "compare.parquet", "compare.csv", "comparison.html")
MAX_RUNS = 20

READ = 0.22
"""The part of a comparison in which runs are read."""
FOUND = 0.2
"""What finding a million shared samples costs in comparison with counting them."""
COMPARED = 0.1
"""Comparing the models, and every part of testing them for equivalence, in comparison with their levels."""


@dataclass(frozen=True)
class RunComparison:
    """A finished comparison.

    Attributes:
        folder: where it was written.
        names: of the runs, in the order in which they were given.
        num_shared: samples that all runs have.
        num_left_out: per run the number of its samples that not all others have.
        num_subjects: of the shared samples.
        comparison: the differences between the models.
        conclusions: in plain words, the most serious first.
        settings: the settings of the comparison.
        notes: what a reader must know about the runs.
        other_files: pairs of runs that read different contents under the same file names.
        equivalence: the tests of equivalence; None if they were not asked for.
    """

    folder: Path
    names: Sequence[str]
    num_shared: int
    num_left_out: Sequence[int]
    num_subjects: int
    comparison: ModelComparison
    conclusions: Sequence[str]
    settings: MeasureSettings
    notes: Sequence[str]
    other_files: Sequence[OtherFiles] = ()
    equivalence: Equivalence | None = None


def compare_runs(
    paths: Sequence[Path],
    *,
    into: Path | None = None,
    on: str = "sample_id",
    tolerance: float | None = None,
    seed: int | None = None,
    margin: float | None = None,
    against_first: bool = False,
    progress: Share = UNSEEN,
) -> RunComparison:
    """Compare finished runs, and write tables and the HTML page.

    The metrics, groups, level and number of permutations are those of the first run's plan.

    Args:
        paths: their folders, at least two.
        into: where to write; by default a folder in ``outputs`` that is named after a hash of what is compared.
        on: the column by which samples are matched, or ``name``; see `shared_samples`.
        tolerance: the largest difference that is accepted, for all metrics, instead of the plan's tolerances.
        seed: instead of the plans' seeds, which must be equal otherwise.
        margin: also test whether the runs are equivalent within ± this on every metric; None: do not.
        against_first: compare the first run with each of the others, instead of every pair.
        progress: told of what is read, counted and compared.

    Raises:
        HarnessError: a folder is not a finished run; the runs cannot be compared; ``into`` contains something
            else.
    """
    if not 2 <= len(paths) <= MAX_RUNS:
        raise HarnessError(f"compare: {len(paths)} folders. Give 2 to {MAX_RUNS} folders of finished runs.")
    if into is not None:
        _require_own(into)
    reading, comparing = progress.split(READ, 1.0 - READ)
    shares = reading.split(*[1] * len(paths))
    finished = [read_finished_run(path, share) for path, share in zip(paths, shares, strict=True)]
    return compare_finished(
        finished,
        names_of(finished),
        into=into,
        on=on,
        tolerance=tolerance,
        seed=seed,
        margin=margin,
        against_first=against_first,
        progress=comparing,
    )


def compare_finished(
    finished: Sequence[FinishedRun],
    names: Sequence[str],
    *,
    into: Path | None = None,
    on: str = "sample_id",
    tolerance: float | None = None,
    seed: int | None = None,
    margin: float | None = None,
    against_first: bool = False,
    progress: Share = UNSEEN,
) -> RunComparison:
    """Compare runs that were read, under names of their own; see `compare_runs`."""
    settings = _settings(finished, tolerance, seed)
    sharing, counting, measuring = progress.split(*_costs(finished, settings))
    shared = shared_samples(finished, on, sharing)
    counted = count_runs(finished, shared, settings, counting)
    models = [ComparedModel(name, of_run) for name, of_run in zip(names, counted.counts, strict=True)]
    others = 0.0 if margin is None else COMPARED
    comparing, pairing, testing, rating = measuring.split(COMPARED, others, others, 1.0)
    comparison = compare_models(models, counted.axes, settings, against_first=against_first, progress=comparing)
    num_subjects = models[0].counts.cells.num_subjects
    tested = None
    if margin is not None:
        answers = answer_pairs(
            finished, names, shared, num_subjects, against_first=against_first, progress=pairing
        )
        tested = equivalence(
            models,
            counted.axes,
            settings,
            margin=margin,
            answers=answers,
            against_first=against_first,
            progress=testing,
        )
    dataset = " + ".join(dict.fromkeys(run.dataset for run in finished))
    differing = list(other_files(finished, names))
    document = _document(finished, names, shared.num, on, settings)
    document["settings"] |= {"margin": margin, "against_first": against_first}
    folder = into or Path("outputs") / f"compare-{canonical_hash(document)[:8]}"
    _require_own(folder)
    results = comparison_results(
        comparison,
        models,
        counted.axes,
        dataset=dataset,
        settings=settings,
        equivalence=tested,
        progress=rating,
    )
    compared = RunComparison(
        folder=folder,
        names=names,
        num_shared=shared.num,
        num_left_out=[run.answers.num_rows - shared.num for run in finished],
        num_subjects=num_subjects,
        comparison=comparison,
        conclusions=conclusions(comparison.differences, settings.level),
        settings=settings,
        notes=[
            *other_classes(finished, names),
            *(found.note for found in differing),
            *other_predictions(finished, names),
            *_notes(finished, names),
            *counted.left_out,
        ],
        other_files=differing,
        equivalence=tested,
    )
    title = " + ".join(dict.fromkeys(stated_title(run.plan["dataset"]) for run in finished))
    _write(compared, results, {**document, **_found(compared, dataset, title)})
    progress.end()
    return compared


def _costs(finished: Sequence[FinishedRun], settings: MeasureSettings) -> tuple[float, float, float]:
    """What finding the shared samples, counting and comparing cost in comparison with each other."""
    num_samples = sum(run.answers.num_rows for run in finished)
    axes, num_runs = settings.grouping.axes, len(finished)
    num_axes = len(axes_of(finished[0].answers.schema.empty_table()) if axes is None else axes)
    people = num_samples // num_runs // SAMPLES_PER_PERSON
    levels = sum(parts_of_rows(people, [1] * num_axes, compares=False))
    return FOUND * num_samples / 1e6, (BOUNDS + COUNTED) * num_samples / 1e6, (1 + COMPARED) * levels * num_runs


def _require_own(folder: Path) -> None:
    if why := taken(folder, WRITTEN, "a comparison"):
        raise HarnessError(why)


def _settings(finished: Sequence[FinishedRun], tolerance: float | None, seed: int | None) -> MeasureSettings:
    first = finished[0]
    for other in finished[1:]:
        if other.settings.level != first.settings.level:
            raise HarnessError(
                f"{first.path} was planned with intervals of level {first.settings.level:g}, {other.path} with "
                f"{other.settings.level:g} (measure.level). Run one of them again."
            )
        if seed is None and other.settings.seed != first.settings.seed:
            raise HarnessError(
                f"{first.path} has the seed {first.settings.seed}, {other.path} {other.settings.seed}. Choose the "
                "seed of the comparison with --seed."
            )
    settings = first.settings if seed is None else replace(first.settings, seed=seed)
    return settings if tolerance is None else replace(settings, tolerance=tolerance, tolerances={})


def _notes(finished: Sequence[FinishedRun], names: Sequence[str]) -> list[str]:
    """What the runs say of themselves; what several say stands once."""
    of_note: dict[str, list[str]] = {}
    for run, name in zip(finished, names, strict=True):
        simulated = ["simulated data. The figures hold for these samples, not for people."]
        protocol = run.plan.get("protocol", {}).get("notes", [])  # such as that the split leaks
        own = [*protocol, *run.plan["model"].get("notes", [])]
        matched = matched_on_groups(run.answers.schema.names, run.settings.match_on)
        if run.plan["dataset"]["simulated"]:
            own = [*simulated, *own]
        for note in dict.fromkeys([*own, *([matched] if matched else [])]):
            of_note.setdefault(note, []).append(name)
    return [
        f"{'all runs' if len(of) == len(finished) else ' and '.join(of)}: {note}" for note, of in of_note.items()
    ]


def _document(
    finished: Sequence[FinishedRun], names: Sequence[str], num_shared: int, on: str, settings: MeasureSettings
) -> dict[str, Any]:
    """Everything that determines the comparison, without the paths of files."""
    return {
        "harness": __version__,
        "code_sha256": own_sources_sha256(),
        "on": on,
        "num_shared": num_shared,
        "runs": [
            {
                "name": name,
                "dataset": run.plan["dataset"]["name"],
                "model": run.model,
                "plan_sha256": run.plan_sha256,
                "files": dict(run.files),
                "media_merkle_root": run.media_root,
                "num_left_out": run.answers.num_rows - num_shared,
            }
            for name, run in zip(names, finished, strict=True)
        ],
        "settings": {
            "metrics": list(settings.gaps),
            "level": settings.level,
            "permutations": settings.permutations,
            "resamples": settings.resamples,
            "seed": settings.seed,
            "min_subjects": settings.min_subjects,
            "tolerance": settings.tolerance,
            "tolerances": dict(settings.tolerances),
            "match_on": list(settings.match_on or ()),
            "merge": dict(settings.merge),
            "attributes": settings.grouping.plain(),
        },
    }


def _found(compared: RunComparison, dataset: str, title: str) -> dict[str, Any]:
    """The contents of the page that are not results; the page is made from both."""
    return {
        KEY: schema_version("compare"),
        "dataset": dataset,
        "title": title,
        "num_subjects": compared.num_subjects,
        "notes": list(compared.notes),
        "conclusions": list(compared.conclusions),
        "equivalence": [] if compared.equivalence is None else in_words(compared.equivalence),
    }


def _write(compared: RunComparison, results: pa.Table, document: dict[str, Any]) -> None:
    folder = compared.folder
    for partial in folder.glob(".*.part"):
        partial.unlink()
    write_table(results, "results", folder / "compare.parquet")
    write_csv(results, folder / "compare.csv")
    write_bytes(render_comparison(document, results).encode(), folder / "comparison.html")
    write_json(document, folder / "compare.json")
