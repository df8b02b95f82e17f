from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.tables.folds import Fold, folds_document, read_folds
from harness.tables.versions import schema_version

FOLD = Fold("loso:p1", ("p0", "p2"), ("p1",), 12)
STORED = {"name": "loso:p1", "train_subjects": ["p0", "p2"], "test_subjects": ["p1"], "num_train": 12}


def written(folder: Path, document: object) -> Path:
    path = folder / "folds.json"
    path.write_text(json.dumps(document))
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    document = folds_document({"system": [FOLD], "majority": []})
    assert json.loads(json.dumps(document)) == {"schema": 2, "folds": {"system": [STORED], "majority": []}}
    read = read_folds(written(tmp_path, document))
    assert (read.folds, read.steps) == ({"system": [FOLD], "majority": []}, ())


def test_folds_without_a_version_are_of_the_first(tmp_path: Path) -> None:
    read = read_folds(written(tmp_path, {"system": [STORED], "folds": []}))
    assert read.folds == {"system": [FOLD], "folds": []}
    assert read.steps == ("folds 1→2",)


def test_newer_folds_are_refused_by_name(tmp_path: Path) -> None:
    newer = schema_version("folds") + 1
    with pytest.raises(HarnessError, match=rf"newer harness \(folds schema {newer}; this one knows 2\)"):
        read_folds(written(tmp_path, {"schema": newer, "folds": {}}))


@pytest.mark.parametrize("document", [[], 3, {"schema": 2}, {"schema": 2, "folds": []}, {"a": [{"name": 1}]}])
def test_other_files_are_refused(tmp_path: Path, document: Any) -> None:
    with pytest.raises(HarnessError, match="not the folds of a run"):
        read_folds(written(tmp_path, document))


def test_weights_are_stored_where_they_were_learned_and_nowhere_else(tmp_path: Path) -> None:
    weighted = replace(FOLD, weights={"face": 1.5, "voice": 0.0})
    document = folds_document({"fusion": [weighted], "system": [FOLD]})
    assert document["folds"]["fusion"][0]["weights"] == {"face": 1.5, "voice": 0.0}
    assert "weights" not in document["folds"]["system"][0]
    assert read_folds(written(tmp_path, document)).folds == {"fusion": [weighted], "system": [FOLD]}
    document["folds"]["fusion"][0]["weights"] = {"face": "much"}
    with pytest.raises(HarnessError, match="not the folds of a run"):
        read_folds(written(tmp_path, document))
