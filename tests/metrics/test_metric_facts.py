"""What metrics declare, stated a second time by hand: a fact that is changed by mistake is noticed here.

Range, direction, chance, needs and meaning stand in ``docs/metrics.md``.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest

from harness.known_metrics import metric_facts
from harness.metrics.metric_facts import MetricFacts, Shown

FACTS = metric_facts()

DECLARED = {
    "mean_over_classes": "uar uar_supported macro_f1",
    "squared": "calibration_error_sq",
    "size_bias": "ece",
    "no_interval": "conformal_set_size",
    "interval_samples": "uar uar_supported macro_f1 recall precision f1",
    "always_permuted": "ece calibration_error_sq",
    "binned": "auc ece calibration_error_sq aurc risk_at_80 conformal_coverage conformal_set_size",
    "shows_correctness": "uar ccc",
    "in_every_cell": "accuracy ccc coverage",
    "compared": "accuracy uar macro_f1 auc ccc coverage negative_assignment ece calibration_error_sq",
}


def test_the_page_of_metrics_shows_what_they_declare() -> None:
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    shown = [line for line in page.splitlines() if line.startswith("| `")]
    assert shown == [row(facts) for facts in FACTS]


def row(facts: MetricFacts) -> str:
    cells = (
        f"`{facts.name}`",
        facts.title,
        facts.range,
        facts.better or "",
        facts.chance or "",
        ", ".join(facts.needs).replace("_", " "),
        "yes" if facts.compared else "",
        facts.meaning,
    )
    return f"| {' | '.join(cells)} |"


def test_which_intervals_are_made_otherwise() -> None:
    found = {facts.base: facts.interval for facts in FACTS if facts.interval != "student"}
    assert found == {"ece": "mirrored_squares", "calibration_error_sq": "mirrored", "rmse": "student_squares"}


def test_how_many_samples_an_interval_needs() -> None:
    found = {facts.base: facts.interval_samples for facts in FACTS if facts.interval_samples}
    assert found == {"uar": 10, "uar_supported": 10, "macro_f1": 10, "recall": 25, "precision": 25, "f1": 25}


@pytest.mark.parametrize("name", DECLARED)
def test_what_holds_of_which_metrics(name: str) -> None:
    assert [facts.base for facts in FACTS if getattr(facts, name)] == DECLARED[name].split()


def test_where_which_metrics_are_shown() -> None:
    found = {shown: " ".join(facts.base for facts in FACTS if facts.shown == shown) for shown in Shown}
    assert found == {
        Shown.HEADLINE: "accuracy uar macro_f1 auc ccc coverage",
        Shown.TERMINAL: "accuracy_supported accuracy_scored uar_supported log_loss brier ece pearson rmse",
        Shown.TRACKED: "negative_assignment valence_error "
        "plurality_accuracy agreement_weighted_accuracy human_ceiling cross_entropy kl_divergence",
        Shown.REPORT: "unchanged unchanged negative_shift "
        "calibration_error_sq aurc risk_at_80 conformal_coverage conformal_set_size bias "
        "above_ceiling no_agreement",
        Shown.CLASSES: "recall precision",
        Shown.RESULTS: "f1 abstained failed abstained failed "
        "agreed_accuracy no_agreement_accuracy accuracy_as_rater rated "
        "js_divergence total_variation brier_votes no_agreement_answer",
    }


def test_which_figures_stand_at_the_top_of_the_report() -> None:
    leading = sorted((facts.lead, facts.base) for facts in FACTS if facts.lead is not None)
    assert [name for _, name in leading] == ["uar", "accuracy", "auc", "ccc", "coverage"]


def test_ranges_in_words() -> None:
    bounds = [(0, 1), (-2, 2), (0, 15.942385), (0, math.inf), (-math.inf, math.inf)]
    found = [MetricFacts(name="x", title="", meaning="", low=low, high=high) for low, high in bounds]
    assert [facts.range for facts in found] == ["0 to 1", "-2 to 2", "0 to 15.9", "0 and up", "any"]
    assert [facts.widest for facts in found] == [1, 4, 15.942385, math.inf, math.inf]


@pytest.mark.parametrize(
    "name", ["", "Uar", "u ar", "u-ar", "_uar", "9uar", "uår", "u" * 51, "recall:", "recall:anger", "x:<group>"]
)
def test_facts_refuse_a_name_that_is_not_plain(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be named"):
        MetricFacts(name=name, title="t", meaning="m")


def test_facts_refuse_an_empty_range() -> None:
    with pytest.raises(ValueError, match="metric x: a range from 1 to 1 is empty"):
        MetricFacts(name="x", title="t", meaning="m", low=1, high=1)


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"low": math.nan}, "a range from nan to 1 is empty"),
        ({"high": math.nan}, "a range from 0 to nan is empty"),
        ({"high": "1"}, "high is '1'; expected float"),
        ({"interval": "wide"}, "interval is 'wide'; expected one of student, student_squares, mirrored"),
        (
            {"interval": "mirrored_squares", "low": -1},
            "values below 0 have no interval of the kind mirrored_squares",
        ),
        (
            {"interval": "student_squares", "low": -1},
            "values below 0 have no interval of the kind student_squares",
        ),
        ({"better": "sideways"}, "better is 'sideways'; expected one of None, higher, lower, zero"),
        ({"title": None}, "title is None; expected str"),
        ({"meaning": None}, "meaning is None; expected str"),
        ({"chance": 0.5}, "chance is 0.5; expected str | None"),
        ({"order": math.nan}, "order is nan; expected int"),
        ({"order": True}, "order is True; expected int"),
        ({"lead": 1.5}, "lead is 1.5; expected int | None"),
        ({"compared": "yes"}, "compared is 'yes'; expected bool"),
        ({"shown": 3}, "shown is 3; expected Shown"),
        ({"size_bias": True}, "size_bias is True; expected str | None"),
        ({"needs": ("labels", "lables")}, "needs is 'lables'; expected one of labels, scores"),
        ({"needs": (None,)}, "needs is None; expected one of labels"),
    ],
)
def test_facts_that_cannot_be_are_refused_where_they_are_declared(facts: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"metric x: {problem}")):
        MetricFacts(**{"name": "x", "title": "t", "meaning": "m", **facts})


def test_a_name_has_fifty_letters_at_most() -> None:
    assert MetricFacts(name="u" * 50, title="t", meaning="m").base == "u" * 50


def test_titles_are_those_of_the_field() -> None:
    assert ", ".join(facts.title.replace(",", "") for facts in FACTS) == (
        "Accuracy, Accuracy supported labels, Accuracy scored only, UAR, UAR supported labels, Macro F1, "
        "AUC, CCC, Coverage, Same answer as clean, Same value as clean, Shift to negative, "
        "Negative assignment, Valence error, "
        "Log-loss, Brier score, ECE, Calibration error squared, AURC, Risk at 80\N{NO-BREAK SPACE}%, "
        "Conformal coverage, Conformal set size, Pearson, RMSE, Bias, Recall, Precision, F1, Abstained, Failed, "
        "Abstained, Failed, Accuracy plurality, Accuracy raters agree, Accuracy weighted by agreement, "
        "Accuracy no agreement, Human ceiling, Accuracy as one rater, Above the human ceiling, No agreement, "
        "Rated, Cross-entropy votes, KL divergence votes, Jensen-Shannon votes, Total variation votes, "
        "Brier score votes, Answer no agreement"
    )


def test_every_metric_has_a_formula() -> None:
    page = (Path(__file__).parents[2] / "docs" / "formulas.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([^`]+)` \| \S", page, re.MULTILINE) == [facts.name for facts in FACTS]
