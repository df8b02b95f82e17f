from __future__ import annotations

from pathlib import Path

import pytest

from harness.datasets.simulated.wearables import SimulatedWearablesReader
from harness.errors import HarnessError
from harness.models.chance_baselines import Majority
from harness.models.model import RunSettings
from harness.study.assembly import condition_modules, open_model, open_reader


def test_a_card_leads_to_its_reader_with_the_options() -> None:
    reader = open_reader("simulated_wearables", None, {"subjects": 3})
    assert isinstance(reader, SimulatedWearablesReader)
    assert reader.card.name == "simulated_wearables"
    assert reader.options.subjects == 3


def test_a_card_leads_to_its_model_with_the_runs_settings() -> None:
    settings = RunSettings(seed=7)
    model = open_model("majority", {}, settings)
    assert isinstance(model, Majority)
    assert (model.name, model.settings) == ("majority", settings)


def test_an_option_that_is_unknown_or_out_of_range_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"^dataset simulated_wearables: subject: .*\. Its options: .*subjects"):
        open_reader("simulated_wearables", None, {"subject": 3})
    with pytest.raises(HarnessError, match=r"^model voice_functionals_svm: regularisation: expected more than 0"):
        open_model("voice_functionals_svm", {"regularisation": 0}, RunSettings())
    with pytest.raises(HarnessError, match=r"Its options: none\.$"):
        open_model("majority", {"guess": "anger"}, RunSettings())


def test_trust_is_said_once_for_all_systems_of_a_sweep() -> None:
    assert open_model("majority", {"trust": True}, RunSettings()).options.model_dump() == {}


def test_workers_import_what_defines_the_conditions_beforehand() -> None:
    names = ["clean", "voice/gain@2", "face/grey+face/mirror", "voice/gain@3+voice/room@1"]
    assert condition_modules(names) == [
        "harness.conditions.clean",
        "harness.conditions.pictures",
        "harness.conditions.rooms",
        "harness.conditions.sounds",
    ]
    with pytest.raises(HarnessError, match="no condition 'voice/none'"):
        condition_modules(["voice/none"])
