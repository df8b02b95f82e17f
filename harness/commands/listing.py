"""``harness list``, ``show`` and ``check``: list names, show cards, and check a dataset on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from harness.cards import registry
from harness.cards.facts import (
    DatasetCard,
    ModelCard,
    card_names,
    card_path,
    dataset_card,
    model_card,
    validation_problems,
)
from harness.commands.terminal import TerminalObserver, say, show_list, warn
from harness.datasets.reader import LayoutCheck
from harness.errors import HarnessError
from harness.files import read_text
from harness.known_metrics import metric_facts
from harness.plain_yaml import parse_yaml
from harness.study.config import DatasetChoices
from harness.wording import listed, quantity

if TYPE_CHECKING:
    from harness.metrics.metric_facts import MetricFacts

SHOWN_PROBLEMS = 100


def list_kinds() -> None:
    """Print what can be listed, how many there are of each, and the command that lists them."""
    kinds: list[tuple[str, int]] = [(kind, len(card_names(_kind(kind)))) for kind in ("datasets", "models")]
    kinds += [("metrics", len(metric_facts()))]
    kinds += [(kind, len(registry.names(kind))) for kind in registry.NOUNS if kind not in ("models", "metrics")]
    _show_listing(("name", "there are", "command"), [(k, str(num), f"harness list {k}") for k, num in kinds])


def list_cards(kind: str) -> None:
    """Print one line per card."""
    rows = []
    for name in card_names(_kind(kind)):
        card = dataset_card(name) if kind == "datasets" else model_card(name)
        rows.append((name, ", ".join(card.modalities) or "any", card.title, card.licence.name))
    _show_listing(("name", "modality", "title", "licence"), rows)


def list_metrics() -> None:
    """Print every metric with its declared facts."""
    from harness.measurement.families import families

    found = [(facts, family.extension) for family in families() for facts in family.family.facts]
    found.sort(key=lambda pair: pair[0].order)
    rows = [(facts.name, facts.range, f"{facts.meaning}\n{_remarks(facts, of)}") for facts, of in found]
    _show_listing(("name", "range", "what it is"), rows)
    say(_how_to_add("metrics"))


def list_registered(what: str) -> None:
    """Print one line per registered name of a kind: its description, and its package."""
    kind = next(kind for kind in registry.NOUNS if kind == what)
    of_packages = {extension.name: extension for extension in registry.extensions(kind)}
    rows = [
        (name, _package(of_packages.get(name)), registry.docstring_summary(registry.find(kind, name)))
        for name in registry.names(kind)
    ]
    if rows:
        _show_listing(("name", "package", "what it is"), rows)
    say(_how_to_add(kind))


def show_card(kind: str, name: str) -> None:
    """Print a card and the README next to it."""
    folder_kind = _kind(f"{kind}s")
    card: DatasetCard | ModelCard = dataset_card(name) if kind == "dataset" else model_card(name)
    facts = card.model_dump(mode="json", exclude_none=True)
    say(yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=100).rstrip())
    readme = card_path(folder_kind, name).with_name("README.md")
    if readme.is_file():
        try:
            say("\n" + read_text(readme).rstrip())
        except ValueError as error:
            raise HarnessError(f"{readme}: not readable ({error}).") from None


def check_dataset(name: str, arguments: list[str]) -> bool:
    """Check a dataset on disk against its card and print the result.

    Args:
        name: the dataset's name.
        arguments: ``root=PATH`` and the reader's options, as ``option=value``.

    Returns:
        Whether everything agrees with the card.

    Raises:
        HarnessError: an argument does not have this form, or the folder cannot be read as this dataset.
    """
    from harness.study.assembly import open_reader

    try:
        choices = DatasetChoices.model_validate({**_options(arguments), "name": name})
    except ValidationError as error:
        raise HarnessError(f"dataset {name}: {validation_problems(error)}") from None
    observer = TerminalObserver()
    with observer:
        reader = open_reader(choices.name, choices.root, choices.options)
        observer.stage(f"checking {name}")
        found = reader.check(observer.progress)
    _print_check(name, found)
    return not found.problems


def _remarks(facts: MetricFacts, extension: registry.Extension | None) -> str:
    """Further facts of a metric, in one line."""
    remarks = [
        f"better: {facts.better}" if facts.better else None,
        f"chance: {facts.chance}" if facts.chance else None,
        f"needs: {listed([need.replace('_', ' ') for need in facts.needs], most=9)}" if facts.needs else None,
        "compared between groups" if facts.compared else None,
        f"package: {_package(extension)}" if extension else None,
    ]
    return f"({'; '.join(remark for remark in remarks if remark)})"


def _package(extension: registry.Extension | None) -> str:
    return f"{extension.package} {extension.version}" if extension else "harness"


def _how_to_add(kind: registry.Kind) -> str:
    noun = registry.NOUNS[kind]
    article = "an" if noun[0] in "aeiou" else "a"
    return (
        f"Other packages can add {article} {noun} with an entry point in the group harness.{kind}; "
        "see CONTRIBUTING.md."
    )


def _show_listing(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading == "name")  # a name is there to be copied
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    show_list(table)


def _print_check(name: str, found: LayoutCheck) -> None:
    for what, count in found.counts.items():
        say(f"{what}: {count:,}")
    for label, count in found.per_label.items():
        say(f"  {label}: {count:,}")
    for problem in found.problems[:SHOWN_PROBLEMS]:
        warn(f"- {problem}")
    if len(found.problems) > SHOWN_PROBLEMS:
        warn(f"- and {len(found.problems) - SHOWN_PROBLEMS:,} more")
    if found.problems:
        say(f"{name}: {quantity(len(found.problems), 'difference')} from the card.")
    else:
        say(f"{name}: everything agrees with the card.")


def _options(arguments: list[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for argument in arguments:
        key, sign, value = argument.removeprefix("dataset.").partition("=")
        if not sign or not key:
            raise HarnessError(f"{argument!r} does not have the form option=value, such as root=PATH.")
        try:
            options[key] = value if key == "root" else parse_yaml(value)
        except ValueError:
            raise HarnessError(
                f"{argument!r}: the value is not readable as YAML. Quote it: {key}='\"…\"'."
            ) from None
    return options


def _kind(text: str) -> Literal["datasets", "models"]:
    return "datasets" if text == "datasets" else "models"
