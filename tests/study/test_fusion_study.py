"""Five systems fused, each left out in turn, and what that changes for whom."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from fused_systems import CLASSES, sample_rows, simulated_scores, write_system_run

import harness
from harness.commands.study_tables import show_study
from harness.comparison.compare_runs import compare_runs
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.study.run_study import Study
from harness.tables.versions import read_table

SKILLS = {"face": (2.2, 2.2), "voice": (2.0, 0.0), "text": (0.8, 0.8), "pulse": (0.3, 0.3), "posture": (0.6, 0.8)}
"""Of each system, for women and men: the voice is heard in women alone."""

SYSTEMS = list(SKILLS)
ROWS = sample_rows(30, per_subject=12)
SETTINGS: dict[str, Any] = {
    "measure": {"resamples": 100, "permutations": 400, "gaps": ["accuracy"]},
    "workers": 0,
    "checks": {"enabled": False},
}


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    with (tmp_path / "clips.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["sample_id", "subject_id", "label", "attr.sex"])
        table.writerows([row["sample_id"], row["subject_id"], row["label"], row["attr.sex"]] for row in ROWS)
    return tmp_path


def fused(folder: Path, name: str, **options: Any) -> Any:
    runs = [folder / "runs" / system for system in SYSTEMS]
    for seed, (run, skills) in enumerate(zip(runs, SKILLS.values(), strict=True)):
        if not run.exists():
            of_sex = [simulated_scores(ROWS, skill, seed) for skill in skills]
            scores = [of_sex[row["attr.sex"] == "male"][index] for index, row in enumerate(ROWS)]
            declined = dict.fromkeys(range(0, len(ROWS), 10), "no_face") if run.name == "face" else {}
            write_system_run(run, ROWS, scores, reasons=declined)
    return harness.run(
        "table",
        "fusion",
        root=folder,
        out=folder / name,
        dataset_options={"file": "clips.csv", "modality": "audiovisual", "label_source": "acted"},
        model_options={"runs": [str(run) for run in runs], **options},
        **SETTINGS,
    )


@pytest.mark.slow
def test_each_of_five_systems_is_left_out_and_compared_per_group(clips: Path) -> None:
    options = {"method": "learned", "max_folds": 5}
    reports = [fused(clips, "whole", **options)]
    reports += [fused(clips, f"without-{name}", without=[name], **options) for name in SYSTEMS]
    compared = compare_runs([report.folder for report in reports], into=clips / "compared")
    assert compared.names == ["fusion", *(f"fusion (without={name})" for name in SYSTEMS)]
    drops = {(d.second, d.group): d for d in compared.comparison.differences if d.first == "fusion"}

    def drop(name: str, group: str) -> float:
        return drops[f"fusion (without={name})", group].value

    assert drop("face", "all") > 0.1
    assert drops["fusion (without=face)", "all"].worse == "fusion (without=face)"
    assert drop("voice", "female") > 0.08 > abs(drop("voice", "male")) + 0.04
    assert abs(drop("pulse", "all")) < 0.02


def test_learned_weights_and_missing_systems_are_reported(clips: Path) -> None:
    report = fused(clips, "whole", method="learned", max_folds=5)
    folds = json.loads((report.folder / "folds.json").read_text())["folds"]["fusion"]
    assert len(folds) == 5
    assert [set(fold["weights"]) for fold in folds] == [set(SYSTEMS)] * 5
    weight = sum(fold["weights"]["text"] for fold in folds) / 5
    assert weight == pytest.approx(0.8, abs=0.25)  # the skill that was put in
    page = report.page.read_text(encoding="utf-8")
    assert "Weights that were learned, on average over the folds: face " in page
    assert f"text {weight:.3f}" in page
    assert "Of 5 systems, 5 answered 90 % and 4 answered 10 % of the samples." in page
    harness.score(report.folder, clips / "again")
    for name in ("curves.parquet", "results.parquet"):
        assert (clips / "again" / name).read_bytes() == (report.folder / name).read_bytes()


def test_what_is_missing_is_counted_per_group(clips: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The face declined every tenth sample: 18 of each sex, of 180."""
    report = fused(clips, "whole", method="mean")
    section = report.plan["missing_answers"]
    assert section["parts"] == SYSTEMS
    shares = {group["group"]: (group["num_samples"], *group["by_part"]) for group in section["groups"]}
    declined = {sex: sum(row["attr.sex"] == sex for row in ROWS[::10]) for sex in ("female", "male")}
    assert shares == {
        None: (360, 0.1, 0, 0, 0, 0),
        **{sex: (180, num / 180, 0, 0, 0, 0) for sex, num in declined.items()},
    }
    page = report.page.read_text(encoding="utf-8")
    table = page[page.index('aria-label="Missing answers, table"') :].partition("</table>")[0]
    assert [*SYSTEMS] == re.findall(r'<th scope="col" class="num">([a-z]+)</th>', table)
    assert table.count(f"{declined['female'] / 1.8:.1f}\N{NO-BREAK SPACE}%") >= 2
    show_study(Study(RunFolder(report.folder), dict(report.plan), report.results))
    assert "Some answer is missing, by sex: female 10 % and male 10 % of the samples" in capsys.readouterr().out
    without = fused(clips, "without", method="mean", without=["face"])
    assert [group["any_part"] for group in without.plan["missing_answers"]["groups"]] == [0, 0, 0]
    plan = {**report.plan, "missing_answers": {"parts": SYSTEMS, "groups": [{"axis": None}]}}
    (clips / "edited").mkdir()
    for path in report.folder.iterdir():
        if path.is_file() and path.name != "plan.yaml":
            shutil.copy(path, clips / "edited" / path.name)
    RunFolder(clips / "edited").write_plan(plan)
    with pytest.raises(HarnessError, match=r"groups\.0\.any_part: is missing"):
        harness.score(clips / "edited", clips / "scored")


def test_an_ensemble_votes(clips: Path) -> None:
    fused(clips, "whole", method="mean")
    runs = [str(clips / "runs" / name) for name in ("face", "voice", "text")]
    report = harness.run(
        "table",
        "ensemble",
        root=clips,
        out=clips / "ensemble",
        dataset_options={"file": "clips.csv", "modality": "audiovisual", "label_source": "acted"},
        model_options={"runs": runs},
        **SETTINGS,
    )
    assert "method vote: face, voice and text." in report.page.read_text(encoding="utf-8")
    rows = read_table(report.folder / "predictions.parquet", "predictions").table.to_pylist()
    row = next(row for row in rows if row["model"] == "ensemble" and max(row["scores"]) > 0.6)
    answers = [
        read_table(Path(run) / "predictions.parquet", "predictions").table.to_pylist()[rows.index(row)]["label"]
        for run in runs
    ]
    assert row["scores"] == pytest.approx([answers.count(name) / (3 - answers.count(None)) for name in CLASSES])
    assert row["label"] == max(CLASSES, key=answers.count)
