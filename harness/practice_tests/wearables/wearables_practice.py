"""The practice test of wearables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest
from harness.practice_tests.wearables.wearables_options import WearablesOptions

if TYPE_CHECKING:
    from harness.study.observer import Observer


class WearablesTest(PracticeTest[WearablesOptions]):
    """Wearables: agreement with a reference, scores when people move, and whether scores follow felt stress."""

    Options: ClassVar[type[PracticeOptions]] = WearablesOptions

    def run(self, options: WearablesOptions, out: Path, observer: Observer) -> PracticeResult:  # noqa: ARG002 (no study is run)
        """Measure what the options name, see `harness.practice_tests.wearables`."""
        from harness.practice_tests.wearables.agreement_summary import agreement_result
        from harness.practice_tests.wearables.measurement_sources import of_dataset, of_table

        measured = of_table(options) if options.measurements is not None else of_dataset(options, observer)
        observer.stage("measuring agreement")
        return agreement_result(measured, options)
