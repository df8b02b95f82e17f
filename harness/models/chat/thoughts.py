"""What a language model thinks aloud before it answers, which is not its answer."""

from __future__ import annotations

import re

_TAG = re.compile(
    r"</?(?:think|thinking|thoughts?|reasoning|reflection|scratchpad|analysis)>"
    r"|◁/?think▷|\[/?think\]|<\|channel\|>(?P<channel>\w+)(?:<\|\w+\|>)?",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"<\|\w+\|>|</?s>|<(?:start|end)_of_turn>")
"""Marks between turns that servers leave in the text."""


def without_thoughts(text: str) -> str:
    """A text without what stands between marks such as ``<think>`` and ``</think>``.

    A closing mark alone ends thoughts whose beginning was part of the prompt; an opening one alone begins thoughts
    that were cut off. Linear in the length of the text.
    """
    kept: list[str] = []
    start, is_thought = 0, False
    for tag in _TAG.finditer(text):
        channel = tag["channel"]
        ends = channel.casefold() == "final" if channel else "/" in tag[0]
        if ends and not is_thought:
            kept.clear()
        elif not ends and not is_thought:
            kept.append(text[start : tag.start()])
        is_thought, start = not ends, tag.end()
    if not is_thought:
        kept.append(text[start:])
    return _CONTROL.sub("", "".join(kept)).strip()
