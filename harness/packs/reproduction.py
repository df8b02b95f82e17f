"""The signed summary of a reproduction: what somebody else found who ran the plan of a pack again.

It is a statement about the pack's manifest in a file of its own (`harness.packs.attestation`), so that a pack
stays as it is, and each of several people can add theirs.

Source: in-toto Attestation Framework, predicate Simple Verification Result v0.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness import __version__
from harness.cards.facts import Sha256, validation_problems
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import own_sources_sha256, read_bytes, sha256_file
from harness.packs.attestation import MAX_ENVELOPE_BYTES, Signed, sign, signed_of
from harness.packs.date_promises import later_than
from harness.packs.lines import Found, Line, Status
from harness.packs.manifest import MANIFEST
from harness.packs.received_pack import BrokenPackError
from harness.packs.signed_promises import signed_line, who_signed
from harness.packs.signing_keys import PublicKey, SigningKey

REPRODUCTION = "reproduction.dsse.json"
VERIFICATION = "https://in-toto.io/attestation/svr/v0.1"
VERIFIER = "urn:emotion-harness:reproduce:1"
_PREFIX = "EMOTION_HARNESS"

_Text = Annotated[str, Field(max_length=2000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ToldLine(_Part):
    """One line of what was found."""

    about: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    status: Literal["holds", "broken", "open"]
    text: _Text


class Reproduction(_Part):
    """What a summary says beyond the list of properties."""

    result: Literal["reproduced", "not_reproduced"]
    tolerance: float = Field(ge=0)
    plan_sha256: Sha256 = Field(description="of the plan of the run that was made again")
    run_sha256: Sha256 = Field(description="of its run.json")
    environment: dict[str, Any] = Field(max_length=20)
    lines: list[ToldLine] = Field(max_length=1000)


def is_reproduced(found: Sequence[Found]) -> bool:
    """Whether nothing differs."""
    return all(one.line.status is not Status.BROKEN for one in found)


def summary_bytes(
    manifest_sha256: str,
    own: RunFolder,
    found: Sequence[Found],
    *,
    tolerance: float,
    key: SigningKey,
    now: datetime,
) -> bytes:
    """The file of a signed summary.

    Args:
        manifest_sha256: of the pack's manifest.
        own: the run that was made again.
        found: of `harness.packs.reproduced.reproduction_lines`.
        tolerance: with which it was compared.
        key: of whoever reproduced it.
        now: the date.
    """
    record = own.read_run() or {}
    told = Reproduction(
        result="reproduced" if is_reproduced(found) else "not_reproduced",
        tolerance=tolerance,
        plan_sha256=record["plan_sha256"],
        run_sha256=sha256_file(own / "run.json"),
        environment=record.get("environment") or {},
        lines=[
            ToldLine(about=one.about, status=one.line.status.value, text=one.line.text[:2000]) for one in found
        ],
    )
    predicate = {
        "verifier": {"id": VERIFIER, "version": __version__, "code_sha256": own_sources_sha256()},
        "timeCreated": now.isoformat(timespec="seconds"),
        "properties": _properties(found),
        "reproduction": told.model_dump(mode="json"),
    }
    return sign(MANIFEST, manifest_sha256, VERIFICATION, predicate, key, now)


def _properties(found: Sequence[Found]) -> list[str]:
    """What was shown, in the form that the predicate asks for."""
    about = dict.fromkeys(one.about for one in found)
    shown = [name for name in about if all(one.line.status is Status.HOLDS for one in found if one.about == name)]
    whole = [f"{_PREFIX}_REPRODUCED"] if is_reproduced(found) else []
    return [f"{_PREFIX}_PACK_VERIFIED", *(f"{_PREFIX}_SAME_{name.upper()}" for name in shown), *whole]


def told_lines(
    paths: Sequence[Path], manifest_sha256: str, trusted: Sequence[PublicKey], now: datetime
) -> Iterator[Line]:
    """What summaries say of a pack.

    Args:
        paths: of their files; nothing in them is trusted.
        manifest_sha256: of the pack's manifest.
        trusted: keys that the verifier has from their holders.
        now: by the verifier's clock.

    Raises:
        HarnessError: there is no such file.
        BrokenPackError: it is no summary, not of this pack, or its signature does not fit.
    """
    for path in paths:
        signed, told = _read(path)
        subject = signed.statement.subject[0]
        if (subject.name, subject.digest.sha256) != (MANIFEST, manifest_sha256):
            raise BrokenPackError(f"{path} is about another pack")
        if not signed.verified():
            raise BrokenPackError(f"{path}: the signature does not fit the key and the statement in it")
        yield _told(signed, told, trusted)
        yield from later_than(now, {f"{path.name} was signed": signed.signed})


def _told(signed: Signed, told: Reproduction, trusted: Sequence[PublicKey]) -> Line:
    broken = [line.text for line in told.lines if line.status == "broken"]
    who = who_signed(signed)
    if told.result == "reproduced" and not broken:
        return signed_line(f"Reproduction: run again with the same outcome by {who}", signed, trusted)
    what = broken[0] if broken else "no reason given"
    line = signed_line(f"Reproduction: run again by {who}, and not the same ({what})", signed, trusted)
    return Line(Status.BROKEN, line.text) if line.status is Status.HOLDS else line


def _read(path: Path) -> tuple[Signed, Reproduction]:
    try:
        signed = signed_of(read_bytes(path, MAX_ENVELOPE_BYTES))
        if signed.statement.predicateType != VERIFICATION:
            raise ValueError("a statement of another kind")
        stated: Mapping[str, Any] = signed.statement.predicate
        if stated.get("verifier", {}).get("id") != VERIFIER:
            raise ValueError("a result of another verifier")
        return signed, Reproduction.model_validate(stated.get("reproduction"))
    except OSError as error:
        raise HarnessError(f"{path}: the summary of a reproduction cannot be read ({error.strerror}).") from None
    except ValidationError as error:
        raise BrokenPackError(f"{path}: {validation_problems(error)}") from None
    except (ValueError, AttributeError) as error:
        raise BrokenPackError(f"{path}: not the summary of a reproduction ({error})") from None
