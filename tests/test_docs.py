"""The examples in the documentation run and print what is shown, and pages name only what exists."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import typer
import yaml
from forked_python import python
from site_hooks_loaded import generated_pages

from harness.cards import registry
from harness.commands.json_answer import FLAG
from harness.commands.main import app
from harness.tables import versions

ROOT = Path(__file__).parents[1]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
EXAMPLE = re.compile(r"```python\n(.*?)```\n\n```\n(.*?)```", re.DOTALL)
WITH_EXAMPLES = [page for page in PAGES if "```python\n" in page.read_text(encoding="utf-8")]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name_of)
def test_every_example_in_python_prints_what_the_page_shows(
    page: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The examples of a page are one session, as a reader would type them; real data lie in ``data``."""
    text = page.read_text(encoding="utf-8")
    examples = EXAMPLE.findall(text)
    assert len(examples) == text.count("```python\n"), "every example shows what it prints"
    if '"data/' in text:
        (tmp_path / "data").symlink_to(request.getfixturevalue("shared_data"))
    marker = "\x1e"
    code = f"\nprint({marker!r})\n".join(code for code, _ in examples)
    run = python("-c", code, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    printed = [
        [line.rstrip() for line in part.strip("\n").splitlines()] for part in run.stdout.split(f"{marker}\n")
    ]
    assert printed == [shown.strip("\n").splitlines() for _, shown in examples]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_only_what_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    files = re.findall(r"(?<![\w/.:-])((?:harness|tests|configs|benchmarks|examples|docs)/[\w./-]*\w)", text)
    missing = [path for path in files if not (ROOT / path).exists()]
    names = re.findall(r"(?:`|::: )(harness(?:\.\w+)+)", text)
    unknown = [name for name in names if not exists(name)]
    assert (missing, unknown) == ([], [])


COMMANDS = {
    name: [
        *command.params,
        *(param for inner in getattr(command, "commands", {}).values() for param in inner.params),
    ]
    for name, command in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
}
OF_HYDRA = {"--cfg", "--config-dir"}
"""The options of ``harness run`` that Hydra reads."""


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_only_commands_and_options_that_exist(page: Path) -> None:
    wrong = []
    for usage in usages(page.read_text(encoding="utf-8")):
        command, *words = usage.split()
        if command in ("--help", "--version"):
            continue
        if command not in COMMANDS:
            wrong.append(usage)
            continue
        known = {option for parameter in COMMANDS[command] for option in parameter.opts}
        known.add(FLAG)  # is taken off before the command sees it
        known |= OF_HYDRA if command == "run" else set()
        options = [word.strip("[]").partition("=")[0] for word in words if word.strip("[]").startswith("--")]
        wrong += [f"{command} {option}" for option in options if option not in known]
    assert wrong == []


def test_the_list_of_commands_names_arguments_as_the_help_does() -> None:
    """What stands in capitals on the page, such as DIR, is what messages and ``--help`` call it."""
    wrong = []
    for usage in usages((ROOT / "docs" / "commands.md").read_text(encoding="utf-8")):
        command, *words = usage.split()
        arguments = [one for one in COMMANDS.get(command, []) if one.param_type_name == "argument"]
        named = " ".join(str(one.metavar or one.name) for one in arguments).split()
        capitals = [word.strip("[]…") for word in words if re.fullmatch(r"\[?[A-Z]+…?\]?", word)]
        of_others = [word for word in capitals if not any(name.startswith(word) for name in named)]
        wrong += [f"{command} {word}" for word in of_others if named]  # merge reads everything itself
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_only_settings_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    of_studies = [usage for usage in usages(text) if not usage.startswith("practice ")]
    in_code = re.findall(r"`([^`\n]+)`", text) + of_studies
    keys = [key for code in in_code for key in re.findall(rf"(?<![\w./-])((?:{'|'.join(SECTIONS)})\.\w+)", code)]
    assert sorted({key for key in keys if key not in SETTINGS and not (ROOT / key).exists()}) == []


def usages(text: str) -> list[str]:
    """What follows ``harness`` in code: a command with its arguments, one a line."""
    blocks = re.findall(r"```(?:sh|bash)?\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    commands = [line.partition("#")[0] for line in lines if line.startswith("harness ")]
    inline = [code for code in re.findall(r"`([^`]+)`", text) if code.startswith("harness ") and len(code) > 8]
    return [code.removeprefix("harness ").strip() for code in (*commands, *inline)]


def settings_of(pattern: str, section: str | None = None) -> set[str]:
    """The dotted names of the settings of some configs."""
    found: set[str] = set()
    for path in (ROOT / "configs").glob(pattern):
        for name, value in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if isinstance(value, dict):
                found |= {f"{name}.{key}" for key in value}
            elif section is not None:
                found.add(f"{section}.{name}")
    return found


SETTINGS = (
    settings_of("run.yaml")
    | settings_of("dataset/*.yaml", "dataset")
    | settings_of("model/*.yaml", "model")
    | {
        f"model.{option}"
        for kind in registry.BUILT_IN["models"]
        for option in registry.find("models", kind).Options.model_fields
    }
)
SETTINGS |= {
    f"model.{option}"
    for kind in registry.BUILT_IN["models"]
    for option in registry.find("models", kind).Options.model_fields
}
SECTIONS = sorted({setting.partition(".")[0] for setting in SETTINGS} - {"hydra"})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http://", "https://", "mailto:"))]
    written = {(ROOT / "docs" / name).resolve() for name in generated_pages.PAGES}
    assert [
        link
        for link in local
        if not (page.parent / link).exists() and (page.parent / link).resolve() not in written
    ] == []


def test_the_site_has_every_page_and_leads_nowhere_outside_itself() -> None:
    """What is not below ``docs/`` is not on the site: mkdocs refuses links to it."""
    docs = ROOT / "docs"
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    written = generated_pages.PAGES  # when the site is built
    assert sorted(re.findall(r"[:-] ([\w/]+\.md)$", nav, re.MULTILINE)) == sorted(
        [*written, *(str(page.relative_to(docs)) for page in docs.rglob("*.md"))]
    )
    outside = [
        (name_of(page), link)
        for page in docs.rglob("*.md")
        for link in re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).resolve().is_relative_to(docs)
    ]
    assert outside == []


NO_MODULES = {
    *(f"harness.{kind}" for kind in (*registry.BUILT_IN, "share")),  # groups of entry points
    "harness.networks",  # of classes of networks
    *(key.decode() for key in (versions.TABLE_KEY, versions.SCHEMA_KEY)),  # metadata of tables
}


def exists(dotted: str) -> bool:
    """Whether a dotted name is a module, or an attribute of one; or what else is named so."""
    if dotted in NO_MODULES:
        return True
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False
