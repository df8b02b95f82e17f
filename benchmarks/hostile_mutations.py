"""Damage to files, drawn from a seed: to bytes, lines, cells, values, columns, and to what lies at a path.

Every mutation is a function of a path and a random generator. `mutate` draws one that fits the file's name.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import socket
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

Mutation = Callable[[Path, random.Random], None]

SPARSE_BYTES = 5 * 2**30
TEXTS = (
    *(
        "",
        " ",
        "NA",
        "nan",
        "None",
        "null",
        "-inf",
        "1e999",
        "-0",
        "007",
        "1,5",
        "25-Mar",
        "=1+1",
        "@SUM(A1)",
        "-1",
    ),
    *("\x1b[31mred\x1b[0m\x07", "\u202egnitset", "a\x00b", "\ufeff", "\ud7ff\uffff", "é", "é", "😀" * 50),
    *(
        "../../../etc/passwd",
        "/dev/zero",
        "C:\\con",
        "a" * 5_000,
        "9" * 400,
        "%s%n{0}",
        "<script>alert(1)</script>",
    ),
    *(
        "${oc.env:HOME}",
        "{{7*7}}",
        "[markup]",
        "!!python/object:os.system",
        "2026-11-26",
        "12:30",
        "true",
        "a \u00d7 b",
    ),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 0.5, 1e308, -1e308, 5e-324),
    *(float("nan"), float("inf"), float("-inf"), [], {}, [[]], {"a": {}}, [None], [1, "a"], {"": None}),
)
TYPES = (
    *(pa.int64(), pa.int8(), pa.float64(), pa.float16(), pa.bool_(), pa.string(), pa.large_string(), pa.binary()),
    *(pa.date32(), pa.timestamp("ns"), pa.decimal128(20, 3), pa.null(), pa.string_view(), pa.duration("s")),
)


def mutate(path: Path, draw: random.Random) -> str:
    """Damage a file in one drawn way; the name of the way."""
    own = OF_SUFFIX.get(path.suffix, ())
    kinds = [*([*own, *own] if own else []), *BYTES, *([draw.choice(PATHS)] if draw.random() < 0.5 else [])]
    mutation = draw.choice(kinds)
    try:
        mutation(path, draw)
    except (OSError, ValueError, TypeError, LookupError, ArithmeticError, pa.ArrowException, yaml.YAMLError):
        flip_bits(path, draw)  # what does not fit this file
        return f"{mutation.__name__} did not fit, flip_bits"
    return mutation.__name__


# Bytes


def flip_bits(path: Path, draw: random.Random) -> None:
    data = bytearray(path.read_bytes() or b"\0")
    for _ in range(draw.choice((1, 1, 4, 64))):
        data[_place(data, draw)] ^= 1 << draw.randrange(8)
    path.write_bytes(data)


def set_number(path: Path, draw: random.Random) -> None:
    """An extreme number where a header may keep a length."""
    data = bytearray(path.read_bytes() + bytes(8))
    number = draw.choice((0, 1, 2**31 - 1, 2**31, 2**32 - 1, 0x7FFF_F000, 0x7F7F_7F7F))
    at = _place(data[:-4], draw)
    data[at : at + 4] = number.to_bytes(4, draw.choice(("little", "big")))
    path.write_bytes(data[:-8])


def truncate(path: Path, draw: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: _place(data, draw)])


def make_empty(path: Path, _: random.Random) -> None:
    path.write_bytes(b"")


def insert_bytes(path: Path, draw: random.Random) -> None:
    data = path.read_bytes()
    at = _place(data, draw)
    new = draw.choice(
        (b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\r", b'"', b"'", b"{", b"[" * 100_000, draw.randbytes(20))
    )
    path.write_bytes(data[:at] + new + data[at:])


def remove_span(path: Path, draw: random.Random) -> None:
    data = path.read_bytes()
    at = _place(data, draw)
    path.write_bytes(data[:at] + data[at + draw.choice((1, 8, 100, 1_000)) :])


def repeat_file(path: Path, draw: random.Random) -> None:
    path.write_bytes(path.read_bytes() * draw.choice((2, 3, 50)))


def take_another(path: Path, draw: random.Random) -> None:
    others = sorted(other for other in path.parent.rglob("*") if other.is_file() and other != path)
    path.write_bytes(draw.choice(others).read_bytes())


def encode_otherwise(path: Path, draw: random.Random) -> None:
    text = path.read_bytes().decode("utf-8")
    path.write_bytes(text.encode(draw.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252")), "replace"))


BYTES: tuple[Mutation, ...] = (
    *(
        flip_bits,
        flip_bits,
        set_number,
        truncate,
        make_empty,
        insert_bytes,
        remove_span,
        repeat_file,
        take_another,
    ),
    encode_otherwise,
)


# Paths


def remove(path: Path, _: random.Random) -> None:
    path.unlink()


def make_folder(path: Path, _: random.Random) -> None:
    path.unlink()
    path.mkdir()


def make_fifo(path: Path, _: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def make_socket(path: Path, _: random.Random) -> None:
    path.unlink()
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as end:
        end.bind(path.name)


def link_elsewhere(path: Path, draw: random.Random) -> None:
    target = draw.choice(("/dev/zero", "/dev/null", "/dev/full", "/etc/hostname", "absent", path.name, "."))
    path.unlink()
    path.symlink_to(target)


def make_sparse(path: Path, draw: random.Random) -> None:
    """Five gigabytes of zeros, at the end of the file or alone, that take no room on disk."""
    with path.open(draw.choice(("ab", "wb"))) as file:
        file.truncate(SPARSE_BYTES)


def rename(path: Path, draw: random.Random) -> None:
    path.rename(path.with_name(draw.choice((path.name.upper(), f"{path.stem}é{path.suffix}", f"{path.name}\n"))))


PATHS: tuple[Mutation, ...] = (remove, make_folder, make_fifo, make_socket, link_elsewhere, make_sparse, rename)


# Lines and cells


def change_lines(path: Path, draw: random.Random) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    match draw.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = "\n"
        case _:
            del lines[at:]
    path.write_text("".join(lines), encoding="utf-8")


def change_cell(path: Path, draw: random.Random) -> None:
    rows = _cells(path)
    row = rows[draw.choice((0, draw.randrange(len(rows))))]
    row[draw.randrange(len(row))] = draw.choice((*TEXTS, draw.choice(draw.choice(rows))))
    _write_cells(path, rows)


def change_column(path: Path, draw: random.Random) -> None:
    rows = _cells(path)
    width = min(map(len, rows))
    at, other = draw.randrange(width), draw.randrange(width)
    what, text = draw.randrange(5), draw.choice(TEXTS)
    for number, row in enumerate(rows):
        if what == 0:
            row[at], row[other] = row[other], row[at]
        elif what == 1:
            del row[at]
        elif what == 2:
            row.insert(other, row[at])
        elif what == 3 and number:
            row[at] = text
        elif number:
            row[at] = str(draw.choice(VALUES))
    _write_cells(path, rows)


def write_otherwise(path: Path, draw: random.Random) -> None:
    """With semicolons, tabs, decimal commas or quotes."""
    text = path.read_text(encoding="utf-8")
    match draw.randrange(4):
        case 0:
            text = text.replace(",", ";")
        case 1:
            text = text.replace(",", "\t")
        case 2:
            text = re.sub(r"(\d)\.(\d)", r"\1,\2", text.replace(",", ";"))
        case _:
            text = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines())
    path.write_text(text, encoding="utf-8")


# Values of JSON and YAML


def change_json(path: Path, draw: random.Random) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(_with_changed_value(document, draw), indent=2), encoding="utf-8")


def change_yaml(path: Path, draw: random.Random) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    changed = _with_changed_value(document, draw)
    path.write_text(yaml.safe_dump(changed, sort_keys=False, allow_unicode=True), encoding="utf-8")


def nest_deep(path: Path, draw: random.Random) -> None:
    depth = draw.choice((100, 1_000, 100_000))
    at = path.read_text(encoding="utf-8")
    deep = "[" * depth + "]" * depth
    spot = draw.choice([match.start(1) for match in re.finditer(r": ?(\S+)", at)])
    path.write_text(at[:spot] + deep + at[spot:].partition("\n")[2], encoding="utf-8")


def add_keys(path: Path, draw: random.Random) -> None:
    """Doubled keys, aliases that multiply, tags."""
    text = path.read_text(encoding="utf-8")
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
    lines = text.splitlines(keepends=True)
    line = draw.choice(lines)
    new = (bomb, line, "t: !!python/name:os.system\n", "? [a]\n: b\n", "<<: {a: 1}\n", "n: .nan\n", '"a": NaN,\n')
    lines.insert(draw.randrange(len(lines) + 1), draw.choice(new))
    path.write_text("".join(lines), encoding="utf-8")


def _with_changed_value(document: Any, draw: random.Random) -> Any:
    places = [*_places(document)]
    holder, key = draw.choice(places)
    match draw.randrange(6):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[draw.choice(TEXTS)] = holder.pop(key)
        case 2:
            holder[key] = draw.choice(TEXTS)
        case 3:
            other, place = draw.choice(places)
            with contextlib.suppress(LookupError):
                holder[key] = json.loads(json.dumps(other[place], default=str))
        case 4:
            holder[key] = draw.choice(([holder[key]], {"a": holder[key]}, str(holder[key])))
        case _:
            holder[key] = draw.choice(VALUES)
    return document


def _places(value: Any) -> Sequence[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        found += [(value, key), *_places(value[key])]
    return found


# Columns of Parquet


def change_parquet(path: Path, draw: random.Random) -> None:  # noqa: C901 (a table of cases)
    table = pq.read_table(path, partitioning=None)
    at = draw.randrange(table.num_columns)
    name, column = table.column_names[at], table.column(at)
    match draw.randrange(11):
        case 0:
            table = table.remove_column(at)
        case 1:
            table = table.append_column(name, column)
        case 2:
            table = table.rename_columns(
                [draw.choice(TEXTS) if i == at else n for i, n in enumerate(table.column_names)]
            )
        case 3:
            table = table.slice(0, draw.choice((0, 0, 1)))
        case 4:
            table = pa.concat_tables([table, table.slice(0, draw.choice((1, table.num_rows)))])
        case 5:
            table = _with_type(table, at, draw.choice(TYPES))
        case 6:
            table = table.set_column(at, name, pa.array([draw.choice(TEXTS)] * table.num_rows))
        case 7:
            table = table.set_column(at, name, _with_value(column, draw))
        case 8:
            table = table.replace_schema_metadata(_changed_metadata(table.schema.metadata or {}, draw))
        case 9:
            other = draw.randrange(table.num_columns)
            table = table.set_column(at, name, table.column(other))
        case _:
            table = table.set_column(at, name, pa.nulls(table.num_rows, draw.choice(TYPES)))
    pq.write_table(table, path, compression=draw.choice(("zstd", "snappy", "none")))


def _with_type(table: pa.Table, at: int, kind: pa.DataType) -> pa.Table:
    name, column = table.column_names[at], table.column(at)
    try:
        new = column.cast(kind, safe=False)
    except pa.ArrowException:
        new = pa.array(range(table.num_rows)).cast(pa.int32()) if pa.types.is_string(column.type) else None
        new = new if new is not None else column.dictionary_encode()
    return table.set_column(at, name, new)


def _with_value(column: pa.ChunkedArray, draw: random.Random) -> pa.Array:
    values = column.to_pylist()
    at = draw.randrange(len(values))
    if isinstance(values[at], list) and values[at]:
        values[at] = draw.choice(
            ([], None, [float("nan")] * len(values[at]), values[at][1:], [1e30] * len(values[at]))
        )
    else:
        values[at] = draw.choice((None, *TEXTS)) if pa.types.is_string(column.type) else draw.choice(VALUES)
    return pa.array(values, column.type)


def _changed_metadata(metadata: dict[bytes, bytes], draw: random.Random) -> dict[bytes, bytes]:
    changed = dict(metadata) or {b"harness.schema": b"1"}
    key = draw.choice(sorted(changed))
    nasty = (
        b"",
        b"0",
        b"99",
        b"-1",
        b"9" * 50,
        b"\xff",
        b"{",
        b"[]",
        b'{"a": 1}',
        b'{"a": ["x", "x"]}',
        b"[" * 99_999,
    )
    changed[key] = draw.choice((*nasty, changed[key] * 2))
    return changed


# Cells of workbooks


def change_workbook(path: Path, draw: random.Random) -> None:
    """Damage one member, declare another size, or fill it with zeros."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice(sorted(members))
    data = members[name]
    match draw.randrange(5):
        case 0:
            del members[name]
        case 1:
            members[name] = data + b" " * (300 * 2**20 if draw.random() < 0.2 else 2**20)
        case 2:
            value = b"<v>" + draw.choice(TEXTS).encode() + b"</v>"
            members[name] = re.sub(rb"<v>[^<]*</v>", lambda _: value, data)  # a text may hold backslashes
        case 3:
            members[name] = re.sub(
                rb'r="([A-Z]+)\d+"', draw.choice((rb'r="XFD1048576"', rb'r="\g<1>0"', rb'r=""')), data
            )
        case _:
            at = _place(data, draw)
            members[name] = data[:at] + draw.randbytes(8) + data[at:]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)


