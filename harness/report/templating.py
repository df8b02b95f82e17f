"""Rendering of pages: everything is escaped, control characters are made visible, missing names are errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from harness.report import numbers


def template(name: str, functions: dict[str, Callable[..., Any]]) -> Template:
    """One of the templates of this package.

    Args:
        name: its file.
        functions: the functions that it calls in addition to those of `harness.report.numbers`.
    """
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=numbers.visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": numbers.number,
        "p_value": numbers.p_value,
        "count": numbers.count,
        "percent": numbers.percent,
        "short": numbers.short,
    }
    environment.globals |= {"interval": numbers.interval, **functions}
    return environment.get_template(name)
