"""Draw how well people and a system recognise emotions in each group, under every condition of finished runs.

    python benchmarks/beside_people.py FIGURE.svg AXIS RUN…

Of every run it draws the raters, where there are votes, and the system under test, clean and under every other
condition that was measured: UAR in each group of an axis with its interval, and chance. Runs on different datasets
stand in blocks of their own: classes and speakers differ, so that only what stands in one block is comparable.

The figure of the README, on data that hold CREMA-D's votes without its sounds, and RAVDESS's sounds without votes:

    harness run dataset=cremad dataset.root=PATH dataset.presentation=voice model=human_raters \
      'attributes.axes=[sex]' out=people
    harness run dataset=ravdess dataset.root=PATH model=voice_functionals_svm 'attributes.axes=[sex]' \
      'conditions=[clean,voice/telephone@1]' measure.min_subjects=4 out=system
    python benchmarks/beside_people.py docs/images/beside-people.svg sex people system

With CREMA-D's sounds one run has both, and the figure one block:

    harness run dataset=cremad dataset.root=PATH model=voice_functionals_svm 'attributes.axes=[sex]' \
      'conditions=[clean,voice/telephone@1]' out=both
    python benchmarks/beside_people.py beside-people.svg sex both
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from harness.cards.planned_cards import planned_dataset
from harness.evidence.run_folder import RunFolder
from harness.files import write_bytes
from harness.tables.results import select
from harness.tables.schemas import CLEAN, RATERS
from harness.tables.versions import read_table

METRIC = "uar"
WIDTH, LEFT, RIGHT, LINE, GAP = 900, 390, 850, 24, 18
INK, SOFT = "#111", "#555"
COLOURS = ("#00695c", "#ad1457", "#4527a0", "#ef6c00", "#37474f")


@dataclass(frozen=True)
class Line:
    """One dot with its interval.

    Attributes:
        listener: who answers, and to what.
        group: of people who are heard or seen.
        num_subjects: in the group.
        value, lo, hi: UAR and its interval; None without one.
        chance: UAR of guessing.
    """

    listener: str
    group: str
    num_subjects: int
    value: float
    lo: float | None
    hi: float | None
    chance: float


@dataclass(frozen=True)
class Block:
    """What one run measured: the title of its dataset, and its lines."""

    title: str
    lines: Sequence[Line]


def main(arguments: Sequence[str]) -> None:
    """Draw the figure."""
    figure, axis, *runs = arguments
    write_bytes(drawn([block_of(Path(run), axis) for run in runs]).encode(), Path(figure))


def block_of(run: Path, axis: str) -> Block:
    """The lines of a finished run."""
    folder = RunFolder(run)
    plan = folder.read_plan().plan
    results = read_table(folder / "results.parquet", "results").table
    rows = select(results, condition=None, kind="metric", metric=METRIC, statistic="level", axis=axis).to_pylist()
    card = planned_dataset(plan)
    num_classes = len(plan["classes"]) if "classes" in plan else len(card.labels)
    title = f"{card.title.partition(',')[0]}: {num_classes} emotions"
    return Block(title, list(_lines(rows, str(plan["model"]["name"]))))


def _lines(rows: Sequence[dict[str, Any]], system: str) -> Iterator[Line]:
    listeners = [(RATERS, CLEAN), *((system, row["condition"]) for row in rows if row["model"] == system)]
    for model, condition in dict.fromkeys(listeners):
        for row in rows:
            if (row["model"], row["condition"]) == (model, condition) and row["value"] is not None:
                yield Line(
                    _named(model, condition),
                    row["group"],
                    row["n_subjects"],
                    row["value"],
                    row["lo"],
                    row["hi"],
                    row["chance"],
                )


def _named(model: str, condition: str) -> str:
    who = "people who listened" if model == RATERS else model
    return who if condition == CLEAN else f"{who}, {condition}"


def drawn(blocks: Sequence[Block]) -> str:
    """The figure as SVG.

    Args:
        blocks: from top to bottom.
    """
    parts, y = [], 34.0
    for block in blocks:
        parts.append(_text(16, y, block.title, weight="600"))
        y += LINE
        top = y - LINE / 2
        for colour, line in zip(_colours(block.lines), block.lines, strict=True):
            parts.append(_line(line, y, colour))
            y += LINE
        parts.append(_chance(block.lines, top, y - LINE / 2))
        y += GAP
    parts += [_tick(share, y) for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    parts.append(_text((LEFT + RIGHT) / 2, y + 32, "UAR; dashed: guessing", SOFT, anchor="middle"))
    said = "; ".join(
        f"{block.title}: {line.listener}, {line.group} {line.value:.2f}"
        for block in blocks
        for line in block.lines
    )
    height = y + 44
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(said)}" font-family="system-ui, sans-serif" font-size="13">\n'
        f'<rect width="{WIDTH}" height="{height:.0f}" rx="6" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _colours(lines: Sequence[Line]) -> Iterator[str]:
    groups = list(dict.fromkeys(line.group for line in lines))
    return (COLOURS[groups.index(line.group) % len(COLOURS)] for line in lines)


def _line(line: Line, y: float, colour: str) -> str:
    name = f"{line.listener}: {line.group} ({line.num_subjects})"
    parts = [_text(LEFT - 14, y + 4, name, anchor="end")]
    if line.lo is not None and line.hi is not None:
        stroke = f'stroke="{colour}" stroke-width="2.5" opacity="0.5"'
        parts.append(f'<path d="M{_x(line.lo):.1f} {y} H{_x(line.hi):.1f}" {stroke}/>')
    parts.append(f'<circle cx="{_x(line.value):.1f}" cy="{y}" r="5" fill="{colour}"/>')
    end = _x(line.value if line.hi is None else line.hi)
    parts.append(_text(end + 10, y + 4, f"{line.value:.2f}", SOFT))
    return "\n".join(parts)


def _chance(lines: Sequence[Line], top: float, bottom: float) -> str:
    at = _x(max((line.chance for line in lines), default=0.0))
    return f'<path d="M{at:.1f} {top:.1f} V{bottom:.1f}" stroke="{SOFT}" stroke-dasharray="4 3"/>'


def _tick(share: float, y: float) -> str:
    mark = f'<path d="M{_x(share):.1f} {y - 6:.1f} v6" stroke="{SOFT}"/>'
    return mark + _text(_x(share), y + 14, f"{share:.1f}", SOFT, anchor="middle")


def _x(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def _text(x: float, y: float, text: str, colour: str = INK, *, anchor: str = "start", weight: str = "400") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
