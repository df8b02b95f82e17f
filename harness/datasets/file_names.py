"""Corpora whose file names state all facts: the card gives the pattern and what its codes mean.

``details.file_names`` of a card holds the grammar (`harness.datasets.file_name_grammar.FileNames`); a corpus of
this kind needs no code of its own.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.cards.facts import DatasetCard
from harness.cards.modality import Modality
from harness.datasets.file_name_grammar import file_names, whole_path
from harness.datasets.layout import problem_lines
from harness.datasets.reader import Sample
from harness.datasets.splits import SplitOptions, SplitReader
from harness.errors import HarnessError
from harness.signals import audio, image
from harness.signals.media import Media
from harness.signals.media_folder import PICTURE_SUFFIXES, SOUND_SUFFIXES, find_files
from harness.tables.samples import samples_table

_COLUMNS = {"subject": "subject_id", "label": "label", "session": "session_id", "split": "split"}


class FileNamesReader(SplitReader[SplitOptions]):
    """Sound files, or pictures of faces, whose names follow the pattern in the card."""

    Options = SplitOptions

    def __init__(self, card: DatasetCard, root: Path | None, options: SplitOptions) -> None:
        super().__init__(card, root, options)
        self.names = file_names(card)

    def samples(self) -> pa.Table:
        """One row per file; of files with the same name, the first."""
        rows: dict[str, dict[str, Any]] = {}
        for uri in self._files():
            if match := self._match(uri):
                rows.setdefault(match["_name"], self._row(match, uri))
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no file is named like {self.names.example} below {self.root}. "
                f"`harness show dataset {self.card.name}` describes the layout."
            )
        independent = self.card.rows_independent
        return self.in_chosen_split(samples_table(list(rows.values()), rows_independent=independent))

    def load(self, sample: Sample) -> Media:
        """The waveform or the picture."""
        decode = image.decode if sample["modality"] == Modality.FACE else audio.decode
        return decode(self.path(sample["uri"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Names outside the pattern, files found twice, people who are missing or not in the card."""
        files, people = self._files(), self.names.people
        found = set(samples["subject_id"].to_pylist())
        used = set(samples["uri"].to_pylist())
        fits = [uri for uri in files if self._match(uri)]
        return problem_lines(
            {
                f"not named like {self.names.example}": sorted(set(files) - set(fits)),
                "found more than once, the first is used": [uri for uri in fits if uri not in used],
                "people that the card does not list": sorted(found - set(people)) if people else [],
                "no file of": sorted(set(people) - found),
            }
        )

    @property
    def _modality(self) -> Modality:
        return self.card.modalities[0]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return whole_path(self.names.pattern)

    def _match(self, uri: str) -> re.Match[str] | None:
        """What the name says; None if it does not fit the pattern, or has a code that no table explains."""
        match = self._pattern.fullmatch(uri)
        known = match and all(match[group] in (None, *codes) for group, codes in self.names.codes.items())
        return match if known else None

    def _files(self) -> list[str]:
        return find_files(self.root, PICTURE_SUFFIXES if self._modality == Modality.FACE else SOUND_SUFFIXES)

    def _row(self, match: re.Match[str], uri: str) -> dict[str, Any]:
        row: dict[str, Any] = {
            "sample_id": uri,
            "modality": str(self._modality),
            "uri": uri,
            "label_source": self.card.label_source,
        }
        for group, text in match.groupdict().items():
            if group != "_name":
                row[self._column(group)] = self._value(group, text)
        person = self.names.people.get(str(row.get("subject_id")), {})
        for attribute in dict.fromkeys(name for facts in self.names.people.values() for name in facts):
            row[f"attr.{attribute}"] = self._attribute(attribute, person.get(attribute))
        return row

    def _column(self, group: str) -> str:
        return _COLUMNS.get(group) or f"{'attr' if group in self.card.attributes else 'ctx'}.{group}"

    def _value(self, group: str, text: str | None) -> str | float | None:
        found = self.names.codes[group][text] if text is not None and group in self.names.codes else text
        return self._attribute(group, found)

    def _attribute(self, name: str, found: str | int | None) -> str | float | None:
        attribute = self.card.attributes.get(name)
        is_number = attribute is not None and attribute.values is None
        if found is None:
            return None
        try:
            return float(found) if is_number else str(found)
        except ValueError:
            raise HarnessError(
                f"dataset {self.card.name}: {name} is a number in its card, and {found!r:.40} in a file's name."
            ) from None
