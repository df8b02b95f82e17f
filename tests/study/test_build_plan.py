from __future__ import annotations

from typing import Any

import pytest

from harness.cards import registry
from harness.files import sha256_bytes
from harness.models.model import RunSettings
from harness.models.weights_options import WeightsOptions
from harness.signals.face_options import FaceOptions
from harness.study.assembly import open_condition, open_model, open_reader
from harness.study.build_plan import answers_key, build_plan, choices
from harness.study.compose import compose_study
from harness.study.protocol import in_protocol
from harness.study.sample_list import chosen_people
from harness.tables.versions import table_bytes


def planned(*overrides: str) -> dict[str, Any]:
    """The plan of a small study."""
    small = ["dataset=simulated_wearables", "dataset.subjects=4", "dataset.samples_per_class=2"]
    config = compose_study([*small, "model=wearable_stress", "device=cpu", *overrides])
    reader = open_reader(config.dataset.name, config.dataset.root, config.dataset.options)
    settings = RunSettings(config.seed, "cpu", config.precision, config.face)
    system = open_model(config.model.name, config.model.options, settings)
    listed = reader.samples()
    people = chosen_people(config, reader, listed, system.card.labels)
    return build_plan(
        config,
        reader=reader,
        people=people,
        protocol=in_protocol(listed, people.samples, config.protocol, card=reader.card, seed=config.seed),
        samples_sha256=sha256_bytes(table_bytes(people.samples, "samples")),
        system=system,
        baselines=[open_model(name, {}, settings) for name in config.baselines if config.baselines != "auto"],
        conditions=[open_condition(name) for name in config.conditions],
    )


@pytest.mark.parametrize(
    ("override", "alike"),
    [
        ("measure.tolerance=0.1", True),
        ("checks.max_probes=3", True),
        ("power.icc=0.2", True),
        ("batch_size=7", False),
        ("timeout_s=7", False),
        ("seed=1", False),
        ("model.classifier=gradient_boosting", False),
        ("baselines=[majority]", False),
        ("limit=5", False),
        ("protocol.folds=2", False),
    ],
)
def test_answers_hold_for_every_plan_that_asks_for_the_same(override: str, alike: bool) -> None:
    first, second = planned(), planned(override)
    assert first != second
    assert (answers_key(first) == answers_key(second)) is alike


def test_a_metric_of_another_package_leaves_the_answers_as_they_are() -> None:
    plan = {"extensions": [], "model": {"name": "m"}}
    package = {"name": "n", "package": "p", "version": "1"}
    keys = {kind: answers_key({**plan, "extensions": [{"kind": kind, **package}]}) for kind in registry.NOUNS}
    alike = {kind for kind, key in keys.items() if key == answers_key(plan)}
    assert alike == {"metrics", "checks"}


def test_where_a_users_file_lies_stays_out_of_the_plan() -> None:
    assert choices(WeightsOptions(weights="/somewhere/emotion_model.hdf5")) == {}
    assert choices(FaceOptions(detector="yunet", weights="/somewhere/yunet.onnx")) == {
        "detector": "yunet",
        "margin": 0.1,
        "align": False,
        "min_score": None,
    }
