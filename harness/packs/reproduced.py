"""Whether a run that was made again is the run of a pack: plan, media, samples, predictions and verdicts.

Pseudonyms differ from machine to machine, as each has its own key. The samples of a study are in a fixed order, so
rows are matched by their place, after a check that everything else in the samples is equal.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.evidence.pseudonyms import without_pseudonyms
from harness.evidence.run_folder import RunFolder
from harness.models.model import TableModel
from harness.packs.lines import Found, Line, Status, holds, left_open
from harness.packs.public_run import write_public_run
from harness.packs.registration import differences
from harness.packs.same_answers import different_answers
from harness.packs.same_samples import different_columns
from harness.progress import UNSEEN, Share
from harness.scoring.same_values import VERDICT, RowDifference, row_differences
from harness.study.assembly import kind_of
from harness.tables.predictions import model_conditions
from harness.tables.versions import read_table
from harness.wording import listed, quantity

_TOLD_ELSEWHERE = ("dataset.samples_sha256", "dataset.num_samples", "dataset.num_subjects")
_VERSION = ("harness", "code_sha256")
_WEIGHTS = re.compile(r"(?:model|baselines)\b.*sha256")
_NUMBERS = ("value", "lo", "hi")
_SHOWN = 3


def reproduction_lines(
    theirs: RunFolder, own: RunFolder, tolerance: float, progress: Share = UNSEEN
) -> Iterator[Found]:
    """Compare a run of a pack with the one that was made again.

    Args:
        theirs: the folder ``run`` of a pack that was verified.
        own: the finished run that was made with its plan.
        tolerance: the largest difference between scores or dimensions that is accepted, as other processors and
            versions of libraries make them.
        progress: told of the tables without names that are made to compare them.

    Raises:
        HarnessError: a table of the own run is missing or malformed.
    """
    record, own_record = theirs.read_run() or {}, own.read_run() or {}
    with tempfile.TemporaryDirectory(prefix="harness-reproduce-") as scratch:
        replacing, comparing = progress.split(2, 1)
        public = write_public_run(own, Path(scratch) / "run", replacing)
        for line in _plan(theirs, public, same=record["plan_sha256"] == own_record["plan_sha256"]):
            yield Found("plan", line)
        if not asks_a_system(own.read_plan().plan):
            yield Found(
                "system",
                left_open("System: it answers from tables alone, so that running the plan again asked no system"),
            )
        yield Found("media", _media(record.get("media"), own_record.get("media")))
        files = record["files"], own_record["files"]
        samples = _samples(theirs, public, same=_same("samples.parquet", *files))
        yield Found("samples", samples)
        if samples.status is Status.HOLDS:
            for line in _predictions(theirs, public, tolerance, same=_same("predictions.parquet", *files)):
                yield Found("predictions", line)
        codes = {run.read_plan().plan["code_sha256"] for run in (theirs, own)}
        yield Found("verdicts", _verdicts(theirs, own, by_other_code=len(codes) > 1))
        comparing.end()


def asks_a_system(plan: Mapping[str, Any]) -> bool:
    """Whether running a plan asks the system under test, and does not only read what it has answered before."""
    return not issubclass(kind_of(plan["model"]["card"]), TableModel)


def _same(name: str, files: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Whether a table with names, of which a pack has only the hash, is the same to the byte."""
    return files.get(name) is not None and files.get(name) == own.get(name)


def _plan(theirs: RunFolder, own: RunFolder, *, same: bool) -> Iterator[Line]:
    if same:
        yield holds("Plan: equal, with versions, cards and weights")
        return
    plans = [_without_names(_by_name(run.read_plan().plan)) for run in (theirs, own)]
    found = [one for one in differences(*plans) if one.what not in _TOLD_ELSEWHERE]
    version = [one for one in found if one.what in _VERSION]
    cards = [one.what for one in found if one.what.startswith("cards.")]
    weights = [one.what for one in found if _WEIGHTS.match(one.what)]
    rest = [one for one in found if one not in version and one.what not in (*cards, *weights)]
    if not found:
        yield holds("Plan: equal")
    if version:
        before, after = (plan["harness"] for plan in plans)
        yield left_open(f"Version: measured with harness {before}, here with {after}; their code differs")
    if cards:
        yield left_open(f"Cards: yours state something else than the pack's: {listed(cards)}")
    if weights:
        yield Line(Status.BROKEN, f"System: not made of the same files: {listed(weights)}")
    for one in rest:
        yield left_open(f"Plan: {one.what} was {one.before:.200}, here {one.after:.200}")


