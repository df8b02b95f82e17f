"""The rules of the house, read from the code itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

import harness
from harness.known_metrics import metric_facts

PACKAGE = Path(harness.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = [
    {"errors", "arrays", "files", "first_use", "progress", "wording"},
    {"plain_yaml", "plain_numbers", "progress_bar"},
    {"resources"},
    {"remote"},
    {"verdicts"},
    {"cards"},
    {"tables"},
    {"user_tables"},
    {"attributes"},
    {"evidence"},
    {"signals"},
    {"datasets", "models", "conditions"},
    {"fetching", "inference"},
    {"probing"},
    {"metrics"},
    {"known_metrics"},
    {"statistics"},
    {"measurement", "checks"},
    {"report"},
    {"scoring"},
    {"tracking"},
    {"conformity"},
    {"study"},
    {"comparison"},
    {"packs"},
    {"review"},
    {"practice_tests", "viewer"},
    {"api"},
    {"commands"},
]
"""Low to high. What stands in one set shares nothing but what lies below."""

RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
PURE = ("metrics", "statistics")
PURE_MAY_IMPORT = {
    "numpy",
    "scipy",
    "threadpoolctl",
    "__future__",
    "collections",
    "concurrent",
    "threading",
    "contextlib",
    "dataclasses",
    "math",
    "typing",
    "enum",
    "functools",
    "itertools",
}


def room(path: Path) -> str:
    """The folder or top-level module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imported(path: Path) -> list[str]:
    """Every module that a file imports, wherever in the file, except for type checking alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    names: list[str] = []
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [
                f"{node.module}.{alias.name}" if node.module == "harness" else node.module for alias in node.names
            ]
    return names


def test_every_room_has_its_place() -> None:
    assert {room(path) for path in MODULES} - {"__init__"} == set(RANK)


def test_the_map_shows_every_room() -> None:
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    house = page.partition("## The house")[2].partition("## A system under test")[0]
    assert [name for name in sorted(RANK) if not re.search(rf"\b{name}(/|\.py)", house)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    own = room(path)
    for name in imported(path):
        parts = name.split(".")
        if parts[0] != "harness" or len(parts) < 2 or parts[1] in {own, "__version__"}:
            continue
        assert RANK[parts[1]] < RANK[own], f"{own} imports {name}, which does not lie below it"


@pytest.mark.parametrize(
    "path", [p for p in MODULES if room(p) in PURE], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_metrics_and_statistics_are_pure(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    own = {name for name in imported(path) if name.startswith("harness.")}
    assert roots - {"harness"} <= PURE_MAY_IMPORT
    assert {name.split(".")[1] for name in own} <= {*PURE, "arrays"}


METRICS = {facts.base for facts in metric_facts()} - {"abstained", "failed"}
"""Without the two that are also what becomes of a sample."""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_keeps_a_list_of_metrics(path: Path) -> None:
    """A metric says what it is where it is defined; a single name, such as coverage, may be asked for.

    But for what an earlier version listed, which stays as it was.
    """
    if room(path) == "metrics" or path.name == "registry.py" or path.parent.name == "upgrades":
        return
    source = path.read_text(encoding="utf-8")
    if sum(metric in source for metric in METRICS) < 2:
        return
    for node in ast.walk(ast.parse(source)):
        members = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
        texts = {member.value for member in members if isinstance(member, ast.Constant)}
        named = {text for text in texts if isinstance(text, str) and text.partition(":")[0] in METRICS}
        assert len(named) < 2, f"line {node.lineno} lists {sorted(named)}"


LEFT_OF_PREDICTIONS = [
    *("harness.signals", "harness.datasets", "harness.models", "harness.inference", "harness.probing"),
    *("torch", "librosa", "cv2", "soundfile"),
]
OF_SAMPLES = [
    *("harness.tables.samples", "harness.tables.predictions", "harness.tables.alignment"),
    *("harness.attributes.groups", "harness.attributes.people", "harness.measurement", "harness.checks"),
]


@pytest.mark.parametrize("module", ["scoring.score_run", "comparison.compare_runs", "tracking.track_run"])
def test_right_of_the_predictions_nothing_needs_model_or_data(module: str) -> None:
    assert loaded_by(f"harness.{module}", LEFT_OF_PREDICTIONS) == []


@pytest.mark.parametrize("module", ["report.run_page", "report.comparison_page"])
def test_a_page_cannot_ask_for_a_sample_or_a_prediction(module: str) -> None:
    assert loaded_by(f"harness.{module}", OF_SAMPLES) == []


def loaded_by(module: str, unwanted: Sequence[str]) -> list[str]:
    """Which of the unwanted modules, or those in them, are loaded when a module is imported."""
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    return [one for one in loaded if any(one == name or one.startswith(f"{name}.") for name in unwanted)]


@pytest.mark.parametrize("name", ["datasets", "models"])
def test_card_folders_do_not_shadow_packages(name: str) -> None:
    assert not (PACKAGE.parent / name / "__init__.py").exists()


READS = re.compile(r'\.read_(text|bytes)\(|json\.load\(|(?<![.\w"])open\(|[Pp]ath[^ ]*\.open\(')
READ_ELSEWHERE = {
    "files.py": "where files of others are read, within a bound",
    **dict.fromkeys(
        ("resources.py", "attributes/vocabulary.py", "user_tables/user_columns.py"), "our own configs"
    ),
    "viewer/pages.py": "our own page",
    "study/compose.py": "our own configs",
    "report/compiled_templates.py": "our own modules",
    "evidence/provenance.py": "what Linux says of this machine",
    **dict.fromkeys(
        ("inference/lock.py", "inference/file_log.py", "models/budget.py", "commands/run.py"),
        "appends to a file of its own",
    ),
    **dict.fromkeys(
        ("models/weights.py", "fetching/fetched_file.py", "fetching/unpacking.py"), "writes what it fetches"
    ),
    **dict.fromkeys(("models/programs/keeper.py", "inference/device_memory.py"), "what Linux says of processes"),
    "models/networks/torch_files.py": "a file whose hash was checked, which torch reads",
    "tracking/verified_copy.py": "copies regular files alone, within a bound",
    **dict.fromkeys(("tracking/delivery.py", "tracking/sender.py"), "between two processes of ours"),
    **dict.fromkeys(
        ("tracking/mlflow_store.py", "tracking/track_run.py", "commands/score.py"), "compared by hash"
    ),
    **dict.fromkeys(
        ("user_tables/csv_tables.py", "datasets/layout.py"), "after a check that it is a regular file"
    ),
    "remote/store.py": "hashes what it has fetched into a file of its own",
    "datasets/recorded_files.py": "hashes regular files alone, up to 16 GiB",
}
"""Modules that open a file themselves, and why; the signals get their paths from a reader, which checks them."""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_of_others_are_read_in_one_place(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    if room(path) == "signals" or name in READ_ELSEWHERE:
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if READS.search(line) and "def open(" not in line] == []


@pytest.mark.parametrize("folder", ["datasets", "user_tables"])
def test_texts_of_others_are_split_where_files_end_lines(folder: str) -> None:
    """`str.splitlines` also splits at U+2028 and form feeds, which cells may hold."""
    found = [path.name for path in (PACKAGE / folder).rglob("*.py") if ".splitlines(" in path.read_text("utf-8")]
    assert found == []
