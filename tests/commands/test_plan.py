"""``harness plan`` as a user meets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.commands.plan import show_plan
from harness.conformity.measured_run import Signer
from harness.errors import HarnessError
from harness.packs.signing_keys import new_key
from harness.statistics.power import Assumptions, detectable_gap, gap_errors
from harness.study.compose import names_model

FACES = ["dataset=simulated_faces", "dataset.subjects=60"]


def shown(capsys: pytest.CaptureFixture[str], *overrides: str, own_configs: Path | None = None) -> str:
    show_plan(list(overrides), own_configs)
    return " ".join(capsys.readouterr().out.split())


def test_two_groups_and_the_gap_between_them(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, *FACES, "attributes.axes=[sex]")
    assert "840 samples of 60 subjects" in text
    assert "female 30 420 male 30 420" in text
    # √(2 · 0.24 · (1 + 13 · 0.1) / (30 · 14)) = 0.0513 times 2.85, Student's with 58 degrees of freedom, is 0.146;
    # on the logit scale a little more, as the lower of two rates around 0.6 is the less certain one there.
    assert "female and male: a gap of 0.147 would be found" in text
    assert "to find a gap as wide: about 249; to certify that there is none: about 333" in text


def test_declared_groups_are_listed_also_when_empty(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, *FACES, "attributes.axes=[age,neurodivergence]")
    assert "<18 0 0 not tested: under 5 subjects" in text
    assert "not disclosed 0 0 not tested: under 5 subjects" in text
    assert "typical pair (" in text
    assert "smallest pair (autism and ADHD)" in text


def test_what_is_assumed_can_be_changed(capsys: pytest.CaptureFixture[str]) -> None:
    one = [*FACES, "attributes.axes=[sex]"]
    assert shown(capsys, *one, "power.icc=0.4") != shown(capsys, *one, "power.icc=0.1")
    text = shown(capsys, *one, "power.rate=0.9", "measure.tolerance=0.1", "power.power=0.9")
    assert "tolerance 0.1" in text
    assert "assumed to be 0.9" in text


def test_too_few_people_are_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "dataset=simulated_faces", "dataset.subjects=6", "attributes.axes=[sex]")
    assert "not tested: no known group has 5 subjects or more." in text


def test_people_without_attributes_are_told_how_to_bring_some(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "samples.csv").write_text("sample_id,subject_id,label\na,p,sad\nb,q,happy\n")
    table = ["dataset=table", f"dataset.root={tmp_path}", "dataset.modality=voice", "dataset.label_source=acted"]
    assert "attributes.file=people.csv" in shown(capsys, *table)
    (tmp_path / "people.csv").write_text("subject_id,sex\np,female\nq,male\n")
    joined = shown(capsys, *table, f"attributes.file={tmp_path / 'people.csv'}", "measure.min_subjects=2")
    assert "female 1 1 not tested: under 2 subjects" in joined


def test_what_is_demanded_beyond_chance_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    demanded = "met only if UAR (CCC) is surely better than chance by 0.1 in both groups"
    assert demanded in shown(capsys, *FACES, "measure.min_above_chance=0.1")
    assert "surely better" not in shown(capsys, *FACES)


def test_what_varies_within_subjects_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = [f"s{i},p{i // 4},sad,{'bright' if i % 2 else 'dim'}" for i in range(80)]
    (tmp_path / "samples.csv").write_text("\n".join(["sample_id,subject_id,label,attr.lighting", *lines]) + "\n")
    table = ["dataset=table", f"dataset.root={tmp_path}", "dataset.modality=face", "dataset.label_source=acted"]
    text = shown(capsys, *table)
    assert "20 subjects in several groups are compared with themselves" in text
    assumed = Assumptions(rate=0.6, icc=0.1, power=0.8, level=0.95)
    error = gap_errors(np.full((20, 2), 2), assumed).error[0, 1]
    assert f"a gap of {detectable_gap(error, 19, num_pairs=1, assumed=assumed):.3f} would be found" in text


def test_names_from_the_data_cannot_command_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lines = [f"s{i},p{i},sad,{'[red]x' if i % 2 else chr(27) + '[31m'}" for i in range(20)]
    (tmp_path / "samples.csv").write_text("\n".join(["sample_id,subject_id,label,attr.odd", *lines]) + "\n")
    table = ["dataset=table", f"dataset.root={tmp_path}", "dataset.modality=face", "dataset.label_source=acted"]
    text = shown(capsys, *table)
    assert "\x1b" not in text
    assert "[red]x 10 10" in text


def test_own_configs_are_found(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "bob's, configs"
    (folder / "dataset").mkdir(parents=True)
    (folder / "dataset" / "few_faces.yaml").write_text("name: simulated_faces\nroot: null\nsubjects: 12\n")
    assert "of 12 subjects" in shown(capsys, "dataset=few_faces", own_configs=folder)
    with pytest.raises(HarnessError, match="is not a folder"):
        show_plan(["dataset=few_faces"], tmp_path / "absent")


def test_a_config_of_ones_own_may_choose_the_system(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    study = tmp_path / "configs" / "study" / "first.yaml"
    study.parent.mkdir(parents=True)
    chosen = "- override /dataset: simulated_faces\n- override /model: {model}\n"
    study.write_text("# @package _global_\ndefaults:\n" + chosen.format(model="human_raters"))
    choices = ["+study=first", "dataset.subjects=12"]
    assert names_model(choices, tmp_path)
    assert not names_model(FACES, tmp_path)
    key = tmp_path / "me.key"
    new_key(key, Signer("Jo", "tester", "ACME"), None)
    with pytest.raises(HarnessError, match=r"^A plan is signed for one system: name it with model=NAME\.$"):
        show_plan(FACES, tmp_path, key)
    assert not capsys.readouterr().out
    study.write_text("# @package _global_\ndefaults:\n" + chosen.format(model="majority"))
    show_plan([*choices, f"out={tmp_path / 'run'}"], tmp_path, key)
    assert "Signed: the plan" in capsys.readouterr().out
    assert "name: majority" in (tmp_path / "run" / "plan.yaml").read_text()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ([], "You must specify 'dataset'"),
        (["dataset=ravdess"], "dataset.root=PATH"),
        ([*FACES, "model=nothing"], "nothing"),
        ([*FACES, "labels.only=model"], "name it with model=NAME"),
        ([*FACES, "power.icc=2"], "power.icc"),
        ([*FACES, "power.rate=nan"], "power.rate"),
        ([*FACES, "measure.tolerance=0"], "tolerance"),
        ([*FACES, "attributes.axes=[shoe]"], "no attribute 'shoe'"),
        ([*FACES, "-m"], "'-m' is not readable"),
    ],
)
def test_bad_input_is_one_clear_message(overrides: list[str], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        show_plan(overrides)


def test_the_verb_needs_no_model_and_imports_no_framework() -> None:
    code = (
        "import sys; from harness.commands.main import app\n"
        "try: app(['plan', 'dataset=simulated_wearables', 'dataset.subjects=12'])\n"
        "except SystemExit as end: print('exit', end.code)\n"
        "print(sorted({'torch', 'mlflow', 'sklearn', 'cv2', 'librosa'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-2:] == ["exit 0", "[]"], done.stderr


def test_a_column_to_match_on_that_is_not_there_is_told_before_anything_is_predicted() -> None:
    with pytest.raises(HarnessError, match=r"no column 'ctx\.nope' to match on"):
        show_plan([*FACES, "measure.match_on=[label,ctx.nope]"], None)


def test_labels_that_the_model_can_answer_are_those_of_its_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    labels = ["sad", "happy", "angry"]
    rows = [(f"s{i}", f"p{i}", labels[i % 3]) for i in range(30)]
    (tmp_path / "samples.csv").write_text(
        "sample_id,subject_id,label\n" + "".join(f"{','.join(row)}\n" for row in rows)
    )
    (tmp_path / "p.csv").write_text("sample_id,label\n" + "".join(f"{row[0]},sad\n" for row in rows))
    table = ["dataset=table", f"dataset.root={tmp_path}", "dataset.modality=face", "dataset.label_source=acted"]
    system = ["model=predictions", f"model.file={tmp_path / 'p.csv'}", "labels.only=model"]
    assert "table: 10 samples of 10 subjects" in shown(capsys, *table, *system)
