"""``harness doctor``: whether this machine can run everything, and if not, what to do."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from harness.commands.json_answer import answer
from harness.commands.terminal import say, warn
from harness.resources import cache_dir, data_dir, share_dir

REQUIRED_PACKAGES = (
    "torch",
    "opencv-python-headless",
    "numpy",
    "scikit-learn",
    "pyarrow",
    "hydra-core",
    "mlflow",
)


def diagnose() -> bool:
    """Print one line per finding; whether nothing is broken."""
    checks: dict[str, Callable[[], str]] = {
        "python": lambda: f"{sys.version.split()[0]} ({sys.platform})",
        "packages": _packages,
        "torch": _torch,
        "opencv": _opencv,
        "audio": _audio,
        "mlflow": _mlflow,
        "cards and configs": _share,
        "data folder": lambda: _writable(data_dir()),
        "cache folder": lambda: _writable(cache_dir()),
    }
    healthy, told = True, {}
    for name, check in checks.items():
        try:
            found = check()
        except Exception as error:  # report any problem
            warn(f"broken  {name}: {error}")
            healthy, told[name] = False, {"works": False, "found": str(error)}
        else:
            say(f"ok      {name}: {found}")
            told[name] = {"works": True, "found": found}
    answer(checks=told)
    return healthy


def _packages() -> str:
    found = []
    for package in REQUIRED_PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            raise RuntimeError(f"{package} is not installed. Repeat the installation.") from None
    return ", ".join(found)


def _torch() -> str:
    import torch

    if torch.cuda.is_available():
        return f"CUDA {torch.version.cuda}, {torch.cuda.get_device_name()}"
    built = f"built for CUDA {torch.version.cuda}, but no GPU is usable" if torch.version.cuda else "CPU build"
    return f"{built}; {torch.get_num_threads()} threads"


def _opencv() -> str:
    import cv2

    if not hasattr(cv2, "CascadeClassifier"):
        raise RuntimeError(f"OpenCV {cv2.__version__} has no Haar cascades; install opencv-python-headless<5.")
    path = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
    if not path.is_file():
        raise RuntimeError(f"{path} is missing; install opencv-python-headless again.")
    return f"{cv2.__version__} with Haar cascades"


def _audio() -> str:
    import soundfile

    return f"libsndfile {soundfile.__libsndfile_version__}"


def _mlflow() -> str:
    if find_spec("mlflow") is None:
        raise RuntimeError("mlflow is not installed; runs are kept on disk only (tracking.enabled=false).")
    return f"{version('mlflow')}, default store {data_dir() / 'mlflow.db'}"


def _share() -> str:
    folder = share_dir()
    if not (folder / "configs" / "run.yaml").is_file():
        raise RuntimeError(f"{folder} has no configs; install the package again.")
    return str(folder)


def _writable(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(os.urandom(1))
    return str(folder)
