"""What a plan says on power, from a samples table alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from silent import Silent

from harness.attributes.grouping import Grouping
from harness.statistics.power import Assumptions
from harness.study.compose import compose_study
from harness.study.plan_power import PowerPlan, power_plan
from harness.study.run_study import run
from harness.tables.samples import samples_table


def people(sizes: dict[str, int], clips: int = 50) -> list[dict[str, Any]]:
    """One row per sample, as many subjects of each group as said."""
    return [
        {"sample_id": f"{group}{person}/{clip}", "subject_id": f"{group}{person}", "attr.group": group}
        for group, num in sizes.items()
        for person in range(num)
        for clip in range(clips)
    ]


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return samples_table([{"modality": "voice", "label_source": "acted", "label": "sad", **row} for row in rows])


def planned(rows: list[dict[str, Any]], **changed: Any) -> PowerPlan:
    choices = {
        "assumed": Assumptions(rate=0.6, icc=0.1, power=0.8, level=0.95),
        "tolerance": 0.05,
        "min_subjects": 5,
        **changed,
    }
    return power_plan(table(rows), Grouping(axes=("group",)), **choices)


def test_six_groups_of_thirty_as_in_the_known_table() -> None:
    """0.164 with normal quantiles, 326 subjects for 0.05; Student asks for a little more."""
    found = planned(people(dict.fromkeys("abcdef", 30))).axes["group"]
    assert (found.num_groups, found.num_pairs) == (6, 15)
    assert found.smallest_pair is not None
    assert found.smallest_pair.detectable_gap == pytest.approx(0.164, rel=0.05)
    assert found.subjects_to_detect == pytest.approx(322.6, rel=0.02)
    assert found.subjects_to_certify == pytest.approx(402.8, rel=0.02)
    assert found.reason is None


def test_the_smallest_pair_sees_less_than_the_typical_one() -> None:
    found = planned(people({"a": 40, "b": 6, "c": 40, "d": 7})).axes["group"]
    assert found.smallest_pair is not None
    assert found.typical_pair is not None
    assert found.smallest_pair.groups == ("b", "d")
    assert found.typical_pair.groups in {("a", "d"), ("c", "d"), ("a", "b"), ("b", "c")}
    gaps = [found.smallest_pair.detectable_gap, found.typical_pair.detectable_gap]
    assert gaps == sorted(gaps, reverse=True)


def test_only_known_groups_with_enough_subjects_are_compared() -> None:
    rows = people({"a": 10, "b": 10, "few": 4}, clips=2)
    rows += [
        {**row, "sample_id": f"x{i}", "subject_id": f"x{i}", "attr.group": None} for i, row in enumerate(rows)
    ]
    assert planned(rows).axes["group"].num_groups == 2
    assert planned(rows, min_subjects=4).axes["group"].num_groups == 3


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ({"a": 10, "b": 4}, "only a has 5 subjects or more"),
        ({"a": 3, "b": 4}, "no known group has 5 subjects or more"),
        ({f"g{i}": 1 for i in range(60)}, "60 groups; at most 50 can be compared"),
    ],
)
def test_an_axis_without_two_groups_is_not_tested(sizes: dict[str, int], reason: str) -> None:
    found = planned(people(sizes, clips=1)).axes["group"]
    assert found.reason == reason
    assert (found.smallest_pair, found.subjects_to_detect) == (None, None)


def test_a_gap_wider_than_rates_can_differ_is_none() -> None:
    found = planned(people({"a": 2, "b": 2}, clips=1), min_subjects=2).axes["group"]
    assert found.smallest_pair is not None
    assert found.smallest_pair.detectable_gap is None
    assert planned(people({"a": 9, "b": 9}), tolerance=1e-7).axes["group"].subjects_to_detect is None


def test_what_varies_within_subjects_is_compared_paired_and_needs_fewer() -> None:
    rows = people({"a": 20, "b": 20})
    within = [{**row, "attr.group": "ab"[i % 2]} for i, row in enumerate(rows)]
    between = planned(rows).axes["group"].smallest_pair
    paired = planned(within).axes["group"].smallest_pair
    assert between is not None
    assert paired is not None
    assert paired.detectable_gap < 0.5 * between.detectable_gap


def test_an_intersection_is_an_axis_like_any_other() -> None:
    rows = [{**row, "attr.sex": "fm"[i // 50 % 2]} for i, row in enumerate(people({"a": 20, "b": 20}))]
    grouping = Grouping(axes=("group", "sex*group"))
    found = power_plan(
        table(rows),
        grouping,
        assumed=Assumptions(rate=0.6, icc=0.1, power=0.8, level=0.95),
        tolerance=0.05,
        min_subjects=5,
    )
    assert [axis.num_pairs for axis in found.axes.values()] == [1, 6]


def test_the_plan_is_json_and_the_same_each_time() -> None:
    rows = people({"a": 8, "b": 9})
    plain: Any = planned(rows).plain()
    assert json.loads(json.dumps(plain)) == plain
    assert plain == planned(list(reversed(rows))).plain()
    assert plain["assumed"] == {"rate": 0.6, "icc": 0.1, "power": 0.8, "level": 0.95}
    assert np.isfinite(plain["axes"]["group"]["smallest_pair"]["detectable_gap"])


def test_a_runs_plan_holds_it_before_the_first_prediction(tmp_path: Path) -> None:
    class Watching(Silent):
        def stage(self, text: str) -> None:
            if text.startswith("predicting"):
                planned_at_that_time.append(yaml.safe_load((tmp_path / "run" / "plan.yaml").read_text())["plan"])

    planned_at_that_time: list[dict[str, Any]] = []
    overrides = ["dataset=simulated_wearables", "dataset.subjects=12", "model=majority", "measure.resamples=100"]
    choices = ["power.icc=0.2", "attributes.axes=[sex]", "measure.permutations=100", "measure.tolerance=0.1"]
    run(compose_study([*overrides, *choices, "tracking.enabled=false", f"out={tmp_path / 'run'}"]), Watching())
    power = planned_at_that_time[0]["power"]
    assert (power["assumed"]["icc"], power["tolerance"]) == (0.2, 0.1)
    assert power["axes"]["sex"]["num_pairs"] == 1
