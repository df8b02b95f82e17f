"""The command line interface, without logic. Heavy modules are only imported when a command is called."""

from __future__ import annotations

import errno
import gc
import signal
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from harness.commands import catalogue, evidence, large_runs, own_files, reviewing
from harness.commands.arguments import Folder, Overrides, OwnFolder, Runs
from harness.commands.choices_as_options import exists, refuse_choices
from harness.commands.closed_pipe import CLOSED_PIPE, end_with_the_reader
from harness.commands.json_answer import FLAG, answer, print_document, take_flag
from harness.commands.wrong_use import show_wrong_use
from harness.errors import ExitCode, HarnessError, ending, exit_on_signal
from harness.wording import is_encodable, printable

app = typer.Typer(
    name="harness",
    help="Measure emotion-recognition systems (face, voice, wearable signals) on labelled datasets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(catalogue.app)
app.add_typer(own_files.app)
app.add_typer(large_runs.app)
app.add_typer(evidence.app)
app.add_typer(reviewing.app, name="review")
PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where the run folders go.")] = Path("outputs/demo"),
) -> None:
    """Measure a real model on each of three modalities, with generated data."""
    from harness.commands.demo import run_demo

    run_demo(out)


@app.command(context_settings=PASS_THROUGH)
def run(overrides: Overrides = None) -> None:
    """Measure a system on a dataset.

    harness run dataset=NAME dataset.root=PATH model=NAME [out=DIR] [overrides…]

    Every value of configs/run.yaml can be overridden (seed=7 device=cuda face.detector=haar), and -m sweeps over
    several (harness run -m dataset=ravdess,emodb model=a,b). --cfg job shows the composed config. The same command
    continues an interrupted run and does not repeat a finished one. Add your own cards and configs with
    --config-dir DIR.
    """
    from harness.commands.lean_imports import lean_imports

    lean_imports()
    from harness.commands.run import run_composed

    raise typer.Exit(run_composed(overrides or []))


@app.command(context_settings=PASS_THROUGH)
def plan(
    overrides: Overrides = None,
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
    from harness.commands.lean_imports import lean_imports

    lean_imports()
    from harness.commands.plan import show_plan

    show_plan(overrides or [], config_dir, sign)


@app.command()
def score(
    folder: Folder,
    into: Annotated[Path | None, typer.Option(help="Write results and report there instead.")] = None,
    workers: Annotated[
        int, typer.Option(help="Processes of this machine that count millions of predictions.", min=1, max=1024)
    ] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(help="Count them on a Ray cluster instead: local, auto or its address.", show_default=False),
    ] = None,
) -> None:
    """Measure again from the stored tables, without model or data, and report whether the results are the same."""
    from harness.commands.lean_imports import lean_imports

    lean_imports()
    from harness.commands.score import rescore
    from harness.study.run_at_address import copy_for_reading

    raise typer.Exit(
        0 if rescore(copy_for_reading(folder), into, workers=workers, cluster=cluster) else ExitCode.FAILED_CHECK
    )


