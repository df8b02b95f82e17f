from __future__ import annotations

import json
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from silent import Silent

from harness.cards.facts import dataset_card
from harness.errors import HarnessError
from harness.study.compose import compose_study
from harness.study.config import ProtocolChoices
from harness.study.preview import preview
from harness.study.run_study import Study, run
from harness.study.training_corpora import other_corpora, training_notes
from harness.tables.samples import samples_table

RATE = 8_000
PITCH = {"anger": 300, "angry": 300, "sadness": 110, "calm": 200}


def corpus(
    folder: Path, people: Sequence[str], labels: Sequence[str], split: str | None = None, seed: int = 0
) -> Path:
    """A table of one buzzing clip for each person and label; anger is high."""
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    rows = []
    for person in people:
        for number, label in enumerate([*labels, *labels]):
            name = f"{person}-{number}.wav"
            at_s = np.arange(int(0.6 * RATE)) / RATE
            sound = np.sign(np.sin(2 * np.pi * PITCH[label] * rng.uniform(0.95, 1.05) * at_s)) * 0.3
            with wave.open(str(folder / name), "wb") as file:
                file.setparams((1, 2, RATE, 0, "NONE", ""))
                noisy = sound + rng.normal(0, 0.01, len(at_s))
                file.writeframes((noisy * 32767).astype("<i2").tobytes())
            rows.append(f"{name},{name},{person},{label},{split or ''}")
    table = folder / "samples.csv"
    head = "" if table.is_file() else "sample_id,uri,subject_id,label,split\n"
    with table.open("a") as file:
        file.write(head + "".join(f"{row}\n" for row in rows))
    return folder


def study(tmp_path: Path, tested: Path, *overrides: str, model: str = "voice_functionals_svm") -> Any:
    fixed = ["dataset=table", f"dataset.root={tested}", "dataset.modality=voice", "dataset.label_source=acted"]
    quick = ["checks.enabled=false", "tracking.enabled=false", "workers=0"]
    quick += ["measure.resamples=100", "measure.permutations=100"]
    return compose_study([*fixed, *quick, f"model={model}", f"out={tmp_path / 'out'}", *overrides])


def trained_on(*roots: Path) -> str:
    entries = [f"{{name: table, root: '{root}', modality: voice, label_source: acted}}" for root in roots]
    return f"protocol.train_on=[{', '.join(entries)}]"


def answers(done: Study) -> dict[str, Any]:
    rows = pq.read_table(done.folder / "predictions.parquet").to_pylist()
    return {row["sample_id"]: row["label"] for row in rows if row["model"] == "voice_functionals_svm"}


@pytest.mark.slow
def test_a_system_trained_on_one_corpus_is_tested_on_another(tmp_path: Path) -> None:
    here = corpus(tmp_path / "here", ["a", "b"], ["angry", "sadness"])
    there = corpus(tmp_path / "there", ["x", "y", "z"], ["anger", "sadness", "calm"], seed=1)
    done = run(study(tmp_path, here, trained_on(there)), Silent())
    truth = {row["sample_id"]: row["label"] for row in pq.read_table(done.folder / "samples.parquet").to_pylist()}
    assert answers(done) == truth  # in the labels of the tested corpus
    (fold,) = json.loads((done.folder / "folds.json").read_text())["folds"]["voice_functionals_svm"]
    assert (fold["train_subjects"], fold["test_subjects"], fold["num_train"]) == (["x", "y", "z"], ["a", "b"], 12)
    protocol = done.plan["protocol"]
    (training,) = protocol["training"]
    assert (training["num_samples"], training["left_out"]) == (12, 6)
    assert str(there) not in json.dumps(done.plan)
    assert protocol["notes"][0] == "Trained once, on table (12 samples of 3 subjects); tested on another corpus."
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert protocol["notes"][0] in page
    assert "trained within this study, once, on table (12 samples of 3 subjects)" in page
    (media,) = json.loads((done.folder / "run.json").read_text())["training_media"]
    assert (media["dataset"], media["files"]) == ("table", 13)  # with the table itself
    assert run(study(tmp_path, here, trained_on(there)), Silent()).was_finished


