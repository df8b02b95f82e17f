"""Rendering of pages: everything is escaped, control characters are made visible, missing names are errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from harness.report import numbers
from harness.report.compiled_templates import CompiledTemplates
from harness.wording import FIXED_LINE

OWN = "harness.report"


def template(name: str, functions: dict[str, Callable[..., Any]], package: str = OWN) -> Template:
    """One of the templates of this package, or of another one that may include them.

    Args:
        name: its file.
        functions: the functions that it calls in addition to those of `harness.report.numbers`.
        package: whose templates are looked for first.
    """
    packages = dict.fromkeys((package, OWN))
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(each) for each in packages]),
        bytecode_cache=_COMPILED,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=numbers.visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": numbers.number,
        "signed": numbers.signed,
        "p_value": numbers.p_value,
        "count": numbers.count,
        "percent": numbers.percent,
        "short": numbers.short,
        "unbroken": unbroken,
    }
    environment.globals |= {"interval": numbers.interval, "fixed_line": FIXED_LINE, **functions}
    return environment.get_template(name)


_COMPILED = CompiledTemplates()
"""A pack renders dozens of pages, each with functions of its own."""


def unbroken(name: str) -> Markup:
    """A name of which short words with hyphens stay on one line: browsers would break ``CREMA-D``."""
    words = [escape(numbers.visible(word)) for word in re.split(r"(\s+)", name)]
    whole = Markup('<span class="whole">{}</span>')
    return Markup("").join(
        whole.format(word) if "-" in word and len(word) <= _LONGEST_WHOLE else word for word in words
    )


_LONGEST_WHOLE = 24
"""Longer words may not fit beside each other on a phone."""
