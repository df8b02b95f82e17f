"""``harness init``: five questions, and the folder of a first study."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import typer

from harness.cards import registry
from harness.cards.modality import Modality
from harness.commands.json_answer import answer
from harness.commands.new import say_naming
from harness.commands.terminal import say, warn
from harness.errors import HarnessError
from harness.study.new_study import (
    StudyAnswers,
    datasets_for,
    is_made_here,
    require_new_folder,
    systems_for,
    write_new_study,
)
from harness.user_tables.table_formats import FORMATS
from harness.wording import listed, quantity

_MODALITIES = [modality.value for modality in Modality if modality is not Modality.NOT_STATED]


def init(
    folder: Path,
    modality: str | None,
    dataset: str | None,
    root: Path | None,
    system: str | None,
    attributes: str | None,
) -> None:
    """Ask what is not given as an option, write the folder, and print what to do next.

    Args:
        folder: see `write_new_study`.
        modality: see `StudyAnswers`.
        dataset: see `StudyAnswers`.
        root: see `StudyAnswers`.
        system: see `StudyAnswers`.
        attributes: separated by commas; empty for none.

    Raises:
        HarnessError: an answer fits nothing, or one is missing and nobody can be asked.
    """
    require_new_folder(folder)
    modality = _answer(modality, "--modality", "What does the system read", _MODALITIES, "face")
    datasets = datasets_for(modality)
    dataset = _answer(
        dataset,
        "--dataset",
        "Which data do you have: a known dataset, a table of samples, or files of your own",
        datasets,
        datasets[0],
    )
    if root is None and not is_made_here(dataset):
        root = Path(_answer(None, "--root", "In which folder do they lie", None, None, _require_folder))
    systems = systems_for(modality)
    system = _answer(
        system,
        "--system",
        "What is measured: a known system, a kind of your own (docs/connect.md), or a table of its answers",
        [*systems, *registry.names("models")],
        systems[0],
        _require_answers,
        is_other=lambda given: Path(given).suffix.lower() in FORMATS,
    )
    attributes = _answer(
        attributes,
        "--attributes",
        "What do you know of the people, such as sex,age,skin_tone,neurodivergence; none for nothing",
        None,
        "none",
    )
    named = [name.strip() for name in attributes.split(",") if name.strip() not in ("", "none")]
    _show(folder, StudyAnswers(modality, dataset, root, system, named))


def _show(folder: Path, answers: StudyAnswers) -> None:
    study = write_new_study(folder, answers)
    if study.drafted is not None:
        say(f"{quantity(study.drafted.num_files, 'file')} below {answers.root}.")
        if study.drafted.naming is not None:
            say_naming(study.drafted.naming, has_pattern=not study.drafted.is_table)
            place = (
                "fill in the table" if study.drafted.is_table else "name it otherwise in the pattern of the card"
            )
            say(f"If a field is not what it looks like, {place}.")
    if study.guessed:
        kept = {column: meant for column, meant in study.guessed.items() if meant is not None}
        told = [f"{column} is {meant}" for column, meant in kept.items()]
        told += [f"{column} is left out" for column in study.guessed if column not in kept]
        say(f"Of the table's columns, {listed(told, len(told))}. If not, say so under columns in the config.")
    say("Written:\n" + "\n".join(f"  {path}" for path in study.files))
    if study.num_people is None:
        say(study.why_no_people)
    else:
        say(f"Fill in people.csv: {quantity(study.num_people, 'subject')}, one line each.")
    for path in study.to_fill:
        say(f"Replace every ??? in {path}.")
    for what, command in study.commands.items():
        say(f"{what}:\n  {command}")
    answer(files=study.files, to_fill=study.to_fill, guessed=study.guessed, commands=study.commands)


def _answer(
    given: str | None,
    option: str,
    question: str,
    known: Sequence[str] | None,
    default: str | None,
    require: Callable[[str], None] | None = None,
    *,
    is_other: Callable[[str], bool] | None = None,
) -> str:
    """The answer to one question: as given, or asked for until it fits.

    Args:
        given: as an option; None if it is asked for.
        option: its name.
        question: without its question mark.
        known: the answers there are; None for any.
        default: that an empty line stands for.
        require: raises a `HarnessError` for an answer that does not do.
        is_other: whether an answer that is not among the known ones does all the same; None: none does.

    Raises:
        HarnessError: the given answer does not do, or nobody can be asked.
    """

    def fitting(answer: str) -> str:
        if known is not None and answer not in known and not (is_other and is_other(answer)):
            raise HarnessError(f"{option}: {answer!r} is none of {_listed(known)}.")
        if require is not None:
            require(answer)
        return answer

    if given is not None:
        return fitting(given)
    if not sys.stdin.isatty():
        raise HarnessError(f"{question}? Nobody can be asked here: say it with {option}.")
    if known is not None:
        say(f"\n{_listed(known)}")
    while True:
        try:
            return fitting(typer.prompt(f"{question}?", default=default).strip())
        except HarnessError as error:
            warn(str(error))


def _require_folder(answer: str) -> None:
    if not Path(answer).expanduser().is_dir():
        raise HarnessError(f"{answer}: there is no such folder.")


def _require_answers(answer: str) -> None:
    path = Path(answer).expanduser()
    if path.suffix.lower() in FORMATS and not path.is_file():
        raise HarnessError(f"{answer}: there is no such file with answers.")


def _listed(names: Collection[str]) -> str:
    return ", ".join(dict.fromkeys(names))
