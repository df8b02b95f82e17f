"""``harness withdraw``: a finished run without people who have withdrawn, and its pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.commands.json_answer import answer
from harness.commands.pack import PACKING, opened, tell_pack
from harness.commands.terminal import busy, say, warn
from harness.errors import HarnessError
from harness.packs.make_pack import read_manifest
from harness.packs.pack_folder import DEFAULT_NAME
from harness.packs.withdrawn_pack import pack_without
from harness.study.withdrawn_run import withdraw
from harness.wording import quantity


@dataclass(frozen=True)
class WithdrawChoices:
    """How people are withdrawn.

    Attributes:
        reason: why; it is told in the new pack, and names nobody.
        into: the folder of the new run; None: beside the run.
        dossier: of the new pack; None: none is made.
        keys: private keys that sign the new pack.
        previous: the pack before; None: that in the folder of the run.
    """

    reason: str
    into: Path | None
    dossier: Path | None
    keys: Sequence[Path]
    previous: Path | None


def show_withdrawal(path: Path, people: Path, choices: WithdrawChoices) -> None:
    """Withdraw people from a run, pack what is left, and print what is still to be done."""
    if not choices.reason.strip():
        raise HarnessError("--reason is empty. Say why people are withdrawn, without names.")
    previous = choices.previous or path / DEFAULT_NAME
    if choices.dossier is None and (choices.keys or choices.previous is not None):
        raise HarnessError(
            "A pack needs a dossier: give it with --dossier FILE, or leave --key and --previous out."
        )
    if choices.dossier is not None:
        read_manifest(previous)
    keys = opened(choices.keys)
    now = datetime.now(UTC)
    into = choices.into or path.with_name(f"{path.resolve().name}-withdrawn")
    with busy("measuring without them") as progress:
        done = withdraw(path, people, into, choices.reason.strip(), now, progress)
    gone = f"{quantity(done.num_people, 'subject')} with {quantity(done.num_samples, 'sample')} withdrawn"
    say(f"{gone}; {quantity(done.num_left, 'subject')} left. Run: {done.folder.path}")
    answer(
        folder=done.folder.path,
        num_people=done.num_people,
        num_samples=done.num_samples,
        num_left=done.num_left,
    )
    if choices.dossier is not None:
        with busy(PACKING) as progress:
            pack = pack_without(
                path,
                done.folder.path,
                dossier=choices.dossier,
                previous=previous,
                reason=choices.reason.strip(),
                keys=keys,
                now=now,
                progress=progress,
            )
        tell_pack(pack, is_signed=bool(keys))
    warn(
        f"{path}, its packs, the dataset, and what was sent to MLflow still hold these people: delete them there, "
        "and tell whom you gave the pack before."
    )
