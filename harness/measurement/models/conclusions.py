"""A comparison of models in plain words, starting with the groups for which a model is worse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.measurement.models.model_comparison import ModelDifference
from harness.verdicts.judge import is_significant
from harness.wording import listed, quantity

MAX_GROUPS_NAMED = 6


def sentence(difference: ModelDifference, level: float, num_metrics: int) -> str:
    """One difference in words, to be shown next to its numbers."""
    parts = (remark(difference, level, num_metrics), difference.judgement.reason)
    return "; ".join(part for part in parts if part)


def remark(difference: ModelDifference, level: float, num_metrics: int) -> str | None:
    """What a difference means, apart from the reason of its verdict; None if it has no interval."""
    d = difference
    if d.lo is None or d.hi is None:
        return None
    parts = []
    if d.worse is not None:
        parts.append(f"{d.worse} {_is(d, level)} worse" + ("" if d.is_overall else f" for {listed([d.group])}"))
        parts += _correction(d, level, num_metrics)
    elif d.lo > 0 or d.hi < 0:
        parts.append("a difference beyond chance")
    else:
        parts.append("no difference beyond chance")
    if d.verdict == "met":
        parts.append(f"equivalent within ±{d.tolerance:g}")
    elif d.verdict == "not_met":
        parts.append(f"by more than the tolerance of {d.tolerance:g}")
    return "; ".join(parts)


def conclusions(differences: Sequence[ModelDifference], level: float) -> list[str]:
    """Self-contained sentences, in the order in which they should be read.

    First the groups for which a model is worse although it is better or not worse overall, then which model is
    worse overall, with the groups where this is so too; then, in the same order, the differences that are no
    longer significant after correction for the number of metrics. If no difference is beyond chance, the sentence
    says so, and that this does not show that the models are equivalent.
    """
    num_metrics = len({d.metric.name for d in differences})
    together: dict[tuple[str, str, str], list[ModelDifference]] = {}
    for d in differences:
        together.setdefault((d.metric.name, d.first, d.second), []).append(d)
    said: list[tuple[bool, int, float, str]] = []
    for whole, *groups in together.values():
        for d in (whole, *groups):
            if d.worse is not None and (d is whole or d.worse != whole.worse):
                rank = 2 if d is whole else 1 if whole.worse is None else 0
                text = _standing_alone(d, whole, groups, level, num_metrics)
                said.append((_is(d, level) == "seems", rank, -abs(d.value), text))
    if said:
        return [text for *_, text in sorted(said)]
    tested = any(d.lo is not None for d in differences)
    return [
        "No difference beyond chance on any metric, overall or in any group. This does not show that the models "
        "are equivalent: the verdicts say where an interval lies within the tolerance."
        if tested
        else "Nothing could be tested: see the reasons."
    ]


def _standing_alone(
    d: ModelDifference, whole: ModelDifference, groups: Sequence[ModelDifference], level: float, num_metrics: int
) -> str:
    assert d.worse is not None
    better = d.first if d.worse == d.second else d.second
    values = (d.first_value, d.second_value) if d.worse == d.first else (d.second_value, d.first_value)
    where = "overall" if d.is_overall else f"for {listed([d.group])} ({listed([d.axis])})"
    although = "" if d is whole else f", though {'better' if whole.worse == better else 'not worse'} overall"
    figures = f"{d.metric.name} {values[0]:.3f} against {values[1]:.3f}, difference {_turned(d)}"
    corrected = "".join(f"; {text}" for text in _correction(d, level, num_metrics))
    also = _also(d.worse, groups) if d is whole else ""
    return f"{d.worse} {_is(d, level)} worse than {better} {where}{although}: {figures}{corrected}{also}."


def _also(worse: str, groups: Sequence[ModelDifference]) -> str:
    """The groups in which the model that is worse overall is also worse."""
    tested = [d for d in groups if d.verdict != "not_tested"]
    shared = [d.group for d in tested if d.worse == worse]
    if not shared:
        return "; in no single group beyond chance" if tested else ""
    if len(shared) == len(tested):
        return f"; also for each of the {len(tested)} tested groups" if len(tested) > 1 else ""
    more = f" and {len(shared) - MAX_GROUPS_NAMED} more" if len(shared) > MAX_GROUPS_NAMED else ""
    named = ", ".join(shared[:MAX_GROUPS_NAMED])
    return f"; also for {named}{more} ({len(shared)} of {len(tested)} tested groups)"


def _turned(d: ModelDifference) -> str:
    """The difference of the worse minus the better model, with its interval."""
    assert d.lo is not None
    assert d.hi is not None
    value, lo, hi = (d.value, d.lo, d.hi) if d.worse == d.first else (-d.value, -d.hi, -d.lo)
    return f"{value:+.3f} [{lo:+.3f}, {hi:+.3f}]"


def _is(d: ModelDifference, level: float) -> str:
    return "is" if is_significant(d.p_corrected, level) else "seems"


def _correction(d: ModelDifference, level: float, num_metrics: int) -> Iterator[str]:
    if _is(d, level) == "seems":
        metrics = quantity(num_metrics, "metric")
        yield f"but not beyond chance after correction for {metrics} (p = {d.p_corrected:.2g})"
