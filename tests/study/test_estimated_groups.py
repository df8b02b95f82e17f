"""A run on people whose groups are estimated, some of them annotated; and against what the system cannot know."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from silent import Silent

from harness.evidence.run_folder import RunFolder
from harness.measurement.streaming import measure_files
from harness.scoring.score_run import score
from harness.study.compose import compose_study
from harness.study.run_study import run
from harness.tables import pieces
from harness.tables.parquet_files import read_parquet


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    with (tmp_path / "samples.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sample_id", "subject_id", "label", "attr.tone", "attr.seen", "ctx.sentence"])
        for person in range(24):
            tone = ("light", "dark")[person % 2]
            for clip in range(6):
                seen = tone if rng.random() < 0.8 else ("light", "dark")[(person + 1) % 2]
                label, sentence = ("anger", "fear", "fear")[clip % 3], ("one", "two")[clip % 2]
                writer.writerow(
                    [f"{person}-{clip}", f"p{person}", label, tone if person < 16 else "", seen, sentence]
                )
    return tmp_path


def test_plan_results_report_and_scoring_in_pieces_agree(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = compose_study(
        [
            *("dataset=table", f"dataset.root={table}", "dataset.file=samples.csv", "dataset.modality=voice"),
            *("dataset.label_source=acted", "model=stratified_random", "tracking.enabled=false"),
            *("attributes.sources={tone: observer, seen: estimated}", "attributes.errors={seen: tone}"),
            *("checks.negative_control=[ctx.sentence]", "checks.negative_outcomes=[ctx.sentence]"),
            *("measure.permutations=100", f"out={table / 'out'}"),
        ]
    )
    run(config, Silent())
    plan = RunFolder(table / "out").read_plan().plan
    assert plan["attributes"]["errors"]["seen"]["reference"] == "tone"
    rows = read_parquet(table / "out" / "results.parquet").to_pylist()
    corrected = [row for row in rows if row["kind"] == "misclassification"]
    assert {row["model"] for row in corrected} == {"stratified_random"}
    assert {row["metric"] for row in corrected} >= {"agreement", "error_amplification", "accuracy", "uar"}
    controls = [row["group"] for row in rows if row["metric"] == "negative_control"]
    assert controls == ["ctx.sentence", "tone at ctx.sentence", "seen at ctx.sentence", "answers by ctx.sentence"]
    page = (table / "out" / "report.html").read_text()
    assert "The estimate beside tone, of 16 people: kappa" in page
    assert "Corrected for errors of the estimate" in page
    monkeypatch.setattr(measure_files, "STREAMED_ROWS", 10)
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 37)
    score(RunFolder(table / "out"), table / "again")
    for output in ("results.parquet", "report.html"):
        assert (table / "again" / output).read_bytes() == (table / "out" / output).read_bytes(), output
