"""The audit without labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.practice_tests.audit.audit_options import AuditOptions
from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest

if TYPE_CHECKING:
    from harness.study.observer import Observer


class AuditTest(PracticeTest[AuditOptions]):
    """Audit without labels: which groups of people get fewer, more negative or less certain answers."""

    Options: ClassVar[type[PracticeOptions]] = AuditOptions

    def run(self, options: AuditOptions, out: Path, observer: Observer) -> PracticeResult:
        """Run a study of people with attributes, see `harness.practice_tests.audit`."""
        from harness.practice_tests.audit.audit_summary import audit_result
        from harness.practice_tests.audit.audited_answers import audited

        return audit_result(audited(options, out, observer), options)
