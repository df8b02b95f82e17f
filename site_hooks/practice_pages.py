"""What the pages of practice tests show: a command with what it prints, and pictures of what it found."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gallery_pictures import BLUE, INK, RED, axes, draw

OUT = "FOLDER"
"""What a command on a page calls the folder that it writes."""

VERDICTS = {"met": ("passes", BLUE), "not_met": ("fault", RED), "inconclusive": ("not clear", INK)}


@dataclass(frozen=True)
class Ran:
    """A command that ran.

    Attributes:
        shown: the command and what it printed, as a block of Markdown.
        rows: of its results.
    """

    shown: str
    rows: list[dict[str, Any]]


def ran(command: str, cwd: Path | None = None) -> Ran:
    """Run a practice test as it is typed, with `OUT` for its folder.

    Args:
        command: ``harness practice …``.
        cwd: the folder of relative paths among its options; by default they are left as they are.

    Raises:
        AssertionError: it fails.
    """
    from contextlib import chdir, nullcontext

    from typer.testing import CliRunner

    from harness.commands.main import app
    from harness.tables.versions import read_table

    out = Path(tempfile.mkdtemp(prefix="practice-")) / "out"
    words = [word.replace(OUT, str(out)) for word in shlex.split(command.replace("\\\n", " "))]
    assert words[0] == "harness"
    with nullcontext() if cwd is None else chdir(cwd):
        done = CliRunner().invoke(app, words[1:])
    assert done.exit_code == 0, done.output
    printed = done.stdout.replace(str(out), OUT).rstrip()
    rows: list[dict[str, Any]] = read_table(out / "results.parquet", "results").table.to_pylist()
    return Ran(f"```\n$ {command}\n{printed}\n```\n", rows)


def draw_verdicts(
    page: str, found: dict[str, list[dict[str, Any]]], questions: dict[str, str], caption: str
) -> str:
    """Which questions each system passes, as a table of marks.

    Args:
        page: that shows it.
        found: system → rows of its results.
        questions: metric → its question in a few words.
        caption: below it.
    """
    names: Sequence[str] = list(found)
    figure, plot = axes(7.2, 0.9 + 0.36 * len(names))
    for line, name in enumerate(names):
        verdicts = {row["metric"]: row["verdict"] for row in found[name] if row["verdict"] is not None}
        for place, metric in enumerate(questions):
            text, colour = VERDICTS.get(verdicts.get(metric, ""), ("not tested", INK))
            plot.text(place, -line, text, ha="center", va="center", color=colour, fontsize=9)
    plot.set_xticks(range(len(questions)), list(questions.values()))
    plot.set_yticks([-line for line in range(len(names))], list(names))
    plot.set_xlim(-0.6, len(questions) - 0.4)
    plot.set_ylim(0.6 - len(names), 0.6)
    plot.xaxis.tick_top()
    plot.tick_params(length=0, labelsize=9)
    for side in ("left", "bottom"):
        plot.spines[side].set_visible(False)
    return draw(page, figure, caption)
