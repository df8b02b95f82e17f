"""Hydra's composition and the validation behind it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from harness import resources
from harness.attributes.grouping import Grouping
from harness.cards import registry
from harness.cards.facts import card_names
from harness.errors import HarnessError
from harness.inference.executor import ExecutorOptions
from harness.inference.inference_settings import InferenceSettings
from harness.known_metrics import metric_facts
from harness.measurement.choices import MeasureChoices
from harness.measurement.measure_settings import MeasureSettings
from harness.models.model import RunSettings
from harness.probing.probe_settings import ProbeSettings
from harness.resources import Configured, config_dir
from harness.study.compose import compose_study
from harness.study.config import AttributeChoices, ProtocolChoices, StudyConfig


def written_defaults() -> dict[str, Any]:
    written = yaml.safe_load((config_dir() / "run.yaml").read_text())
    return {key: value for key, value in written.items() if key not in ("defaults", "hydra")}


def test_the_schema_takes_its_defaults_from_run_yaml() -> None:
    written = written_defaults()
    schema = StudyConfig(dataset={"name": "d"}, model={"name": "m"}).model_dump(
        mode="json", exclude={"dataset", "model", "executor"}
    )
    assert written["measure"].pop("gaps") == "auto"
    assert schema["measure"].pop("gaps") == [facts.base for facts in metric_facts() if facts.compared]
    assert written == schema


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every choice with what makes its default."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if name == "executor":  # a config of its own, like the dataset and the model
            continue
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from leaves(inner, f"{prefix}{name}.") if not field.is_required() else ()
        else:
            yield f"{prefix}{name}", field.default_factory


def test_the_default_executor_is_the_one_that_run_yaml_chooses() -> None:
    written = yaml.safe_load((config_dir() / "run.yaml").read_text())["defaults"]
    assert {"executor": "local"} in written
    assert StudyConfig(dataset={"name": "d"}, model={"name": "m"}).executor.model_dump() == {"name": "local"}
    assert InferenceSettings().executor == "local"


@pytest.mark.parametrize("name", registry.BUILT_IN["executors"])
def test_the_config_of_an_executor_states_all_of_its_options(name: str) -> None:
    written = yaml.safe_load((config_dir() / "executor" / f"{name}.yaml").read_text())
    assert written.pop("name") == name
    assert written == getattr(registry.find("executors", name), "Options", ExecutorOptions)().model_dump()


def test_no_choice_states_a_default_of_its_own() -> None:
    found = dict(leaves(StudyConfig))
    written = [
        f"{key}.{inner}" if isinstance(value, dict) else key
        for key, value in written_defaults().items()
        for inner in (value if isinstance(value, dict) else [None])
    ]
    assert sorted(found) == sorted(written)
    assert {key: made for key, made in found.items() if made != Configured(key)} == {}


@pytest.mark.parametrize(
    ("settings", "section"),
    [
        (MeasureSettings, "measure"),
        (ProbeSettings, "checks"),
        (InferenceSettings, None),
        (RunSettings, None),
        (Grouping, "attributes"),
    ],
)
def test_settings_that_are_choices_take_their_defaults_from_run_yaml(settings: type, section: str | None) -> None:
    """But for the device, which is worked out before, for groups that are those of all attributes alone, and for
    the budget, of which the settings carry what is spent."""
    written = written_defaults()
    own = {**{key: key for key in written}, **{k: f"{section}.{k}" for k in (written[section] if section else {})}}
    found = {}
    for field in dataclasses.fields(settings):
        default = field.default
        made = default.default_factory if isinstance(default, FieldInfo) else field.default_factory
        if field.name in own and field.name not in ("device", "axes", "face", "speech", "video", "gaps", "budget"):
            found[field.name] = made
    assert found
    assert found == {name: Configured(own[name]) for name in found}


def test_a_number_that_is_changed_in_run_yaml_is_changed_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (config_dir() / "run.yaml").read_text()
    (tmp_path / "run.yaml").write_text(
        whole.replace("tolerance: 0.05", "tolerance: 0.07").replace("[18, 30, 50, 65]", "[21]")
    )
    monkeypatch.setattr(resources, "config_dir", lambda: tmp_path)
    resources.run_config.cache_clear()
    try:
        assert MeasureSettings().tolerance == MeasureChoices().tolerance == 0.07
        assert Grouping().bands["age"] == AttributeChoices().bands["age"] == (21,)
    finally:
        resources.run_config.cache_clear()


def test_a_default_is_nobodys_to_change() -> None:
    Configured("attributes.bands")()["age"].append(99)
    assert Configured("attributes.bands")()["age"] == [18, 30, 50, 65]


@pytest.mark.parametrize("kind", ["datasets", "models"])
def test_every_card_can_be_chosen(kind: str) -> None:
    group = "dataset" if kind == "datasets" else "model"
    assert sorted(path.stem for path in (config_dir() / group).glob("*.yaml")) == card_names(kind)


def test_overrides_reach_the_study() -> None:
    config = compose_study(
        ["dataset=ravdess", "dataset.root=/data", "model=majority", "seed=7", "labels.merge={calm: neutral}"]
    )
    assert (config.seed, config.labels.merge) == (7, {"calm": "neutral"})
    assert str(config.dataset.root) == "/data"


def test_axes_are_written_as_they_are_called_and_maps_take_new_keys() -> None:
    config = compose_study(
        [
            "dataset=ravdess",
            "model=majority",
            "attributes.axes=[sex,age,sex*age]",
            "attributes.bands={skin_tone: monk_3, health: [well, ill]}",
            "attributes.bands.age=[40]",
            "attributes.sources={sex: self_report}",
            "measure.tolerances.uar=0.1",
        ]
    )
    assert config.attributes.axes == ("sex", "age", "sex*age")
    assert config.attributes.bands == {
        "age": (40,),
        "fitzpatrick": "fitzpatrick",
        "neurodivergence": "neurodivergence",
        "skin_tone": "monk_3",
        "health": ("well", "ill"),
    }
    assert config.attributes.sources == {"sex": "self_report"}
    assert config.measure.tolerances == {"uar": 0.1}


def test_the_handle_of_the_bias_reaches_a_simulated_dataset() -> None:
    config = compose_study(
        [
            "dataset=simulated_faces",
            "model=majority",
            "bias.attribute=skin_tone",
            "bias.group=monk_10",
            "bias.effect=0.3",
        ]
    )
    assert config.dataset.options["bias"]["attribute"] == "skin_tone"
    assert config.dataset.options["bias"]["effect"] == 0.3
    assert config.face.detector == "none"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model=majority"], "dataset"),
        (["dataset=nowhere", "model=majority"], "nowhere"),
        (["dataset=ravdess", "model=majority", "sead=1"], "sead"),
        (["dataset=ravdess", "model=majority", "seed=-1"], "seed: expected at least 0"),
        (["dataset=ravdess", "model=majority", "batch_size=many"], r"batch_size: .*\(found 'many'\)"),
        (["dataset=ravdess", "model=majority", "face.detector=eyes"], "face.detector"),
        (["dataset=ravdess", "model=majority", "measure.level=2"], "measure.level"),
        (["dataset=ravdess", "model=majority", "attributes.axes=sex"], r"attributes\.axes"),
        (["dataset=ravdess", "model=majority", "attributes.axes=[sex*]"], "cannot name an attribute"),
        (
            ["dataset=ravdess", "model=majority", "attributes.bands.age=decades"],
            "expected edges such as .*decades",
        ),
        (["dataset=ravdess", "model=majority", "attributes.sources={sex: me}"], r"attributes\.sources\.sex.*'me'"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(overrides: list[str], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        compose_study(overrides)


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    config = compose_study(["dataset=ravdess", "dataset.root='~/data'", "model=majority", "out='~/runs'"])
    assert (str(config.dataset.root), str(config.out)) == ("/home/somebody/data", "/home/somebody/runs")
    with pytest.raises(HarnessError, match=r"dataset\.root.*nobody-of-that-name"):
        compose_study(["dataset=ravdess", "dataset.root='~nobody-of-that-name'", "model=majority"])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("measure.gaps=[accuarcy]", "no metric 'accuarcy'.*there are accuracy, "),
        ("measure.tolerances={accuarcy: 0.1}", "no metric 'accuarcy'"),
        ("measure.tolerances={accuracy: 1}", "accuracy: 1 accepts any difference"),
        ("measure.tolerances={log_loss: 16}", "log_loss: 16 accepts any difference"),
        ("measure.tolerances={bias: inf}", "bias: inf accepts any difference"),
        ("measure.tolerances={log_loss: inf}", "log_loss: inf accepts any difference"),
        ("measure.tolerance=1e9", "tolerance: 1e[+]09 accepts any difference"),
        ("measure.tolerance=inf", "tolerance: inf accepts any difference"),
        ("measure.tolerance=nan", "tolerance"),
        ("measure.level=0.9995", "level 0.9995 needs at least 4,000 resamples; there are 2,000"),
        ("+measure.x=1", "measure.x"),
    ],
)
def test_a_comparison_that_could_not_fail_or_does_not_exist_is_refused(override: str, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        compose_study(["dataset=ravdess", "model=majority", override])


def test_a_refusal_names_the_key_and_not_all_its_neighbours() -> None:
    with pytest.raises(HarnessError) as refused:
        compose_study(["dataset=ravdess", "model=majority", "measure.tolerance=1"])
    expected = "config: measure: tolerance: 1 accepts any difference, or none; expected above 0 and below 1"
    assert str(refused.value) == expected


def test_metrics_of_a_class_or_without_bounds_have_tolerances_of_their_own() -> None:
    tolerances = "measure.tolerances={recall: 0.2, log_loss: 2, bias: 3}"
    config = compose_study(["dataset=ravdess", "model=majority", tolerances, "measure.gaps=['recall:anger',ccc]"])
    assert config.measure.tolerances == {"recall": 0.2, "log_loss": 2, "bias": 3}
    assert config.measure.gaps == ["recall:anger", "ccc"]


def test_so_many_draws_are_needed_that_one_can_lie_beyond_the_interval() -> None:
    levels = ["dataset=ravdess", "model=majority", "measure.level=0.999"]
    with pytest.raises(HarnessError, match="needs at least 999 permutations; there are 998"):
        compose_study([*levels, "measure.permutations=998"])
    assert compose_study([*levels, "measure.permutations=999"]).measure.permutations == 999


@pytest.mark.parametrize("given", ["clean", ["clean"], []])
def test_one_condition_may_stand_without_a_list(given: Any) -> None:
    about = {"dataset": {"name": "d"}, "model": {"name": "m"}}
    assert StudyConfig(**about, conditions=given).conditions == ("clean",)
    assert StudyConfig(**about, conditions="face/grey").conditions == ("clean", "face/grey")


@pytest.mark.parametrize("folds", [1, 0, "five", True, 2.5, None, [3], 10**6])
def test_folds_are_named_or_a_number(folds: Any) -> None:
    with pytest.raises(
        ValueError, match=r"expected auto, split, partition, session, loso or a number of folds from 2"
    ):
        ProtocolChoices(folds=folds)
