"""Terminal output of a comparison: conclusions, overall differences, and the groups that differ most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from harness.commands.json_answer import answer
from harness.commands.study_tables import SPACED
from harness.commands.terminal import say, show_table
from harness.comparison.compare_runs import RunComparison
from harness.measurement.models.equivalence import Equivalence, in_words
from harness.measurement.models.model_comparison import ModelDifference
from harness.report.group_names import group_name
from harness.report.numbers import one_line, short
from harness.verdicts.judge import JUDGED
from harness.wording import quantity

MAX_CONCLUSIONS = 8
MAX_NOTES = 8
GROUPS_IN_TERMINAL = 15
OPEN = JUDGED[:-1]
"""The verdicts of tests that were not met."""


def show_comparison(compared: RunComparison) -> None:
    """Print the result of a comparison, the most serious conclusions first."""
    left_out = ", ".join(
        f"{short(name)} {num:,}" for name, num in zip(compared.names, compared.num_left_out, strict=True) if num
    )
    say(one_line(f"{compared.num_shared:,} shared samples of {compared.num_subjects:,} subjects"))
    if left_out:
        say(one_line(f"Left out, as not every run has them: {left_out}"))
    for found in compared.other_files:
        say(one_line(found.text))
    for text in compared.conclusions[:MAX_CONCLUSIONS]:
        say(one_line(f"• {text}"))
    num_more = len(compared.conclusions) - MAX_CONCLUSIONS
    if num_more > 0:
        say(f"• {num_more:,} more: see comparison.html")
    letters = dict(zip(compared.names, ascii_uppercase, strict=False))
    for name, letter in letters.items():
        say(one_line(f"{letter}: {short(name)}"))
    differences, level = compared.comparison.differences, compared.settings.level
    show_table(_table("Overall", [d for d in differences if d.is_overall], letters, level))
    ranked = _gravity(differences)
    if differ := [d for d in ranked if d.value != 0]:
        show_table(_table("For whom they differ most", differ[:GROUPS_IN_TERMINAL], letters, level))
    if compared.equivalence is not None:
        _show_equivalence(compared.equivalence, letters)
    tested = {(d.axis, d.group) for d in ranked}
    groups = dict.fromkeys((d.axis, d.group) for d in differences if not d.is_overall)
    untested = [f"{short(axis)} {short(group)}" for axis, group in groups if (axis, group) not in tested]
    if untested:
        more = f", and {len(untested) - GROUPS_IN_TERMINAL:,} more" if len(untested) > GROUPS_IN_TERMINAL else ""
        say(one_line(f"Not tested, too few subjects: {', '.join(untested[:GROUPS_IN_TERMINAL])}{more}"))
    _show_notes(compared.notes)
    say(f"comparison: {compared.folder / 'comparison.html'}")
    answer(
        folder=compared.folder,
        names=compared.names,
        num_shared=compared.num_shared,
        num_left_out=compared.num_left_out,
        num_subjects=compared.num_subjects,
        conclusions=compared.conclusions,
        notes=compared.notes,
        differences=[_found(one) for one in differences],
    )


def _found(d: ModelDifference) -> dict[str, Any]:
    """A difference for the document of ``--json``."""
    where = {} if d.is_overall else {"axis": d.axis, "group": group_name(d.scope.group)}
    names = ("first", "second", "first_value", "second_value", "value", "lo", "hi", "p", "tolerance", "verdict")
    return {"metric": d.metric.name, **where, **{name: getattr(d, name) for name in names}}


def _show_notes(notes: Sequence[str]) -> None:
    """Print the first notes: fusions have many, and say much the same."""
    for note in notes[:MAX_NOTES]:
        say(one_line(f"Note: {note}"))
    if len(notes) > MAX_NOTES:
        say(f"{quantity(len(notes) - MAX_NOTES, 'more note')}: see comparison.html")


def _show_equivalence(found: Equivalence, letters: Mapping[str, str]) -> None:
    """Print whether models may be taken for one system: in words, then overall and where it is not shown."""
    for text in in_words(found):
        say(one_line(f"• {text}"))
    shown = [d for d in found.differences if d.is_overall]
    shown += [d for d in found.differences if not d.is_overall and d.verdict in OPEN][:GROUPS_IN_TERMINAL]
    table = _table(
        f"Equivalent within ±{found.margin:g}? Overall, and groups where it is open", shown, letters, 0.9
    )
    table.caption = "90 % intervals, each for itself: two one-sided tests of 5 %"
    show_table(table)


def _gravity(differences: Sequence[ModelDifference]) -> list[ModelDifference]:
    """The tested groups, first those where a model is worse only there, then by studentised difference."""
    whole = {(d.metric.name, d.first, d.second): d.worse for d in differences if d.is_overall}

    def key(d: ModelDifference) -> tuple[int, float]:
        overall = whole[d.metric.name, d.first, d.second]
        rank = 2 if d.worse is None else 1 if d.worse == overall else 0
        return rank, -abs(d.value) / d.error if d.error > 0 else 0.0

    return sorted((d for d in differences if not d.is_overall and d.verdict != "not_tested"), key=key)


def _table(title: str, differences: Sequence[ModelDifference], letters: Mapping[str, str], level: float) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=0,
        show_edge=False,
    )
    two = len(letters) == 2
    table.add_column("metric", overflow="fold", min_width=10)
    table.add_column("group", overflow="fold", min_width=10)
    for heading in ("A", "B", "A - B") if two else ("pair", "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("subj.", justify="right", no_wrap=True)
    for d in differences:
        interval = "" if d.lo is None or d.hi is None else f" [{d.lo:.3f}, {d.hi:.3f}]"
        group = "all" if d.is_overall else f"{SPACED.join(d.scope.attributes)} {group_name(d.scope.group, SPACED)}"
        table.add_row(
            *(Text(one_line(short(text))) for text in (d.metric.name.replace("_", " "), group)),
            *(
                (_number(d.first_value), _number(d.second_value))
                if two
                else (f"{letters[d.first]} - {letters[d.second]}",)
            ),
            f"{_number(d.value)}{interval}",
            d.verdict.replace("_", " "),
            f"{d.num_subjects:,}",
        )
    table.caption = f"{100 * level:g} % intervals, simultaneous for all groups and pairs of a metric"
    return table


def _number(value: float) -> str:
    return "-" if value != value else f"{value:.3f}".replace("-0.000", "0.000")
