"""EEG in BIDS: events as samples, people from participants.tsv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.bids_eeg import BidsEegOptions, BidsEegReader
from harness.errors import HarnessError
from harness.signals.media import Recording
from tests.recorded_electrodes import write_edf

EVENTS = (
    "onset\tduration\ttrial_type\tvalue\n0.5\t4\thappy\t1\n5\t4.0\tsad\t2\n9.5\t0\tbutton\t9\n9.6\tn/a\thappy\t1\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "participants.tsv").write_text(
        "participant_id\tage\tsex\thandedness\nsub-01\t34\tF\tR\nsub-02\tn/a\tM\tn/a\nsub-03\t20\tO\tL\n"
    )
    for folder in ("sub-01/eeg", "sub-02/ses-a/eeg"):
        stem = folder.replace("/eeg", "").replace("/", "_") + "_task-film"
        write_edf(tmp_path / folder / f"{stem}_eeg.edf", {"Cz": np.arange(1280) / 128})
        (tmp_path / folder / f"{stem}_events.tsv").write_text(EVENTS)
    return tmp_path


def reader(root: Path, **options: Any) -> BidsEegReader:
    return BidsEegReader(dataset_card("bids_eeg"), root, BidsEegOptions(**options))


def test_events_with_a_duration_are_samples(root: Path) -> None:
    rows = reader(root, label_source="elicited").samples().to_pylist()
    assert [
        (row["subject_id"], row["session_id"], row["label"], row["start_s"], row["end_s"]) for row in rows
    ] == [
        ("sub-01", None, "happy", 0.5, 4.5),
        ("sub-01", None, "sad", 5.0, 9.0),
        ("sub-02", "ses-a", "happy", 0.5, 4.5),
        ("sub-02", "ses-a", "sad", 5.0, 9.0),
    ]
    assert rows[0]["sample_id"] == "sub-01/eeg/sub-01_task-film_eeg.edf#500-4500"
    assert (rows[0]["attr.age"], rows[0]["attr.sex"], rows[0]["attr.handedness"]) == (34.0, "female", "right")
    assert (rows[2]["attr.age"], rows[2]["attr.sex"], rows[2]["attr.handedness"]) == (None, "male", None)
    assert {row["label_source"] for row in rows} == {"elicited"}


def test_events_are_chosen_and_windows_have_a_length(root: Path) -> None:
    rows = reader(root, labels=("sad", "button"), window_s=2.0).samples().to_pylist()
    assert [(row["label"], row["start_s"], row["end_s"]) for row in rows[:2]] == [
        ("sad", 5.0, 7.0),
        ("button", 9.5, 11.5),
    ]


def test_electrodes_of_an_event(root: Path) -> None:
    pytest.importorskip("mne")
    made = reader(root)
    window = made.load(made.samples().to_pylist()[1])
    assert isinstance(window, Recording)
    np.testing.assert_allclose(window.channels["Cz"].values, np.arange(640, 1152) / 128, atol=0.02)


def test_check_compares_people_and_recordings(root: Path) -> None:
    made = reader(root)
    assert made.layout_problems(made.samples()) == ["participants.tsv: sub-03 has no event in any recording"]
    (root / "participants.tsv").unlink()
    assert made.layout_problems(made.samples()) == [
        "sub-01 is not in participants.tsv",
        "sub-02 is not in participants.tsv",
    ]


def test_messages_say_what_to_do(root: Path, tmp_path: Path) -> None:
    with pytest.raises(
        HarnessError, match=r"column emotion is missing\. The header is onset, duration, trial_type"
    ):
        reader(root, events="emotion").samples()
    with pytest.raises(HarnessError, match=r"no event \(angry\) in column trial_type has a duration"):
        reader(root, labels=("angry",)).samples()
    (root / "sub-01/eeg/sub-01_task-film_events.tsv").write_text("onset\tduration\ttrial_type\n1\t2\n")
    with pytest.raises(HarnessError, match="row 1: 2 cells, but the header has 3"):
        reader(root).samples()
    (root / "sub-01/eeg/sub-01_task-film_events.tsv").write_text("onset\tduration\ttrial_type\n1e307\t2\thappy\n")
    with pytest.raises(HarnessError, match=r"row 1: the event ends at 1e\+307 s"):
        reader(root).samples()
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(HarnessError, match=r"holds no sub-…/eeg/…_eeg.edf or .bdf"):
        reader(empty).samples()
