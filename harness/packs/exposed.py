"""Looks for what must not leave the machine in every file of a pack: secrets, names, and paths of this machine.

Names are looked for as `harness.evidence.names_in_texts` says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from harness.evidence.names_in_texts import Names
from harness.files import read_bytes
from harness.progress import UNSEEN, Share
from harness.resources import data_dir
from harness.tables.parquet_files import read_parquet
from harness.wording import listed

_SECRETS: Mapping[str, re.Pattern[str]] = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a key of AWS": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of GitHub": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{50,}\b"),
    "a token of GitLab": re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}\b"),
    "a token of Hugging Face": re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"),
    "a key of a language model's service": re.compile(r"\bsk-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{32,}"),
    "a key of Google": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a token of Slack": re.compile(r"\bxox[abposr]-[0-9A-Za-z-]{10,}"),
    "a JSON Web Token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    "a header of authorisation": re.compile(r"(?i)\bauthorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer)\s+\S{8,}"),
    "an address with a password": re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@\"'<>]+:[^/\s@\"'<>]+@"),
}

_SECRET_NAMES = re.compile(r"(?i)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL)")
_LEAST_SECRET = 8
"""Characters of the value of such a variable: shorter ones stand in texts by coincidence."""

_PERSON = "the name of a person who was tested, or on whom a system was trained"
_SOURCES = ("dossier.yaml", "run/plan.yaml")
"""Other files are made from these, so that they are named first."""


def exposed(folder: Path, paths: Iterable[str], people: Iterable[str] = (), progress: Share = UNSEEN) -> list[str]:
    """What was found, and in which files, in words, without quoting it; empty if there is nothing.

    Args:
        folder: of the pack.
        paths: of its files. Of tables, every text in their cells and metadata is looked at.
        people: their names.
        progress: told of every kind of secret that was looked for in a file.
    """
    values = _values_of_this_machine()
    named = Names(dict.fromkeys(people, ""))
    found: dict[str, list[str]] = {}
    ordered = sorted(paths, key=lambda path: (path not in _SOURCES, path))
    shares = progress.split(*((folder / path).stat().st_size for path in ordered))
    for path, share in zip(ordered, shares, strict=True):
        texts = list(_texts(folder / path))
        patterns = share.each(_SECRETS.items(), len(_SECRETS))
        kinds = [kind for kind, pattern in patterns if any(map(pattern.search, texts))]
        kinds += [what for what, value in values.items() if any(value in text for text in texts)]
        kinds += [_PERSON] if any(map(named.any_in, texts)) else []
        for kind in kinds:
            found.setdefault(kind, []).append(path)
    return [f"{kind} (in {listed(where)})" for kind, where in found.items()]


def _values_of_this_machine() -> dict[str, str]:
    variables = {
        f"the value of the environment variable {name}": value
        for name, value in os.environ.items()
        if _SECRET_NAMES.search(name) and len(value) >= _LEAST_SECRET and not Path(value).is_absolute()
    }
    places = {"the path of the home folder": str(Path.home()), "the path of the data folder": str(data_dir())}
    return variables | {what: f"{place}/" for what, place in places.items() if len(place) > 1}


def _texts(path: Path) -> Iterator[str]:
    if path.suffix == ".parquet":
        table = read_parquet(path)
        metadata = table.schema.metadata or {}
        yield "\n".join(part.decode(errors="replace") for pair in metadata.items() for part in pair)
        for column in table.columns:
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                yield "\n".join(text for text in column.unique().to_pylist() if text)
    else:
        yield read_bytes(path, path.stat().st_size).decode(errors="replace")
