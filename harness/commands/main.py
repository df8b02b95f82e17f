"""The command line interface, without logic. Heavy modules are only imported when a command is called."""

from __future__ import annotations

import signal
import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness.commands import evidence, reviewing
from harness.commands.arguments import Folder, OwnFolder
from harness.commands.closed_pipe import end_with_the_reader
from harness.errors import ExitCode, HarnessError, ending, exit_on_signal
from harness.resources import configs_beside_cards
from harness.wording import is_encodable, printable

app = typer.Typer(
    name="harness",
    help="Measure emotion-recognition systems (face, voice, wearable signals) on labelled datasets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(evidence.app)
app.add_typer(reviewing.app, name="review")
PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}


class CardKind(StrEnum):
    """What cards describe."""

    dataset = "dataset"
    model = "model"


class Listing(StrEnum):
    """What can be listed."""

    datasets = "datasets"
    models = "models"
    readers = "readers"
    metrics = "metrics"
    checks = "checks"
    conditions = "conditions"
    executors = "executors"
    practice_tests = "practice_tests"


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where the run folders go.")] = Path("outputs/demo"),
) -> None:
    """Measure a real model on each of three modalities, with generated data."""
    from harness.commands.demo import run_demo

    run_demo(out)


@app.command(context_settings=PASS_THROUGH)
def run(context: typer.Context) -> None:
    """Measure a system on a dataset.

    harness run dataset=NAME dataset.root=PATH model=NAME [out=DIR] [overrides…]

    Every value of configs/run.yaml can be overridden (seed=7 device=cuda face.detector=haar), and -m sweeps over
    several (harness run -m dataset=ravdess,emodb model=a,b). --cfg job shows the composed config. The same command
    continues an interrupted run and does not repeat a finished one. Add your own cards and configs with
    --config-dir DIR.
    """
    from harness.commands.run import run_composed

    raise typer.Exit(run_composed(context.args))


@app.command(context_settings=PASS_THROUGH)
def plan(
    context: typer.Context,
    config_dir: OwnFolder = None,
    sign: Annotated[
        Path | None, typer.Option(help="A private key: sign the whole plan, before the run.", show_default=False)
    ] = None,
) -> None:
    """Compute before a run which differences between groups can be detected, and how many subjects are needed.

    harness plan dataset=NAME dataset.root=PATH [attributes.axes=[sex,age,sex*age]] [overrides…]

    Takes the same overrides as harness run, but reads only the list of samples: no media, no model. power.rate,
    power.icc and power.power are the assumptions; measure.tolerance is the difference for which the number of
    subjects is computed. A run writes the same into its plan.yaml. With --sign the plan is registered: written
    into the folder of the run, and signed with a date (docs/evidence.md).
    """
    from harness.commands.plan import show_plan

    show_plan(context.args, config_dir, sign)


@app.command()
def score(
    folder: Folder,
    into: Annotated[Path | None, typer.Option(help="Write results and report there instead.")] = None,
) -> None:
    """Measure again from the stored tables, without model or data, and report whether the results are the same."""
    from harness.commands.score import rescore

    raise typer.Exit(0 if rescore(folder, into) else ExitCode.FAILED_CHECK)


@app.command()
def compare(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR_A DIR_B [DIR_C]…", help="Finished runs.", show_default=False)
    ],
    into: Annotated[
        Path | None, typer.Option(help="Where to write; default: a folder in outputs.", show_default=False)
    ] = None,
    on: Annotated[
        str, typer.Option(help="Match samples by this column; name: by the name of their file.")
    ] = "sample_id",
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="The largest difference that is accepted; default: the first run's plan.", min=1e-9, max=1
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the permutations; default: that of the runs.", min=0, max=2**32 - 1)
    ] = None,
    equivalence: Annotated[
        bool, typer.Option("--equivalence", help="Also test whether the runs may be taken for one system.")
    ] = False,
    margin: Annotated[
        float,
        typer.Option(help="With --equivalence: the largest difference that is accepted.", min=1e-9, max=1),
    ] = 0.02,
    against_first: Annotated[
        bool, typer.Option("--against-first", help="Compare the first run with each other one, not every pair.")
    ] = False,
) -> None:
    """Compare finished runs on the samples that they share: overall and per group."""
    from harness.commands.compare import show_comparison
    from harness.comparison.compare_runs import compare_runs

    compared = compare_runs(
        folders,
        into=into,
        on=on,
        tolerance=tolerance,
        seed=seed,
        margin=margin if equivalence else None,
        against_first=against_first,
    )
    show_comparison(compared)


