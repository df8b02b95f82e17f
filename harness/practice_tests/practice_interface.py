"""What a practice test is: options, what it observes and measures, and what a summary of one page shows of it.

A practice test observes what its options name (it may compose studies and run them with `harness.study`), and
measures what it observed, which gives rows of the results (``kind="practice"``). Its summary is made of these
rows: a row with a verdict becomes a sentence, whose words the test has in each language (`PracticeWords`), and its
tables show rows and names.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar

from pydantic import ConfigDict, Field

from harness.files import UserPath
from harness.plain_numbers import PlainNumbers
from harness.progress import UNSEEN, Share

if TYPE_CHECKING:
    from harness.evidence.run_folder import RunFolder
    from harness.practice_tests.observed import Observed
    from harness.study.observer import Observer
    from harness.tables.results import Result


class PracticeOptions(PlainNumbers):
    """What every practice test can be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: UserPath | None = Field(
        default=None, description="the folder that is written; null: outputs/practice/NAME"
    )
    level: float = Field(default=0.95, gt=0.5, lt=1, description="of the intervals; verdicts hold together at it")
    seed: int = Field(default=0, ge=0, lt=2**32, description="of everything that is drawn")


class OptionsOfStudies(PracticeOptions):
    """What a practice test that runs studies can be told besides."""

    config_dir: UserPath | None = Field(default=None, description="a folder of your cards and configs")


@dataclass(frozen=True)
class Said:
    """A text of a summary.

    Attributes:
        key: in the words of the test.
        values: what is filled in: numbers, and names (which are looked up in the words).
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """A row's value in a table, with its interval below it and its line in the results.

    Attributes:
        row: of the results.
        key: of the text among the ``figures`` of the words, filled in with ``value``, ``lo`` and ``hi``; what
            stands after ``|`` is set small, and left out where there is no interval.
        values: what else is filled in.
    """

    row: Result
    key: str = "figure"
    values: Mapping[str, Any] = field(default_factory=dict)


Cell: TypeAlias = str | int | float | Figure | Said | None
"""A name (words of the test where it has any), a number, a figure, a text, or nothing."""


@dataclass(frozen=True)
class PracticeTable:
    """A table of a summary.

    Attributes:
        caption: among the ``captions`` of the words.
        columns: headings: keys among the ``columns`` of the words, or names.
        rows: a cell per column; the first is the name of the row.
    """

    caption: Said
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Section:
    """A part of a summary.

    Attributes:
        heading: among the ``headings`` of the words.
        sentences: among the ``sentences``, in their order.
        tables: below them.
    """

    heading: Said
    sentences: Sequence[Said] = ()
    tables: Sequence[PracticeTable] = ()


@dataclass(frozen=True)
class PracticeResult:
    """What a practice test found.

    Attributes:
        rows: of the results, of ``kind="practice"`` or ``review``; those with a verdict are said at the top of the
            summary.
        tested: what was tested.
        sections: of the summary, below the verdicts.
        limits: what the test cannot say.
        facts: plain JSON values for ``practice.json``: counts, settings, where data come from; nothing that names
            people.
    """

    rows: Sequence[Result]
    tested: Sequence[Said]
    sections: Sequence[Section]
    limits: Sequence[Said]
    facts: Mapping[str, Any] = field(default_factory=dict)


Chosen = TypeVar("Chosen", bound=PracticeOptions)


class PracticeTest(ABC, Generic[Chosen]):
    """One practice test. Registered under its name in the group ``harness.practice_tests``.

    Its words lie in the folder ``words`` beside its module, one file per language: ``words/<name>.en.yaml``. The
    module imports nothing heavy; what measures is imported in `run`.

    Args:
        name: that it is registered under.
    """

    Options: ClassVar[type[PracticeOptions]] = PracticeOptions
    unseen: ClassVar[str] = "Whether people reported what they felt"
    """What no pack of such a test can show, besides what none of any can."""
    progress: Share = UNSEEN
    """Is told by `measure` what is done, if the test knows; set by whoever shows it."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def words(self) -> Path:
        """The folder of its words."""
        return Path(inspect.getfile(type(self))).with_name("words")

    @abstractmethod
    def observe(self, options: Chosen, out: Path, observer: Observer) -> Observed:
        """Read what is to be tested, or run it.

        Args:
            options: as the user gave them.
            out: the folder of the test; studies may have folders of their own in it.
            observer: receives the progress.

        Raises:
            HarnessError: what is to be tested cannot be read or is too little.
        """

    def runs_elsewhere(self, observed: Observed) -> Mapping[str, str]:  # noqa: ARG002
        """The runs that a test rests on and did not make: what each is called → SHA-256 of its ``run.json``.

        Args:
            observed: as for `measure`.

        Raises:
            HarnessError: it is not what such a test observes.
        """
        return {}

    def observe_again(
        self,
        studies: Mapping[str, RunFolder],  # noqa: ARG002
        observed: Observed,  # noqa: ARG002
        options: Chosen,  # noqa: ARG002
    ) -> Observed:
        """The part of what was observed that follows from packs of studies, which have no names.

        Args:
            studies: folder below that of the test, or name of `runs_elsewhere` → the public run of a study, as far
                as packs were given.
            observed: as for `measure`.
            options: likewise.

        Raises:
            HarnessError: a study is not what such a test runs.
        """
        from harness.practice_tests.observed import Observed

        return Observed({}, {})

    @abstractmethod
    def measure(self, observed: Observed, options: Chosen) -> PracticeResult:
        """Measure what was observed. Others do so again, from a pack, and must find the same to the last bit.

        Args:
            observed: as it was written and read again, by others not trusted.
            options: as the user gave them; in a pack, ``FILE`` stands in place of every path.

        Raises:
            HarnessError: it is not what such a test observes.
        """
