"""Whose a clip is, and which recording is that of it: the one of its name, whatever its suffix and its folder."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath

from harness.datasets.layout import listed_files, read_csv
from harness.errors import HarnessError


def clip_of(uri: str) -> str:
    """The path of a file without its suffix."""
    return str(PurePosixPath(uri).with_suffix(""))


def recordings_of(clips: Collection[str], uris: Collection[str]) -> dict[str, str]:
    """The recording of each clip that has one.

    It lies at the same place as the clip's traces, or, where nothing does, has its name in any folder. Of one
    place with several suffixes, it is the first.

    Args:
        clips: paths without a suffix.
        uris: of the recordings, sorted.

    Raises:
        ValueError: recordings in several folders have the name of a clip, or several clips that of a recording.
    """
    at_place: dict[str, str] = {}
    by_name: dict[str, dict[str, str]] = defaultdict(dict)
    for uri in uris:
        place = clip_of(uri)
        at_place.setdefault(place, uri)
        by_name[PurePosixPath(place).name].setdefault(place, uri)
    namesakes = Counter(PurePosixPath(clip).name for clip in clips)
    found = {}
    for clip in clips:
        name = PurePosixPath(clip).name
        others = sorted(by_name.get(name, {}).values())
        if clip in at_place:
            found[clip] = at_place[clip]
        elif others and (len(others) > 1 or namesakes[name] > 1):
            raise ValueError(
                f"clip {clip} may be any of {listed_files(others)}"
                if len(others) > 1
                else f"{others[0]} has the name of several clips, such as {clip}"
            )
        elif others:
            found[clip] = others[0]
    return found


def surplus_recordings(uris: Collection[str], used: Collection[str]) -> Iterator[tuple[str, str]]:
    """Recordings at the place of a used one, with another suffix: (the used one, the other)."""
    used_at = {clip_of(uri): uri for uri in used}
    for uri in uris:
        if (chosen := used_at.get(clip_of(uri), uri)) != uri:
            yield chosen, uri


def people_of_clips(path: Path) -> Mapping[str, str]:
    """Clip → person, of a table with the columns ``clip`` and ``subject_id``.

    Raises:
        HarnessError: it is no such table, or a clip has two people.
    """
    people: dict[str, str] = {}
    for number, row in enumerate(read_csv(path, ["clip", "subject_id"]), start=1):
        if people.setdefault(row["clip"], row["subject_id"]) != row["subject_id"]:
            raise HarnessError(f"{path}, row {number}: clip {row['clip']} has two people.")
    return {clip: person for clip, person in people.items() if person}
