"""Faults of a test, and things that look like one, to be planted into a clean study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from checked_studies import Size, Study
from scipy.special import softmax

from harness.tables.probe_tables import AS_GIVEN, INPUT_PROBES, INPUT_SCALES

Rng = np.random.Generator
Plant = Callable[[Study, Rng], None]

SMALL, MIDDLE, LARGE = Size(24, 5, 4), Size(60, 3, 7), Size(120, 5, 4)
TWO_CLASSES = Size(30, 10, 2)


@dataclass(frozen=True)
class Fault:
    """Something that is planted.

    Attributes:
        check: that looks for it.
        group: of the finding.
        what: in words.
        plant: changes a clean study.
        sizes: of the studies.
        is_fault: whether the check should find it; False for what only looks like a fault.
    """

    check: str
    group: str
    what: str
    plant: Plant
    sizes: Sequence[Size]
    is_fault: bool = True


def _exchange(study: Study, rows: np.ndarray, first: int, second: int) -> None:
    """The answers of two labels change places."""
    places = np.flatnonzero(rows)
    study.logits[np.ix_(places, [first, second])] = study.logits[np.ix_(places, [second, first])]


def _swapped(study: Study, _: Rng) -> None:
    _exchange(study, np.ones(len(study.subject), bool), 0, 1)


def _rotated(study: Study, _: Rng) -> None:
    study.logits[:, :3] = study.logits[:, [1, 2, 0]]


def _some_people(share: float, first: int) -> Plant:
    def plant(study: Study, rng: Rng) -> None:
        num = round(share * study.size.subjects)
        chosen = rng.permutation(study.size.subjects)[:num]
        _exchange(study, np.isin(study.subject, chosen), first, first + 1)

    return plant


def _one_site(first: int) -> Plant:
    def plant(study: Study, _: Rng) -> None:
        _exchange(study, np.array(study.columns["ctx.site"]) == "site 1", first, first + 1)

    return plant


def _some_rows(study: Study, rng: Rng) -> None:
    _exchange(study, rng.random(len(study.subject)) < 0.3, 0, 1)


def _unreadable_people(study: Study, rng: Rng) -> None:
    """A third of the people cannot be read at all: no swap."""
    hard = np.isin(study.subject, rng.permutation(study.size.subjects)[: study.size.subjects // 3])
    study.logits[hard] = rng.normal(size=(int(hard.sum()), study.size.classes))


def _trained_on(write: Callable[[int], str]) -> Plant:
    def plant(study: Study, _: Rng) -> None:
        study.card["training_subjects"] = [write(index) for index in (3, 5, 900)]

    return plant


def _through_people(name: str) -> Plant:
    def plant(study: Study, _: Rng) -> None:
        study.columns["split"] = [name if index % 3 else "test" for index in range(len(study.subject))]

    return plant


def _fold_of_rows(study: Study, _: Rng) -> None:
    people = [f"p{index}" for index in range(study.size.subjects)]
    study.folds = [{"train_subjects": people, "test_subjects": people[:3]}]


def _constant(study: Study, rng: Rng) -> None:
    study.logits[rng.random(len(study.subject)) < 0.96, 1] += 20


def _drawn(study: Study, rng: Rng) -> None:
    study.logits[rng.random(len(study.subject)) < 0.6, 1] += 20


def _never(study: Study, _: Rng) -> None:
    study.logits[:, 1] -= 20


def _rare_class(study: Study, rng: Rng) -> None:
    """One class keeps five clips, and is never answered."""
    own = np.flatnonzero(study.label == 1)
    away = rng.permutation(own)[5:]
    study.label[away] = 0
    study.logits[:, 1] -= 20


def _of_scores(change: Callable[[np.ndarray], np.ndarray]) -> Plant:
    def plant(study: Study, _: Rng) -> None:
        study.scores = change(softmax(study.logits, axis=1))

    return plant


def _one_row(scores: np.ndarray) -> np.ndarray:
    scores[0] *= 1.01
    return scores


def _few_people(study: Study, _: Rng) -> None:
    """Three people show the last class; all others show the first in its place."""
    last = study.size.classes - 1
    study.label[(study.label == last) & (study.subject > 2)] = 0


def _loudness(classes: Sequence[int], by: float) -> Plant:
    def plant(study: Study, _: Rng) -> None:
        study.media["loudness_db"] = study.media["loudness_db"] + by * np.isin(study.label, classes)

    return plant


def _room(study: Study, _: Rng) -> None:
    study.columns["ctx.sentence"] = np.where(study.label == 0, "studio", "lab").tolist()


def _one_order(study: Study, rng: Rng) -> None:
    start = study.label * 300.0 + rng.uniform(0, 200, len(study.label))
    study.columns |= {"start_s": start.tolist(), "end_s": (start + 10).tolist()}


def _hundred_sentences(study: Study, rng: Rng) -> None:
    study.columns["ctx.sentence"] = [f"sentence {index}" for index in rng.integers(0, 100, len(study.label))]


def _group_elsewhere(study: Study, _: Rng) -> None:
    female = np.array(study.columns["attr.sex"]) == "female"
    study.media["loudness_db"] = study.media["loudness_db"] + 8.0 * female


def _leak(by: float) -> Plant:
    def plant(study: Study, _: Rng) -> None:
        study.logits[:, 0] += by * (np.array(study.columns["attr.sex"]) == "female")

    return plant


def _other_mix(study: Study, rng: Rng) -> None:
    """Women show the first class far more often; the system treats both alike."""
    female = np.array(study.columns["attr.sex"]) == "female"
    shown = np.where(female & (rng.random(len(female)) < 0.5), 0, study.shown)
    study.logits += 2.0 * (np.eye(study.size.classes)[shown] - np.eye(study.size.classes)[study.shown])
    study.label = shown


def _copies(num: int) -> Plant:
    def plant(study: Study, _: Rng) -> None:
        study.fingerprints[:num] = study.fingerprints[-num:]
        for column in study.media.values():
            column[:num] = column[-num:]

    return plant


def _other_input(own: float, other: float) -> Plant:
    """Answers of a system that reads the study's input, and other input, as well as that."""

    def answers(study: Study, rng: Rng, skill: float) -> np.ndarray:
        noise = rng.normal(size=study.logits.shape)
        return (noise + skill * np.eye(study.size.classes)[study.shown]).argmax(1)

    def plant(study: Study, rng: Rng) -> None:
        for probe, variants in zip(INPUT_PROBES, (("swapped",), INPUT_SCALES), strict=True):
            study.other_input[probe, AS_GIVEN] = answers(study, rng, own)
            for variant in variants:
                study.other_input[probe, variant] = answers(study, rng, other)

    return plant


