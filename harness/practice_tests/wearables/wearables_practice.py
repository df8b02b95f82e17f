"""The practice test of wearables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest, Said
from harness.practice_tests.wearables.wearables_options import WearablesOptions

if TYPE_CHECKING:
    from harness.study.observer import Observer


class WearablesTest(PracticeTest[WearablesOptions]):
    """Wearables: agreement with a reference, scores when people move, and whether scores follow felt stress."""

    Options: ClassVar[type[PracticeOptions]] = WearablesOptions

    def run(self, options: WearablesOptions, out: Path, observer: Observer) -> PracticeResult:
        """Measure what the options name, see `harness.practice_tests.wearables`."""
        from harness.practice_tests.wearables.transparency import read_checklist

        checklist = None if options.checklist is None else read_checklist(options.checklist)
        if options.dataset is not None:
            from harness.practice_tests.wearables.dataset_source import result_of_dataset

            return result_of_dataset(options, checklist, out, observer)
        if options.measurements is not None:
            from harness.practice_tests.wearables.agreement_summary import agreement_result
            from harness.practice_tests.wearables.measurement_sources import of_table

            return agreement_result(of_table(options), options)
        from harness.practice_tests.wearables.constructed_devices import constructed
        from harness.practice_tests.wearables.score_sources import scores_of_table
        from harness.practice_tests.wearables.score_summary import score_result

        if options.simulate is None:
            scores, prompts = scores_of_table(options)
            alarms = {} if options.stress_from is None else dict.fromkeys(scores.devices, options.stress_from)
            return score_result(scores, prompts, options, alarms, checklist)
        scores = constructed(options.simulate, options.simulated_people, options.seed)
        return score_result(scores, None, options, {}, checklist, [Said("simulated")])