def _by_name(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan whose lists of models are by their name, so that what differs is told by its key."""
    cards = {**plan["cards"], "models": {card["name"]: card for card in plan["cards"]["models"]}}
    return {**plan, "cards": cards, "baselines": {model["name"]: model for model in plan["baselines"]}}


def _without_names(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_without_names(key): _without_names(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_names(inner) for inner in value]
    return without_pseudonyms(value, "(a name)") if isinstance(value, str) else value


def _media(theirs: Mapping[str, Any] | None, own: Mapping[str, Any] | None) -> Line:
    if not theirs or not own:
        return left_open("Media: the run does not list the files that it read")
    if theirs == own:
        if not own["files"] and not own.get("unread"):
            return holds(f"Media: {own.get('note') or 'no file was read'}, there and here")
        size = f"{quantity(own['files'], 'file')}, {own['bytes']:,} bytes"
        return holds(f"Media: {size}, Merkle root {own['merkle_root']}: the same")
    sizes = [f"{_count(media, 'files')} of {_count(media, 'bytes')} bytes" for media in (theirs, own)]
    return Line(Status.BROKEN, f"Media: not the same files: {sizes[0]} there, {sizes[1]} here")


def _count(media: Mapping[str, Any], name: str) -> str:
    num = media.get(name)
    return f"{num:,}" if isinstance(num, int) else "an unknown number"


def _samples(theirs: RunFolder, own: RunFolder, *, same: bool) -> Line:
    tables = [read_table(run / "samples.parquet", "samples").table for run in (theirs, own)]
    num = quantity(tables[1].num_rows, "sample")
    if same:
        return holds(f"Samples: {num}, equal to the byte")
    if tables[0].num_rows != tables[1].num_rows:
        gone = theirs.read_plan().plan["dataset"].get("withdrawn")
        why = "; people have withdrawn from the run of the pack: leave them out of the dataset" if gone else ""
        return Line(Status.BROKEN, f"Samples: {tables[0].num_rows:,} there, {tables[1].num_rows:,} here{why}")
    if found := different_columns(*tables):
        texts = [f"{name} ({quantity(rows, 'row')})" for name, rows in found.items()]
        return Line(Status.BROKEN, f"Samples: {num} on both sides, but these differ: {listed(texts)}")
    return holds(f"Samples: {num}, equal but for names")


def _predictions(theirs: RunFolder, own: RunFolder, tolerance: float, *, same: bool) -> Iterator[Line]:
    samples = [read_table(run / "samples.parquet", "samples").table["sample_id"] for run in (theirs, own)]
    answers = [read_table(run / "predictions.parquet", "predictions").table for run in (theirs, own)]
    if same:
        yield holds(f"Predictions: {answers[1].num_rows:,}, equal to the byte")
        return
    pairs, own_pairs = (model_conditions(table) for table in answers)
    if sorted(pairs) != sorted(own_pairs):
        missing = sorted({f"{model} ({condition})" for model, condition in {*pairs} ^ {*own_pairs}})
        yield Line(Status.BROKEN, f"Predictions: only on one side: {listed(missing)}")
    for pair in pairs:
        if pair in own_pairs:
            yield _of_model(answers, samples, pair, tolerance)


def _of_model(
    answers: list[pa.Table], samples: list[pa.ChunkedArray], pair: tuple[str, str], tolerance: float
) -> Line:
    model, condition = pair
    found = different_answers(*answers, *samples, model=model, condition=condition, tolerance=tolerance)
    what = f"Predictions of {model} ({condition}): {found.num:,}"
    if found.num_different:
        kinds = listed([quantity(num, kind) for kind, num in found.different.items() if num])
        differ = f"{found.num_different:,} differ by more than {tolerance:g} ({kinds})"
        return Line(Status.BROKEN, f"{what}, of which {differ}")
    if found.largest == 0:
        return holds(f"{what}, equal")
    ties = f"; {quantity(found.num_ties, 'label')} at a tie" if found.num_ties else ""
    return holds(f"{what}, equal within {tolerance:g} (largest difference {found.largest:.2g}){ties}")


def _verdicts(theirs: RunFolder, own: RunFolder, *, by_other_code: bool) -> Line:
    stored, here = (read_table(run / "results.parquet", "results").table for run in (theirs, own))
    num = stored.num_rows - stored[VERDICT].null_count
    found = row_differences(stored, here)
    if by_other_code:
        found = [one for one in found if one.column is not None or one.stored]  # this version may compute more
    changed = [one for one in found if one.column in (VERDICT, None)]
    if changed:
        more = f"; and {len(changed) - _SHOWN:,} more" if len(changed) > _SHOWN else ""
        shown = "; ".join(_in_words(one) for one in changed[:_SHOWN]) + more
        rows = quantity(len(changed), "row")
        return Line(Status.BROKEN, f"Verdicts: {rows} of {stored.num_rows:,} not the same: {shown}")
    if not found:
        return holds(f"Verdicts: all {num:,} the same, and all {stored.num_rows:,} rows of the results equal")
    largest = max((_distance(one) for one in found if one.column in _NUMBERS), default=0.0)
    num_rows = len({one.row for one in found})
    return holds(
        f"Verdicts: all {num:,} the same; {num_rows:,} rows of the results differ, by {largest:.2g} at most"
    )


def _in_words(one: RowDifference) -> str:
    if one.column is None:
        return f"{one.row} (only {'there' if one.stored else 'here'})"
    return f"{one.row} ({one.stored} there, {one.found} here)"


def _distance(one: RowDifference) -> float:
    both = one.stored, one.found
    return abs(both[0] - both[1]) if all(isinstance(number, float) for number in both) else 0.0  # type: ignore[operator]
