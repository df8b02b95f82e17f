from __future__ import annotations

from typing import Any

import pytest

from harness.attributes.group import THE_REST
from harness.conformity.documents.cited_rows import CitedRows
from harness.conformity.documents.document_facts import DocumentFacts


def test_a_row_has_its_number_in_the_table(facts: DocumentFacts) -> None:
    table = facts.run.results.to_pylist()
    rows = CitedRows(facts.run.results)
    for number in (1, 7, len(table)):
        assert rows.number(table[number - 1]) == number
        assert f'href="#row-{number}"' in rows.link(table[number - 1])


def test_exactly_the_cited_rows_are_listed_in_the_order_of_the_table(facts: DocumentFacts) -> None:
    table = facts.run.results.to_pylist()
    rows = CitedRows(facts.run.results)
    for number in (9, 2, 9):
        rows.link(table[number - 1])
    assert [one.number for one in rows.cited()] == [2, 9]
    assert [one.row for one in rows.cited()] == [table[1], table[8]]


def test_a_value_that_was_removed_is_found_all_the_same(facts: DocumentFacts) -> None:
    table = facts.run.results.to_pylist()
    assert CitedRows(facts.run.results).number({**table[4], "value": None, "lo": None, "hi": None}) == 5


def test_a_gap_finds_its_row_whichever_group_is_worse(facts: DocumentFacts) -> None:
    rows = CitedRows(facts.run.results)
    swapped = 0
    for gap in facts.gaps:
        row = rows.of_gap(gap, facts.run.system)
        assert abs(row["value"]) == gap.value
        assert (row["metric"], row["axis"], row["threshold"]) == (gap.metric, gap.axis, gap.tolerance)
        swapped += row["group"] != gap.worse.name
    assert 0 < swapped < len(facts.gaps)


@pytest.mark.parametrize(
    ("wanted", "whom"),
    [
        ({"axis": "overall", "statistic": "level"}, "all samples"),
        ({"axis": "sex*age", "group": "female*18-29", "statistic": "level"}, "sex = female, age = 18-29"),
        (
            {"axis": "sex", "group": "female", "versus": "male", "statistic": "difference", "versus_model": None},
            "sex = female minus sex = male",
        ),
        (
            {"axis": "sex", "versus": THE_REST.name, "versus_values": None, "statistic": "difference"},
            "sex = female minus everybody else",
        ),
    ],
)
def test_the_samples_of_a_row_are_said_by_their_attributes(
    facts: DocumentFacts, wanted: dict[str, Any], whom: str
) -> None:
    rows = CitedRows(facts.run.results)
    table = facts.run.results.to_pylist()
    row = next(r for r in table if r["kind"] == "metric" and all(r[k] == v for k, v in wanted.items()))
    rows.link(row)
    assert [one.whom for one in rows.cited()] == [whom]