LINES: tuple[Mutation, ...] = (change_lines, change_cell, change_cell, change_column, write_otherwise)
JSON: tuple[Mutation, ...] = (change_json, change_json, change_json, nest_deep, add_keys)
OF_SUFFIX: dict[str, tuple[Mutation, ...]] = {
    ".csv": LINES,
    ".tsv": LINES,
    ".txt": LINES,
    ".json": JSON,
    ".jsonl": (*LINES, nest_deep),
    ".yaml": (change_yaml, change_yaml, change_yaml, nest_deep, add_keys, change_lines),
    ".parquet": (change_parquet,) * 6,
    ".xlsx": (change_workbook,) * 3,
}


def _place(data: bytes | bytearray, draw: random.Random) -> int:
    """A byte, often in the header or near the end, where formats keep their lengths."""
    length = max(1, len(data))
    return min(
        length - 1,
        draw.choice((draw.randrange(length), draw.randrange(64), max(0, length - 1 - draw.randrange(64)))),
    )


def _cells(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]


def _write_cells(path: Path, rows: Sequence[Sequence[str]]) -> None:
    path.write_text("".join(f"{','.join(row)}\n" for row in rows), encoding="utf-8", errors="surrogatepass")


def copy_folder(source: Path, target: Path) -> None:
    """A copy in which a mutation changes nothing of the original."""
    shutil.copytree(source, target, symlinks=True)
