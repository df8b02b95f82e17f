"""``harness new``: files of your own, to fill in."""

from __future__ import annotations

from pathlib import Path

from harness.commands.terminal import say
from harness.study.new_model import next_command, write_new_model


def new_model(kind: str, folder: Path, modality: str | None, name: str | None) -> None:
    """Write card, config and README, and print what to do next.

    Args:
        kind: see `write_new_model`.
        folder: see `write_new_model`.
        modality: see `write_new_model`.
        name: see `write_new_model`.
    """
    written = write_new_model(kind, folder, modality, name)
    say("Written:\n" + "\n".join(f"  {path}" for path in written.files))
    say(f"Replace every ??? in them (docs/connect.md explains the kind {kind}), then:")
    say(f"  {next_command(written.name, written.folder, trust=written.trust)}")


def new_dossier(path: Path) -> None:
    """Write a dossier, and print what to do next.

    Args:
        path: see `write_new_dossier`.
    """
    from harness.conformity.new_dossier import write_new_dossier

    write_new_dossier(path)
    say(f"Written: {path}")
    say("Replace every ??? in it, and state what else you know (docs/conformity.md).")
