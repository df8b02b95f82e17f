"""Plans that are signed before a run, and what was changed afterwards.

A registration is a signed statement (`harness.packs.attestation`) about a plan by its canonical hash. It carries
the whole plan, with pseudonyms instead of names, so that what a run changed can be told without its maker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from harness.cards.facts import validation_problems
from harness.conformity.dossier import Line, Text
from harness.conformity.measured_run import Deviation, Registration
from harness.errors import HarnessError
from harness.files import canonical_hash, read_bytes, write_bytes
from harness.packs.attestation import MAX_ENVELOPE_BYTES, Signed, sign, signed_of
from harness.packs.signing_keys import SigningKey
from harness.packs.time_stamps import MAX_STAMP_BYTES, STAMP
from harness.plain_yaml import read_yaml

REGISTRATION = "registration.dsse.json"
REGISTERED_PLAN = "urn:emotion-harness:registered-plan:1"
_MAX_SHOWN = 500


@dataclass(frozen=True)
class RegisteredPlan:
    """A plan that was signed before a run.

    Attributes:
        signed: the envelope.
        plan: as it was signed.
    """

    signed: Signed
    plan: Mapping[str, Any]

    @property
    def summary(self) -> Registration:
        """For the documents."""
        subject = self.signed.statement.subject[0]
        return Registration(subject.digest.sha256, self.signed.signed, self.signed.public.signer)


def registration_bytes(plan: Mapping[str, Any], key: SigningKey, now: datetime) -> bytes:
    """The file of a registration.

    Args:
        plan: without names of people.
        key: with which it is signed.
        now: the date.
    """
    return sign("plan.yaml", canonical_hash(plan), REGISTERED_PLAN, {"plan": plan}, key, now)


def registered_plan(data: bytes) -> RegisteredPlan:
    """The registration that a file's bytes state; its signature is not verified by this.

    Raises:
        ValueError: they state none, or the plan is not the one that was signed.
    """
    signed = signed_of(data)
    plan = signed.statement.predicate.get("plan")
    if signed.statement.predicateType != REGISTERED_PLAN or not isinstance(plan, dict):
        raise ValueError("not the registration of a plan")
    if canonical_hash(plan) != signed.statement.subject[0].digest.sha256:
        raise ValueError("the plan in it is not the one that was signed")
    return RegisteredPlan(signed, plan)


def copied_registration(path: Path, into: Path) -> RegisteredPlan:
    """Read a registration, and copy its file, with its time stamp if it has one, into a folder.

    Raises:
        HarnessError: it is absent, or not the registration of a plan; or the stamp cannot be read.
    """
    stamp = path.with_name(f"{path.name}{STAMP}")
    try:
        data = read_bytes(path, MAX_ENVELOPE_BYTES)
        registered = registered_plan(data)
        stamped = read_bytes(stamp, MAX_STAMP_BYTES) if stamp.is_file() else None
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: not the registration of a plan ({error}).") from None
    write_bytes(data, into / REGISTRATION)
    if stamped is not None:
        write_bytes(stamped, into / f"{REGISTRATION}{STAMP}")
    return registered


def differences(registered: Mapping[str, Any], run: Mapping[str, Any]) -> list[Deviation]:
    """What a run's plan has otherwise than the plan that was signed, by dotted key; nobody says why yet."""
    return [
        Deviation(what=key, before=_shown(before), after=_shown(after))
        for key, before, after in _differing(registered, run)
    ]


def _differing(before: Any, after: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            yield from _differing(before.get(name), after.get(name), f"{key}.{name}" if key else str(name))
    elif before != after:
        yield key[:300], before, after


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"


class _Reason(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    who: Line
    when: date
    why: Text


_REASONS = TypeAdapter(dict[Line, _Reason])


def explained(found: list[Deviation], path: Path | None) -> list[Deviation]:
    """Deviations with who changed what, when and why.

    Args:
        found: see `differences`.
        path: a YAML file: the key in the plan, or the beginning of several, → ``who``, ``when`` (a date) and
            ``why``; None: nobody says so.

    Raises:
        HarnessError: the file is malformed, or explains what has not changed.
    """
    if path is None:
        return found
    try:
        reasons = _REASONS.validate_python(read_yaml(path))
    except ValidationError as error:
        raise HarnessError(f"{path}: {validation_problems(error)}") from None
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a file of reasons ({error}).") from None
    unused = [key for key in reasons if not any(_is_under(one.what, key) for one in found)]
    if unused:
        changed = ", ".join(one.what for one in found) or "nothing"
        raise HarnessError(f"{path}: {unused[0]} is as it was registered. Changed: {changed}.")
    return [_with_reason(one, reasons) for one in found]


def _with_reason(one: Deviation, reasons: Mapping[str, _Reason]) -> Deviation:
    key = max((key for key in reasons if _is_under(one.what, key)), key=len, default=None)
    if key is None:
        return one
    return Deviation(one.what, one.before, one.after, **reasons[key].model_dump(mode="json"))


def _is_under(what: str, key: str) -> bool:
    return what == key or what.startswith(f"{key}.")