@app.command(context_settings=PASS_THROUGH, add_help_option=False)
def practice(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="Of the test; if not given, all are listed.", show_default=False)
    ] = None,
    explain: Annotated[bool, typer.Option("--help", help="Show the options of the test and exit.")] = False,
) -> None:
    """Run one of a regulator's practice tests: numbers with intervals, verdicts, and a summary of one page.

    harness practice NAME [OPTION=VALUE]…
    """
    from harness.commands.practice import run_named, show_options, show_practice_tests

    if name is None:
        show_practice_tests()
    elif explain:
        show_options(name)
    else:
        run_named(name, context.args)


@app.command()
def track(
    folder: Annotated[Path, typer.Argument(help="The folder of a run or of a pack.", show_default=False)],
    uri: Annotated[str | None, typer.Option(help="MLflow server or database; default: your data folder.")] = None,
    experiment: Annotated[
        str | None, typer.Option(help="MLflow experiment; default: that of configs/run.yaml.", show_default=False)
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            help="Seconds after which the attempt is over; default: that of configs/run.yaml.",
            show_default=False,
            min=1,
            max=86_400,
        ),
    ] = None,
) -> None:
    """Log a finished run to MLflow, or a pack that verifies."""
    from harness.commands.terminal import say
    from harness.packs.track_pack import is_pack, track_pack
    from harness.tracking.track_run import track as track_run

    tracked = (track_pack if is_pack(folder) else track_run)(
        folder, uri=uri, experiment=experiment, timeout_s=timeout
    )
    say(f"logged as MLflow run {tracked.run_id}" + (f"\n{tracked.url}" if tracked.url else ""))


@app.command(name="list")
def list_names(
    what: Annotated[Listing | None, typer.Argument(help="The kind; if not given, all kinds are listed.")] = None,
    config_dir: OwnFolder = None,
) -> None:
    """List all names of a kind with a short description, including those of other packages."""
    from harness.commands.listing import list_cards, list_kinds, list_metrics, list_registered

    if config_dir is not None:
        configs_beside_cards(config_dir)
    if what is None:
        list_kinds()
    elif what is Listing.metrics:
        list_metrics()
    elif what in (Listing.datasets, Listing.models):
        list_cards(what.value)
    else:
        list_registered(what.value)


@app.command()
def show(kind: CardKind, name: str, config_dir: OwnFolder = None) -> None:
    """Show the card of a dataset or a model: facts, licence, limitations."""
    from harness.commands.listing import show_card

    if config_dir is not None:
        configs_beside_cards(config_dir)
    show_card(kind.value, name)


@app.command()
def check(
    kind: Annotated[str, typer.Argument(metavar="dataset")],
    name: Annotated[str, typer.Argument()],
    options: Annotated[list[str] | None, typer.Argument(metavar="root=PATH [OPTION=VALUE]…")] = None,
) -> None:
    """Check that a dataset on disk agrees with its card.

    Counts, labels, subjects, missing and unreadable files. Exit code 1, with a list, if something differs.
    """
    from harness.commands.dataset_check import check_dataset

    if kind != "dataset":
        raise HarnessError(f"There is no check for {kind!r}. Use: harness check dataset NAME root=PATH")
    raise typer.Exit(0 if check_dataset(name, options or []) else ExitCode.FAILED_CHECK)


@app.command()
def fetch(
    kind: Annotated[str, typer.Argument(help="dataset", show_default=False)],
    name: Annotated[str, typer.Argument(help="Of its card.", show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for it.", show_default=False)],
    accept_licence: Annotated[bool, typer.Option(help="You have read its licence and accept it.")] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="A host that may be asked without encryption, or in your own network.", show_default=False
        ),
    ] = None,
) -> None:
    """Download a dataset that may be downloaded freely, or say where to apply for it.

    The licence is shown first. An interrupted download goes on when the command is repeated.
    """
    from harness.commands.fetch import fetch as write

    if kind != "dataset":
        raise HarnessError(f"There is no {kind!r} to fetch. Use: harness fetch dataset NAME DIR")
    write(name, folder, accept_licence=accept_licence, allow_hosts=allow_host or [])


