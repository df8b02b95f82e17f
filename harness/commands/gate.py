"""``harness gate``: whether a pack meets a policy, for automatic tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.commands.pack import VERIFYING, show_line
from harness.commands.terminal import busy, say, warn
from harness.packs.lines import Line, Status
from harness.packs.policy import policy_lines, read_policy
from harness.packs.received_pack import BrokenPackError
from harness.packs.signing_keys import read_public_key
from harness.packs.verified_pack import verified_pack
from harness.tables.versions import read_table
from harness.wording import quantity


def show_gate(pack: Path, policy: Path, keys: Sequence[Path]) -> bool:
    """Verify a pack and print whether it meets each demand; whether it meets all."""
    demands = read_policy(policy)
    trusted = [read_public_key(path) for path in keys]
    try:
        with busy(VERIFYING) as progress, verified_pack(pack, trusted, _show_broken, progress) as verified:
            results = read_table(verified.run / "results.parquet", "results").table
            lines = list(policy_lines(demands, results, verified.manifest))
            say(f"Pack {verified.manifest.pack_id} holds together: {verified.manifest.system.title}.")
    except BrokenPackError:
        warn("\nThis pack is not what it says. It is not measured against the policy.")
        return False
    for line in lines:
        show_line(line)
    if failed := sum(line.status is Status.BROKEN for line in lines):
        warn(f"\n{quantity(failed, 'demand')} of {len(lines):,} not met.")
        return False
    if not trusted:
        say("\nWho made the pack is not shown: give their public key with --key FILE.")
    return True


def _show_broken(line: Line) -> None:
    if line.status is Status.BROKEN:
        show_line(line)
