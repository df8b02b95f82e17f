"""What pydantic found wrong with a value, in the words of configs and cards instead of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_EXPECTED: Mapping[str, str] = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "expected a whole number"),
    **dict.fromkeys(("float_parsing", "float_type", "decimal_parsing"), "expected a number"),
    "int_parsing_size": "the number is too large",
    "finite_number": "expected a finite number",
    **dict.fromkeys(("bool_parsing", "bool_type"), "expected true or false"),
    **dict.fromkeys(("string_type", "string_unicode"), "expected text"),
    "string_pattern_mismatch": "expected text of the form {pattern}",
    "string_too_long": "expected at most {max_length} characters",
    "string_too_short": "expected at least {min_length} characters",
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "iterable_type"), "expected a list, such as [a, b]"),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"),
        "expected keys with values, such as {{a: b}}",
    ),
    "path_type": "expected a path",
    "literal_error": "expected {expected}",
    "enum": "expected {expected}",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected at least {ge}",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected at most {le}",
    "too_long": "expected at most {max_length}, found {actual_length}",
    "too_short": "expected at least {min_length}, found {actual_length}",
    "missing": "is missing",
    "extra_forbidden": "there is no such key",
    **dict.fromkeys(("date_parsing", "date_type", "date_from_datetime_parsing"), "expected a date: 2026-11-26"),
    "none_required": "expected null",
}


def expected(item: Mapping[str, Any]) -> str:
    """What one of pydantic's errors says, such as ``expected a whole number``.

    Args:
        item: of ``ValidationError.errors()``.
    """
    text = _EXPECTED.get(item["type"])
    if text is None:  # the message of a validator of ours
        return str(item["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    bounds = {name: f"{of:g}" if isinstance(of, float) else of for name, of in item.get("ctx", {}).items()}
    return text.format(**bounds)


def key_of(item: Mapping[str, Any]) -> str:
    """The key that an error is about, without the types among which pydantic looked for one that fits."""
    parts = [str(part) for part in item["loc"]]
    named = (part for part in parts if not part.endswith(("]", ")")) and part != "constrained-int")
    return ".".join(named) or "the whole"
