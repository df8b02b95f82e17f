"""The folder of a first study: its config, the files that are to be filled in, and the commands in their order."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from harness.attributes.groups import axes_of
from harness.attributes.template import named_columns, write_template
from harness.attributes.vocabulary import as_column
from harness.cards import registry
from harness.cards.described import TO_FILL
from harness.cards.facts import card_names, dataset_card, model_card
from harness.cards.modality import Modality
from harness.errors import HarnessError
from harness.files import read_text
from harness.resources import configs_beside_cards
from harness.study.assembly import open_reader
from harness.study.new_dataset import NewDataset, write_new_dataset
from harness.study.new_files import remove_written, require_name, write_new
from harness.study.new_model import write_new_model
from harness.study.own_table import check_arguments, listable_options, own_table, with_choices_explained
from harness.tables.samples import with_subjects
from harness.user_tables.table_formats import FORMATS

OWN_FILES = "files"
"""The answer that the data are files of one's own, whose names say what they hold."""

PEOPLE = "people.csv"
_STUDY = "study"
_READY = {
    "face": "fer_mini_xception",
    "voice": "voice_functionals_svm",
    "wearable": "wearable_stress",
    "eeg": "eeg_bandpower",
}
"""Modality → a system for those who have none yet: it comes with the harness, or is trained within the study."""
_PLAN = "See which differences between groups these people can show"


@dataclass(frozen=True)
class StudyAnswers:
    """What a user says of a first study.

    Attributes:
        modality: what the system reads.
        dataset: the name of a card, or `OWN_FILES`.
        root: where the data lie; None for simulated ones.
        system: the name of a model's card, a kind of model, or the path of a table with a system's answers.
        attributes: by which people are grouped.
    """

    modality: str
    dataset: str
    root: Path | None
    system: str
    attributes: Sequence[str] = ()


@dataclass
class NewStudy:
    """What was written.

    Attributes:
        name: of the config, for ``+study=NAME``.
        files: in the order in which they are looked at.
        to_fill: those in which something is marked that has to be replaced.
        drafted: what was written of files of one's own; None without any.
        guessed: columns of a table of one's own → what they seem to be.
        num_people: in the table of people; None if none was written.
        why_no_people: why there is no such table.
        people_later: attributes for which one is needed once the samples can be listed.
        commands: what each is for → the command, in their order.
    """

    name: str
    files: list[Path] = field(default_factory=list)
    to_fill: list[Path] = field(default_factory=list)
    drafted: NewDataset | None = None
    guessed: Mapping[str, str | None] = field(default_factory=dict)
    num_people: int | None = None
    why_no_people: str = ""
    people_later: Sequence[str] = ()
    commands: dict[str, str] = field(default_factory=dict)


def datasets_for(modality: str) -> list[str]:
    """The datasets whose samples a system of a modality can read, those made here first, then `OWN_FILES`."""
    cards = [dataset_card(name) for name in card_names("datasets")]
    fitting = [card for card in cards if not card.modalities or modality in card.modalities]
    own = [OWN_FILES] if modality in (Modality.FACE, Modality.VOICE) else []
    return [*(card.name for card in sorted(fitting, key=lambda card: not card.is_made_here)), *own]


def systems_for(modality: str) -> list[str]:
    """The systems that can be measured as they are, the one first that needs nothing else."""
    cards = [model_card(name) for name in card_names("models")]
    reading = [card.name for card in cards if modality in card.modalities]
    return list(dict.fromkeys([_READY.get(modality, "majority"), *reading, "majority", "human_raters"]))


def is_made_here(dataset: str) -> bool:
    """Whether a dataset is made on the fly, so that it lies nowhere."""
    return dataset != OWN_FILES and dataset_card(dataset).is_made_here


def write_new_study(folder: Path, answers: StudyAnswers) -> NewStudy:
    """Write the folder of a study.

    Args:
        folder: a new one; its name becomes that of the study and of a system of one's own.
        answers: what the user said.

    Raises:
        HarnessError: the folder holds something, its name cannot be used, or an answer fits nothing. Nothing is
            left in the folder.
    """
    name = require_new_folder(folder)
    study = NewStudy(name)
    if answers.root is not None:
        answers = replace(answers, root=answers.root.expanduser())
    try:
        return _written(study, folder, answers)
    except BaseException:
        remove_written(study.files, folder)  # a second try would find a folder that holds something
        raise


