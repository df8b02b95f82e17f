"""What a comparison of models means, in plain words: first for whom a model is worse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.measurement.paired import Difference
from harness.statistics.verdicts import subjects_needed


def sentence(difference: Difference, level: float, num_metrics: int) -> str:
    """One difference, for a reader who sees its figures beside it."""
    d = difference
    if d.verdict == "not_tested" or d.lo is None or d.hi is None:
        return d.why or ""
    parts = []
    if d.worse is not None:
        parts.append(f"{d.worse} {_is(d, level)} worse" + ("" if d.is_overall else f" for {d.group}"))
        parts += _correction(d, level, num_metrics)
    elif d.lo > 0 or d.hi < 0:
        parts.append("a difference beyond chance")
    else:
        parts.append("no difference beyond chance")
    if d.verdict == "met":
        parts.append(f"equivalent within ±{d.tolerance:g}")
    elif d.verdict == "not_met":
        parts.append(f"by more than the tolerance of {d.tolerance:g}")
    else:
        parts.append(_would_decide(d))
    return "; ".join(parts)


def conclusions(differences: Sequence[Difference], level: float) -> list[str]:
    """Sentences that stand alone, in the order in which they must be read.

    First the groups for which a model is worse although it is better or no worse overall, then the other groups,
    then the whole; and after all of them, in the same order, what does not stay when corrected for the number of
    metrics. Where nothing is beyond chance, this is said, and that it does not show the models to be alike.
    """
    num_metrics = len({d.metric.name for d in differences})
    overall = {(d.metric.name, d.first, d.second): d.worse for d in differences if d.is_overall}
    said: list[tuple[bool, int, float, str]] = []
    for d in differences:
        if d.worse is None:
            continue
        whole = overall[d.metric.name, d.first, d.second]
        rank = 3 if d.is_overall else 2 if whole == d.worse else 1 if whole is None else 0
        text = _standing_alone(d, whole, level, num_metrics)
        said.append((_is(d, level) == "seems", rank, -abs(d.value), text))
    if said:
        return [text for *_, text in sorted(said)]
    tested = any(d.lo is not None for d in differences)
    return [
        "No difference beyond chance on any metric, overall or in any group. This does not show that the models "
        "are alike: the verdicts say where an interval lies within the tolerance."
        if tested
        else "Nothing could be tested: see the reasons."
    ]


def _standing_alone(d: Difference, whole: str | None, level: float, num_metrics: int) -> str:
    assert d.worse is not None
    better = d.first if d.worse == d.second else d.second
    worse_value, better_value = (
        (d.first_value, d.second_value) if d.worse == d.first else (d.second_value, d.first_value)
    )
    where = "overall" if d.is_overall else f"for {d.group} ({d.axis})"
    although = "" if d.is_overall or whole == d.worse else _although(d.worse, better, whole)
    figures = (
        f"{d.metric.name} {worse_value:.3f} against {better_value:.3f}, "
        f"difference {_turned(d, worse_value - better_value)}"
    )
    corrected = "".join(f"; {text}" for text in _correction(d, level, num_metrics))
    return f"{d.worse} {_is(d, level)} worse than {better} {where}{although}: {figures}{corrected}."


def _although(worse: str, better: str, whole: str | None) -> str:
    return f", though {better} is worse overall" if whole == better else f", though {worse} is not worse overall"


def _turned(d: Difference, value: float) -> str:
    """The difference of the worse less the better model, with its interval."""
    assert d.lo is not None
    assert d.hi is not None
    lo, hi = (d.lo, d.hi) if d.worse == d.first else (-d.hi, -d.lo)
    return f"{value:+.3f} [{lo:+.3f}, {hi:+.3f}]"


def _is(d: Difference, level: float) -> str:
    return "is" if d.p_corrected <= 1 - level else "seems"


def _correction(d: Difference, level: float, num_metrics: int) -> Iterator[str]:
    if _is(d, level) == "seems":
        yield f"but not beyond chance once corrected for {num_metrics} metrics (p {d.p_corrected:.2g})"


def _would_decide(d: Difference) -> str:
    assert d.lo is not None
    assert d.hi is not None
    needed = subjects_needed(d.value, (d.hi - d.lo) / 2, d.tolerance, d.num_subjects)
    if needed is None:
        return f"too near the tolerance of {d.tolerance:g} for any number of subjects to decide"
    needed = max(needed, d.num_subjects + 1)
    return f"about {needed:,} subjects would decide on the tolerance of {d.tolerance:g} ({d.num_subjects:,} now)"
