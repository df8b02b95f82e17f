from __future__ import annotations

from typing import Any

import pytest
from hydra.errors import HydraException
from omegaconf import OmegaConf

from harness.errors import HarnessError
from harness.study.compose import (
    compose_choices,
    compose_study,
    explained,
    plain_values,
    with_facts_quoted,
    with_open_maps,
)


def test_overrides_of_maps_whose_keys_are_the_users_may_add_keys() -> None:
    given = [
        "seed=3",
        "attributes.bands={skin_tone: monk_3}",
        "attributes.sources.age=self_report",
        "attributes.errors={skin_tone: null}",
        "measure.tolerances.uar=0.1",
        "measure.tolerance=0.1",
        "attributes.axes=[sex]",
    ]
    assert with_open_maps(given) == [
        "seed=3",
        "++attributes.bands={skin_tone: monk_3}",
        "++attributes.sources.age=self_report",
        "++attributes.errors={skin_tone: null}",
        "++measure.tolerances.uar=0.1",
        "measure.tolerance=0.1",
        "attributes.axes=[sex]",
    ]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("2.10", "2.10"),
        ("2024", "2024"),
        ("null", None),
        ('"2.10"', "2.10"),
        ("'a, b'", "a, b"),
        ("written, 2023 (by letter): n = 40", "written, 2023 (by letter): n = 40"),
        ('the "Acme" calls', 'the "Acme" calls'),
        ("it's", "it's"),
        ("C:\\", "C:\\"),
        ('a \\" b', 'a \\" b'),
    ],
)
def test_stated_facts_are_free_text(written: str, text: str | None) -> None:
    config = compose_study(
        ["dataset=table", f"dataset.consent={written}", "model=predictions", f"model.version={written}"]
    )
    assert (config.dataset.options["consent"], config.model.options["version"]) == (text, text)


def test_in_a_sweep_a_comma_separates_facts_as_it_does_other_values() -> None:
    given = ["model.version=1.10,1.20", "model.provider=Acme GmbH", "seed=1,2"]
    assert with_facts_quoted(given, in_sweep=True) == [given[0], 'model.provider="Acme GmbH"', given[2]]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "sead=1",
            "config: there is no key 'sead'. Did you mean seed or shard? `harness run … --cfg job` shows all.",
        ),
        (
            "timeout=3",
            "config: there is no key 'timeout'. Did you mean timeout_s or batch_timeout_s or out? "
            "`harness run … --cfg job` shows all.",
        ),
        (
            "nothing_like_it_at_all=1",
            "config: there is no key 'nothing_like_it_at_all'. `harness run … --cfg job` shows all.",
        ),
        ("seed", "config: 'seed' is not readable. Write key=value, and quote a text: key='\"a, b\"'."),
    ],
)
def test_hydras_messages_become_one_sentence(override: str, message: str) -> None:
    with pytest.raises(HarnessError) as refused:
        compose_study(["dataset=simulated_wearables", "model=majority", override])
    assert str(refused.value) == message


def test_the_datasets_that_there_are_follow_the_message() -> None:
    with pytest.raises(HarnessError) as refused:
        compose_study(["dataset=nowhere", "model=majority"])
    assert str(refused.value).startswith("config: Could not find 'dataset/nowhere'")
    assert "ravdess" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_very_long_message_is_cut() -> None:
    assert explained(HydraException("x" * 10_000)) == f"config: {'x' * 492}"
    assert explained(HydraException("")) == "config: "


def test_what_follows_the_search_path_is_left_out() -> None:
    error = HydraException("In 'run': It is not there\n\tone\n\ttwo\nConfig search path:\n\tnoise")
    assert explained(error) == "config: It is not there one, two"


def test_interpolations_are_resolved_and_missing_values_named() -> None:
    assert plain_values(OmegaConf.create({"a": 1, "b": "${a}"})) == {"a": 1, "b": 1}
    with pytest.raises(HarnessError, match=r"^config: b: .*nowhere"):
        plain_values(OmegaConf.create({"a": 1, "b": "${nowhere}"}))
    with pytest.raises(HarnessError, match=r"^config: a: Missing mandatory value: a"):
        plain_values(OmegaConf.create({"a": "???"}))


@pytest.mark.parametrize(
    ("choices", "key"),
    [({"labels": {"merge": {"ang\udc8aer": "neutral"}}}, "merge"), ({"baselines": ["\udc8a"]}, "baselines")],
)
def test_python_values_that_no_plan_could_hold_are_named(choices: dict[str, Any], key: str) -> None:
    with pytest.raises(HarnessError, match=f"{key}: .*cannot be written as UTF-8"):
        compose_choices("simulated_wearables", "majority", choices)