def test_a_part_for_training_is_trained_on_and_the_others_are_tested(tmp_path: Path) -> None:
    root = corpus(tmp_path / "one", ["a", "b"], ["anger", "sadness"], "Train")
    corpus(root, ["c"], ["anger", "sadness"], "Test1", seed=2)
    done = run(study(tmp_path, root, "protocol.folds=partition"), Silent())
    assert {name.split("-")[0] for name in answers(done)} == {"c"}
    (fold,) = json.loads((done.folder / "folds.json").read_text())["folds"]["voice_functionals_svm"]
    assert (fold["train_subjects"], fold["test_subjects"]) == (["a", "b"], ["c"])
    assert done.plan["protocol"]["notes"] == [
        "Trained once, on the training part (8 samples of 2 subjects); tested on the parts of the split that are "
        "held out."
    ]


def test_people_on_both_sides_are_refused_however_their_ids_are_written(tmp_path: Path) -> None:
    here = corpus(tmp_path / "here", ["p1", "b"], ["anger", "sadness"])
    there = corpus(tmp_path / "there", ["P01", "c"], ["anger", "sadness"], seed=1)
    with pytest.raises(HarnessError, match=r"people of table are also tested: 1 \(p1\).*allow_leak=true"):
        run(study(tmp_path, here, trained_on(there)), Silent())
    found = preview(study(tmp_path, here, trained_on(there), "protocol.allow_leak=true"))
    assert "Trained on and tested: p1." in found.warnings
    assert any("1 tested subject also in what was trained on" in text for text in found.warnings)


def test_recordings_on_both_sides_are_refused_whatever_they_are_called(tmp_path: Path) -> None:
    here = corpus(tmp_path / "here", ["a", "b"], ["anger", "sadness"])
    there = corpus(tmp_path / "there", ["x", "y"], ["anger", "sadness"], seed=1)
    (there / "x-0.wav").write_bytes((here / "a-0.wav").read_bytes())
    with pytest.raises(HarnessError, match=r"1 tested recording also in table, byte for byte \(a-0.wav\)"):
        run(study(tmp_path, here, trained_on(there)), Silent())


def test_an_interrupted_run_goes_on_only_with_the_same_training(tmp_path: Path) -> None:
    here = corpus(tmp_path / "here", ["a", "b"], ["anger", "sadness"])
    there = corpus(tmp_path / "there", ["x", "y"], ["anger", "sadness"], seed=1)
    (there / "x-0.wav").write_bytes((here / "a-0.wav").read_bytes())
    with pytest.raises(HarnessError, match="byte for byte"):
        run(study(tmp_path, here, trained_on(there)), Silent())
    (there / "x-0.wav").write_bytes((there / "y-0.wav").read_bytes())
    with pytest.raises(HarnessError, match=r"protocol.train_on: .*different files.*1 changed \(x-0.wav\)"):
        run(study(tmp_path, here, trained_on(there)), Silent())


@pytest.mark.parametrize(
    ("overrides", "model", "message"),
    [
        ((), "majority", "model majority is not trained on other samples"),
        (("protocol.folds=loso",), "voice_functionals_svm", "has no folds"),
    ],
)
def test_what_cannot_be_trained_on_others(
    tmp_path: Path, overrides: tuple[str, ...], model: str, message: str
) -> None:
    here = corpus(tmp_path / "here", ["a", "b"], ["anger", "sadness"])
    there = corpus(tmp_path / "there", ["x", "y"], ["anger", "sadness"])
    with pytest.raises(HarnessError, match=message):
        run(study(tmp_path, here, trained_on(there), *overrides, model=model), Silent())


