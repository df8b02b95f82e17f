from rows_in_short import sides

from harness.report.short_page import ShortReport, render
from harness.tables.results import Result, results_table

HOSTILE = "<script>alert(1)</script>"


def test_every_name_is_escaped_and_every_figure_is_there() -> None:
    row = {"dataset": HOSTILE, "model": HOSTILE, "metric": "accuracy", "n_unscored": 0}
    results = results_table(
        [
            Result(**row, value=0.8125, lo=0.75, hi=0.875, n_samples=400, n_subjects=20),
            Result(**row, value=0.9, n_samples=200, n_subjects=10, axis="sex", **sides(HOSTILE)),
            Result(**row, value=0.7, n_samples=200, n_subjects=10, axis="sex", **sides("b")),
            Result(
                **row,
                value=0.2,
                lo=0.1,
                hi=0.3,
                n_samples=400,
                n_subjects=20,
                statistic="difference",
                axis="sex",
                **sides(f"{HOSTILE} - b"),
                threshold=0.05,
                verdict="not_met",
            ),
        ]
    )
    plan = {"model": {"name": HOSTILE}, "dataset": {"name": HOSTILE, "simulated": True}}
    report = ShortReport(plan=plan, plan_sha256="abc", num_samples=400, num_subjects=20, results=results)
    page = render(report)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "400 samples of 20 subjects" in page
    assert "[0.750, 0.875]" in page
    assert "Simulated data" in page
    assert "[0.100, 0.300]" in page
    assert "not met" in page
    assert '<th scope="row">Accuracy</th>' in page
