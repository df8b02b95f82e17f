"""The page of all datasets, written from their cards: ``make docs/datasets.md``."""

from __future__ import annotations

from collections.abc import Iterable

from harness.cards.facts import DatasetCard, Licence, card_names, dataset_card

HEAD = """\
# Datasets

Every dataset that can be read, written from the cards in `datasets/` by `make docs/datasets.md`.
`harness show dataset NAME` prints a whole card, with what is known to be wrong with the data. Most datasets have
to be got from their owners: [Getting a dataset](fetch.md). Your own: [Measure your own table](own_table.md).

"""
COLUMNS = (
    "name",
    "modality",
    "labels",
    "label source",
    "samples",
    "subjects",
    "attributes",
    "languages",
    "licence",
)
MAX_LABELS = 8
NOT_STATED = "not stated"


def datasets_page() -> str:
    """The page as Markdown, one line of a table per card."""
    rows = [_row(dataset_card(name)) for name in card_names("datasets")]
    return HEAD + "\n".join([_line(COLUMNS), _line(["---"] * len(COLUMNS)), *map(_line, rows)]) + "\n"


def _row(card: DatasetCard) -> list[str]:
    shown = card.labels if len(card.labels) <= MAX_LABELS else [*card.labels[:MAX_LABELS], "…"]
    expected = card.expected
    return [
        f"`{card.name}`" + (" (simulated)" if card.simulated else ""),
        ", ".join(card.modalities),
        f"{len(card.labels)}: {', '.join(shown)}" if card.labels else "the table's own",
        (card.label_source or NOT_STATED).replace("_", " "),
        _number(expected.samples),
        "not known" if card.rows_independent else _number(expected.subjects),
        ", ".join(sorted(card.attributes)) or "none",
        ", ".join(card.languages) or "none",
        _licence(card.licence),
    ]


def _number(count: int | None) -> str:
    return NOT_STATED if count is None else f"{count:,}"


def _licence(licence: Licence) -> str:
    name = f"[{licence.name}]({licence.url})" if licence.url else licence.name
    return (
        name
        + {True: "", False: "; not commercial", None: "; commercial use not established"}[licence.commercial_use]
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    print(datasets_page(), end="")
