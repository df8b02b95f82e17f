"""Keyed hashes instead of names, for every table that leaves the machine.

A plain hash of ``actor_07`` can be reversed by hashing all possible names; a keyed hash cannot. The key stays in
the user's data folder. The same name gives the same pseudonym in every run on this machine, so that runs can be
joined; on another machine it gives a different one.

Everything that a measurement needs is kept: labels, votes, attributes, scores and outcomes, rows in the same
order, and the rank of each subject's id in a column of its own, as subjects are numbered by it. Measuring the
pseudonymised tables gives the same results to the byte, unless ``measure.match_on`` names an attribute: samples
are matched on its answers as they are, and here on its groups (`matched_on_groups`). What is removed:

- ``subject_id``, ``session_id``, ``sample_id``: replaced by their pseudonyms.
- ``uri``, ``start_s``, ``end_s``: set to null, as they identify the recording.
- ``split`` and ``ctx.*``: kept only if at least two subjects share every value of the column, and no value is the
  name of a subject, session or sample; otherwise set to null or removed. A sentence that all actors speak is kept;
  a free note, a time of day, a location or the other person in a conversation is not.
  Grades of quality, 1 to 20, are kept (`harness.tables.quality_columns`).
- ``attr.*``: the group instead of the answer, such as ``30-49`` instead of an age; what only one person answered,
  and what names a subject, session or sample, becomes ``other`` (`harness.attributes.shared_answers`).
- the detail after the code in ``reason``: removed, as it may quote a file name. A code that only one subject has,
  and that is not the harness's own, becomes ``other``.

Results per group need the groups of ``attr.*``. Someone who knows a subject's groups, or all subjects and thereby
the rank of each, may still identify the subject: the data are pseudonymous, not anonymous.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.group import OTHER
from harness.attributes.grouping import Grouping
from harness.attributes.groups import PREFIX
from harness.attributes.shared_answers import IDS, public_answers, public_codes, shared_values
from harness.errors import HarnessError, reason_code
from harness.files import read_bytes
from harness.progress import UNSEEN, Share
from harness.resources import data_dir
from harness.tables.folds import LOSO, Fold
from harness.tables.probe_tables import NOT_ASKED_KEY
from harness.tables.quality_columns import QUALITY, read_grades
from harness.tables.samples import with_subjects
from harness.tables.schemas import LABELS_KEY, PANDAS_KEY, SUBJECT_RANK
from harness.tables.subject_numbers import subject_numbers
from harness.wording import listed

KEY_BYTES = 32
NAMES_AT_ONCE = 50_000
"""Replaced before the progress is told: about 0.2 s."""

_KEPT_METADATA = (LABELS_KEY, PANDAS_KEY, NOT_ASKED_KEY)

Pseudonym = Callable[[str, str], str]
"""(kind of name, name) → pseudonym."""

_PSEUDONYM = re.compile(r"(?<![0-9A-Za-z])(?:sub|ses|sam|uri)-[0-9a-f]{32}(?![0-9A-Za-z])")


def without_pseudonyms(text: str, instead: str) -> str:
    """A text with something else in the place of every pseudonym."""
    return _PSEUDONYM.sub(instead, text)


def has_pseudonym(value: object) -> bool:
    """Whether a pseudonym stands in a value's keys, parts and texts, however deep."""
    if isinstance(value, Mapping):
        return any(has_pseudonym(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(map(has_pseudonym, value))
    return isinstance(value, str) and _PSEUDONYM.search(value) is not None


def pseudonymise(
    samples: pa.Table, predictions: pa.Table, grouping: Grouping | None = None, progress: Share = UNSEEN
) -> tuple[pa.Table, pa.Table]:
    """Both tables without names, with rows in the same order.

    Args:
        samples: the samples table.
        predictions: of these samples.
        grouping: the plan's choices, by which answers of people become groups; by default those of `Grouping`.
        progress: told of columns and of names.

    Raises:
        HarnessError: the key cannot be read, written, or is open to others.
    """
    pseudonym = load_pseudonym()
    of_samples, of_predictions = progress.split(2, 1)
    public = _samples(samples, pseudonym, grouping or Grouping(), of_samples)
    return public, _rows(predictions, samples, pseudonym, of_predictions)


def matched_on_groups(columns: Collection[str], match_on: Sequence[str] | None) -> str | None:
    """A sentence if samples are pseudonymised and would be matched on answers that they no longer have.

    Args:
        columns: of the samples.
        match_on: the study's choice.
    """
    answers = [name for name in match_on or () if name.startswith(PREFIX)]
    if SUBJECT_RANK not in columns or not answers:
        return None
    return (
        f"The samples are pseudonymised: of {listed(answers)} they have people's groups, no longer their answers. "
        "measure.match_on matches on that, so negative assignment is matched more coarsely here, and its rows may "
        "differ from those of the run itself."
    )


def pseudonymise_folds(folds: Mapping[str, Sequence[Fold]]) -> dict[str, list[Fold]]:
    """Folds without names, by model. A fold named after the subject it leaves out is named after the pseudonym.

    Raises:
        HarnessError: the key cannot be read, written, or is open to others.
    """
    pseudonym = load_pseudonym()
    return {
        model: [_fold(fold, number, pseudonym) for number, fold in enumerate(of_model, start=1)]
        for model, of_model in folds.items()
    }


def load_pseudonym() -> Pseudonym:
    """The keyed hash of this machine: 128 bits of HMAC-SHA256 in hex, after the first letters of the kind.

    Raises:
        HarnessError: the key cannot be read, written, or is open to others.
    """
    key = _key(data_dir() / "pseudonym.key")

    def pseudonym(kind: str, name: str) -> str:
        digest = hmac.new(key, f"{kind}\0{name}".encode(), hashlib.sha256).hexdigest()
        return f"{kind[:3]}-{digest[:32]}"

    return pseudonym


def _samples(samples: pa.Table, pseudonym: Pseudonym, grouping: Grouping, progress: Share) -> pa.Table:
    subjects = samples["subject_id"].to_pylist()
    names = {text for name in IDS for text in samples[name].to_pylist()} - {None}
    graded = {f"{QUALITY}{measure}" for measure in read_grades(samples)}
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    shares = progress.split(*(4 if name in IDS else 1 for name in samples.column_names))
    for name, share in zip(samples.column_names, shares, strict=True):
        column = samples[name]
        if name in IDS:
            columns[name] = _replaced(column, name, pseudonym, share)
        elif name in ("uri", "start_s", "end_s") or (name == "split" and not _shared(column, subjects, names)):
            columns[name] = pa.nulls(samples.num_rows, column.type)
        elif name.startswith(PREFIX):
            columns[name] = public_answers(samples, name.removeprefix(PREFIX), grouping)
        elif not name.startswith("ctx.") or name in graded or _shared(column, subjects, names):
            columns[name] = column
        share.end()
    fields = [samples.schema.field(name).remove_metadata().with_type(of.type) for name, of in columns.items()]
    public = pa.table(list(columns.values()), schema=pa.schema(fields))
    if SUBJECT_RANK in public.column_names:
        return public
    ranks, _ = subject_numbers(with_subjects(samples))
    return public.append_column(SUBJECT_RANK, pa.array(ranks))


def pseudonymise_rows(table: pa.Table, samples: pa.Table) -> pa.Table:
    """A table of rows about samples, such as repeats, probes or times, without names, in the same order.

    Args:
        table: with a column ``sample_id``, and ``reason`` if it has one.
        samples: the samples table, with all of these samples, under their own names.

    Raises:
        HarnessError: the key cannot be read, written, or is open to others.
    """
    return _rows(table, samples, load_pseudonym(), UNSEEN)


def _rows(table: pa.Table, samples: pa.Table, pseudonym: Pseudonym, progress: Share) -> pa.Table:
    columns = {"sample_id": _replaced(table["sample_id"], "sample_id", pseudonym, progress)}
    if "reason" in table.column_names:
        columns["reason"] = _codes(table, samples)
    for name, column in columns.items():
        index = table.schema.get_field_index(name)
        table = table.set_column(index, table.schema.field(index), column)
    metadata = table.schema.metadata or {}
    return table.replace_schema_metadata({key: metadata[key] for key in _KEPT_METADATA if key in metadata})


def _codes(table: pa.Table, samples: pa.Table) -> pa.Array:
    """Reasons without their details."""
    reasons = table["reason"].combine_chunks().dictionary_encode()
    codes = pa.array([reason_code(text) if text else None for text in reasons.dictionary.to_pylist()], pa.string())
    code_N = codes.take(reasons.indices)
    place_N = pc.index_in(table["sample_id"], value_set=samples["sample_id"].combine_chunks())
    named = code_N.is_valid()
    people = samples["subject_id"].take(place_N.filter(named))
    public = public_codes(code_N.filter(named).to_pylist(), people.to_pylist())
    shown = [code if code is None or code in public else OTHER for code in codes.to_pylist()]
    return pa.array(shown, pa.string()).take(reasons.indices)


def _fold(fold: Fold, number: int, pseudonym: Pseudonym) -> Fold:
    train, test = (
        tuple(sorted(pseudonym("subject_id", subject) for subject in side))
        for side in (fold.train_subjects, fold.test_subjects)
    )
    left_out = [f"{LOSO}{subject}" for subject in fold.test_subjects]
    name = f"{LOSO}{test[0]}" if [fold.name] == left_out else f"fold-{number:02d}"
    return Fold(name, train, test, fold.num_train, fold.weights)


def _replaced(column: pa.ChunkedArray, kind: str, pseudonym: Pseudonym, progress: Share) -> pa.Array:
    names = column.combine_chunks().dictionary_encode()
    starts = range(0, len(names.dictionary), NAMES_AT_ONCE)
    hashed = [
        pseudonym(kind, name)
        for start in progress.each(starts, len(starts))
        for name in names.dictionary.slice(start, NAMES_AT_ONCE).to_pylist()
    ]
    return pa.array(hashed, pa.string()).take(names.indices)


def _shared(column: pa.ChunkedArray, subjects: list[str], names: set[str]) -> bool:
    values = [None if value is None else str(value) for value in column.to_pylist()]
    found = set(values) - {None}
    is_name = pa.types.is_string(column.type) and not names.isdisjoint(found)
    return not is_name and found <= shared_values(values, subjects)


def _key(path: Path) -> bytes:
    try:
        if not path.exists():
            _create_key(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        key = read_bytes(path)
    except OSError as error:
        raise HarnessError(f"{path}: the key of pseudonyms cannot be used ({error.strerror}).") from None
    except ValueError as error:
        raise HarnessError(f"{path}: the key of pseudonyms cannot be used ({error}).") from None
    if mode & 0o077:
        raise HarnessError(f"{path}: others may read the key of pseudonyms. Run: chmod 600 {path}")
    if len(key) != KEY_BYTES:
        raise HarnessError(
            f"{path}: the key of pseudonyms has {len(key)} bytes, not {KEY_BYTES}. Restore it, or remove it: then "
            "a new key is made, and new pseudonyms no longer match old ones."
        )
    return key


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its key is the key
            path.hardlink_to(partial)
    finally:
        partial.unlink()
