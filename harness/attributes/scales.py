"""Named scales: the many spellings of one answer → the groups that a study compares.

Skin tone: the Monk Skin Tone scale (Monk 2023, doi:10.31235/osf.io/pdf4c), as it is or in bands, and Fitzpatrick's
phototypes (1988, doi:10.1001/archderm.1988.01670060015008). Neurodivergence: what questionnaires ask for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.attributes.bands import plain


@dataclass(frozen=True)
class Scale:
    """A scale.

    Attributes:
        groups: its groups in reading order.
        group_of: spelling, in lower case with single spaces, → group.
        prefixes: how the scale's name may stand before an answer.
        open: whether an answer that is not on the scale keeps its own name; otherwise it is refused.
    """

    groups: tuple[str, ...]
    group_of: Mapping[str, str]
    prefixes: tuple[str, ...] = ()
    open: bool = False

    def group(self, value: float | str) -> str:
        """The group of an answer.

        Raises:
            ValueError: it is not on the scale.
        """
        text = value if isinstance(value, str) else plain(value)
        group = text if text in self.groups else self.group_of.get(_spelling(text, self.prefixes))
        if group is None and not self.open:
            raise ValueError(f"{text!r} is not on the scale; its groups are {', '.join(self.groups)}")
        return group or text


def _spelling(text: str, prefixes: Sequence[str]) -> str:
    """``Monk_01``, ``MST 1``, ``1`` and ``1.0`` are one spelling: ``1``; so are ``Type-IV`` and ``iv``."""
    words = re.sub(r"[^\w.]+|_+", " ", text.lower()).strip(" .")
    for prefix in prefixes:
        words = words.removeprefix(prefix).lstrip()
    return re.sub(r"^0+(?=\d)|\.0+$", "", words)


def _monk(bands: Mapping[str, Sequence[int]]) -> Scale:
    group_of = {str(tone): name for name, tones in bands.items() for tone in tones}
    return Scale(tuple(bands), group_of, prefixes=("monk", "mst"))


ROMAN = ("I", "II", "III", "IV", "V", "VI")

SCALES: Mapping[str, Scale] = {
    "monk_10": _monk({f"monk_{tone:02d}": [tone] for tone in range(1, 11)}),
    # Light, medium and dark as in Heldreth et al. 2024, doi:10.1145/3632120.
    "monk_3": _monk({"light": range(1, 4), "medium": range(4, 7), "dark": range(7, 11)}),
    # No six bands are published. These split each of the three; the medium one where the scale's lightness falls
    # most (L* 78 to 55, from tone 5 to 6).
    "monk_6": _monk(
        {
            "monk_01-02": [1, 2],
            "monk_03": [3],
            "monk_04-05": [4, 5],
            "monk_06": [6],
            "monk_07-08": [7, 8],
            "monk_09-10": [9, 10],
        }
    ),
    "fitzpatrick": Scale(
        ROMAN,
        {spelling: name for i, name in enumerate(ROMAN, 1) for spelling in (str(i), name.lower())},
        prefixes=("fitzpatrick", "fst", "type"),
    ),
    "neurodivergence": Scale(
        ("none reported", "autism", "ADHD", "other", "not disclosed"),
        {
            **dict.fromkeys(("none reported", "none", "no", "neurotypical"), "none reported"),
            **dict.fromkeys(("autism", "autistic", "asd", "asperger", "autism spectrum disorder"), "autism"),
            **dict.fromkeys(("adhd", "add", "attention deficit hyperactivity disorder"), "ADHD"),
            "other": "other",
            **dict.fromkeys(
                ("not disclosed", "undisclosed", "not stated", "prefer not to say", "declined"), "not disclosed"
            ),
        },
        open=True,
    ),
}
