"""What configs that the user brings may do: choose. They may come with a system, and are not trusted.

They cannot run code, read the environment or grant a system what only the user grants, and every file that Hydra
would read is checked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.files import read_text
from harness.plain_yaml import parse_yaml

_REFERENCE = re.compile(r"\$\{[\w.\[\]-]*\}")
"""What OmegaConf replaces by the value of another key."""


def require_plain(own_configs: Path) -> None:
    """Check the user's own configs, before Hydra reads them without a bound.

    Args:
        own_configs: a folder; nothing is checked where there is none.

    Raises:
        HarnessError: one is no regular file, too large, not UTF-8, not plain YAML, leads out of the folder, sets
            what Hydra itself does, or is of a system and sets something else; the message says which, why.
    """
    for path in sorted(_yaml_files(own_configs)):
        try:
            text = read_text(path)
            found = parse_yaml(text)
        except (OSError, ValueError) as error:
            raise HarnessError(f"{path}: not a readable config ({error}). Mend or remove it.") from None
        if found is not None and not (isinstance(found, dict) and all(isinstance(key, str) for key in found)):
            raise HarnessError(f"{path}: not a config, whose lines read key: value.")
        packages = re.findall(r"@package\s+(\S+)", text)
        group = path.relative_to(own_configs).parts[0]
        _require_choices_only(path, packages, found or {}, is_hydras=group == "hydra")
        if group == "model":
            _require_of_system_only(path, packages, (found or {}).get("defaults"))


def _yaml_files(folder: Path) -> Iterator[Path]:
    """All configs that Hydra finds in a folder, also by links; those of several groups once for each of them."""
    left = [(folder, "")] if folder.is_dir() else []
    seen: set[tuple[Path, str]] = set()
    while left:
        inner, group = left.pop()
        if (inner.resolve(), group) in seen:  # links may lead back
            continue
        seen.add((inner.resolve(), group))
        for entry in inner.iterdir():
            if entry.is_dir():
                left.append((entry, group or entry.name))
            elif entry.name.endswith(".yaml"):
                yield entry


def _require_choices_only(
    path: Path, packages: Iterable[str], found: Mapping[str, Any], *, is_hydras: bool
) -> None:
    """Refuse what would let a config choose what Hydra calls or computes, or bring in an unchecked file.

    Args:
        path: of the config.
        packages: where its keys belong.
        found: what it holds.
        is_hydras: whether it is in the folder ``hydra``, and takes the place of one of Hydra's own.
    """
    if ".." in str(found.get("defaults", "")):
        raise HarnessError(f"{path}: its defaults lead out of the folder of configs. Copy what they name into it.")
    if (
        is_hydras
        or "hydra" in found
        or any("hydra" in text for text in [*packages, str(found.get("defaults", ""))])
    ):
        raise HarnessError(
            f"{path}: it sets what Hydra itself does, which may run code. Set it on the command line instead."
        )
    for text in _texts(found):
        if _computes(text):
            raise HarnessError(
                f"{path}: {text!r:.80} is computed, by which a config could read the environment. Write the "
                "value, or name another key: ${section.key}."
            )


def _require_of_system_only(path: Path, packages: Collection[str], defaults: object) -> None:
    """Refuse what would let the config of a system choose the data that it is sent, or where results go."""
    if packages or re.search(r"_global_|\$|(^|\s)/", "\n".join(_texts(defaults))):
        raise HarnessError(
            f"{path}: the config of a system sets the options of the system and nothing else. Remove @package and "
            "defaults that lead out of the folder, and make other choices on the command line or in a config of "
            "your own."
        )


def _texts(found: object) -> Iterator[str]:
    """All keys and values of a document that are texts."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield from (*_texts(key), *_texts(value))
    elif isinstance(found, list):
        for value in found:
            yield from _texts(value)


def _computes(text: str) -> bool:
    """Whether a text holds ``${…}`` that is more than the name of another key, however it is nested."""
    while (without := _REFERENCE.sub("", text)) != text:
        text = without
    return "${" in text
