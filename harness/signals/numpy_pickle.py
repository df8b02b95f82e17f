"""Arrays in a pickle, read without running anything that the file names.

A pickle is a program: whoever wrote the file says what is called when it is opened. Published recordings come as
pickles of dictionaries and NumPy arrays alone, so that a reader needs few instructions and five names, which stand
for code of this module here. Every other name and every other instruction is refused. Bytes are not copied: the
file is mapped into memory, and only the pages of what is used are read.
"""

from __future__ import annotations

import math
import mmap
import pickle
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from harness.errors import Reason, Unscored
from harness.files import regular
from harness.signals.undecodable import undecodable

MAX_PICKLE_BYTES = 4 * 2**30

_NUMBERS = re.compile(r"[<>|=]?(?:b1|[iu][1248]|f[248])")
MAX_READS = 1_000_000
"""Parts that the loader reads, at least one for each instruction: honest files have hundreds."""

_MAPPED_BYTES = 4_096
"""Longer reads are parts of the mapped file."""

_INSTRUCTIONS = (
    "PROTO", "FRAME", "STOP", "MARK", "POP", "POP_MARK", "NONE", "NEWTRUE", "NEWFALSE", "INT", "BININT",
    "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES",
    "SHORT_BINBYTES", "BINBYTES8", "EMPTY_DICT", "DICT", "SETITEM", "SETITEMS", "EMPTY_LIST", "LIST",
    "APPEND", "APPENDS", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "PUT", "BINPUT", "LONG_BINPUT",
    "MEMOIZE", "GET", "BINGET", "LONG_BINGET", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD",
)  # fmt: skip


class NumpyPickle:
    """A pickle of dictionaries, lists, numbers, texts and numeric arrays.

    Args:
        path: the file.

    Raises:
        Unscored: missing, empty, over 4 GiB (``too_large``), damaged, or it holds anything else (``unreadable``).
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            with regular(path).open("rb") as file:
                if path.stat().st_size > MAX_PICKLE_BYTES:
                    raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_PICKLE_BYTES // 2**30} GiB")
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            self._value: Any = _Loader(_Mapped(data)).load()
        except Unscored:
            raise
        except _RefusedError as refused:
            raise Unscored(Reason.UNREADABLE, f"{path.name} {refused}") from None
        except Exception:  # a damaged pickle can fail in any way
            raise undecodable(path, "a pickle of arrays") from None

    def value(self, *keys: str) -> Any:
        """What stands at a place in nested dictionaries, the outermost key first; names of keys in any case.

        Raises:
            Unscored: there is no such place (``unreadable``).
        """
        found = self._value
        for key in keys:
            if not isinstance(found, dict):
                found = {}
            names = {name.lower(): name for name in map(_text, found) if name is not None}
            if key.lower() not in names:
                raise Unscored(Reason.UNREADABLE, f"{self._name} holds no {'.'.join(keys)}")
            found = next(value for name, value in found.items() if _text(name) == names[key.lower()])
        return _text(found) if isinstance(found, bytes) else found

    def array(self, *keys: str) -> npt.NDArray[Any]:
        """The array at a place, not writable.

        Raises:
            Unscored: there is none (``unreadable``).
        """
        found = self.value(*keys)
        if not isinstance(found, _Array) or found.values is None or not found.values.ndim:
            raise Unscored(Reason.UNREADABLE, f"{self._name}: {'.'.join(keys)} is not an array")
        return found.values

    def has(self, *keys: str) -> bool:
        """Whether anything stands at a place."""
        try:
            self.value(*keys)
        except Unscored:
            return False
        return True


class _RefusedError(Exception):
    """What the file asks for besides arrays."""


class _Mapped:
    """The mapped file as the loader reads it: no more than there is, so that a stated length fills no memory."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0
        self._left = MAX_READS

    def read(self, size: int) -> bytes | memoryview:
        self._left -= 1
        if self._left < 0:
            raise _RefusedError(f"has more than {MAX_READS:,} instructions, which no arrays need")
        if not 0 <= size <= len(self._data) - self._at:
            raise EOFError
        part = self._data[self._at : self._at + size]
        self._at += size
        return part if size > _MAPPED_BYTES else bytes(part)

    def readline(self) -> bytes:
        for end in range(self._at, len(self._data), _MAPPED_BYTES):
            found = bytes(self._data[end : end + _MAPPED_BYTES]).find(b"\n")
            if found >= 0:
                line = bytes(self._data[self._at : end + found + 1])
                self._at = end + found + 1
                return line
        raise EOFError


