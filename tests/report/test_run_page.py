from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.cards.facts import MAX_LABEL
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.report.numbers import ABSENT
from harness.report.run_page import Report, render_run
from harness.statistics.intervals import ALL_ALIKE
from harness.wording import FIXED_LINE

VOID = {"meta", "br", "line", "circle", "rect"}


class Page(HTMLParser):
    """The page's elements and text; fails on tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))


@pytest.fixture(scope="module")
def html(study: Any, make_report: Callable[..., Report]) -> str:
    return render_run(make_report(study))


def _row(study: Any, metric: str, model: str = "fer_mini_xception", **where: str) -> dict[str, Any]:
    wanted = {"kind": "metric", "statistic": "level", "axis": "overall", "group": "all"}
    wanted |= {**where, "metric": metric, "model": model}
    (row,) = [row for row in study.results.to_pylist() if all(row[k] == v for k, v in wanted.items())]
    return dict(row)


def _figures(row: dict[str, Any]) -> str:
    return f"{row['value']:.3f} [{row['lo']:.3f}, {row['hi']:.3f}]"


def test_every_figure_of_the_headline_stands_with_its_interval(study: Any, html: str) -> None:
    text = Page(html).text
    for metric in ("accuracy", "accuracy_scored", "uar", "macro_f1", "coverage", "log_loss", "brier", "ece"):
        for model in ("fer_mini_xception", "majority", "stratified_random"):
            assert _figures(_row(study, metric, model)) in text, (metric, model)


def test_classes_and_groups_stand_with_their_intervals(study: Any, html: str) -> None:
    text = Page(html).text
    for label in ("anger", "surprise"):
        assert _figures(_row(study, f"recall:{label}")) in text
        assert _figures(_row(study, f"precision:{label}")) in text
    assert _figures(_row(study, "accuracy", axis="sex", group="female")) in text
    assert _figures(_row(study, "coverage", axis="skin_tone", group="monk_05")) in text


def test_a_group_that_is_too_small_shows_its_reason_and_no_figure(study: Any, html: str) -> None:
    small = _row(study, "accuracy", axis="skin_tone", group="monk_10")
    assert small["verdict"] == "not_tested"
    text = Page(html).text
    assert "monk_10 3 subjects, 63 samples Not tested: 3 subjects; at least 4 are needed." in text


def test_the_confusion_matrix_counts_every_sample_once(study: Any, html: str) -> None:
    cells = re.findall(r'<td class="h\d(?: right)?">(?:[^<]*<small>)?([\d,]+)<', html)
    assert len(cells) == 7 * 8
    assert sum(int(cell.replace(",", "")) for cell in cells) == study.samples.num_rows
    unscored = [int(cell) for cell in cells[7::8]]
    assert sum(unscored) == _row(study, "accuracy")["n_unscored"]


def test_failures_are_counted_by_their_code(study: Any, html: str) -> None:
    own = [row for row in study.predictions.to_pylist() if row["model"] == "fer_mini_xception"]
    num_faces = sum(row["reason"] == "no_face" for row in own)
    text = Page(html).text
    assert f"no face abstained {num_faces} {100 * num_faces / 840:.1f} %" in text
    assert "the header of 17.png" not in text


def test_it_says_what_it_is_and_is_not(html: str) -> None:
    text = Page(html).text
    assert text.count(FIXED_LINE) == 2
    assert "Simulated data." in text
    assert "universality" in text
    assert "measurability" in text
    assert "race, neurodivergence, health" in text
    assert "presumption" not in text


def test_no_subject_and_no_file_is_named(html: str) -> None:
    assert "subject_0" not in html


def test_the_same_run_gives_the_same_bytes(study: Any, make_report: Callable[..., Report], html: str) -> None:
    assert render_run(make_report(study)) == html


def test_the_page_asks_for_nothing_outside_itself(html: str) -> None:
    page = Page(html)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "audio", "video"}
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    for tag, attributes in page.elements:
        assert not {"src", "srcset", "action", "background", "xlink:href", "ping"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
        if "href" in attributes:
            assert tag == "a"
            target = attributes["href"]
            assert target is not None
            if target.startswith("#"):
                assert target[1:] in ids
            else:
                assert attributes["rel"] == "noopener noreferrer"
    policy = next(a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_structure_is_that_of_a_document(html: str) -> None:
    page = Page(html)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("h1") == 1
    regions = [attributes for _, attributes in page.elements if attributes.get("role") == "region"]
    assert len(regions) == tags.count("table") > 8
    assert all(attributes["aria-label"] and attributes["tabindex"] == "0" for attributes in regions)
    assert tags.count("figure") == tags.count("figcaption") > 8
    for tag, attributes in page.elements:
        assert tag != "th" or attributes["scope"] in ("row", "col")
        assert tag != "svg" or "aria-label" in attributes or attributes.get("aria-hidden") == "true"


HOSTILE = "<script>alert(1)</script>\"' onload=x \u202egnitset\x07"


def _with_dataset_card(plan: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {**plan, "cards": {**plan["cards"], "dataset": {**plan["cards"]["dataset"], **facts}}}


def test_hostile_names_are_shown_and_not_run(make_study: Any, make_report: Callable[..., Report]) -> None:
    study = make_study(num_subjects=6, per_class=1, classes=("anger", HOSTILE, "{{ 7 * 7 }}"))
    samples = study.samples.append_column("attr.<b>x</b>", pa.array([HOSTILE] * study.samples.num_rows))
    results = measure(
        samples, study.predictions, dataset="d", settings=MeasureSettings(resamples=100, permutations=100)
    )
    facts = {"title": HOSTILE, "url": "javascript:alert(1)", "limitations": [HOSTILE], "description": HOSTILE}
    plan = _with_dataset_card(study.plan, **facts)
    html = render_run(make_report(study, samples=samples, results=results, plan=plan))
    assert "<script" not in html
    assert "<b>x" not in html
    assert "\u202e" not in html
    assert "\x07" not in html
    page = Page(html)
    assert not any(href.startswith("javascript") for _, a in page.elements if (href := a.get("href") or ""))
    assert not any(name.startswith("on") for _, a in page.elements for name in a)
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_very_long_names_are_cut(make_study: Any, make_report: Callable[..., Report]) -> None:
    study = make_study(num_subjects=6, per_class=1, classes=("anger", "x" * MAX_LABEL), groups=False)
    html = render_run(make_report(study))
    assert "x" * 79 + "…" in html
    assert "x" * 81 not in re.sub(r"<li>.*?</li>", "", html)


def test_dimensions_only(dimensional_study: Any, make_report: Callable[..., Report]) -> None:
    text = Page(render_run(make_report(dimensional_study))).text
    assert "CCC, valence" in text
    assert _figures(_row(dimensional_study, "ccc:arousal")) in text
    assert "Confusion matrix" not in text
    assert "UAR" not in text


def test_two_classes_show_the_auc(make_study: Any, make_report: Callable[..., Report]) -> None:
    study = make_study(num_subjects=12, per_class=4, classes=("rest", "stress"))
    text = Page(render_run(make_report(study))).text
    assert f"{_figures(_row(study, 'auc'))} chance 0.500" in text


def test_thirty_classes(make_study: Any, make_report: Callable[..., Report]) -> None:
    study = make_study(num_subjects=6, per_class=1, classes=[f"emotion {i}" for i in range(30)], groups=False)
    html = render_run(make_report(study))
    assert 'class="confusion many"' in html
    assert len(re.findall(r'<td class="h\d', html)) == 30 * 31
    assert "The dataset names no groups." in html


def test_too_many_groups_are_not_shown_one_by_one(make_study: Any, make_report: Callable[..., Report]) -> None:
    study = make_study(num_subjects=200, per_class=1, classes=("anger", "joy"), groups=False)
    town = pa.array([f"town {subject[8:]}" for subject in study.samples["subject_id"].to_pylist()])
    samples = study.samples.append_column("attr.town", town)
    results = measure(
        samples, study.predictions, dataset="d", settings=MeasureSettings(resamples=100, permutations=100)
    )
    text = Page(render_run(make_report(study, samples=samples, results=results))).text
    assert "Not tested: 200 groups; at most 50 can be compared." in text
    assert "town 001" not in text


def test_the_largest_of_many_groups_are_shown(make_study: Any, make_report: Callable[..., Report]) -> None:
    study = make_study(num_subjects=90, per_class=1, classes=("anger", "joy"), groups=False)
    numbers = [min(int(subject[8:]), 45) for subject in study.samples["subject_id"].to_pylist()]
    samples = study.samples.append_column("attr.town", pa.array([f"town {number}" for number in numbers]))
    results = measure(
        samples, study.predictions, dataset="d", settings=MeasureSettings(resamples=100, permutations=100)
    )
    text = Page(render_run(make_report(study, samples=samples, results=results))).text
    assert "the 40 groups with the most subjects; 6 more are in results.csv" in text
    assert "town 45 45 subjects, 90 samples" in text


def test_nothing_scored(make_study: Any, make_report: Callable[..., Report]) -> None:
    study = make_study(num_subjects=6, per_class=1, failed=1.1)
    text = Page(render_run(make_report(study))).text
    row = _row(study, "accuracy_scored")
    assert row["value"] is None
    assert f"{ABSENT} {row['reason']}" in text
    assert "Every sample has a score" not in text
    assert "nan" not in text


def test_one_subject(make_study: Any, make_report: Callable[..., Report]) -> None:
    study = make_study(num_subjects=1, per_class=1)
    text = Page(render_run(make_report(study))).text
    assert "7 simulated face samples of 1 simulated subject in 7 classes." in text
    row = _row(study, "uar")
    assert row["lo"] is None
    assert f"{row['value']:.3f} no interval" in text
    assert row["reason"] in text


def test_a_leaking_fold_is_called_out(study: Any, make_report: Callable[..., Report]) -> None:
    clean = {"train_subjects": ["a"], "test_subjects": ["b"]}
    leaking = {"train_subjects": ["a", "b"], "test_subjects": ["b"]}
    good = Page(render_run(make_report(study, folds={"fer_mini_xception": [clean, clean]}))).text
    assert "in 2 folds. In none of them is a subject in both the training and the test part." in good
    bad = Page(render_run(make_report(study, folds={"fer_mini_xception": [clean, leaking]}))).text
    assert "in 1 of 2 folds a subject is in both the training and the test part" in bad


def test_an_answer_that_is_always_the_same_shows(make_study: Any, make_report: Callable[..., Report]) -> None:
    study = make_study(num_subjects=6, per_class=2, failed=0.0)
    plan = {**study.plan, "model": study.plan["baselines"][0], "baselines": []}
    plan["cards"] = {**plan["cards"], "models": plan["cards"]["models"][1:2]}
    text = Page(render_run(make_report(study, plan=plan))).text
    assert "The most frequent answer is anger: it is given for 100 % of the scored samples" in text


def _luminance(colour: str) -> float:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_text_keeps_the_contrast_of_wcag_aa_in_light_and_dark() -> None:
    css = files("harness.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    heat = re.findall(r"\.h\d \{ background: (#\w{6}); color: (#\w{6}); \}", css)
    assert len(heat) == 18
    assert min(_contrast(*pair) for pair in heat) >= 4.5
    for part in (css.partition("prefers-color-scheme: dark")[0], css.partition("prefers-color-scheme: dark")[2]):
        found = dict(reversed(re.findall(r"--([\w-]+): (#\w{6})", part.partition("@media print")[0])))
        pairs = [
            ("ink", "paper"),
            ("soft", "paper"),
            ("soft", "wash"),
            ("system", "paper"),
            ("notice-ink", "notice"),
        ]
        assert min(_contrast(found[a], found[b]) for a, b in pairs) >= 4.5
        assert min(_contrast(found[name], found["paper"]) for name in ("system", "baseline", "second")) >= 3


def test_a_baseline_on_fewer_samples_says_so(study: Any, make_report: Callable[..., Report]) -> None:
    rows = study.results.to_pylist()
    for row in rows:
        if row["model"] == "majority" and row["metric"] == "uar" and row["axis"] == "overall":
            row["n_samples"] = 500
    text = Page(render_run(make_report(study, results=pa.Table.from_pylist(rows, study.results.schema)))).text
    assert f"{_figures(_row(study, 'uar', 'majority'))} † 500 samples" in text


NOTE = "Transductive: features are held against the whole recording. <b>"


def _planned(study: Any, **changes: dict[str, Any]) -> dict[str, Any]:
    return {**study.plan, **{key: {**study.plan[key], **change} for key, change in changes.items()}}


def test_a_note_of_the_plan_stands_under_the_headline_and_with_the_table(
    study: Any, make_report: Callable[..., Report], html: str
) -> None:
    page = render_run(make_report(study, plan=_planned(study, model={"notes": [NOTE, "Second."]})))
    assert "<b>" not in page
    text = Page(page).text
    headline = text.index("Note on fer_mini_xception. " + NOTE + " Second.")
    assert text.index("chance 0.143") < headline < text.index("Two assumptions are contested")
    assert text.index("Results") < text.index("Note on fer_mini_xception: " + NOTE) < text.index("Metric")
    assert "Note on" not in Page(html).text


def test_a_note_on_a_baseline_is_shown_too(study: Any, make_report: Callable[..., Report]) -> None:
    majority, random = study.plan["baselines"]
    plan = {**study.plan, "baselines": [majority, {**random, "notes": ["Drawn anew."]}]}
    assert "Note on stratified_random. Drawn anew." in Page(render_run(make_report(study, plan=plan))).text


def test_a_restricted_study_says_so(study: Any, make_report: Callable[..., Report], html: str) -> None:
    plan = _planned(study, labels={"only": ["anger", "fear"]}, dataset={"limit": 840})
    text = Page(render_run(make_report(study, plan=plan))).text
    assert "samples with other labels than these were left out: anger, fear." in text
    assert "only 840 samples were taken" in text
    plan = _planned(study, labels={"only": "model"})
    text = Page(render_run(make_report(study, plan=plan))).text
    assert "were left out: anger, disgust, fear, happiness, neutral, sadness, surprise." in text
    assert "Restricted" not in Page(html).text


def test_the_headline_stands_beside_chance(study: Any, html: str) -> None:
    text = Page(html).text
    head = text[: text.index("Two assumptions")]
    assert f"{_figures(_row(study, 'uar'))} chance 0.143" in head
    assert f"chance {_row(study, 'accuracy')['chance']:.3f}" in head


def test_real_data_are_called_what_the_card_calls_them(study: Any, make_report: Callable[..., Report]) -> None:
    plan = _with_dataset_card(_planned(study, dataset={"simulated": False}), simulated=False)
    text = Page(render_run(make_report(study, plan=plan))).text
    assert "840 face samples of 40 subjects in 7 classes." in text
    assert (
        "compared with what the subjects were asked to act. According to its card, the dataset is not simulated."
        in text
    )
    assert "Simulated data." not in text


def test_where_nobody_said_whether_data_are_simulated_nothing_is_claimed(
    study: Any, make_report: Callable[..., Report]
) -> None:
    plan = _with_dataset_card(_planned(study, dataset={"simulated": None}), simulated=None)
    text = Page(render_run(make_report(study, plan=plan))).text
    assert "840 face samples of 40 subjects in 7 classes." in text
    assert "It is not stated whether the dataset is simulated." in text
    assert "According to its card" not in text
    assert "Simulated data." not in text


def test_an_exact_bound_is_explained_where_it_stands(study: Any, html: str) -> None:
    row = _row(study, "coverage", "majority")
    assert row["method"] == ALL_ALIKE
    text = Page(html).text
    assert f"{_figures(row)} †" in text
    assert f"{_figures(_row(study, 'uar'))} †" not in text
    results = text[text.index("The system and baselines") : text.rindex("For whom does it work worse?")]
    assert results.count("† All subjects have the same value") == 1


def test_a_value_outside_its_interval_is_shown_and_explained(
    study: Any, make_report: Callable[..., Report], html: str
) -> None:
    rows = study.results.to_pylist()
    for row in rows:
        if (row["model"], row["metric"], row["axis"]) == ("fer_mini_xception", "ece", "overall"):
            row |= {"value": 0.01, "lo": 0.02, "hi": 0.07}
    text = Page(render_run(make_report(study, results=pa.Table.from_pylist(rows, study.results.schema)))).text
    assert "0.010 [0.020, 0.070] ‡" in text
    assert "‡ The value lies outside its interval." in text
    assert "‡" not in Page(html).text


def test_the_choices_of_the_plan_are_listed(html: str) -> None:
    text = Page(html).text
    assert "Settings of the system flip: true; crop.size: 64" in text
    assert "Finding of faces detector: haar; margin: 0.1" in text
    assert "Settings of the dataset subjects: 40; seed: 0" in text


def test_confidence_is_held_against_the_share_that_is_right(study: Any, html: str) -> None:
    own = [row for row in study.predictions.to_pylist() if row["model"] == "fer_mini_xception"]
    truth = dict(zip(study.samples["sample_id"].to_pylist(), study.samples["label"].to_pylist(), strict=True))
    scored = [row for row in own if row["outcome"] == "scored"]
    right = np.mean([row["label"] == truth[row["sample_id"]] for row in scored])
    # All scores are alike, so that all samples are in one bin.
    assert f"0.00\N{EN DASH}1.00 {len(scored)} samples 0.600 {right:.3f}" in Page(html).text


def test_scores_that_are_no_probabilities_have_no_confidence(
    make_study: Any, make_report: Callable[..., Report]
) -> None:
    study = make_study(num_subjects=6, per_class=1)
    doubled = pa.array([row and [2 * score for score in row] for row in study.predictions["scores"].to_pylist()])
    index = study.predictions.schema.get_field_index("scores")
    field = study.predictions.schema.field(index)
    predictions = study.predictions.set_column(index, field, doubled.cast(field.type))
    assert (
        "How often the system is right at each level of confidence"
        not in Page(render_run(make_report(study, predictions=predictions))).text
    )


def _first_screen(html: str) -> str:
    text = Page(html).text
    return text[: text.index("Contents")]


def test_the_first_screen_names_the_run_its_day_and_what_has_no_answer(
    study: Any, make_report: Callable[..., Report], html: str
) -> None:
    dated = replace(make_report(study), started="2026-11-26T23:30:00+00:00")
    assert f"Run {dated.plan_sha256[:8]} of 2026-11-26" in _first_screen(render_run(dated))
    assert f"Run {dated.plan_sha256[:8]} " in _first_screen(html)
    num = _row(study, "coverage")["n_unscored"]
    assert f"No answer {num} of 840 samples without a score: " in _first_screen(html)


def test_the_first_screen_says_who_is_worse_off_by_how_much_and_what_is_accepted(
    gap_study: Any, make_report: Callable[..., Report]
) -> None:
    pair = {"kind": "metric", "statistic": "difference", "axis": "sex", "versus_model": None}
    shown = {"value": -0.2, "lo": -0.3, "hi": -0.1, "threshold": 0.05, "verdict": "not_met"}

    def changed(row: dict[str, Any]) -> dict[str, Any]:
        is_pair = all(row[key] == value for key, value in pair.items()) and row["model"] == "fer_mini_xception"
        if not is_pair or (row["group"], row["versus"]) != ("female", "male"):
            return row
        return {**row, **(shown if row["metric"] in ("uar", "accuracy") else {})}

    rows = [changed(row) for row in gap_study.results.to_pylist()]
    results = pa.Table.from_pylist(rows, gap_study.results.schema)
    value = _row(gap_study, "accuracy", axis="sex", group="female")["value"]
    first = _first_screen(render_run(make_report(gap_study, results=results)))
    assert (
        f"Works worse for female (sex): Accuracy {value:.3f}, lower than for male by 0.200 (with 95 % confidence "
        "0.100 to 0.300); the plan accepts 0.050. Also worse: UAR."
    ) in first
    assert re.search(r"Not judged \d+ of \d+ gaps are open: too few people", first)
    assert "Not recorded: race, neurodivergence, health." in first


def test_a_system_that_answered_nothing_is_said_to_be_unknown_for_everybody(
    make_study: Any, make_report: Callable[..., Report]
) -> None:
    study = make_study(num_subjects=6, per_class=1, failed=1.1)
    first = _first_screen(render_run(make_report(study)))
    assert "It cannot be said: the system gave no answer to any sample." in first
    assert "fer_mini_xception scored nothing: " in first
    assert "Not judged Every comparison of groups." in first


def test_without_groups_the_first_screen_says_that_it_cannot_be_said(
    make_study: Any, make_report: Callable[..., Report]
) -> None:
    study = make_study(num_subjects=6, per_class=1, groups=False)
    first = _first_screen(render_run(make_report(study)))
    assert "It cannot be said: the data do not say who the people are, so no groups were compared." in first


def test_the_contents_list_every_section_in_its_order(gap_study: Any, make_report: Callable[..., Report]) -> None:
    page = Page(render_run(make_report(gap_study)))
    listed = [a["href"] for tag, a in page.elements if tag == "a" and str(a.get("href")).startswith("#")]
    axes = re.compile(r"axis-\d+")
    places = [a["id"] for _, a in page.elements if "id" in a]
    assert [f"#{place}" for place in places] == listed
    assert sum(bool(axes.fullmatch(str(place))) for place in places) == 4


def test_what_is_stated_about_system_and_data_stands_in_title_origin_and_limitations(
    study: Any, make_report: Callable[..., Report]
) -> None:
    cards = study.plan["cards"]
    data = {
        **cards["dataset"],
        "title": "Calls",
        "version": "3",
        "consent": "in writing",
        "collection": "by phone",
    }
    system = {**cards["models"][0], "title": "Acme", "version": "2.10", "provider": "Acme <GmbH>"}
    plan = {**study.plan, "cards": {"dataset": data, "models": [system, *cards["models"][1:]]}}
    text = Page(render_run(make_report(study, plan=plan))).text
    assert "Acme version 2.10 by Acme <GmbH> measured on Calls version 3" in text
    assert "Collection by phone Consent in writing" in text[text.rindex("Limitations") :]
    assert "Acme version 2.10 by Acme <GmbH>" in text[text.rindex("Origin") :]
