"""Every verdict of a run, each with the query that lists the samples it rests on."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.group import EVERYBODY, THE_REST, Group
from harness.known_metrics import facts_of
from harness.measurement.changed_samples import is_of_changes
from harness.measurement.counting_options import classes_of_strata
from harness.metrics.assignment import NEGATIVE_ASSIGNMENT, VALENCE, VALENCE_ERROR
from harness.metrics.metric_facts import ClassOf
from harness.report.group_names import axis_name, group_name
from harness.report.metric_names import metric_name
from harness.report.numbers import interval, number, signed
from harness.report.row_numbers import NUMBER, numbered
from harness.tables.schemas import CLEAN
from harness.verdicts.judge import VERDICTS, WORST_FIRST
from harness.viewer.answer_columns import STATUSES
from harness.viewer.listing import Listing
from harness.viewer.query import GROUP, MAX_ROWS, BadQuery, index
from harness.viewer.row_pages import shown
from harness.viewer.verdict_samples import is_found_again
from harness.viewer.viewed_run import AnswersOf

MAX_SHOWN = 500

_SAME_ANSWERS = ("batch_invariance", "determinism")
"""Checks whose figure is the largest difference between two answers to a sample."""

_PARAMETER: Mapping[ClassOf, str] = {"label": "truth", "answer": "answer", "either": "about"}

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
    rows = numbered(results).filter(pc.is_valid(results["verdict"]))
    counts = {each["values"].as_py(): each["counts"].as_py() for each in pc.value_counts(rows["verdict"])}
    if wanted:
        rows = rows.filter(pc.is_in(rows["verdict"], value_set=pa.array(wanted, pa.string())))
    system = listing.runs[0].system
    found: list[dict[str, Any]] = rows.to_pylist()
    if sought := search.strip().casefold():
        found = [row for row in found if sought in f"{_in_words(row)} {row['reason'] or ''}".casefold()]
    found.sort(key=lambda row: (WORST_FIRST.index(row["verdict"]), row["model"] != system))  # stable
    return {
        "total": len(found),
        "counts": {name: counts.get(name, 0) for name in VERDICTS},
        "verdicts": [_verdict(listing, row) for row in found[:MAX_SHOWN]],
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
        "query": rows_behind(listing, row, row[NUMBER]),
    }


def verdict_name(listing: Listing, number: int) -> str | None:
    """What a verdict is about, in words.

    Args:
        listing: whose first run has the verdict.
        number: of its row in the results, which is there.
    """
    results = listing.runs[0].table("results")
    return None if results is None else shown(_in_words(results.slice(number, 1).to_pylist()[0]))


def query_behind(listing: Listing, text: str) -> dict[str, list[str]]:
    """The parameters of the query that lists the samples behind a row of the first run's results.

    Args:
        listing: of one run or two.
        text: the number of the row, from 0.

    Raises:
        BadQuery: there is no such row.
    """
    results = listing.runs[0].table("results")
    if results is None:
        raise BadQuery("This run has no results yet.")
    number = index(text, results.num_rows, "result")
    return rows_behind(listing, results.slice(number, 1).to_pylist()[0], number)


def rows_behind(listing: Listing, row: Mapping[str, Any], number: int) -> dict[str, list[str]]:
    """The parameters of the query that lists the samples a result rests on.

    Args:
        listing: whose first run has the result.
        row: of its results.
        number: of this row.
    """
    model, condition = row["model"], row["condition"]
    query = _side(listing, "answers", model, condition)
    if is_of_changes(row["metric"]):
        query |= _side(listing, "against", model, CLEAN)
    elif row["versus_model"] or row["versus_condition"]:
        query |= _side(listing, "against", row["versus_model"] or model, row["versus_condition"] or condition)
    query |= _groups(listing, row)
    query |= _classes(listing, row["metric"])
    if row["metric"] in STATUSES:
        query["status"] = [row["metric"]]
    elif _is_of_answers_alone(listing, row, query):
        query["status"] = ["right", "wrong"]
    elif "against" not in query and "answers" in query and listing.leaves_out(int(query["answers"][0])):
        query["status"] = [name for name in STATUSES if name not in ("left_out", "absent")]
    if is_found_again(row):
        query["behind"] = [str(number)]
    elif row["kind"] == "check" and (asked := _asked_again(listing, row)):
        query["rows"] = asked
    elif found := _NAMED_ROWS.search(row["reason"] or ""):
        query["rows"] = re.findall(r"\d+", found[1])
    return query


def _classes(listing: Listing, metric: str) -> dict[str, list[str]]:
    """The class that a metric is about; of what counts emotions of some signs, those that it counts."""
    names = listing.columns(0).names
    facts, detail = facts_of(metric), metric.partition(":")[2]
    if facts.class_of is not None and detail in names:
        return {_PARAMETER[facts.class_of]: [detail]}
    if facts is NEGATIVE_ASSIGNMENT:
        is_matched = bool(listing.runs[0].plan["measure"].get("match_on"))
        return {"truth": counted if (counted := classes_of_strata(names, is_matched=is_matched)) else list(names)}
    if facts is VALENCE_ERROR:
        signed_names = [name for name in names if name in VALENCE]
        return {"truth": signed_names, "answer": signed_names} if signed_names else {}
    return {}


def _is_of_answers_alone(listing: Listing, row: Mapping[str, Any], query: Mapping[str, list[str]]) -> bool:
    """Whether a result leaves out what got no answer: then its samples and its unscored ones are all there are."""
    if not row["n_unscored"] or row["kind"] != "metric" or not query.keys() <= {"answers", _axis_key(row)}:
        return False
    wanted = query.get(_axis_key(row))
    if wanted is None:
        num = listing.samples.num_rows
    else:
        sizes = listing.group_sizes(row["axis"])
        num = sum(sizes[name] for name in wanted)
    return bool(row["n_samples"] + row["n_unscored"] == num)


def _asked_again(listing: Listing, row: Mapping[str, Any]) -> list[str]:
    """The rows of the samples that a check asked the system about once more; of answers that differ, theirs."""
    probes = listing.runs[0].table("probes")
    if probes is None:
        return []
    asked = probes.filter(pc.equal(probes["probe"], row["metric"]))
    if row["metric"] in _SAME_ANSWERS and row["verdict"] == "not_met":
        asked = asked.filter(pc.greater(pc.fill_null(asked["max_difference"], math.inf), row["threshold"]))
    ids = asked["sample_id"].unique()
    rows = pc.drop_null(pc.index_in(ids, value_set=listing.samples["sample_id"].combine_chunks()))
    return [str(number) for number in sorted(rows.to_pylist())] if len(rows) <= MAX_ROWS else []


def _side(listing: Listing, name: str, model: str, condition: str) -> dict[str, list[str]]:
    side = (0, AnswersOf(model, condition))
    return {name: [str(listing.sides.index(side))]} if side in listing.sides else {}


def _axis_key(row: Mapping[str, Any]) -> str:
    return f"{GROUP}{row['axis']}"


def _groups(listing: Listing, row: Mapping[str, Any]) -> dict[str, list[str]]:
    groups = listing.runs[0].groups.get(row["axis"])
    own, other = Group.of_row(row), Group.of_row(row, "versus")
    if groups is None or own not in groups.groups:
        return {}
    known = [group.name for group in groups.groups if not group.is_unknown]
    is_paired = row["versus_model"] or row["versus_condition"]
    if row["versus"] is None and row["statistic"] == "difference" and not is_paired:
        return {_axis_key(row): known}  # older runs do not name the other side
    if row["versus"] is None:
        return {_axis_key(row): [own.name]}
    if other == THE_REST:
        return {_axis_key(row): known}
    return {_axis_key(row): [own.name, other.name]}


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
