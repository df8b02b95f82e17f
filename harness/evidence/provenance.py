"""The environment of a run: machine, package versions and git state."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from harness.files import sha256_bytes

RECORDED_PACKAGES = (
    "emotion-harness",
    "h5py",
    "hydra-core",
    "jinja2",
    "librosa",
    "mlflow",
    "numpy",
    "opencv-python-headless",
    "pyarrow",
    "pydantic",
    "scikit-learn",
    "scipy",
    "soundfile",
    "soxr",
    "torch",
)
"""The packages whose versions can affect the numbers."""

GIT_TIMEOUT_S = 10.0


def environment() -> dict[str, Any]:
    """The machine and the versions: ``python``, ``platform``, ``cpu``, ``cores``, ``packages``, ``gpus``.

    ``installed_sha256`` is the hash of everything that is installed, see `installed_sha256`.

    It contains neither host name nor user name. ``gpus`` is empty if torch was not imported or finds none.
    """
    installed = _installed()
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": _cpu_model(),
        "cores": _usable_cores(),
        "packages": {name: found for name in RECORDED_PACKAGES if (found := installed.get(name)) is not None},
        "installed_sha256": installed_sha256(),
        **_gpus(),
    }


def installed_sha256() -> str:
    """The SHA-256 of the names and versions of all installed packages, as a lock file lists them.

    It is that of the lines ``name==version``, sorted, each with a line feed; names in lower case, with one hyphen
    for each run of hyphens, underscores and dots (PEP 503). The list itself is not recorded: it may name packages
    that are nobody else's business.
    """
    lines = sorted(f"{name}=={number}\n" for name, number in _installed().items())
    return sha256_bytes("".join(lines).encode())


@cache
def _installed() -> Mapping[str, str | None]:
    """The versions of all installed packages by their names, as these are compared."""
    first_last = reversed(list(distributions()))  # of two of one name, the first is the one that is imported
    return dict(named for one in first_last if (named := _name_and_version(one)))


def _name_and_version(installed: Distribution) -> tuple[str, str | None] | None:
    """The name, as it is compared, and the version. Of the metadata, a fifth is headers and the rest a text."""
    texts = (installed.read_text(name) for name in ("METADATA", "PKG-INFO", ""))
    headers = next(filter(None, texts), "").partition("\n\n")[0]
    name = _header(headers, "Name")
    return (re.sub(r"[-_.]+", "-", name).lower(), _header(headers, "Version")) if name else None


def _header(headers: str, name: str) -> str | None:
    """The first of this name. Of hundreds of packages, to parse all headers takes several times as long."""
    found = re.search(rf"^{name}:[ \t]*([^\r\n]*)", headers, re.MULTILINE | re.IGNORECASE)
    return found and found[1]


def git_state() -> dict[str, Any] | None:
    """The ``commit`` of the checkout that the harness runs from, and whether it is ``dirty``.

    Untracked files make it dirty, ignored ones do not. None outside a checkout (in a wheel), without git, or if
    git fails.
    """
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / ".git").exists():
        return None
    commit = _git(checkout, "rev-parse", "HEAD")
    changes = _git(checkout, "status", "--porcelain")
    if not commit or changes is None:
        return None
    return {"commit": commit, "dirty": bool(changes)}


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _gpus() -> dict[str, Any]:
    torch = sys.modules.get("torch")
    if torch is None:
        return {"gpus": []}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns if a driver is too old; here that means no GPU
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        return {"gpus": []}
    return {
        "gpus": [torch.cuda.get_device_name(index) for index in range(count)],
        "gpu_driver": _driver_version(),
        "cuda": torch.version.cuda,
    }


def _driver_version() -> str | None:
    try:
        return Path("/sys/module/nvidia/version").read_text(encoding="ascii").strip()
    except OSError:
        return None


def _git(checkout: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 (fixed arguments, no shell)
            [git, "-C", str(checkout), *arguments],
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT_S,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
