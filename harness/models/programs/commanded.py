"""The command of a program under test: which words, where it runs, what it sees, and the files that decide it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from harness.errors import HarnessError
from harness.files import sha256_file

ENVIRONMENT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ"),
    *("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"),
)
"""What every program sees of the harness's environment; anything else, such as a key, is named in the config."""


def found_command(name: str, words: Iterable[str], folder: Path) -> list[str]:
    """The words with the program's own path.

    Raises:
        HarnessError: there is no such program or folder.
    """
    program, *arguments = words
    if not folder.is_dir():
        raise HarnessError(f"model {name}: the folder of its program, {folder}, is not there.")
    path = folder / program if os.sep in program else Path(shutil.which(program) or "")
    if not path.is_file() or not os.access(path, os.X_OK):
        where = f"in {folder}" if os.sep in program else "on PATH"
        raise HarnessError(
            f"model {name}: there is no program {program!r} {where}. Install it, or give its path: "
            "model.command=[/path/to/program, …]"
        )
    return [str(path.absolute()), *arguments]


def seen_environment(name: str, variables: Iterable[str]) -> dict[str, str]:
    """The variables that the program sees.

    Args:
        name: of the model.
        variables: names beyond `ENVIRONMENT`.

    Raises:
        HarnessError: one that is asked for is not set.
    """
    missing = [variable for variable in variables if variable not in os.environ]
    if missing:
        raise HarnessError(
            f"model {name}: the environment variable {missing[0]} is not set, which model.environment names."
        )
    seen = {variable: os.environ[variable] for variable in ENVIRONMENT if variable in os.environ}
    return seen | {variable: os.environ[variable] for variable in variables}


def files_of_command(words: Iterable[str], folder: Path) -> list[dict[str, str]]:
    """Name and SHA-256 of every file that a command names: the program, its script, its weights.

    ``--weights=face.onnx`` names a file, too.
    """
    return [{"name": path.name, "sha256": sha256_file(path)} for path in _paths(words, folder)]


def paths_of_command(words: Iterable[str], folder: Path) -> dict[str, Path]:
    """Every file of `files_of_command` by its name; further ones of the same name are numbered."""
    found: dict[str, Path] = {}
    for path in _paths(words, folder):
        found[f"{path.name} ({len(found) + 1})" if path.name in found else path.name] = path
    return found


def words_without_paths(words: Iterable[str], folder: Path) -> list[str]:
    """The command for the plan: a file is named without its folder, which differs between machines."""
    return [_named(word, folder) for word in words]


def _paths(words: Iterable[str], folder: Path) -> list[Path]:
    return [path for word in words if (path := _file(word, folder)) is not None]


def _named(word: str, folder: Path) -> str:
    path = _file(word, folder)
    if path is None:
        return word
    option, sign, _ = word.rpartition("=")
    return f"{option}{sign}{path.name}"


def _file(word: str, folder: Path) -> Path | None:
    for text in (word, word.rpartition("=")[2]):
        path = folder / text
        try:
            if text and path.is_file():
                return path
        except (OSError, ValueError):
            continue
    return None
