"""Samples that are opened again while the system is asked something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from counted_pictures import Colours, counted_pictures, mean_colour, slow, times_decoded
from systems_with_faults import write_pictures

from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings
from harness.probing import opened_again as module
from harness.probing.answered import Answered
from harness.probing.collector import Collector
from harness.probing.opened_again import opened_again
from harness.probing.probe import probes_table
from harness.probing.probe_settings import ProbeSettings
from harness.probing.variants import Probed
from harness.tables.samples import validate_samples

PROBED = ProbeSettings(max_probes=20, max_inputs=20)
WITH_WORKERS = InferenceSettings(batch_size=8, workers=2)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures") / "set")


@pytest.fixture
def answered(pictures: Path, tmp_path: Path) -> Answered:
    reader = counted_pictures(pictures)
    samples, here = validate_samples(reader.samples()).slice(0, 40), replace(WITH_WORKERS, workers=0)
    system = Colours()
    own = collect(samples, reader.load, system, journal=tmp_path / "own", plan_hash="a", settings=here)
    counted_pictures(pictures)  # counts anew
    return Answered(system, reader, samples, own)


def collector(folder: Path, settings: InferenceSettings = WITH_WORKERS) -> Collector:
    return Collector(folder / "probing", "a", settings)


def test_workers_open_what_is_asked_a_second_time(answered: Answered, pictures: Path, tmp_path: Path) -> None:
    with opened_again(answered, PROBED, collector(tmp_path)) as again:
        assert again is not None
        found = again.found()
    assert len(found) == 20
    assert times_decoded(pictures) == dict.fromkeys(found, 1)
    rows = {row["sample_id"]: row for row in answered.samples.to_pylist()}
    for name, prepared in found.items():
        np.testing.assert_array_equal(prepared.array, mean_colour(answered.reader.load(rows[name])))


def test_the_answers_are_those_to_samples_that_are_opened_when_they_are_needed(
    answered: Answered, pictures: Path, tmp_path: Path
) -> None:
    expected = probes_table(answered, PROBED, collector(tmp_path / "later", replace(WITH_WORKERS, workers=0)))
    counted_pictures(pictures)
    with opened_again(answered, PROBED, collector(tmp_path)) as again:
        found = probes_table(replace(answered, again=again), PROBED, collector(tmp_path))
    assert found.equals(expected)
    # Alone and together, with other input, and again: once each, as nothing was made of them before.
    assert set(times_decoded(pictures).values()) == {3}


def test_what_does_not_fit_into_memory_is_left(
    answered: Answered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_one = mean_colour(answered.reader.load(answered.samples.to_pylist()[0])).nbytes
    monkeypatch.setattr(module, "MAX_BYTES", of_one * 17)
    with opened_again(answered, PROBED, collector(tmp_path)) as again:
        assert again is not None
        found = dict(again.found())
        assert len(found) in (8, 12, 16)  # batches of 8, 8 and 4, in any order
        table = probes_table(replace(answered, again=again), PROBED, collector(tmp_path))
    assert table.filter(table["probe"].to_numpy() == "determinism")["max_difference"].to_pylist() == [0.0] * 20


def test_nothing_is_opened_where_it_would_be_of_no_use(answered: Answered, tmp_path: Path) -> None:
    model = Colours()
    model.card = model.card.model_copy(update={"paid": True})
    begun = collector(tmp_path / "begun")
    (begun.journal / Probed.__name__).mkdir(parents=True)
    for given, settings, of in (
        (answered, PROBED, collector(tmp_path, replace(WITH_WORKERS, workers=0))),
        (replace(answered, model=model), PROBED, collector(tmp_path)),
        (answered, replace(PROBED, max_probes=0), collector(tmp_path)),
        (answered, PROBED, begun),
    ):
        with opened_again(given, settings, of) as again:
            assert again is None
    with opened_again(
        replace(answered, model=model), replace(PROBED, ask_paid=True), collector(tmp_path)
    ) as again:
        assert again is not None


def test_it_ends_with_its_workers(answered: Answered, tmp_path: Path) -> None:
    """Twenty samples of 0.3 s: whoever stops does not wait for them."""
    with (
        pytest.raises(KeyboardInterrupt),
        opened_again(replace(answered, model=Colours(slow)), PROBED, collector(tmp_path)) as again,
    ):
        raise KeyboardInterrupt
    assert again is not None
    assert len(again.found()) < 20
