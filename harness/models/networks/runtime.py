"""The runtimes that networks need, which are optional packages."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from harness.errors import HarnessError


def runtime(module: str, extra: str, who: str) -> Any:
    """Import a runtime, such as ``onnxruntime``.

    Args:
        module: its name.
        extra: of our package, which installs it.
        who: needs it, such as ``model synheart``.

    Raises:
        HarnessError: it is not installed.
    """
    top = module.partition(".")[0]
    if find_spec(top) is None:
        package = top.replace("_", "-")
        raise HarnessError(
            f"{who} needs {package}, which is not installed: pip install 'emotion-harness[{extra}]'."
        )
    return import_module(module)


def runtime_version(package: str) -> str:
    """The version of an installed package, as its metadata say."""
    return version(package)


def fixed_batch(shape: Sequence[int | None] | None, who: str) -> int | None:
    """How many samples a network takes at once: 1, or None where any number will do.

    Args:
        shape: of its input as its file states it, the batch first; None where it states none.
        who: for messages.

    Raises:
        HarnessError: it takes another fixed number.
    """
    if not shape or shape[0] is None:
        return None
    if shape[0] != 1:
        raise HarnessError(
            f"{who}: its file takes exactly {shape[0]} samples at once. Export it for any number, or for one."
        )
    return 1