def require_new_folder(folder: Path) -> str:
    """The name of a study in a folder.

    Raises:
        HarnessError: the folder holds something, or its name cannot be used.
    """
    name = folder.absolute().name.lower().replace("-", "_")
    require_name(name, "a study", "Choose a folder of another name.")
    if folder.is_dir() and any(folder.iterdir()):
        raise HarnessError(f"{folder} holds files already. Choose another folder.")
    return name


def _written(study: NewStudy, folder: Path, answers: StudyAnswers) -> NewStudy:
    dataset = _dataset(study, folder, answers)
    model = _model(study, folder, answers)
    folder.mkdir(parents=True, exist_ok=True)
    study.to_fill = [path for path in study.files if _is_to_fill(path)]
    attributes = _people(study, folder, answers, dataset)
    config = folder / "configs" / _STUDY / f"{study.name}.yaml"
    write_new({config: with_choices_explained(_config(dataset, model, attributes))})
    study.files.insert(0, config)
    if _is_to_fill(config):
        study.to_fill.insert(0, config)
    study.commands = _commands(study, folder, answers, dataset, trust=model.get("trust", False))
    write_new({folder / "README.md": _readme(study, folder)})
    study.files.append(folder / "README.md")
    return study


def _is_to_fill(path: Path) -> bool:
    """Whether something is marked in a file, other than in comments; a drafted table always has empty cells."""
    lines = read_text(path).split("\n")
    return path.suffix == ".csv" or any(
        TO_FILL in line.partition("#")[0] for line in lines if path.suffix == ".yaml"
    )


def _dataset(study: NewStudy, folder: Path, answers: StudyAnswers) -> dict[str, Any]:
    """The choices of the dataset; a card is drafted for files of one's own."""
    root = {} if answers.root is None else {"root": str(answers.root.absolute())}
    if answers.dataset != OWN_FILES:
        dataset_card(answers.dataset)
        if answers.dataset != "table" or answers.root is None:
            return {"name": answers.dataset, **root}
        found = own_table(answers.root)
        study.guessed = found.guessed
        return {"name": answers.dataset, **root, "modality": answers.modality, **found.options}
    if answers.root is None:
        raise HarnessError("Say where your files lie: --root PATH.")
    written = write_new_dataset(answers.root, folder, f"{study.name}_data")
    study.files.extend(written.files)
    study.drafted = written
    if written.is_table:
        return {"name": "table", **root, "file": str(written.files[0].absolute()), "modality": answers.modality}
    return {"name": written.name, **root}


def _model(study: NewStudy, folder: Path, answers: StudyAnswers) -> dict[str, Any]:
    """The choices of the system; card and config are drafted for one of a known kind."""
    path = Path(answers.system).expanduser()
    if path.suffix.lower() in FORMATS:
        if not path.is_file():
            raise HarnessError(f"{path}: there is no such file with answers.")
        return {"name": "predictions", "file": str(path.absolute()), "system": study.name}
    if answers.system in card_names("models"):
        return {"name": answers.system}
    if answers.system not in registry.names("models"):
        known = ", ".join([*systems_for(answers.modality), *registry.names("models")])
        raise HarnessError(
            f"{answers.system!r} is no system, kind of system or table of answers. There are: {known}."
        )
    written = write_new_model(answers.system, folder, answers.modality, study.name)
    study.files.extend(written.files)
    return {"name": written.name, "trust": written.trust}


