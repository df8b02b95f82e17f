"""The tables of a finished study in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from harness.attributes.group import EVERYBODY, TIMES
from harness.attributes.grouping import SEARCH
from harness.attributes.missing_answers import MissingAnswers
from harness.cards.stated_facts import stated_title
from harness.commands.found import answer_results
from harness.commands.json_answer import answer
from harness.commands.spent import spent_lines
from harness.commands.terminal import has_room, say, show_table, terminal_width
from harness.metrics.metric_facts import Shown
from harness.report.check_findings import findings
from harness.report.claims import contradicted, measured_claims, told
from harness.report.condition_effects import ConditionEffects, condition_effects
from harness.report.film_frames import film_frames
from harness.report.group_names import group_name
from harness.report.in_brief import media_untested, open_gaps, scored_nothing, unscored, uses_media
from harness.report.latency_table import latency_lines
from harness.report.metric_names import shown_in
from harness.report.numbers import one_line, short
from harness.report.ranked_gaps import FOUND, Gap, Searched, Untested, gaps, searched, untested, worst
from harness.report.repeated import repeat_rows
from harness.report.run_curves import RunCurves
from harness.report.sections import failures
from harness.report.stage_times import time_line
from harness.report.within_people import within_people
from harness.scoring.recorded_times import recorded_times
from harness.tables.results import select
from harness.tables.schemas import CLEAN
from harness.tables.versions import read_table
from harness.wording import listed, percent, quantity

if TYPE_CHECKING:
    from harness.study.run_study import Study

GAPS_IN_TERMINAL = 12
BEYOND_CHANCE = (
    "* beyond chance, corrected for all metrics and axes. The largest gaps are too large on average: count on the "
    "end of the interval nearest to zero. docs/verdicts.md"
)
UNTESTED_IN_TERMINAL = 8
MAX_SHARES = 8
MAX_FINDINGS = 8
SPACED = f" {TIMES} "
"""The separator between the parts of an intersection, at which a line may break."""


def show_study(study: Study) -> None:
    """Print the tables of a finished study, and where its report is."""
    dataset = study.plan["dataset"]
    simulated = " (simulated data)" if dataset["simulated"] else ""
    system = study.plan["model"]["name"]
    curves = read_table(study.folder / "curves.parquet", "curves").table
    show_results(study.results, curves, f"{title_of(study.plan)}{simulated}", system)
    show_claims(study.plan, study.results)
    say(f"{dataset['num_samples']:,} samples of {dataset['num_subjects']:,} subjects")
    record = study.folder.read_run()
    times = recorded_times(record)
    price = study.plan["cards"]["models"][0].get("price")
    for line in (*latency_lines(times), *spent_lines(study.folder / "answers.parquet", system, price)):
        say(line)
    if frames := film_frames(RunCurves(curves, system)):
        for line in frames.lines:
            say(line)
    for line in within_people(RunCurves(curves, system)):
        say(line)
    for line in _missing_lines(MissingAnswers.of(study.plan)):
        say(line)
    of_plan = (study.plan[name].get("notes", ()) for name in ("protocol", "attributes") if name in study.plan)
    for note in (*study.plan["model"]["notes"], *chain.from_iterable(of_plan)):
        say(f"Note: {note}")
    if study.was_finished:
        say("This run was already finished; nothing was run again.")
    elif record:
        say(time_line(record["seconds"]))
    if study.profile:
        say(f"profile: {study.profile}")
    say(f"report: {study.folder / 'report.html'}")
    answer(
        folder=study.folder.path,
        report=study.folder / "report.html",
        plan_sha256=study.folder.read_plan().sha256,
        was_finished=study.was_finished,
    )
    answer_results(study.plan, study.results, curves)


def show_claims(plan: Mapping[str, Any], results: pa.Table) -> None:
    """Print what providers state beside what was measured."""
    claims = measured_claims(plan, results)
    if any(claim.is_contradicted for claim in claims):
        say(f"FINDING: {contradicted(claims)}")
    if claims:
        say("Figures stated by the provider:")
    for line in told(claims):
        say(one_line(f"- {line}"))


def _missing_lines(missing: MissingAnswers | None) -> Iterator[str]:
    """The share of the samples of each group that at least one of several combined systems does not answer."""
    of_axis: dict[str, list[str]] = {}
    for group in missing.groups if missing else ():
        if group.axis and group.group:
            of_axis.setdefault(group.axis, []).append(f"{short(group.group)} {percent(group.any_part)}")
    for axis, shares in of_axis.items():
        yield one_line(
            f"Some answer is missing, by {short(axis)}: {listed(shares, most=MAX_SHARES)} of the samples"
        )


def title_of(plan: Mapping[str, Any]) -> str:
    """What a plan measures: ``acme on ravdess``, or with the stated title of an own table."""
    return f"{plan['model']['name']} on {one_line(short(stated_title(plan['dataset'])))}"


def show_results(results: pa.Table, curves: pa.Table, title: str, system: str) -> None:
    """Print the blind control, the headline metrics, samples without a score, the worst gaps, and the findings.

    Args:
        results: the results table.
        curves: the curves table.
        title: of the table of metrics.
        system: the name of the system under test.
    """
    for line in _blind_lines(results, system):
        say(line)
    show_table(headline_table(results, title, first=system))
    reasons, num_samples = failures(RunCurves(curves, system)), _num_samples(results, system)
    if without_score := unscored(system, reasons, num_samples):
        say(one_line(without_score))
    for line in _repeat_lines(results, system):
        say(line)
    if effects := condition_effects(results, curves, system):
        show_table(conditions_table(effects))
    if not scored_nothing(reasons, num_samples):
        _show_gaps(results, system)
    for line in (*_untested_lines(untested(results, system)), *_finding_lines(results, system)):
        say(line)


def _show_gaps(results: pa.Table, system: str) -> None:
    """Print for whom it is worse, what could not be judged, and what the search found."""
    every = gaps(results, system)
    alike = worst(every)
    ranked = [gap for gap in alike if gap.value]
    if not ranked and alike:
        say("For whom is it worse? In these samples for nobody: all groups that were compared are alike.")
    if ranked:
        wide = gaps_table(ranked)
        show_table(wide if has_room(wide) else gaps_table(ranked, is_narrow=True))
    elif not alike and set(results["axis"].unique().to_pylist()) <= {"overall", SEARCH}:
        say("There are no attributes of people to compare groups by. Add some with attributes.file=people.csv.")
    if undecided := open_gaps(every, untested(results, system)):
        say(undecided)
    for line in (*_mix_lines(ranked), *_searched_lines(searched(results, system))):
        say(line)


def _num_samples(results: pa.Table, system: str) -> int:
    rows = select(results, model=system, metric="coverage", axis="overall", statistic="level")
    return rows["n_samples"][0].as_py() if rows.num_rows else 0


def headline_table(results: pa.Table, title: str, first: str) -> Table:
    """Headline metrics with their intervals: one row per metric, one column per model, the system's ``first``."""
    rows = select(results, axis="overall", statistic="level")
    cells = {(row["model"], row["metric"]): row for row in rows.to_pylist()}
    models = sorted({model for model, _ in cells}, key=lambda model: (model != first, model))
    metrics = shown_in(list(dict.fromkeys(metric for _, metric in cells)), Shown.TERMINAL)
    table = Table(
        title=Text(title), title_justify="left", caption_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    table.add_column("metric", no_wrap=True)
    for model in models:
        table.add_column(Text(model), justify="right", no_wrap=True)
    # With more than a few models the intervals are printed under the values.
    separator = " " if 16 + 23 * len(models) <= terminal_width() else "\n"
    for metric in metrics:
        table.add_row(metric, *(_cell(cells.get((model, metric)), separator) for model in models))
    levels = {f"{100 * row['level']:g} %" for row in cells.values() if row["level"] is not None}
    table.caption = f"value [{', '.join(sorted(levels)) or 'no'} interval over subjects]"
    return table


def conditions_table(effects: ConditionEffects) -> Table:
    """The system under every condition: one row per condition, one column per metric; the change from clean."""
    table = Table(
        title="Under each condition",
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("condition", overflow="fold")
    for title in (*effects.metrics.values(), *effects.of_both.values()):
        table.add_column(title, justify="right")
    without = [Text("")] * len(effects.of_both)
    table.add_row(CLEAN, *(_cell(effects.clean.get(metric), "\n") for metric in effects.metrics), *without)
    for one in effects.effects:
        changed = (_changed(one.levels.get(metric), one.differences.get(metric)) for metric in effects.metrics)
        table.add_row(
            _shown(one.name), *changed, *(_cell(one.of_both.get(metric), "\n") for metric in effects.of_both)
        )
    table.caption = Text("under other conditions: value, and its difference from clean [paired interval]")
    return table


def _changed(row: dict[str, Any] | None, difference: dict[str, Any] | None) -> Text:
    if row is None or difference is None or row["value"] is None or difference["value"] is None:
        return _cell(row, "\n")
    interval = "" if difference["lo"] is None else f"\n[{difference['lo']:.3f}, {difference['hi']:.3f}]"
    return Text(f"{row['value']:.3f}\n{difference['value']:+.3f}{interval}")


def gaps_table(ranked: Sequence[Gap], *, is_narrow: bool = False) -> Table:
    """The worst gaps: one row per metric and disadvantaged group, those that the plan does not accept first.

    Args:
        ranked: see `worst`.
        is_narrow: the interval stands under the gap, and the number of subjects under the verdict.
    """
    table = Table(
        title="For whom is it worse?",
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=0,
        show_edge=False,
    )
    for heading in ("metric", "axis", "worse for", "than"):
        table.add_column(heading, overflow="fold")
    figures = ("gap\ninterval", "verdict\nsubjects") if is_narrow else ("gap", "interval", "verdict", "subj.")
    for heading in figures:
        table.add_column(heading, justify="left" if "verdict" in heading else "right", no_wrap=True)
    for gap in ranked[:GAPS_IN_TERMINAL]:
        axis = SEARCH if gap.axis == SEARCH else SPACED.join(gap.attributes)
        named = (
            gap.metric.replace("_", " "),
            axis.replace("_", " "),
            *(group_name(side, SPACED) for side in (gap.worse, gap.than)),
        )
        value, interval, verdict, num = _figures(gap)
        cells = (f"{value}\n{interval}", f"{verdict}\n{num}") if is_narrow else (value, interval, verdict, num)
        table.add_row(*(_shown(name) for name in named), *cells)
    num_more = len(ranked) - GAPS_IN_TERMINAL
    more = f"{num_more:,} more: report.html, results.csv. " if num_more > 0 else ""
    table.caption = Text(f"{more}{BEYOND_CHANCE}")
    return table


def _figures(gap: Gap) -> tuple[str, str, str, str]:
    """The gap, its interval, the verdict and the number of subjects."""
    mark = "*" if gap.beyond_chance and gap.verdict != FOUND else " "
    interval = "-" if gap.lo is None or gap.hi is None else f"[{gap.lo:.3f}, {gap.hi:.3f}]"
    return f"{gap.value:.3f}{mark}", interval, gap.verdict.replace("_", " "), f"{gap.num_subjects:,}"


def _searched_lines(search: Searched | None) -> Iterator[str]:
    if search and search.num_cells:
        yield one_line(
            f"Searched on {short(search.metric)}: {quantity(search.num_cells, 'combination')} of attributes, "
            f"{search.num_found:,} beyond chance"
        )


def _untested_lines(groups: Sequence[Untested]) -> Iterator[str]:
    if groups:
        named = [
            f"{short(g.axis)} {'(all)' if g.group == EVERYBODY else short(group_name(g.group, SPACED))} "
            f"({quantity(g.num_subjects, 'subject')})"
            for g in groups
        ]
        more = f", and {len(named) - UNTESTED_IN_TERMINAL:,} more" if len(named) > UNTESTED_IN_TERMINAL else ""
        yield one_line(f"Not tested: {', '.join(named[:UNTESTED_IN_TERMINAL])}{more}")


def _mix_lines(ranked: Sequence[Gap]) -> Iterator[str]:
    """The gaps in the table that are others with the same mix of something in both groups."""
    for gap in ranked[:GAPS_IN_TERMINAL]:
        for same in gap.same_mix:
            if not same.disagrees or not (gap.beyond_chance or same.excludes_zero):
                continue
            sides = " than ".join(short(group_name(side, SPACED)) for side in (gap.worse, gap.than))
            found = "it is not possible"
            if same.value is not None:
                interval = "" if same.lo is None else f" [{same.lo:.3f}, {same.hi:.3f}]"
                found = f"{same.value:.3f}{interval}, {same.verdict.replace('_', ' ')}"
            name = gap.metric.replace("_", " ")
            yield one_line(f"{name}, worse for {sides}: with the same mix of {short(same.mix)}: {found}")


def _blind_lines(results: pa.Table, system: str) -> Iterator[str]:
    found = findings(results, system)
    for one in uses_media(found):
        interval = "" if one.row["lo"] is None else f" [{one.row['lo']:.3f}, {one.row['hi']:.3f}]"
        head = "FINDING" if one.verdict == "not_met" else "Blind control"
        yield one_line(f"{head}: {one.sentence} Unchanged: {one.row['value']:.3f}{interval}")
    yield from (one_line(f"Blind control, {why}") for why in media_untested(found))


def _repeat_lines(results: pa.Table, system: str) -> Iterator[str]:
    rows = [one for one in repeat_rows(results, system) if one.row["value"] is not None]
    if rows:
        shown = (f"{one.name.lower()} {_short_number(one.row)}" for one in rows)
        yield f"Asked several times: {', '.join(shown)}"


def _short_number(row: dict[str, Any]) -> str:
    """A value with its interval, whole numbers as such."""
    whole = row["lo"] is None and float(row["value"]).is_integer()
    return f"{row['value']:,.0f}" if whole else _cell(row, " ").plain


def _finding_lines(results: pa.Table, system: str) -> Iterator[str]:
    every = [finding for finding in findings(results, system) if finding.verdict == "not_met"]
    found = [finding for finding in every if finding not in uses_media(every)]
    if found:
        yield "Findings about the test itself:"
    for finding in found[:MAX_FINDINGS]:
        about = f" ({short(finding.about)})" if finding.about else ""
        yield one_line(f"- {finding.name}{about}: {finding.in_short}")
    if len(found) > MAX_FINDINGS:
        yield f"- {len(found) - MAX_FINDINGS:,} more: report.html"


def _shown(name: str) -> Text:
    """A name from the data without control characters, truncated if it is too long."""
    return Text(one_line(short(name)))


def _cell(row: dict[str, Any] | None, separator: str) -> Text:
    if row is None or row["value"] is None:
        return Text("-")
    interval = "" if row["lo"] is None else f"{separator}[{row['lo']:.3f}, {row['hi']:.3f}]"
    return Text(f"{row['value']:.3f}{interval}")