_SEVERAL = (SMALL, MIDDLE, LARGE)
_ORDER, _PARTS, _LEAK, _IDS = "label_order", "swapped_labels", "proxy_leakage", "subject_leakage"
_RECORDING, _SCORES = "recording_condition", "probabilities"

FAULTS = (
    Fault(_ORDER, "all", "two confused labels swapped", _swapped, (*_SEVERAL, TWO_CLASSES)),
    Fault(_ORDER, "all", "three labels rotated", _rotated, _SEVERAL),
    Fault(_PARTS, "all", "two labels swapped for 30 % of the people", _some_people(0.3, 2), _SEVERAL),
    Fault(
        _PARTS,
        "all",
        "two confused labels swapped for 30 % of the people",
        _some_people(0.3, 0),
        (*_SEVERAL, TWO_CLASSES),
    ),
    Fault(_PARTS, "all", "two labels swapped at one of four sites", _one_site(2), _SEVERAL),
    Fault(
        _PARTS, "all", "two confused labels swapped at one of four sites", _one_site(0), (*_SEVERAL, TWO_CLASSES)
    ),
    Fault(_PARTS, "all", "two confused labels swapped in 30 % of the rows", _some_rows, (*_SEVERAL, TWO_CLASSES)),
    Fault(
        _PARTS, "all", "a third of the people cannot be read", _unreadable_people, (*_SEVERAL, TWO_CLASSES), False
    ),
    Fault(_IDS, "training_subjects", "ids written `P3`", _trained_on(lambda i: f"P{i}"), (SMALL,)),
    Fault(_IDS, "training_subjects", "ids written `p003 `", _trained_on(lambda i: f"p{i:03} "), (SMALL,)),
    Fault(_IDS, "training_subjects", "ids written `toys:p3`", _trained_on(lambda i: f"toys:p{i}"), (SMALL,)),
    Fault(_IDS, "training_subjects", "ids written `3`", _trained_on(str), (SMALL,)),
    Fault(
        _IDS,
        "training_subjects",
        "other people, of the same build",
        _trained_on(lambda i: f"p{i + 500}"),
        (SMALL,),
        False,
    ),
    Fault(_IDS, "split", "people in `Training` and `test`", _through_people("Training"), (SMALL,)),
    Fault(_IDS, "names of splits", "people in `A` and `test`", _through_people("A"), (SMALL,)),
    Fault(_IDS, "folds", "people on both sides of a fold", _fold_of_rows, (SMALL,)),
    Fault("collapsed", "all", "96 % of the answers are one class", _constant, _SEVERAL),
    Fault("collapsed", "one answer", "60 % of the answers drawn to one class", _drawn, (*_SEVERAL, TWO_CLASSES)),
    Fault("collapsed", "all", "a class is never answered", _never, _SEVERAL),
    Fault("collapsed", "all", "a class of five clips is never answered", _rare_class, _SEVERAL, False),
    Fault(_SCORES, "all", "one row sums to 1.01", _of_scores(_one_row), (SMALL,)),
    Fault(_SCORES, "all", "percentages", _of_scores(lambda p: 100 * p), (SMALL,)),
    Fault(_SCORES, "all", "log-probabilities", _of_scores(np.log), (SMALL,)),
    Fault(_SCORES, "all", "rounded to two decimals", _of_scores(lambda p: p.round(2)), _SEVERAL, False),
    Fault(_SCORES, "all", "rounded to three decimals", _of_scores(lambda p: p.round(3)), _SEVERAL, False),
    Fault("support", "all", "three people show a class", _few_people, (SMALL, MIDDLE)),
    Fault(_RECORDING, "file properties", "half of the classes 8 dB louder", _loudness((0, 1, 2), 8.0), _SEVERAL),
    Fault(_RECORDING, "file properties", "one class 8 dB louder", _loudness((2,), 8.0), _SEVERAL),
    Fault(_RECORDING, "ctx.sentence", "a class with a room of its own", _room, _SEVERAL),
    Fault(_RECORDING, "ctx.sentence", "a hundred sentences, dealt at random", _hundred_sentences, _SEVERAL, False),
    Fault(_RECORDING, "time in the session", "tasks in one order", _one_order, _SEVERAL),
    Fault(_RECORDING, "sex", "women recorded 8 dB louder", _group_elsewhere, _SEVERAL),
    Fault(_LEAK, "sex", "a logit higher by 0.3 for women", _leak(0.3), _SEVERAL),
    Fault(_LEAK, "sex", "a logit higher by 0.5 for women", _leak(0.5), _SEVERAL),
    Fault(_LEAK, "sex", "women show other classes", _other_mix, _SEVERAL, False),
    Fault("near_duplicates", "across subjects", "five exact copies", _copies(5), (SMALL, MIDDLE)),
    Fault("channel_order", "all", "read in the wrong order", _other_input(0.7, 1.5), _SEVERAL),
    Fault("channel_order", "all", "the order makes no difference", _other_input(1.2, 1.2), _SEVERAL, False),
    Fault("input_scale", "all", "read on the wrong scale", _other_input(0.7, 1.5), _SEVERAL),
    Fault("input_scale", "all", "the scale makes no difference", _other_input(1.2, 1.2), _SEVERAL, False),
)
