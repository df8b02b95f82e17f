"""EmoBox: its folds of many corpora of emotional speech, as lists of files beside the corpora.

``data/ravdess/fold_1/ravdess_test_fold_1.jsonl`` has an object per recording (``key``, ``wav``, ``emo``, …), and
``data/ravdess/label_map.json`` says which word of the corpus is which class. Who speaks is not in the lists.
Source: Ma et al. 2024, arXiv:2406.07162, and https://github.com/emo-box/EmoBox.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import pyarrow as pa
from pydantic import AfterValidator, Field

from harness.datasets.layout import problem_lines
from harness.datasets.listed_samples import ListedOptions, ListedReader
from harness.errors import HarnessError
from harness.files import json_value, read_json, read_text
from harness.signals.media_folder import find_files
from harness.tables.split_names import FOLD
from harness.user_tables.table_formats import UserTable
from harness.wording import is_encodable

MAX_LIST_BYTES = 256 * 2**20
LIST = re.compile(
    r"(?:.*/)?fold_(?P<fold>\d+)/(?P<corpus>[\w-]+)_(?P<part>train|valid|test)_fold_(?P=fold)\.jsonl"
)
TEXTS = ("key", "wav", "emo")


def _require_group(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"not a regular expression ({error})") from None
    if groups != 1:
        raise ValueError("expected one group, such as -(\\d\\d)$")
    return pattern


class EmoboxOptions(ListedOptions):
    r"""The options.

    Attributes:
        corpus: one of those in the folder, such as ``ravdess``; null: the only one.
        subject: regular expression with one group that finds the speaker in a key, such as ``-(\\d\\d)$``.
    """

    corpus: str | None = None
    subject: Annotated[str, AfterValidator(_require_group)] | None = Field(default=None, max_length=200)


class EmoboxReader(ListedReader[EmoboxOptions]):
    """The recordings of one corpus in EmoBox' folds; of a corpus with one fold, in its training and test part."""

    Options = EmoboxOptions

    def listed(self) -> UserTable:
        """The recordings of all test lists, each in its fold."""
        if self.options.subject is None and not self.options.rows_independent:
            raise HarnessError(
                f"dataset {self.card.name}: the lists do not say who speaks. Say how a key does, such as "
                r"'dataset.subject=-(\d\d)$', or dataset.rows_independent=true if it does not."
            )
        rows = {row["sample_id"]: row for row in reversed([*self._rows()])}
        if not rows:
            raise HarnessError(f"dataset {self.card.name}: the test lists below {self.root} have no rows.")
        columns = {name: [row[name] for row in reversed(rows.values())] for name in next(iter(rows.values()))}
        told: tuple[str, ...] = ("the folds are those of the lists",)
        if self.options.subject is not None:
            told += (f"the subject is what {self.options.subject} finds in key",)
        return UserTable(self.root, pa.table(columns), told)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Keys in several test lists, and classes that the label map does not have."""
        keys = [row["sample_id"] for row in self._rows()]
        classes = set(self._label_map().values())
        labels = {label for label in samples["label"].to_pylist() if label is not None}
        return problem_lines(
            {
                "in more than one fold, the first is used": [
                    key for key, count in Counter(keys).items() if count > 1
                ],
                "labels that label_map.json does not have": sorted(labels - classes) if classes else [],
            }
        )

    def _lists(self) -> list[tuple[str, re.Match[str]]]:
        """The lists of the corpus that is meant, in the order of their folds."""
        found = [(name, match) for name in find_files(self.root, {".jsonl"}) if (match := LIST.fullmatch(name))]
        corpora = sorted({match["corpus"] for _, match in found})
        chosen = self.options.corpus or (corpora[0] if len(corpora) == 1 else None)
        if chosen not in corpora:
            raise HarnessError(
                f"dataset {self.card.name}: say which corpus is meant: dataset.corpus=NAME. Below {self.root} "
                f"there are lists of {', '.join(corpora) or 'none, such as fold_1/ravdess_test_fold_1.jsonl'}."
            )
        of_it = [(name, match) for name, match in found if match["corpus"] == chosen]
        return sorted(of_it, key=lambda each: (int(each[1]["fold"]), each[1]["part"], each[0]))

    def _rows(self) -> Iterator[dict[str, Any]]:
        lists = self._lists()
        has_folds = len({match["fold"] for _, match in lists}) > 1
        label_map = self._label_map()
        for name, match in lists:
            if has_folds and match["part"] != "test":
                continue
            split = f"{FOLD}{match['fold']}" if has_folds else match["part"]
            for number, entry in enumerate(_entries(self.file(name)), start=1):
                row = {"sample_id": entry["key"], "uri": entry["wav"], "modality": "voice", "split": split}
                row["label"] = label_map.get(entry["emo"], entry["emo"])
                if self.options.subject is not None:
                    row["subject_id"] = self._subject(entry["key"], f"{self.root / name}, row {number}")
                yield row

    def _subject(self, key: str, where: str) -> str:
        found = re.search(str(self.options.subject), key)
        if found is None or not found[1]:
            raise HarnessError(f"{where}: dataset.subject={self.options.subject} finds nobody in {key[:80]!r}.")
        return found[1]

    def _label_map(self) -> dict[str, str]:
        folder = PurePosixPath(self._lists()[0][0]).parent.parent
        path = self.file((folder / "label_map.json").as_posix())
        if not path.is_file():
            return {}
        try:
            found = read_json(path)
        except (OSError, ValueError) as error:
            raise HarnessError(f"{path}: not readable JSON ({error}).") from None
        return {str(word): str(label) for word, label in found.items()} if isinstance(found, dict) else {}


def _entries(path: Path) -> Iterator[dict[str, str]]:
    try:
        lines = read_text(path, MAX_LIST_BYTES).split("\n")  # JSON may hold other ends of lines as they are
        entries = [json_value(line) for line in lines if line.strip()]
    except (OSError, ValueError, RecursionError) as error:
        raise HarnessError(f"{path}: not readable JSON Lines ({str(error)[:200]}).") from None
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in TEXTS):
            raise HarnessError(f"{path}, row {number}: expected an object with the texts {', '.join(TEXTS)}.")
        if not all(is_encodable(entry[name]) for name in TEXTS):
            raise HarnessError(f"{path}, row {number}: a text that is no Unicode, as it has half of a character.")
        yield entry
