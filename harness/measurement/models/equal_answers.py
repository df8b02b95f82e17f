"""How far the answers of two models to the same samples agree, whatever the labels of the samples."""

from __future__ import annotations

from dataclasses import dataclass

from harness.wording import quantity

ERROR = 0.05
"""Of each one-sided test, and of the bound on how many people may get other answers."""


@dataclass(frozen=True)
class EqualAnswers:
    """The answers of two models to the samples that they share.

    Attributes:
        first, second: the models' names.
        num_samples, num_subjects: that are shared.
        num_unscored: samples that at least one of them has not scored.
        num_equal: samples with the same class from both, or with no score from either.
        largest: the largest difference between two scores of one class; None if the models have no scores of the
            same class.
    """

    first: str
    second: str
    num_samples: int
    num_subjects: int
    num_unscored: int
    num_equal: int
    largest: float | None

    def indices(self) -> dict[str, float | None]:
        """Index → its value, for the results."""
        return {"share_equal": self.num_equal / self.num_samples, "largest_score_difference": self.largest}

    def sentence(self) -> str:
        """The agreement in words."""
        all_equal = self.num_equal == self.num_samples
        of_all = f"all {self.num_samples:,}" if all_equal else f"{self.num_equal:,} of {self.num_samples:,}"
        scores = "" if self.largest is None else f"; scores differ by {self.largest:.2g} at most"
        others = ""
        if all_equal:
            share = 1 - ERROR ** (1 / self.num_subjects)
            people = quantity(self.num_subjects, "subject")
            others = (
                f" On these samples they are one system; of other people, {people} can only show that at most "
                f"{100 * share:.1f} % get other answers."
            )
        return f"{self.first} and {self.second}: answers are equal for {of_all} samples{scores}.{others}"
