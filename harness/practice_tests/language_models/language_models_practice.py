"""The practice test of language models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.practice_tests.language_models.language_models_options import LanguageModelsOptions
from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest

if TYPE_CHECKING:
    from harness.study.observer import Observer


class LanguageModelsTest(PracticeTest[LanguageModelsOptions]):
    """Language models: what they recognise in voice, face and posture, and whether they read words instead."""

    Options: ClassVar[type[PracticeOptions]] = LanguageModelsOptions

    def run(self, options: LanguageModelsOptions, out: Path, observer: Observer) -> PracticeResult:
        """Ask every model in every way, see `harness.practice_tests.language_models`."""
        from harness.practice_tests.language_models.asked_models import ask_all
        from harness.practice_tests.language_models.language_models_summary import language_models_result

        asked = list(ask_all(options, out, observer))
        observer.stage("measuring")
        return language_models_result(asked, options)
