"""The practice test of language models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.practice_tests.language_models.language_models_options import LanguageModelsOptions
from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest

if TYPE_CHECKING:
    from harness.evidence.run_folder import RunFolder
    from harness.practice_tests.observed import Observed
    from harness.study.observer import Observer


class LanguageModelsTest(PracticeTest[LanguageModelsOptions]):
    """Language models: what they recognise in voice, face and posture, and whether they read words instead."""

    Options: ClassVar[type[PracticeOptions]] = LanguageModelsOptions

    def observe(self, options: LanguageModelsOptions, out: Path, observer: Observer) -> Observed:
        """Ask every model in every way, see `harness.practice_tests.language_models`."""
        from harness.practice_tests.language_models.asked_models import ask_all
        from harness.practice_tests.language_models.asked_tables import observed_answers

        return observed_answers(list(ask_all(options, out, observer)))

    def observe_again(
        self,
        studies: Mapping[str, RunFolder],
        observed: Observed,  # noqa: ARG002
        options: LanguageModelsOptions,
    ) -> Observed:
        """Read the results of the studies that ask as the cards say; answers are in another order in packs."""
        from harness.practice_tests.language_models.asked_tables import results_of_studies
        from harness.practice_tests.observed import Observed

        return Observed({}, results_of_studies(studies, options))

    def measure(self, observed: Observed, options: LanguageModelsOptions) -> PracticeResult:
        """Measure what the models recognise, and what they rest on."""
        from harness.practice_tests.language_models.asked_tables import asked_again
        from harness.practice_tests.language_models.language_models_summary import language_models_result

        return language_models_result(asked_again(observed), options, self.progress)
