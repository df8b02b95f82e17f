"""Words by which a sentence denies what it mentions, or speaks of another case."""

from __future__ import annotations

import re

NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|hardly|barely|without|except|unlikely|far from|anything but|rather than"
    r"|instead of|\w+n't|cannot|isnt|doesnt|nicht|kein|keine|pas|ni|non|não|не)\b",
    re.IGNORECASE,
)
SUPPOSED = re.compile(r"\b(?:if|whether|unless|suppose|assuming|wenn|falls|si|если)\b", re.IGNORECASE)
"""What makes a statement one about another case."""
