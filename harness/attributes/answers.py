"""What the answers of people on one attribute mean: their scale, their ranges, and which are spellings of one.

It is decided once, when a study is planned, and the plan keeps it: a group is later found from one answer alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.attributes.banding import spreadsheet_remedy
from harness.attributes.group import UNKNOWN
from harness.attributes.grouping import Banding, Bands
from harness.attributes.ranges import number_or_range, overlapping, range_of
from harness.attributes.scales import SCALES
from harness.attributes.spreadsheet_dates import names_month, was_range
from harness.attributes.vocabulary import NOT_DISCLOSED, is_not_disclosed, is_unknown, kind_of, vocabulary
from harness.resources import Configured
from harness.wording import listed

MAX_ANSWERS = 1000
"""More different answers are free text: nobody compares them, and they are not searched for spellings."""

MAX_NOTED = 6


@dataclass(frozen=True)
class Meaning:
    """What the answers on one attribute mean.

    Attributes:
        banding: as in `harness.attributes.grouping.Grouping`; None: every answer is a group.
        spellings: answer → how it is spelled in the groups.
        notes: what was understood, in words.
    """

    banding: Banding
    spellings: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def meaning(attribute: str, people_of: Mapping[str, int], bands: Bands) -> Meaning:
    """What the answers mean.

    Args:
        attribute: its name, by which its kind is known.
        people_of: answer, numbers as text → how many people give it.
        bands: the study's choices; an attribute that is not among them is read by its kind.

    Raises:
        ValueError: the answers are on two scales, on a scale that must be chosen, or ranges that overlap; or a
            spreadsheet has turned ranges into dates.
    """
    people_of = dict(sorted(people_of.items()))
    searched = people_of if len(people_of) <= MAX_ANSWERS else vocabulary().unknown
    silent = {answer: UNKNOWN for answer in searched if answer in people_of and is_unknown(answer)}
    means = _meaning({answer: num for answer, num in people_of.items() if answer not in silent}, attribute, bands)
    return replace(means, spellings={**means.spellings, **silent}, notes=(*means.notes, *_noted(silent)))


def _meaning(people_of: Mapping[str, int], attribute: str, bands: Bands) -> Meaning:
    answers = list(people_of)
    banding = bands[attribute] if attribute in bands else _by_kind(attribute, answers)
    if (banding is None and attribute in bands) or len(answers) > MAX_ANSWERS:
        return Meaning(banding)
    if banding == _default_edges() and _only_words(answers):
        banding = None
    ranges = _own_ranges(answers, banding)
    if ranges is not None:
        note = f"the groups are the ranges as they were given: {listed(ranges, MAX_NOTED)}"
        return Meaning(ranges, notes=(note,))
    if isinstance(banding, str):
        scale = SCALES[banding]
        counted = {answer: group for answer in answers if (group := scale.find(answer)) is not None}
        spellings = {} if not scale.open else _alike({a: people_of[a] for a in answers if a not in counted})
        return Meaning(banding, spellings, _noted(counted | spellings))
    if banding and not isinstance(banding[0], str):
        return Meaning(banding)
    known, unclear = _in_words_of_kind(attribute, answers)
    spellings = _spellings(people_of, known, banding or ())
    notes = _noted({answer: spellings.get(answer, answer) for answer in answers})
    if unclear:
        notes += (f"{listed(unclear)} kept as given: it may be short for two words. Write the words out",)
    return Meaning(banding, spellings, notes)


def _by_kind(attribute: str, answers: Sequence[str]) -> Banding:
    """The bands or the scale of an attribute about which the study says nothing."""
    kind = kind_of(attribute)
    if kind is None:
        return None
    if kind.scale_of:
        return _scale_of(attribute, answers, kind.scale_of)
    return _default_edges() if kind.bands == "edges" else kind.bands


def _only_words(answers: Sequence[str]) -> bool:
    """Whether answers such as young and old are no numbers at all, rather than numbers with a slip among them."""
    words = [answer for answer in answers if not is_not_disclosed(answer)]
    return bool(words) and not any(number_or_range(word) or was_range(word) for word in words)


def _default_edges() -> tuple[float, ...]:
    return tuple(Configured("attributes.bands")()["age"])


def _scale_of(attribute: str, answers: Sequence[str], scales: Sequence[str]) -> str | None:
    """The scale that the answers name; None if they are on none.

    Raises:
        ValueError: they name two, or none although they are on one.
    """
    named = {scale: answer for scale in scales for answer in answers if SCALES[scale].says_its_name(answer)}
    if len(named) > 1:
        found = " and ".join(f"{answer!r} ({scale})" for scale, answer in named.items())
        raise ValueError(
            f"there are answers on two scales, {found}, and neither can be converted into the other. Put each "
            "scale in a column of its own, attr.monk and attr.fitzpatrick"
        )
    if named:
        return next(iter(named))
    on_any = [answer for answer in answers if any(SCALES[scale].find(answer) for scale in scales)]
    if not on_any:
        return None
    others = ", ".join(_other_scales(scales))
    raise ValueError(
        f"{on_any[0]!r} does not say on which scale it is. Say so with "
        f"'attributes.bands={{{attribute}: {scales[0]}}}' (or one of {others}; or null for the values as they are)"
    )


def _other_scales(scales: Sequence[str]) -> list[str]:
    """The scales after the first, and those that combine their groups."""
    related = [name for name in SCALES if any(SCALES[name].names == SCALES[scale].names for scale in scales)]
    return [name for name in related if name != scales[0]]


def _own_ranges(answers: Sequence[str], banding: Banding) -> tuple[str, ...] | None:
    """The names of the answers' ranges, where these are the groups; None where the study's bands are.

    Ranges are the groups of an attribute without bands, and of one with the default bands if they do not lie
    within these. Edges that were chosen stay as they are.
    """
    if banding is not None and banding != _default_edges():
        return None
    found = {answer: of for answer in answers if (of := range_of(answer)) is not None}
    if banding is None:
        dates = {answer: before for answer in answers if (before := was_range(answer)) is not None}
        if dates and (found or (any(map(names_month, dates)) and any(map(number_or_range, answers)))):
            answer, before = next(iter(dates.items()))
            raise ValueError(f"{answer!r} is a date, {spreadsheet_remedy(before)}")
        if not all(number_or_range(answer) or is_not_disclosed(answer) for answer in answers):
            return None
    clash = overlapping(found.values())
    edges = (
        [] if not isinstance(banding, tuple) else [float(edge) for edge in banding if not isinstance(edge, str)]
    )
    within = not any(of.low < edge < of.high for of in found.values() for edge in edges)
    if not found or (edges and within) or (banding is None and clash):
        return None
    if clash:
        raise ValueError(
            f"the ranges {clash[0].name!r} and {clash[1].name!r} overlap. Correct them, or use null: every answer "
            "is then a group"
        )
    return tuple(of.name for of in sorted(set(found.values())))


def _in_words_of_kind(attribute: str, answers: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Answers whose meaning is known → in the words of the attribute's kind; those that may mean two things."""
    kind = kind_of(attribute)
    scale = SCALES[kind.spellings] if kind is not None and kind.spellings else None
    unclear = [] if scale is None else scale.unclear_of(answers)
    known = {a: group for a in answers if scale is not None and (group := scale.find(a)) and a not in unclear}
    return known | {answer: NOT_DISCLOSED for answer in answers if is_not_disclosed(answer)}, unclear


