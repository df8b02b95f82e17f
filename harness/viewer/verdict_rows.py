"""Every verdict of a run, each with the query that lists the samples it rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.group import EVERYBODY, THE_REST, Group
from harness.report.group_names import axis_name, group_name
from harness.report.metric_names import metric_name
from harness.report.numbers import interval, number, signed
from harness.verdicts.judge import VERDICTS, WORST_FIRST
from harness.viewer.answer_columns import STATUSES
from harness.viewer.listing import Listing
from harness.viewer.query import GROUP
from harness.viewer.row_pages import shown
from harness.viewer.viewed_run import AnswersOf

MAX_SHOWN = 500

_NAMED_ROWS = re.compile(r"\brows? ((?:\d+(?:, | and )?)+) of samples\.parquet")


def verdict_page(listing: Listing, wanted: Sequence[str], search: str) -> dict[str, Any]:
    """The verdicts of the first run, the worst first.

    Args:
        listing: whose first run.
        wanted: of `VERDICTS`; empty for all.
        search: text that a verdict's words contain.
    """
    results = listing.runs[0].table("results")
    if results is None:
        return {"total": 0, "counts": dict.fromkeys(VERDICTS, 0), "verdicts": []}
    rows = results.filter(pc.is_valid(results["verdict"]))
    counts = {each["values"].as_py(): each["counts"].as_py() for each in pc.value_counts(rows["verdict"])}
    if wanted:
        rows = rows.filter(pc.is_in(rows["verdict"], value_set=pa.array(wanted, pa.string())))
    system = listing.runs[0].system
    listed = [_verdict(listing, row) for row in rows.to_pylist()]
    if search.strip():
        listed = [
            one for one in listed if search.strip().casefold() in f"{one['what']} {one['reason']}".casefold()
        ]
    listed.sort(key=lambda one: (WORST_FIRST.index(one["verdict"]), one["model"] != system))  # stable
    return {
        "total": len(listed),
        "counts": {name: counts.get(name, 0) for name in VERDICTS},
        "verdicts": listed[:MAX_SHOWN],
    }


def _verdict(listing: Listing, row: Mapping[str, Any]) -> dict[str, Any]:
    in_words = signed if row["statistic"] == "difference" else number
    is_bare = row["value"] is None or row["kind"] == "check"  # the words of a check say what its number means
    return {
        "what": shown(_in_words(row)),
        "model": shown(row["model"]),
        "condition": shown(row["condition"]),
        "verdict": row["verdict"],
        "value": None if is_bare else f"{in_words(row['value'])} {interval(row['lo'], row['hi'])}",
        "reason": shown(row["reason"], 1000),
        "query": rows_behind(listing, row),
    }


def rows_behind(listing: Listing, row: Mapping[str, Any]) -> dict[str, list[str]]:
    """The parameters of the query that lists the samples a result rests on.

    Args:
        listing: whose first run has the result.
        row: of its results.
    """
    model, condition = row["model"], row["condition"]
    query = _side(listing, "answers", model, condition)
    if row["versus_model"] or row["versus_condition"]:
        query |= _side(listing, "against", row["versus_model"] or model, row["versus_condition"] or condition)
    query |= _groups(listing, row)
    base, _, detail = row["metric"].partition(":")
    if detail in listing.columns(0).names:
        if base == "recall":
            query["truth"] = [detail]
        elif base == "precision":
            query["answer"] = [detail]
    if base in STATUSES:
        query["status"] = [base]
    if found := _NAMED_ROWS.search(row["reason"] or ""):
        query["rows"] = re.findall(r"\d+", found[1])
    return query


def _side(listing: Listing, name: str, model: str, condition: str) -> dict[str, list[str]]:
    side = (0, AnswersOf(model, condition))
    return {name: [str(listing.sides.index(side))]} if side in listing.sides else {}


def _groups(listing: Listing, row: Mapping[str, Any]) -> dict[str, list[str]]:
    groups = listing.runs[0].groups.get(row["axis"])
    own, other = Group.of_row(row), Group.of_row(row, "versus")
    if groups is None or own not in groups.groups:
        return {}
    known = [group.name for group in groups.groups if not group.is_unknown]
    is_paired = row["versus_model"] or row["versus_condition"]
    if row["versus"] is None and row["statistic"] == "difference" and not is_paired:
        return {f"{GROUP}{row['axis']}": known}  # older runs do not name the other side
    if row["versus"] is None:
        return {f"{GROUP}{row['axis']}": [own.name]}
    if other == THE_REST:
        return {f"{GROUP}{row['axis']}": known}
    return {f"{GROUP}{row['axis']}": [own.name, other.name]}


def _in_words(row: Mapping[str, Any]) -> str:
    """``UAR, sex: female − male``."""
    title = metric_name(row["metric"])[0]
    own = Group.of_row(row)
    about = "" if own == EVERYBODY else group_name(own)
    if row["versus"] is not None:
        about = f"{about or 'all'} \N{MINUS SIGN} {group_name(Group.of_row(row, 'versus'))}"
    for name in ("versus_model", "versus_condition"):
        if row[name] is not None:
            about = f"{about or 'all'}, compared with {row[name]}"
    axis = axis_name(row["attributes"])
    return f"{title}{f', {axis}' if axis else ''}{f': {about}' if about else ''}"
