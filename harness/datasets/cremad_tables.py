"""The tables of CREMA-D about its actors and about what raters chose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.datasets.films import Presentation
from harness.datasets.layout import cell_number, read_csv, vote_count

DEMOGRAPHICS = "VideoDemographics.csv"
VOTES = "processedResults/tabulatedVotes.csv"
VOTE_LABELS = {"A": "ANG", "D": "DIS", "F": "FEA", "H": "HAP", "N": "NEU", "S": "SAD"}
FIRST_DIGIT = {"voice": "1", "face": "2", "audiovisual": "3", "video": "3"}
"""Which presentation the raters were given, coded in a row's number in the table of votes."""


def read_actors(path: Path) -> dict[str, dict[str, Any]]:
    """Actor → their attributes, as columns of samples.

    Raises:
        HarnessError: no such table, or an age is no number.
    """
    return {
        row["ActorID"]: {
            "attr.sex": row["Sex"].lower() or None,
            "attr.age": cell_number(row["Age"], f"{path}, actor {row['ActorID']}, column Age"),
            "attr.race": None if row["Race"] == "Unknown" else row["Race"],
            "attr.ethnicity": row["Ethnicity"] or None,
        }
        for row in read_csv(path, ("ActorID", "Age", "Sex", "Race", "Ethnicity"))
    }


def read_votes(path: Path, presentation: Presentation) -> dict[str, dict[str, int]]:
    """Clip → how many raters chose each emotion, of raters who were given this presentation.

    Raises:
        HarnessError: no such table, or a cell is no number of votes.
    """
    return {
        row["fileName"]: {
            label: vote_count(row[code], f"{path}, row {row['']}, column {code}")
            for code, label in VOTE_LABELS.items()
        }
        for row in read_csv(path, ("", *VOTE_LABELS, "fileName"))
        if row[""].startswith(FIRST_DIGIT[presentation])
    }