def _spellings(
    people_of: Mapping[str, int], known: Mapping[str, str], chosen: Sequence[str | float]
) -> dict[str, str]:
    """Answers as chosen groups are spelled, else as they are known, else as by most people."""
    others = _alike({answer: num for answer, num in people_of.items() if answer not in known})
    as_chosen = {_plainly(str(group)): str(group) for group in chosen}
    meant = {answer: known.get(answer) or others.get(answer, answer) for answer in people_of}
    meant = {answer: as_chosen.get(_plainly(group), group) for answer, group in meant.items()}
    return {answer: group for answer, group in meant.items() if answer != group}


def _alike(people_of: Mapping[str, int]) -> dict[str, str]:
    """Answers that differ only in case, spaces, underscores and hyphens, as most people spell them."""
    written: dict[str, list[str]] = defaultdict(list)
    for answer in people_of:
        written[_plainly(answer)].append(answer)
    usual = {key: min(of, key=lambda answer: (-people_of[answer], answer)) for key, of in written.items()}
    return {answer: usual[key] for key, of in written.items() for answer in of if answer != usual[key]}


def _plainly(answer: str) -> str:
    return re.sub(r"(?<=\w)[\s_\u2010-\u2015-]+(?=\w)", " ", answer.casefold()).strip()


def _noted(group_of: Mapping[str, str]) -> tuple[str, ...]:
    """Which different answers are counted together."""
    together: dict[str, list[str]] = defaultdict(list)
    for answer, group in group_of.items():
        together[group].append(answer)
    folded = [f"{listed(of, MAX_NOTED)} as {group!r}" for group, of in together.items() if len(of) > 1]
    return (f"counted {'; '.join(folded[:MAX_NOTED])}{'; …' if folded[MAX_NOTED:] else ''}",) if folded else ()
