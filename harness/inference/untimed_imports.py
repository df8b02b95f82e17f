"""Imports that are not charged to the sample during which they are done.

A reader, or a library that it calls, may import what it needs when it first needs it. The harness's own readers
say so (`harness.first_use`); others do not know of that, and libraries such as MNE import most of themselves so.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from harness.first_use import first_use

_STEPS = ("create_module", "exec_module")
"""Of a loader: what takes long of an extension, and of a module in Python."""


class UntimedImports(MetaPathFinder):
    """Stops the time of the present sample while modules are found and loaded, which is left to others."""

    @classmethod
    def install(cls) -> None:
        """Do so in this process from now on."""
        sys.meta_path.insert(0, cls())

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find."""
        spec: ModuleSpec | None = _untimed(self._found)(fullname, path, target)
        if spec is not None:
            for step in _STEPS:
                # A loader that is a class, or has come by here before, has the attribute already.
                if hasattr(spec.loader, step) and step not in getattr(spec.loader, "__dict__", _STEPS):
                    setattr(spec.loader, step, _untimed(getattr(spec.loader, step)))
        return spec

    def _found(self, *wanted: Any) -> ModuleSpec | None:
        others = (finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec"))
        return next((spec for finder in others if (spec := finder.find_spec(*wanted)) is not None), None)


def _untimed(step: Callable[..., Any]) -> Callable[..., Any]:
    def untimed(*given: Any) -> Any:
        # What another thread imports takes nothing from the sample: this one's time goes on.
        is_main = threading.current_thread() is threading.main_thread()
        with first_use() if is_main else nullcontext():
            return step(*given)

    return untimed
