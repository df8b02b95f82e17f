"""How often a comparison of models says that one is worse, where it is so and where it is not.

    python benchmarks/validity/models.py [--studies 1000]

Models are alike in law, save that in the last setting one is worse by 15 points for half of the people. People
differ in how well they are read (beta distribution, mean 0.6); half of the clips are equally difficult for all
models. Compared is accuracy, over the whole and the groups of three axes: two and three groups of people, and one
that varies within people. Prints the table of docs/compare.md.
"""

from __future__ import annotations

import argparse

import numpy as np

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.cards.taxonomy import map_labels
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import count_model
from harness.measurement.models.model_comparison import compare_models
from harness.measurement.models.shared_metrics import ComparedModel
from harness.tables.alignment import Aligned

CLASSES = ("anger", "happiness", "neutral", "sadness")
CLIPS = 20
SETTINGS = [(2, 10, 0.0), (2, 30, 0.0), (3, 12, 0.0), (3, 30, 0.0), (2, 30, 0.15)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    studies = parser.parse_args().studies
    print(
        "| models | people | one is worse by, for half of them | studies | said of any group | said of that half |"
    )
    print("|---|---|---|---|---|---|")
    for models, people, worse_by in SETTINGS:
        said = np.array([study(seed, models, people, worse_by) for seed in range(studies)])
        shares = " | ".join(f"{100 * share:.1f} %" for share in said.mean(0))
        print(f"| {models} | {people} | {worse_by:g} | {studies:,} | {shares} |", flush=True)


def study(seed: int, models: int, people: int, worse_by: float) -> tuple[bool, bool]:
    """Whether one model is said to be worse anywhere, and whether the last one for the first group of people."""
    rng = np.random.default_rng(seed)
    subject = np.repeat(np.arange(people), CLIPS)
    truth = np.tile(np.arange(CLIPS) % len(CLASSES), people)
    skill = np.repeat(rng.beta(6, 4, people), CLIPS)
    shared, is_shared = rng.random(len(subject)), rng.random(len(subject)) < 0.5
    answers = []
    for model in range(models):
        difficulty = np.where(is_shared, shared, rng.random(len(subject)))
        penalty = worse_by * (subject % 2 == 0) if model == models - 1 else 0.0
        answer = np.where(difficulty < skill - penalty, truth, (truth + 1) % len(CLASSES))
        answers.append(aligned(subject, truth, answer))
    axes = [
        Groups(("halves",), (Group.of("first"), Group.of("second")), subject % 2),
        Groups(("thirds",), (Group.of("a"), Group.of("b"), Group.of("c")), subject % 3),
        Groups(("light",), (Group.of("bright"), Group.of("dark")), rng.integers(0, 2, len(subject))),
    ]
    compared = [ComparedModel(f"m{model}", count_model(each, axes)) for model, each in enumerate(answers)]
    settings = MeasureSettings(permutations=500, gaps=("accuracy",), seed=seed)
    found = [d for d in compare_models(compared, axes, settings).differences if d.worse is not None]
    return bool(found), any(d.group == "first" and d.worse == compared[-1].name for d in found)


def aligned(subject: np.typing.NDArray[np.int64], truth: np.typing.NDArray[np.int64], answer: object) -> Aligned:
    """Truth and answers, all of them scored, without scores."""
    return Aligned(
        mapping=map_labels(CLASSES, CLASSES),
        num_subjects=int(subject.max()) + 1,
        subject=subject,
        scored=np.ones(len(subject), dtype=np.bool_),
        outcome=np.zeros(len(subject), dtype=np.int64),
        reason=np.full(len(subject), -1),
        reasons=(),
        stratum=None,
        strata=(),
        truth=truth,
        answer=np.asarray(answer),
        class_scores=None,
        label_scores=None,
        dimensions={},
    )


if __name__ == "__main__":
    main()
