"""``harness new``: files of your own, to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.commands.json_answer import answer
from harness.commands.terminal import say
from harness.report.numbers import one_line
from harness.study.new_model import next_command, write_new_model
from harness.wording import quantity

if TYPE_CHECKING:
    from harness.datasets.name_fields import Naming


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
    command = next_command(written.name, written.folder, trust=written.trust)
    say(f"  {command}")
    answer(files=written.files, command=command)


def new_dataset(root: Path, folder: Path, name: str | None) -> None:
    """Write a draft of a card, or a table, and print what the names of files seem to state.

    Args:
        root: see `write_new_dataset`.
        folder: see `write_new_dataset`.
        name: see `write_new_dataset`.
    """
    from harness.study.new_dataset import write_new_dataset

    written = write_new_dataset(root, folder, name)
    naming = written.naming
    say(one_line(f"{quantity(written.num_files, 'file')} below {root}."))
    for known, num in written.known.items():
        say(f"It can be read as {known} ({quantity(num, 'sample')}): harness check dataset {known} root={root}")
    answer(files=written.files, num_files=written.num_files, known=dict(written.known))
    if not written.files:
        return
    if naming is None:
        say("They are not named alike, so nothing is taken from their names.")
    else:
        say_naming(naming, has_pattern=not written.is_table)
    say("Written:\n" + "\n".join(f"  {path}" for path in written.files))
    if written.is_table:
        say(f"Fill in its empty cells, and move it into {root}. Then: harness check dataset table root={root}")
    else:
        say("Look at every guess in the card, and replace every ???. Then:")
        say(f"  HARNESS_CARDS={folder} harness check dataset {written.name} root={root}")


def say_naming(naming: Naming, *, has_pattern: bool) -> None:
    """Print what the names of files seem to state.

    Args:
        naming: of the files.
        has_pattern: a card was drafted, whose pattern names the fields; a table of samples has none.
    """
    say(f"{naming.num_files:,} of them are named like {one_line(naming.example)}:")
    for field in naming.fields:
        looks = f" <- looks like the {_ROLES[field.name]}: {field.why}" if field.why else ""
        say(f"  {field.name}: {one_line(field.shown())}{looks}")
    for name_of, role in _ROLES.items():
        if naming.looks_like(name_of) is None:
            remedy = f" If one of them is, call it {name_of} in the pattern of the card." if has_pattern else ""
            say(f"No field looks like the {role}.{remedy}")


_ROLES = {"label": "emotion", "subject": "person"}


def new_dossier(path: Path) -> None:
    """Write a dossier, and print what to do next.

    Args:
        path: see `write_new_dossier`.
    """
    from harness.conformity.new_dossier import write_new_dossier

    write_new_dossier(path)
    say(f"Written: {path}")
    answer(files=[path])
    say("Replace every ??? in it, and state what else you know (docs/conformity.md).")
