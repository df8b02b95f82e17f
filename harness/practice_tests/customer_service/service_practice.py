"""The practice test of customer service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.practice_tests.customer_service.service_options import CustomerServiceOptions
from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest
from harness.practice_tests.practice_study import STUDY

if TYPE_CHECKING:
    from harness.evidence.run_folder import RunFolder
    from harness.practice_tests.observed import Observed
    from harness.study.observer import Observer


class CustomerServiceTest(PracticeTest[CustomerServiceOptions]):
    """Customer service: what a voice system rests on, during and after a call, for one call and for many."""

    Options: ClassVar[type[PracticeOptions]] = CustomerServiceOptions

    def observe(self, options: CustomerServiceOptions, out: Path, observer: Observer) -> Observed:
        """Run one study under all conditions."""
        from harness.practice_tests.customer_service.heard_tables import observed_calls
        from harness.practice_tests.customer_service.voice_study import heard

        return observed_calls(heard(options, out, observer))

    def observe_again(
        self,
        studies: Mapping[str, RunFolder],
        observed: Observed,  # noqa: ARG002
        options: CustomerServiceOptions,
    ) -> Observed:
        """Read calls and answers from the pack of the study; roles are context, which is in none."""
        from harness.practice_tests.customer_service.heard_tables import CALLS, observed_calls
        from harness.practice_tests.customer_service.voice_study import read_heard
        from harness.practice_tests.observed import Observed

        if STUDY not in studies:
            return Observed({}, {})
        found = observed_calls(read_heard(studies[STUDY], options.model_copy(update={"role_column": None})))
        with_roles = options.role_column is not None
        return Observed(
            found.facts, {name: of for name, of in found.tables.items() if not (with_roles and name == CALLS)}
        )

    def measure(self, observed: Observed, options: CustomerServiceOptions) -> PracticeResult:
        """Ask of the answers what the limits state."""
        from harness.practice_tests.customer_service.heard_tables import heard_again
        from harness.practice_tests.customer_service.service_summary import service_result

        return service_result(heard_again(observed), options, self.progress)
