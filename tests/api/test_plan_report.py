"""What a plan says of the people, on a preview written by hand."""

from __future__ import annotations

from harness.api.plan_report import PlanReport
from harness.study.compose import compose_study
from harness.study.preview import Preview

GROUPS = {
    "sex": {
        "groups": [
            {"group": "female", "subjects": 7, "samples": 70},
            {"group": "<male>", "subjects": 5, "samples": 50},
        ]
    }
}
POWER = {
    "sex": {
        "num_groups": 2,
        "typical_pair": {"detectable_gap": 0.25},
        "smallest_pair": {"detectable_gap": 0.5},
        "subjects_to_detect": 300,
        "subjects_to_certify": 600,
        "reason": None,
    },
    "<age>": {
        "num_groups": 1,
        "typical_pair": None,
        "smallest_pair": None,
        "subjects_to_detect": None,
        "subjects_to_certify": None,
        "reason": "one group alone",
    },
}


def plan() -> PlanReport:
    config = compose_study(["dataset=simulated_faces", "model=majority"])
    return PlanReport(Preview(config, True, 1200, 12, GROUPS, POWER, []))


def test_groups_and_power_are_tables_by_axis() -> None:
    assert plan().groups.loc[("sex", "female")].tolist() == [7, 70]
    power = plan().power
    assert power.loc["sex", ["gap_of_typical_pair", "gap_of_smallest_pair"]].tolist() == [0.25, 0.5]
    assert power.loc["sex", ["subjects_to_detect", "subjects_to_certify"]].tolist() == [300, 600]
    assert power.loc["<age>", "reason"] == "one group alone"
    assert power.loc["<age>", ["gap_of_typical_pair", "subjects_to_detect"]].isna().all()


def test_it_shows_the_people_and_escapes_names() -> None:
    assert repr(plan()).startswith("simulated_faces: 1,200 samples of 12 subjects\n\n")
    html = plan()._repr_html_()
    assert "<age>" not in html
    assert "&lt;age&gt;" in html
    assert "<td class='number'>0.250</td>" in html
