"""The practice test of customer service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.practice_tests.customer_service.service_options import CustomerServiceOptions
from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest

if TYPE_CHECKING:
    from harness.study.observer import Observer


class CustomerServiceTest(PracticeTest[CustomerServiceOptions]):
    """Customer service: what a voice system rests on, during and after a call, for one call and for many."""

    Options: ClassVar[type[PracticeOptions]] = CustomerServiceOptions

    def run(self, options: CustomerServiceOptions, out: Path, observer: Observer) -> PracticeResult:
        """Run one study under all conditions, and ask of its answers what the limits state."""
        from harness.practice_tests.customer_service.service_summary import service_result
        from harness.practice_tests.customer_service.voice_study import heard

        return service_result(heard(options, out, observer), options)
