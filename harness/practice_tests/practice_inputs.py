"""What a practice test rests on and what it wrote, as SHA-256: so that others can see that both are the same.

The studies of a test have records of their own in their folders, with every file of their datasets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from harness.files import sha256_file


def given_files(options: BaseModel, prefix: str = "") -> dict[str, str]:
    """Option → SHA-256 of the file that it names, or of each of several, by its place from 1.

    Folders and what is not there are left out.

    Args:
        options: of a practice test, or a section of them.
        prefix: of the names of a section.
    """
    found: dict[str, str] = {}
    for name in type(options).model_fields:
        value = getattr(options, name)
        if isinstance(value, BaseModel):
            found |= given_files(value, f"{prefix}{name}.")
        elif isinstance(value, tuple):
            found |= _hashed({f"{prefix}{name}.{place}": each for place, each in enumerate(value, start=1)})
        else:
            found |= _hashed({f"{prefix}{name}": value})
    return found


def _hashed(named: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: sha256_file(value) for name, value in named.items() if isinstance(value, Path) and value.is_file()
    }


def written_files(out: Path, names: Sequence[str]) -> dict[str, str]:
    """Name → SHA-256 of the files of a practice test.

    Args:
        out: its folder.
        names: of files in it.
    """
    return {name: sha256_file(out / name) for name in names}


def studies_in(out: Path, record: str) -> Iterator[tuple[str, str]]:
    """The finished studies below a folder: where each lies, and the SHA-256 of its record.

    Args:
        out: the folder of a practice test.
        record: the name of the file that ends a run.
    """
    for path in sorted(out.rglob(record)):
        yield path.parent.relative_to(out).as_posix(), sha256_file(path)
