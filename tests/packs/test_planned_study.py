"""The config of a study from a plan that was received."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from packs_made import write_tables
from served_pictures import write_card
from silent import Silent
from small_packs import OVERRIDES, SmallPack

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.packs.planned_study import planned_reader, planned_study
from harness.study.compose import compose_study
from harness.study.run_study import run

PSEUDONYM = f"sub-{'0' * 32}"


def plan_of(small_pack: SmallPack) -> dict[str, Any]:
    return RunFolder(small_pack.pack / "run").read_plan().plan


CHOSEN = (
    "seed=7",
    "limit=40",
    "batch_size=5",
    "repeats=1",
    "labels.merge={stress: rest}",
    "labels.only=[rest,stress]",
    "attributes.axes=null",
    "attributes.axes=[sex,age,sex*age]",
    "attributes.bands.age=[40]",
    "attributes.sources={sex: observer}",
    "measure.tolerances={uar: 0.2}",
    "measure.gaps=[uar,accuracy]",
    "measure.level=0.9",
    "measure.search_depth=0",
    "power.rate=0.7",
    "baselines=[majority]",
    "dataset.window_s=30",
    "protocol.folds=loso",
    "protocol.folds=3",
    "protocol.allow_leak=true",
)


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        *((choice,) for choice in CHOSEN if "labels.merge" not in choice),
        (
            "dataset=simulated_faces",
            "dataset.subjects=4",
            "model=majority",
            "conditions=[clean]",
            "face.margin=0.3",
        ),
        ("dataset=simulated_voices", "dataset.subjects=4", "model=majority", "conditions=[clean]"),
    ],
    ids=lambda overrides: " ".join(overrides) or "none",
)
def test_a_plan_leads_to_itself(tmp_path: Path, overrides: tuple[str, ...]) -> None:
    """Every choice of a study is in its plan, and comes back from there."""
    base = [text for text in OVERRIDES if text.split("=")[0] not in {one.split("=")[0] for one in overrides}]
    given = [*overrides, *base, f"out={tmp_path / 'first'}"]
    if not any(text.startswith("model=") for text in given):
        given.append("model=majority")
    plan = run(compose_study(given), Silent()).folder.read_plan()
    again = run(planned_study(plan.plan, ["workers=0"], tmp_path / "again"), Silent()).folder.read_plan()
    assert again.plan == plan.plan
    assert again.sha256 == plan.sha256


def test_a_plan_of_a_dataset_without_attributes_leads_to_itself(tmp_path: Path) -> None:
    write_tables(tmp_path)
    table = (tmp_path / "samples.csv").read_text().replace(",attr.sex", ",ctx.sex")
    (tmp_path / "samples.csv").write_text(table)
    paths = [f"dataset.root={tmp_path}", f"model.file={tmp_path / 'answers.csv'}"]
    given = ["dataset=table", "model=predictions", "tracking.enabled=false", f"out={tmp_path / 'first'}", *paths]
    plan = run(compose_study(given), Silent()).folder.read_plan()
    assert plan.plan["attributes"]["axes"] == []
    again = run(planned_study(plan.plan, paths, tmp_path / "again"), Silent()).folder.read_plan()
    assert again.plan == plan.plan


def test_what_the_plan_does_not_decide_may_be_chosen(small_pack: SmallPack, tmp_path: Path) -> None:
    config = planned_study(plan_of(small_pack), ["workers=5", "device=auto", "seed=0"], tmp_path)
    assert (config.workers, config.device, config.seed, config.out) == (5, "auto", 0, tmp_path)
    assert not config.tracking.enabled


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("seed=1", "the plan decides it"),
        ("dataset.subjects=13", "the plan decides it"),
        ("measure={level: 0.9}", "the plan decides it"),
        ("dataset.name=ravdess", "the plan decides it"),
        ("dataset=ravdess", "the plan decides it"),
        ("seed.more=1", "no such choice"),
        ("wrokers=1", "wrokers"),
        ("out=/tmp/x", "--into"),
        ("hydra.run.dir=/tmp/x", "--into"),
        ("seed=1,2", "one value"),
        ("~seed", "one value"),
        ("nonsense", "not readable|one value"),
        ("dataset.root=/tmp", None),
    ],
)
def test_what_it_decides_may_not(small_pack: SmallPack, tmp_path: Path, given: str, words: str | None) -> None:
    if words is None:  # the reader refuses it
        assert planned_study(plan_of(small_pack), [given], tmp_path).dataset.root == Path("/tmp")
        return
    with pytest.raises(HarnessError, match=words):
        planned_study(plan_of(small_pack), [given], tmp_path)


def received(small_pack: SmallPack, reader: str, system: str, **more: Any) -> dict[str, Any]:
    plan = plan_of(small_pack)
    plan["dataset"] |= {"name": reader, "options": more.get("dataset", {})}
    plan["model"] |= {"card": system, "name": system, "options": more.get("model", {})}
    plan["face"] = more.get("face")
    plan["attributes"] |= {"file_sha256": more.get("file_sha256")}
    return plan


def test_all_paths_that_are_needed_are_named_at_once(small_pack: SmallPack, tmp_path: Path) -> None:
    plan = received(
        small_pack,
        "ravdess",
        "fer_mini_xception",
        dataset={"channel": PSEUDONYM},
        face={"detector": "yunet"},
        file_sha256="a" * 64,
    )
    with pytest.raises(HarnessError) as error:
        planned_study(plan, [], tmp_path)
    for words in (
        "dataset.root=PATH",
        "model.weights=PATH",
        "face.weights=PATH",
        "attributes.file=PATH (SHA-256 aaa",
    ):
        assert words in str(error.value)
    assert "dataset.channel=NAMES" in str(error.value)
    given = [
        "dataset.root=/d",
        "model.weights=/w",
        "face.weights=/f",
        "attributes.file=/a",
        "dataset.channel=speech",
    ]
    config = planned_study(plan, given, tmp_path)
    assert (config.dataset.root, config.face.weights) == (Path("/d"), Path("/f"))
    assert config.dataset.options["channel"] == "speech"


@pytest.mark.parametrize(
    "more",
    [
        {"model": {"file": "/etc/passwd"}},
        {"dataset": {"root": "/etc"}, "model": {"file": None}},
        {"face": {"weights": "/etc/passwd"}, "model": {"file": None}},
    ],
)
def test_a_path_in_a_received_plan_is_not_opened(
    small_pack: SmallPack, tmp_path: Path, more: dict[str, Any]
) -> None:
    with pytest.raises(HarnessError, match="names files"):
        planned_study(received(small_pack, "ravdess", "predictions", **more), ["dataset.root=/d"], tmp_path)


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The options of a plan of a system in a program, of which there is a card here."""
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path / "cards"))
    card = write_card(tmp_path, "https://acme.test/v1")
    card |= {"name": "loud", "kind": "command", "output": {}, "connection": {"command": ["true"]}}
    path = tmp_path / "cards" / "models" / "loud" / "card.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(card))
    return {"trust": True, "environment": ["AWS_KEY"], "folder": None}


