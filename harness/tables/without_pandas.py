"""Keeps Arrow from importing pandas, which takes a third of a second, where nobody gives it anything of pandas."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder

import pyarrow as pa

from harness.resources import extension_points


def without_pandas() -> None:
    """Have Arrow take pandas for absent until something of pandas is asked of it, such as ``Table.to_pandas``.

    Arrow imports pandas when it is first given something, only to see whether it is a Series. It is left to do so
    where pandas is imported already, or where code of other packages may run, which may give it a Series.
    """
    if "pandas" in sys.modules or extension_points():
        return
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(absent)


class _Absent(MetaPathFinder):
    """Finds that pandas is not installed."""

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
