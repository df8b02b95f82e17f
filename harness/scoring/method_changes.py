"""What is measured differently from runs of an earlier version on purpose: each change by name, with its reason.

A run keeps the values that it was stored with. Where it is scored again and a value differs, this says whether the
method changed or something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.metrics.categorical import FACTS as OF_ANSWERS
from harness.scoring.same_values import RowDifference
from harness.statistics.jackknife import JACKKNIFE
from harness.statistics.mirrored import BOOTSTRAP


@dataclass(frozen=True, kw_only=True)
class MethodChange:
    """A change of method.

    Attributes:
        since: the version of the results table that has the new values; results of earlier versions differ.
        about: what it concerns, for the user.
        what: what is measured now, for the user.
        kind: of the rows that it concerns.
        metrics: of the rows that it concerns, ``recall`` for that of every class; empty for every metric.
        statistics: of the rows that it concerns; empty for every statistic.
        indices: of the rows that it concerns; empty for every index, and for rows of other statistics.
        columns: those that it changes, None for rows that are new or no longer there; empty for all of these.
        of_gone: whether it only concerns numbers that are no longer given.
        of_unsorted: whether it only concerns runs whose subjects do not first appear in the order of their ids.
        method: how the method of the intervals begins that it concerns; empty for every method, and for none.
    """

    since: int
    about: str
    what: str
    kind: str
    metrics: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    columns: tuple[str | None, ...] = ()
    of_gone: bool = False
    of_unsorted: bool = False
    method: str = ""

    def explains(self, difference: RowDifference, version: int, *, is_sorted: bool) -> bool:
        """Whether a difference from results of some version comes from this change."""
        return (
            version < self.since
            and not (self.of_unsorted and is_sorted)
            and difference.kind == self.kind
            and not (self.of_gone and difference.found is not None)
            and (not self.metrics or difference.metric.partition(":")[0] in self.metrics)
            and (not self.statistics or difference.statistic in self.statistics)
            and (not self.indices or difference.index in self.indices)
            and (not self.columns or difference.column in self.columns)
            and (difference.method or "").startswith(self.method)
        )


def _interval_by(method: str, kind: str) -> MethodChange:
    return MethodChange(
        since=2,
        about=f"intervals of rows of the kind {kind} by {method}",
        what="they are Student's t from the values without each subject, on a scale on which the range has no end",
        kind=kind,
        columns=("lo", "hi"),
        method=method,
    )


def _on_supported_labels(metric: str) -> MethodChange:
    return MethodChange(
        since=2,
        about=metric,
        what="it stands beside the others where the system cannot answer every label",
        kind="metric",
        metrics=(metric,),
        columns=(None,),
    )


def _check(name: str, what: str) -> MethodChange:
    return MethodChange(since=2, about=f"check {name}", what=what, kind="check", metrics=(name,))


def _new_rows(kind: str, what: str) -> MethodChange:
    return MethodChange(since=2, about=f"{kind} rows", what=what, kind=kind)


def _interval_of(metric: str, what: str) -> MethodChange:
    return MethodChange(
        since=2,
        about=f"interval of {metric}",
        what=what,
        kind="metric",
        metrics=(metric,),
        statistics=("level",),
        columns=("lo", "hi", "level"),
    )


def _no_interval_of(about: str, metrics: tuple[str, ...], what: str) -> MethodChange:
    return MethodChange(
        since=2,
        about=about,
        what=what,
        kind="metric",
        metrics=metrics,
        statistics=("level",),
        columns=("lo", "hi", "level"),
        of_gone=True,
    )


def _numbered(about: str, kind: str) -> MethodChange:
    what = "subjects are numbered by the rank of their ids, not as they appear, so random draws fall on others"
    return MethodChange(since=2, about=about, what=what, kind=kind, of_unsorted=True)


CHANGES: tuple[MethodChange, ...] = (
    _check(
        "support",
        "groups with nobody in them no longer count, and classes with few subjects within a group are no fault",
    ),
    _check(
        "recording_condition",
        "the time in the session is looked at by itself, and so is every class where there are more than two; all "
        "that the check looks at shares its error",
    ),
    _check("collapsed", "one answer that takes far more than its share is looked for, too"),
    _check("answers", "it is looked at versions, attempts and days of single answers"),
    _check("blind", "it is looked for whether the answers stay the same without the medium"),
    _check("frozen", "it is looked at whether the system stayed the same while it was measured"),
    _check("swapped_labels", "labels swapped for some people or in one part are looked for"),
    MethodChange(
        since=2,
        about="differences between groups",
        what="their intervals allow for the few subjects of small groups, for rates near 0 and 1 and for people "
        "of whom one alone was found, and p-values agree with them",
        kind="metric",
        statistics=("difference", "ratio", "index"),
        columns=("lo", "hi", "p", "null_mean", "null_lo", "null_hi", "verdict"),
    ),
    MethodChange(
        since=2,
        about="ratios of groups",
        what="they are given where the divisor is clear of zero, with an interval where both values are",
        kind="metric",
        statistics=("ratio",),
        columns=(None, "value", "lo", "hi", "level", "method", "reason"),
    ),
    _interval_of(
        "ece", "it allows for the noise that resampling adds, and reaches 0 for a system that may be calibrated"
    ),
    _interval_of("calibration_error_sq", "it allows for subjects that are drawn twice"),
    _interval_of("conformal_set_size", "there is none: the sets depend on the answers to other subjects, too"),
    _no_interval_of(
        "intervals with few samples of a class",
        tuple(facts.base for facts in OF_ANSWERS if facts.interval_samples),
        "there is none, because too few or nearly all of them would hold the true value",
    ),
    _no_interval_of("interval of rmse", ("rmse",), "there is none where it would have no upper bound"),
    MethodChange(
        since=2,
        about="differences in calibration_error_sq",
        what="they are those of the roots, on the scale of ece and with its tolerance",
        kind="metric",
        metrics=("calibration_error_sq",),
        statistics=("difference", "index"),
    ),
    MethodChange(
        since=2,
        about="tests that no two groups differ",
        what="they agree with the intervals of the differences, and are corrected for all metrics and axes by "
        "their joint distribution",
        kind="metric",
        indices=("global_test_p", "global_test_p_corrected"),
        columns=("value",),
    ),
    MethodChange(
        since=2,
        about="negative_assignment",
        what="two groups are compared over the strata in which both have enough subjects, no longer over all",
        kind="metric",
        metrics=("negative_assignment",),
    ),
    _on_supported_labels("accuracy_supported"),
    _on_supported_labels("uar_supported"),
    _new_rows("standardised", "differences with the same mix of classes on both sides stand beside the others"),
    _new_rows("association", "axes that go together are named"),
    _new_rows("adjusted", "differences with the same mix of another axis on both sides stand beside the others"),
    _numbered("search", "search"),
    _numbered("checks", "check"),
    *(_interval_by(method, kind) for kind in ("metric", "check") for method in (BOOTSTRAP, JACKKNIFE)),
)


def explained(
    differences: Iterable[RowDifference], version: int, *, is_sorted: bool = True
) -> tuple[dict[MethodChange, list[RowDifference]], list[RowDifference]]:
    """The differences by the change that they come from, and those that no change explains.

    Args:
        differences: between the stored results and those that were found now.
        version: of the stored results table.
        is_sorted: whether the run's subjects first appear in the order of their ids.
    """
    by_change: dict[MethodChange, list[RowDifference]] = {}
    unexplained = []
    for one in differences:
        change = next((change for change in CHANGES if change.explains(one, version, is_sorted=is_sorted)), None)
        if change is None:
            unexplained.append(one)
        else:
            by_change.setdefault(change, []).append(one)
    return by_change, unexplained
