"""JMESPath within bounds: a path may be anybody's, and few characters can ask for more than any memory holds.

``[@,@]|[@,@]|…`` doubles what it is given at each step. While it is only nested, one list stands in many places,
but flattened, compared or turned into text it becomes as large as it looks. So work is counted before it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from jmespath.visitor import Options, TreeInterpreter

Compare = Callable[[Any, Any], Any]

MAX_PATH_CHARACTERS = 1_000
MAX_WORK = 1_000_000
"""Steps, values copied and characters looked at while one path is applied: about a second, 200 MB at most."""


class TooMuchWorkError(Exception):
    """A path asks for more than any answer needs."""


def require_path(text: str) -> None:
    """Check a path.

    Raises:
        ValueError: it is none, or longer or nested deeper than any that is needed.
    """
    if len(text) > MAX_PATH_CHARACTERS:
        raise ValueError(f"a JMESPath of {len(text):,} characters; at most {MAX_PATH_CHARACTERS:,} are read")
    try:
        _parsed(text)
    except JMESPathError as error:
        raise ValueError(f"no JMESPath: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise ValueError("a JMESPath that is nested too deep") from None


def search(path: str, document: Any) -> Any:
    """What a path finds in a JSON document; None where it expects another shape.

    Raises:
        TooMuchWorkError: it computes beyond `MAX_WORK`.
    """
    try:
        return _Interpreter().visit(_parsed(path), document)
    except (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError):
        return None


@lru_cache(maxsize=256)
def _parsed(path: str) -> Any:
    return jmespath.compile(path).parsed


class _Interpreter(TreeInterpreter):  # type: ignore[misc]  # the package has no types
    """Counts before it computes."""

    def __init__(self) -> None:
        self._work_left = MAX_WORK
        super().__init__(Options(custom_functions=_Functions(self.count)))
        compared: Mapping[str, Compare] = TreeInterpreter.COMPARATOR_FUNC
        self.COMPARATOR_FUNC = {name: self._counted(compare) for name, compare in compared.items()}

    def count(self, work: int) -> None:
        """Take note of some work before it is done."""
        self._work_left -= work
        if self._work_left < 0:
            raise TooMuchWorkError

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self.count(1)
        return super().visit(node, *args, **kwargs)

    def visit_flatten(self, node: Any, value: Any) -> Any:
        """Of a list, as the package does it; the lists in it may be one list many times."""
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        parts = [element if isinstance(element, list) else [element] for element in base]
        self.count(sum(map(len, parts)))
        return [element for part in parts for element in part]

    def visit_slice(self, node: Any, value: Any) -> Any:
        """A part of a list, which is a copy."""
        if isinstance(value, list):
            self.count(len(value))
        return super().visit_slice(node, value)

    def _counted(self, compare: Compare) -> Compare:
        def counted(left: Any, right: Any) -> Any:
            _count_all(left, self.count)
            _count_all(right, self.count)
            return compare(left, right)

        return counted


class _Functions(Functions):  # type: ignore[misc]  # the package has no types
    """Those of JMESPath. None makes more than it is given, but for `join`."""

    def __init__(self, count: Callable[[int], None]) -> None:
        self._count = count

    def call_function(self, function_name: str, resolved_args: list[Any]) -> Any:
        for argument in resolved_args:
            _count_all(argument, self._count)
        match function_name, resolved_args:
            case "join", [str() as separator, list() as texts]:
                self._count(len(separator) * len(texts))
        return super().call_function(function_name, resolved_args)


def _count_all(value: Any, count: Callable[[int], None]) -> None:
    """Count all that a value holds, as often as it stands there, and the characters of its texts."""
    left = [value]
    while left:
        inner = left.pop()
        if isinstance(inner, str):
            count(len(inner))
        elif isinstance(inner, list | dict):
            count(len(inner))
            left.extend(inner if isinstance(inner, list) else (*inner, *inner.values()))
