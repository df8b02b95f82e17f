"""``harness plan``: power analysis before a run. Reads only the list of samples."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from harness.attributes.group import UNKNOWN
from harness.commands.json_answer import answer
from harness.commands.terminal import TerminalObserver, note, say, show_table, warn
from harness.errors import HarnessError
from harness.report.numbers import one_line, short
from harness.study.compose import compose_study, names_model
from harness.study.config import StudyConfig
from harness.study.preview import ANY_MODEL, preview


def show_plan(overrides: list[str], own_configs: Path | None = None, key: Path | None = None) -> None:
    """Print for each axis its groups, the detectable gaps, and the subjects that the tolerance requires.

    Args:
        overrides: as for ``harness run``; the model may be omitted.
        own_configs: a folder of the user's own configs.
        key: a private key that signs the whole plan, before the run.

    Raises:
        HarnessError: the config does not compose, or the dataset cannot be listed.
    """
    is_named = names_model(overrides, own_configs)
    if key is not None and not is_named:
        raise HarnessError("A plan is signed for one system: name it with model=NAME.")
    model = [] if is_named else [f"model={ANY_MODEL}"]  # which one does not matter here
    config = compose_study([*overrides, *model], own_configs)
    if config.labels.only == "model" and not is_named:
        raise HarnessError("labels.only=model needs the labels of a model: name it with model=NAME.")
    found = preview(config)
    for text in found.warnings:
        warn(f"Warning: {text}")
    for text in found.notes:
        note(text)
    simulated = " (simulated data)" if found.simulated else ""
    say(f"{config.dataset.name}{simulated}: {found.num_samples:,} samples of {found.num_subjects:,} subjects\n")
    if found.calls is not None:
        say("\n".join(found.calls.sentences(config)) + "\n")
    for axis, sizes in found.groups.items():
        _show_axis(axis, sizes, found.power[axis], config)
    if found.groups:
        say(_assumptions(config))
    else:
        say("There are no attributes to compare people by. Add some with attributes.file=people.csv.")
    answer(
        dataset=config.dataset.name,
        num_samples=found.num_samples,
        num_subjects=found.num_subjects,
        groups=found.groups,
        power=found.power,
    )
    if key is not None:
        _sign(config, key)


def _sign(config: StudyConfig, key: Path) -> None:
    from harness.commands.pack import opened
    from harness.packs.register_plan import register_plan

    with TerminalObserver() as observer:
        registered = register_plan(config, opened([key])[0], datetime.now(UTC), observer)
    say(f"\nSigned: the plan {registered.plan_sha256}, in {registered.folder}")
    say("Run it with the same choices: harness run …, which continues in that folder.")
    answer(plan_sha256=registered.plan_sha256, folder=registered.folder)


def _show_axis(axis: str, sizes: dict[str, Any], power: dict[str, Any], config: StudyConfig) -> None:
    table = Table(title=Text(one_line(axis)), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("group", overflow="fold")
    for heading in ("subjects", "samples"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for size in sizes["groups"]:
        cells = (short(size["group"]), f"{size['subjects']:,}", f"{size['samples']:,}", _remark(size, config))
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    if sizes["groups"]:
        show_table(table)
    else:
        say(one_line(axis))
    for line in _findings(power, config):
        say(f"  {one_line(line)}")
    if sizes["note"] and not power["reason"]:
        say(f"  Note: {sizes['note']}.")
    if sizes["subjects_in_several"]:
        say(f"  {sizes['subjects_in_several']:,} subjects in several groups are compared with themselves.")
    say("")


def _remark(size: dict[str, Any], config: StudyConfig) -> str:
    least = config.measure.min_subjects
    if UNKNOWN in size["values"]:
        return "not compared"
    return f"not tested: under {least} subjects" if size["subjects"] < least else ""


def _findings(power: dict[str, Any], config: StudyConfig) -> list[str]:
    if power["reason"]:
        return [f"not tested: {power['reason']}."]
    typical, smallest = power["typical_pair"], power["smallest_pair"]
    if power["num_pairs"] == 1:
        pairs = {_pair(typical): typical}
    elif typical["detectable_gap"] == smallest["detectable_gap"]:
        pairs = {"every pair": typical}
    else:
        pairs = {f"{which} pair ({_pair(of)})": of for which, of in (("typical", typical), ("smallest", smallest))}
    return [
        *(f"{which}: {_shown(pair['detectable_gap'])} would be found." for which, pair in pairs.items()),
        _needed(power, config.measure.tolerance),
        *_demanded(config.measure.min_above_chance),
    ]


def _pair(of: dict[str, Any]) -> str:
    first, second = of["groups"]
    return f"{short(first)} and {short(second)}"


def _shown(gap: float | None) -> str:
    return "no gap, however wide," if gap is None else f"a gap of {gap:.3f}"


def _needed(power: dict[str, Any], tolerance: float) -> str:
    needed = (power["subjects_to_detect"], power["subjects_to_certify"])
    to_find, to_certify = ("out of reach" if num is None else f"about {num:,}" for num in needed)
    return (
        f"tolerance {tolerance:g}: subjects per group to find a gap as wide: {to_find}; to certify that there is "
        f"none: {to_certify}."
    )


def _demanded(min_above_chance: float) -> list[str]:
    if not min_above_chance:
        return []
    return [f"met only if UAR (CCC) is surely better than chance by {min_above_chance:g} in both groups."]


def _assumptions(config: StudyConfig) -> str:
    assumed, level = config.power, config.measure.level
    return (
        f"Found: with a probability of {assumed.power:g} (power.power), by intervals that hold for all pairs of "
        f"an axis at once ({level:g}, measure.level).\nFor accuracy, assumed to be {assumed.rate:g} (power.rate), "
        f"with an intra-class correlation of {assumed.icc:g} (power.icc). Per-class recall has lower power."
    )
