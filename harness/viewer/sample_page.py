"""All that a run says of one sample, as JSON values: from the tables alone, without its media."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.groups import PREFIX
from harness.errors import HarnessError
from harness.tables.predictions import label_orders
from harness.tables.probe_tables import PROPERTIES
from harness.tables.quality_columns import NUM_GRADES, QUALITY
from harness.viewer.answer_columns import STATUSES
from harness.viewer.listing import Listing
from harness.viewer.row_pages import finite, numbers_in_words, shown
from harness.viewer.viewed_run import ViewedRun
from harness.wording import quantity

MAX_ANSWER = 20_000
"""Characters of a raw answer that are shown."""

CONTEXT = "ctx."


def sample_page(listing: Listing, row: int) -> dict[str, Any]:
    """What is known of a sample: who, the label and the votes, the quality, and every answer.

    Args:
        listing: of one run or two.
        row: of the first run's ``samples.parquet``.
    """
    first = listing.runs[0]
    sample = listing.samples.slice(row, 1).to_pylist()[0]
    return {
        "row": row,
        "sample": shown(sample["sample_id"], 2000),
        "uri": shown(sample["uri"], 2000),
        "part": _part(sample),
        "label": shown(sample["label"] or numbers_in_words(sample)),
        "facts": [[name, shown(value, 1000)] for name, value in _facts(first, sample, row) if value is not None],
        "votes": [[shown(name), count] for name, count in sample["votes"] or ()],
        "quality": [*_grades(sample), *_properties(first, sample["sample_id"])],
        "answers": [
            answer
            for number, run in enumerate(listing.runs)
            for answer in _answers(listing, number, run, sample["sample_id"], row)
        ],
    }


def _part(sample: Mapping[str, Any]) -> str | None:
    start_s, end_s = sample["start_s"], sample["end_s"]
    if start_s is None and end_s is None:
        return None
    return f"{start_s or 0:.3f} s to {'the end' if end_s is None else f'{end_s:.3f} s'}"


def _facts(run: ViewedRun, sample: Mapping[str, Any], row: int) -> Iterator[tuple[str, str | None]]:
    yield "label", sample["label"] or numbers_in_words(sample)
    yield "label from", sample["label_source"].replace("_", " ")
    yield "subject", sample["subject_id"]
    yield "session", sample["session_id"]
    yield "split", sample["split"]
    for name, value in sample.items():
        if value is None or name.startswith(QUALITY):
            continue
        if name.startswith(PREFIX):
            axis = name.removeprefix(PREFIX)
            groups = run.groups.get(axis)
            group = groups.names[groups.index[row]] if groups else str(value)
            text = _text(value)
            yield axis.replace("_", " "), text if text == group else f"{text} ({group})"
        elif name.startswith(CONTEXT):
            yield name.removeprefix(CONTEXT).replace("_", " "), _text(value)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _grades(sample: Mapping[str, Any]) -> Iterator[list[str | None]]:
    """Grades of quality, numbers from 1 to `NUM_GRADES`; people's own words for it are shown as they are."""
    for name, value in sample.items():
        if name.startswith(QUALITY) and value:
            is_grade = isinstance(value, int | float) and not isinstance(value, bool)
            text = f"{value:g} of {NUM_GRADES} (twentieths of the study)" if is_grade else str(value)
            yield [name.removeprefix(QUALITY).replace("_", " "), shown(text)]


def _properties(run: ViewedRun, sample_id: str) -> Iterator[list[str]]:
    """What was measured of the medium."""
    for row in _rows(run.table("media"), sample_id):
        for name in PROPERTIES:
            if row[name] is not None:
                yield [name.replace("_", " "), f"{row[name]:,.4g}"]


def _answers(listing: Listing, number: int, run: ViewedRun, sample_id: str, row: int) -> Iterator[dict[str, Any]]:
    """Every answer to the sample in a run, in the order of the listing's sides."""
    orders = label_orders(run.predictions)
    predictions = _by_side(run.predictions, sample_id)
    spent, besides = _by_side(run.table("timings"), sample_id), _by_side(run.table("answers"), sample_id)
    repeats = _rows(run.table("repeats"), sample_id)
    subject = listing.samples["subject_id"][row].as_py()
    for side, (of_run, of) in enumerate(listing.sides):
        found = predictions.get((of.model, of.condition))
        if of_run != number or found is None:
            continue
        time, more = spent.get((of.model, of.condition)), besides.get((of.model, of.condition))
        columns = listing.columns(side)
        scores = zip(orders.get(of.model, ()), found["scores"] or (), strict=False)
        yield {
            "side": side,
            "answer": shown(found["label"] or numbers_in_words(found)),
            "status": STATUSES[columns.status[row]],
            "reason": shown(found["reason"], 1000),
            "scores": [[shown(label), finite(score)] for label, score in scores],
            "distance": finite(float(columns.distance[row])),
            "prepare_s": finite(time["prepare_s"]) if time else None,
            "forward_s": finite(time["forward_s"]) if time else None,
            "training": _training(run, of.model, subject),
            **(_besides(more) if more else {}),
            "repeats": [
                shown(one["label"] or numbers_in_words(one) or one["reason"])
                for one in repeats
                if (one["model"], one["condition"]) == (of.model, of.condition)
            ],
        }


def _training(run: ViewedRun, model: str, subject: str) -> str | None:
    """On whom a system was trained that answers a subject; None of one that was not trained within the study."""
    try:
        folds = run.folds.get(model, ())
    except HarnessError:  # the page says that the file was changed
        return None
    own = next((fold for fold in folds if subject in fold.test_subjects), None)
    if own is None:
        return None
    of_whom = f"{quantity(own.num_train, 'sample')} of {quantity(len(own.train_subjects), 'subject')}"
    return shown(f"{of_whom}, {'also' if subject in own.train_subjects else 'not'} of this one ({own.name})")


def _besides(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a service said with its answer."""
    raw = answer["raw"]
    facts = {name: answer[name] for name in ("attempts", "cost", "version", "tokens_in", "tokens_out", "day")}
    return {
        "raw": None if raw is None else shown(raw[: 4 * MAX_ANSWER].decode(errors="replace"), MAX_ANSWER),
        "service": [
            [name.replace("_", " "), shown(_text(value))] for name, value in facts.items() if value is not None
        ],
    }


def _by_side(table: pa.Table | None, sample_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["model"], row["condition"]): row for row in _rows(table, sample_id)}


def _rows(table: pa.Table | None, sample_id: str) -> list[dict[str, Any]]:
    if table is None:
        return []
    found: list[dict[str, Any]] = table.filter(pc.equal(table["sample_id"], sample_id)).to_pylist()
    return found
