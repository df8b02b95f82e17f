from __future__ import annotations

from typing import Any

from judgements import judged

from harness.report.check_findings import findings
from harness.tables.results import Result, results_table

COUNTS = {"n_samples": 9, "n_subjects": 3, "n_unscored": 0}


def found(check: str, verdict: str, reason: str, **columns: Any) -> Result:
    given = {"dataset": "d", "model": "m", "kind": "check", "statistic": "index", "value": 1.0, **COUNTS}
    return Result(metric=check, judgement=judged(verdict, reason), **(given | columns))


def test_what_was_found_comes_first_and_what_was_not_tested_last() -> None:
    verdicts = ("not_tested", "met", "inconclusive", "not_met", "met")
    table = results_table([found(f"check_{i}", verdict, "") for i, verdict in enumerate(verdicts)])
    assert [f.name for f in findings(table, "m")] == ["check 3", "check 2", "check 1", "check 4", "check 0"]


def test_a_finding_is_taken_apart_into_what_was_found_and_what_to_do() -> None:
    reason = "UAR is 0.5 e.g. by chance. Two labels look swapped. Remedy: compare the lists. Then mend one."
    (one,) = findings(results_table([found("label_order", "not_met", reason, group="sex")]), "m")
    assert (one.name, one.about, one.verdict) == ("label order", "sex", "not_met")
    assert one.sentence == "UAR is 0.5 e.g. by chance. Two labels look swapped."
    assert one.in_short == "UAR is 0.5 e.g. by chance."
    assert one.remedy == "compare the lists. Then mend one."
    assert one.row["value"] == 1.0


def test_without_a_remedy_or_a_reason_there_is_none() -> None:
    (one,) = findings(results_table([found("collapsed", "met", "All is well.")]), "m")
    assert (one.about, one.sentence, one.remedy) == ("", "All is well.", "")
    (none,) = findings(results_table([found("collapsed", "met", "")]), "m")
    assert (none.sentence, none.remedy, none.in_short) == ("", "", "")


def test_only_the_checks_of_the_system_on_clean_samples_are_findings() -> None:
    rows = [
        found("collapsed", "met", "", model="other"),
        found("collapsed", "met", "", condition="noise"),
        found("accuracy", "met", "", kind="metric"),
    ]
    assert findings(results_table(rows), "m") == []
