"""Compiled templates beside their sources, as Python keeps its own bytecode: compiling a report's takes 0.2 s."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType
from zlib import crc32

import jinja2
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

_DAMAGED = (EOFError, ImportError, SystemError, TypeError, ValueError)
"""What Python raises of bytecode that is not what was written."""


class CompiledTemplates(BytecodeCache):
    """Keeps the code of every template in memory, and in ``__pycache__`` in the folder of its file.

    Python's import system reads and writes the files there, just as those of the modules in that folder: whoever
    could put something else there could do so to the harness itself. ``PYTHONDONTWRITEBYTECODE`` and
    ``PYTHONPYCACHEPREFIX`` hold for them, and a folder that cannot be written to is left as it is.
    """

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """The code of a template, compiled if it is not kept."""
        bucket = super().get_bucket(environment, name, filename, source)
        if bucket.code is None and filename is not None and Path(filename).is_file():
            try:
                bucket.code = _TemplateFile(environment, name, filename, source).get_code(name)
            except _DAMAGED:  # Jinja compiles, and the next process keeps that
                with suppress(OSError):
                    Path(cache_from_source(filename)).unlink()
            else:
                self.dump_bytecode(bucket)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        """What is kept in memory."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it in memory."""
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


class _TemplateFile(SourceFileLoader):
    """A template as Python loads a module: its bytecode, or else its source, whose bytecode is then kept."""

    def __init__(self, environment: Environment, name: str, filename: str, source: str) -> None:
        super().__init__(name, filename)
        self._environment, self._source = environment, source

    def path_stats(self, path: str) -> dict[str, int]:
        """What the bytecode was made of, in place of when: a template of another time may be the same."""
        del path
        source = self._source.encode()
        return {"mtime": crc32(source, _compiler()), "size": len(source)}

    def source_to_code(self, data: object, path: object, **_: object) -> CodeType:  # type: ignore[override]
        """Jinja's code of the template."""
        del data
        code: CodeType = self._environment.compile(self._source, self.name, str(path))
        return code


@cache
def _compiler() -> int:
    """A number of what the code depends on besides the template: Jinja, and the filters of its constants."""
    folder = Path(__file__).parent
    files = (folder / "numbers.py", folder / "templating.py", folder.parent / "wording.py")
    return crc32(b"".join([jinja2.__version__.encode(), *(file.read_bytes() for file in files)]))
