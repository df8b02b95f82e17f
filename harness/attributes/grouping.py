"""The plan's choices about groups: which axes, which bands, which groups are always listed.

They are part of the plan, and a plan may come from elsewhere: what is read back is validated like a config.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from harness.attributes.banding import are_ranges, group_in_bands, group_in_ranges
from harness.attributes.bands import band_names, plain, require_edges
from harness.attributes.group import OTHER, TIMES, UNKNOWN
from harness.attributes.scales import SCALES
from harness.attributes.vocabulary import is_age
from harness.resources import Configured

MAX_GROUPS = 50
"""More groups than this on one axis are free text or a number without bands: nothing there can be compared."""


MAX_ATTRIBUTES = 1000
"""More than this in one table of samples are refused."""

SEARCH = "search"
"""The axis of what a search over all groups flagged."""

_RESERVED = ("overall", SEARCH)
"""What the axis of a results row says that is about no attribute."""

MAX_GROUP_NAME = 200

Text = Annotated[str, Field(min_length=1, max_length=MAX_GROUP_NAME)]


def require_name(name: str) -> str:
    """The name of an attribute, checked.

    Raises:
        ValueError: an axis could not say it: it is empty or long, has spaces around it or a ``*`` in it, or stands
            for something else in the results.
    """
    if not 0 < len(name.strip()) == len(name) <= MAX_GROUP_NAME or TIMES in name or name in _RESERVED:
        raise ValueError(
            f"{name[:80]!r} cannot name an attribute: expected 1 to {MAX_GROUP_NAME} characters without {TIMES!r} "
            f"and without spaces around them, and none of {', '.join(_RESERVED)}"
        )
    return name


def parts(axis: str) -> tuple[str, ...]:
    """The attributes of an axis: ``parts("sex*age") == ("sex", "age")``."""
    return tuple(part.strip() for part in axis.split(TIMES))


def _axis(axis: str) -> str:
    names = [require_name(name) for name in parts(axis)]
    if len(set(names)) < len(names):
        raise ValueError(f"{axis!r} crosses an attribute with itself")
    return TIMES.join(names)


def _banding(found: object) -> object:
    if found is None or (isinstance(found, str) and found in SCALES):
        return found
    if isinstance(found, list | tuple) and 0 < len(found) < MAX_GROUPS:
        if all(isinstance(item, int | float) and not isinstance(item, bool) for item in found):
            require_edges(found)
            return tuple(found)
        if all(isinstance(item, str) for item in found) and len(set(found)) == len(found):
            return tuple(found)
    raise ValueError(
        f"expected edges such as [18, 30, 50], the names of groups, null or a scale ({', '.join(SCALES)})"
    )


Name = Annotated[str, AfterValidator(require_name)]
Axis = Annotated[str, Field(max_length=1000), AfterValidator(_axis)]
Axes = Annotated[tuple[Axis, ...], Field(max_length=100), AfterValidator(lambda axes: tuple(dict.fromkeys(axes)))]
Banding = Annotated[tuple[int | float, ...] | tuple[Text, ...] | str | None, BeforeValidator(_banding)]
"""Edges of bands; or the groups' names in reading order; or a scale's name; or None: every value is a group."""
Bands = Annotated[dict[Name, Banding], Field(max_length=100)]
Spellings = Annotated[
    dict[Name, Annotated[dict[Text, Text], Field(max_length=1000)]], Field(max_length=MAX_ATTRIBUTES)
]
Shared = Annotated[
    dict[Name, Annotated[tuple[Text, ...], Field(max_length=2000)]], Field(max_length=MAX_ATTRIBUTES)
]
Declared = Annotated[dict[Name, Annotated[tuple[Text, ...], Field(max_length=1000)]], Field(max_length=100)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Grouping:
    """How samples fall into groups.

    Attributes:
        axes: the attributes and intersections to group by, without ``attr.``; None takes every attribute alone.
        bands: attribute → how its values become groups.
        declared: attribute → groups that are listed also where nobody is in them, such as those of the card.
        spellings: attribute → answer → how it is spelled in the groups; answers as they are stand not in it.
        shared: attribute → the groups that at least two people have, of an attribute with others; these others are
            `OTHER`, so that nobody is known by an answer that no one else gave.

    Raises:
        pydantic.ValidationError: (a ``ValueError``) a name, an axis or a band is malformed.
    """

    axes: Axes | None = None
    bands: Bands = Field(default_factory=Configured("attributes.bands"), validate_default=True)
    declared: Declared = Field(default_factory=dict)
    spellings: Spellings = Field(default_factory=dict)
    shared: Shared = Field(default_factory=dict)

    @classmethod
    def of(cls, section: Mapping[str, Any]) -> Grouping:
        """Read the choices back from ``plan["attributes"]``, among the facts that stand there.

        Raises:
            KeyError, TypeError, ValueError: they are missing or malformed.
        """
        later = {name: section[name] for name in ("spellings", "shared") if name in section}
        return cls(axes=section["axes"], bands=section["bands"], declared=section["declared"], **later)

    def plain(self) -> dict[str, Any]:
        """The choices as JSON values; `of` reads them back."""
        return {
            "axes": None if self.axes is None else list(self.axes),
            "bands": {name: list(b) if isinstance(b, tuple) else b for name, b in self.bands.items()},
            "declared": {name: list(groups) for name, groups in self.declared.items()},
            "spellings": {name: dict(spelled) for name, spelled in self.spellings.items()},
            "shared": {name: list(groups) for name, groups in self.shared.items()},
        }

    def with_shared(self, shared: Mapping[str, tuple[str, ...]]) -> Grouping:
        """The same choices, with further attributes of which only these groups are named."""
        return replace(self, shared={**self.shared, **shared})

    def group_of(self, attribute: str, value: float | str | None) -> str | None:
        """The group of one value; None where it says nothing (None, NaN, an empty text, ``unknown`` in any case).

        Raises:
            ValueError: the value is not on the attribute's scale, in none of its bands, or no age.
        """
        group = self._group(attribute, value)
        shared = self.shared.get(attribute)
        return group if group is None or shared is None or group in shared else OTHER

    def choice(self, attribute: str) -> str:
        """The choice of bands for an attribute, as it is written: ``attributes.bands={age: [18, 30]}``."""
        banding = self.bands.get(attribute)
        shown = f"[{', '.join(map(str, banding))}]" if isinstance(banding, tuple) else banding
        return f"attributes.bands={{{attribute}: {'null' if shown is None else shown}}}"

    def _group(self, attribute: str, value: float | str | None) -> str | None:
        if value is None or value != value:
            return None
        if isinstance(value, str) and value.strip().lower() in ("", UNKNOWN):
            return None
        text = value if isinstance(value, str) else plain(value)
        text = self.spellings.get(attribute, {}).get(text, text)
        if text == UNKNOWN:
            return None
        banding = self.bands.get(attribute)
        if isinstance(banding, str):
            return SCALES[banding].group(text)
        if not banding:
            return text
        edges, names = _edges(banding), tuple(map(str, banding))
        if edges:
            return group_in_bands(text, edges, years=is_age(attribute))
        return group_in_ranges(text, names) if are_ranges(names) else text

    def listed(self, attribute: str) -> tuple[str, ...]:
        """The attribute's groups that are always listed, in reading order.

        Raises:
            ValueError: a declared value is not on the attribute's scale.
        """
        banding = self.bands.get(attribute)
        edges = _edges(banding)
        if isinstance(banding, str):
            own: tuple[str, ...] = SCALES[banding].groups
        elif edges:
            own = band_names(edges)
        else:
            own = tuple(str(name) for name in banding or ())
        declared = [self._group(attribute, value) for value in self.declared.get(attribute, ())]
        names = dict.fromkeys([*own, *(name for name in declared if name is not None)])
        return tuple(name for name in names if name != UNKNOWN)


def _edges(banding: Banding) -> tuple[float, ...]:
    if not isinstance(banding, tuple):
        return ()
    return tuple(item for item in banding if not isinstance(item, str))
