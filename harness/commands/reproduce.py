"""``harness reproduce``: run the plan of a pack again, and compare."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.commands.json_answer import answer
from harness.commands.pack import VERIFYING, opened, show_line
from harness.commands.terminal import TerminalObserver, busy, say, warn
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import sha256_file, write_bytes
from harness.packs.lines import Line, Status
from harness.packs.planned_study import planned_study
from harness.packs.received_pack import BrokenPackError
from harness.packs.reproduced import asks_a_system, reproduction_lines
from harness.packs.reproduction import REPRODUCTION, is_reproduced, summary_bytes
from harness.packs.signing_keys import read_public_key
from harness.packs.verified_pack import VerifiedPack, verified_pack
from harness.resources import configs_beside_cards
from harness.study.run_study import run
from harness.wording import quantity


@dataclass(frozen=True)
class ReproduceChoices:
    """How a pack is reproduced.

    Attributes:
        given: overrides, of what the plan does not decide.
        keys: public keys of those who signed the pack.
        sign: the private key of whoever reproduces it; None: nothing is signed.
        tolerance: the largest difference between scores that is accepted.
        into: the folder of the run.
        own_configs: a folder of the user's own cards.
    """

    given: Sequence[str]
    keys: Sequence[Path]
    sign: Path | None
    tolerance: float
    into: Path | None
    own_configs: Path | None


def show_reproduction(pack: Path, choices: ReproduceChoices) -> bool:
    """Verify a pack, run its plan again, and print what is the same; whether everything is."""
    trusted = [read_public_key(path) for path in choices.keys]
    key = None if choices.sign is None else opened([choices.sign])[0]
    if choices.own_configs is not None:
        configs_beside_cards(choices.own_configs)
    try:
        with ExitStack() as stack:
            with busy(VERIFYING) as progress:
                verified = stack.enter_context(verified_pack(pack, trusted, _show_but_limits, progress))
            own = _run_again(verified, choices)
            found = []
            with busy("comparing") as progress:
                for one in reproduction_lines(verified.run, own, choices.tolerance, progress):
                    show_line(one.line)
                    found.append(one)
            digest = verified.manifest_sha256
    except BrokenPackError:
        warn("\nThis pack is not what it says, so it was not run again.")
        return False
    answer(folder=own.path, reproduces=is_reproduced(found))
    if key is not None:
        data = summary_bytes(
            digest, own, found, tolerance=choices.tolerance, key=key, now=datetime.now(UTC).astimezone()
        )
        write_bytes(data, own / REPRODUCTION)
        say(f"\nSigned: {own / REPRODUCTION}\nTo be shown with: harness verify {pack} --reproduction FILE")
    if not is_reproduced(found):
        warn("\nIt does not reproduce.")
        return False
    if asks_a_system(own.read_plan().plan):
        say("\nIt reproduces: whoever made the pack did not invent its predictions.")
    else:
        say("\nIt reproduces from the answers that you have; whether these are the system's own is not shown.")
    return True


def _show_but_limits(line: Line) -> None:
    if line.status is not Status.LIMIT:
        show_line(line)


def _run_again(verified: VerifiedPack, choices: ReproduceChoices) -> RunFolder:
    """Run the plan, and tell on what."""
    manifest = verified.manifest
    folder = choices.into or Path("outputs") / f"reproduction-{manifest.pack_id}"
    config = planned_study(verified.run.read_plan().plan, choices.given, folder)
    dataset = manifest.dataset
    say(
        f"\nRunning it again in {folder}: {manifest.system.title} on {dataset.title}, "
        f"{quantity(dataset.num_samples, 'sample')} of {quantity(dataset.num_subjects, 'subject')}"
    )
    _require_another_run(folder, manifest.run.run_sha256)
    with TerminalObserver() as observer:
        study = run(config, observer)
    if study.was_finished:
        started = (study.folder.read_run() or {}).get("started")
        say(f"The run in {folder} was finished before (begun {started}), and is compared as it is.")
    say("")
    return study.folder


def _require_another_run(folder: Path, run_sha256: str) -> None:
    """Refuse the folder of the very run that the pack is of: it would be compared with itself."""
    record = folder / "run.json"
    if record.is_file() and sha256_file(record) == run_sha256:
        raise HarnessError(f"{folder} holds the run that the pack is of. Give a new folder with --into DIR.")
