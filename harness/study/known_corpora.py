"""Which corpora that have a reader of their own a folder may be: those whose reader finds samples in it."""

from __future__ import annotations

from pathlib import Path

from harness.cards.facts import card_names, dataset_card
from harness.cards.registry import find
from harness.datasets.name_fields import ENOUGH
from harness.errors import HarnessError
from harness.study.assembly import open_reader

MAX_FILES = 20_000
"""Every reader looks at all files: beyond this many the answer would take minutes."""


def known_corpora(root: Path, num_media: int) -> dict[str, int]:
    """The number of samples by the name of the dataset, the most first; formats are not asked.

    Args:
        root: the folder.
        num_media: of sounds, pictures and films below it, most of which have to be samples.
    """
    if num_media > MAX_FILES:
        return {}
    found = {name: _num_samples(name, root) for name in card_names("datasets") if _is_corpus(name)}
    fitting = {name: num for name, num in found.items() if num and num >= ENOUGH * num_media}
    return dict(sorted(fitting.items(), key=lambda each: (-each[1], each[0])))


def _is_corpus(name: str) -> bool:
    """Formats hold any data, so that their cards do not say whether it is simulated."""
    card = dataset_card(name)
    return card.simulated is not None and find("readers", card.reader).needs_root


def _num_samples(name: str, root: Path) -> int:
    try:
        samples = open_reader(name, root, {}).samples()
    except HarnessError:
        return 0
    return int(samples.num_rows)
