from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from harness.cards.facts import DatasetCard
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Media
from harness.tables.samples import samples_table


class TextOptions(ReaderOptions):
    only: str | None = None


class TextReader(Reader[TextOptions]):
    """Every file is a sample of the subject that its first letter names; a file that says "bad" is refused."""

    Options = TextOptions

    def samples(self) -> pa.Table:
        return samples_table(
            [
                {
                    "sample_id": path.name,
                    "modality": "voice",
                    "uri": path.name,
                    "subject_id": path.name[0],
                    "label": "happy",
                    "label_source": "acted",
                }
                for path in sorted(self.root.iterdir())
            ]
        )

    def load(self, sample: Sample) -> Media:
        if self.path(sample["uri"]).read_text() == "bad":
            raise Unscored(Reason.UNREADABLE, "says bad")
        return None  # type: ignore[return-value]  # check() only asks whether it loads


def card(**facts: Any) -> DatasetCard:
    return DatasetCard(
        name="text",
        title="",
        reader="text",
        modalities=["voice"],
        description="",
        licence={"name": "none"},
        labels=["happy"],
        label_source="acted",
        elicitation="lab",
        limitations=[],
        **facts,
    )


def refusal(reader: TextReader, uri: str | None) -> Unscored:
    with pytest.raises(Unscored) as caught:
        reader.path(uri)
    return caught.value


def test_a_root_is_asked_for_in_words(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"dataset text: give its folder with dataset\.root=PATH"):
        TextReader(card(), None, TextOptions())
    with pytest.raises(HarnessError, match="nowhere is not a folder"):
        TextReader(card(), tmp_path / "nowhere", TextOptions())


def test_no_path_leads_out_of_the_root(tmp_path: Path) -> None:
    root = tmp_path / "data"
    root.mkdir()
    (tmp_path / "secret").write_text("secret")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "circle").symlink_to(root / "circle")
    (root / "inside").write_text("fine")
    (root / "alias").symlink_to("inside")
    reader = TextReader(card(), root, TextOptions())
    assert reader.path("inside").read_text() == "fine"
    assert reader.path("alias").read_text() == "fine"
    assert reader.path("alias").name == "alias", "the suffix that the dataset gives decides how it is read"
    for uri in ("../secret", str(tmp_path / "secret"), "link", "inside/../../secret"):
        assert refusal(reader, uri).detail == "the path leads out of the dataset's root", uri
    for uri in ("absent", "circle", "a\0b", "x" * 5000, None, "", "."):
        assert refusal(reader, uri).reason is Reason.MISSING_FILE, uri


def test_no_file_of_a_folder_leads_out_of_the_root(tmp_path: Path) -> None:
    (tmp_path / "root" / "S01").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "root" / "S01" / "a.csv").write_text("fine")
    reader = TextReader(card(), tmp_path / "root", TextOptions())
    assert reader.folder("S01", ["a.csv", "b.csv"]).name == "S01"
    (tmp_path / "root" / "S01" / "b.csv").symlink_to("../../secret")
    with pytest.raises(Unscored, match="the path leads out of the dataset's root"):
        reader.folder("S01", ["a.csv", "b.csv"])
    assert reader.folder("S01", ["a.csv"]).name == "S01", "it is not opened"
    (tmp_path / "root" / "table.csv").symlink_to(tmp_path / "secret")
    with pytest.raises(HarnessError, match=r"table\.csv leads out of dataset\.root"):
        reader.file("table.csv")
    assert reader.file("absent.csv") == tmp_path / "root" / "absent.csv"


def test_a_root_that_is_a_link_is_the_folder_behind_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_text("fine")
    (tmp_path / "link").symlink_to("data")
    assert TextReader(card(), tmp_path / "link", TextOptions()).path("a").read_text() == "fine"


def test_check_counts_and_opens_every_file(tmp_path: Path) -> None:
    for name in ("a1", "a2", "b1"):
        (tmp_path / name).write_text("fine")
    seen: list[tuple[int, int]] = []
    expected = {"samples": 3, "subjects": 2, "per_label": {"happy": 3}}
    found = TextReader(card(expected=expected), tmp_path, TextOptions()).check(lambda *step: seen.append(step))
    assert found.counts == {"samples": 3, "subjects": 2}
    assert found.per_label == {"happy": 3}
    assert found.problems == []
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_check_says_each_thing_once_and_briefly(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"a{number:02d}").write_text("bad")
    (tmp_path / "b").write_text("fine")
    expected = {"samples": 22, "subjects": 2, "per_label": {"happy": 1200, "sad": 1}}
    found = TextReader(card(expected=expected), tmp_path, TextOptions()).check()
    assert found.problems == [
        "unreadable: says bad: 20 samples (a00, a01, a02 and 17 more)",
        "samples: found 21, the card says 22",
        "labels: found happy 21 of 1,200, sad 0 of 1",
    ]


def test_check_names_labels_that_the_card_does_not_list(tmp_path: Path) -> None:
    for name in ("a1", "b1"):
        (tmp_path / name).write_text("fine")
    other = card().model_copy(update={"labels": ["glad"]})
    assert TextReader(other, tmp_path, TextOptions()).check().problems == [
        "labelled 'happy', which the card does not list: a1, b1"
    ]
    anything = card().model_copy(update={"labels": []})
    assert TextReader(anything, tmp_path, TextOptions()).check().problems == []


def test_the_cards_counts_hold_for_the_default_choices_only(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("fine")
    found = TextReader(card(expected={"samples": 2}), tmp_path, TextOptions(only="a")).check()
    assert found.problems == []


def test_readers_travel_to_workers(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("fine")
    copy = pickle.loads(pickle.dumps(TextReader(card(), tmp_path, TextOptions(only="a"))))
    assert copy.options == TextOptions(only="a")
    assert copy.path("a") == tmp_path / "a"
