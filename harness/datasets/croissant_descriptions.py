"""Whether a Croissant description can be read without fetching anything that it refers to."""

from __future__ import annotations

from pathlib import Path

from harness.errors import HarnessError
from harness.files import read_json


def require_description(path: Path) -> None:
    """Check a description before the package reads it.

    Raises:
        HarnessError: it is missing, no JSON object with its context in it, or names a context elsewhere.
    """
    try:
        document = read_json(path)
    except FileNotFoundError:
        raise HarnessError(f"{path}: no such description. Give its name with dataset.file.") from None
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: not readable JSON ({error}).") from None
    if not isinstance(document, dict) or not isinstance(document.get("@context"), dict):
        raise HarnessError(f"{path}: expected an object whose @context stands in it.")
    if _names_contexts(document):
        raise HarnessError(f"{path}: its @context names another, which would have to be fetched.")


def _names_contexts(value: object) -> bool:
    """Whether a context anywhere in a JSON-LD document is the address of one, or imports one."""
    if isinstance(value, list):
        return any(map(_names_contexts, value))
    if not isinstance(value, dict):
        return False
    contexts = value.get("@context", {})
    named = any(isinstance(one, str) for one in (contexts if isinstance(contexts, list) else [contexts]))
    return named or "@import" in value or any(map(_names_contexts, value.values()))
