"""Shades and places of an intersection's cells, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from judgements import judged

from harness.attributes.group import UNKNOWN, Group
from harness.report.heat_map import MAX_MAPS, HeatMap, heat_maps
from harness.report.levels_table import Results
from harness.tables.results import Result, results_table

Values = Mapping[tuple[str, ...], float | None]


def level(values: tuple[str, ...], value: float | None, **columns: Any) -> Result:
    given: dict[str, Any] = {
        "dataset": "d",
        "model": "m",
        "metric": "accuracy",
        "value": value,
        "n_samples": 10,
        "n_subjects": 5,
        "n_unscored": 0,
        "attributes": ("sex", "tone", "age")[: len(values)],
        "axis": "*".join(("sex", "tone", "age")[: len(values)]),
        "group": Group.of(*values).name,
        "group_values": values,
    }
    return Result(**(given | columns))


def maps(
    cells: Values, *more: Result, metrics: tuple[str, ...] = ("accuracy",), axis: str = "sex*tone"
) -> list[HeatMap]:
    rows = [level(values, value) for values, value in cells.items()]
    return heat_maps(Results(results_table([*rows, *more]), "m"), axis, metrics)


def shades(found: HeatMap) -> dict[str, list[int]]:
    return {name: [cell.shade for cell in cells] for name, cells in found.rows}


CELLS: Values = {("f", "light"): 0.9, ("f", "dark"): 0.5, ("m", "light"): 0.7, ("m", "dark"): None}


def test_the_first_attribute_runs_across_and_the_second_down() -> None:
    (found,) = maps(CELLS)
    assert found.columns == ("f", "m")
    assert [name for name, _ in found.rows] == ["light", "dark"]
    assert (found.name, found.least, found.most) == ("Accuracy", 0.5, 0.9)
    assert [[cell.row and cell.row["value"] for cell in cells] for _, cells in found.rows] == [
        [0.9, 0.7],
        [0.5, None],
    ]


def test_nine_shades_run_from_the_least_to_the_greatest_and_none_is_for_no_value() -> None:
    """0.7 is half-way: the fifth of nine."""
    (found,) = maps(CELLS)
    assert shades(found) == {"light": [9, 5], "dark": [1, 0]}


@pytest.mark.parametrize(("value", "shade"), [(0.1, 1), (0.2, 2), (0.88, 8), (0.89, 9), (0.112, 2), (0.111, 1)])
def test_a_shade_is_a_ninth_of_the_range(value: float, shade: int) -> None:
    (found,) = maps({("f", "light"): 0.0, ("f", "dark"): 1.0, ("m", "light"): value})
    assert shades(found)["light"][1] == shade


def test_equal_values_have_the_middle_shade() -> None:
    (found,) = maps({("f", "light"): 0.5, ("m", "light"): 0.5})
    assert shades(found) == {"light": [5, 5]}


def test_a_cell_that_is_not_listed_has_no_row_and_one_that_is_not_tested_no_value() -> None:
    untested = level(("f", "dark"), 0.1, judgement=judged("not_tested"))
    (found,) = maps({("f", "light"): 0.9, ("m", "dark"): 0.5}, untested)
    cells = dict(found.rows)
    assert cells["light"][1].row is None
    assert cells["dark"][0].row is not None
    assert cells["dark"][0].row["value"] is None
    assert shades(found) == {"light": [9, 0], "dark": [0, 1]}


def test_shrunken_values_stand_beside_cells_that_have_a_value() -> None:
    more = [level(values, 0.6, kind="shrunken") for values in CELLS]
    (found,) = maps(CELLS, *more)
    assert found.has_shrunken
    assert [[bool(cell.shrunken) for cell in cells] for _, cells in found.rows] == [[True, True], [True, False]]
    assert not maps(CELLS)[0].has_shrunken


def test_three_attributes_put_the_others_down() -> None:
    (found,) = maps({("f", "light", "65+"): 0.9, ("m", "light", "65+"): 0.5}, axis="sex*tone*age")
    assert [name for name, _ in found.rows] == ["light \N{MULTIPLICATION SIGN} 65+"]


def test_names_that_look_like_several_are_one() -> None:
    """A group is its values: a star or a sign between two names in one of them makes no other cell."""
    (found,) = maps({("a*b", "c"): 0.9, ("a", "b - c"): 0.5})
    assert found.columns == ("a*b", "a")
    assert shades(found) == {"c": [9, 0], "b - c": [0, 1]}


def test_the_unknown_are_on_no_map_and_single_attributes_have_none() -> None:
    unknown = level((UNKNOWN, UNKNOWN), 0.1)
    (found,) = maps(CELLS, unknown)
    assert found.columns == ("f", "m")
    assert maps({("f",): 0.5, ("m",): 0.6}, axis="sex") == []
    assert maps({}, unknown) == []


def test_there_are_so_many_maps_at_most() -> None:
    assert len(maps(CELLS, metrics=("accuracy",) * 6)) == MAX_MAPS == 4