@app.command()
def compare(
    folders: Runs,
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
    from harness.commands.terminal import busy
    from harness.comparison.compare_runs import compare_runs
    from harness.study.run_at_address import copy_for_reading

    with busy("comparing") as progress:
        compared = compare_runs(
            [copy_for_reading(folder) for folder in folders],
            into=into,
            on=on,
            tolerance=tolerance,
            seed=seed,
            margin=margin if equivalence else None,
            against_first=against_first,
            progress=progress,
        )
    show_comparison(compared)


@app.command()
def view(
    given: Annotated[list[str], typer.Argument(metavar="DIR [DIR] [dataset.root=PATH]…", show_default=False)],
    port: Annotated[int, typer.Option(help="Where the page is served; 0 for a free port.", min=0, max=65535)] = 0,
    result: Annotated[
        int | None,
        typer.Option(help="Open on the samples behind this row of the results.", min=0, show_default=False),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address alone.")] = False,
    config_dir: OwnFolder = None,
) -> None:
    """Look at the samples of a finished run, or at what two runs answer differently, in a browser on this machine.

    harness view DIR [DIR] [dataset.root=PATH]

    Media stay where they are; dataset.root says where that is. Pictures are blurred until you press b.
    """
    from harness.commands.view import show_viewer

    show_viewer(given, port=port, browser=not no_browser, own_configs=config_dir, result=result)


@app.command(context_settings=PASS_THROUGH, add_help_option=False)
def practice(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Of the test; if not given, all are listed.", show_default=False),
    ] = None,
    config_dir: OwnFolder = None,
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
        run_named(name, context.args, config_dir)


@app.command()
def track(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="The folder of a run or of a pack.",
            show_default=False,
            callback=refuse_choices,
        ),
    ],
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
    from harness.commands.terminal import busy, say
    from harness.packs.track_pack import is_pack, track_pack
    from harness.tracking.track_run import track as track_run

    with busy("logging to MLflow"):
        tracked = (track_pack if is_pack(folder) else track_run)(
            folder, uri=uri, experiment=experiment, timeout_s=timeout
        )
    answer(run_id=tracked.run_id, url=tracked.url)
    say(f"logged as MLflow run {tracked.run_id}" + (f"\n{tracked.url}" if tracked.url else ""))


@app.command()
def doctor() -> None:
    """Report whether this machine can run everything: versions, devices, codecs, folders. Exit code 1 if not."""
    from harness.commands.doctor import diagnose

    raise typer.Exit(0 if diagnose() else ExitCode.FAILED_CHECK)


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
    as_json: Annotated[
        bool,
        typer.Option(FLAG, help="Print one JSON document, after any command; what people read: standard error."),
    ] = False,
) -> None:
    """Measure emotion-recognition systems (face, voice, wearable signals) on labelled datasets."""


def main() -> None:
    """Run the command line. User errors give one message and exit code 2, never a traceback."""
    _unwind_on_signals()
    end_with_the_reader()
    # Imports and tables make many objects that stay: a tenth of a small run was looking for garbage among them.
    gc.set_threshold(400_000, 50, 50)
    code, error = _called(take_flag(sys.argv[1:]))
    gc.freeze()  # as it ends, Python looks for garbage in all that is there: a tenth of a small run as well
    try:
        print_document(code, error)
    except OSError as failed:  # the place for standard output is full, or nobody reads it
        if failed.errno == errno.EPIPE:
            sys.exit(CLOSED_PIPE)
        code, error = ending(failed)
        typer.echo(error, err=True)
    sys.exit(code)


def _unwind_on_signals() -> None:
    """Leave nothing behind on ``kill``, or when the terminal is closed; what nohup starts stays."""
    signal.signal(signal.SIGTERM, exit_on_signal)
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is signal.SIG_DFL:
        signal.signal(hangup, exit_on_signal)


def _called(arguments: list[str]) -> tuple[int, str | None]:
    """Call the command; the exit code, and the message of what stopped it."""
    try:
        try:
            _require_encodable(arguments)
            # completion asks for the name, however the program was started
            code = app(arguments, prog_name=app.info.name, standalone_mode=False)
        finally:
            if sys.stdout is not None:  # None if the process was started without one
                sys.stdout.flush()
    except SystemExit as end:
        stopped = end.code == 128 + signal.SIGTERM
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return code, ending(KeyboardInterrupt())[1] if stopped else None
    except typer.Abort:
        typer.echo("Aborted!", err=True)
        return int(ExitCode.FAILED_CHECK), None
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, Exception) and (wrong := show_wrong_use(error)) is not None:
            return int(ExitCode.WRONG_USE), wrong
        code, message = ending(error)
        if code is ExitCode.INTERNAL_ERROR:
            traceback.print_exc()
        typer.echo(printable(message), err=True)
        return code, printable(message)
    if code == ExitCode.INTERRUPTED:  # Typer says nothing of Ctrl-C
        message = ending(KeyboardInterrupt())[1]
        typer.echo(message, err=True)
        return int(code), message
    return int(code or 0), None


def _require_encodable(arguments: list[str]) -> None:
    """Refuse what no file of ours could hold; the path of something that is there may have any bytes."""
    for argument in arguments:
        if not is_encodable(argument) and not exists(argument):
            raise HarnessError(
                f"{argument}: this is not UTF-8. Write it in UTF-8, or rename the file that it names."
            )


if __name__ == "__main__":
    main()
