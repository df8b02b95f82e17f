"""The tables of `gaps.py`, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Line = dict[str, Any]

TITLES = {
    "alike": "Groups that are alike",
    "unlike spread": "Groups of different sizes and spreads, alike in the metric",
    "different": "Groups that differ: does the interval hold, and is the difference found?",
    "designs": "Each group against the rest, and subjects who are in several groups",
    "few subjects": "Few subjects",
    "few errors": "Few errors",
    "student": "Student's t in place of permutations",
    "tolerance": "Verdicts where the true difference lies at the tolerance",
    "calibration": "Calibration error where groups differ in their numbers of clips",
    "choice": "Beside other methods: false alarms, and power in the last row of each metric",
}
ALARMS = {"flagged": "false alarms", "held": "all intervals hold", "held_least": "least of one"}
COLUMNS: dict[str, dict[str, str]] = {
    "different": {
        "held": "all intervals hold",
        "held_least": "least of one",
        "found": "found",
        "oracle": "oracle",
    },
    "designs": ALARMS | {"found": "found", "oracle": "oracle"},
    "few errors": ALARMS | {"found": "found"},
    "tolerance": {"wrongly_met": "met, wrongly", "wrongly_not_met": "not met, wrongly", "met": "others met"},
    "calibration": ALARMS | {"bias": "bias"},
    "choice": {
        "flagged": "**as shipped**",
        "bootstrap-t": "bootstrap-t",
        "Welch, Bonferroni": "Welch, Bonferroni",
        "permutation, not studentised": "permutation, not studentised",
        "bootstrap of the largest gap": "bootstrap of the largest gap",
        "chi-square of rows": "chi-square of rows",
    },
}


def report(lines: Sequence[Line]) -> str:
    """All parts."""
    parts = [_part(title, [line for line in lines if line["part"] == part]) for part, title in TITLES.items()]
    minutes = sum(line["seconds"] for line in lines) / 60
    runs = ", ".join(str(number) for number in sorted({line["runs"] for line in lines}))
    size = f"{len(lines)} cells, {runs} runs each, {minutes:.0f} minutes of one processor."
    return "\n\n".join([*parts, size])


def _part(title: str, lines: Sequence[Line]) -> str:
    columns = COLUMNS.get(lines[0]["part"], ALARMS) if lines else ALARMS
    rows = [["metric", "subjects", "study", *columns.values()]]
    rows.append(["---"] * len(rows[0]))
    rows += [
        [line["metric"], _sizes(line), _study(line), *(_cell(line.get(name), name) for name in columns)]
        for line in lines
    ]
    return "\n".join([f"### {title}", "", *("| " + " | ".join(row) + " |" for row in rows)])


def _sizes(line: Line) -> str:
    sizes = line["sizes"]
    return f"{len(sizes)} of {sizes[0]}" if len(set(sizes)) == 1 else ", ".join(map(str, sizes))


def _study(line: Line) -> str:
    words = ["ICC " + "/".join(map(str, line["icc"]))]
    words += [] if line["design"] == "pairs" else [line["design"]]
    words += [] if line["clips"] == "equal" else [f"clips {line['clips']}"]
    words += [] if line["balanced"] else ["imbalanced"]
    words += ["effect " + "/".join(f"{effect:g}" for effect in line["effect"])] if line["effect"] else []
    return ", ".join(words)


def _cell(value: float | None, name: str) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if name == "bias" else f"{value:.1f}"
