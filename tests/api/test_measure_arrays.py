"""`harness.measure` gives the numbers that scikit-learn and fairlearn give, and what they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from fairlearn.metrics import MetricFrame
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss

import harness
from harness.api.measurement_report import MeasurementReport
from harness.evidence.run_folder import RunFolder

NUM_SUBJECTS, CLIPS = 24, 10
QUICK: dict[str, Any] = {"measure": {"resamples": 100, "permutations": 100}}


@pytest.fixture(scope="module")
def arrays() -> dict[str, Any]:
    rng = np.random.default_rng(4)
    num = NUM_SUBJECTS * CLIPS
    subject = np.repeat(np.arange(NUM_SUBJECTS), CLIPS)
    sex = np.where(subject % 2, "female", "male")
    truth = np.array(["anger", "joy"])[np.arange(num) % 2]
    right = rng.random(num) < np.where(sex == "male", 0.9, 0.6)
    other = np.where(truth == "joy", "anger", "joy")
    return {"y_true": truth, "y_pred": np.where(right, truth, other), "subject": subject, "groups": {"sex": sex}}


@pytest.fixture(scope="module")
def report(arrays: dict[str, Any]) -> MeasurementReport:
    return harness.measure(**arrays, measure={"resamples": 200, "permutations": 200})


def test_values_overall_and_by_group_are_those_of_other_libraries(
    report: MeasurementReport, arrays: dict[str, Any]
) -> None:
    frame = MetricFrame(
        metrics={"accuracy": accuracy_score, "uar": balanced_accuracy_score},
        y_true=arrays["y_true"],
        y_pred=arrays["y_pred"],
        sensitive_features=arrays["groups"]["sex"],
    )
    for metric in ("accuracy", "uar"):
        view = report[metric]
        assert float(view.overall) == pytest.approx(frame.overall[metric], abs=1e-12)
        assert float(view.difference()) == pytest.approx(frame.difference()[metric], abs=1e-12)
        assert float(view.ratio("sex")) == pytest.approx(frame.ratio()[metric], abs=1e-12)
        for group in ("female", "male"):
            assert view.by_group.loc[("sex", group), "value"] == pytest.approx(
                frame.by_group[metric][group], abs=1e-12
            )
    assert report.table.loc["accuracy", "n_subjects"] == NUM_SUBJECTS


def test_twelve_numbered_classes_have_the_values_of_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    truth, subject = np.arange(120) % 12, np.repeat(np.arange(10), 12)
    proba = 0.4 * np.eye(12)[np.where(rng.random(120) < 0.7, truth, rng.integers(12, size=120))] + 0.05
    report = harness.measure(truth, None, scores=proba, subject=subject, **QUICK)
    assert float(report["uar"].overall) == pytest.approx(
        balanced_accuracy_score(truth, proba.argmax(axis=1)), abs=1e-12
    )
    assert float(report["log_loss"].overall) == pytest.approx(log_loss(truth, proba), abs=1e-6)
    brier = ((proba - np.eye(12)[truth]) ** 2).sum(axis=1).mean()
    assert float(report["brier"].overall) == pytest.approx(brier, abs=1e-6)


def test_an_arrow_table_of_scores_is_read_by_its_names() -> None:
    rng = np.random.default_rng(6)
    truth = np.array(["a", "b", "c"])[np.arange(60) % 3]
    proba = rng.dirichlet([1, 1, 1], size=60)
    columns = {"c": proba[:, 0], "b": proba[:, 1], "a": proba[:, 2]}
    brier = ((proba[:, ::-1] - np.eye(3)[np.arange(60) % 3]) ** 2).sum(axis=1).mean()
    for scores in (pa.table(columns), pd.DataFrame(columns), columns):
        report = harness.measure(truth, scores=scores, subject=np.repeat(np.arange(6), 10), **QUICK)
        assert float(report["brier"].overall) == pytest.approx(brier, abs=1e-6)


def test_the_planted_gap_is_named_with_its_verdict(report: MeasurementReport) -> None:
    worst = report.gaps.iloc[0]
    assert (worst["axis"], worst["worse"], worst["than"], worst["verdict"]) == ("sex", "female", "male", "not_met")
    assert worst["lo"] > worst["tolerance"] == 0.05
    assert 0 < float(report["uar"].difference("sex").null_mean or 0) < float(report["uar"].difference("sex"))


def test_chance_stands_beside_the_system(report: MeasurementReport) -> None:
    assert set(report.to_pandas()["model"]) == {"system", "majority", "stratified_random"}


def test_what_is_saved_can_be_scored_compared_and_loaded(
    report: MeasurementReport, arrays: dict[str, Any], tmp_path: Path
) -> None:
    text = report.save(tmp_path / "mine").read_text(encoding="utf-8")
    assert "female" in text
    assert "not_stated" not in text
    assert "240 samples of 24 subjects" in text
    assert "It is not stated whether the dataset is simulated." in text
    assert "According to its card" not in text
    assert "labels whose source is not stated" in text
    scored = harness.score(report, into=tmp_path / "again")
    assert scored.results.equals(report.results)
    assert harness.load(tmp_path / "mine").table.equals(report.table)
    flipped = {**arrays, "y_pred": arrays["y_true"], "system": "perfect"}
    better = harness.measure(**flipped, measure={"resamples": 200, "permutations": 200})
    compared = harness.compare([tmp_path / "mine", better], into=tmp_path / "compared")
    uar = compared.differences.query("metric == 'uar' and group == 'all'").iloc[0]
    assert uar["worse"] == "system"
    assert uar["value"] == pytest.approx(float(report["uar"].overall) - 1, abs=1e-12)
    assert compared.page.is_file()
    with pytest.raises(harness.HarnessError, match="the folder is not empty"):
        report.save(tmp_path / "mine")
    with pytest.raises(harness.HarnessError, match="folder: NoneType is not a path"):
        report.save(None)  # type: ignore[arg-type]


def test_a_report_shows_itself_without_scripts_and_with_names_escaped(arrays: dict[str, Any]) -> None:
    hostile = {"sex": np.where(arrays["groups"]["sex"] == "male", "<script>alert(1)</script>", "a - b")}
    shown = harness.measure(**{**arrays, "groups": hostile}, measure={"resamples": 200, "permutations": 200})
    html = shown._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "a - b" in repr(shown)


def test_samples_without_an_answer_count_as_wrong() -> None:
    truth, subject = ["joy", "anger"] * 30, np.repeat(np.arange(6), 10)
    answers = pd.Series(truth).where(np.arange(60) % 10 != 0)
    report = harness.measure(truth, answers, subject=subject, measure={"resamples": 100, "permutations": 100})
    assert float(report["accuracy"].overall) == pytest.approx(0.9)
    assert float(report["coverage"].overall) == pytest.approx(0.9)
    assert float(report["accuracy_scored"].overall) == 1.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": "my/system"}, "system='my/system': give a name"),
        ({"system": " system"}, "system=' system': give a name"),
        ({"facts": {"model.edition": "2"}}, "there is no such fact. Known: dataset.title, dataset.version,"),
        ({"facts": {"model.version": "x" * 201}}, "facts: version: "),
        ({"system": None}, "system=None: give a name"),
        ({"tolerance": 0.1}, "no choice 'tolerance'. Did you mean measure={'tolerance': …}"),
        (
            {"measure": {"tolerence": 0.1}},
            "measure={'tolerence': …}: there is no such key. Did you mean 'tolerance'",
        ),
        ({"group": {"sex": np.arange(240)}}, "no choice 'group'. Did you mean groups?"),
        ({"subjects": np.arange(240)}, "no choice 'subjects'. Did you mean subject"),
        ({"score": np.ones((240, 2)).tolist()}, "no choice 'score'. Did you mean scores"),
        ({"xyzzy": np.arange(240)}, "no choice 'xyzzy'. There are: out, seed, limit, "),
        ({"seed": object()}, "seed: "),
        ({"measure": 3}, "measure: "),
        ({"measure": {"tolerance": np.ones(900)}}, "measure.tolerance: "),
        ({"groups": {"a*b": np.arange(240)}}, "groups: 'a*b' cannot name an attribute"),
        ({"dataset": "../x"}, "dataset='../x'"),
        ({"out": "x"}, "this choice is not possible"),
        ({"attributes": {"axes": ["height"]}}, "'height'"),
    ],
)
def test_a_wrong_choice_is_one_clear_message(
    arrays: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(harness.HarnessError) as error:
        harness.measure(**{**arrays, **changes})
    assert message in str(error.value)
    assert len(str(error.value)) < 700


def test_stated_facts_stand_in_plan_and_report_and_change_no_number(
    arrays: dict[str, Any], report: MeasurementReport
) -> None:
    facts = {"model.version": "2.10", "model.provider": "Acme GmbH", "dataset.title": "Calls <2024>"}
    stated = harness.measure(**arrays, measure={"resamples": 200, "permutations": 200}, facts=facts)
    assert stated.results.equals(report.results)
    plan = RunFolder(stated.folder).read_plan().plan
    card, system = plan["cards"]["dataset"], plan["cards"]["models"][0]
    assert (card["title"], system["version"], system["provider"]) == ("Calls <2024>", "2.10", "Acme GmbH")
    page = stated.page.read_text(encoding="utf-8")
    assert "Calls &lt;2024&gt;</h1>" in page
    assert "Acme GmbH" in page


def test_choices_may_be_numpys_own(arrays: dict[str, Any], report: MeasurementReport) -> None:
    settings = {"resamples": np.int64(200), "permutations": np.int64(200)}
    same = harness.measure(**arrays, seed=np.int64(0), attributes={"axes": np.array(["sex"])}, measure=settings)
    assert same.table.equals(report.table)


def test_a_metric_that_was_not_measured_is_told_with_those_that_were(report: MeasurementReport) -> None:
    with pytest.raises(harness.HarnessError, match=r"There is no metric 'aur'.*uar"):
        report["aur"]
    with pytest.raises(harness.HarnessError, match=r"no axis 'age' was compared\. Name one of: sex"):
        report["uar"].difference("age")


def test_neither_the_order_of_the_samples_nor_the_type_of_the_subjects_changes_anything() -> None:
    """With names of the samples, by which the random baseline and the checks are ordered."""
    rng = np.random.default_rng(8)
    num, subject = 120, np.repeat(np.arange(12) + 1, 10)
    truth = np.array(["anger", "calm", "joy"])[rng.integers(3, size=num)]
    columns: dict[str, Any] = {
        "y_true": truth,
        "subject": subject,
        "sample_id": [f"clip{index}" for index in rng.permutation(num)],
        "scores": rng.dirichlet(np.ones(3), num),
    }
    more = {
        "groups": {"sex": np.where(subject % 2, "female", "male"), "light": rng.integers(2, size=num)},
        "votes": {label: rng.integers(1, 4, size=num) for label in ("anger", "calm", "joy")},
    }
    choices = QUICK | {"attributes": {"axes": ["sex", "light", "sex*light"]}}
    order = rng.permutation(num)
    shuffled = {name: np.asarray(values)[order] for name, values in columns.items()}
    more_shuffled = {
        argument: {name: values[order] for name, values in given.items()} for argument, given in more.items()
    }
    first = results(harness.measure(**columns, **more, **choices))
    assert {"metric", "search", "check"} <= set(first["kind"])
    for kind in (int, float, str):
        of_kind = shuffled | {"subject": shuffled["subject"].astype(kind)}
        pd.testing.assert_frame_equal(
            results(harness.measure(**of_kind, **more_shuffled, **choices)), first, check_exact=True
        )


def results(report: MeasurementReport) -> pd.DataFrame:
    """The results without the numbers of rows that findings name."""
    found = report.results.to_pandas()
    return found.assign(reason=found["reason"].str.replace(r"rows? \d+( and (row )?\d+)*", "row", regex=True))
