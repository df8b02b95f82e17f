"""Whether the runs that are compared read the same files, and what is not known about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.comparison.finished_runs import FinishedRun
from harness.evidence.media_identity import FileDifferences, file_differences


@dataclass(frozen=True)
class OtherFiles:
    """Two runs that read different contents under the same file names.

    Attributes:
        first: the name of the first run.
        second: the name of the second.
        same_plan: whether the plans are equal.
        differences: from the files of the first run to those of the second.
        num_shared: files that both list.
    """

    first: str
    second: str
    same_plan: bool
    differences: FileDifferences
    num_shared: int

    @property
    def note(self) -> str:
        """A sentence without the names of files, which may contain names of people."""
        what = "same plan, different files" if self.same_plan else "not the same files"
        num = sum(map(len, (self.differences.changed, self.differences.missing, self.differences.added)))
        return (
            f"{self.first} and {self.second}: {what}. {num:,} of the {self.num_shared:,} files that both read "
            "have other contents, so a difference may come from the recordings."
        )

    @property
    def text(self) -> str:
        """The same with up to five names, for the person who runs the comparison."""
        return f"Different files, {self.first} to {self.second}: {self.differences.text}"


def other_files(finished: Sequence[FinishedRun], names: Sequence[str]) -> Iterator[OtherFiles]:
    """The pairs of runs on the same dataset that read different contents under the same file names.

    Args:
        finished: the runs. Those that list no files are skipped.
        names: of the runs.
    """
    for (one, first), (other, second) in combinations(zip(finished, names, strict=True), 2):
        if one.media is None or other.media is None or one.dataset != other.dataset:
            continue
        now = {file.path: file for file in other.media}
        found = file_differences(one.media, now)
        if found:
            num_shared = sum(file.path in now for file in one.media)
            same_plan = one.plan_sha256 == other.plan_sha256
            yield OtherFiles(first, second, same_plan, found, num_shared)


def other_predictions(finished: Sequence[FinishedRun], names: Sequence[str]) -> Iterator[str]:
    """A sentence on each pair of runs of one plan whose predictions differ though no file is known to.

    Args:
        finished: the runs.
        names: of the runs.
    """
    for (one, first), (other, second) in combinations(zip(finished, names, strict=True), 2):
        if one.plan_sha256 != other.plan_sha256 or one.predictions_sha256 == other.predictions_sha256:
            continue
        if one.media_root is None or other.media_root is None:
            yield (
                f"{first} and {second}: same plan, other predictions. It is not known whether they read the same "
                "files, which not both of them list, so a difference may come from the recordings."
            )
        elif one.media_root == other.media_root:
            yield (
                f"{first} and {second}: same plan and same files, other predictions. The system does not answer "
                "the same when it is asked again, so a difference may come from chance."
            )
