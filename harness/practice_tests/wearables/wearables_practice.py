"""The practice test of wearables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest, Said
from harness.practice_tests.wearables.wearables_options import WearablesOptions

if TYPE_CHECKING:
    from harness.practice_tests.observed import Observed
    from harness.study.observer import Observer


class WearablesTest(PracticeTest[WearablesOptions]):
    """Wearables: agreement with a reference, scores when people move, and whether scores follow felt stress."""

    Options: ClassVar[type[PracticeOptions]] = WearablesOptions

    def observe(self, options: WearablesOptions, out: Path, observer: Observer) -> Observed:
        """Read or simulate what the options name, see `harness.practice_tests.wearables`."""
        from harness.practice_tests.wearables.transparency import read_checklist

        checklist = None if options.checklist is None else read_checklist(options.checklist)
        if options.dataset is not None:
            from harness.practice_tests.wearables.dataset_source import observed_dataset

            return observed_dataset(options, checklist, out, observer)
        from harness.practice_tests.wearables.observed_wearables import observed_measurements, observed_scores

        if options.measurements is not None:
            from harness.practice_tests.wearables.measurement_sources import of_table

            return observed_measurements(of_table(options))
        if options.simulate is not None:
            from harness.practice_tests.wearables.constructed_devices import constructed

            scores = constructed(options.simulate, options.simulated_people, options.seed)
            return observed_scores(scores, None, alarms={}, checklist=checklist, about=[Said("simulated")])
        from harness.practice_tests.wearables.score_sources import scores_of_table

        scores, prompts, people = scores_of_table(options)
        alarms = {} if options.stress_from is None else dict.fromkeys(scores.devices, options.stress_from)
        return observed_scores(scores, prompts, alarms=alarms, checklist=checklist, people=people)

    def measure(self, observed: Observed, options: WearablesOptions) -> PracticeResult:
        """Measure scores or measurements."""
        from harness.practice_tests.wearables.observed_wearables import wearables_result

        return wearables_result(observed, options, self.progress)
