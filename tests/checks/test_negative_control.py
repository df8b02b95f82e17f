from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.arrays import Ints
from harness.checks.checked_system import CheckedSystem
from harness.checks.control_choices import NegativeControl
from harness.checks.negative_control import negative_control
from harness.tables.results import Result

LABELS = np.array(["anger", "fear", "neutral", "sadness"])
PEOPLE, EACH = 24, 16
NUM = PEOPLE * EACH
SUBJECT = np.repeat(np.arange(PEOPLE), EACH)
OTHERS, OUTCOME = {"labels_of_others": ("ctx.sentence",)}, {"outcomes": ("ctx.sentence",)}

MakeSystem = Callable[..., CheckedSystem]


def found(
    make_system: MakeSystem,
    truth: Ints,
    answer: Ints | Sequence[str | None],
    control: dict[str, Any],
    **columns: Any,
) -> dict[str, Result]:
    """Findings by what they are about."""
    answers = LABELS[answer].tolist() if isinstance(answer, np.ndarray) else answer
    system = make_system(
        SUBJECT.tolist(),
        LABELS[truth].tolist(),
        answers,
        labels=LABELS.tolist(),
        columns={name.replace("__", "."): list(values) for name, values in columns.items()},
    )
    checked = replace(system, control=NegativeControl(**control))
    return {finding.group: finding for finding in negative_control(checked)}


def designed(seed: int, own: float = 0.4) -> tuple[Ints, Ints, np.random.Generator]:
    """Sentences, and labels of which so many, and a quarter of the others, are those of their sentence."""
    rng = np.random.default_rng(seed)
    sentence, label = rng.integers(0, 4, NUM), rng.integers(0, 4, NUM)
    return sentence, np.where(rng.random(NUM) < own, sentence, label), rng


def by_voice(truth: Ints, rng: np.random.Generator) -> Ints:
    return np.where(rng.random(NUM) < 0.6, truth, rng.integers(0, 4, NUM))


def test_nothing_is_looked_for_unless_the_plan_names_it(make_system: MakeSystem) -> None:
    sentence, truth, _ = designed(0)
    assert found(make_system, truth, truth, {}, ctx__sentence=sentence) == {}


def test_answers_by_sentence_are_found_where_labels_go_with_sentences(make_system: MakeSystem) -> None:
    sentence, truth, _ = designed(1)
    finding = found(make_system, truth, sentence, OTHERS, ctx__sentence=sentence)["ctx.sentence"]
    assert finding.verdict == "not_met"
    share = np.mean(truth == sentence)  # others' labels at a sentence are its own as often as all are
    assert finding.own_value == pytest.approx(share, abs=0.02)
    assert finding.chance == 0.25
    assert finding.value == pytest.approx((finding.own_value or 0) - (finding.versus_value or 0))
    assert finding.reason is not None
    assert "not from the person" in finding.reason
    assert "It does not show how" in finding.reason


def test_answers_by_voice_are_not_found_though_they_agree_with_others(make_system: MakeSystem) -> None:
    sentence, truth, rng = designed(2, own=0.7)
    finding = found(make_system, truth, by_voice(truth, rng), OTHERS, ctx__sentence=sentence)["ctx.sentence"]
    assert finding.verdict == "met"
    assert finding.own_value is not None
    assert finding.own_value > 0.3  # above chance, by the label of the sample alone
    assert finding.value == pytest.approx(0, abs=0.03)


def test_where_labels_are_even_no_system_gains_and_the_outcome_tells_them_apart(make_system: MakeSystem) -> None:
    sentence, truth, rng = designed(3, own=0.0)
    control = OTHERS | OUTCOME
    by_sentence = found(make_system, truth, sentence, control, ctx__sentence=sentence)
    assert by_sentence["ctx.sentence"].verdict == "met"
    assert "helps no system" in (by_sentence["ctx.sentence"].reason or "")
    assert by_sentence["answers by ctx.sentence"].verdict == "not_met"
    voice = found(make_system, truth, by_voice(truth, rng), control, ctx__sentence=sentence)
    assert voice["answers by ctx.sentence"].verdict == "met"


