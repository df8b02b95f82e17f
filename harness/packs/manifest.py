"""The manifest of a pack: what it holds, with the SHA-256 of every file, and what it is about.

It is canonical JSON (RFC 8785), so that it has one form and one hash; signatures are over this hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self, TypeVar

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.cards.facts import Sha256, validation_problems
from harness.conformity.measured_run import PACK_ID_DIGITS
from harness.evidence.run_folder import largest
from harness.files import json_value, sha256_file

MANIFEST = "manifest.json"
SIGNATURES = "signatures"
_OTHER_KIND = (
    "the pack of a practice test is none of a run: harness verify and harness sign take either, other commands "
    "packs of runs"
)
MAX_MANIFEST_BYTES = 4 * 2**20
MAX_FILES = 1000
MAX_PACK_BYTES = 16 * 2**30

_Text = Annotated[str, Field(max_length=2000)]
_Name = Annotated[str, Field(max_length=300)]
PackPath = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){0,3}$")
]
"""A path inside a pack: no folder above it, nothing hidden, at most four levels."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PackedFile(_Part):
    """One file."""

    path: PackPath
    bytes: int = Field(ge=0)
    sha256: Sha256


class MeasuredSystem(_Part):
    """Which system was measured."""

    name: _Name
    title: _Name
    version: _Name | None
    provider: _Name | None
    weights: dict[_Name, Sha256] = Field(description="SHA-256 of the files that it was made of; empty: not known")


class MeasuredOn(_Part):
    """On which dataset."""

    name: _Name
    title: _Name
    num_samples: int = Field(ge=0)
    num_subjects: int = Field(ge=0)
    media: dict[str, Any] = Field(max_length=10, description="as in run.json: files, bytes, Merkle root")


class RunIdentity(_Part):
    """Which run it was."""

    plan_sha256: Sha256 = Field(description="of the plan as the run wrote it")
    run_sha256: Sha256 = Field(description="of run.json, byte for byte")
    started: _Name
    finished: _Name


class Previous(_Part):
    """The pack before, of the same system."""

    pack_id: _Name
    manifest_sha256: Sha256
    reason: _Text = Field(description="why there is a new one; may be empty")


class Anonymity(_Part):
    """How many people share their combination of exported attributes (k-anonymity, Sweeney 2002)."""

    attributes: list[_Name] = Field(max_length=1000)
    k: int = Field(ge=0, description="people in the smallest combination; 0: there are no people")
    min_subjects: int = Field(ge=1)
    subjects_below: int = Field(ge=0, description="people in combinations of fewer than min_subjects")


class NamedSigner(_Part):
    """A person who is to sign."""

    name: _Name
    role: _Name
    organisation: _Name


class StatedDeviation(_Part):
    """What differs from the plan that was signed before the run; empty where nobody says who, when or why."""

    what: _Name
    before: _Text
    after: _Text
    who: _Name
    when: _Name
    why: _Text


class PackManifest(_Part):
    """What the manifest of every pack states."""

    format: Literal[1] = 1
    harness: _Name = Field(description="version that made the pack")
    packed_by_sha256: Sha256 = Field(description="of the code of the harness that made the pack")
    code_sha256: Sha256 = Field(description="of the code of the harness that measured")
    created: _Name = Field(description="ISO 8601, by the clock of whoever made it")
    pack_id: str = Field(pattern=rf"^[0-9a-f]{{{PACK_ID_DIGITS}}}$")
    signers: list[NamedSigner] = Field(max_length=20, description="who is to sign")
    anonymity: Anonymity
    files: list[PackedFile] = Field(max_length=MAX_FILES)

    @model_validator(mode="after")
    def _require_one_of_each(self) -> Self:
        paths = [file.path for file in self.files]
        if len({path.casefold() for path in paths}) < len(paths):
            raise ValueError("a file stands twice")
        if wrong := [path for path in paths if PurePosixPath(path).parts[0] in (MANIFEST, SIGNATURES)]:
            raise ValueError(f"{wrong[0]} cannot be among the files that it is about")
        if sum(file.bytes for file in self.files) > MAX_PACK_BYTES:
            raise ValueError(f"the files have more than {MAX_PACK_BYTES:,} bytes")
        if big := [file.path for file in self.files if file.bytes > largest(file.path)]:
            raise ValueError(f"{big[0]} is larger than any such file")
        return self

    def canonical(self) -> bytes:
        """The bytes of the file."""
        return bytes(rfc8785.dumps(self.model_dump(mode="json")))

    def sha256_of(self, path: str) -> str | None:
        """The SHA-256 of a file by its path; None if it is not one of the pack."""
        return next((file.sha256 for file in self.files if file.path == path), None)


class Manifest(PackManifest):
    """The contents of ``manifest.json`` of the pack of a run."""

    system: MeasuredSystem
    dataset: MeasuredOn
    run: RunIdentity
    withheld: list[_Name] = Field(max_length=100, description="checks that rest on what is not in the pack")
    deviations: list[StatedDeviation] = Field(max_length=1000)
    previous: Previous | None


class PracticeManifest(PackManifest):
    """The contents of ``manifest.json`` of the pack of a practice test."""

    practice_test: _Name
    record_sha256: Sha256 = Field(
        description="of practice.json as the test wrote it, with the paths of its options"
    )
    started: _Name
    finished: _Name
    num_subjects: int = Field(ge=0)
    inputs: dict[_Name, Sha256] = Field(max_length=100, description="option → the file that it named")
    studies: dict[_Name, Sha256] = Field(max_length=1000, description="of run.json of the runs that it rests on")


_Kind = TypeVar("_Kind", bound=PackManifest)


def manifest_of(data: bytes, kind: type[_Kind]) -> _Kind:
    """The manifest that a file's bytes state.

    Args:
        data: of the file.
        kind: of what it should be.

    Raises:
        ValueError: they state none, one of another kind, or not in the canonical form.
    """
    try:
        if is_of_practice_test(data) != (kind is PracticeManifest):
            raise ValueError(_OTHER_KIND)
        manifest = kind.model_validate(json_value(data.decode()))
    except ValidationError as error:
        raise ValueError(validation_problems(error)) from None
    if manifest.canonical() != data:
        raise ValueError("not in the canonical form (RFC 8785), in which there is one for each contents")
    return manifest


def is_of_practice_test(data: bytes) -> bool:
    """Whether a file's bytes are meant to be the manifest of a practice test's pack."""
    try:
        stated = json_value(data.decode())
    except ValueError:
        return False
    return isinstance(stated, dict) and "practice_test" in stated


def packed_files(folder: Path, paths: Sequence[str]) -> list[PackedFile]:
    """Files of a folder, with their sizes and hashes, by path."""
    return [
        PackedFile(path=path, bytes=(folder / path).stat().st_size, sha256=sha256_file(folder / path))
        for path in sorted(paths)
    ]


def with_files(draft: _Kind, pack: Path) -> _Kind:
    """A manifest that names every file of a folder."""
    paths = [path.relative_to(pack).as_posix() for path in pack.rglob("*") if path.is_file()]
    return type(draft).model_validate({**draft.model_dump(), "files": packed_files(pack, paths)})
