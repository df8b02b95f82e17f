from __future__ import annotations

import pytest
from judgements import judged

from harness.report.check_findings import findings
from harness.tables.results import Result, results_table


def row(check: str, verdict: str, reason: str, **columns: str) -> Result:
    counts = {"n_samples": 9, "n_subjects": 3, "n_unscored": 0}
    about = {"dataset": "d", "model": "m", "kind": "check", "metric": check, "statistic": "index", "value": None}
    return Result(**{**about, **counts, **columns}, judgement=judged(verdict, reason))


def test_what_was_found_stands_first_and_what_was_not_tested_last() -> None:
    verdicts = ("not_tested", "met", "inconclusive", "not_met")
    found = findings(results_table([row(f"check_{verdict}", verdict, "Why.") for verdict in verdicts]), "m")
    assert [finding.verdict for finding in found] == ["not_met", "inconclusive", "met", "not_tested"]
    assert found[0].name == "check not met"


@pytest.mark.parametrize(
    ("reason", "sentence", "remedy"),
    [
        ("Two labels look swapped. Remedy: turn them.", "Two labels look swapped.", "turn them."),
        ("Passed.", "Passed.", ""),
        ("Few: joy in Remedy: run (2). Remedy: collect more.", "Few: joy in Remedy: run (2).", "collect more."),
    ],
)
def test_the_remedy_is_what_follows_the_last_mark(reason: str, sentence: str, remedy: str) -> None:
    (finding,) = findings(results_table([row("support", "not_met", reason, group="sex")]), "m")
    assert (finding.about, finding.sentence, finding.remedy) == ("sex", sentence, remedy)


def test_rows_of_other_kinds_and_models_are_no_findings() -> None:
    others = [row("support", "not_met", "Few.", model="other"), row("uar", "met", "Alike.", kind="metric")]
    assert findings(results_table(others), "m") == []


def test_in_short_it_is_the_first_sentence() -> None:
    reason = "UAR is 0.5, e.g. by chance. Two labels look swapped. Remedy: compare the lists. Then mend one."
    (finding,) = findings(results_table([row("label_order", "not_met", reason)]), "m")
    assert finding.about == ""
    assert finding.in_short == "UAR is 0.5, e.g. by chance."
    assert finding.remedy == "compare the lists. Then mend one."
