"""A comparison of two small runs, beside scikit-learn's values of each."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from example_comparisons import WriteFinishedRun
from sklearn.metrics import balanced_accuracy_score

import harness


def uar(run: Path, sex: str | None = None) -> float:
    samples = pq.read_table(run / "samples.parquet").to_pandas()
    answers = pq.read_table(run / "predictions.parquet").to_pandas().query("model != 'majority'")
    chosen = [sex in (None, found) for found in samples["attr.sex"]]
    return float(balanced_accuracy_score(samples["label"][chosen], answers["label"].to_numpy()[chosen]))


def test_differences_are_those_of_the_runs(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    first = write_finished_run("a", model="voice", skill=0.8)
    second = write_finished_run("b", model="face", skill=0.5)
    found = harness.compare([first, str(second)], into=tmp_path / "out", tolerance=0.1)
    rows = found.differences.query("metric == 'uar'").set_index("group")
    for group, sex in (("all", None), ("female", "female"), ("male", "male")):
        row = rows.loc[group]
        assert row["first_value"] == pytest.approx(uar(first, sex), abs=1e-12)
        assert row["second_value"] == pytest.approx(uar(second, sex), abs=1e-12)
        assert row["value"] == pytest.approx(uar(first, sex) - uar(second, sex), abs=1e-12)
        assert (row["first"], row["second"]) == ("voice", "face")
    assert rows.loc["all", "worse"] == "face"
    assert rows.loc["all", "lo"] < rows.loc["all", "value"] < rows.loc["all", "hi"]
    assert found.page == tmp_path / "out" / "comparison.html"
    assert found.page.is_file()


def test_it_shows_its_conclusions_with_names_escaped(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    runs = [write_finished_run("a", model="<i>", skill=0.9), write_finished_run("b", model="face", skill=0.3)]
    found = harness.compare(runs, into=tmp_path / "out")
    lines = repr(found).splitlines()
    assert lines[0] == "288 shared samples of 24 subjects"
    assert lines[1].startswith("- face is worse than <i> overall")
    html = found._repr_html_()
    assert "face is worse than &lt;i&gt; overall" in html
    assert "<i>" not in html