def test_a_corpus_without_a_common_label_or_named_twice_is_refused(tmp_path: Path) -> None:
    here = corpus(tmp_path / "here", ["a", "b"], ["anger", "sadness"])
    calm = corpus(tmp_path / "calm", ["x"], ["calm"])
    with pytest.raises(HarnessError, match=r"table has no label in common .*calm, and they have anger and"):
        preview(study(tmp_path, here, trained_on(calm)))
    with pytest.raises(HarnessError, match="table stands there twice"):
        preview(study(tmp_path, here, trained_on(here, here)))
    with pytest.raises(HarnessError, match=r"protocol.train_on: .*is not a folder"):
        preview(study(tmp_path, here, trained_on(tmp_path / "nowhere")))


def test_without_labels_nothing_is_learned(tmp_path: Path) -> None:
    here = people_who_show(["anger", "fear"], ["01", "02"])
    there = corpus(tmp_path / "there", ["x"], ["anger"])
    entry = {"name": "table", "root": there, "modality": "voice", "label_source": "acted"}
    protocol = ProtocolChoices.model_validate({"train_on": [entry]})
    column = here.schema.get_field_index("label")
    none = here.set_column(column, here.schema.field("label"), pa.nulls(2, pa.string()))
    with pytest.raises(HarnessError, match="the tested samples have no labels, and labels are what"):
        other_corpora(protocol, none, card=dataset_card("ravdess"), merge=None)


def test_a_corpus_without_its_folder_is_told_where_it_stands(tmp_path: Path) -> None:
    here = corpus(tmp_path / "here", ["a", "b"], ["anger", "sadness"])
    with pytest.raises(HarnessError) as raised:
        preview(study(tmp_path, here, "protocol.train_on=[{name: ravdess}]"))
    assert str(raised.value) == (
        "protocol.train_on: dataset ravdess: give its folder with root=PATH. `harness show dataset ravdess` says "
        "how to get it. These are keys of its entry, such as protocol.train_on='[{name: ravdess, root: PATH}]'."
    )
    with pytest.raises(HarnessError, match=r"dataset ravdess: window: there is no such key"):
        preview(study(tmp_path, here, "protocol.train_on=[{name: ravdess, window: 3}]"))


def test_a_split_without_parts_cannot_be_a_partition(tmp_path: Path) -> None:
    here = corpus(tmp_path / "here", ["a", "b"], ["anger", "sadness"], "train")
    with pytest.raises(HarnessError, match=r"folds=partition: the split of table .* It has train\."):
        preview(study(tmp_path, here, "protocol.folds=partition"))


def people_who_show(labels: Sequence[str], people: Sequence[str]) -> pa.Table:
    return samples_table(
        [
            {
                "sample_id": f"{i}",
                "modality": "voice",
                "subject_id": person,
                "label": label,
                "label_source": "acted",
            }
            for i, (label, person) in enumerate(zip(labels, people, strict=True))
        ]
    )


def test_numbers_of_another_corpus_are_other_people_and_merged_labels_meet(tmp_path: Path) -> None:
    there = corpus(tmp_path / "there", ["01"], ["calm", "anger"])
    here = people_who_show(["neutral", "fear"], ["01", "02"])
    entry = {"name": "table", "root": there, "modality": "voice", "label_source": "acted"}
    card = dataset_card("ravdess")
    protocol = ProtocolChoices.model_validate({"train_on": [entry], "allow_leak": True})
    (found,) = other_corpora(protocol, here, card=card, merge={"calm": "neutral"})
    assert set(found.samples["label"].to_pylist()) == {"neutral"}
    assert found.shared == {"01"}  # a table may hold any corpus, so also this one
    assert training_notes([found], here)[2].startswith("Nothing trained on shows fear")
    simulated = ProtocolChoices.model_validate({"train_on": [{"name": "simulated_voices", "subjects": 4}]})
    (other,) = other_corpora(simulated, here, card=card, merge=None)
    assert not other.shared
    assert all(name.startswith("simulated_voices:") for name in other.samples["subject_id"].to_pylist())
