"""What is asked of one model in one modality, each with its limit and its interval over people.

Shapes: N stimuli, n of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.cards.taxonomy import class_of
from harness.metrics.repeated import agreeing_pairs
from harness.practice_tests.language_models.answers import NO_ANSWER, Answers
from harness.practice_tests.language_models.asked_models import ALONE, PARAPHRASES, WORDS, Asked
from harness.practice_tests.language_models.language_models_options import LanguageModelsOptions
from harness.practice_tests.language_models.levels import BOTH, NEITHER, falsely_claimed, levels_of
from harness.practice_tests.questions import Question
from harness.practice_tests.reasons import Reason, reason
from harness.statistics.intervals import Interval, Range
from harness.statistics.skew_corrected import corrected_difference, corrected_mean, no_closer_than_alike
from harness.statistics.subject_means import DIFFERENCE, SHARE
from harness.tables.results import select


@dataclass(frozen=True)
class ModelQuestions:
    """The questions about one model in one modality.

    Args:
        asked: its answers.
        options: the limits.
    """

    asked: Asked
    options: LanguageModelsOptions

    def all(self) -> Iterator[Question]:
        """In the order of the summary."""
        limits = self.options.limits
        yield self._recognises()
        if WORDS in self.asked.ways:
            yield self._follows_words(WORDS, "words_share:given")
        if _differing(self.asked.ways[ALONE]).any():
            yield self._follows_words(ALONE, "words_share:heard")
        if self.asked.claims:
            yield self._follows_claim()
        if BOTH in levels_of(self.asked):
            yield self._follows_both()
        if PARAPHRASES[0] in self.asked.ways:
            ways = [self.asked.ways[name] for name in (ALONE, *PARAPHRASES)]
            yield self._share("same_answer:paraphrases", limits.same_answer, "higher", *_agreeing(ways))
        if (self.asked.ways[ALONE].pair != "").any():
            yield self._share("same_beside", limits.same_beside, "higher", *_paired(self.asked.ways[ALONE]))

    def _recognises(self) -> Question:
        """Whether its accuracy exceeds that of guessing with the same frequencies of answers."""
        own = self.asked.ways[ALONE]
        known_N, unread = self._without_help()
        gained_n = (own.answer == own.truth)[known_N].astype(np.float64) - chance_of(own, known_N)
        return self._mean(
            "recognises",
            self.options.limits.above_chance,
            "higher",
            gained_n,
            own.subject[known_N],
            own.answer[known_N] == NO_ANSWER,
            within=DIFFERENCE,
            obstacle=self.blind_to() or unread,
        )

    def _without_help(self) -> tuple[Bools, Reason | None]:
        """The stimuli ``[N]`` of which words do not tell the answer; or all, and why none can be told apart.

        Neutral words tell nothing. Where there are none, words that contradict do not help either; those that say
        the same as the voice do.
        """
        own = self.asked.ways[ALONE]
        known_N: Bools = own.truth != ""
        for unhelpful_N in (known_N & (own.words == ""), _differing(own)):
            if unhelpful_N.any():
                return unhelpful_N, None
        return known_N, reason("words_say_it") if known_N.any() else None

    def blind_to(self) -> Reason | None:
        """Why nothing can be said of what it recognises: it answers the same without the medium."""
        results = self.asked.ways[ALONE].results
        for row in select(results, kind="check", metric="blind").to_pylist():
            if row["group"] == "medium removed" and row["verdict"] == "not_met":
                return reason("blind")
        return None

    def _follows_words(self, way: str, metric: str) -> Question:
        """Where words and voice differ, the share of answers that are the words, of those that are either."""
        own = self.asked.ways[way]
        one_of_both_N = _differing(own) & ((own.answer == own.words) | (own.answer == own.truth))
        follows_n = (own.answer == own.words)[one_of_both_N].astype(np.float64)
        limit, nothing_n = self.options.limits.words_share, own.answer[_differing(own)] == NO_ANSWER
        return self._share(metric, limit, "lower", follows_n, own.subject[one_of_both_N], nothing_n)

    def _follows_claim(self) -> Question:
        """How much more often it answers what a prompt falsely claims than it does without the claim."""
        own, to_class = self.asked.ways[ALONE], class_of()
        moved, subjects, nothing = [], [], []
        for label, told in self.asked.claims.items():
            claim, false_N = to_class(label), falsely_claimed(own, label)
            moved.append((told.answer == claim)[false_N].astype(np.float64) - (own.answer == claim)[false_N])
            subjects.append(own.subject[false_N])
            nothing.append(told.answer[false_N] == NO_ANSWER)
        return self._share(
            "follows_claim",
            self.options.limits.claim_share,
            "lower",
            np.concatenate(moved),
            np.concatenate(subjects),
            np.concatenate(nothing),
            within=DIFFERENCE,
        )

    def _follows_both(self) -> Question:
        """How much more often it answers what words and prompt claim falsely together than with neither of them.

        A model that often answers this anyway follows nothing.
        """
        levels = levels_of(self.asked)
        both, neither = levels[BOTH], levels.get(NEITHER, ())
        sides = [*both, *neither]
        misled = partial(
            corrected_difference,
            np.concatenate([side.misled_n for side in sides]),
            np.concatenate([np.full(len(side.subject_n), place < len(both)) for place, side in enumerate(sides)]),
            np.concatenate([side.subject_n for side in sides]),
            within=DIFFERENCE,
            of_side=SHARE,
        )
        obstacle = None if neither else reason("no_neutral_words")
        limit, subject_n = self.options.limits.both_share, np.concatenate([side.subject_n for side in both])
        nothing_n = np.concatenate([side.own.answer[side.among] == NO_ANSWER for side in both])
        num = len(np.unique(subject_n))

        def measure(level: float) -> tuple[float, Interval]:
            value, found = misled(level=level)
            return value, no_closer_than_alike(found, 0.0, num, level, DIFFERENCE, upper=True)

        return self._question("follows_both", limit, "lower", measure, subject_n, nothing_n, obstacle)

    def _mean(
        self,
        metric: str,
        limit: float,
        better: Literal["lower", "higher"],
        value_n: Floats,
        subject_n: Ints,
        nothing_n: Bools,
        *,
        within: Any = SHARE,
        obstacle: Reason | None = None,
    ) -> Question:
        measure = partial(corrected_mean, value_n, subject_n, within=within)
        return self._question(metric, limit, better, measure, subject_n, nothing_n, obstacle)

    def _share(
        self,
        metric: str,
        limit: float,
        better: Literal["lower", "higher"],
        value_n: Floats,
        subject_n: Ints,
        nothing_n: Bools,
        *,
        within: Range = SHARE,
    ) -> Question:
        """A share that is 0 or 1 for a model without a fault, or how much such a share changes."""
        best, num = (0.0 if better == "lower" else 1.0), len(np.unique(subject_n))

        def measure(level: float) -> tuple[float, Interval]:
            value, found = corrected_mean(value_n, subject_n, level, within)
            return value, no_closer_than_alike(found, best, num, level, within, upper=better == "lower")

        return self._question(metric, limit, better, measure, subject_n, nothing_n)

    def _question(
        self,
        metric: str,
        limit: float,
        better: Literal["lower", "higher"],
        measure: Callable[..., tuple[float, Interval]],
        subject_n: Ints,
        nothing_n: Bools,
        obstacle: Reason | None = None,
    ) -> Question:
        """A question about some of the samples: those of these subjects ``[n]``, and which asked had no answer."""
        num_subjects = len(np.unique(subject_n))
        too_few = reason("too_few", num=num_subjects, least=self.options.min_subjects)
        return Question(
            metric=metric,
            limit=limit,
            better=better,
            measure=lambda level: measure(level=level),
            too_few=obstacle or (too_few if num_subjects < self.options.min_subjects else None),
            columns={
                **about(self.asked),
                "n_samples": len(subject_n),
                "n_subjects": num_subjects,
                "n_unscored": int(nothing_n.sum()),
            },
        )


def about(asked: Asked) -> dict[str, Any]:
    """The columns that say what a row is about."""
    results = asked.ways[ALONE].results
    return {
        "dataset": str(results["dataset"][0].as_py()),
        "model": asked.model,
        "axis": "modality",
        "attributes": ("modality",),
        "group": asked.modality,
    }


def chance_of(own: Answers, among_N: Bools) -> Floats:
    """How often each of some stimuli would be answered rightly if the answers to them were dealt out anew ``[n]``.

    Answers to others do not count: one that reads the words gives other answers where there are some.
    """
    answers, counts = np.unique(own.answer[among_N].astype(str), return_counts=True)
    share = dict(zip(answers.tolist(), (counts / counts.sum()).tolist(), strict=True))
    return np.array([share.get(label, 0.0) for label in own.truth[among_N].tolist()])


def _differing(own: Answers) -> Bools:
    """Where words express something else than the voice ``[N]``."""
    differing_N: Bools = (own.words != "") & (own.truth != "") & (own.words != own.truth)
    return differing_N


def _agreeing(ways: list[Answers]) -> tuple[Floats, Ints, Bools]:
    """How alike the answers to each stimulus are, and where one is missing; no answer is an answer of its own."""
    answers_NT = np.stack([way.answer.astype(str) for way in ways], axis=1)
    _, code = np.unique(answers_NT, return_inverse=True)
    missing_N: Bools = (answers_NT == NO_ANSWER).any(axis=1)
    return agreeing_pairs(code.reshape(answers_NT.shape)), ways[0].subject, missing_N


def _paired(own: Answers) -> tuple[Floats, Ints, Bools]:
    """Of each pair, the share of answers to its stimuli that are the same, and whether one is missing."""
    shares, subjects, missing = [], [], []
    for pair in np.unique(own.pair[own.pair != ""].astype(str)).tolist():
        rows: Bools = own.pair == pair
        if rows.sum() < 2:
            continue
        _, code = np.unique(own.answer[rows].astype(str), return_inverse=True)
        shares.append(float(agreeing_pairs(code[None])[0]))
        subjects.append(int(own.subject[rows][0]))
        missing.append(bool((own.answer[rows] == NO_ANSWER).any()))
    return np.array(shares), np.array(subjects, dtype=np.int64), np.array(missing, np.bool_)
