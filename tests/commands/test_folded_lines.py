"""Prose ends its lines between words in a terminal; what has lines of its own keeps them."""

from __future__ import annotations

import pytest

from harness.commands import folded_lines
from harness.commands.folded_lines import in_terminal

TEXT = """# A title that is longer than the terminal is wide

A paragraph of two lines, of which the first
goes on here, with `code`.
- An item of a list that is long
  and has a second line
1. Another

```
harness run dataset=NAME dataset.root=PATH model=NAME
```
| a | table that keeps its line as it is |

    indented code that keeps its line as well
A-word-with-hyphens-that-is-longer-than-thirty-columns"""

FOLDED = """# A title that is longer than the terminal is wide

A paragraph of two lines, of
which the first goes on here,
with `code`.
- An item of a list that is
  long and has a second line
1. Another

```
harness run dataset=NAME dataset.root=PATH model=NAME
```
| a | table that keeps its line as it is |

    indented code that keeps its line as well
A-word-with-hyphens-that-is-longer-than-thirty-columns"""


def test_prose_is_folded_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folded_lines, "folding_width", lambda: 30)
    assert in_terminal(TEXT) == FOLDED


def test_elsewhere_it_stays_as_it_is() -> None:
    assert in_terminal(TEXT) == TEXT