def test_what_only_the_user_grants_is_not_granted_by_a_plan(
    small_pack: SmallPack, tmp_path: Path, acme: dict[str, Any]
) -> None:
    plan = received(small_pack, "simulated_faces", "loud", model=acme)
    with pytest.raises(
        HarnessError, match=r"trust and environment .* model\.trust=true 'model\.environment=\[AWS_KEY\]'"
    ):
        planned_study(plan, [], tmp_path)
    with pytest.raises(HarnessError, match=r"model\.environment=\[AWS_KEY\]"):
        planned_study(plan, ["model.trust=true"], tmp_path)
    options = planned_study(plan, ["model.trust=true", "model.environment=[]"], tmp_path).model.options
    assert (options["trust"], options["environment"]) == (True, [])


@pytest.mark.parametrize("card", ["../../etc", "nobody_knows_it", ""])
def test_a_system_without_a_card_here_is_named(small_pack: SmallPack, tmp_path: Path, card: str) -> None:
    with pytest.raises(HarnessError, match=r"There is no card models/.* here\. .*: --config-dir FOLDER"):
        planned_study(received(small_pack, "simulated_faces", card), [], tmp_path)


def test_a_dataset_without_a_card_here_asks_for_the_folder_of_cards(small_pack: SmallPack, tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as error:
        planned_study(received(small_pack, "own_photos", "majority"), [], tmp_path)
    assert "FOLDER/datasets/NAME/card.yaml" in str(error.value)
    with pytest.raises(HarnessError, match="--config-dir FOLDER"):
        planned_reader({"dataset": {"name": "own_photos", "options": {}}}, [])


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ("conditions", [5]),
        ("conditions", None),
        ("baselines", [{}]),
        ("power", {}),
        ("attributes", {"axes": [], "sources": 3, "bands": {}}),
        ("labels", {"merge": "/etc/passwd", "only": None}),
        ("measure", None),
        ("checks", {"no_such": 1}),
        ("batch_size", 10**9),
        ("speech", {}),
    ],
)
def test_a_malformed_plan_is_named(small_pack: SmallPack, tmp_path: Path, section: str, value: Any) -> None:
    with pytest.raises(HarnessError):
        planned_study({**plan_of(small_pack), section: value}, [], tmp_path)
