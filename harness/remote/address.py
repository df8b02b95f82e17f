"""Addresses among the paths that users give: ``s3://bucket/corpus`` where a folder may stand."""

from __future__ import annotations

import re
from pathlib import Path

from harness.errors import HarnessError

_FORM = re.compile(r"(?P<chained>.*::)?(?P<protocol>[a-z][a-z0-9+.-]+):/+(?P<rest>.*)", re.DOTALL)
LOCAL = ("file", "local")


def remote_address(path: Path | str) -> str | None:
    """The address that a path states; None if it is the path of this machine.

    A config or an argument that is read as a path has lost one of its slashes, ``s3:/bucket``: it is given back.

    Raises:
        HarnessError: the address names nothing, or chains protocols.
    """
    found = _FORM.fullmatch(str(path))
    if found is None or _exists(Path(path)):
        return None
    protocol, rest = found["protocol"], found["rest"].rstrip("/")
    if found["chained"]:
        raise HarnessError(f"{path}: chained addresses are not read. Give that of the store itself.")
    if ":" in (before := rest.partition("/")[0].rpartition("@")[0]):
        raise HarnessError(
            f"{protocol}://{before.partition(':')[0]}:…@…: addresses are shown and kept, so they hold no "
            "passwords. Give it as the store's package expects it, such as in the environment."
        )
    if not rest:
        raise HarnessError(
            f"{protocol}://: the address names nothing. Expected such as {protocol}://bucket/folder."
        )
    return f"{protocol}:///{rest}" if protocol in LOCAL else f"{protocol}://{rest}"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # too long for a path
        return False


def protocol_of(address: str) -> str:
    """What stands before ``://``."""
    return address.partition("://")[0]


def local_path(path: Path) -> Path:
    """The path of this machine that ``file:///path`` states; any other path as it is."""
    address = remote_address(path)
    return Path(address.partition("://")[2]) if address and protocol_of(address) in LOCAL else path
