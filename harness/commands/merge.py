"""``harness merge``: the parts of a study that were answered apart, as one run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.commands.json_answer import answer
from harness.commands.terminal import busy, say
from harness.errors import HarnessError
from harness.wording import quantity

_OUT = "out="
_OF_PARTS = ("shard=", "-m", "--multirun")


def merge_and_finish(given: Sequence[str]) -> int:
    """Merge the folders that are named, and finish the run if the choices of its study are given.

    Args:
        given: folders of parts; ``out=DIR``; the other words of the study's command.

    Returns:
        The exit code.

    Raises:
        HarnessError: see `harness.study.merge_parts.merge_parts`; no folder is named, or the command is that of a
            part or a sweep.
    """
    from harness.study.merge_parts import merge_parts
    from harness.study.run_at_address import copy_for_reading, kept_at

    parts, words = _divided(given)
    outs = [word for word in words if word.startswith(_OUT)]
    refused = [word for word in words if word.lstrip("+").startswith(_OF_PARTS)]
    if refused:
        raise HarnessError(f"{refused[0]}: a merged run is a whole one. Leave this out.")
    if not parts or len(outs) != 1:
        raise HarnessError(
            "Name the folders of the parts, the folder of the whole run, and the choices of the study: "
            "harness merge PART1 PART2 … out=DIR dataset=NAME model=NAME …"
        )
    into = Path(outs[0].removeprefix(_OUT))
    with kept_at(into, say) as folder:
        assert folder is not None, "a folder is given"
        with busy("merging") as progress:
            merged = merge_parts([copy_for_reading(part, at_rest=True) for part in parts], folder, progress)
    say(f"{quantity(merged.num_answers, 'answer')} of {quantity(len(parts), 'part')} merged in {into}")
    answer(folder=into, num_answers=merged.num_answers, num_parts=len(parts))
    if words == outs:
        say(
            "It is not measured yet. To finish it, repeat the command of a part, with "
            f"out={into} and without shard=."
        )
        return 0
    from harness.commands.run import run_composed

    return run_composed(words)


def _divided(given: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Folders, and words of the command: choices, and options with what follows them."""
    parts, words = [], []
    takes_next = False
    for word in given:
        is_option = word.startswith("-")
        if takes_next or is_option or ("=" in word and not Path(word).is_dir()):
            words.append(word)
        else:
            parts.append(Path(word))
        takes_next = is_option and "=" not in word
    return parts, words
