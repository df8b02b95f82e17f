"""Pages of rows, and what there is to choose from, as JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from harness.arrays import Floats, Ints
from harness.report.group_names import axis_name
from harness.tables.schemas import DIMENSIONS
from harness.viewer.answer_columns import STATUSES, AnswerColumns
from harness.viewer.chosen_rows import Chooser
from harness.viewer.listing import PAIRS, Listing
from harness.viewer.query import Query
from harness.viewer.viewed_run import ViewedRun
from harness.wording import printable

MAX_TEXT = 300
"""Of a cell, in characters; a sample by itself shows all."""


def described(listing: Listing, media: Mapping[str, Any]) -> dict[str, Any]:
    """What is listed, and what can be chosen.

    Args:
        listing: of one run or two.
        media: whether the media can be shown, and why not.
    """
    first = listing.runs[0]
    modalities = first.samples["modality"].unique().to_pylist()
    return {
        "runs": [_of_run(run) for run in listing.runs],
        "sides": [
            {"run": number, "model": of.model, "condition": of.condition, "is_system": _is_system(listing, side)}
            for side, (number, of) in enumerate(listing.sides)
        ],
        "versus": listing.versus,
        "num_samples": first.samples.num_rows,
        "num_shared": listing.num_shared,
        "axes": [
            {"axis": axis, "title": shown(axis_name(groups.attributes)), "groups": choices(groups.names)}
            for axis, groups in first.groups.items()
        ],
        "classes": choices(listing.columns(0).names),
        "modalities": modalities,
        "statuses": list(STATUSES),
        "pairs": list(PAIRS),
        "media": dict(media),
    }


def row_page(chooser: Chooser, query: Query, offset: int, limit: int, find: int | None = None) -> dict[str, Any]:
    """A page of the rows of a query.

    Args:
        chooser: of the listing.
        query: what is asked for.
        offset: the first row of the page.
        limit: how many at most.
        find: a row of ``samples.parquet`` whose position among the rows is wanted.

    Raises:
        BadQuery: see `Chooser.choose`.
    """
    listing, chosen = chooser.listing, chooser.choose(query)
    columns = listing.columns(query.answers)
    order = chosen.order[offset : offset + limit]
    samples = listing.samples.select(["sample_id", "subject_id", *DIMENSIONS]).take(pa.array(order)).to_pylist()
    rows = [
        {
            "row": row,
            "sample": shown(sample["sample_id"]),
            "subject": shown(sample["subject_id"]),
            "truth": _class(columns, columns.truth[row]) or _point(sample),
            "groups": [shown(groups.names[groups.index[row]]) for groups in listing.runs[0].groups.values()],
            **_answer(columns, row),
        }
        for row, sample in zip(order.tolist(), samples, strict=True)
    ]
    if query.against is not None:
        others = listing.columns(query.against)
        pair_N = listing.pairs(query.answers, query.against)
        for one in rows:
            one["other"] = _answer(others, one["row"])
            one["pair"] = PAIRS[pair_N[one["row"]]]
    return {
        "total": len(chosen.order),
        "subjects": chosen.num_subjects,
        "counts": chosen.counts,
        "by_group": chosen.by_group,
        "names": choices(columns.names),
        "offset": offset,
        "position": None if find is None else _position(chosen.order, find),
        "rows": rows,
    }


def choices(names: Sequence[str]) -> list[list[str | None]]:
    """Names to choose from: as they are asked for, and as they are shown."""
    return [[name, shown(name)] for name in names]


def shown(text: str | None, most: int = MAX_TEXT) -> str | None:
    """Text as a page shows it: without control characters, and no longer than is read."""
    if text is None:
        return None
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return printable(cut)


def finite(value: float | None, digits: int = 4) -> float | None:
    """A number that JSON can hold."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def _position(order: Ints, row: int) -> int | None:
    found = np.flatnonzero(order == row)
    return int(found[0]) if len(found) else None


def _of_run(run: ViewedRun) -> dict[str, Any]:
    return {
        "name": shown(run.folder.path.resolve().name),
        "dataset": shown(run.dataset),
        "system": shown(run.system),
        "num_samples": run.samples.num_rows,
        "notes": [shown(note, 1000) for note in run.notes],
    }


def _is_system(listing: Listing, side: int) -> bool:
    number, of = listing.sides[side]
    return of.model == listing.runs[number].system


def _answer(columns: AnswerColumns, row: int) -> dict[str, Any]:
    return {
        "answer": _class(columns, columns.answer[row]),
        "status": STATUSES[columns.status[row]],
        "confidence": _at(columns.confidence, row),
        "distance": _at(columns.distance, row),
        "seconds": _at(columns.seconds, row),
    }


def _at(values_N: Floats, row: int) -> float | None:
    return finite(float(values_N[row]))


def _class(columns: AnswerColumns, code: int) -> str | None:
    return shown(columns.names[code]) if code >= 0 else None


def _point(sample: Mapping[str, Any]) -> str | None:
    """Valence, arousal and dominance in a cell."""
    return numbers_in_words({name: sample[name] for name in DIMENSIONS})


def numbers_in_words(values: Mapping[str, float | None], names: Sequence[str] = DIMENSIONS) -> str | None:
    """``valence 0.25, arousal -0.50``; None if there is no number."""
    known = [f"{name} {values[name]:.2f}" for name in names if values[name] is not None]
    return ", ".join(known) or None
