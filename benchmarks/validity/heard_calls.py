"""Does the practice test of customer service name the right defect of a system, and none of one without?

16 to 240 people make two calls with each of four emotions, which a system and people hear. Their answers, to whole
calls and under all conditions, go as tables through what the test does with those of a study. Half of the people
are agents and half customers, which two of the systems are asked about. Then a system that is exactly at every
limit, because some people are answered wrongly and most are not.

    OMP_NUM_THREADS=1 python benchmarks/validity/heard_calls.py     (prints the tables of practice_tests.md)
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from named_defects import AT_LIMIT, Verdicts, study, verdicts_of

from harness.cards.taxonomy import canonical
from harness.metrics.assignment import NEGATIVE
from harness.practice_tests.customer_service.calls import Meanings, calls_of
from harness.practice_tests.customer_service.service_options import CustomerServiceOptions
from harness.practice_tests.customer_service.service_questions import service_rows
from harness.tables.predictions import concat_predictions, predictions_table
from harness.tables.samples import samples_table
from harness.tables.schemas import CLEAN, RATERS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LABELS = ("anger", "happiness", "neutral", "sadness")
IS_NEGATIVE = np.array([True, False, False, True])
EACH = 2
PEOPLE = (16, 30, 60, 120, 240)
OPTIONS = CustomerServiceOptions(model="made", dataset="made", controls=())
MEANINGS = Meanings(canonical, NEGATIVE, OPTIONS.calm)
LINE, LOUDNESS = OPTIONS.telephone[0], OPTIONS.cues["loudness"]
BIASES = tuple(f"aggregate_bias:{100 * mix:g}%" for mix in OPTIONS.mixes)
DEFECTS = {
    "hears well": (),
    "loses at the telephone": (f"loss_telephone:{LINE}",),
    "rests on loudness": ("rests_on:loudness",),
    "hears too much negative": (*BIASES, "calm_false_alarm", "less_than_people"),
    "hears both roles well": (),
    "takes calm agents for angry": (
        *(*BIASES, "calm_false_alarm", "less_than_people"),
        *("calm_false_alarm_of:agent", "calm_false_alarm_more:agent"),
    ),
}
OF_ROLES = ("hears both roles well", "takes calm agents for angry")
"""Systems that are asked about agents and customers."""
AT = (
    *(f"loss_beginning:{name}" for name in OPTIONS.beginnings),
    f"loss_telephone:{LINE}",
    *(f"rests_on:{cue}" for cue in OPTIONS.cues),
    "call_error",
    BIASES[0],
    "calm_false_alarm",
    "less_than_people",
)
RECALLS_AT_LIMIT = np.array([0.69, 0.92, 0.9, 0.69])
"""Half of 0.31 and 0.09 is an error of 0.2 of single calls; 0.9 x 0.09 - 0.1 x 0.31 a bias of 0.05."""


def main() -> None:
    """Print the tables."""
    study(__doc__ or "", tested, DEFECTS, PEOPLE, AT)


def tested(system: str, people: int, seed: int) -> Verdicts:
    """Question → verdict of one test of one system."""
    rng = np.random.default_rng([seed, people])
    samples, truth, person = recordings(people)
    answers = made(system, rng, truth, person)
    tables = [_predictions(samples, *name, answer) for name, answer in answers.items()]
    predictions = concat_predictions(tables)
    role_column = "ctx.role" if system in OF_ROLES else None
    system_and_people = [
        calls_of("made", model, samples, predictions, MEANINGS, role_column) for model in ("made", RATERS)
    ]
    return verdicts_of(service_rows(*system_and_people, OPTIONS))


@cache
def recordings(people: int) -> tuple[pa.Table, Ints, Ints]:
    """The samples, and of each the emotion and the person."""
    truth = np.tile(np.repeat(np.arange(len(LABELS)), EACH), people)
    person = np.repeat(np.arange(people), len(LABELS) * EACH)
    rows = [
        {
            "sample_id": f"{number:05}",
            "modality": "voice",
            "subject_id": f"p{of:03}",
            "label": LABELS[label],
            "label_source": "acted",
            "ctx.role": ("agent", "customer")[of % 2],
        }
        for number, (label, of) in enumerate(zip(truth.tolist(), person.tolist(), strict=True))
    ]
    return samples_table(rows), truth, person


def made(system: str, rng: np.random.Generator, truth: Ints, person: Ints) -> dict[tuple[str, str], Ints]:
    """(who listens, condition) → answers, as places in `LABELS`."""
    if system == AT_LIMIT:
        return _at_limits(rng, truth, person)
    skill = rng.beta(38, 2, person.max() + 1)[person]
    whole = np.where(rng.random(len(truth)) < skill, truth, _mistaken(rng, truth))
    answers = {(RATERS, CLEAN): np.where(rng.random(len(truth)) < 0.5, truth, whole)}
    if system == "hears too much negative":
        whole = np.where(~IS_NEGATIVE[truth] & (rng.random(len(truth)) < 0.3), 0, whole)
    if system == "takes calm agents for angry":
        calm_agents = (truth == LABELS.index("neutral")) & (person % 2 == 0)
        whole = np.where(calm_agents & (rng.random(len(truth)) < 0.6), 0, whole)
    answers["made", CLEAN] = whole
    for condition in OPTIONS.conditions:
        answers["made", condition] = np.where(rng.random(len(truth)) < 0.02, _mistaken(rng, truth), whole)
    lost_with = {"loses at the telephone": (LINE, 0.4), "rests on loudness": (LOUDNESS, 0.9)}
    if system in lost_with:
        condition, share = lost_with[system]
        lost = rng.random(len(truth)) < rng.beta(10 * share, 10 * (1 - share), person.max() + 1)[person]
        answers["made", condition] = np.where(lost, rng.integers(0, 4, len(truth)), whole)
    return answers


def _at_limits(rng: np.random.Generator, truth: Ints, person: Ints) -> dict[tuple[str, str], Ints]:
    """Each limit is met exactly, because of some people everything is lost and of most nothing."""
    num = person.max() + 1

    def some(share: float) -> npt.NDArray[np.bool_]:
        chosen: npt.NDArray[np.bool_] = (rng.random(num) < share)[person]
        return chosen

    recall: Floats = rng.beta(4 * RECALLS_AT_LIMIT, 4 * (1 - RECALLS_AT_LIMIT), (num, 4))[person, truth]
    whole = np.where(rng.random(len(truth)) < recall, truth, np.where(IS_NEGATIVE[truth], 2, 0))
    uar = float(RECALLS_AT_LIMIT.mean())
    limits = OPTIONS.limits
    answers = {("made", CLEAN): whole}
    answers[RATERS, CLEAN] = np.where(some(limits.less_than_people / (1 - uar)), truth, whole)
    for condition in OPTIONS.conditions:
        lost = limits.rests_on * (uar - 1 / 4) if condition in OPTIONS.cues.values() else limits.loss
        answers["made", condition] = np.where(some(lost / uar), (truth + 1) % 4, whole)
    return answers


def _mistaken(rng: np.random.Generator, truth: Ints) -> Ints:
    """Another emotion of the same kind, which takes nothing for negative that is not, or the other way round."""
    other = np.array([3, 2, 1, 0])
    return np.where(rng.random(len(truth)) < 0.9, other[truth], rng.integers(0, 4, len(truth)))


def _predictions(samples: pa.Table, model: str, condition: str, answer: Ints) -> pa.Table:
    num = len(answer)
    return predictions_table(
        model=model,
        labels=LABELS,
        sample_id=samples["sample_id"],
        outcome=["scored"] * num,
        reason=[None] * num,
        label=pa.array(LABELS).take(pa.array(answer)),
        condition=condition,
    )


if __name__ == "__main__":
    main()
