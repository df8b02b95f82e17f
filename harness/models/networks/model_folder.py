"""A published model as a folder of files: on this disk, or one version of a repository on the Hugging Face Hub.

Only configuration and safetensors are fetched and read. Code in the folder is never run, and weights as pickle are
opened only where the user trusts them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Self

from pydantic import Field, model_validator

from harness.cards.facts import Facts, card_path
from harness.errors import HarnessError
from harness.files import is_inside, read_json, sha256_file

READ = ("*.json", "*.safetensors")
"""The files of a model that are fetched from the hub."""

PICKLED = ("*.bin", "*.pt", "*.pth")
"""And with the user's trust."""

_COMMIT = re.compile(r"[0-9a-f]{40}")


class FolderConnection(Facts):
    """Where the folder of a model comes from."""

    hub: str | None = Field(default=None, pattern=r"^[\w.-]+/[\w.-]+$", description="owner/name on the hub")
    revision: str | None = Field(default=None, description="the commit; a branch or a tag can change its files")
    folder: str | None = Field(default=None, description="instead of the hub: relative to the card, or absolute")
    files: Mapping[str, str] = Field(default={}, description="file → SHA-256, checked before anything is read")

    @model_validator(mode="after")
    def _is_one_source(self) -> Self:
        if self.hub is not None and self.folder is not None:
            raise ValueError("either hub or folder")
        if self.hub is not None and self.revision is None:
            raise ValueError("revision: state the commit whose files are meant")
        return self

    @property
    def may_change(self) -> bool:
        """Whether the source may hold other files tomorrow."""
        return self.hub is not None and not _COMMIT.fullmatch(self.revision or "")


def model_folder(name: str, connection: FolderConnection, override: Path | None, *, pickled: bool) -> Path:
    """The folder of a model, fetched if need be, with the files that its card states.

    Args:
        name: of the card.
        connection: of the card.
        override: the user's own copy (``model.folder=PATH``); then nothing is fetched.
        pickled: whether weights as pickle are fetched, too.

    Raises:
        HarnessError: there is no such folder, it cannot be fetched, or a file is not that of the card.
    """
    folder = override or _own_folder(name, connection) or _fetched(name, connection, pickled)
    if not folder.is_dir():
        raise HarnessError(
            f"model {name}: {folder} is not a folder. Give the model's folder with model.folder=PATH."
        )
    for file, expected in connection.files.items():
        path = folder / file
        if not path.is_file() or not is_inside(path, folder):
            raise HarnessError(f"model {name}: {folder} has no file {file}, which its card states.")
        if (found := sha256_file(path)) != expected:
            raise HarnessError(
                f"model {name}: {path} is not the file of the card: expected SHA-256 {expected}, found {found}. "
                "Different weights are a different model: create a card for it."
            )
    _require_own_weights(name, folder, pickled)
    return folder


def deciding_files(folder: Path) -> list[Path]:
    """All files that may decide the answers, sorted."""
    return sorted({path for pattern in (*READ, *PICKLED) for path in folder.glob(pattern) if path.is_file()})


def folder_hashes(folder: Path) -> dict[str, str]:
    """File → SHA-256, of all files that may decide the answers."""
    return {path.name: sha256_file(path) for path in deciding_files(folder)}


def _require_own_weights(name: str, folder: Path, pickled: bool) -> None:
    """Check that a folder has no weights read from elsewhere, and no pickle where none is allowed.

    Raises:
        HarnessError: it names such a file, or what would name it cannot be read.
    """
    for path in sorted({*folder.glob("*.index.json"), *folder.glob("config.json")}):
        try:
            stated = read_json(path)
        except (OSError, ValueError) as error:
            raise HarnessError(f"model {name}: {path} cannot be read ({error}).") from None
        for file in _weights_named(stated):
            own = isinstance(file, str) and file == PurePath(file).name and "\\" not in file
            if not own or not any(fnmatch(file, pattern) for pattern in (*READ, *(PICKLED if pickled else ()))):
                raise HarnessError(
                    f"model {name}: {path.name} has weights read from {file!r:.120}. It may name only safetensors "
                    "in its own folder, or weights as pickle with model.trust=true."
                )


def _weights_named(stated: object) -> set[object]:
    """The files that an index of weights or a configuration names."""
    if not isinstance(stated, Mapping):
        return set()
    parts, explicit = stated.get("weight_map"), stated.get("transformers_weights")
    named = parts.values() if isinstance(parts, Mapping) else ()
    return {*(part if isinstance(part, str) else str(part) for part in named), *([explicit] if explicit else [])}


def _own_folder(name: str, connection: FolderConnection) -> Path | None:
    return None if connection.folder is None else card_path("models", name).parent / connection.folder


def _fetched(name: str, connection: FolderConnection, pickled: bool) -> Path:
    if connection.hub is None:
        raise HarnessError(
            f"model {name}: its card states neither hub nor folder in connection. Give the model's folder with "
            "model.folder=PATH."
        )
    if find_spec("huggingface_hub") is None:
        raise HarnessError(f"model {name} needs transformers: pip install 'emotion-harness[transformers]'.")
    from huggingface_hub import snapshot_download

    patterns = [*READ, *(PICKLED if pickled else ())]
    try:
        return Path(snapshot_download(connection.hub, revision=connection.revision, allow_patterns=patterns))
    except Exception as error:  # no network, no such repository, no permission: the library has its own for each
        raise HarnessError(
            f"model {name}: {connection.hub} at {connection.revision} cannot be fetched ({_first_line(error)}). "
            "Fetch its folder on a machine that can, and give it with model.folder=PATH."
        ) from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
