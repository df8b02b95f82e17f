"""The commands about evidence packs, without logic: keys, pack, sign, verify, reproduce, gate, history, withdraw.

Heavy modules are only imported when a command is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.commands.arguments import Folder, OwnFolder, PackFolder, Packs
from harness.errors import ExitCode

app = typer.Typer(rich_markup_mode=None)
keys = typer.Typer(help="Keys by which people sign packs.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(keys, name="keys")


@keys.callback()
def of_keys() -> None:
    """Keys by which people sign packs."""


@keys.command(name="new")
def new_keys(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Where the private key is written; FILE.pub is the public one.",
            show_default=False,
        ),
    ],
    name: Annotated[str, typer.Option(help="Of the person.", show_default=False)],
    role: Annotated[str, typer.Option(help="Such as head of laboratory.", show_default=False)],
    organisation: Annotated[str, typer.Option(help="For which they sign.", show_default=False)],
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Store the private key under a passphrase.")
    ] = False,
) -> None:
    """Make a key by which a person signs: Ed25519, in a file that only you can read."""
    from harness.commands.pack import show_new_key
    from harness.conformity.measured_run import Signer

    show_new_key(file, Signer(name, role, organisation), protect=passphrase)


@app.command()
def pack(
    folder: Folder,
    dossier: Annotated[
        Path,
        typer.Option(help="What people state about the system: see harness new dossier.", show_default=False),
    ],
    key: Annotated[
        list[Path] | None, typer.Option(help="A private key to sign with; several may.", show_default=False)
    ] = None,
    signer: Annotated[
        list[str] | None,
        typer.Option(help="Who else is to sign: 'name; role; organisation'.", show_default=False),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="The folder of the pack; default: evidence in that of the run.", show_default=False),
    ] = None,
    previous: Annotated[
        Path | None, typer.Option(help="The pack before of the same system.", show_default=False)
    ] = None,
    reason: Annotated[str, typer.Option(help="Why there is a new one.")] = "",
    registration: Annotated[
        Path | None,
        typer.Option(help="The plan that was signed before; default: in the run's folder.", show_default=False),
    ] = None,
    deviations: Annotated[
        Path | None,
        typer.Option(help="Who changed what of that plan, when and why: a YAML file.", show_default=False),
    ] = None,
    min_anonymity: Annotated[
        int, typer.Option(help="Refuse if fewer people share their exported attributes.", min=1)
    ] = 1,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also make tagged PDFs of the documents (the extra pdf).")
    ] = False,
) -> None:
    """Pack a finished run as evidence that others can verify: without names, hashed and signed."""
    from harness.commands.pack import opened, show_pack, signer_of
    from harness.packs.make_pack import PackChoices

    choices = PackChoices(
        dossier=dossier,
        keys=opened(key or []),
        also_sign=[signer_of(text) for text in signer or []],
        into=into,
        previous=previous,
        reason=reason,
        registration=registration,
        deviations=deviations,
        min_anonymity=min_anonymity,
        pdf=pdf,
    )
    show_pack(folder, choices)


@app.command()
def sign(
    folder: PackFolder,
    key: Annotated[list[Path], typer.Option(help="A private key; several may sign.", show_default=False)],
) -> None:
    """Verify a pack and sign it, unless a promise is broken (exit code 1): who signs vouches for it."""
    from harness.commands.pack import opened, show_signatures

    raise typer.Exit(0 if show_signatures(folder, opened(key)) else ExitCode.FAILED_CHECK)


@app.command()
def verify(
    folder: PackFolder,
    key: Annotated[
        list[Path] | None,
        typer.Option(help="A public key (NAME.pub) that you have from its holder.", show_default=False),
    ] = None,
    previous: Annotated[
        list[Path] | None, typer.Option(help="A pack before this one.", show_default=False)
    ] = None,
    reproduction: Annotated[
        list[Path] | None,
        typer.Option(help="The signed summary of somebody who reproduced it.", show_default=False),
    ] = None,
    tsa: Annotated[
        Path | None,
        typer.Option(help="Certificates (PEM) of authorities whose time stamps you believe.", show_default=False),
    ] = None,
    study: Annotated[
        list[Path] | None,
        typer.Option(help="The pack of a run that a practice test rests on.", show_default=False),
    ] = None,
) -> None:
    """Verify a pack: files, signatures, plan, numbers, documents. Exit code 1 at the first broken promise."""
    from harness.commands.pack import show_verification

    held = show_verification(folder, key or [], previous or [], tsa, reproduction or [], study or [])
    raise typer.Exit(0 if held else ExitCode.FAILED_CHECK)


@app.command()
def reproduce(
    folder: PackFolder,
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="[dataset.root=PATH] [KEY=VALUE]…", show_default=False),
    ] = None,
    key: Annotated[
        list[Path] | None,
        typer.Option(help="A public key (NAME.pub) that you have from its holder.", show_default=False),
    ] = None,
    sign: Annotated[
        Path | None,
        typer.Option(help="Your private key: signs a summary of what was found.", show_default=False),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="The largest difference between scores that is accepted.", min=0, max=1)
    ] = 1e-5,
    into: Annotated[
        Path | None,
        typer.Option(help="The folder of your run; default: one in outputs.", show_default=False),
    ] = None,
    config_dir: OwnFolder = None,
) -> None:
    """Verify a pack, run its plan again with your data and the system, and compare. Exit code 1 if it differs.

    harness reproduce PACK [dataset.root=PATH] [model.weights=PATH] [workers=2] [device=cpu]

    Paths are not part of a plan: you give them. What the plan decides cannot be chosen otherwise.
    """
    from harness.commands.reproduce import ReproduceChoices, show_reproduction

    choices = ReproduceChoices(
        given=given or [], keys=key or [], sign=sign, tolerance=tolerance, into=into, own_configs=config_dir
    )
    raise typer.Exit(0 if show_reproduction(folder, choices) else ExitCode.FAILED_CHECK)


@app.command()
def gate(
    folder: PackFolder,
    policy: Annotated[
        Path, typer.Option(help="What is demanded: a YAML file (docs/evidence.md).", show_default=False)
    ],
    key: Annotated[
        list[Path] | None,
        typer.Option(help="A public key (NAME.pub) that you have from its holder.", show_default=False),
    ] = None,
) -> None:
    """Verify a pack, and check its verdicts against a policy. Exit code 1 if one is not met or open."""
    from harness.commands.gate import show_gate

    raise typer.Exit(0 if show_gate(folder, policy, key or []) else ExitCode.FAILED_CHECK)


@app.command()
def history(
    packs: Packs,
    key: Annotated[
        list[Path] | None,
        typer.Option(help="A public key (NAME.pub) that you have from its holder.", show_default=False),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Also write a page, in this new folder.", show_default=False)
    ] = None,
) -> None:
    """Show one system over its packs: what changed, which verdicts and figures moved, what was measured again."""
    from harness.commands.history import show_history

    raise typer.Exit(0 if show_history(packs, key or [], into) else ExitCode.FAILED_CHECK)


@app.command()
def withdraw(
    folder: Folder,
    people: Annotated[
        Path,
        typer.Argument(
            metavar="PEOPLE", help="A table with the column subject_id: who withdraws.", show_default=False
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why, without names.", show_default=False)],
    into: Annotated[
        Path | None,
        typer.Option(help="The folder of the new run; default: DIR-withdrawn.", show_default=False),
    ] = None,
    dossier: Annotated[
        Path | None, typer.Option(help="Also make a pack, with this dossier.", show_default=False)
    ] = None,
    key: Annotated[
        list[Path] | None, typer.Option(help="A private key to sign the pack with.", show_default=False)
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(help="The pack before; default: evidence in the run's folder.", show_default=False),
    ] = None,
) -> None:
    """Take people out of a finished run, measure what is left, and chain its pack to the one before."""
    from harness.commands.withdraw import WithdrawChoices, show_withdrawal

    choices = WithdrawChoices(reason=reason, into=into, dossier=dossier, keys=key or [], previous=previous)
    show_withdrawal(folder, people, choices)
