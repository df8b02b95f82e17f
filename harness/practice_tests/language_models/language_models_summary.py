"""The summary of what language models recognise: the table of the Dutch authority's test, with numbers."""

from __future__ import annotations

from collections.abc import Sequence

from harness.practice_tests.language_models.asked_models import ALONE, SILENT, WORDS, Asked
from harness.practice_tests.language_models.language_models_options import LanguageModelsOptions
from harness.practice_tests.language_models.levels import levels_of
from harness.practice_tests.language_models.model_questions import ModelQuestions
from harness.practice_tests.language_models.model_rows import model_rows
from harness.practice_tests.language_models.stated_figures import stated_rows
from harness.practice_tests.practice_interface import Cell, Figure, PracticeResult, PracticeTable, Said, Section
from harness.practice_tests.questions import answered
from harness.progress import UNSEEN, Share
from harness.tables.results import Result

Found = dict[tuple[str, str, str], Result]
"""(model, modality, metric) → its row."""


def language_models_result(
    asked: Sequence[Asked], options: LanguageModelsOptions, progress: Share = UNSEEN
) -> PracticeResult:
    """Judge and summarise.

    Args:
        asked: every model in every modality.
        options: of the test.
        progress: told of questions and models.
    """
    asking, rating = progress.split(2, 1)
    questions = [question for one in asked for question in ModelQuestions(one, options).all()]
    rows = answered(questions, options.level, asking)
    rows += [row for one in asked for row in stated_rows(one)]
    rows += [row for one in rating.each(asked, len(asked)) for row in model_rows(one, options.level)]
    found = {(row.model, row.group, row.metric): row for row in rows}
    sections = [Section(Said("recognised"), [Said("how_recognised")], [_recognised(found, options)])]
    words = _words(found, asked)
    if words.rows:
        levels = _levels(found, asked)
        said, tables = [Said("how_words")], [words]
        if levels.rows:
            said, tables = [*said, Said("how_levels")], [words, levels]
        sections.append(Section(Said("words"), said, tables))
    sections.append(Section(Said("steady"), [Said("how_steady")], [_steady(found, asked)]))
    stimuli = {name: of.dataset for name, of in options.stimuli.items()}
    return PracticeResult(
        rows,
        tested=[
            Said("models", {"models": options.models, "modalities": list(stimuli)}),
            Said("stimuli", {"stimuli": len(asked[0].ways[ALONE].sample)}),
        ],
        sections=sections,
        limits=[Said(key) for key in ("limit_stimuli", "limit_feeling", "limit_version")],
        facts={
            "stimuli": stimuli,
            "ways": {f"{one.model}/{one.modality}": list(one.ways) for one in asked},
            "claims": {f"{one.model}/{one.modality}": list(one.claims) for one in asked},
        },
    )


def _recognised(found: Found, options: LanguageModelsOptions) -> PracticeTable:
    """Table 4.1 of the authority's report: models by modality, recognised or not, and by how much."""
    modalities = list(options.stimuli)
    rows: list[list[Cell]] = []
    for model in options.models:
        rows.append([model, *(_verdict(found[model, modality, "recognises"]) for modality in modalities)])
        rows.append(
            ["above_chance", *(Figure(found[model, modality, "recognises"], "gain") for modality in modalities)]
        )
    return PracticeTable(Said("recognised"), ("model", *modalities), rows)


def _verdict(row: Result) -> Said:
    return Said(f"recognised_{row.verdict}")


def _words(found: Found, asked: Sequence[Asked]) -> PracticeTable:
    """Where words and voice differ: how often the answer is either, by what the model was given."""
    rows: list[list[Cell]] = []
    for one in asked:
        for way in (ALONE, WORDS, SILENT):
            metrics = [f"{name}:{way}:conflicting" for name in ("accuracy", "words_accuracy")]
            figures = [found.get((one.model, one.modality, metric)) for metric in metrics]
            if any(figures):
                rows.append([one.model, way, *(None if row is None else Figure(row, "share") for row in figures)])
    return PracticeTable(Said("words"), ("model", "given", "as_voice", "as_words"), rows)


def _levels(found: Found, asked: Sequence[Asked]) -> PracticeTable:
    """How often the answer is what the voice shows, and what words, question or both claim falsely."""
    rows: list[list[Cell]] = []
    for one in asked:
        for level in levels_of(one):
            figures = [found[one.model, one.modality, f"{name}:{level}"] for name in ("accuracy", "misled")]
            rows.append([one.model, level, *(Figure(row, "share") for row in figures)])
    return PracticeTable(Said("levels"), ("model", "misled_by", "as_voice", "as_claimed"), rows)


def _steady(found: Found, asked: Sequence[Asked]) -> PracticeTable:
    """How alike answers are, how often they follow a claim, and how often there is none."""
    columns = ("same_answer:repeats", "same_answer:paraphrases", "same_beside", "follows_claim", "refused")
    rows: list[list[Cell]] = []
    for one in asked:
        figures = [found.get((one.model, one.modality, metric)) for metric in columns]
        cells: list[Cell] = [None if row is None else Figure(row, "share") for row in figures]
        rows.append([one.model, one.modality, *cells])
    return PracticeTable(Said("steady"), ("model", "modality", *columns), rows)
