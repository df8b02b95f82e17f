"""``harness pack``, ``sign``, ``verify`` and ``keys``: evidence packs on the command line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import typer
from pydantic import TypeAdapter, ValidationError

from harness.cards.facts import validation_problems
from harness.commands.json_answer import add, answer
from harness.commands.terminal import busy, say, warn
from harness.conformity.dossier import Line as OneLine
from harness.conformity.measured_run import Signer
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.packs.common_choices import CommonChoices
from harness.packs.lines import Line, Status
from harness.packs.make_pack import Pack, PackChoices, make_pack
from harness.packs.manifest import PackManifest, is_of_practice_test
from harness.packs.names_in_plan import places_of_names
from harness.packs.pack_folder import RUN
from harness.packs.received_pack import BrokenPackError, read_manifest_bytes
from harness.packs.sign_pack import add_signatures
from harness.packs.signing_keys import SigningKey, new_key, open_key, read_public_key
from harness.packs.time_stamps import read_roots
from harness.packs.verify_pack import verify
from harness.practice_tests.packs.practice_pack import make_practice_pack
from harness.practice_tests.packs.verify_practice import sign_practice_pack, verify_practice
from harness.practice_tests.practice_folder import is_practice_test
from harness.review.review_document import DOCUMENT, SCORED
from harness.wording import listed, quantity

PASSPHRASE = "HARNESS_KEY_PASSPHRASE"  # noqa: S105 (the name of a variable)
"""The environment variable that is looked at before the terminal is asked."""

PACKING = "measuring again without names, and writing the pack"
VERIFYING = "verifying"
"""What is shown while a pack is made or verified."""

_SIGNER = TypeAdapter(list[OneLine])
_MARKS = {Status.HOLDS: "✓", Status.BROKEN: "✗", Status.OPEN: "?", Status.LIMIT: "-"}


def show_new_key(path: Path, signer: Signer, *, protect: bool) -> None:
    """Make a key, and print what to do with its two files."""
    public = new_key(path, signer, _new_passphrase() if protect else None)
    say(f"Private key: {path} (keep it; nobody else can read it)")
    say(f"Public key:  {public} (give it to whoever verifies your packs)")
    answer(private_key=path, public_key=public)


def show_pack(folder: Path, choices: PackChoices) -> None:
    """Make a pack of a run or a practice test, and print what is in it and what is missing."""
    if is_practice_test(folder):
        of_practice = _of_practice_test(choices)
        with busy(PACKING) as progress:
            made = make_practice_pack(folder, of_practice, datetime.now(UTC), progress)
        _tell(made.path, made.manifest, is_signed=bool(choices.keys))
    elif (folder / DOCUMENT).is_file():
        raise HarnessError(
            f"{folder}: a review is packed once it is scored: harness review score {folder} FILES, then "
            f"harness pack {folder / SCORED}"
        )
    else:
        with busy(PACKING) as progress:
            pack = make_pack(folder, choices, datetime.now(UTC), progress)
        tell_pack(pack, is_signed=bool(choices.keys))


def _of_practice_test(choices: PackChoices) -> CommonChoices:
    """The choices for the pack of a practice test.

    Raises:
        HarnessError: one of them is for packs of runs alone.
    """
    of_runs = {
        "--previous": choices.previous,
        "--reason": choices.reason,
        "--registration": choices.registration,
        "--deviations": choices.deviations,
        "--pdf": choices.pdf,
    }
    if given := [name for name, value in of_runs.items() if value]:
        raise HarnessError(f"{given[0]}: for the pack of a run, not for that of a practice test.")
    return CommonChoices(**{one.name: getattr(choices, one.name) for one in fields(CommonChoices)})


def tell_pack(pack: Pack, *, is_signed: bool) -> None:
    """Print what is in a pack of a run that was made, and what is missing."""
    if places := places_of_names(RunFolder(pack.path / RUN).read_plan().plan):
        warn(
            f"The plan names people or their files ({listed(places)}), which have pseudonyms in the pack: whoever "
            "verifies it cannot check the plan's hash. Where a name is not needed, such as in an example, take it "
            "out of the card, and measure again."
        )
    if pack.manifest.withheld:
        say(
            "Checks that rest on what is not in it, and cannot be computed again: "
            f"{listed(pack.manifest.withheld)}."
        )
    _tell(pack.path, pack.manifest, is_signed=is_signed)


def _tell(path: Path, manifest: PackManifest, *, is_signed: bool) -> None:
    size = sum(file.bytes for file in manifest.files)
    say(f"Pack {manifest.pack_id}: {quantity(len(manifest.files), 'file')}, {size:,} bytes, in {path}")
    hidden = manifest.anonymity
    if hidden.subjects_below:
        warn(
            f"{hidden.subjects_below:,} people share their attributes ({listed(hidden.attributes)}) with fewer "
            f"than {hidden.min_subjects} people, the fewest with {hidden.k - 1} others: somebody who knows "
            "these may recognise them. --min-anonymity refuses such a pack."
        )
    answer(pack=path, pack_id=manifest.pack_id, num_files=len(manifest.files), bytes=size, is_signed=is_signed)
    if not is_signed:
        warn(f"It is not signed. Sign it with: harness sign {path} --key FILE")


def show_signatures(pack: Path, keys: Sequence[SigningKey]) -> bool:
    """Verify a pack, print what was found, and sign it unless a promise is broken; whether it was signed."""
    try:
        add = sign_practice_pack if _is_of_practice_test(pack) else add_signatures
        with busy(VERIFYING) as progress:
            paths = add(pack, keys, datetime.now(UTC), show_line, progress)
    except BrokenPackError:
        warn("\nThis pack is not what it says, so it was not signed.")
        return False
    say("")
    for path in paths:
        say(f"Signed: {path}")
    return True


def _is_of_practice_test(pack: Path) -> bool:
    try:
        return is_of_practice_test(read_manifest_bytes(pack))
    except BrokenPackError:  # whoever verifies it says what is wrong
        return False


def show_line(line: Line) -> None:
    """Print one promise, and what was found."""
    add("promises", {"status": line.status, "text": line.text})
    (warn if line.status is Status.BROKEN else say)(f"{_MARKS[line.status]} {line.sentence}")


def show_verification(
    pack: Path,
    keys: Sequence[Path],
    previous: Sequence[Path],
    tsa: Path | None = None,
    reproductions: Sequence[Path] = (),
    studies: Sequence[Path] = (),
) -> bool:
    """Print one line for each promise; whether none is broken."""
    trusted = [read_public_key(path) for path in keys]
    authorities = [] if tsa is None else read_roots(tsa)
    last: Line | None = None
    num_open = 0
    if _is_of_practice_test(pack):
        if previous or reproductions:
            raise HarnessError("--previous and --reproduction are for packs of runs; this is of a practice test.")
        verified = partial(verify_practice, pack, trusted, authorities, studies=studies)
    else:
        if studies:
            raise HarnessError("--study is for packs of practice tests; this is of a run.")
        verified = partial(verify, pack, trusted, previous, authorities, reproductions=reproductions)
    with busy(VERIFYING) as progress:
        for line in verified(progress=progress):
            if line.status is Status.LIMIT and last is not None and last.status is not Status.LIMIT:
                say("\nWhat this cannot show:")
            show_line(line)
            last = line
            num_open += line.status is Status.OPEN
    if last is not None and last.status is Status.BROKEN:
        warn("\nThis pack is not what it says. What would have followed was not checked.")
        return False
    if trusted:
        say(f"\nIt is as holders of the keys that you gave have signed it.{_left_open(num_open)}")
    else:
        say("\nIt holds together. Who made it is not shown: give their public key with --key FILE.")
    return True


def _left_open(num: int) -> str:
    return f" {quantity(num, 'promise')} could not be checked: the lines with a question mark." if num else ""


def opened(paths: Sequence[Path]) -> list[SigningKey]:
    """The private keys of files, asking for passphrases where they are needed."""
    return [open_key(path, partial(_passphrase, path)) for path in paths]


def signer_of(text: str) -> Signer:
    """A signer from ``name; role; organisation``.

    Raises:
        HarnessError: it has not three parts, or one that no key could state.
    """
    parts = [part.strip() for part in text.split(";")]
    if len(parts) != 3 or not all(parts):
        raise HarnessError(f"{text!r}: expected three parts, such as 'Jo Smith; head of laboratory; ACME'.")
    try:
        return Signer(*_SIGNER.validate_python(parts))
    except ValidationError as error:
        raise HarnessError(f"--signer: {validation_problems(error)}") from None


def _passphrase(path: Path) -> str:
    stated = os.environ.get(PASSPHRASE)
    return stated if stated is not None else str(typer.prompt(f"Passphrase of {path}", hide_input=True, err=True))


def _new_passphrase() -> str:
    stated = os.environ.get(PASSPHRASE)
    if stated is not None:
        return stated
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True))
