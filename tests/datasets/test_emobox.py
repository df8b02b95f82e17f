from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cards.facts import dataset_card
from harness.datasets.emobox import EmoboxOptions, EmoboxReader
from harness.errors import HarnessError
from harness.tables.split_names import leaked_people

ACTORS = {"label_source": "acted", "subject": r"-(\d\d)$"}


def reader(root: Path, **options: Any) -> EmoboxReader:
    return EmoboxReader(dataset_card("emobox"), root, EmoboxOptions.model_validate(options))


def entry(key: str, emotion: str = "Fearful") -> str:
    wav = f"downloads/ravdess/audio/{key}.wav"
    return json.dumps({"key": f"ravdess-{key}", "dataset": "ravdess", "wav": wav, "length": 5.005, "emo": emotion})


def write(root: Path, name: str, *entries: str, corpus: str = "ravdess") -> None:
    """A list as EmoBox names it, such as ``train_1``, and the label map beside the folds."""
    part, fold = name.split("_")
    folder = root / "data" / corpus / f"fold_{fold}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{corpus}_{part}_fold_{fold}.jsonl").write_text("\n".join(entries) + "\n")
    (folder.parent / "label_map.json").write_text(json.dumps({"Fearful": "Fear", "Calm": "Calm"}))


def test_the_fold_of_a_recording_is_that_of_its_test_list(tmp_path: Path) -> None:
    for fold, other in (("01", "02"), ("02", "01")):
        write(tmp_path, f"test_{int(fold)}", entry(f"a-{fold}"), entry(f"b-{fold}", "Calm"))
        write(tmp_path, f"train_{int(fold)}", entry(f"a-{other}"))
    found = reader(tmp_path, **ACTORS)
    keys = ("sample_id", "subject_id", "split", "label", "uri")
    assert [tuple(row[key] for key in keys) for row in found.samples().to_pylist()] == [
        ("ravdess-a-01", "01", "fold:1", "Fear", "downloads/ravdess/audio/a-01.wav"),
        ("ravdess-b-01", "01", "fold:1", "Calm", "downloads/ravdess/audio/b-01.wav"),
        ("ravdess-a-02", "02", "fold:2", "Fear", "downloads/ravdess/audio/a-02.wav"),
        ("ravdess-b-02", "02", "fold:2", "Calm", "downloads/ravdess/audio/b-02.wav"),
    ]
    assert r"the subject is what -(\d\d)$ finds in key" in found.remarks[0]
    assert found.layout_problems(found.samples()) == []


def test_a_single_fold_has_a_training_and_a_test_part(tmp_path: Path) -> None:
    write(tmp_path, "test_1", entry("a-01"))
    write(tmp_path, "train_1", entry("a-02"))
    assert reader(tmp_path, **ACTORS).samples()["split"].to_pylist() == ["test", "train"]


def test_a_random_split_leaks_because_speakers_are_on_both_sides(tmp_path: Path) -> None:
    write(tmp_path, "test_1", entry("a-01"))
    write(tmp_path, "test_2", entry("b-01"))
    assert leaked_people(reader(tmp_path, **ACTORS).samples()) == ["01"]


def test_check_says_where_lists_deviate(tmp_path: Path) -> None:
    write(tmp_path, "test_1", entry("a-01"), entry("b-01", "Angray"))
    write(tmp_path, "test_2", entry("a-01"), entry("a-02"))
    found = reader(tmp_path, **ACTORS)
    assert found.layout_problems(found.samples()) == [
        "in more than one fold, the first is used: ravdess-a-01",
        "labels that label_map.json does not have: Angray",
    ]


def test_who_speaks_and_which_corpus_have_to_be_said(tmp_path: Path) -> None:
    write(tmp_path, "test_1", entry("a-01"))
    with pytest.raises(HarnessError, match="the lists do not say who speaks"):
        reader(tmp_path, label_source="acted").samples()
    with pytest.raises(
        HarnessError, match=r"row 1: dataset\.subject=-\(\\d\\d\\d\)\$ finds nobody in 'ravdess-a-01'"
    ):
        reader(tmp_path, label_source="acted", subject=r"-(\d\d\d)$").samples()
    assert reader(tmp_path, label_source="acted", rows_independent=True).samples().num_rows == 1
    write(tmp_path, "test_1", entry("a-01"), corpus="savee")
    with pytest.raises(HarnessError, match=r"dataset\.corpus=NAME\. .* lists of ravdess, savee"):
        reader(tmp_path, **ACTORS).samples()
    assert reader(tmp_path, **ACTORS, corpus="savee").samples().num_rows == 1


@pytest.mark.parametrize("pattern", ["(", "a", "(a)(b)"])
def test_a_pattern_without_one_group_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"not a regular expression|expected one group"):
        EmoboxOptions(subject=pattern)


@pytest.mark.parametrize("line", ["{", "[]", '{"key": "a", "wav": 1, "emo": "b"}'])
def test_a_list_that_is_none(line: str, tmp_path: Path) -> None:
    write(tmp_path, "test_1", line)
    with pytest.raises(
        HarnessError, match=r"not readable JSON Lines|expected an object with the texts key, wav, emo"
    ):
        reader(tmp_path, **ACTORS).samples()


def test_published_folds_of_ravdess(shared_data: Path) -> None:
    samples = reader(shared_data / "labels" / "emobox", **ACTORS).samples()
    pairs = set(zip(samples["subject_id"].to_pylist(), samples["split"].to_pylist(), strict=True))
    assert samples.num_rows == 480
    assert pairs == {
        ("01", "fold:1"),
        ("04", "fold:2"),
        ("08", "fold:3"),
        *(("03", "fold:4"), ("05", "fold:4"), ("07", "fold:4")),
        ("02", "fold:5"),
        ("06", "fold:6"),
    }


def test_lists_without_rows_are_told(tmp_path: Path) -> None:
    write(tmp_path, "test_1")
    with pytest.raises(HarnessError, match="have no rows"):
        reader(tmp_path, **ACTORS).samples()


def test_folds_of_which_only_training_is_listed_are_told(tmp_path: Path) -> None:
    for fold in (1, 2):
        write(tmp_path, f"train_{fold}", entry("a-01"))
    with pytest.raises(HarnessError, match="have no rows"):
        reader(tmp_path, **ACTORS).samples()


def test_a_text_may_hold_the_end_of_a_line_that_is_none_in_json(tmp_path: Path) -> None:
    row = {"key": "a-01", "wav": "a.wav", "emo": "sad\u2028\x85"}
    write(tmp_path, "test_1", json.dumps(row, ensure_ascii=False))
    assert reader(tmp_path, **ACTORS).samples().num_rows == 1


def test_half_a_character_is_told(tmp_path: Path) -> None:
    write(tmp_path, "test_1", '{"key": "\\ud800-01", "wav": "a.wav", "emo": "sad"}')
    with pytest.raises(HarnessError, match="row 1: a text that is no Unicode"):
        reader(tmp_path, **ACTORS).samples()
