"""What configs that the user brings may do: choose. They may come with a system, and are not trusted.

They cannot run code, nor say for the user that code may run, and every file that Hydra would read is checked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.errors import HarnessError
from harness.files import read_text
from harness.plain_yaml import read_yaml

_NOT_OF_A_CONFIG = (
    "trust is a decision of who runs the study, not of a config. Remove the line, and say model.trust=true on the "
    "command line if you trust whoever made the system's files."
)


def require_plain(own_configs: Path) -> None:
    """Check the user's own configs, before Hydra reads them without a bound.

    Args:
        own_configs: a folder; nothing is checked where there is none.

    Raises:
        HarnessError: one is no regular file, too large, not UTF-8, not plain YAML, leads out of the folder, sets
            what Hydra itself does, or trusts a system's files; the message says which, why.
    """
    for path in sorted(_yaml_files(own_configs)):
        try:
            found = read_yaml(path)
        except (OSError, ValueError) as error:
            raise HarnessError(f"{path}: not a readable config ({error}). Mend or remove it.") from None
        if _trusts(found):
            raise HarnessError(f"{path}: {_NOT_OF_A_CONFIG}")
        if found is not None and not (isinstance(found, dict) and all(isinstance(key, str) for key in found)):
            raise HarnessError(f"{path}: not a config, whose lines read key: value.")
        _require_choices_only(path, found or {})


def _yaml_files(folder: Path) -> Iterator[Path]:
    """All configs that Hydra finds in a folder, which are also those in linked and nested folders."""
    seen: set[Path] = set()
    for inner, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if Path(inner, name).resolve() not in seen]  # links may lead back
        seen.update(Path(inner, name).resolve() for name in folders)
        yield from (Path(inner, name) for name in files if name.endswith(".yaml"))


def _require_choices_only(path: Path, found: Mapping[str, Any]) -> None:
    """Refuse what would let a config choose what Hydra calls, or bring in a file that was not checked."""
    if ".." in str(found.get("defaults", "")):
        raise HarnessError(f"{path}: its defaults lead out of the folder of configs. Copy what they name into it.")
    packages = re.findall(r"@package\s+(\S+)", read_text(path))
    if "hydra" in found or any("hydra" in text for text in [*packages, str(found.get("defaults", ""))]):
        raise HarnessError(
            f"{path}: it sets what Hydra itself does, which may run code. Set it on the command line instead."
        )


def require_users_trust(config: DictConfig, overrides: Iterable[str]) -> None:
    """Check that a composed config trusts a system's files only because the user says so.

    A config can say it in more ways than can be seen in its text, such as by an interpolation.

    Args:
        config: as composed.
        overrides: those of the user.

    Raises:
        HarnessError: a config says ``trust``.
    """
    if "model.trust" in {override.partition("=")[0].lstrip("+") for override in overrides}:
        return
    try:
        said = OmegaConf.select(config, "model.trust")
    except OmegaConfBaseException:
        return  # told when the config is read
    if said not in (None, False):
        raise HarnessError(f"model {OmegaConf.select(config, 'model.name')}: {_NOT_OF_A_CONFIG}")


def _trusts(found: object) -> bool:
    """Whether a config says ``trust`` anywhere, and anything but false: 1 and "yes" would be understood, too."""
    if isinstance(found, dict):
        return found.get("trust") not in (None, False) or any(_trusts(value) for value in found.values())
    return isinstance(found, list) and any(_trusts(value) for value in found)
