"""The folder of a review, and the files of its reviewers, as what a practice test observed."""

from __future__ import annotations

from pathlib import Path

from harness.errors import HarnessError
from harness.practice_tests.human_review.review_options import HumanReviewOptions
from harness.practice_tests.human_review.review_tables import observed_review
from harness.practice_tests.observed import PEOPLE, Observed, read_people
from harness.review.judgements import read_answers
from harness.review.review_document import DOCUMENT, document_sha256, read_document
from harness.study.observer import Observer


def read_review(options: HumanReviewOptions, observer: Observer) -> Observed:
    """Read what was drawn and what people judged.

    People are the people of the run, by the numbers of ``review.json``, and after them the reviewers, by theirs.

    Raises:
        HarnessError: a file is absent or malformed, or of another review, see `harness.review.judgements`.
    """
    document, digest = read_document(options.review)
    if digest != document_sha256(document):
        raise HarnessError(f"{options.review / DOCUMENT}: changed since it was drawn. Draw the cases again.")
    if document.seed != options.seed:
        raise HarnessError(
            f"seed={options.seed}: the cases were drawn with the seed {document.seed}. Give seed={document.seed}."
        )
    reviewers = read_answers(options.judgements, document, digest)
    names = [*_people_of_the_run(options.review, observer), *(of.name for of in reviewers)]
    return observed_review(document, reviewers, names)


def _people_of_the_run(review: Path, observer: Observer) -> list[str]:
    if (review / PEOPLE).is_file():
        return read_people(review)
    observer.warn(
        f"{review}: an older version drew these cases, and did not write what the people of the run are called. A "
        f"pack of this review is not searched for their names. Drawn again with the same choices, {DOCUMENT} is "
        "the same, and judgements fit it."
    )
    return []
