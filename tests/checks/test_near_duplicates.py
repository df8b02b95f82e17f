"""Copies within and across subjects, as findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from harness.checks.checked_system import CheckedSystem
from harness.checks.near_duplicates import ACROSS, WITHIN, near_duplicates, samples_behind
from harness.tables.probe_tables import FINGERPRINT_WIDTH, MEDIA, validate_media
from harness.tables.results import results_table

MakeSystem = Callable[..., CheckedSystem]

SUBJECTS = [0, 0, 0, 1, 1, 1, 2, 2, 2]


def media(prints: np.ndarray, kinds: list[str | None], **columns: Any) -> pa.Table:
    names = [f"s{i:06d}" for i in range(len(prints))]
    values: dict[str, Any] = {name: [None] * len(prints) for name in MEDIA.names}
    values |= {"sample_id": names, "kind": kinds, "content": [f"{i:012x}" for i in range(len(prints))]}
    values |= {"fingerprint": [p.tolist() if k else None for p, k in zip(prints, kinds, strict=True)]} | columns
    return pa.table([pa.array(values[field.name], field.type) for field in MEDIA], schema=MEDIA)


def different(num: int = 9) -> np.ndarray:
    return np.random.default_rng(0).integers(-100, 100, (num, FINGERPRINT_WIDTH)).astype(np.int8)


def test_media_that_differ_pass(make_system: MakeSystem) -> None:
    system = make_system(SUBJECTS, ["a"] * 9, ["a"] * 9)
    found = near_duplicates(replace(system, media=media(different(), ["image"] * 9)))
    assert [(f.metric, f.group, f.verdict, f.value, f.n_samples) for f in found] == [
        ("near_duplicates", ACROSS, "met", 0.0, 9),
        ("near_duplicates", WITHIN, "met", 0.0, 9),
    ]


def test_two_media_are_enough_to_compare(make_system: MakeSystem) -> None:
    system, prints = make_system([0, 1], ["a"] * 2, ["a"] * 2), different(2)
    prints[1] = prints[0]
    across, within = near_duplicates(replace(system, media=media(prints, ["image"] * 2)))
    assert (across.verdict, across.value, within.verdict) == ("not_met", 1.0, "met")


def test_copies_are_counted_named_and_told_apart(make_system: MakeSystem) -> None:
    system = make_system(SUBJECTS, ["a"] * 9, ["a"] * 9)
    prints = different()
    prints[1] = prints[0]  # one subject
    prints[8] = np.clip(prints[3].astype(int) + 1, -127, 127)  # two subjects
    contents = [f"{i if i != 1 else 0:012x}" for i in range(9)]
    across, within = near_duplicates(replace(system, media=media(prints, ["image"] * 9, content=contents)))
    assert (across.verdict, across.value) == ("not_met", 2 / 9)
    assert across.reason is not None
    assert across.reason.startswith(
        "2 samples of 9 are copies or near copies of another subject (0 exact), such as rows 3 and 8 of "
    )
    assert (within.verdict, within.value) == ("not_met", 2 / 9)
    assert within.reason is not None
    assert within.reason.startswith(
        "2 samples of 9 are copies or near copies of the same subject (2 exact), such as rows 0 and 1 of "
    )


def test_takes_of_one_person_that_are_alike_are_to_be_looked_at(make_system: MakeSystem) -> None:
    system = make_system(SUBJECTS, ["a"] * 9, ["a"] * 9)
    prints = different()
    prints[1] = np.clip(prints[0].astype(int) + 1, -127, 127)
    across, within = near_duplicates(replace(system, media=media(prints, ["audio"] * 9)))
    assert (across.verdict, within.verdict, within.value) == ("met", "inconclusive", 2 / 9)
    assert "Two takes of one person can be as alike as copies: look at them." in (within.reason or "")


def test_lengths_say_nothing_of_audio_whose_silence_was_cut(make_system: MakeSystem) -> None:
    system = make_system(SUBJECTS, ["a"] * 9, ["a"] * 9)
    prints = different()
    prints[5] = prints[0] // 2 * 2  # as alike as a copy, and not equal
    seconds = [3.0, *[2.0] * 8]
    for kind, verdict in (("audio", "not_met"), ("signal", "met")):
        found = near_duplicates(replace(system, media=media(prints, [kind] * 9, duration_s=seconds)))
        assert found[0].verdict == verdict


def test_only_media_of_one_kind_are_compared(make_system: MakeSystem) -> None:
    system = make_system(SUBJECTS, ["a"] * 9, ["a"] * 9)
    prints = different()
    prints[5] = prints[0]
    found = near_duplicates(replace(system, media=media(prints, ["image"] * 5 + ["audio"] * 4)))
    assert [f.verdict for f in found] == ["met", "met"]


def test_samples_that_could_not_be_read_do_not_count(make_system: MakeSystem) -> None:
    system = make_system(SUBJECTS, ["a"] * 9, ["a"] * 9)
    kinds = ["signal", None, "signal", None, *["signal"] * 5]
    table = validate_media(media(different(), kinds), system.samples)
    assert [(f.verdict, f.n_samples) for f in near_duplicates(replace(system, media=table))] == [("met", 7)] * 2


def test_without_media_nothing_is_tested(make_system: MakeSystem) -> None:
    system = make_system(SUBJECTS, ["a"] * 9, ["a"] * 9)
    for nothing in (None, MEDIA.empty_table(), media(different(), ["image"] + [None] * 8)):
        assert [f.verdict for f in near_duplicates(replace(system, media=nothing))] == ["not_tested"] * 2


def test_a_finding_leads_to_all_copies(make_system: MakeSystem) -> None:
    prints = different()
    prints[4], prints[8] = prints[0], prints[7]  # of another person, and of the same
    system = replace(make_system(SUBJECTS, ["a"] * 9, ["a"] * 9), media=media(prints, ["image"] * 9))
    behind = {
        row["group"]: np.flatnonzero(samples_behind(system, row)).tolist()
        for row in results_table(near_duplicates(system)).to_pylist()
    }
    assert behind == {ACROSS: [0, 4], WITHIN: [7, 8]}
    none = replace(system, media=media(different(), ["image"] * 9))
    (row, _) = results_table(near_duplicates(none)).to_pylist()
    assert samples_behind(none, row).all()
