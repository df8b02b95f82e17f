"""Finished runs fused to one system: what is joined, what is missing, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from fused_systems import CLASSES, sample_rows, simulated_scores, write_system_run

from harness.cards.facts import model_card
from harness.errors import HarnessError
from harness.models.fusion import Fusion, FusionOptions
from harness.models.model import Conclusion, RunSettings
from harness.tables.predictions import label_orders, validate_predictions
from harness.tables.samples import samples_table

ROWS = sample_rows(4)
SAMPLES = samples_table(ROWS)
A, B = [0.6, 0.2, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1]


def fusion(runs: Any, method: str = "mean", **options: Any) -> Fusion:
    given = FusionOptions(runs=runs, method=method, **options)
    return Fusion(model_card("fusion"), given, RunSettings())


def predicted(model: Fusion, samples: Any = SAMPLES) -> Conclusion:
    model.require_answers(samples)
    found = model.predict(samples)
    validate_predictions(found.predictions, samples)
    return found


@pytest.fixture
def pair(tmp_path: Path) -> list[Path]:
    return [
        write_system_run(tmp_path / "face", ROWS, [A] * 32, reasons={0: "no_face", 1: "no_face: dark"}),
        write_system_run(tmp_path / "voice", ROWS, [B] * 32, reasons={0: "silent"}),
    ]


def test_scores_are_averaged_and_what_is_missing_is_left_to_the_others(pair: list[Path]) -> None:
    rows = predicted(fusion(pair)).predictions.to_pylist()
    assert (rows[0]["outcome"], rows[0]["reason"]) == ("abstained", "no_answer: face: no_face, voice: silent")
    assert rows[1]["scores"] == pytest.approx(B)
    assert rows[2]["scores"] == pytest.approx([0.35, 0.45, 0.1, 0.1])
    assert [row["label"] for row in rows[:3]] == [None, "happiness", "happiness"]


def test_how_many_answered_is_counted(pair: list[Path]) -> None:
    model = fusion(pair)
    predicted(model)
    assert model.notes() == [
        "Fused from finished runs, method mean: face and voice.",
        "Of 2 systems, 2 answered 94 %, 1 answered 3 % and 0 answered 3 % of the samples.",
        "Of 32 samples, some are not answered by face (2) and voice (1).",
    ]


def test_a_run_by_a_split_that_leaks_is_told(tmp_path: Path) -> None:
    leak = {"notes": ["The split has the same people."]}
    run = write_system_run(tmp_path / "face", ROWS, [A] * 32, protocol=leak)
    model = fusion([run, write_system_run(tmp_path / "voice", ROWS, [B] * 32)])
    assert model.notes()[-1] == "face: The split has the same people."


def test_a_run_that_is_left_out_changes_the_answers_and_not_the_facts(pair: list[Path]) -> None:
    whole, without = fusion(pair), fusion(pair, without="face")
    assert predicted(without).predictions["label"][2].as_py() == "happiness"
    assert predicted(without).predictions["scores"][2].as_py() == pytest.approx(B)
    assert without.facts() == whole.facts()
    assert without.notes()[0] == "Fused from finished runs, method mean: voice, without face."
    assert set(whole.facts()["runs"]) == {"face", "voice"}
    facts = whole.facts()["runs"]["face"]
    assert set(facts) == {"system", "dataset", "plan_sha256", "samples_sha256", "predictions_sha256"}


def test_votes(tmp_path: Path) -> None:
    answers = [[A, B, A], [A, B, B], [A, B, None]]
    runs = [
        write_system_run(tmp_path / name, ROWS[:3], [row[index] for row in answers], reasons=reasons)
        for index, (name, reasons) in enumerate([("a", {}), ("b", {}), ("c", {2: "refused"})])
    ]
    rows = predicted(fusion(runs, "vote"), samples_table(ROWS[:3])).predictions.to_pylist()
    assert [row["label"] for row in rows] == ["anger", "happiness", "happiness"]  # .7 against .6 breaks the tie
    assert rows[0]["scores"] == pytest.approx([2 / 3, 1 / 3, 0, 0])


def test_labels_meet_by_name_and_a_class_that_one_cannot_answer_is_left_to_the_other(tmp_path: Path) -> None:
    runs = [
        write_system_run(tmp_path / "face", ROWS, [[0.2, 0.8]] * 32, labels=["ANG", "sad"]),
        write_system_run(tmp_path / "voice", ROWS, [[0.5, 0.3, 0.2]] * 32, labels=["sadness", "angry", "calm"]),
    ]
    model = fusion(runs)
    found = predicted(model).predictions
    assert label_orders(found) == {"fusion": ["anger", "sadness", "calm"]}
    assert found["scores"][0].as_py() == pytest.approx(np.array([0.25, 0.65, 0.2]) / 1.1)
    assert "face cannot answer calm: the others decide on that alone." in model.notes()


def test_labels_are_merged_as_in_the_plans_of_the_runs(tmp_path: Path) -> None:
    rows = [row | {"label": "calm" if row["label"] == "neutral" else row["label"]} for row in ROWS]
    runs = [
        write_system_run(tmp_path / name, rows, simulated_scores(ROWS, 1.0, seed), merge={"calm": "neutral"})
        for seed, name in enumerate(("a", "b"))
    ]
    found = predicted(fusion(runs, "learned"), samples_table(rows))
    assert {fold.num_train for fold in found.folds} == {24}  # calm samples are trained on, as neutral


def test_clips_of_several_modalities_are_joined_by_other_columns(tmp_path: Path) -> None:
    there = [row | {"sample_id": f"video/{row['sample_id']}.flv"} for row in reversed(ROWS)]
    turned = simulated_scores(there, 1.0, 1)
    face = write_system_run(tmp_path / "face", there, turned)
    voice = write_system_run(tmp_path / "voice", ROWS, simulated_scores(ROWS, 1.0, 2), reasons={3: "silent"})
    with pytest.raises(HarnessError, match=r"model\.join=\[COLUMN,…\] joins on other columns"):
        predicted(fusion([voice, face]))
    for join in ("name", ["subject_id", "ctx.clip"]):
        found = predicted(fusion([voice, face], join=join)).predictions
        assert found["scores"][3].as_py() == pytest.approx(turned[len(ROWS) - 1 - 3])
    with pytest.raises(HarnessError, match=r"several samples of the study have the same subject_id"):
        predicted(fusion([voice, face], join="subject_id"))
    with pytest.raises(HarnessError, match=r"have no column 'ctx\.take'"):
        predicted(fusion([voice, face], join="ctx.take"))


def test_samples_that_a_run_does_not_have_are_counted(tmp_path: Path) -> None:
    runs = [
        write_system_run(tmp_path / "face", ROWS[:30], [A] * 30),
        write_system_run(tmp_path / "voice", ROWS[:31], [B] * 31),
    ]
    model = fusion(runs)
    last = predicted(model).predictions.to_pylist()[-1]
    assert (last["outcome"], last["reason"]) == (
        "failed",
        "no_answer: face: not in its run, voice: not in its run",
    )
    assert "Of 32 samples, some are not in the run of face (2) and voice (1)." in model.notes()


def test_other_labels_are_counted_and_other_subjects_refused(tmp_path: Path) -> None:
    rows = [ROWS[0] | {"label": "sadness"}, *ROWS[1:]]
    runs = [write_system_run(tmp_path / name, given, [A] * 32) for name, given in (("a", ROWS), ("b", rows))]
    model = fusion(runs)
    predicted(model)
    assert any(note.startswith("b: 1 sample with another label in its run") for note in model.notes())
    strangers = [row | {"subject_id": "x" + row["subject_id"]} for row in ROWS]
    other = write_system_run(tmp_path / "c", strangers, [A] * 32)
    with pytest.raises(HarnessError, match=r"sample 's00_0' is of subject 'xs00' there and of 's00' in the study"):
        predicted(fusion([runs[0], other]))


def test_labels_without_scores_count_as_certain(tmp_path: Path) -> None:
    runs = [
        write_system_run(tmp_path / "a", ROWS, [None] * 32, answers=["neutral"] * 32),
        write_system_run(tmp_path / "b", ROWS, [A] * 32),
    ]
    found = predicted(fusion(runs)).predictions
    assert found["scores"][0].as_py() == pytest.approx([0.3, 0.1, 0.55, 0.05])
    with pytest.raises(HarnessError, match="a gives answers without scores, and cannot be fused by product"):
        fusion(runs, "product")


def test_dimensions_are_averaged(tmp_path: Path) -> None:
    nothing: list[None] = [None] * 32
    runs = [
        write_system_run(
            tmp_path / name, ROWS, nothing, labels=[], answers=nothing, dimensions={"valence": [value] * 32}
        )
        for name, value in (("a", 0.2), ("b", 0.6))
    ]
    found = predicted(fusion(runs)).predictions
    assert found["valence"].to_pylist() == pytest.approx([0.4] * 32)
    assert found["label"].null_count == 32
    with pytest.raises(HarnessError, match="a gives answers without scores"):
        fusion(runs, "learned")


def test_weights_need_labels_that_the_runs_can_answer(tmp_path: Path) -> None:
    runs = [write_system_run(tmp_path / name, ROWS, [A] * 32) for name in ("a", "b")]
    rest = samples_table([row | {"label": "rest"} for row in ROWS])
    with pytest.raises(HarnessError, match=r"no weights can be learned.*merge labels in the runs"):
        fusion(runs, "learned").predict(rest)


def test_the_card_says_how_the_systems_were_trained(tmp_path: Path) -> None:
    own = model_card("fer_mini_xception").model_dump(mode="json")
    trained = [own | {"training_subjects": ["p1", "p2"]}, own | {"training_subjects": ["p3"]}, own]
    cross_fitted = own | {"training": "cross_fitted"}
    runs = [
        write_system_run(tmp_path / f"r{index}", ROWS, [A] * 32, card=card)
        for index, card in enumerate([*trained, cross_fitted])
    ]

    def training(*chosen: int) -> tuple[str, list[str] | None]:
        card = fusion([runs[index] for index in chosen]).card
        return card.training, card.training_subjects

    assert training(0, 1) == ("pretrained", ["p1", "p2", "p3"])
    assert training(0, 3) == ("pretrained", ["p1", "p2"])
    assert training(0, 2) == ("pretrained", None)
    assert fusion([runs[3], runs[3].with_name("r0")], without="r0").card.training == "cross_fitted"


@pytest.mark.parametrize(
    ("runs", "options", "message"),
    [
        (None, {}, r"needs the folders of 2 to 20 finished runs, and has 0: model\.runs=\[DIR,DIR\]"),
        (["a"], {}, "and has 1"),
        (["a", "a"], {}, r"several runs are of a\. Name them: model\.runs=\{a: DIR, b: DIR\}"),
        (["a", "b"], {"without": ["c"]}, r"there is no run 'c'\. The runs: a and b"),
        (["a", "b"], {"without": ["a", "b"]}, "leaves no run"),
        (["a", "logits"], {}, r"the scores of sample 's00_0' are no probabilities"),
        (["a", "merging"], {}, None),
        (
            ["merging", "other"],
            {},
            "merge labels in different ways: merging Calm into neutral, other into sadness",
        ),
        (["a", "unfinished"], {}, "is not finished"),
        (["a", "changed"], {}, r"predictions\.parquet is not what the run wrote"),
        (["a", "nowhere"], {}, r"there is no plan\.yaml"),
        (["a", "many"], {}, "many has 1,000 labels; at most 200 can be fused"),
    ],
)
def test_what_cannot_be_fused_is_refused(
    runs: list[str] | None, options: dict[str, Any], message: str | None, tmp_path: Path
) -> None:
    for name in ("a", "b", "changed"):
        write_system_run(tmp_path / name, ROWS, [A] * 32)
    write_system_run(tmp_path / "logits", ROWS, [[3.0, -1.0, 0.5, 0.0]] * 32)
    write_system_run(tmp_path / "merging", ROWS, [A] * 32, merge={"calm": "neutral"})
    write_system_run(tmp_path / "other", ROWS, [A] * 32, merge={"Calm": "sadness"})
    write_system_run(
        tmp_path / "many", ROWS, [None] * 32, labels=[f"l{i}" for i in range(1000)], answers=["l1"] * 32
    )
    write_system_run(tmp_path / "unfinished", ROWS, [A] * 32, finish=False)
    table = pq.read_table(tmp_path / "changed" / "predictions.parquet")
    pq.write_table(
        table.filter(pc.not_equal(table["label"], "none")), tmp_path / "changed" / "predictions.parquet"
    )
    folders = None if runs is None else [tmp_path / name for name in runs]
    if message is None:
        fusion(folders, **options)
        return
    with pytest.raises(HarnessError, match=message):
        fusion(folders, **options)


def test_names_that_could_steer_a_terminal_are_refused(tmp_path: Path) -> None:
    runs = [write_system_run(tmp_path / name, ROWS, [A] * 32) for name in ("a", "b")]
    odd = write_system_run(tmp_path / "c", ROWS, [A] * 32, system="\x1b[2J<script>")
    with pytest.raises(HarnessError, match=r"is no usable name\. Give one of letters"):
        fusion([*runs, odd])
    assert (
        fusion({"a": runs[0], "odd": odd})
        .notes()[0]
        .startswith("Fused from finished runs, method mean: a and odd")
    )


def test_rounded_scores_are_probabilities(tmp_path: Path) -> None:
    runs = [write_system_run(tmp_path / name, ROWS, [[0.5, 0.17, 0.17, 0.17]] * 32) for name in ("a", "b")]
    found = predicted(fusion(runs)).predictions["scores"][0].as_py()
    assert found == pytest.approx(np.array([0.5, 0.17, 0.17, 0.17]) / 1.01)


def test_scores_that_are_no_probabilities_can_vote(tmp_path: Path) -> None:
    runs = [write_system_run(tmp_path / name, ROWS, [[3.0, -1.0, 0.5, 0.0]] * 32) for name in ("a", "b")]
    assert predicted(fusion(runs, "vote")).predictions["label"].unique().to_pylist() == ["anger"]


def test_runs_of_one_system_are_told_apart_by_names(tmp_path: Path) -> None:
    runs = {name: write_system_run(tmp_path / name, ROWS, [A] * 32, system="acme") for name in ("fp32", "bf16")}
    model = fusion(runs)
    assert model.notes()[0] == "Fused from finished runs, method mean: fp32 (acme) and bf16 (acme)."
    assert CLASSES[0] in model.labels_for(SAMPLES)
