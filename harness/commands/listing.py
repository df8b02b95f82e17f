"""``harness list`` and ``harness show``: list names, and show cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import yaml
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
)
from harness.commands.folded_lines import folding_width, in_terminal, yaml_in_terminal
from harness.commands.json_answer import answer
from harness.commands.terminal import say, show_list, warn
from harness.errors import HarnessError
from harness.files import read_text
from harness.wording import listed

if TYPE_CHECKING:
    from harness.metrics.metric_facts import MetricFacts

CARD_WIDTH, NARROWEST_CARD = 100, 10
"""Where the lines of a card are folded, at most and at least."""

LAST_WORD = 12
"""The columns that are kept for the word after which a line of a card is folded."""

_Card = TypeVar("_Card", DatasetCard, ModelCard)


def list_kinds() -> None:
    """Print what can be listed, how many there are of each, and the command that lists them."""
    from harness.known_metrics import metric_facts

    kinds: list[tuple[str, int]] = [(kind, len(card_names(_kind(kind)))) for kind in ("datasets", "models")]
    kinds += [("metrics", len(metric_facts()))]
    kinds += [(kind, len(registry.names(kind))) for kind in registry.NOUNS if kind not in ("models", "metrics")]
    _show_listing(
        ("name", "there are", "command"), [(k, str(num), f"harness list {k}") for k, num in kinds], "command"
    )


def list_cards(kind: str) -> None:
    """Print one line per card."""
    if kind == "datasets":
        datasets = _readable(dataset_card, card_names("datasets"))
        rows = [(card.name, _modalities(card), card.title, card.licence.name) for card in datasets]
        _show_listing(("name", "modality", "title", "licence"), rows, "title")
        return
    models = _readable(model_card, card_names("models"))
    of_models = [
        (card.name, _modalities(card), card.kind, card.title, card.licence.name, _trained_on(card))
        for card in models
    ]
    _show_listing(("name", "modality", "kind", "title", "licence", "trained on"), of_models, "title")


def list_metrics() -> None:
    """Print every metric with its declared facts."""
    from harness.measurement.families import families

    found = [(facts, family.extension) for family in families() for facts in family.family.facts]
    found.sort(key=lambda pair: pair[0].order)
    rows = [(facts.name, facts.range, f"{facts.meaning}\n{_remarks(facts, of)}") for facts, of in found]
    _show_listing(("name", "range", "what it is"), rows)
    say(in_terminal(_how_to_add("metrics")))


def list_conditions() -> None:
    """Print every family of conditions: its severities, its samples, and whether its labels hold."""
    from harness.tables.schemas import CLEAN

    of_packages = {extension.name: extension for extension in registry.extensions("conditions")}
    rows = []
    for name in registry.names("conditions"):
        family = registry.find("conditions", name)
        severities = [f"@{number} {meaning}" for number, meaning in sorted(family.severities.items())]
        about = [registry.summary("conditions", name), *([f"({family.source})"] if family.source else [])]
        modalities = "any" if name == CLEAN else "\n".join(sorted(family.modalities))
        package = _package(of_packages.get(name))
        same = family.label_preserving.value
        rows.append((name, "\n".join(severities), modalities, same, package, "\n".join(about)))
    _show_listing(("name", "severities", "samples", "same label", "package", "what it is"), rows)
    say(in_terminal("See and hear one: harness conditions show NAME DIR [dataset=NAME dataset.root=PATH]"))
    say(in_terminal(_how_to_add("conditions")))


def list_registered(what: str) -> None:
    """Print one line per registered name of a kind: its description, and its package."""
    kind = next(kind for kind in registry.NOUNS if kind == what)
    of_packages = {extension.name: extension for extension in registry.extensions(kind)}
    rows = [(name, _package(of_packages.get(name)), registry.summary(kind, name)) for name in registry.names(kind)]
    if rows:
        _show_listing(("name", "package", "what it is"), rows)
    say(in_terminal(_how_to_add(kind)))


def show_card(kind: str, name: str) -> None:
    """Print a card and the README next to it."""
    folder_kind = _kind(f"{kind}s")
    card: DatasetCard | ModelCard = dataset_card(name) if kind == "dataset" else model_card(name)
    facts = card.model_dump(mode="json", exclude_none=True)
    answer(card=facts)
    say(_as_yaml(facts))
    if isinstance(card, ModelCard):
        say("\n" + in_terminal(f"kind: {registry.summary('models', card.kind)}"))
        say(in_terminal(f"trained on: {_trained_on(card)}"))
    readme = card_path(folder_kind, name).with_name("README.md")
    if readme.is_file():
        try:
            say("\n" + in_terminal(read_text(readme).rstrip()))
        except ValueError as error:
            raise HarnessError(f"{readme}: not readable ({error}).") from None


def _as_yaml(facts: dict[str, Any]) -> str:
    """A card as YAML, whose lines fit into the terminal: PyYAML folds after the word that is too much."""
    room = folding_width()
    width = CARD_WIDTH if room is None else min(CARD_WIDTH, max(room - LAST_WORD, NARROWEST_CARD))
    text = yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=width).rstrip()
    return text if room is None else yaml_in_terminal(text, room)


def _readable(read: Callable[[str], _Card], names: Iterable[str]) -> list[_Card]:
    """The cards of some names; one that is damaged or not filled in yet is named, and hides no other."""
    cards = []
    for name in names:
        try:
            cards.append(read(name))
        except HarnessError as error:
            warn(f"Not listed: {error}")
    return cards


def _modalities(card: DatasetCard | ModelCard) -> str:
    return ", ".join(card.modalities) or "any"


def _trained_on(card: ModelCard) -> str:
    """What the card says of the training data, in a few words."""
    if card.training != "pretrained":
        return "the study's other subjects" if card.training == "cross_fitted" else "nothing"
    return listed([card.training_data]) if card.training_data else "not stated"


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


def _show_listing(headings: Sequence[str], rows: Iterable[Sequence[str]], about: str = "what it is") -> None:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading == "name")  # a name is there to be copied
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    show_list(table, about)


def _kind(text: str) -> Literal["datasets", "models"]:
    return "datasets" if text == "datasets" else "models"