def test_an_outcome_that_goes_with_labels_is_not_held_against_a_system_by_voice(make_system: MakeSystem) -> None:
    sentence, truth, rng = designed(4, own=0.7)
    voice = found(make_system, truth, by_voice(truth, rng), OUTCOME, ctx__sentence=sentence)
    finding = voice["answers by ctx.sentence"]
    assert finding.verdict == "met"
    assert finding.value == pytest.approx(0, abs=0.01)
    mixed = np.where(rng.random(NUM) < 0.5, sentence, by_voice(truth, rng))
    assert found(make_system, truth, mixed, OUTCOME, ctx__sentence=sentence)[
        "answers by ctx.sentence"
    ].verdict == ("not_met")


def test_a_context_that_is_the_label_tells_nothing(make_system: MakeSystem) -> None:
    sentence, _, rng = designed(5)
    finding = found(make_system, sentence, by_voice(sentence, rng), OTHERS, ctx__sentence=sentence)["ctx.sentence"]
    assert finding.verdict == "inconclusive"
    assert "cannot be told from one that reads the person" in (finding.reason or "")


def test_a_group_that_alone_gains_is_found(make_system: MakeSystem) -> None:
    sentence, truth, rng = designed(6)
    women = SUBJECT % 2 == 0
    answer = np.where(women & (rng.random(NUM) < 0.7), sentence, by_voice(truth, rng))
    sex = np.where(women, "female", "male")
    gaps = found(make_system, truth, answer, OTHERS, ctx__sentence=sentence, attr__sex=sex)
    gap = gaps["sex at ctx.sentence"]
    assert gap.verdict == "not_met"
    assert gap.value == pytest.approx((gap.own_value or 0) - (gap.versus_value or 0))
    assert (gap.value or 0) > 0.05
    assert "(female)" in (gap.reason or "").split(" and ")[0]
    alike = np.where(rng.random(NUM) < 0.3, sentence, by_voice(truth, rng))
    other = found(make_system, truth, alike, OTHERS, ctx__sentence=sentence, attr__sex=sex)["sex at ctx.sentence"]
    assert other.verdict in ("met", "inconclusive")


def test_only_answered_samples_count(make_system: MakeSystem) -> None:
    sentence, truth, rng = designed(7)
    lost = rng.random(NUM) < 0.3
    answer = [None if gone else str(LABELS[code]) for gone, code in zip(lost, truth, strict=True)]
    finding = found(make_system, truth, answer, OTHERS, ctx__sentence=sentence)["ctx.sentence"]
    assert finding.n_samples == int((~lost).sum())


def test_values_without_others_do_not_count(make_system: MakeSystem) -> None:
    _, truth, _ = designed(8)
    own = found(make_system, truth, truth, OTHERS | OUTCOME, ctx__sentence=SUBJECT)
    assert {finding.verdict for finding in own.values()} == {"not_tested"}
    one = found(make_system, truth, truth, OTHERS, ctx__sentence=["a"] * NUM)
    assert one["ctx.sentence"].verdict == "not_tested"
    missing = found(make_system, truth, truth, {"labels_of_others": ("ctx.gone",)})
    assert missing["ctx.gone"].verdict == "not_tested"


def test_numbers_that_are_not_whole_are_binned(make_system: MakeSystem) -> None:
    _, truth, rng = designed(9)
    hour = rng.uniform(8, 20, NUM)
    finding = found(make_system, truth, truth, OUTCOME | {"outcomes": ("ctx.hour",)}, ctx__hour=hour)
    assert "ctx.hour (in 8 bins)" in (finding["answers by ctx.hour"].reason or "")


def test_a_label_list_of_one_class_is_not_tested(make_system: MakeSystem) -> None:
    sentence, truth, _ = designed(10)
    findings = found(make_system, np.zeros_like(truth), np.zeros_like(truth), OTHERS, ctx__sentence=sentence)
    assert findings["ctx.sentence"].verdict == "not_tested"
