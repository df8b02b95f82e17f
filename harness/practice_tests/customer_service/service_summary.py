"""The summary of what a voice system answers to calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.metrics.categorical import UAR
from harness.metrics.invariance import NEGATIVE_SHIFT, UNCHANGED
from harness.practice_tests.customer_service.aggregates import named
from harness.practice_tests.customer_service.service_options import CustomerServiceOptions
from harness.practice_tests.customer_service.service_questions import service_rows
from harness.practice_tests.customer_service.study_rows import StudyRow, study_rows
from harness.practice_tests.customer_service.voice_study import Heard
from harness.practice_tests.practice_interface import Cell, Figure, PracticeResult, PracticeTable, Said, Section
from harness.progress import UNSEEN, Share
from harness.tables.results import Result
from harness.tables.schemas import CLEAN, RATERS

SHARE, CHANGE = "share", "change"


def service_result(heard: Heard, options: CustomerServiceOptions, progress: Share = UNSEEN) -> PracticeResult:
    """Measure and summarise.

    Args:
        heard: the study of the voices.
        options: of the test.
        progress: see `service_rows`.
    """
    calls = heard.calls
    of_study = list(study_rows(heard.results.to_pylist(), calls.model))
    rows = service_rows(calls, heard.people, options, progress)
    tables = _Tables(options, calls.model, rows, of_study, calls.roles)
    counts = {
        "dataset": calls.dataset,
        "model": calls.model,
        "calls": len(calls.subject_n),
        "people": int(calls.subject_n.max()) + 1,
        "classes": calls.num_classes,
    }
    chance = 1 / calls.num_classes
    facts: dict[str, Any] = {**counts, "chance": chance, "calm_calls": int(calls.calm_n.sum())}
    limits = [Said(key) for key in ("limit_feeling", "limit_acted", "limit_condition", "limit_mix")]
    return PracticeResult(
        [*rows, *(one.row for one in of_study)],
        [Said("calls", {**counts, "chance": chance})],
        list(tables.sections()),
        [*limits, Said("limit_privacy", {"least": options.privacy_minimum})],
        facts,
    )


@dataclass(frozen=True)
class _Tables:
    """Looks up rows for the cells of the tables."""

    options: CustomerServiceOptions
    model: str
    rows: Sequence[Result]
    of_study: Sequence[StudyRow]
    roles: Sequence[str]

    def sections(self) -> Iterator[Section]:
        """Those that there is something to show in."""
        heard = (CLEAN, *self.options.beginnings, *self.options.telephone, *self.options.backgrounds)
        yield Section(Said("heard"), [Said("heard")], [self._conditions("heard", {name: name for name in heard})])
        cues = {**self.options.cues, **{name: name for name in self.options.controls}}
        yield Section(Said("cues"), [Said("cues")], [self._conditions("cues", cues)])
        if aggregates := [self._aggregate(mix) for mix in self.options.mixes]:
            sizes = [Said("of_size", {"size": size}) for size in self.options.sizes]
            table = PracticeTable(
                Said("aggregates"),
                ("size", *map(named, self.options.mixes)),
                [
                    *(
                        [size, *cells]
                        for size, *cells in zip(sizes, *(each[0] for each in aggregates), strict=True)
                    ),
                    ["bias", *(each[1] for each in aggregates)],
                    ["needed", *(each[2] for each in aggregates)],
                ],
            )
            said = Said("aggregates", {"needed_for": self.options.limits.aggregate_error})
            yield Section(Said("aggregates"), [said], [table])
        if self._of_study(UAR.name, CLEAN, model=RATERS) is not None:
            yield Section(Said("people"), [Said("people")], [self._people()])
        if self.roles:
            yield Section(Said("roles"), [Said("roles")], [self._roles()])
        if groups := list(self._groups()):
            table = PracticeTable(
                Said("groups"), ("group", "recognised", "versus", "difference", "verdict"), groups
            )
            yield Section(Said("groups"), [Said("groups")], [table])

    def _conditions(self, caption: str, conditions: Mapping[str, str]) -> PracticeTable:
        """A row per condition: how well it is answered, what it costs, and who is called negative."""
        cells: list[list[Cell]] = [
            [
                name,
                self._of_study(UAR.name, condition),
                self._of_study(UAR.name, condition, versus=CLEAN, key=CHANGE),
                self._of_study(UNCHANGED.name, condition, key=SHARE),
                self._of_study(NEGATIVE_SHIFT.name, condition, key="shift"),
                self._own("calm_called_negative", condition=condition, key=SHARE),
            ]
            for name, condition in conditions.items()
        ]
        return PracticeTable(Said(caption), ("condition", "recognised", "cost", "same", "shift", "calm"), cells)

    def _aggregate(self, mix: float) -> tuple[list[Cell], Cell, Cell]:
        """Of a mix: the error at every size, the bias, and the calls that are needed."""
        group = named(mix)
        errors = [self._own(f"aggregate_error:{size}", group=group, key=SHARE) for size in self.options.sizes]
        needed = self._row("aggregate_calls_needed", group=group)
        enough: Cell = None
        if needed is not None:
            enough = Said("never") if needed.value is None else self._allowed(int(needed.value))
        return errors, self._own(f"aggregate_bias:{group}", group=group, key="shift"), enough

    def _allowed(self, needed: int) -> Cell:
        """So many calls, or as many as an aggregate must have anyway."""
        return Said("calls_needed", {"num": max(needed, self.options.privacy_minimum)})

    def _people(self) -> PracticeTable:
        cells: list[list[Cell]] = [
            [
                model,
                self._of_study(UAR.name, CLEAN, model=model),
                self._own("call_wrong", model=model, key=SHARE),
                self._own("calm_called_negative", model=model, key=SHARE),
            ]
            for model in (self.model, RATERS)
        ]
        return PracticeTable(Said("people"), ("listener", "recognised", "one_call", "calm"), cells)

    def _roles(self) -> PracticeTable:
        cells: list[list[Cell]] = [
            [
                role,
                self._own("role_recognised", group=role, key="figure"),
                self._own("calm_called_negative", group=role, key=SHARE),
            ]
            for role in self.roles
        ]
        return PracticeTable(Said("roles"), ("role", "recognised", "calm"), cells)

    def _groups(self) -> Iterator[list[Cell]]:
        """Every group, with each difference from others."""
        of_groups = [one for one in self.of_study if one.row.axis != "overall"]
        for level in (one.row for one in of_groups if one.row.statistic == "level"):
            compared = [
                one
                for one in of_groups
                if one.row.statistic == "difference" and (one.row.axis, one.row.group) == (level.axis, level.group)
            ]
            for one in compared:
                yield [level.group, Figure(level), one.row.versus, Figure(one.row, CHANGE), one.verdict]
            if not compared:
                yield [level.group, Figure(level), None, None, None]

    def _of_study(
        self,
        metric: str,
        condition: str,
        *,
        model: str | None = None,
        versus: str | None = None,
        key: str = "figure",
    ) -> Cell:
        wanted = (metric, condition, model or self.model, versus, "overall", None)
        for one in self.of_study:
            row = one.row
            found = (row.metric, row.condition, row.model, row.versus_condition, row.axis, row.versus_model)
            if found == wanted:
                return Figure(row, key)
        return None

    def _own(
        self, metric: str, *, condition: str = CLEAN, group: str = "all", model: str | None = None, key: str
    ) -> Cell:
        row = self._row(metric, condition=condition, group=group, model=model)
        return None if row is None else Figure(row, key)

    def _row(
        self, metric: str, *, condition: str = CLEAN, group: str = "all", model: str | None = None
    ) -> Result | None:
        wanted = (metric, condition, group, model or self.model)
        return next(
            (row for row in self.rows if (row.metric, row.condition, row.group, row.model) == wanted), None
        )
