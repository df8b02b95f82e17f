"""A sweep of ``harness run -m``: what its studies are called, and how they ended."""

from __future__ import annotations

import os
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from harness.commands.terminal import say, show_table, warn
from harness.errors import ExitCode, HarnessError
from harness.files import canonical_hash, write_bytes
from harness.known_metrics import facts_of
from harness.metrics.metric_facts import Shown
from harness.report.metric_names import in_display_order
from harness.report.numbers import number, one_line, short
from harness.study.compose import explained
from harness.study.sweep_notes import Ended
from harness.tables.results import select

if TYPE_CHECKING:
    from harness.study.run_study import Study

ENDED = "HARNESS_ENDED"
"""The variable that names the folder in which every study notes how it ended."""

SWEPT = "HARNESS_SWEPT"
"""The variable with the keys that a sweep varies."""

NAMED = "HARNESS_SWEEP_NAME"
"""The variable with the name of the sweep, which ``hydra.sweep.dir`` in ``configs/run.yaml`` gives its folder."""

NUMBER = "HARNESS_STUDY"
"""The variable with the number of a study in its sweep, from 0."""


_LAUNCH = re.compile(
    r"tracking[.]|workers=|profile=|hydra[./]launcher\b|hydra[.](?:sweep|verbose)\b|-m$|--multirun$"
)
"""Arguments that say how and where studies are run and logged, not what is measured."""


class StudiesLostError(Exception):
    """Studies of a sweep have ended without a word: their process was killed, or a cluster gave their job up."""


_LONGEST_NAME = 60

_LONGEST_REASON = 200

_MOST_COMPARED = 12
"""Studies whose comparison is suggested, where they differ in the system alone."""


def sweep_name(swept: Sequence[str], arguments: Sequence[str]) -> str:
    """A name that the same sweep has again, however its arguments are ordered: ``model-seed-1a2b3c4d``.

    Args:
        swept: the keys that it varies.
        arguments: all of ``harness run``.
    """
    deciding = sorted(bare for each in arguments if not _LAUNCH.match(bare := each.lstrip("+")))
    keys = "-".join(re.sub(r"\W+", "_", key) for key in swept)
    return f"{keys[:_LONGEST_NAME] or 'sweep'}-{canonical_hash(deciding)[:8]}"


@dataclass(frozen=True)
class Place:
    """The place of a study in a sweep; a study on its own has no name.

    Attributes:
        number: from 0 in the order of the sweep.
        choices: the swept keys and the values of this study, as they were written.
        sweep_dir: the folder of the sweep.
    """

    number: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    sweep_dir: str = "."

    @classmethod
    def of(cls, number: int, overrides: Sequence[str], sweep_dir: str) -> Place:
        """Of a study with these overrides."""
        given = dict(override.lstrip("+").split("=", maxsplit=1) for override in overrides if "=" in override)
        keys = [key for key in os.environ[SWEPT].split(",") if key in given]
        return cls(number, {key: given[key] for key in keys}, sweep_dir)

    @property
    def name(self) -> str:
        """The choices that are its own, on one line."""
        return " ".join(f"{key}={value}" for key, value in self.choices.items())

    @property
    def header(self) -> str:
        """The line above what a study prints."""
        return f"\nstudy {self.number + 1}: {self.name}"

    def located(self, message: str) -> str:
        """A message that says from which study it is."""
        return f"{message} [study {self.number + 1}: {self.name}]" if self.name else message

    def ended(self, code: int, **outcome: Any) -> Ended:
        """How the study ended."""
        return replace(self.begun(), code=int(code), **outcome)

    def begun(self, folder: str = "") -> Ended:
        """That the study runs in this folder; that it waits if there is none yet."""
        return Ended(self.number, self.name, folder=folder, sweep_dir=self.sweep_dir, choices=self.choices)


def failed_to_compose(place: Place, error: Exception) -> None:
    """Show and note that a study has no config, as Hydra says."""
    if place.name:
        say(place.header)
    why = explained(error)
    warn(place.located(f"Error [choices]: {why}"))
    place.ended(ExitCode.WRONG_USE, why=why).write(Path(os.environ[ENDED]))


