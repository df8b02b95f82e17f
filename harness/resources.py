"""Where the harness finds its cards and configs, and where it stores data.

Cards and configs are at the top of a checkout and in the wheel under ``harness/share``, so that the harness works
the same from both.
"""

from __future__ import annotations

import os
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.errors import HarnessError


def share_dir() -> Path:
    """The folder of ``configs/``, ``datasets/`` and ``models/``."""
    package = Path(__file__).resolve().parent
    carried = package / "share"
    return carried if carried.is_dir() else package.parent


def config_dir() -> Path:
    """The folder of the Hydra configs."""
    return share_dir() / "configs"


@dataclass(frozen=True)
class Configured:
    """The default of a setting in ``configs/run.yaml``, as a ``default_factory`` of dataclasses and models.

    Attributes:
        key: such as ``measure.resamples``.
    """

    key: str

    def __call__(self) -> Any:
        """The value, read when it is first needed."""
        value = run_config()
        for part in self.key.split("."):
            value = value[part]
        return deepcopy(value)


@dataclass(frozen=True)
class ConfiguredGroup:
    """The config that ``configs/run.yaml`` chooses of a group, as a ``default_factory``.

    Attributes:
        group: a folder of ``configs/``, such as ``executor``.
    """

    group: str

    def __call__(self) -> dict[str, Any]:
        """What the config holds, read when it is first needed."""
        from harness.plain_yaml import read_yaml

        (name,) = (one[self.group] for one in run_config()["defaults"] if self.group in one)
        found: dict[str, Any] = read_yaml(config_dir() / self.group / f"{name}.yaml")
        return found


@cache
def run_config() -> Any:
    """The contents of ``configs/run.yaml``, read once."""
    from harness.plain_yaml import read_yaml

    return read_yaml(config_dir() / "run.yaml")


def card_dirs(kind: str) -> list[Path]:
    """Folders with cards of ``kind`` (``datasets`` or ``models``): the user's, ours, and other packages'.

    ``HARNESS_CARDS`` lists folders (separated as in ``PATH``) with the same layout as ours:
    ``<folder>/datasets/<name>/card.yaml``. A package's card never replaces one of ours.
    """
    extra = [Path(part) for part in os.environ.get("HARNESS_CARDS", "").split(os.pathsep) if part]
    return [folder / kind for folder in (*extra, share_dir(), *package_dirs()) if (folder / kind).is_dir()]


def configs_beside_cards(folder: Path) -> Path:
    """The folder of the user's configs; cards that stand beside it are found from now on, too.

    Args:
        folder: with configs (``model/<name>.yaml``), or one with ``configs/``, ``models/`` and ``datasets/`` in
            the same layout as ours.
    """
    configs = folder / "configs" if (folder / "configs").is_dir() else folder
    root = configs.absolute().parent
    if configs.name == "configs" and any((root / kind).is_dir() for kind in ("datasets", "models")):
        known = [part for part in os.environ.get("HARNESS_CARDS", "").split(os.pathsep) if part]
        os.environ["HARNESS_CARDS"] = os.pathsep.join(dict.fromkeys([*known, str(root)]))  # for workers, too
    return configs


@cache
def extension_points() -> tuple[EntryPoint, ...]:
    """What installed packages add to the harness: the entry points of all its groups, looked up once.

    All groups at a time, because every look-up reads the metadata of everything that is installed.
    """
    found = entry_points()
    groups = (group for group in sorted(found.groups) if group.startswith("harness."))
    return tuple(point for group in groups for point in found.select(group=group))


@cache
def package_dirs() -> tuple[Path, ...]:
    """Folders of installed packages that contain cards and configs, looked up once.

    They are declared by an entry point in the group ``harness.share``, such as ``my_package = "my_package"``. The
    folder is that of the package, with ``datasets/``, ``models/`` and ``configs/`` in the same layout as ours.

    Raises:
        HarnessError: a declared package cannot be found.
    """
    found = []
    for point in extension_points():
        if point.group != "harness.share":
            continue
        spec = find_spec(point.module)
        if spec is None or spec.origin is None:
            raise HarnessError(
                f"The package that provides {point.name!r} (entry point {point.value!r}) cannot be found. "
                "Install it again, or uninstall it."
            )
        found.append(Path(spec.origin).parent)
    return tuple(sorted(found))


def data_dir() -> Path:
    """The user's data folder: ``mlflow.db``, artifacts, the pseudonym key. ``HARNESS_HOME`` overrides it."""
    home = _home()
    return home / "data" if home else _platform_dirs()[0]


def cache_dir() -> Path:
    """The user's cache of weights, verified at every load. Safe to delete. ``HARNESS_HOME`` overrides it."""
    home = _home()
    return home / "cache" if home else _platform_dirs()[1]


def _home() -> Path | None:
    home = os.environ.get("HARNESS_HOME")
    return Path(home).expanduser().resolve() if home else None


def _platform_dirs() -> tuple[Path, Path]:
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("emotion-harness", appauthor=False)
    return Path(dirs.user_data_dir), Path(dirs.user_cache_dir)
