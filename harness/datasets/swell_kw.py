"""SWELL-KW: knowledge work under stressors, as features per minute (Koldijk et al. 2014).

Source: doi:10.1145/2663204.2663257. Layout: ``Behavioral-features - per minute.xlsx`` (or ``.tab``, ``.csv``), or
``D - Physiology features (HR_HRV_SCL - final).csv`` alone, in any folder; ``Questionnaire Start
Results_final_noBankdata.xlsx`` has ages and sexes. A row is a minute; 999 stands for a value that is missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from harness.datasets.layout import cell_number, problem_lines
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.datasets.swell_tables import Row, feature_rows, people_of
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table

TABLES = (
    "Behavioral-features - per minute.tab",
    "Behavioral-features - per minute.csv",
    "Behavioral-features - per minute.xlsx",
    "D - Physiology features (HR_HRV_SCL - final).csv",
)
"""Those of all sensors with the questionnaires first; the last has the physiology alone."""

START = "Questionnaire Start Results_final_noBankdata.xlsx"

CONDITIONS: Mapping[str, str] = {
    "N": "neutral", "T": "time_pressure", "I": "interruptions", "R": "relaxation",
}  # fmt: skip
MISSING = 999.0
PHYSIOLOGY = ("HR", "RMSSD", "SCL")
OTHERS = (
    "Valence_rc", "Arousal_rc", "Dominance", "Stress", "MentalEffort", "NasaTLX",
    "SnMouseAct", "SnLeftClicked", "SnKeyStrokes", "SnChars", "SnSpecialKeys", "SnDirectionKeys", "SnErrorKeys",
    "SnShortcutKeys", "SnSpaces", "SnAppChange", "SnTabfocusChange", "CharactersRatio", "ErrorKeyRatio",
)  # fmt: skip
"""Answers after each block, then the computer interaction that the dataset's notes do not call unreliable."""


class SwellReader(Reader[ReaderOptions]):
    """One sample per minute, in the order of the table; features are ``ctx.*`` columns."""

    def samples(self) -> pa.Table:
        """One row per minute whose condition is known; the label is the condition, the session its block.

        Raises:
            HarnessError: no table is there, or one is not as in the dataset; the message names file and row.
        """
        uri = self._table()
        rows = list(self._rows(uri))
        if not rows:
            raise HarnessError(f"dataset {self.card.name}: {self.root / uri} has no minute of a known condition.")
        return samples_table(rows)

    def load(self, sample: Sample) -> Media:  # noqa: ARG002 (no sample has any)
        """There is no signal.

        Raises:
            Unscored: always.
        """
        raise Unscored(Reason.MISSING_FILE, "the tables hold features, no signal")

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Minutes without physiology, minutes that stand twice, unknown conditions, people without facts."""
        rows = feature_rows(self.file(self._table()))
        times = Counter(f"{row['PP']} {row['timestamp']}" for row in rows)
        unknown = sorted({repr(row["Condition"]) for row in rows if row["Condition"].upper() not in CONDITIONS})
        silent = sum(
            all(row.get(f"ctx.{name.lower()}") is None for name in PHYSIOLOGY) for row in samples.to_pylist()
        )
        lines = [f"minutes without any physiology: {silent:,} of {samples.num_rows:,}"] if silent else []
        people = {*samples["subject_id"].to_pylist()} - {*self._people()}
        return lines + problem_lines(
            {
                "minutes that stand twice, the first is used": [of for of, count in times.items() if count > 1],
                "conditions that are not read": unknown,
                f"not in {START}": sorted(people) if self._named(START) else [],
            }
        )

    def _rows(self, uri: str) -> Iterator[dict[str, Any]]:
        people, seen = self._people(), set[str]()
        for number, row in enumerate(feature_rows(self.file(uri)), start=1):
            label, person = CONDITIONS.get(row["Condition"].upper()), row["PP"].upper()
            sample_id = f"{uri}#{person}-{row['timestamp']}"
            if label is None or not re.fullmatch(r"PP\d{1,3}", person) or sample_id in seen:
                continue
            seen.add(sample_id)
            block = row.get("Blok") or row.get("C")
            yield {
                "sample_id": sample_id,
                "modality": "physiology",
                "subject_id": person,
                "session_id": f"block {block}" if block else None,
                "label": label,
                "label_source": "context_assigned",
                **people.get(person, {}),
                **self._features(row, f"{PurePosixPath(uri).name}, row {number}"),
            }

    def _features(self, row: Row, where: str) -> dict[str, float | None]:
        there = (name for name in (*PHYSIOLOGY, *OTHERS) if name in row)
        found = {name: cell_number(row[name], f"{where}, {name}") for name in there}
        return {f"ctx.{_plain(name)}": None if value == MISSING else value for name, value in found.items()}

    def _people(self) -> dict[str, dict[str, str | float | None]]:
        uri = self._named(START)
        return {} if uri is None else people_of(self.file(uri))

    def _table(self) -> str:
        uri = next((uri for name in TABLES if (uri := self._named(name))), None)
        if uri is None:
            raise HarnessError(
                f"dataset {self.card.name}: none of {', '.join(TABLES)} is below {self.root}. Check dataset.root."
            )
        return uri

    def _named(self, name: str) -> str | None:
        files = find_files(self.root, {Path(name).suffix})
        return next((uri for uri in files if PurePosixPath(uri).name == name), None)


def _plain(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
