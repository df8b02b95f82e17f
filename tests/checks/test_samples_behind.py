"""The samples that a finding is about are those that were planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from simulated_answers import simulated_answers

from harness.checks.blind import blind
from harness.checks.checked_system import Check, CheckedSystem
from harness.checks.collapsed import collapsed
from harness.checks.control_choices import NegativeControl
from harness.checks.frozen import frozen
from harness.checks.label_order import label_order
from harness.checks.negative_control import negative_control
from harness.checks.probabilities import probabilities
from harness.checks.proxy_leakage import proxy_leakage
from harness.checks.recording_condition import recording_condition
from harness.checks.samples_behind import knows_samples_behind, samples_behind
from harness.checks.subject_leakage import subject_leakage
from harness.checks.support import acted_only, support
from harness.checks.swapped_labels import swapped_labels
from harness.tables.probe_tables import MEDIA, PROBES
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


def test_people_on_both_sides_lead_to_their_samples(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.8)
    two = [index for index, person in enumerate(people) if person in (3, 5)]
    first = [index for index, person in enumerate(people) if person < 12]
    halves = [
        {"train_subjects": [f"p{n}" for n in range(12)], "test_subjects": [f"p{n}" for n in range(12, 24)]},
        {"train_subjects": [f"p{n}" for n in range(12, 24)], "test_subjects": [f"p{n}" for n in range(12)]},
    ]
    trained_here = make_system(people, truth, answer, card={"training": "cross_fitted"})
    assert found(subject_leakage, replace(trained_here, folds=halves[1:]), "folds") == ("met", first)
    halves[0]["test_subjects"] += ["p3", "p5"]
    assert found(subject_leakage, replace(trained_here, folds=halves), "folds") == ("not_met", two)
    listed = make_system(people, truth, answer, card={"training_subjects": ["P3", "p5", "p99"]})
    assert found(subject_leakage, listed, "training_subjects") == ("not_met", two)
    nobody = make_system(people, truth, answer, card={"training_subjects": ["p98", "p99"]})
    assert found(subject_leakage, nobody, "training_subjects") == ("met", list(range(len(people))))


def test_splits_lead_to_the_samples_of_whom_they_are_about(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.8)
    split = ["train" if person < 12 else "test" for person in people]
    of_training = [index for index, person in enumerate(people) if person < 12]
    system = make_system(people, truth, answer, columns={"split": split})
    assert found(subject_leakage, system, "split") == ("inconclusive", of_training)
    seventh = [index for index, person in enumerate(people) if person == 7]
    split[seventh[0]] = "test"
    split[0] = "part 2"
    leaky = make_system(people, truth, answer, columns={"split": split})
    assert found(subject_leakage, leaky, "split") == ("not_met", seventh)
    assert found(subject_leakage, leaky, "names of splits") == ("inconclusive", [0])


def test_acted_labels_lead_to_them_and_others_to_those_that_were_not(make_system: MakeSystem) -> None:
    people, truth, answer = answered(0.8)
    system = make_system(people, truth, answer)
    assert found(acted_only, system) == ("not_met", list(range(len(truth))))
    source = ["elicited" if index in (4, 9) else "acted" for index in range(len(truth))]
    assert found(acted_only, make_system(people, truth, answer, columns={"label_source": source})) == (
        "met",
        [4, 9],
    )


def test_a_system_that_does_not_look_leads_to_the_answers_that_stay(make_system: MakeSystem) -> None:
    people, truth, _ = answered(0.8)
    truth = list(LABELS) * (len(people) // 4)
    system = make_system(people, truth, truth)

    def asked(variant: str, label: list[str]) -> list[dict[str, object]]:
        return [
            {"sample_id": f"s{n:06d}", "probe": "blind", "variant": variant, "outcome": "scored", "label": a,
             "max_difference": 0.0 if a == truth[n] else 0.5}
            for n, a in enumerate(label)
        ]  # fmt: skip

    moved = (2, 7, 11)
    dark = [SWAP.get(a, "anger") if n in moved else a for n, a in enumerate(truth)]
    probes = asked("as_given", truth) + asked("removed", dark) + asked("background", ["fear"] * len(truth))
    looked = replace(system, probes=pa.Table.from_pylist(probes, schema=PROBES))
    stayed = [n for n in range(len(truth)) if n not in moved]
    assert found(blind, looked, "medium removed") == ("not_met", stayed)
    assert found(blind, looked, "background alone") == ("inconclusive", list(range(len(truth))))


def test_scores_that_tell_the_sex_lead_to_whose_sex_they_tell(make_system: MakeSystem) -> None:
    people, rng = np.repeat(np.arange(44), 4), np.random.default_rng(0)
    sex = ["unknown" if person >= 40 else ("female", "male")[person % 2] for person in people]
    truth = [LABELS[n % 4] for n in range(len(people))]
    first = rng.uniform(0.2, 0.4, len(people)) + 0.3 * (people % 2 == 0)
    scores = np.column_stack([first, *[(1 - first) / 3] * 3])
    given = {"labels": LABELS, "columns": {"attr.sex": sex}}
    system = make_system(people.tolist(), truth, ["anger"] * len(people), scores=scores, **given)
    assert found(proxy_leakage, system, "sex") == ("not_met", list(range(160)))
    odd = np.repeat(people == 1, 1)  # one man whose scores are those of women is not told
    scores[odd] = scores[people == 0]
    system = make_system(people.tolist(), truth, ["anger"] * len(people), scores=scores, **given)
    told = [index for index in range(160) if people[index] != 1]
    assert found(proxy_leakage, system, "sex") == ("not_met", told)
    noise = make_system(people.tolist(), truth, truth, scores=np.full((len(people), 4), 0.25), **given)
    verdict, rows = found(proxy_leakage, noise, "sex")
    assert (verdict, rows) == ("met", list(range(160)))


def test_what_a_system_cannot_know_leads_to_the_samples_where_people_share_it(make_system: MakeSystem) -> None:
    people, rng = np.repeat(np.arange(24), 16), np.random.default_rng(1)
    sentence = rng.integers(0, 4, len(people))
    truth = np.where(rng.random(len(people)) < 0.4, sentence, rng.integers(0, 4, len(people)))
    said = [f"only {person}" if n % 16 == 0 else str(sentence[n]) for n, person in enumerate(people)]
    answer = [LABELS[code] for code in sentence]
    system = make_system(
        people.tolist(),
        [LABELS[code] for code in truth],
        [None if n == 5 else a for n, a in enumerate(answer)],
        labels=LABELS,
        columns={"ctx.sentence": said, "attr.sex": ["female" if p % 3 else "male" for p in people]},
    )
    control = NegativeControl(labels_of_others=("ctx.sentence",), outcomes=("ctx.sentence",))
    controlled = replace(system, control=control)
    shared = [n for n in range(len(people)) if n % 16 and n != 5]
    assert found(negative_control, controlled, "ctx.sentence") == ("not_met", shared)
    assert found(negative_control, controlled, "answers by ctx.sentence") == ("not_met", shared)
    _, of_both = found(negative_control, controlled, "sex at ctx.sentence")
    assert of_both == shared


def test_what_the_tables_do_not_tell_any_more_leads_to_all(make_system: MakeSystem) -> None:
    """A pack names copies and has no fingerprints, by which they would be found again."""
    people, truth, answer = answered(0.8)
    system = make_system(people, truth, answer)
    without = pa.Table.from_pylist([{"sample_id": f"s{n:06d}"} for n in range(len(people))], schema=MEDIA)
    finding = {
        "kind": "check",
        "metric": "near_duplicates",
        "verdict": "not_met",
        "group": "across subjects",
        "value": 0.5,
    }
    assert samples_behind(replace(system, media=without), finding).all()
