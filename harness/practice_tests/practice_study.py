"""The study that a practice test rests on: system and data of its options, and further choices of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import HarnessError
from harness.study.observer import Observer

if TYPE_CHECKING:
    from harness.study.run_study import Study


STUDY = "study"
"""The folder of the study in that of its test."""


class StudyOptions(Protocol):
    """What the options of such a test hold."""

    @property
    def model(self) -> str:
        """The name of the system's card."""

    @property
    def model_options(self) -> dict[str, Any]:
        """Its options."""

    @property
    def dataset(self) -> str:
        """The name of the dataset."""

    @property
    def root(self) -> Path | None:
        """Its folder."""

    @property
    def dataset_options(self) -> dict[str, Any]:
        """Options of its reader."""

    @property
    def config_dir(self) -> Path | None:
        """A folder of the user's cards and configs."""

    @property
    def study(self) -> dict[str, Any]:
        """Further choices of the study."""

    @property
    def seed(self) -> int:
        """Of everything that is drawn."""


def run_study_of(
    options: StudyOptions,
    out: Path,
    observer: Observer,
    *,
    reader: Mapping[str, Any] | None = None,
    choices: Mapping[str, Any] | None = None,
) -> Study:
    """Run the study in a folder of its own; one that is finished is read.

    Args:
        options: of the practice test.
        out: the folder of the test.
        observer: receives the progress.
        reader: options of the reader, which the user's own replace.
        choices: of the study, which the test makes and the user cannot.

    Raises:
        HarnessError: the study cannot be run, or a choice is an option of the test.
    """
    from harness.study.compose import compose_choices
    from harness.study.run_study import run

    made = {
        "dataset": {
            **(reader or {}),
            **({"root": str(options.root)} if options.root else {}),
            **options.dataset_options,
        },
        "model": options.model_options,
        **(choices or {}),
        "out": str(out / STUDY),
        "seed": options.seed,
    }
    if taken := sorted(set(options.study) & set(made)):
        raise HarnessError(f"study.{taken[0]}: this is an option of the practice test. Give it there.")
    quiet = {"tracking": {"enabled": False}, "checks": {"enabled": False}}
    chosen = {**quiet, **options.study, **made}
    return run(compose_choices(options.dataset, options.model, chosen, options.config_dir), observer)
