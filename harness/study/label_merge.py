"""The study's merging of labels, given in the config, in a file, or as the codes of a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.cards.label_codes import coding
from harness.errors import HarnessError
from harness.files import expanded
from harness.plain_yaml import read_yaml
from harness.user_tables.cells import as_text
from harness.user_tables.mapping_lines import read_mapping
from harness.user_tables.table_formats import FORMATS, read_user_table

MAPPINGS = (".yaml", ".yml", ".json")


def read_merge(given: object) -> object:
    """What ``labels.merge`` means: labels themselves, or those in a file or of a corpus.

    Args:
        given: a mapping, the path of a file, or the name of a coding in ``configs/labels.yaml``. A file is a
            mapping in YAML or JSON, or a table whose first two columns are label and emotion.

    Raises:
        HarnessError: the file cannot be read, or is no mapping; there is no such coding.
    """
    given = read_mapping(given)
    if not isinstance(given, str):
        return given
    path = expanded(Path(given))
    if path.suffix.lower() in MAPPINGS:
        return _of_document(path)
    return _of_table(path) if path.suffix.lower() in FORMATS else dict(coding(given))


def _of_document(path: Path) -> dict[str, str]:
    try:
        found: Any = read_yaml(path)
    except (OSError, ValueError) as error:
        raise HarnessError(f"labels.merge: {path} cannot be read ({error}).") from None
    if not isinstance(found, dict) or any(
        isinstance(into, dict | list) or into is None for into in found.values()
    ):
        raise HarnessError(
            f"labels.merge: {path} is no mapping of labels, such as one line 'calm: neutral' for each."
        )
    return {str(label): str(into) for label, into in found.items()}


def _of_table(path: Path) -> dict[str, str]:
    cells = read_user_table(path).cells
    if cells.num_columns < 2:
        raise HarnessError(f"labels.merge: {path} has one column. Its first two are label and emotion.")
    label, into = (as_text(cells.column(i), cells.column_names[i], path).to_pylist() for i in (0, 1))
    if None in label or None in into or len(set(label)) < len(label):
        raise HarnessError(f"labels.merge: in {path} a cell is empty, or a label stands in two rows.")
    return dict(zip(label, into, strict=True))
