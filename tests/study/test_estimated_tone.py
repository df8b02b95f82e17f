"""Apparent skin tone as a column of the samples, by an option that is off unless it is chosen."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from harness.attributes.attribute_plan import attribute_plan
from harness.attributes.grouping import Grouping
from harness.attributes.origins import origins
from harness.attributes.people import People
from harness.cards.facts import dataset_card
from harness.datasets.simulated.faces import SimulatedFacesOptions, SimulatedFacesReader
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Image
from harness.signals.skin_tone import apparent_skin_tone
from harness.study.config import StudyConfig
from harness.study.estimated_tone import with_apparent_skin_tone
from harness.study.sample_list import chosen_people


class SomeMissing(SimulatedFacesReader):
    """The first picture cannot be read."""

    def load(self, sample: Any) -> Image:
        if sample["sample_id"].endswith("sim001/angry-0"):
            raise Unscored(Reason.UNREADABLE)
        return super().load(sample)


def reader() -> SimulatedFacesReader:
    options = SimulatedFacesOptions(subjects=10, glasses=0.0)
    return SomeMissing(dataset_card("simulated_faces"), None, options)


def some(table: pa.Table) -> pa.Table:
    """Two samples of every person."""
    return table.filter(pa.array([label in ("angry", "neutral") for label in table["label"].to_pylist()]))


def test_every_picture_has_the_tone_that_is_measured_in_it_and_a_missing_one_has_none() -> None:
    faces = reader()
    people = with_apparent_skin_tone(People(some(faces.samples())), faces)
    rows = people.samples.to_pylist()
    assert len(rows) == 20
    for row in rows:
        unreadable = row["sample_id"].endswith("sim001/angry-0")
        tone = None if unreadable else apparent_skin_tone(faces.load(row).pixels)
        if tone is None:
            assert row["attr.apparent_skin_tone"] is row["ctx.skin_lightness"] is row["ctx.skin_lighting"] is None
            continue
        assert row["attr.apparent_skin_tone"] == f"monk_{tone.monk:02}"
        assert row["ctx.skin_lightness"] == pytest.approx(tone.lightness, abs=0.006)
        assert row["ctx.skin_hue_deg"] == pytest.approx(tone.hue_deg, abs=0.006)
        assert row["ctx.skin_ita_deg"] == pytest.approx(tone.ita_deg, abs=0.006)
        assert row["ctx.skin_lighting"] == tone.lighting.value
    assert sum(row["attr.apparent_skin_tone"] is None for row in rows) < 6


def test_the_plan_says_that_it_is_estimated_and_reads_it_as_the_monk_scale() -> None:
    faces = reader()
    people = with_apparent_skin_tone(People(some(faces.samples())), faces)
    section = attribute_plan(
        people,
        card=faces.card.attributes,
        axes=("apparent_skin_tone",),
        bands=Grouping().bands | {"apparent_skin_tone": "monk_3"},
        sources={},
    )
    origin = origins(section)["apparent_skin_tone"]
    assert (origin.source, origin.origin) == ("estimated", "signal")
    assert origin.text.endswith("(measured by the harness)")
    names = [group["group"] for group in section["groups"]["apparent_skin_tone"]["groups"]]
    assert names[:3] == ["light", "medium", "dark"]


def config(**attributes: Any) -> StudyConfig:
    return StudyConfig.model_validate(
        {"dataset": {"name": "simulated_faces"}, "model": {"name": "mini_xception"}, "attributes": attributes}
    )


def test_nothing_is_measured_unless_it_is_chosen() -> None:
    faces = reader()
    listed = some(faces.samples())
    without = chosen_people(config(), faces, listed, ())
    assert without.samples.column_names == listed.column_names
    chosen = chosen_people(config(estimate=["apparent_skin_tone"]), faces, listed.slice(0, 2), ())
    assert "attr.apparent_skin_tone" in chosen.samples.column_names


def test_sounds_and_taken_names_are_refused() -> None:
    faces = reader()
    listed = some(faces.samples()).slice(0, 2)
    place = listed.column_names.index("modality")
    voices = listed.set_column(place, "modality", pa.array(["voice", "face"]))
    with pytest.raises(HarnessError, match="measured in pictures; the dataset has voice"):
        with_apparent_skin_tone(People(voices), faces)
    taken = listed.append_column("ctx.skin_lighting", pa.array(["x", "y"]))
    with pytest.raises(HarnessError, match=r"have a column ctx\.skin_lighting already"):
        with_apparent_skin_tone(People(taken), faces)
