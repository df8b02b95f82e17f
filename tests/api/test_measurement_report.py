"""The tables of a report, on rows written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from judgements import judged
from stated_claims import STATED, with_claims

from harness.api.measurement_report import MeasurementReport
from harness.errors import HarnessError
from harness.tables.results import Result, results_table
from harness.verdicts.judge import not_tested


def row(**columns: Any) -> Result:
    known = {"dataset": "d", "model": "mine", "metric": "uar", "n_samples": 40, "n_subjects": 8, "n_unscored": 2}
    return Result(**{**known, **columns})


def report(*rows: Result, folder: Path = Path("run")) -> MeasurementReport:
    return MeasurementReport(results_table(rows), "mine", "voices", folder)


def test_the_table_holds_the_system_over_all_samples() -> None:
    table = report(
        row(value=0.8, lo=0.7, hi=0.9),
        row(metric="ece", value=None, judgement=not_tested("no probabilities")),
        row(model="majority", value=0.5),
        row(condition="face/grey", value=0.4),
        row(axis="sex", attributes=("sex",), group="female", value=0.6),
    ).table
    assert table.index.tolist() == ["uar", "ece"]
    assert table.loc["uar", ["value", "lo", "hi", "n_samples", "n_subjects", "n_unscored"]].tolist() == [
        *(0.8, 0.7, 0.9, 40, 8, 2)
    ]
    assert table.loc["ece", "reason"] == "no probabilities"


def test_gaps_name_the_worse_group_first_and_turn_the_interval_with_it() -> None:
    sides = {"group": "male", "group_values": ("male",), "versus": "female", "versus_values": ("female",)}
    (gap,) = report(
        row(
            **sides,
            axis="sex",
            attributes=("sex",),
            statistic="difference",
            value=0.2,
            lo=0.1,
            hi=0.4,
            threshold=0.05,
            judgement=judged("not_met"),
        )
    ).gaps.to_dict("records")
    assert (gap["worse"], gap["than"], gap["value"]) == ("female", "male", 0.2)
    assert (gap["lo"], gap["hi"], gap["tolerance"], gap["verdict"]) == (0.1, 0.4, 0.05, "not_met")


def test_claims_stand_beside_what_was_measured(study: Any) -> None:
    plan = with_claims(study.plan, [{**STATED, "value": 0.99}, {**STATED, "metric": "mood"}])
    made = MeasurementReport(study.results, "fer_mini_xception", "simulated_faces", Path("run"), plan)
    beyond, unknown = made.claims.to_dict("records")
    accuracy = made["accuracy"].overall
    assert (beyond["model"], beyond["stated"], beyond["verdict"]) == ("fer_mini_xception", 0.99, "not_met")
    assert [beyond[name] for name in ("value", "lo", "hi")] == [accuracy.value, accuracy.lo, accuracy.hi]
    assert (unknown["verdict"], unknown["reason"]) == (
        "not_tested",
        "no metric of this harness has this name",
    )
    assert "Figures stated by the provider" in repr(made)
    assert "fer_mini_xception: accuracy 0.99 on simulated_faces (paper): measured" in repr(made)
    assert report(row(value=0.5)).claims.empty


def test_findings_are_those_of_the_system() -> None:
    wrong = row(
        kind="check", metric="label_order", value=1.0, judgement=judged("not_met", "Shifted. Remedy: sort.")
    )
    (found,) = report(wrong).findings.to_dict("records")
    assert (found["name"], found["verdict"], found["sentence"], found["remedy"]) == (
        *("label order", "not_met", "Shifted.", "sort."),
    )


def test_what_is_kept_is_all_but_hidden_files(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "report.html").write_text("page", encoding="utf-8")
    (run / ".lock").write_text("", encoding="utf-8")
    made = report(row(value=0.8), folder=run)
    assert made.page == run / "report.html"
    kept = made.save(tmp_path / "kept")
    assert kept.read_text(encoding="utf-8") == "page"
    assert [path.name for path in kept.parent.iterdir()] == ["report.html"]
    for taken in (tmp_path / "kept", run / "report.html"):
        with pytest.raises(HarnessError, match="the folder is not empty"):
            made.save(taken)
