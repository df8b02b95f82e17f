"""What checks rest on is validated like every table: it may come from elsewhere."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.tables.probe_tables import FINGERPRINT_WIDTH, MEDIA, PROBES, validate_media, validate_probes
from harness.tables.samples import samples_table

SAMPLES = samples_table(
    [
        {"sample_id": name, "modality": "face", "subject_id": name, "label_source": "acted"}
        for name in ("b", "a", "c")
    ]
)


def media(**changes: Any) -> pa.Table:
    columns: dict[str, Any] = {name: [None] * 3 for name in MEDIA.names}
    columns |= {"sample_id": ["a", "b", "c"], "kind": ["image", None, "audio"], "width": [1.0, None, 3.0]}
    columns |= {"fingerprint": [[1] * FINGERPRINT_WIDTH, None, [2] * FINGERPRINT_WIDTH]} | changes
    return pa.table([pa.array(columns[f.name], f.type) for f in MEDIA], names=MEDIA.names)


def probes(**changes: Any) -> pa.Table:
    columns: dict[str, Any] = {
        "sample_id": ["a", "a"],
        "probe": ["determinism", "batch_invariance"],
        "variant": ["again", "alone"],
        "outcome": ["scored", "failed"],
        "reason": [None, "no_answer"],
        "label": [None, None],
        "max_difference": [0.0, None],
    }
    columns |= changes
    return pa.table([pa.array(columns[f.name], f.type) for f in PROBES], names=PROBES.names)


def test_media_come_in_the_samples_order() -> None:
    table = validate_media(media(), SAMPLES)
    assert table["sample_id"].to_pylist() == ["b", "a", "c"]
    assert table["width"].to_pylist() == [None, 1.0, 3.0]
    assert validate_media(MEDIA.empty_table(), SAMPLES).num_rows == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample_id": ["a", "b", "b"]}, "repeat"),
        ({"sample_id": ["a", "b", "x"]}, "not samples"),
        ({"sample_id": ["a", "b", None]}, "empty"),
        ({"kind": ["image", "smell", None]}, "smell"),
        ({"fingerprint": [[1], None, None]}, "256 whole numbers"),
        ({"fingerprint": [[None] * FINGERPRINT_WIDTH, None, None]}, "256 whole numbers"),
    ],
)
def test_media_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        validate_media(media(**changes), SAMPLES)


def test_probes_that_fit_stay_as_they_are() -> None:
    assert validate_probes(probes(), SAMPLES).equals(probes().cast(PROBES))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample_id": ["a", "x"]}, "no sample of the study"),
        ({"probe": ["determinism", "wish"]}, "wish"),
        ({"outcome": ["scored", "perhaps"]}, "perhaps"),
        ({"variant": ["again", "sideways"]}, "sideways"),
        ({"max_difference": [float("nan"), None]}, "no size of a difference"),
        ({"max_difference": [-1.0, None]}, "no size of a difference"),
        ({"probe": ["determinism"] * 2, "variant": ["again"] * 2}, "twice in the same way"),
        ({"variant": [None, "alone"]}, "empty"),
    ],
)
def test_probes_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        validate_probes(probes(**changes), SAMPLES)


def test_a_table_of_other_columns_is_refused() -> None:
    with pytest.raises(HarnessError, match="missing"):
        validate_probes(probes().drop_columns(["label"]), SAMPLES)
