"""What models were asked and answered as facts and tables without names and words, and back.

Shapes: N stimuli.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from harness.arrays import Ints
from harness.cards.facts import Claim
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.practice_tests.language_models.answers import Answers
from harness.practice_tests.language_models.asked_models import ALONE, STUDIES, Asked
from harness.practice_tests.language_models.language_models_options import LanguageModelsOptions, Modality
from harness.practice_tests.observed import Observed
from harness.practice_tests.observed_columns import SUBJECT, flags_in, numbered, subjects_in, text_column, texts_in
from harness.report.claims import MeasuredClaim, measured_claim
from harness.report.levels_table import Results
from harness.tables.versions import read_table

ANSWERS, RESULTS = "answers", "results"
_APPEALS = "appeals."


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Stated(_Part):
    """A figure that the card of a model states."""

    model: str
    title: str
    claim: Claim
    elsewhere: str | None


class _Asked(_Part):
    """One model in one modality. Its answers are told by numbers: ways first, in their order, then claims."""

    model: str
    modality: Modality
    ways: tuple[str, ...]
    claims: tuple[str, ...]
    stated: tuple[_Stated, ...]


class _Facts(_Part):
    asked: tuple[_Asked, ...]


def observed_answers(asked: Sequence[Asked]) -> Observed:
    """Every answer of every model, and the results of the studies that ask as the cards say."""
    number: dict[str, int] = {}
    rows = [
        _rows(answers, index, way, number)
        for index, one in enumerate(asked)
        for way, answers in enumerate([*one.ways.values(), *one.claims.values()])
    ]
    facts = _Facts(
        asked=tuple(
            _Asked(
                model=one.model,
                modality=one.modality,
                ways=tuple(one.ways),
                claims=tuple(one.claims),
                stated=tuple(
                    _Stated(model=of.model, title=of.title, claim=of.claim, elsewhere=of.elsewhere)
                    for of in one.ways[ALONE].stated
                ),
            )
            for one in asked
        )
    )
    results = {f"{RESULTS}_{index}": one.ways[ALONE].results for index, one in enumerate(asked)}
    answers = pa.concat_tables(rows, promote_options="default")
    return Observed(facts.model_dump(mode="json"), {ANSWERS: answers, **results}, list(number))


def asked_again(observed: Observed) -> list[Asked]:
    """What models answered, from what was observed.

    Raises:
        HarnessError: facts or tables are not those of such a test.
    """
    facts, answers = observed.facts_as(_Facts), observed.table(ANSWERS)
    return [
        _asked(one, answers.filter(pc.field("asked") == index), observed.table(f"{RESULTS}_{index}"))
        for index, one in enumerate(facts.asked)
    ]


def results_of_studies(studies: Mapping[str, RunFolder], options: LanguageModelsOptions) -> dict[str, pa.Table]:
    """The tables of results that are those of studies.

    Args:
        studies: folder below that of the test → run.
        options: of the test.
    """
    asked = product(options.models, options.stimuli)
    folders = {f"{RESULTS}_{index}": f"{STUDIES}/{model}/{of}/{ALONE}" for index, (model, of) in enumerate(asked)}
    return {
        name: read_table(studies[folder] / "results.parquet", "results").table
        for name, folder in folders.items()
        if folder in studies
    }


def _rows(answers: Answers, index: int, way: int, number: dict[str, int]) -> pa.Table:
    """The answers to one way of asking; people and pairs are numbers."""
    people = [number.setdefault(name, len(number)) for name in answers.people]
    pair_N, names = numbered(answers.pair.tolist())
    pairs = [str(pair) if names[pair] else "" for pair in pair_N.tolist()]
    num = len(answers.subject)
    return pa.table(
        {
            "asked": pa.array([index] * num, pa.int64()),
            "way": pa.array([way] * num, pa.int64()),
            SUBJECT: np.array(people, np.int64)[answers.subject] if people else answers.subject,
            "truth": text_column(answers.truth.tolist()),
            "words": text_column(answers.words.tolist()),
            "pair": text_column(pairs),
            "answer": text_column(answers.answer.tolist()),
            "refused": pa.array(answers.refused, pa.bool_()),
            **{f"{_APPEALS}{theory}": pa.array(of, pa.bool_()) for theory, of in answers.appeals.items()},
        }
    )


def _asked(one: _Asked, table: pa.Table, results: pa.Table) -> Asked:
    if ALONE not in one.ways:
        raise HarnessError(f"observed: there are no answers of {one.model} to {one.modality} alone.")
    levels = Results(results, one.model)
    stated = [measured_claim(levels, of.model, of.title, of.claim, of.elsewhere) for of in one.stated]
    answers = list(_answers(table, len(one.ways) + len(one.claims), results, stated))
    return Asked(
        one.model,
        one.modality,
        dict(zip(one.ways, answers[: len(one.ways)], strict=True)),
        dict(zip(one.claims, answers[len(one.ways) :], strict=True)),
    )


def _answers(table: pa.Table, num: int, results: pa.Table, stated: Sequence[MeasuredClaim]) -> Iterator[Answers]:
    """The answers to each way of asking, in their order."""
    for way in range(num):
        own = table.filter(pc.field("way") == way)
        with_words = [
            name for name in own.column_names if name.startswith(_APPEALS) and own[name].null_count < len(own)
        ]
        subject: Ints = subjects_in(own)
        yield Answers(
            sample=np.arange(own.num_rows).astype(str).astype(object),
            subject=subject,
            truth=_texts(own, "truth"),
            words=_texts(own, "words"),
            pair=_texts(own, "pair"),
            answer=_texts(own, "answer"),
            refused=flags_in(own, "refused"),
            results=results,
            appeals={name.removeprefix(_APPEALS): flags_in(own, name) for name in with_words},
            stated=stated,
        )


def _texts(table: pa.Table, name: str) -> np.ndarray:
    return np.array(texts_in(table, name), dtype=object)
