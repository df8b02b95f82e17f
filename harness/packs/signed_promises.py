"""Who has signed a pack and the plan before it, and whether the verifier knows their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cryptography.x509 import Certificate

from harness.packs.attestation import TEST_RESULT, Signed
from harness.packs.date_promises import CLOCKS_DIFFER_S, time_of
from harness.packs.lines import Line, holds, left_open
from harness.packs.manifest import MANIFEST, Manifest, NamedSigner, PackManifest
from harness.packs.received_pack import BrokenPackError
from harness.packs.registration import REGISTRATION, RegisteredPlan, differences
from harness.packs.signing_keys import PublicKey
from harness.packs.time_stamps import TimeStamp
from harness.wording import listed

_DIGITS = 16


def signature_lines(
    signatures: Mapping[str, Signed], manifest: PackManifest, manifest_sha256: str, trusted: Sequence[PublicKey]
) -> Iterator[Line]:
    """Whose signatures a pack has.

    Args:
        signatures: by the name of their file.
        manifest: of the pack.
        manifest_sha256: of the manifest's bytes.
        trusted: keys that the verifier has from their holders.

    Raises:
        BrokenPackError: a signature is not one of this pack, or keys were given and none of them has signed.
    """
    for name, signed in signatures.items():
        subject = signed.statement.subject[0]
        about = (subject.name, subject.digest.sha256, signed.statement.predicateType)
        if about != (MANIFEST, manifest_sha256, TEST_RESULT):
            raise BrokenPackError(f"{name} is the signature of something else, not of this pack")
        if not signed.verified():
            raise BrokenPackError(f"{name}: the signature does not fit the key and the statement in it")
        yield signed_line(f"Signature: {who_signed(signed)}", signed, trusted)
    if trusted and not any(signed.verified(trusted) for signed in signatures.values()):
        raise BrokenPackError("no signature is of a key that you gave: nobody whom you know vouches for this pack")
    if not signatures:
        yield left_open("Signature: nobody has signed, so that it cannot be known whether the pack was changed")
    have = [NamedSigner(**vars(signed.public.signer)) for signed in signatures.values()]
    for signer in manifest.signers:
        if signer not in have:
            yield left_open(f"Signature: still to come from {signer.name} ({signer.role}, {signer.organisation})")


def stamp_lines(
    stamps: Mapping[str, TimeStamp], signatures: Mapping[str, Signed], authorities: Sequence[Certificate]
) -> Iterator[Line]:
    """Which signatures an authority has stamped with a time.

    Raises:
        BrokenPackError: a stamp is older than the date that the signer states; or authorities were given, and a
            stamp is of none of them.
    """
    for name, stamp in stamps.items():
        if name not in signatures:
            raise BrokenPackError(f"{name} is stamped, but it is no signature of this pack")
        signed, time = signatures[name], stamp.time.isoformat(timespec="seconds")
        if stamp.time.timestamp() < time_of(signed.signed) - CLOCKS_DIFFER_S:
            raise BrokenPackError(f"{name}: stamped on {time}, before it was signed ({signed.signed})")
        text = f"Time stamp: {name}, signed by {signed.public.name}, existed on {time}"
        if not authorities:
            yield left_open(f"{text}; give the certificate of the authority with --tsa FILE")
        elif stamp.verified(authorities):
            yield holds(f"{text}, by an authority whose certificate you gave")
        else:
            raise BrokenPackError(f"{name}: its time stamp is of no authority that you gave")


def require_signed_verdicts(signatures: Mapping[str, Signed], expected: Mapping[str, Any]) -> None:
    """Check that every signer signed the verdicts that are in the results.

    Args:
        signatures: by the name of their file.
        expected: the predicate of these verdicts.

    Raises:
        BrokenPackError: somebody signed others.
    """
    for name, signed in signatures.items():
        stated = {key: signed.statement.predicate.get(key) for key in expected}
        if stated != expected:
            raise BrokenPackError(f"{name}: the verdicts that were signed are not those of the results")


def registration_lines(
    registered: RegisteredPlan | None,
    manifest: Manifest,
    plan: Mapping[str, Any],
    started: str,
    trusted: Sequence[PublicKey],
) -> Iterator[Line]:
    """Whether the plan was signed before the run, and what was changed afterwards.

    Raises:
        BrokenPackError: the registration is not what it says.
    """
    if registered is None:
        yield left_open("Registration: no plan was signed before the run")
        return
    signed = registered.signed
    if not signed.verified():
        raise BrokenPackError(f"{REGISTRATION}: the signature does not fit the key and the plan in it")
    if time_of(signed.signed) > time_of(started):
        raise BrokenPackError(f"{REGISTRATION}: signed on {signed.signed}, after the run had begun ({started})")
    yield signed_line(
        f"Registration: signed before the first prediction, by the signer's own clock, by {who_signed(signed)}",
        signed,
        trusted,
    )
    found = [(one.what, one.before, one.after) for one in differences(registered.plan, plan)]
    stated = [(one.what, one.before, one.after) for one in manifest.deviations]
    if found != stated:
        raise BrokenPackError("the manifest does not state what differs from the plan that was registered")
    if unexplained := [one.what for one in manifest.deviations if not one.why]:
        yield left_open(f"Registration: changed afterwards, without a reason: {listed(unexplained)}")
    elif stated:
        changed = [one.what for one in manifest.deviations]
        yield holds(f"Registration: changed afterwards, with who, when and why: {listed(changed)}")


def who_signed(signed: Signed) -> str:
    """The signer, the date and the key of a statement, by its own account."""
    signer = signed.public.signer
    return f"{signer.name} ({signer.role}, {signer.organisation}), {signed.signed}, key {signed.key_id[:_DIGITS]}"


def signed_line(text: str, signed: Signed, trusted: Sequence[PublicKey]) -> Line:
    """What a statement says whose signature fits: it holds if the verifier knows the key."""
    if trusted and signed.verified(trusted):
        return holds(f"{text}; it is a key that you gave")
    why = "not one that you gave" if trusted else "name and date are the signer's word: give their key with --key"
    return left_open(f"{text}; the signature fits, but the key is {why}" if trusted else f"{text}; {why}")
