"""``harness attributes template``: writes a table of people to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from harness.attributes.group import TIMES
from harness.attributes.groups import axes_of
from harness.attributes.template import explanation, named_columns, template_columns, write_template
from harness.commands.json_answer import answer
from harness.commands.terminal import busy, say
from harness.errors import HarnessError
from harness.files import require_reachable
from harness.study.assembly import open_reader
from harness.study.compose import compose_study
from harness.study.preview import ANY_MODEL
from harness.tables.samples import validate_samples, with_subjects
from harness.tables.versions import read_table

FILE = "people.csv"


def show_template(arguments: Sequence[str], out: Path | None = None, own_configs: Path | None = None) -> None:
    """Write the table for the subjects of a dataset or a run, and print what may stand in its columns.

    Args:
        arguments: the folder of a run, or of a dataset with a table of samples; or overrides as for
            ``harness run`` that name a dataset; ``attributes.axes`` names the columns.
        out: of the table; by default `FILE` in the dataset's folder, or here where it is not known or a run's.
        own_configs: a folder of the user's own configs.

    Raises:
        HarnessError: the samples cannot be listed, or the table is there already.
    """
    folder = Path(arguments[0]) if len(arguments) == 1 and "=" not in arguments[0] else None
    with busy("listing samples"):
        samples, wanted = _samples_of(arguments, own_configs) if folder is None else (_samples_in(folder), [])
    of_dataset = folder is not None and not _is_run(folder)
    path = out or (folder / FILE if folder is not None and of_dataset else Path(FILE))
    subjects = with_subjects(samples)["subject_id"].unique().to_pylist()
    present = axes_of(samples)
    missing = [name for name in wanted if name not in present]
    columns = named_columns(missing) if missing else template_columns(present)
    page = write_template(path, subjects, columns)
    say(explanation(path.name, columns))
    if present:
        say(f"The dataset itself has: {', '.join(present)}.")
    answer(table=path, page=page, num_subjects=len(subjects), columns=columns)
    say(f"{path}: {len(subjects):,} subjects to fill in. {page}: the explanations above.")


def _samples_of(overrides: Sequence[str], own_configs: Path | None) -> tuple[pa.Table, list[str]]:
    """The samples, and the attributes by which the study groups people, if the choices name some."""
    if own_configs is None and not any("dataset=" in override for override in overrides):
        raise HarnessError(
            "Name the folder of a run or of a table of samples, or a dataset: harness attributes template "
            "dataset=NAME dataset.root=PATH"
        )
    config = compose_study([*overrides, f"model={ANY_MODEL}"], own_configs)
    attributes = [name.strip() for axis in config.attributes.axes or () for name in axis.split(TIMES)]
    samples = open_reader(config.dataset.name, config.dataset.root, config.dataset.options).samples()
    return samples, list(dict.fromkeys(attributes))


def _samples_in(folder: Path) -> pa.Table:
    if not folder.is_dir():
        require_reachable(folder)
        raise HarnessError(f"{folder} is not a folder.")
    if _is_run(folder):
        return validate_samples(read_table(folder / "samples.parquet", "samples").table, rows_independent=True)
    anything = {"modality": "voice", "label_source": "not_stated"}  # of rows that do not say; it is not used
    try:
        return open_reader("table", folder, anything).samples()
    except HarnessError as error:
        raise HarnessError(
            f"{error} For a dataset with another table or layout: harness attributes template dataset=NAME "
            f"dataset.root={folder}"
        ) from None


def _is_run(folder: Path) -> bool:
    return (folder / "plan.yaml").is_file() and (folder / "samples.parquet").is_file()