new = typer.Typer(
    help="Files of your own, to fill in: of a dataset, a system, or a dossier.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(new, name="new")


@new.callback()
def of_new() -> None:
    """Files of your own, to fill in: of a dataset, a system, or a dossier."""


@new.command(name="dataset")
def new_dataset(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="The folder of the corpus.", show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the draft is written.", show_default=False)],
    name: Annotated[str | None, typer.Option(help="Of the dataset; default: that of its folder.")] = None,
) -> None:
    """Draft a card for a corpus from the names of its files, or a table of its samples to fill in.

    Shows which field of the names looks like the emotion, and which like the person. Nothing is written in ROOT.
    """
    from harness.commands.new import new_dataset as write

    write(root, folder, name)


@new.command(name="model")
def new_model(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where they are written.", show_default=False)],
    kind: Annotated[str, typer.Option(help="How it is reached: torch, onnx, http, command, … (docs/connect.md).")],
    modality: Annotated[
        str | None,
        typer.Option(help="What it reads: face, voice, wearable, …; default: what the kind usually does."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Of the model; default: that of DIR.", show_default=False)
    ] = None,
) -> None:
    """Write card, config and README of a system of a known kind, with every key explained, to fill in.

    harness new model --kind onnx --modality face DIR
    """
    from harness.commands.new import new_model as write

    write(kind, folder, modality, name)


@new.command(name="dossier")
def new_dossier(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Where it is written.", show_default=False)],
) -> None:
    """Write a dossier, with every key explained, to fill in: purpose, provider, test, and texts for documents.

    harness new dossier dossier.yaml
    """
    from harness.commands.new import new_dossier as write

    write(path)


attributes = typer.Typer(
    help="Attributes of people, by which they are grouped.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(attributes, name="attributes")


@attributes.callback()
def of_attributes() -> None:
    """Attributes of people, by which they are grouped."""


@attributes.command()
def template(
    source: Annotated[
        list[str],
        typer.Argument(metavar="DIR | dataset=NAME dataset.root=PATH", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="The table; default: people.csv in the dataset's folder.", show_default=False),
    ] = None,
) -> None:
    """Write a table of a dataset's or a run's subjects to fill in, and what may stand in its columns.

    Fill it in, and use it with attributes.file=people.csv.
    """
    from harness.commands.attributes import show_template

    show_template(source, out)


conditions = typer.Typer(
    help="Conditions: the same sample with one thing changed.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(conditions, name="conditions")


@conditions.callback()
def of_conditions() -> None:
    """Conditions: the same sample with one thing changed."""


@conditions.command(name="list")
def list_conditions() -> None:
    """List all conditions with what their severities stand for, and whether labels hold."""
    from harness.commands.listing import list_conditions as write

    write()


@conditions.command(name="show")
def show_condition(
    name: Annotated[str, typer.Argument(help="Such as face/grey or voice/gain@2.", show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the page goes.", show_default=False)],
    source: Annotated[
        list[str] | None,
        typer.Argument(metavar="[dataset=NAME dataset.root=PATH]", show_default=False),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, max=50, help="How many samples.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of what the condition draws.")] = 0,
) -> None:
    """Write a page with samples before and after a condition: pictures, sounds and signals, in one file.

    Without a dataset, simulated samples are shown. Of a family with severities, all of them are.
    """
    from harness.commands.conditions import show_condition as write

    write(name, folder, source or [], samples, seed)


@app.command()
def doctor(
    repair_torchaudio: Annotated[
        bool, typer.Option("--repair-torchaudio", help="Disable torchaudio's CUDA extension for a CPU torch.")
    ] = False,
) -> None:
    """Report whether this machine can run everything: versions, devices, codecs, folders. Exit code 1 if not."""
    from harness.commands.doctor import diagnose

    raise typer.Exit(0 if diagnose(repair_torchaudio=repair_torchaudio) else ExitCode.FAILED_CHECK)


def print_version(wanted: bool) -> None:
    """Print the version and exit."""
    if wanted:
        from harness import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Measure emotion-recognition systems (face, voice, wearable signals) on labelled datasets."""


def main() -> None:
    """Run the command line. User errors give one message and exit code 2, never a traceback."""
    signal.signal(signal.SIGTERM, exit_on_signal)
    end_with_the_reader()
    try:
        try:
            _require_encodable(sys.argv[1:])
            app()
        finally:
            if sys.stdout is not None:  # None if the process was started without one
                sys.stdout.flush()
    except SystemExit as end:
        if end.code == ExitCode.INTERRUPTED:  # Typer exits silently on Ctrl-C
            typer.echo(ending(KeyboardInterrupt())[1], err=True)
        raise
    except (Exception, KeyboardInterrupt) as error:
        code, message = ending(error)
        if code is ExitCode.INTERNAL_ERROR:
            traceback.print_exc()
        typer.echo(printable(message), err=True)
        sys.exit(code)


def _require_encodable(arguments: list[str]) -> None:
    """Refuse what no file of ours could hold; the path of something that is there may have any bytes."""
    for argument in arguments:
        if not is_encodable(argument) and not _exists(argument):
            raise HarnessError(
                f"{argument}: this is not UTF-8. Write it in UTF-8, or rename the file that it names."
            )


def _exists(argument: str) -> bool:
    try:
        return Path(argument).exists()
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


if __name__ == "__main__":
    main()
