from __future__ import annotations

import json
import random
import resource
import time
from typing import Any

import jmespath
import pytest
from jmespath.exceptions import JMESPathError

from harness.errors import Unscored
from harness.models.services import exchange as exchange_module
from harness.models.services.answer_paths import HttpOutput, count_in, stated_in, version_in
from harness.models.services.bounded_paths import MAX_WORK, TooMuchWorkError, require_path, search
from harness.models.services.exchange import Exchange

DOCUMENT = {
    "faces": [
        {"emotion": "fear", "box": [1, 2, 3, 4], "all": [{"n": "fear", "v": 0.75}, {"n": "anger", "v": 0.25}]},
        {"emotion": "anger", "box": [0, 0, 9, 9], "all": [{"n": "anger", "v": 1.0}]},
    ],
    "n": 2,
    "text": "a b",
    "nested": [[1, 2], [3], 4],
}

USED = [
    "faces[0].emotion",
    "faces[*].all[].{label: n, score: v}",
    "faces[?emotion=='fear'].box | [0]",
    "max_by(faces, &box[2]).emotion",
    "sort_by(faces, &emotion)[*].emotion",
    "not_null(absent, text)",
    "join(', ', faces[*].emotion)",
    "nested[]",
    "nested[0][::-1]",
    'merge(faces[0], `{"n": 1}`)',
    "keys(@) | sort(@)",
    "n > `1` && contains(text, 'a')",
    "to_string(faces[1].all)",
    "map(&length(all), faces)",
    "sum(faces[].all[].v)",
]


@pytest.mark.parametrize("path", USED)
def test_paths_find_what_the_package_finds(path: str) -> None:
    require_path(path)
    found = search(path, DOCUMENT)
    assert found is not None
    assert found == jmespath.search(path, DOCUMENT)


MULTIPLYING = {
    "flattened": "[@,@][]" + "|[@,@][]" * 40,
    "flattened at last": "[@,@]" + "|[@,@]" * 40 + "|[]" * 41,
    "text": "[@,@]" + "|[@,@]" * 40 + "|to_string(@)",
    "joined": "to_string(@)" + "|join(@,[@,@,@])" * 20,
    "long separators": "to_string(@)" + "|join('',[@,@])" * 14 + "|join(@, map(&'', `" + str([0] * 200) + "`))",
    "compared": "[[@,@]" + "|[@,@]" * 30 + ", [@,@]" + "|[@,@]" * 30 + "] | [0] == [1]",
    "searched": "[@,@]" + "|[@,@]" * 40 + "|contains(@, `1`)",
    "kept": "[@,@]" + "|[@,@]" * 40 + "|not_null(@)",
    "walked": "[@,@]" + "|[@,@]" * 14 + "|[]" * 15 + "|[*].[[@,@],[@,@],[@,@],[@,@],[@,@],[@,@],[@,@]]",
    "reversed": "[@,@][]|[@,@][]" * 20 + "[::-1]",
}


@pytest.mark.parametrize("path", MULTIPLYING.values(), ids=MULTIPLYING)
def test_a_path_that_multiplies_is_stopped_early(path: str) -> None:
    require_path(path)
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(TooMuchWorkError):
        search(path, [1, "ab"])
    assert time.process_time() - begun < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # KiB


def test_a_copy_of_a_long_list_is_counted_before_it_is_made() -> None:
    path = f"[{','.join(['@[::]'] * 60)}]"  # each copies the list and goes through the copy
    assert len(search(path, list(range(MAX_WORK // 130)))) == 60
    with pytest.raises(TooMuchWorkError):
        search(path, list(range(MAX_WORK // 110)))


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("a." * 500 + "a", "a JMESPath of 1,001 characters; at most 1,000 are read"),
        ("(" * 480 + "a" + ")" * 480, "a JMESPath that is nested too deep"),
        ("a[", "no JMESPath: "),
        ("", "no JMESPath: "),
    ],
)
def test_a_path_that_cannot_be_used_is_refused_with_the_card(path: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        require_path(path)
    with pytest.raises(ValueError, match=problem):
        HttpOutput(label=path)


@pytest.mark.parametrize(
    "path", ["abs(text)", "faces[::0]", f"avg(`[{10**400}]`)", "ceil(`1e999`)", "unknown(@)", "sum(@)"]
)
def test_a_path_that_expects_another_shape_finds_nothing(path: str) -> None:
    assert search(path, DOCUMENT) is None


def test_an_answer_to_such_a_path_is_unreadable_and_its_version_unknown() -> None:
    path = MULTIPLYING["text"]
    with pytest.raises(Unscored) as raised:
        stated_in(DOCUMENT, HttpOutput(label=path), ["fear", "anger"], [])
    assert raised.value.text == "unreadable_answer: a path of the card that computes too much"
    assert version_in(DOCUMENT, {}, HttpOutput(version=path)) is None
    assert count_in(DOCUMENT, path) is None


def test_numbers_of_a_path_that_no_float_holds_are_no_scores() -> None:
    huge = f"`[{10**400}, 1]`"
    with pytest.raises(Unscored, match="score is no number that a system gives"):
        stated_in(DOCUMENT, HttpOutput(scores=huge), ["fear", "anger"], [])


def test_an_answer_of_millions_of_values_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_module, "MAX_VALUES", 9)
    assert answered([0] * 9).json() == [0] * 9
    with pytest.raises(Unscored, match="over 9 values"):
        answered([0] * 10).json()


def answered(document: object) -> Exchange:
    return Exchange(status=200, body=json.dumps(document).encode(), attempts=1, seconds=0.1, day="2026-11-27")


PARTS = (
    *("@", "[]", "[*]", "*", ".", "|", "&&", "||", "!", "==", "<", "(", ")", "[", "]", "{a:", "}", ",", "&"),
    *("faces", "emotion", "all", "n", "text", "nested", "[0]", "[::-1]", "[?n]", "`1`", "`[[],{}]`", "'x'"),
    *(
        "to_string(",
        "join(",
        "map(",
        "sort_by(",
        "merge(",
        "length(",
        "contains(",
        "not_null(",
        "max_by(",
        "to_array(",
    ),
)


def test_whatever_a_path_says_it_finds_what_the_package_finds_or_nothing() -> None:
    """Random paths out of all that the language has: no exception but the two that are stated."""
    draw, num_read = random.Random(7), 0
    for _ in range(30_000):
        path = "".join(draw.choices(PARTS, k=draw.randint(1, 12)))
        try:
            require_path(path)
        except ValueError:
            continue
        num_read += 1
        assert same(search(path, DOCUMENT), of_package(path)), path
    assert num_read > 1_000


def of_package(path: str) -> Any:
    try:
        return jmespath.search(path, DOCUMENT)
    except (JMESPathError, TypeError, ValueError):
        return None


def same(found: Any, expected: Any) -> bool:
    """Equal, where expressions (``&a``) are equal by their type."""
    return found == expected or "_Expression" in f"{found!r} {expected!r}"