def ended_studies(noted: Iterable[Ended], cause: BaseException | None) -> Iterator[Ended]:
    """The studies that have ended; if others ended without a word, these as well, as failed ones.

    Args:
        noted: by all studies.
        cause: of the end of the sweep; None if all of it was run.
    """
    for one in noted:
        if one.code is not None:
            yield one
        elif isinstance(cause, StudiesLostError):
            why = "its process has ended or is out of reach" if one.folder else "it has not begun"
            reason = one_line(f"{why}: {cause}")[:_LONGEST_REASON].rstrip(". ")
            yield replace(one, code=int(ExitCode.FAILED_CHECK), why=f"{reason}. Repeat the command to continue.")


def headline(study: Study) -> dict[str, float]:
    """The metrics of a finished study that an overview shows."""
    system = study.plan["model"]["name"]
    rows = select(study.results, statistic="level", axis="overall").to_pylist()
    found = {row["metric"]: row["value"] for row in rows if row["model"] == system and row["value"] is not None}
    headlines = [name for name in found if facts_of(name).shown >= Shown.HEADLINE]
    return {name: found[name] for name in in_display_order(headlines)}


def show_overview(ended: Sequence[Ended], folder: Path) -> None:
    """Print how the studies of a sweep ended, and write ``overview.html`` into the folder of the sweep."""
    from harness.report.sweep_page import SweptStudy, render_sweep

    done = [one for one in ended if not one.code]
    failed = len(ended) - len(done)
    say(f"\n{len(done):,} done, {failed:,} failed")
    metrics = in_display_order(list(dict.fromkeys(name for one in done for name in one.metrics or {})))
    table = Table(title="Sweep", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("study", overflow="fold")
    for name in metrics:
        table.add_column(name, justify="right")
    for one in done:
        values = one.metrics or {}
        table.add_row(_cell(one.name), *(number(values.get(name)) for name in metrics))
    if done:
        show_table(table)
    for why, num in Counter(one.why for one in ended if one.code).items():
        names = ", ".join(short(one.name) for one in ended if one.code and one.why == why)
        say(one_line(f"{num:,} failed ({names}): {why}"))
    studies = [
        SweptStudy(
            name=one.name,
            why=one.why,
            report=os.path.relpath(Path(one.folder) / "report.html", folder) if one.metrics is not None else None,
            metrics=one.metrics or {},
        )
        for one in ended
    ]
    write_bytes(render_sweep(studies, metrics).encode(), folder / "overview.html")
    say(f"overview: {folder / 'overview.html'}")
    if 1 < len(done) <= _MOST_COMPARED and all(
        key.split(".")[0] == "model" for one in done for key in one.choices
    ):
        say(f"to compare them: harness compare {' '.join(shlex.quote(one.folder) for one in done)}")


def track_overview(ended: Sequence[Ended], folder: Path, started_s: float) -> None:
    """Log a sweep to MLflow as the parent of its runs, wherever they were logged: one attempt, one message."""
    places = {(one.tracking["uri"], one.tracking["experiment"]): one.tracking for one in ended if one.tracking}
    if not places:
        return
    from harness.tracking.track_sweep import SweptRun, track_sweep

    measured = [(one, None if one.metrics is None else Path(one.folder)) for one in ended]
    runs = [SweptRun(one.choices, run_folder, one.metrics or {}) for one, run_folder in measured]
    for place in places.values():
        try:
            for one, run_folder in measured:
                if run_folder and one.tracking == place and not (run_folder / "tracking.json").is_file():
                    _track_again(one, run_folder, place)
            tracked = track_sweep(runs, folder, started_s=started_s, **place)
        except (HarnessError, OSError) as error:
            warn(f"{error} The sweep is whole on disk; the same command logs it later.")
        else:
            say(f"logged as MLflow run {tracked.run_id}\n{tracked.url}")


def _track_again(one: Ended, run_folder: Path, place: Mapping[str, Any]) -> None:
    """Log a study whose server was not there when it ended; what is wrong with the run alone is told."""
    from harness.tracking.delivery import NotDeliveredError
    from harness.tracking.track_run import track

    try:
        track(run_folder, **place)
    except NotDeliveredError:
        raise
    except (HarnessError, OSError) as error:
        warn(f"{error} This study is not logged. [study {one.number + 1}: {one.name}]")


def _cell(name: str) -> Text:
    return Text(one_line(short(name)))
