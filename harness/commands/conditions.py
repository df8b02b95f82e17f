"""``harness conditions``: what a condition does to samples, as a page to look at and listen to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from harness.cards import registry
from harness.cards.modality import Modality
from harness.commands.dataset_check import reader_of
from harness.commands.json_answer import answer
from harness.commands.terminal import busy, say
from harness.errors import HarnessError
from harness.evidence.own_folder import taken
from harness.files import expanded, read_text, write_bytes
from harness.plain_yaml import parse_yaml
from harness.report.condition_page import is_condition_page, render_condition
from harness.study.condition_examples import described, examples, opened_conditions
from harness.wording import joined, quantity

SIMULATED = {
    Modality.FACE: "simulated_faces",
    Modality.VOICE: "simulated_voices",
    Modality.WEARABLE: "simulated_wearables",
}
"""What is shown if no dataset is named: the first that fits."""

PAGE = "index.html"
FILES = "condition_files"


def show_condition(name: str, folder: Path, arguments: list[str], num: int, seed: int) -> None:
    """Write a page with samples before and after a condition.

    Args:
        name: of the condition; of a family with severities, all of them are shown.
        folder: where the page is written; made if it does not exist. It may hold such a page, and nothing else.
        arguments: ``dataset=NAME dataset.root=PATH`` and the reader's options, by default simulated samples; and
            ``condition_files={FAMILY: PATH}`` for a condition that needs recordings.
        num: how many samples.
        seed: of what the condition draws.

    Raises:
        HarnessError: there is no such condition or dataset, or one does not fit the other; the folder holds
            something else.
    """
    _require_own(folder)
    arguments, folders = _condition_files(arguments)
    conditions = opened_conditions(name, folders)
    modalities = set.intersection(*({*condition.modalities} for condition in conditions))
    dataset, options = _dataset(arguments, modalities)
    reader = reader_of(dataset, options)
    with busy("making examples"):
        shown = examples(reader, conditions, num=num, seed=seed)
    doc = joined(registry.summary("conditions", part.partition("@")[0]) for part in name.split("+")) or ""
    page = render_condition(name, doc, described(conditions), shown, reader.card.title)
    write_bytes(page.encode(), folder / PAGE)
    sizes = quantity(len(shown), "sample"), quantity(len(conditions), "condition")
    answer(page=folder / PAGE, dataset=dataset, num_samples=len(shown))
    say(f"{sizes[0]} of {dataset} under {sizes[1]}: {folder / PAGE}")


def _require_own(folder: Path) -> None:
    if why := taken(folder, [PAGE], "a page of a condition"):
        raise HarnessError(why)
    page = folder / PAGE
    if os.path.lexists(page) and not _is_own(page):
        raise HarnessError(f"{page}: this is another page, which would be overwritten. Give a new folder.")


def _is_own(page: Path) -> bool:
    try:
        return is_condition_page(read_text(page))
    except (FileNotFoundError, ValueError):  # a broken link, a folder, no text, or larger than a page should be
        return False


def _condition_files(arguments: list[str]) -> tuple[list[str], dict[str, Path]]:
    """The other arguments, and the folder of each family of conditions."""
    given = [argument for argument in arguments if argument.startswith(f"{FILES}=")]
    others = [argument for argument in arguments if argument not in given]
    folders: dict[str, Path] = {}
    for argument in given:
        try:
            stated = parse_yaml(argument.partition("=")[2])
            folders |= {str(family): expanded(Path(folder)) for family, folder in stated.items()}
        except (ValueError, AttributeError, TypeError):
            raise HarnessError(
                f"{argument}: expected {FILES}={{FAMILY: PATH}}, such as {{voice/babble: PATH}}."
            ) from None
    return others, folders


def _dataset(arguments: list[str], modalities: set[Any]) -> tuple[str, list[str]]:
    """The name of the dataset, and the other arguments."""
    named = [argument.partition("=")[2] for argument in arguments if argument.startswith("dataset=")]
    others = [argument for argument in arguments if not argument.startswith("dataset=")]
    if named:
        return named[-1], others
    if others:
        raise HarnessError(f"{others[0]!r}: name the dataset as well, such as dataset=ravdess dataset.root=PATH.")
    for modality, simulated in SIMULATED.items():
        if modality in modalities:
            return simulated, []
    known = ", ".join(sorted(modalities))
    raise HarnessError(f"There are no simulated {known} samples. Name a dataset: dataset=NAME dataset.root=PATH.")
