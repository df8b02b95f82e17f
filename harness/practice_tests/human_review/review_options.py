"""What the test of a review by people can be told."""

from __future__ import annotations

from pydantic import Field

from harness.files import UserPath
from harness.practice_tests.practice_interface import PracticeOptions

MAX_REVIEWERS = 100


class HumanReviewOptions(PracticeOptions):
    """Which review is counted, and by whose judgements."""

    review: UserPath = Field(description="the folder that `harness review sample` wrote")
    judgements: tuple[UserPath, ...] = Field(
        min_length=1, max_length=MAX_REVIEWERS, description="what reviewers saved, a file each"
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="of the draw, as `harness review sample` had it")
