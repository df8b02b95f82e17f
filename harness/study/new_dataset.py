"""The card and the config of a corpus of one's own, or a table of its samples, drafted from names of files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.cards.described import TO_FILL, template_lines
from harness.cards.facts import DatasetCard
from harness.cards.modality import Modality
from harness.datasets.name_fields import Naming, naming_of
from harness.datasets.splits import SplitOptions
from harness.errors import HarnessError
from harness.files import require_reachable
from harness.signals.media_folder import PICTURE_SUFFIXES, SOUND_SUFFIXES, VIDEO_SUFFIXES, find_files
from harness.study.known_corpora import known_corpora
from harness.study.new_files import require_name, write_new


@dataclass(frozen=True)
class NewDataset:
    """What was written.

    Attributes:
        name: of the dataset.
        files: in the order in which they are filled in.
        num_files: of the folder that can be samples.
        naming: what their names seem to state; None if they are not named alike.
        is_table: a table of samples was written, and no card.
        known: the number of samples of each dataset whose reader reads the folder as it is.
    """

    name: str
    files: tuple[Path, ...]
    num_files: int
    naming: Naming | None
    is_table: bool
    known: Mapping[str, int] = field(default_factory=dict)


def write_new_dataset(root: Path, folder: Path, name: str | None = None) -> NewDataset:
    """Draft a card for sounds or pictures whose names are alike; for other files a table of samples.

    Nothing is written for a folder without such files that a reader of a known corpus reads.

    Args:
        root: the folder of the corpus; nothing is written there.
        folder: where ``datasets/<name>/card.yaml`` and ``configs/dataset/<name>.yaml``, or ``samples.csv``, go.
        name: of the dataset; by default that of the root.

    Raises:
        HarnessError: there are no such files, the folder lies in the root, the name cannot be used, or a file
            exists already.
    """
    if not root.is_dir():
        require_reachable(root)
        raise HarnessError(f"{root}: there is no such folder. Give the folder of the corpus.")
    if folder.resolve().is_relative_to(root.resolve()):
        raise HarnessError(f"{folder}: it lies in {root}, where nothing is written. Give another folder.")
    name = re.sub(r"[^a-z0-9]+", "_", root.absolute().name.lower()).strip("_") if name is None else name
    require_name(name, "a dataset")
    uris = find_files(root, SOUND_SUFFIXES | PICTURE_SUFFIXES | VIDEO_SUFFIXES)
    known = known_corpora(root, len(uris))
    if not uris and known:
        return NewDataset(name, (), 0, None, is_table=False, known=known)
    if not uris:
        raise HarnessError(
            f"{root}: there is no sound file, picture or film below it, and no known corpus. Other data are read "
            "as a table of samples (docs/own_table.md)."
        )
    naming = naming_of(uris)
    suffixes = {Path(uri).suffix.lower() for uri in uris}
    if naming is not None and (suffixes <= SOUND_SUFFIXES or suffixes <= PICTURE_SUFFIXES):
        modality = Modality.VOICE if suffixes <= SOUND_SUFFIXES else Modality.FACE
        texts = {
            folder / "datasets" / name / "card.yaml": _card(name, naming, modality),
            folder / "configs" / "dataset" / f"{name}.yaml": _config(name, root),
        }
    else:
        texts = {folder / "samples.csv": _table(uris, naming)}
    write_new(texts)
    return NewDataset(name, tuple(texts), len(uris), naming, is_table=len(texts) == 1, known=known)


def _card(name: str, naming: Naming, modality: Modality) -> str:
    label, subject = naming.looks_like("label"), naming.looks_like("subject")
    labels = [code or TO_FILL for code in label.codes.values()] if label else [TO_FILL]
    given: dict[str, Any] = {
        "name": name,
        "reader": "file_names",
        "modalities": [str(modality)],
        "labels": list(dict.fromkeys(labels)),
        "expected": {"samples": naming.num_files, **({"subjects": len(subject.counts)} if subject else {})},
        "limitations": [TO_FILL],
    }
    if subject is None:
        given["rows_independent"] = True
    lines = template_lines(DatasetCard, given, optional="in comments", without=("details",))
    codes = {"label": {value: code or TO_FILL for value, code in label.codes.items()}} if label else {}
    names = {"pattern": naming.pattern, "example": naming.example, **({"codes": codes} if codes else {})}
    details = yaml.safe_dump({"details": {"file_names": names}}, sort_keys=False, allow_unicode=True, width=1_000)
    head = (
        f"# Facts about the corpus. Replace every {TO_FILL}, and take out of its comment what else you know.\n"
        "# The groups of the pattern are a guess from names: label, subject, session, and attributes of people;\n"
        "# others become the context (ctx.*).\n\n"
    )
    return head + "".join(f"{line}\n" for line in lines) + details


def _config(name: str, root: Path) -> str:
    head = "# Choices; each can be overridden on the command line: dataset.<key>=<value>.\n"
    chosen = yaml.safe_dump({"name": name, "root": str(root.absolute())}, sort_keys=False, allow_unicode=True)
    return head + chosen + "".join(f"{line}\n" for line in template_lines(SplitOptions))


def _table(uris: Sequence[str], naming: Naming | None) -> str:
    buffer = io.StringIO()
    others = [] if naming is None else [one.name for one in naming.fields if one.name not in ("label", "subject")]
    columns = ["uri", "modality", "subject_id", "label", "label_source", *(f"ctx.{name}" for name in others)]
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    for uri in uris:
        values: Mapping[str, str] = {} if naming is None else naming.values(uri)
        label = None if naming is None else naming.looks_like("label")
        code = values.get("label", "")
        writer.writerow(
            {
                "uri": uri,
                "modality": "voice" if Path(uri).suffix.lower() in SOUND_SUFFIXES else "face",
                "subject_id": values.get("subject", ""),
                "label": (label.codes.get(code) or code) if label else "",
                **{f"ctx.{name}": values.get(name, "") for name in others},
            }
        )
    return buffer.getvalue()