def _people(study: NewStudy, folder: Path, answers: StudyAnswers, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of attributes; a table of people is written where the dataset lacks one and can be listed."""
    names = [as_column(name) for name in answers.attributes]
    if not names:
        study.why_no_people = "You named no attribute: people are grouped by what the dataset says of them."
        return {}
    configs_beside_cards(folder)
    try:
        samples = open_reader(dataset["name"], answers.root, listable_options(dataset)).samples()
    except HarnessError as error:
        study.why_no_people = f"The samples cannot be listed yet, so there is no table of people. {error}"
        study.people_later = names
        return {}
    present = axes_of(samples)
    missing = [name for name in names if name not in present]
    if not missing:
        study.why_no_people = f"The dataset itself says of its people: {', '.join(names)}."
        return {"axes": names}
    subjects = with_subjects(samples)["subject_id"].unique().to_pylist()
    page = write_template(folder / PEOPLE, subjects, named_columns(missing))
    study.files += [folder / PEOPLE, page]
    study.num_people = len(subjects)
    return {"file": str((folder / PEOPLE).absolute()), "axes": names}


def _config(dataset: Mapping[str, Any], model: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    sections = {
        "dataset": {key: value for key, value in dataset.items() if key != "name"},
        "model": {key: value for key, value in model.items() if key not in ("name", "trust")},
        "attributes": attributes,
    }
    chosen: dict[str, Any] = {
        "defaults": [{"override /dataset": dataset["name"]}, {"override /model": model["name"]}],
        **{key: dict(section) for key, section in sections.items() if section},
    }
    return (
        "# @package _global_\n"
        "# The choices of this study. `harness run … --cfg job` shows all others with their defaults; each may\n"
        "# stand here, and be overridden on the command line.\n"
        + yaml.safe_dump(chosen, sort_keys=False, allow_unicode=True)
    )


def _commands(
    study: NewStudy, folder: Path, answers: StudyAnswers, dataset: Mapping[str, Any], *, trust: bool
) -> dict[str, str]:
    chosen = ["--config-dir", str(folder), f"+{_STUDY}={study.name}"]
    run = ["harness", "run", *chosen, *(["model.trust=true"] if trust else [])]
    cards = f"HARNESS_CARDS={shlex.quote(str(folder))} " if answers.dataset == OWN_FILES else ""
    check = f"{cards}harness check dataset {check_arguments(dataset)}"
    table = folder / PEOPLE
    axes = f"attributes.axes=[{','.join(study.people_later)}]"
    template = shlex.join(["harness", "attributes", "template", *chosen, axes, "--out", str(table)])
    with_people = f" attributes.file={shlex.quote(str(table))} {shlex.quote(axes)}" if study.people_later else ""
    plan = shlex.join(["harness", "plan", *chosen])
    return {
        **({} if answers.root is None else {"See whether the data are what they should be": check}),
        **({"Write the table of people, and fill it in": template} if study.people_later else {}),
        _PLAN: plan + with_people,
        "Try it out on a few samples": shlex.join([*run, "limit=50"]),
        "Measure": shlex.join(run) + with_people,
    }


def _readme(study: NewStudy, folder: Path) -> str:
    steps = [f"Replace every `???` in `{path}`." for path in study.to_fill]
    if study.num_people is not None:
        steps.append(
            f"Fill in `{folder / PEOPLE}`, one line per person; `{PEOPLE.replace('csv', 'txt')}` explains it."
        )
    steps += [f"{what}:\n\n   ```\n   {command}\n   ```\n" for what, command in study.commands.items()]
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    return (
        f"# {study.name}\n\n"
        f"{numbered}\n"
        "The run prints where its report lies. The first command shows the samples behind it, the second\n"
        "measures again from its tables:\n\n"
        "```\n"
        f"harness view FOLDER --config-dir {shlex.quote(str(folder))} dataset.root=PATH_OF_THE_SAMPLES\n"
        "harness score FOLDER\n"
        "```\n\n"
        "To sign it, so that others can verify it; the plan before the measuring, optional and worth it:\n\n"
        "```\n"
        'harness keys new me.key --name "YOUR NAME" --role "YOUR ROLE" --organisation "YOUR ORGANISATION"\n'
        f"{study.commands[_PLAN]} --sign me.key\n"
        "harness new dossier dossier.yaml\n"
        "harness pack FOLDER --dossier dossier.yaml --key me.key\n"
        "harness verify FOLDER/evidence --key me.key.pub\n"
        "```\n\n"
        "The dossier states what only people can: replace every `???` in it before the pack is made.\n"
    )
