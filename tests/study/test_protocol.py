from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from silent import Silent
from sklearn.model_selection import GroupKFold

from harness.cards.facts import dataset_card
from harness.errors import HarnessError
from harness.study.compose import compose_study
from harness.study.config import ProtocolChoices
from harness.study.protocol import Protocol, in_protocol
from harness.study.run_study import run
from harness.tables.samples import samples_table

CARD = dataset_card("ravdess")


def table(rows: Sequence[tuple[str, str | None, str | None]]) -> pa.Table:
    """Samples of (subject, session, split)."""
    return samples_table(
        [
            {
                "sample_id": f"{number}",
                "modality": "voice",
                "subject_id": subject,
                "session_id": session,
                "split": split,
                "label_source": "acted",
            }
            for number, (subject, session, split) in enumerate(rows)
        ]
    )


def apply(samples: pa.Table, listed: pa.Table | None = None, **choices: Any) -> Protocol:
    return in_protocol(listed or samples, samples, ProtocolChoices(**choices), card=CARD, seed=0)


LEAKY = table([("a", "1", "Training"), ("a", "2", "PrivateTest"), ("b", "2", "PrivateTest"), ("c", "1", None)])


def test_a_split_that_leaks_is_refused_with_every_remedy() -> None:
    with pytest.raises(HarnessError, match=r"both sides of the split: 1 \(a\).*folds=loso.*allow_leak=true"):
        apply(LEAKY)


def test_a_leak_among_all_samples_is_one_of_a_part_of_them_too() -> None:
    with pytest.raises(HarnessError, match="both sides of the split"):
        apply(LEAKY.slice(0, 1), LEAKY)


def test_a_leak_that_is_allowed_is_stated_without_names() -> None:
    found = apply(LEAKY, allow_leak=True)
    assert found.samples.equals(LEAKY)
    assert found.plain()["leaked_subjects"] == 1
    (note,) = found.plain()["notes"]
    assert "the same people in training and test (1 subject; protocol.allow_leak=true)" in note
    assert found.stated_in(CARD).limitations == [*CARD.limitations, note]
    assert found.warnings == [note, "On both sides of the split: a."]


def test_what_is_allowed_but_does_not_leak_states_nothing() -> None:
    found = apply(table([("a", None, "train"), ("b", None, "test")]), allow_leak=True)
    assert (found.leaked, found.notes, found.stated_in(CARD)) == ((), (), CARD)


def test_folds_of_the_study_replace_a_split_that_leaks() -> None:
    assert apply(LEAKY, folds="loso").samples["split"].to_pylist() == ["fold:1", "fold:1", "fold:2", "fold:3"]


def test_folds_by_subject_keep_everybody_in_one_and_are_as_even_as_those_of_scikit_learn() -> None:
    people = [f"p{i}" for i in range(17) for _ in range(i % 5 + 1)]
    split = apply(table([(one, None, None) for one in people]), folds=4).samples["split"].to_pylist()
    assert set(split) == {"fold:1", "fold:2", "fold:3", "fold:4"}
    assert len(set(zip(people, split, strict=True))) == 17
    sizes = [len(test) for _, test in GroupKFold(4).split(people, groups=people)]
    assert max(map(split.count, set(split))) == max(sizes)


def test_sessions_are_left_out_in_their_order() -> None:
    rows = [("a", "S2", None), ("b", "S2", None), ("c", "S1", None)]
    assert apply(table(rows), folds="session").samples["split"].to_pylist() == ["fold:2", "fold:2", "fold:1"]


def test_somebody_in_two_sessions_leaks() -> None:
    with pytest.raises(HarnessError, match=r"people in several sessions: 1 \(a\)"):
        apply(LEAKY, folds="session")
    assert apply(LEAKY, folds="session", allow_leak=True).leaked == ("a",)


@pytest.mark.parametrize(
    ("rows", "folds", "message"),
    [
        ([("a", None, "fold:1")], "split", "0 samples in no fold, and there must be two folds"),
        ([("a", None, "fold:1"), ("b", None, "fold:2"), ("c", None, None)], "split", "1 sample in no fold"),
        ([("a", None, "train"), ("b", None, "test")], "split", r"has test and train\. Choose one .*: emobox"),
        ([("a", None, None), ("b", "1", None)], "session", "1 sample without a session_id"),
        ([("a", "1", None), ("b", "1", None)], "session", "must be 2, but the study has 1 session"),
        ([("a", None, None)], "loso", "must be 2, but the study has 1 subject"),
        ([("a", None, None), ("b", None, None)], 3, "must be 3, but the study has 2 subjects"),
    ],
)
def test_folds_that_there_cannot_be(rows: Any, folds: Any, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        apply(table(rows), folds=folds)


def test_folds_by_subject_of_unknown_people_are_said_to_prove_nothing() -> None:
    card = CARD.model_copy(update={"rows_independent": True})
    samples = table([("a", None, None), ("b", None, None)])
    found = in_protocol(samples, samples, ProtocolChoices(folds=2), card=card, seed=0)
    assert found.notes == (
        "Subjects are not known, so that the folds by subject may have the same people in several.",
    )


def study_of_own_table(tmp_path: Path, *overrides: str) -> Any:
    """A study of a table whose split has people on both sides."""
    rows = [f"{n}.wav,p{n % 4},{('joy', 'anger')[n % 2]},{'train' if n < 5 else 'test'}" for n in range(8)]
    (tmp_path / "samples.csv").write_text("\n".join(["sample_id,subject_id,label,split", *rows]))
    fixed = ["dataset=table", f"dataset.root={tmp_path}", "dataset.modality=voice", "dataset.label_source=acted"]
    more = ["model=majority", "baselines=[]", "tracking.enabled=false", f"out={tmp_path / 'out'}"]
    return run(compose_study([*fixed, *more, *overrides]), Silent())


def test_a_table_of_ones_own_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"dataset table: people on both sides of the split: 3"):
        study_of_own_table(tmp_path)


def test_an_allowed_leak_stands_in_plan_card_and_report(tmp_path: Path) -> None:
    study = study_of_own_table(tmp_path, "protocol.allow_leak=true")
    (note,) = study.plan["protocol"]["notes"]
    assert "3 subjects" in note
    assert note in study.plan["cards"]["dataset"]["limitations"]
    page = (study.folder / "report.html").read_text(encoding="utf-8")
    assert page.count(note) == 2  # above the figures, and among the limitations
