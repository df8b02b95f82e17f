"""A comparison in pieces gives what one of whole tables gives, to the byte."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from harness.attributes.grouping import Grouping
from harness.attributes.groups import group_samples
from harness.comparison.compare_runs import RunComparison, compare_runs
from harness.comparison.finished_runs import read_finished_run
from harness.errors import HarnessError
from harness.evidence.pseudonyms import pseudonymise
from harness.evidence.run_folder import RunFolder
from harness.measurement.choices import MeasureChoices
from harness.measurement.model_counts import count_model
from harness.measurement.models.comparison_rows import comparison_results
from harness.measurement.models.conclusions import conclusions
from harness.measurement.models.model_comparison import compare_models
from harness.measurement.models.shared_metrics import ComparedModel
from harness.tables import pieces
from harness.tables.alignment import align
from harness.tables.parquet_files import read_parquet, write_parquet
from harness.tables.predictions import concat_predictions, predictions_table
from harness.tables.samples import samples_table
from harness.tables.versions import table_bytes

LABELS = ("anger", "happiness", "neutral", "surprise")
AXES = ("sex", "light", "sex*light")
NUM_ROWS, NUM_SUBJECTS = 240, 12
ALL = tuple(range(NUM_ROWS))
SHUFFLED = tuple(np.random.default_rng(5).permutation(NUM_ROWS).tolist())
OUTPUTS = ("compare.parquet", "compare.csv", "comparison.html")
GAPS = ["accuracy", "uar", "coverage", "failed", "ece", "log_loss", "ccc", "conformal_coverage", "aurc"]
GAPS += ["plurality_accuracy", "cross_entropy"]

WriteRun = Callable[..., Path]


@pytest.fixture
def write_run(tmp_path: Path) -> WriteRun:
    return lambda model, **choices: _write_run(tmp_path / model, model, **choices)


def _write_run(
    out: Path,
    model: str,
    *,
    kept: Sequence[int] = ALL,
    answered: Sequence[int] | None = None,
    in_turns: bool = False,
    ids: str = "clip{:04}",
    labels: Sequence[str] = LABELS,
    changed: dict[int, dict[str, Any]] | None = None,
) -> Path:
    """A run over some of the same clips.

    Args:
        out: its folder.
        model: the system under test.
        kept: which clips, in this order.
        answered: which of them have an answer, in this order; by default all as they stand.
        in_turns: the rows of its models alternate.
        ids: of the samples.
        labels: of the system, in the order of its scores.
        changed: cells of samples, by clip.
    """
    samples = samples_table([{**_sample(clip, ids), **(changed or {}).get(clip, {})} for clip in kept])
    place = {clip: row for row, clip in enumerate(kept)}
    order = [place[clip] for clip in (kept if answered is None else answered)]

    def of(name: str, condition: str = "clean") -> pa.Table:
        answers = _answers(name, labels, condition)
        kept_answers = answers.take(list(kept)).set_column(0, answers.schema.field(0), samples["sample_id"])
        return kept_answers.replace_schema_metadata(answers.schema.metadata)

    system = of(model)
    predictions = concat_predictions([of("a majority"), system.take(order), of(model, "grey")])
    if in_turns:
        turns = np.arange(predictions.num_rows).reshape(3, -1).T.ravel()
        predictions = predictions.take(turns).replace_schema_metadata(predictions.schema.metadata)
    run = RunFolder(out)
    run.write_plan(_plan(model))
    write_parquet(samples, out / "samples.parquet")
    write_parquet(predictions, out / "predictions.parquet")
    run.write_run({"status": "complete"})
    return out


def _sample(clip: int, ids: str) -> dict[str, Any]:
    """Clips of one person are far apart; light varies within people; some have neither label nor sex."""
    rng = np.random.default_rng([1, clip])
    subject = int(rng.integers(0, NUM_SUBJECTS))
    return {
        "sample_id": ids.format(clip),
        "modality": "face",
        "subject_id": f"person {subject}",
        "label": None if rng.random() < 0.05 else str(rng.choice(LABELS)),
        "label_source": "acted",
        "valence": float(rng.uniform(-1, 1)) if clip > NUM_ROWS // 2 else None,
        "attr.sex": [None, "female", "male"][min(subject % 5, 2)],
        "attr.light": float(rng.integers(0, 3)),
        "ctx.intensity": int(rng.integers(1, 3)),
        "ctx.clip": f"clip {clip}",
        "votes": {"anger": int(rng.integers(0, 4)), "boredom": int(rng.integers(0, 3))} if clip % 7 else None,
    }


def _answers(model: str, labels: Sequence[str], condition: str) -> pa.Table:
    """To all clips; one in ten has none, for one of many reasons."""
    rng = np.random.default_rng([2, len(model), len(condition)])
    scores = rng.dirichlet(np.full(len(labels), 0.5), NUM_ROWS)
    outcome = rng.choice(["scored", "abstained", "failed"], NUM_ROWS, p=[0.9, 0.05, 0.05]).tolist()
    scored = [each == "scored" for each in outcome]
    return predictions_table(
        model=model,
        condition=condition,
        labels=list(labels),
        sample_id=[str(clip) for clip in ALL],
        outcome=outcome,
        reason=[None if ok else f"cause {rng.integers(14)}" for ok in scored],
        label=[labels[int(row.argmax())] if ok else None for row, ok in zip(scores, scored, strict=True)],
        scores=[row.tolist() if ok else None for row, ok in zip(scores, scored, strict=True)],
        dimensions={"valence": [float(v) if v < 0.8 else None for v in rng.uniform(-1, 1, NUM_ROWS)]},
    )


def _plan(model: str) -> dict[str, Any]:
    choices = MeasureChoices(resamples=100, permutations=100, gaps=GAPS, match_on=["label", "ctx.intensity"])
    return {
        "dataset": {"name": "clips", "options": {}, "simulated": False},
        "model": {"name": model, "options": {}, "notes": []},
        "baselines": [],
        "face": None,
        "seed": 0,
        "labels": {"merge": {"surprise": "happiness"}, "only": None},
        "attributes": Grouping(axes=AXES).plain(),
        "measure": choices.model_dump(mode="json"),
    }


def whole_tables(runs: Sequence[Path], on: str = "sample_id") -> tuple[bytes, list[str]]:
    """The file of results and the conclusions from tables in memory, joined by a dictionary."""
    finished = [read_finished_run(run) for run in runs]
    samples = [read_parquet(run / "samples.parquet") for run in runs]
    rows = [{key: row for row, key in enumerate(table[on].to_pylist())} for table in samples]
    shared = [key for key in rows[0] if all(key in of_run for of_run in rows)]
    samples = [t.take([of[key] for key in shared]) for t, of in zip(samples, rows, strict=True)]
    settings = finished[0].settings
    axes = [group_samples(samples[0], axis, settings.grouping) for axis in AXES]
    models = []
    for run, table in zip(finished, samples, strict=True):
        predictions = read_parquet(run.path / "predictions.parquet")
        aligned = align(
            table,
            predictions.filter(pc.is_in(predictions["sample_id"], value_set=table["sample_id"].combine_chunks())),
            model=run.model,
            condition="clean",
            merge=settings.merge,
            match_on=settings.match_on or (),
            votes="votes",
        )
        models.append(ComparedModel(run.model, count_model(aligned, axes, outside=settings.outside)))
    comparison = compare_models(models, axes, settings)
    table = comparison_results(comparison, models, axes, dataset="clips", settings=settings)
    return table_bytes(table, "results"), conclusions(comparison.differences, settings.level)


def in_pieces(runs: Sequence[Path], out: Path, num_rows: int, **choices: Any) -> RunComparison:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(pieces, "CHUNK_ROWS", num_rows)
        return compare_runs(runs, into=out, **choices)


SECOND = {
    "the same samples in one order": {},
    "in another order": {"kept": SHUFFLED},
    "with samples that the other lacks": {"kept": (*SHUFFLED[:150], *SHUFFLED[170:])},
    "answers in another order": {"answered": SHUFFLED},
    "answers of its models in turns": {"in_turns": True},
    "other labels in another order": {"labels": ("neutral", "happiness", "anger")},
}


@pytest.mark.parametrize("second", SECOND.values(), ids=SECOND)
def test_equal_to_the_byte_whatever_the_pieces(
    write_run: WriteRun, tmp_path: Path, second: dict[str, Any]
) -> None:
    runs = [write_run("one"), write_run("other one", **second)]
    require_equal(runs, tmp_path, 7)
    found = read_parquet(tmp_path / "pieces" / "compare.parquet")
    metrics = set(found["metric"].to_pylist())
    assert {"accuracy", "ece", "failed", "ccc:valence"} <= metrics
    assert any(name.startswith("failed:cause") for name in metrics)
    assert {"unknown", "0", "female*1"} <= set(found["group"].to_pylist())


@pytest.mark.parametrize("second", [SHUFFLED, tuple(reversed(ALL))], ids=["shuffled", "reversed"])
def test_another_order_of_both_runs_and_pseudonyms_change_nothing(tmp_path: Path, second: Sequence[int]) -> None:
    found = []
    for name, kept in (("sorted", (ALL, ALL)), ("otherwise", (SHUFFLED, second))):
        runs = [
            _write_run(tmp_path / name / model, model, kept=of_run)
            for model, of_run in zip(("one", "other one"), kept, strict=True)
        ]
        for public in (False, True):
            for run in runs if public else ():
                tables = [read_parquet(run / f"{table}.parquet") for table in ("samples", "predictions")]
                for table, into in zip(pseudonymise(*tables), ("samples", "predictions"), strict=True):
                    write_parquet(table, run / f"{into}.parquet")
                RunFolder(run).write_run({"status": "complete"})
            in_pieces(runs, tmp_path / f"{name} {public}", 37)
            found.append((tmp_path / f"{name} {public}" / "compare.parquet").read_bytes())
    assert found == found[:1] * 4


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Whole]:
    """Runs over some of the same clips in different orders, and what whole tables say of them."""
    place = tmp_path_factory.mktemp("three runs")
    second, third = SECOND["in another order"], SECOND["with samples that the other lacks"]
    choices: dict[str, dict[str, Any]] = {"one": {}, "other one": second, "a third": third}
    runs = [_write_run(place / model, model, **chosen) for model, chosen in choices.items()]
    return runs, compared_whole(runs, place / "whole")


@pytest.mark.parametrize("num_rows", [pytest.param(1, marks=pytest.mark.slow), 100, NUM_ROWS - 1])
def test_three_runs_and_pieces_of_any_size(
    three_runs: tuple[list[Path], Whole], tmp_path: Path, num_rows: int
) -> None:
    runs, whole = three_runs
    require_same(whole, in_pieces(runs, tmp_path / "pieces", num_rows))


@dataclass(frozen=True)
class Whole:
    """What tables in memory say of runs: the file of results and the conclusions, and runs read in one piece."""

    table: bytes
    sentences: list[str]
    in_one: RunComparison


def compared_whole(runs: Sequence[Path], out: Path) -> Whole:
    return Whole(*whole_tables(runs), in_pieces(runs, out, NUM_ROWS))


def require_equal(runs: Sequence[Path], tmp_path: Path, num_rows: int) -> None:
    require_same(compared_whole(runs, tmp_path / "whole"), in_pieces(runs, tmp_path / "pieces", num_rows))


def require_same(whole: Whole, cut: RunComparison) -> None:
    """Whole tables, runs in one piece, and runs in many pieces give the same files and sentences."""
    assert (cut.folder / "compare.parquet").read_bytes() == whole.table
    assert list(cut.conclusions) == whole.sentences
    assert cut.num_shared == whole.in_one.num_shared
    assert (cut.num_subjects, cut.num_left_out) == (NUM_SUBJECTS, whole.in_one.num_left_out)
    for output in OUTPUTS:
        assert (cut.folder / output).read_bytes() == (whole.in_one.folder / output).read_bytes(), output


def test_runs_are_joined_by_another_column_in_pieces(write_run: WriteRun, tmp_path: Path) -> None:
    runs = [write_run("one"), write_run("other one", kept=SHUFFLED[:200], ids="film/{}")]
    table, _ = whole_tables(runs, on="ctx.clip")
    in_pieces(runs, tmp_path / "pieces", 7, on="ctx.clip")
    assert (tmp_path / "pieces" / "compare.parquet").read_bytes() == table


def test_both_runs_in_an_order_that_is_not_that_of_ids(write_run: WriteRun, tmp_path: Path) -> None:
    runs = [write_run(model, kept=SHUFFLED) for model in ("one", "other one")]
    require_equal(runs, tmp_path, 7)


def test_a_single_sample(write_run: WriteRun, tmp_path: Path) -> None:
    compared = in_pieces([write_run(model, kept=[4]) for model in ("one", "other one")], tmp_path / "out", 7)
    assert (compared.num_shared, compared.num_subjects) == (1, 1)
    assert {d.judgement.reason for d in compared.comparison.differences} <= {
        "1 subject; at least 5 are needed",
        "0 subjects; at least 5 are needed",
    }


@pytest.mark.parametrize("num_rows", [7, NUM_ROWS])
def test_a_sample_must_mean_the_same_in_every_piece(write_run: WriteRun, tmp_path: Path, num_rows: int) -> None:
    """The message is that of whole tables: how many differ, and the first in the order of the first run."""
    changed = {clip: {"attr.sex": "other", "valence": 0.5} for clip in range(30, 130)}
    first = write_run("one", changed={clip: {"valence": 0.25} for clip in range(30, 130)})
    message = "disagree on 100 .* The first: sample 'clip0030' has valence 0.25 in the one and 0.5 in the other"
    for name, kept in (("other one", ALL), ("a third", SHUFFLED)):
        with pytest.raises(HarnessError, match=message):
            in_pieces([first, write_run(name, kept=kept, changed=changed)], tmp_path / "out", num_rows)


@pytest.mark.parametrize("num_rows", [7, NUM_ROWS])
def test_what_does_not_fit_is_refused_in_pieces_as_in_one(
    write_run: WriteRun, tmp_path: Path, num_rows: int
) -> None:
    def refused(message: str, *runs: Path, **choices: Any) -> None:
        with pytest.raises(HarnessError, match=message):
            in_pieces(runs, tmp_path / "out", num_rows, **choices)

    one = write_run("one")
    refused("1 of [0-9]+ samples have no row, such as 'clip0239'", one, write_run("b", answered=ALL[:-1]))
    refused(
        "1 of [0-9]+ samples have no row, such as 'clip0003'", one, write_run("c", answered=(*ALL[:3], *ALL[4:]))
    )
    refused("1 sample_id values repeat, such as 'clip0003'", one, write_run("d", answered=(*ALL, 3)))
    refused(
        "--on ctx.clip: 'clip 1' occurs in 2 samples",
        one,
        write_run("e", changed={9: {"ctx.clip": "clip 1"}}),
        on="ctx.clip",
    )
    refused("--on session_id: 240 samples of .* have none", one, write_run("f"), on="session_id")
    refused("share no sample by sample_id: .* has 'clip0000', .* has 'film0'", one, write_run("g", ids="film{}"))


def rewritten(run: Path, changes: Callable[[Path], None]) -> Path:
    """The run as if it had been finished with other files."""
    changes(run)
    (run / "run.json").unlink()
    RunFolder(run).write_run({"status": "complete"})
    return run


@pytest.mark.parametrize("kept", [ALL, SHUFFLED], ids=["in order of ids", "in another"])
def test_ids_that_repeat_in_different_pieces_are_refused(
    write_run: WriteRun, tmp_path: Path, kept: Sequence[int]
) -> None:
    """Samples and answers stand in one order, so that no row shows it."""

    def repeat(run: Path) -> None:
        for name in ("samples.parquet", "predictions.parquet"):
            table = read_parquet(run / name)
            ids = ["clip0003" if each == "clip0200" else each for each in table["sample_id"].to_pylist()]
            at = table.schema.get_field_index("sample_id")
            write_parquet(table.set_column(at, table.schema.field(at), pa.array(ids)), run / name)

    run = rewritten(write_run("one", kept=kept), repeat)
    with pytest.raises(HarnessError, match="1 sample_id values repeat, such as 'clip0003'"):
        in_pieces([run, write_run("other one", kept=kept)], tmp_path / "out", 7)


def test_a_run_without_samples_is_refused(write_run: WriteRun, tmp_path: Path) -> None:
    def empty(run: Path) -> None:
        write_parquet(read_parquet(run / "samples.parquet").slice(0, 0), run / "samples.parquet")

    run = rewritten(write_run("one"), empty)
    with pytest.raises(HarnessError, match="samples: no rows"):
        compare_runs([run, write_run("other one")], into=tmp_path / "out")


@pytest.mark.parametrize("name", ["samples.parquet", "predictions.parquet"])
@pytest.mark.parametrize("part", ["whole", "data"])
def test_a_damaged_file_is_refused_by_name(write_run: WriteRun, tmp_path: Path, name: str, part: str) -> None:
    """Also where its footer is whole, and only its data pages are not."""

    def damage(run: Path) -> None:
        contents = (run / name).read_bytes()
        middle = b"?" * 400 if part == "data" else b""
        (run / name).write_bytes(contents[:4] + middle + contents[4 + len(middle) :] if middle else b"nothing")

    run = rewritten(write_run("one"), damage)
    with pytest.raises(HarnessError, match=f"{re.escape(str(run / name))}: not a readable Parquet file"):
        compare_runs([run, write_run("other one")], into=tmp_path / "out")


def test_tables_of_a_newer_version_are_refused_by_name(write_run: WriteRun, tmp_path: Path) -> None:
    def newer(run: Path) -> None:
        table = read_parquet(run / "predictions.parquet")
        metadata = {**table.schema.metadata, b"harness.schema": b"9"}
        write_parquet(table.replace_schema_metadata(metadata), run / "predictions.parquet")

    run = rewritten(write_run("one"), newer)
    with pytest.raises(HarnessError, match=r"predictions\.parquet was written by a newer harness"):
        compare_runs([run, write_run("other one")], into=tmp_path / "out")


def test_a_run_without_answers_of_its_system_is_refused(write_run: WriteRun, tmp_path: Path) -> None:
    def without(run: Path) -> None:
        table = read_parquet(run / "predictions.parquet")
        own = pc.and_(pc.equal(table["model"], "one"), pc.equal(table["condition"], "clean"))
        write_parquet(table.filter(pc.invert(own)), run / "predictions.parquet")

    run = rewritten(write_run("one"), without)
    with pytest.raises(HarnessError, match=r"predictions\.parquet has no clean predictions of one"):
        compare_runs([run, write_run("other one")], into=tmp_path / "out")


def test_an_axis_with_too_many_groups_is_left_out_and_named(write_run: WriteRun, tmp_path: Path) -> None:
    changed = {clip: {"attr.light": float(clip)} for clip in ALL}
    runs = [write_run(model, changed=changed) for model in ("one", "other one")]
    compared = in_pieces(runs, tmp_path / "out", 7)
    assert "light has 240 groups and is left out: at most 50 can be compared." in compared.notes
    assert {d.axis for d in compared.comparison.differences} == {"overall", "sex"}


@pytest.mark.parametrize("kept", [ALL, SHUFFLED], ids=["in the same order", "in another"])
def test_a_sample_without_a_subject_is_a_subject_of_its_own(
    write_run: WriteRun, tmp_path: Path, kept: Sequence[int]
) -> None:
    def unknown(run: Path) -> None:
        table = read_parquet(run / "samples.parquet")
        at = table.schema.get_field_index("subject_id")
        ids = table["sample_id"].to_pylist()
        subjects = table["subject_id"].to_pylist()
        found = [None if name < "clip0020" else person for name, person in zip(ids, subjects, strict=True)]
        write_parquet(table.set_column(at, "subject_id", pa.array(found)), run / "samples.parquet")

    runs = [rewritten(write_run("one"), unknown), rewritten(write_run("other one", kept=kept), unknown)]
    assert in_pieces(runs, tmp_path / "out", 7).num_subjects == NUM_SUBJECTS + 20
