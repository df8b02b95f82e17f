"""The samples that a finding is about are those that were planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from simulated_answers import simulated_answers

from harness.checks.checked_system import Check, CheckedSystem
from harness.checks.collapsed import collapsed
from harness.checks.frozen import frozen
from harness.checks.label_order import label_order
from harness.checks.probabilities import probabilities
from harness.checks.recording_condition import recording_condition
from harness.checks.samples_behind import knows_samples_behind, samples_behind
from harness.checks.support import support
from harness.checks.swapped_labels import swapped_labels
from harness.tables.probe_tables import PROBES
from harness.tables.results import results_table

MakeSystem = Callable[..., CheckedSystem]
LABELS = ("anger", "disgust", "fear", "sadness")
SWAP = {"anger": "disgust", "disgust": "anger"}
answered = partial(simulated_answers, LABELS, subjects=24, clips=6)


def found(check: Check, system: CheckedSystem, group: str = "all") -> tuple[str, list[int]]:
    """The verdict on a group, and the samples behind it."""
    rows = results_table(list(check(system))).to_pylist()
    row = next(row for row in rows if row["group"] == group)
    assert knows_samples_behind(row)
    return row["verdict"], np.flatnonzero(samples_behind(system, row)).tolist()


def test_swapped_labels_lead_to_the_samples_of_both_labels_of_these_people(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.7)
    wrong = (3, 5, 8, 9, 20, 21, 22)
    swapped = [SWAP.get(a, a) if person in wrong else a for person, a in zip(people, answer, strict=True)]
    expected = [
        index
        for index, (person, label, a) in enumerate(zip(people, truth, swapped, strict=True))
        if person in wrong and label in SWAP and a in SWAP
    ]
    assert found(swapped_labels, make_system(people, truth, swapped)) == ("not_met", expected)


def test_labels_swapped_in_a_part_lead_to_that_part(make_system: MakeSystem) -> None:
    people, truth = np.repeat(np.arange(60), 4).tolist(), ["anger", "disgust"] * 120
    site = ["north" if person % 4 == 0 else "south" for person in people]
    answer = [SWAP[a] if where == "north" else a for a, where in zip(truth, site, strict=True)]
    system = make_system(people, truth, answer, columns={"ctx.site": site})
    north = [index for index, where in enumerate(site) if where == "north"]
    assert found(swapped_labels, system) == ("not_met", north)


def test_labels_that_could_be_swapped_lead_to_where_they_are_confused(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.95)
    rng = np.random.default_rng(0)
    swapped = [SWAP.get(a, a) if rng.random() < 0.3 else a for a in answer]
    confused = [i for i, (t, a) in enumerate(zip(truth, swapped, strict=True)) if t != a and {t, a} == set(SWAP)]
    assert found(swapped_labels, make_system(people, truth, swapped)) == ("inconclusive", confused)


def test_another_order_leads_to_the_labels_that_change_places(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.8)
    moved = [SWAP.get(a, a) for a in answer]
    both = [i for i, (t, a) in enumerate(zip(truth, moved, strict=True)) if t in SWAP and a in SWAP]
    assert found(label_order, make_system(people, truth, moved)) == ("not_met", both)
    verdict, rows = found(label_order, make_system(people, truth, answer))
    assert (verdict, len(rows)) == ("met", len(truth))


def test_collapsed_answers_lead_to_the_answer(make_system: MakeSystem) -> None:
    people, truth, _ = answered(0.8)
    answer = ["fear" if index % 50 else label for index, label in enumerate(truth)]
    fear = [index for index, a in enumerate(answer) if a == "fear"]
    system = make_system(people, truth, answer, labels=LABELS)
    assert found(collapsed, system) == ("not_met", fear)
    assert found(collapsed, system, "one answer") == ("not_met", fear)


def test_a_class_that_is_never_answered_leads_to_its_samples(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.8)
    rng = np.random.default_rng(1)
    never = [str(rng.choice(LABELS[:3])) if a == "sadness" else a for a in answer]
    sadness = [index for index, label in enumerate(truth) if label == "sadness"]
    assert found(collapsed, make_system(people, truth, never, labels=LABELS)) == ("not_met", sadness)


def test_wrong_scores_lead_to_their_rows(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.8)
    columns = [LABELS.index(a) for a in answer]
    scores = np.full((len(answer), 4), 0.1)
    scores[np.arange(len(answer)), columns] = 0.7
    scores[[4, 9]] *= 100
    assert found(probabilities, make_system(people, truth, answer, labels=LABELS, scores=scores)) == (
        "not_met",
        [4, 9],
    )
    scores[[4, 9]] /= 100
    scores[:20] = np.roll(scores[:20], 1, axis=1)
    system = make_system(people, truth, answer, labels=LABELS, scores=scores)
    assert found(probabilities, system, "highest score") == ("not_met", list(range(20)))
    verdict, rows = found(probabilities, system)
    assert (verdict, len(rows)) == ("met", len(truth))


def test_a_room_of_its_own_leads_to_the_samples_in_it(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.8)
    rng = np.random.default_rng(2)
    room = ["studio" if label == "anger" else str(rng.choice(["lab", "hall"])) for label in truth]
    system = make_system(people, truth, answer, columns={"ctx.room": room})
    studio = [index for index, where in enumerate(room) if where == "studio"]
    assert found(recording_condition, system, "ctx.room") == ("not_met", studio)


def test_a_measure_that_tells_the_label_leads_to_those_that_it_tells(make_system: MakeSystem) -> None:
    people, truth = np.repeat(np.arange(40), 6).tolist(), ["anger", "fear"] * 120
    rng = np.random.default_rng(3)
    level = rng.normal(size=240) + np.where(np.array(truth) == "anger", 3.0, 0.0)
    system = make_system(people, truth, truth, columns={"start_s": level - level.min()})
    verdict, rows = found(recording_condition, system, "time in the session")
    assert verdict == "not_met"
    high = np.mean([level[index] > 1.5 for index in rows if truth[index] == "anger"])
    assert 0.8 < len(rows) / 240 < 1.0
    assert high == pytest.approx(1.0, abs=0.1)


def test_groups_with_few_people_lead_to_them(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.8)
    age = ["65+" if person < 3 else "18-29" for person in people]
    system = make_system(people, truth, answer, columns={"attr.age": age})
    old = [index for index, group in enumerate(age) if group == "65+"]
    assert found(support, system, "age") == ("inconclusive", old)
    verdict, rows = found(support, system)
    assert (verdict, len(rows)) == ("met", len(truth))


def test_a_system_that_moved_leads_to_the_answers_that_are_others(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.8)
    system = make_system(people, truth, answer)
    rows = [
        {
            "sample_id": f"s{number:06d}", "model": "toy", "probe": probe, "variant": variant, "outcome": "scored",
            "label": "fear", "max_difference": 0.3 if number in (2, 7) and probe == "batch_invariance" else 0.0,
        }
        for number in range(10)
        for probe, variant in (
            ("batch_invariance", "alone"), ("batch_invariance", "together"), ("determinism", "again"),
        )
    ]  # fmt: skip
    assert found(frozen, replace(system, probes=pa.Table.from_pylist(rows, schema=PROBES))) == ("not_met", [2, 7])
    same = [row | {"max_difference": 0.0} for row in rows]
    assert found(frozen, replace(system, probes=pa.Table.from_pylist(same, schema=PROBES))) == (
        "met",
        list(range(10)),
    )
