"""Pages of the site that are written from configs, cards and committed results when it is built.

`datasets.md` is committed, as people read it beside the cards; these pages need the site's navigation anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
VALIDITY = ROOT / "benchmarks" / "validity"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in the folder."""
    for name, write in PAGES.items():
        files.append(File.generated(config, name, content=write()))
    return files


def config_keys() -> str:
    """Every key of the configs with its default and its comment, as the files state them."""
    studies = _key_table((ROOT / "configs" / "run.yaml").read_text(encoding="utf-8"))
    return "\n".join(
        [
            "# Every config key\n",
            "Written from `configs/` for this site. A key is given on the command line as `measure.level=0.9`,",
            'in Python as `measure={"level": 0.9}`; `harness run … --cfg job` prints what a study gets.\n',
            "## Of a study\n",
            *studies,
            *_sections_of("dataset", "Of a dataset", "`dataset=NAME`"),
            *_sections_of("model", "Of a system", "`model=NAME`"),
        ]
    )


def _sections_of(folder: str, title: str, chosen: str) -> list[str]:
    lines = [
        f"\n## {title}\n",
        f"Beside those of the study, with {chosen}. Files without keys of their own are left out.\n",
    ]
    for path in sorted((ROOT / "configs" / folder).glob("*.yaml")):
        table = _key_table(path.read_text(encoding="utf-8"), without=("name", f"{folder}.name"))
        lines += [f"\n### {path.stem}\n", *table] if len(table) > 2 else []
    return lines


def _key_table(text: str, without: tuple[str, ...] = ()) -> list[str]:
    """Rows for the keys of one file; what follows on the line of a value is its comment."""
    lines = text.splitlines()
    rows = []
    for name, key, value in _settings(yaml.compose(text)):
        if name in without or name.partition(".")[0] in ("defaults", "hydra"):
            continue
        is_section = isinstance(value, yaml.MappingNode) and bool(value.value)
        end = key.end_mark if is_section else value.end_mark
        comment = lines[end.line][end.column :].partition("#")[2]
        default = "" if is_section else f"`{_cell(text[value.start_mark.index : value.end_mark.index])}`"
        if not is_section or comment:
            rows.append(f"| `{name}` | {default} | {_cell(comment)} |")
    return ["| key | default | what it is |", "|---|---|---|", *rows]


def _settings(node: yaml.MappingNode, above: str = "") -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Dotted name, key and value of every setting, sections before what is in them."""
    for key, value in node.value:
        name = f"{above}{key.value}"
        yield name, key, value
        if isinstance(value, yaml.MappingNode):
            yield from _settings(value, f"{name}.")


def systems() -> str:
    """Every system with a card, as `harness show model NAME` has it in full."""
    lines = [
        "# Models\n",
        "Written from the cards in `models/` for this site. `harness show model NAME` prints a whole card,",
        "with its limitations and the origin of its weights. Yours: [Connect your system](connect.md).\n",
        "| name | what it is | modality | labels | training | licence |",
        "|---|---|---|---|---|---|",
    ]
    for path in sorted((ROOT / "models").glob("*/card.yaml")):
        card = yaml.safe_load(path.read_text(encoding="utf-8"))
        labels = ", ".join(card.get("labels") or []) or "those of the dataset"
        cells = (
            f"`{card['name']}`",
            card["description"],
            ", ".join(card["modalities"]) or "any",
            labels,
            card.get("training") or "none",
            card["licence"]["name"],
        )
        lines.append(f"| {' | '.join(_cell(str(cell)) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def simulation(name: str) -> str:
    """The committed result of a validity study. Links to what is not on the site become the names of files."""

    def lead(found: re.Match[str]) -> str:
        shown, target = found[1], found[2].replace("../../docs/", "../").replace("README.md", "index.md")
        on_site = target.startswith(("http", "../", "#")) or target.partition("#")[0] in SIMULATIONS
        return f"[{shown}]({target})" if on_site else shown

    return re.sub(r"\[([^\]]+)\]\(([^)]+)\)", lead, (VALIDITY / name).read_text(encoding="utf-8"))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;" if "`" not in text else "<")


SIMULATIONS = {path.name.replace("README", "index"): path.name for path in sorted(VALIDITY.glob("*.md"))}
"""The pages of simulations and the files that they are written from."""

PAGES: dict[str, Callable[[], str]] = {
    "config_keys.md": config_keys,
    "systems.md": systems,
    **{f"simulations/{page}": partial(simulation, source) for page, source in SIMULATIONS.items()},
}
"""The pages by their names below ``docs/``."""
