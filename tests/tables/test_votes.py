"""Votes of the samples as counts by class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.tables.schemas import SAMPLES
from harness.tables.votes import (
    MAX_VOTED,
    RATERS,
    VOTES,
    classes_of_votes,
    count_votes,
    names_of_classes,
    vote_columns,
    voted_labels,
    votes_of,
)

BALLOTS = [
    [("ANG", 3), ("hap", 1)],
    None,
    [],
    [("anger", 2), ("angry", 1), ("xxx", 4), ("calm", None)],
    [("surprise", 0)],
]


def column(ballots: list[Any]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(ballots, SAMPLES.field("votes").type)])


def test_spellings_of_one_emotion_are_added_and_no_label_is_no_vote() -> None:
    votes = column(BALLOTS)
    labels = voted_labels(votes)
    assert labels == {"ANG", "hap", "anger", "angry", "xxx"}
    classes = classes_of_votes(labels, {})
    assert names_of_classes(classes) == ("anger", "happiness")
    assert count_votes(votes, classes).tolist() == [[3, 1], [0, 0], [0, 0], [3, 0], [0, 0]]


def test_what_the_study_merges_is_added() -> None:
    votes = column([[("calm", 2), ("neutral", 1), ("joy", 1)]])
    classes = classes_of_votes(voted_labels(votes), {"calm": "neutral"})
    assert names_of_classes(classes) == ("happiness", "neutral")
    assert count_votes(votes, classes).tolist() == [[1, 3]]


def test_parts_of_a_column_have_the_counts_of_their_rows() -> None:
    whole = column(BALLOTS)
    classes = classes_of_votes(voted_labels(whole), {})
    parts = pa.chunked_array([whole.chunk(0).slice(1, 2), whole.chunk(0).slice(3), whole.chunk(0).slice(0, 1)])
    assert count_votes(parts, classes).tolist() == [[0, 0], [0, 0], [3, 0], [0, 0], [3, 1]]


def test_without_a_vote_there_is_no_class() -> None:
    assert voted_labels(column([None, [], [("anger", 0)]])) == set()
    assert count_votes(column([None, []]), {}).shape == (2, 0)


def test_a_negative_number_of_votes_is_refused() -> None:
    with pytest.raises(HarnessError, match=r"a label has -2 votes\. Expected 0 or more"):
        voted_labels(column([[("anger", -2)]]))


def test_votes_for_free_text_are_refused_with_the_way_out() -> None:
    labels = [f"text {index}" for index in range(MAX_VOTED + 1)]
    with pytest.raises(HarnessError, match=r"for 201 different labels, such as 'text 0'.*measure\.votes=false"):
        classes_of_votes(labels, {})
    assert len(classes_of_votes(labels[1:], {})) == MAX_VOTED


SHARES = pa.table(
    {
        "ctx.share_angry": [0.6, 30.0, None, 0.0],
        "ctx.share_joy": [0.2, 10.0, None, 0.0],
        "ctx.share_ANG": [0.2, 0.0, float("nan"), 1.0],
        "ctx.word": ["a", "b", "c", "d"],
    }
)


def test_shares_of_a_sample_count_as_one_vote() -> None:
    votes = votes_of(SHARES, "ctx.share_")
    classes = classes_of_votes(voted_labels(votes), {})
    assert classes == {"ANG": "anger", "angry": "anger", "joy": "happiness"}
    shares = [[0.8, 0.2], [0.75, 0.25], [0.0, 0.0], [1.0, 0.0]]
    assert count_votes(votes, classes) == pytest.approx(np.array(shares))
    assert count_votes(votes_of(SHARES.slice(1, 1), "ctx.share_"), classes) == pytest.approx(np.array(shares[1:2]))


def test_votes_come_from_their_column_or_from_those_that_begin_so() -> None:
    assert vote_columns(SHARES.column_names, "ctx.share_") == SHARES.column_names[:3]
    assert vote_columns(["label", "votes"], VOTES) == ["votes"]
    with pytest.raises(
        HarnessError, match=r"measure\.shares=ctx\.part_: no column .* begins so\. There are: ctx\.sh"
    ):
        vote_columns(SHARES.column_names, "ctx.part_")
    with pytest.raises(HarnessError, match=r"measure\.shares=ctx\.w: the column ctx\.word has no numbers"):
        votes_of(SHARES, "ctx.w")


def test_shares_that_are_merged_tie_with_one_that_is_as_large() -> None:
    samples = pa.table({"ctx.share_angry": [0.2], "ctx.share_annoyed": [0.4], "ctx.share_sad": [0.6]})
    in_float32 = pa.table({name: samples[name].cast(pa.float32()) for name in samples.column_names})
    votes = votes_of(pa.concat_tables([samples, in_float32.cast(samples.schema)]), "ctx.share_")
    [[angry, sad], rounded] = count_votes(
        votes, classes_of_votes(voted_labels(votes), {"annoyed": "angry"})
    ).tolist()
    assert angry == sad == 0.5
    assert rounded == [0.5, 0.5]


@pytest.mark.parametrize("share", [-0.1, float("inf"), float("-inf"), 1e300])
def test_what_is_no_share_is_refused(share: float) -> None:
    samples = pa.table({"ctx.share_joy": [1.0, share], "ctx.share_sad": [0.0, 1.0]})
    with pytest.raises(HarnessError, match=r"measure\.shares=ctx\.share_: ctx\.share_joy has the share"):
        votes_of(samples, "ctx.share_")


def test_more_votes_than_raters_are_shares_so_that_no_single_vote_is_left_out() -> None:
    votes = column([[("anger", 3), ("joy", 1)], [("anger", 2), ("joy", 1)], None, [("joy", 2), ("xxx", 2)]])
    samples = pa.table({"votes": votes, RATERS: [2, None, 0, 4]})
    found = votes_of(samples, VOTES)
    assert vote_columns(samples.column_names, VOTES) == [VOTES, RATERS]
    classes = classes_of_votes(voted_labels(found), {})
    assert count_votes(found, classes).tolist() == [[0.75, 0.25], [2, 1], [0, 0], [0, 2]]
    assert votes_of(pa.table({"votes": votes, RATERS: ["anna"] * 4}), VOTES).equals(votes), "no number"
    parts = pa.concat_tables([samples.slice(2, 2), samples.slice(0, 2)])
    assert count_votes(votes_of(parts, VOTES), classes).tolist() == [[0, 0], [0, 2], [0.75, 0.25], [2, 1]]
