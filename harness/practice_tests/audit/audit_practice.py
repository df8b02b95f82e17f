"""The audit without labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.practice_tests.audit.audit_options import AuditOptions
from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest
from harness.practice_tests.practice_study import STUDY

if TYPE_CHECKING:
    from harness.evidence.run_folder import RunFolder
    from harness.practice_tests.observed import Observed
    from harness.study.observer import Observer


class AuditTest(PracticeTest[AuditOptions]):
    """Audit without labels: which groups of people get fewer, more negative or less certain answers."""

    Options: ClassVar[type[PracticeOptions]] = AuditOptions

    def observe(self, options: AuditOptions, out: Path, observer: Observer) -> Observed:
        """Run a study of people with attributes, see `harness.practice_tests.audit`."""
        from harness.practice_tests.audit.audited_answers import audited
        from harness.practice_tests.audit.audited_tables import observed_audit

        return observed_audit(audited(options, out, observer))

    def observe_again(
        self,
        studies: Mapping[str, RunFolder],
        observed: Observed,  # noqa: ARG002
        options: AuditOptions,
    ) -> Observed:
        """Read the answers from the pack of the study."""
        from harness.practice_tests.audit.audited_answers import read_audited
        from harness.practice_tests.audit.audited_tables import observed_audit
        from harness.practice_tests.observed import Observed

        return observed_audit(read_audited(studies[STUDY], options)) if STUDY in studies else Observed({}, {})

    def measure(self, observed: Observed, options: AuditOptions) -> PracticeResult:
        """Compare the groups of people."""
        from harness.practice_tests.audit.audit_summary import audit_result
        from harness.practice_tests.audit.audited_tables import audited_again

        return audit_result(audited_again(observed), options, self.progress)
