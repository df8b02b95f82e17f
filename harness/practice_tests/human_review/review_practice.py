"""The practice test of a review by people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.errors import HarnessError
from harness.practice_tests.human_review.review_options import HumanReviewOptions
from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest

if TYPE_CHECKING:
    from harness.evidence.run_folder import RunFolder
    from harness.practice_tests.observed import Observed
    from harness.study.observer import Observer

RUN = "run"
"""What the run is called whose cases were judged. It lies elsewhere."""


class HumanReviewTest(PracticeTest[HumanReviewOptions]):
    """Review by people: whom a system missed, and whether its answers change minds."""

    Options: ClassVar[type[PracticeOptions]] = HumanReviewOptions
    unseen: ClassVar[str] = "Whether reviewers judged by themselves, and before they saw the system's answer"

    def observe(self, options: HumanReviewOptions, out: Path, observer: Observer) -> Observed:  # noqa: ARG002
        """Read what was drawn and what people judged."""
        from harness.practice_tests.human_review.read_review import read_review

        return read_review(options, observer)

    def runs_elsewhere(self, observed: Observed) -> Mapping[str, str]:
        """The run whose cases were judged."""
        from harness.practice_tests.human_review.review_tables import run_sha256_of

        return {RUN: run_sha256_of(observed)}

    def observe_again(
        self, studies: Mapping[str, RunFolder], observed: Observed, options: HumanReviewOptions
    ) -> Observed:
        """Draw the cases again from the pack of the run, with its answers; judgements are not in it."""
        from harness.practice_tests.human_review.review_tables import drawn_tables, reviewed_document
        from harness.practice_tests.observed import Observed
        from harness.review.drawn_cases import drawn_again

        if RUN not in studies:
            return Observed({}, {})
        return drawn_tables(drawn_again(studies[RUN], reviewed_document(observed, options.seed)))

    def measure(self, observed: Observed, options: HumanReviewOptions) -> PracticeResult:
        """Estimate whom the system missed, and how often its answers changed minds."""
        from harness.practice_tests.human_review.review_summary import review_result
        from harness.practice_tests.human_review.review_tables import reviewed_document, reviewers_in

        document = reviewed_document(observed, options.seed)
        reviewers = reviewers_in(observed, document)
        if len(reviewers) != len(options.judgements):
            raise HarnessError(
                f"observed: {len(reviewers)} reviewers judged, and the options name {len(options.judgements)}."
            )
        return review_result(document, reviewers, options.level)
