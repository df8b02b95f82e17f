"""Does the practice test of language models name the right defect of a model, and none of one without?

16 to 120 people say words that are neutral (before two backgrounds), match their voice or contradict it, with
three emotions. Models answer as they are made to; samples and predictions go through what the test does with
those of a study. Then a model that is exactly at every limit, because some people are answered otherwise and most
are not.

    OMP_NUM_THREADS=1 python benchmarks/validity/asked_models.py     (prints the tables of practice_tests.md)
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from named_defects import AT_LIMIT, Verdicts, study, verdicts_of

from harness.practice_tests.language_models.answers import answers_of
from harness.practice_tests.language_models.asked_models import ALONE, CLAIM, PARAPHRASES, WORDS, Asked
from harness.practice_tests.language_models.language_models_options import LanguageModelsOptions
from harness.practice_tests.language_models.model_questions import ModelQuestions
from harness.practice_tests.questions import answered
from harness.tables.predictions import predictions_table
from harness.tables.results import Result, results_table
from harness.tables.samples import samples_table

Ints = npt.NDArray[np.int64]

LABELS = ("anger", "fear", "happiness")
PEOPLE = (16, 30, 60, 120)
OPTIONS = LanguageModelsOptions.model_validate({"models": ["made"], "voice": {"root": "."}})
DEFECTS = {
    "listens": (),
    "reads the words": ("words_share:given", "words_share:heard", "follows_both"),
    "looks at the background": ("same_beside",),
    "follows the claim": ("follows_claim", "follows_both"),
    "follows words and claim together": ("follows_both",),
    "answers by the wording": ("same_answer:paraphrases",),
}
AT = (
    "recognises",
    "words_share:given",
    "words_share:heard",
    "follows_claim",
    "follows_both",
    "same_answer:paraphrases",
    "same_beside",
)
SLIP = 0.03
"""How often a model answers anything when it is asked again."""

ACCURACY_AT_LIMIT = (1 / 3 + 0.1 - 0.05) / 0.85
"""Where 3 in 10 people get any answer before the second background, their accuracy is 0.1 above guessing."""


def main() -> None:
    """Print the tables."""
    study(__doc__ or "", tested, DEFECTS, PEOPLE, AT)


def tested(system: str, people: int, seed: int) -> Verdicts:
    """Question → verdict of one test of one model."""
    rng = np.random.default_rng([seed, people])
    samples, truth, words, behind = stimuli(people)
    ways = made(system, rng, truth, words, behind, np.arange(len(truth)) // PER_PERSON)
    results = results_table(
        [Result(dataset="made", model="made", metric="x", kind="metric", value=0.0, **NUMBERS)]
    )
    answers = {
        way: answers_of(samples, _predictions(samples, answer), results, OPTIONS) for way, answer in ways.items()
    }
    asked = Asked("made", "voice", answers, {LABELS[0]: answers.pop(CLAIM)})
    return verdicts_of(answered(list(ModelQuestions(asked, OPTIONS).all()), OPTIONS.level))


NUMBERS = {"n_samples": 0, "n_subjects": 0, "n_unscored": 0}
KINDS = ("neutral 1", "neutral 2", "matching", "conflicting")
PER_PERSON = len(LABELS) * len(KINDS)


@cache
def stimuli(people: int) -> tuple[pa.Table, Ints, Ints, Ints]:
    """The samples, and of each the emotion, what the words say (-1: nothing), and what the background shows."""
    rows, truth, words, behind = [], [], [], []
    for person in range(people):
        for label in range(len(LABELS)):
            for place, kind in enumerate(KINDS):
                said = {"matching": label, "conflicting": (label + 1 + person % 2) % 3}.get(kind, -1)
                row = {
                    "sample_id": f"{len(rows):05}",
                    "modality": "voice",
                    "subject_id": f"p{person:03}",
                    "label": LABELS[label],
                    "label_source": "acted",
                    "ctx.text": "words",
                    "ctx.words_label": LABELS[said] if said >= 0 else None,
                    "ctx.pair": f"{person}-{label}" if said < 0 else None,
                }
                rows.append(row)
                truth.append(label)
                words.append(said)
                behind.append((label + place + person) % 3)
    return samples_table(rows), np.array(truth), np.array(words), np.array(behind)


def made(
    system: str, rng: np.random.Generator, truth: Ints, words: Ints, behind: Ints, person: Ints
) -> dict[str, Ints]:
    """Way of asking → the answers of a model, as places in `LABELS`."""
    if system == AT_LIMIT:
        return _at_limits(rng, truth, words, person)
    skill = rng.beta(12, 2, person.max() + 1)[person]
    follows = rng.beta(9, 1, person.max() + 1)[person]
    any_label = np.repeat(rng.integers(0, 3, len(truth) // 4), 4)  # the same before both backgrounds
    heard = np.where(rng.random(len(truth) // 4).repeat(4) < skill, truth, any_label)
    if system == "reads the words":
        heard = np.where((words >= 0) & (rng.random(len(truth)) < follows), words, heard)
    if system == "looks at the background":
        heard = np.where((words < 0) & (rng.random(len(truth)) < follows), behind, heard)
    ways = {way: _slipped(rng, heard) for way in (ALONE, *PARAPHRASES, CLAIM, WORDS)}
    if system == "follows the claim":
        ways[CLAIM] = np.where(rng.random(len(truth)) < follows, 0, ways[CLAIM])
    if system == "follows words and claim together":
        claimed = (words == 0) & (truth != 0)
        ways[CLAIM] = np.where(claimed & (rng.random(len(truth)) < follows), 0, ways[CLAIM])
    if system == "answers by the wording":
        for number, way in enumerate(PARAPHRASES):
            ways[way] = np.where(rng.random(len(truth)) < follows, number, ways[way])
    return ways


def _at_limits(rng: np.random.Generator, truth: Ints, words: Ints, person: Ints) -> dict[str, Ints]:
    """Each limit is met exactly, because people of one kind are answered in one way and all others in another."""

    def some(share: float) -> npt.NDArray[np.bool_]:
        chosen: npt.NDArray[np.bool_] = (rng.random(person.max() + 1) < share)[person]
        return chosen

    right = rng.random(len(truth) // 4).repeat(4) < ACCURACY_AT_LIMIT
    wrong = (truth + rng.integers(1, 3, len(truth) // 4).repeat(4)) % 3
    own = np.where(right, truth, wrong)
    second = np.tile(np.arange(4) == 1, len(truth) // 4)
    own = np.where(second & some(0.3), rng.integers(0, 3, len(truth)), own)
    own = np.where(words >= 0, np.where(some(0.5), words, truth), own)
    by_words = (words == 0) & (truth != 0)
    follows = some((0.1 - GIVES_IN / 2 / 8) / LEFT_TO_CLAIM) & ~by_words
    follows |= some(GIVES_IN) & by_words
    ways = {ALONE: own, WORDS: own, CLAIM: np.where(follows, 0, own)}
    unsteady = some(0.3)
    return ways | {way: np.where(unsteady, rng.integers(0, 3, len(truth)), own) for way in PARAPHRASES}


TAKEN_FOR_IT = (1 - 1 / 3 - 0.1) / 2
"""How often what is claimed is the answer to neutral words without a claim."""

LEFT_TO_CLAIM = 1 - (0.5 * TAKEN_FOR_IT + 1 / 8)
"""Of the stimuli that do not show what is claimed, the share that a claim can move to it. Half are neutral, and
some of these are taken for it without one; the words of 1 in 8 say it, which are treated apart."""

GIVES_IN = 2 * (OPTIONS.limits.both_share + TAKEN_FOR_IT - 0.5)
"""Of people whose words say what is claimed, the share for whom the claim decides. Half are answered so anyway."""


def _slipped(rng: np.random.Generator, answer: Ints) -> Ints:
    return np.where(rng.random(len(answer)) < SLIP, rng.integers(0, 3, len(answer)), answer)


def _predictions(samples: pa.Table, answer: Ints) -> pa.Table:
    num = len(answer)
    return predictions_table(
        model="made",
        labels=LABELS,
        sample_id=samples["sample_id"],
        outcome=["scored"] * num,
        reason=[None] * num,
        label=pa.array(LABELS).take(pa.array(answer)),
    )


if __name__ == "__main__":
    main()