class _Type:
    """A numeric type, as ``numpy.dtype`` is stored."""

    __slots__ = ("dtype",)

    def __init__(self, name: Any, *_: Any) -> None:
        text = _text(name)
        if text is None or not _NUMBERS.fullmatch(text):
            raise _RefusedError("holds arrays of something else than numbers")
        self.dtype = np.dtype(text)

    def __setstate__(self, state: Any) -> None:
        if _text(state[1]) in ("<", ">"):
            self.dtype = np.dtype(f"{_text(state[1])}{self.dtype.str[1:]}")


class _Array:
    """An array that its state fills."""

    __slots__ = ("values",)

    def __init__(self, *_: Any) -> None:
        self.values: npt.NDArray[Any] | None = None

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, by_column, data = state
        if not isinstance(kind, _Type) or not isinstance(shape, tuple) or not all(type(n) is int for n in shape):
            raise _RefusedError("holds an array without a numeric type")
        raw = data.encode("latin1") if isinstance(data, str) else data
        if len(raw) != math.prod(shape) * kind.dtype.itemsize or min(shape, default=0) < 0:
            raise _RefusedError("holds an array whose bytes are not those of its shape")
        flat = np.frombuffer(raw, kind.dtype) if len(raw) else np.empty(0, kind.dtype)
        self.values = flat.reshape(shape, order="F" if by_column else "C")
        self.values.setflags(write=False)


@dataclass(frozen=True, slots=True)
class _Named:
    """What stands for a name; frozen, as a pickle may set attributes of what it is given."""

    make: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        return self.make(*arguments)


def _scalar(kind: Any, data: Any) -> Any:
    raw = data.encode("latin1") if isinstance(data, str) else bytes(data)
    return np.frombuffer(raw, kind.dtype)[0].item()


def _encoded(text: Any, encoding: Any = "latin1") -> bytes:
    if not isinstance(text, str) or _text(encoding) != "latin1":
        raise _RefusedError("holds bytes in another form than NumPy writes")
    return text.encode("latin1")


def _text(key: Any) -> str | None:
    if isinstance(key, bytes):
        return key.decode("latin1")
    return key if isinstance(key, str) else None


def _of_multiarray(name: str) -> dict[tuple[str, str], _Named]:
    makes: dict[str, Callable[..., Any]] = {"_reconstruct": _Array, "scalar": _scalar}
    return {(f"{package}.multiarray", name): _Named(makes[name]) for package in ("numpy.core", "numpy._core")}


_NAMES: Mapping[tuple[str, str], _Named] = {
    **_of_multiarray("_reconstruct"),
    **_of_multiarray("scalar"),
    ("numpy", "ndarray"): _Named(_Array),
    ("numpy", "dtype"): _Named(_Type),
    ("_codecs", "encode"): _Named(_encoded),
}


def _require_plain(keys: Sequence[Any]) -> None:
    """Others are nested: to look one up may take for ever, or overflow the stack of the machine."""
    if not all(type(key) in (str, bytes, int) for key in keys):
        raise _RefusedError("has a dictionary whose keys are neither texts nor numbers")


def _put_item(loader: Any) -> None:
    _require_plain(loader.stack[-2:-1])
    loader.load_setitem()


def _put_items(loader: Any) -> None:
    _require_plain(loader.stack[::2])
    loader.load_setitems()


def _make_dict(loader: Any) -> None:
    _require_plain(loader.stack[::2])
    loader.load_dict()


def _build(loader: Any) -> None:
    """Only arrays and types have a state: another one would change what stands for a name."""
    if type(loader.stack[-2]) not in (_Array, _Type):
        raise _RefusedError("gives a state to something else than an array")
    loader.load_build()


def _pass_frame(loader: Any) -> None:
    """What follows the length of a frame is read as it stands, and not copied as a whole."""
    loader.read(8)


class _Loader(pickle._Unpickler):  # in Python alone are the instructions a table
    """The instructions that arrays need; text of Python 2 stays bytes, so that no array is copied."""

    dispatch: ClassVar[dict[int, Any]] = {
        **{
            getattr(pickle, name)[0]: pickle._Unpickler.dispatch[getattr(pickle, name)[0]]
            for name in _INSTRUCTIONS
        },
        pickle.SETITEM[0]: _put_item,
        pickle.SETITEMS[0]: _put_items,
        pickle.DICT[0]: _make_dict,
        pickle.BUILD[0]: _build,
        pickle.FRAME[0]: _pass_frame,
    }

    def __init__(self, file: _Mapped) -> None:
        super().__init__(file, encoding="bytes")  # type: ignore[arg-type] # parts may be views of the file

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _NAMES:
            raise _RefusedError(f"names {f'{module}.{name}'[:80]!r}, which no array needs: it is not opened")
        return _NAMES[module, name]
