"""Whatever a dossier holds, it is read, or refused with a message: never anything else."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from example_studies import Study
from filled_exports import everything, export_files
from measured_runs import STATED, measured_run

from harness.conformity.dossier import Dossier, read_dossier
from harness.errors import HarnessError

VALUES: list[Any] = [
    *(None, True, -1, 1e308, "", " ", "x" * 20_000, "\u202e", "???", "<script>", "{n}", "%s", "$ref", "---\n"),
    *([], [[]], [None], [{}], [{"title": 1}], {}, {"": ""}, {"a": {"b": {"c": []}}}, ["x"] * 300, "2026-02-30"),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def changed(document: Any, rng: random.Random) -> Any:
    """The document with something else in one to three places."""
    for _ in range(rng.randint(1, 3)):
        document = copy.deepcopy(document)
        path = rng.choice(list(places(document))[1:])
        at = document
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = rng.choice(VALUES)
    return document


@pytest.mark.slow
def test_no_dossier_crashes_reader_or_exports(gap_study: Study, tmp_path: Path) -> None:
    rng = random.Random(12)
    whole = {**STATED, "texts": everything()}
    path = tmp_path / "dossier.yaml"
    read = 0
    for _ in range(300):
        path.write_text(yaml.dump(changed(whole, rng), Dumper=yaml.CSafeDumper), encoding="utf-8")
        try:
            dossier: Dossier = read_dossier(path)
            read += 1
            if read <= 10:
                export_files(measured_run(gap_study, dossier.model_dump(mode="json", exclude_unset=True)))
        except HarnessError as error:
            assert str(error)  # noqa: PT017 (either is right)
    assert read > 10
